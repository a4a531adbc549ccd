"""admi.004, .006, .007 and .011, both directions: events, receipts, and what is sent again."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from typing import Final

import msgspec

from iso.messages import admi004, admi007, admi011, head001
from iso.messages.admi004 import Admi004
from iso.messages.admi006 import Admi006, Criterion
from iso.messages.admi007 import Admi007, ReceiptOf
from iso.messages.admi011 import Admi011
from iso.messages.events import Happening
from iso.messages.head001 import Head001
from iso.messages.writing import Written
from schemas.canonical.system import (
    AcknowledgeEvent,
    EventAcknowledged,
    EventTold,
    MessageReceived,
    SystemEvent,
    TellEvent,
)
from schemas.canonical.wire import Envelope
from schemas.codes.events import EventCodes
from translator.iso.moments import date_in, moment_out
from translator.losses import Loss
from translator.outgoing import Task

EVENT: Final = "admi.004"
RECEIPT: Final = "admi.007"
ACKNOWLEDGEMENT: Final = "admi.011"
_UNKNOWN: Final = "unknown code, without effect"
_ID_MAX: Final = 35
_REPEATED: Final = "DUPL"


class Again(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be sent again: messages by BizMsgIdr, those between two of them, of a kind, of a time.

    A bank's messages bear ULIDs, whose order is that of time.
    """

    names: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    but: tuple[str, ...] = ()
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def takes(self, name: str) -> bool:
        """Whether a message of that BizMsgIdr is meant, as far as its id tells."""
        if self.names and name not in self.names:
            return False
        return name not in self.but and (self.first or "") <= name and (self.last is None or name <= self.last)


def tell(message: Admi004, envelope: Envelope, codes: EventCodes) -> TellEvent:
    """A participant's event."""
    event = _event_in(message.event)
    return TellEvent(_hashed(envelope, message.event), event, codes.act(event.code))


def acknowledge(message: Admi011, envelope: Envelope) -> AcknowledgeEvent:
    """A bank took notice of a broadcast."""
    code = message.event.code if message.event is not None else None
    hashed = _hashed(envelope, (message.originator_reference, code))
    return AcknowledgeEvent(hashed, message.originator_reference, code)


def wanted(message: Admi006) -> tuple[Again, ...]:
    """What a bank asks for, criterion by criterion."""
    return tuple(again for one in message.criteria for again in _again(one))


def hashed_request(message: Admi006, envelope: Envelope) -> Envelope:
    """The envelope with the hash of what is asked for."""
    return _hashed(envelope, message.criteria)


def render_event(body: EventTold, task: Task) -> bytes:
    """The Document of an admi.004."""
    version = task.definition(EVENT)
    return _kept(admi004.write(Admi004(event=_event_out(body.event), definition=version), version), version, task)


def render_acknowledgement(body: EventAcknowledged, task: Task) -> bytes:
    """The Document of an admi.011: the event as it was told; an unknown code is named as such."""
    version = task.definition(ACKNOWLEDGEMENT)
    event = _event_out(body.event)
    if body.unknown:
        event = msgspec.structs.replace(event, text=_UNKNOWN)
    message = Admi011(
        message_id=task.context.message_id,
        originator_reference=body.reference[:_ID_MAX] or None,
        event=event,
        definition=version,
    )
    return _kept(admi011.write(message, version), version, task)


def render_receipt(body: MessageReceived, task: Task) -> bytes:
    """The Document of an admi.007."""
    version, context = task.definition(RECEIPT), task.context
    receipt = ReceiptOf(
        reference=body.reference[:_ID_MAX],
        message_name=body.definition or None,
        status=body.status,
        at=moment_out(context.now),
        text=body.text,
    )
    message = Admi007(
        message_id=context.message_id, created=moment_out(context.now), receipts=(receipt,), definition=version
    )
    return _kept(admi007.write(message, version), version, task)


def repeated(header: Head001) -> bytes:
    """The header of a message that is sent again: the same, but marked as a duplicate; with a place for a signature."""
    marked = msgspec.structs.replace(header, copy=_REPEATED, possible_duplicate=True)
    return head001.write(marked, header.definition, place_for_signature=True).body


def _again(one: Criterion) -> tuple[Again, ...]:
    day = date_in(one.business_date) if one.business_date else None
    since = datetime.combine(day, time(), UTC) if day is not None else None
    base = Again(kind=one.message_name, since=since, until=since + timedelta(days=1) if since is not None else None)
    names = tuple(name for name in (one.number, one.file_reference, *one.numbers) if name)
    if one.spans:
        return tuple(msgspec.structs.replace(base, first=span.first, last=span.last) for span in one.spans)
    return (
        msgspec.structs.replace(
            base, names=names, first=one.from_number, last=one.to_number, but=one.but_numbers
        ),
    )  # fmt: skip


def _event_in(event: Happening) -> SystemEvent:
    return SystemEvent(event.code, event.parameters, event.text, event.at)


def _event_out(event: SystemEvent) -> Happening:
    return Happening(code=event.code, parameters=event.parameters, text=event.text, at=event.at)


def _hashed(envelope: Envelope, content: object) -> Envelope:
    return msgspec.structs.replace(envelope, content_hash=hashlib.sha256(msgspec.json.encode(content)).digest())


def _kept(written: Written, version: str, task: Task) -> bytes:
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body
