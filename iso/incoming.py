"""What the edge hands to the switch: one checked business message with its original bytes; and what it asks in turn."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec

from iso.keys import PinnedKey
from iso.messages.business import BusinessMessage
from iso.messages.fields import FinancialInstitution
from iso.rules.model import Broken
from iso.shapes import Shape
from schemas.canonical.faults import Fault
from schemas.canonical.wire import Original, Receipt


class IncomingIso(msgspec.Struct, frozen=True):
    """One message that passed gate, header checks, signature and schemas.

    `sender` is the participant's name; `message_id` is BizMsgIdr, or MsgId of a bare document. `signed`: a key on file
    verified it; then `business` was read from the signed bytes only. `findings` are the rules it breaks, `unfit` the
    fault of the first of them that refuses it.
    """

    business: BusinessMessage
    original: Original
    sender: str
    message_id: str
    signed: bool
    findings: tuple[Broken, ...] = ()
    unfit: Fault | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the original bytes, in hex."""
        return self.original.digest


class ParticipantView(msgspec.Struct, frozen=True):
    """What the edge must know of a sender; `keys` are those on file for it.

    `shape` is how its signatures are made; `pss` allows RSA-PSS in them. `rules` are the packs agreed with it.
    """

    name: str
    keys: tuple[PinnedKey, ...] = ()
    require_signature: bool = False
    bare_documents: bool = False
    shape: Shape = Shape.HEADER
    pss: bool = False
    rules: tuple[str, ...] = ()


class Directory(Protocol):
    """Who is who; answers from memory."""

    def by_iso(self, institution: FinancialInstitution) -> ParticipantView | None:
        """The participant that all identifiers given name; None if there is none, or if they name different ones."""

    def addressable(self, institution: FinancialInstitution) -> bool:
        """Whether a message may be addressed to it: to the hub, or through it to a participant."""


Accept = Callable[[IncomingIso], Awaitable[Receipt]]
"""Called with a checked message; returns after COMMIT. TimeoutError: the hub is overloaded."""

Query = Callable[[str, str | None], Awaitable[Any]]
"""State and answers of the message with this BizMsgIdr (and sender, if one is named) as a JSON value; None: unknown.

TimeoutError: nobody can tell now."""
