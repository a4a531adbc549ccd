"""What rendering needs and what it gives: the context around an event, and the message that goes out."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import msgspec

from iso.messages import business
from iso.messages.head001 import Head001
from iso.messages.pacs008 import Pacs008
from schemas.canonical.identity import HUB, FspId, crockford
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect, Original
from translator.losses import Loss

ISO_ENDPOINT: Final = "ISO"
"""The endpoint type of everything that goes to a bank: its callback URL or its NATS subject."""
SIGNED_BY_HUB: Final = "hub"
"""`Outgoing.sign_as` when the hub signs with its own key."""


class HubIdentity(msgspec.Struct, frozen=True):
    """How the hub is named in ISO messages; `clearing_system` is the scheme's own code (SttlmInf/ClrSys/Prtry).

    `aliases` are further identifiers under which banks address it, BICs among them.
    """

    name: FspId = HUB
    bic: str | None = None
    lei: str | None = None
    member_id: str | None = None
    clearing_system: str | None = None
    aliases: tuple[str, ...] = ()


class Originals(Protocol):
    """Reads again what was received in XML: parsing is the gate's work, so the caller brings it along."""

    def document(self, original: Original) -> bytes:
        """The Document as its sender wrote it."""

    def header(self, original: Original) -> Head001:
        """The typed header of it."""

    def transfer(self, original: Original) -> Pacs008:
        """The typed pacs.008 in it."""

    def typed(self, original: Original) -> business.Document:
        """The typed message in it, whichever it is."""


class RenderContext(msgspec.Struct, frozen=True):
    """Everything outside the event that a message depends on, so that the same row always gives the same message.

    `now` is when the row was made, `message_id` a ULID of it (`message_id_of`). `fspiop_version` is the version the
    receiver takes, `dialect` its dialect of FSPIOP, `supplements` whether it takes SplmtryData there. `charset` is
    `pass` or `transliterate` (to the Latin set of many bank profiles). `fixed_fees` tells that the scheme sets fees
    (ChrgBr SLEV instead of SHAR). `repeated` marks a message that may have arrived before.
    """

    now: datetime
    message_id: str
    participant: Callable[[FspId], Participant | None]
    hub: HubIdentity = HubIdentity()
    originals: Originals | None = None
    fspiop_version: str = "2.0"
    dialect: Dialect = Dialect.FSPIOP
    supplements: bool = True
    charset: str = "pass"
    fixed_fees: bool = False
    repeated: bool = False

    def is_bank(self, name: FspId) -> bool:
        """Whether that participant is spoken to in ISO 20022 XML."""
        found = self.participant(name)
        return found is not None and found.iso is not None


class Task(msgspec.Struct, frozen=True):
    """One rendering: for whom, around what, and the losses found on the way."""

    receiver: Participant
    context: RenderContext
    losses: list[Loss] = []

    def definition(self, message: str) -> str:
        """The version of a message (`pacs.008`, `pacs.002`, `head.001`) that the receiver registered, or the usual."""
        profile = self.receiver.iso
        chosen = profile.versions.get(message, "") if profile else ""
        return chosen if chosen.startswith(message) else business.USUAL[message]


class Outgoing(msgspec.Struct, frozen=True):
    """One message as it goes out.

    FSPIOP: `path` begins at the resource and includes the query, `resource` and `version` make the media type, `body`
    is the JSON (empty for GET). ISO XML: `header` is the canonical AppHdr with an empty place for its signature, `body`
    the Document,
    `version` its message definition, `message_id` its BizMsgIdr. `forward` is the message received when it goes on:
    FSPIOP then keeps its body and headers, and gets `destination` only if it named none. `sign_as` is `hub`, the bank
    in whose name the hub signs with its gateway key, or None: nothing to sign, or signed by its sender already. `uri`
    is what FSPIOP-URI says where that is not the path. `translated`: the bytes are the hub's, though the message may go
    on under its sender's headers.
    """

    dialect: Dialect
    method: str
    endpoint_type: str
    path: str
    resource: str
    version: str
    source: FspId
    destination: FspId
    body: bytes = b""
    header: bytes = b""
    message_id: str = ""
    sign_as: str | None = None
    forward: Original | None = None
    translated: bool = False
    losses: tuple[Loss, ...] = ()
    uri: str = ""


def message_id_of(row: str, created: datetime) -> str:
    """The ULID that a row of the outbox (`lane:seq`) gives its message, the same at every redelivery."""
    random = int.from_bytes(hashlib.sha256(row.encode()).digest()[:10], "big")
    return crockford(int(created.timestamp() * 1000) << 80 | random)
