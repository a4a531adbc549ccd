"""What edges and core hand each other: dialects, original bytes, callers and receipts."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId


class Dialect(StrEnum):
    """The languages participants speak."""

    ISO_XML = "iso-xml"
    FSPIOP = "fspiop"
    FSPIOP_ISO = "fspiop-iso"
    INTERNAL = "internal"


class Original(msgspec.Struct, frozen=True):
    """A message as it was received: kept as evidence, and sent on byte for byte within one dialect.

    `target` is the path (with query) for HTTP, the message definition (`pacs.008.001.08`) for ISO XML;
    `digest` is the SHA-256 of `body` in lower-case hex: the content address in the archive.
    """

    dialect: Dialect
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    digest: str


class AgentName(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a header calls somebody: identifiers as they stood there; a clearing system by its code or own word."""

    bic: str | None = None
    lei: str | None = None
    system: str | None = None
    own_system: str | None = None
    member: str | None = None
    other: str | None = None


class RequestHeader(msgspec.Struct, frozen=True, omit_defaults=True):
    """The header of a bank's message as its answer repeats it; `practice`: registry and id of the market practice."""

    sender: AgentName
    receiver: AgentName
    message_id: str
    definition: str
    created: str
    service: str | None = None
    practice: tuple[str, str] | None = None
    copy: str | None = None
    repeated: bool | None = None
    priority: str | None = None


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """Around each command: who says it to whom, in which dialect and version, and when it came in.

    `message_id` is the sender's own id of the message (None where the dialect has none: such messages are
    keyed by their object); `content_hash` is SHA-256 of the business content without headers and timestamps.
    `answers` is the dialect the sender takes back, if it asked for another than it spoke. `header` is that of a bank's
    message, which its answer repeats.
    """

    sender: FspId
    dialect: Dialect
    receiver: FspId | None = None
    message_id: str | None = None
    content_hash: bytes = b""
    version: str | None = None
    trace: str | None = None
    received_at: datetime | None = None
    original: Original | None = None
    signed: bool = False
    answers: Dialect | None = None
    header: RequestHeader | None = None

    @property
    def spoken(self) -> Dialect:
        """The dialect of FSPIOP in which the sender is answered."""
        wanted = self.answers or self.dialect
        return Dialect.FSPIOP_ISO if wanted is Dialect.FSPIOP_ISO else Dialect.FSPIOP


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an edge may tell a sender after COMMIT: `fault` only if the message was not taken at all.

    `retry_after` (seconds) is set when the hub is overloaded or did not answer in time; the sender repeats.
    `notes` are what the decision says of the parts of an administrative command, or the id it gave.
    """

    message_id: str = ""
    digest: str = ""
    state: str = ""
    fault: Fault | None = None
    retry_after: int | None = None
    notes: tuple[str, ...] = ()
