"""MsgIds of group headers: a bank uses each for one message a day, whatever BizMsgIdr that message comes under. Pure.

The inbox keeps them beside the BizMsgIdrs. The day is that of receipt (UTC); the same content again is the same
message again. Source: mapping 2.3 (unique per sender and day), DU01 of the external status reasons.
"""

from typing import Final

from schemas.canonical.commands import Command, Prepare
from schemas.canonical.payments import PreparePayments
from schemas.canonical.requests import RequestPayments
from schemas.canonical.statuses import Enquire
from schemas.canonical.wire import Dialect

_NAMED: Final = (Prepare, PreparePayments, RequestPayments, Enquire)
"""What asks the hub for something by a message with a group header; orders of customers have a rule of their own.

What refuses a message as a whole names nothing, so that it can be sent again when it was put right.
"""
_NO_XML: Final = "\x1e"
"""A character that no XML holds, so that no BizMsgIdr looks like it."""


def message_key(command: Command) -> tuple[str, str] | None:
    """The (sender, id) under which the inbox knows the command's MsgId; None if it has none that counts."""
    if not isinstance(command, _NAMED):
        return None
    envelope = command.envelope
    if envelope.dialect is not Dialect.ISO_XML:
        return None
    terms = command.terms
    references = terms.references if terms is not None else None
    name = references.message_id if references is not None else None
    if not name or envelope.received_at is None:
        return None
    return envelope.sender, f"{_NO_XML}{envelope.received_at:%Y-%m-%d} {name}"


def named_object(command: Command) -> str:
    """The one payment or request that a message is about; its own rules say what else may come under its id."""
    match command:
        case Prepare(transfer_id=key):
            return key
        case RequestPayments(requests=(one,)):
            return one.id
        case _:
            return ""
