"""The service itself: who is signed on, broadcasts and who took notice of them, receipts, what is sent again. Pure."""

from typing import Final

from msgspec.structs import replace

from schemas.canonical.broadcasts import Broadcast, Notified
from schemas.canonical.commands import Command, Expire
from schemas.canonical.events import Delivery, Event
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Participant
from schemas.canonical.system import (
    AcknowledgeEvent,
    Act,
    EventAcknowledged,
    EventTold,
    KeepMessage,
    MessageReceived,
    Presence,
    ResendMessages,
    Resent,
    SendBroadcast,
    SetPresence,
    TellEvent,
)
from schemas.canonical.wire import Dialect, Envelope
from switch import heartbeats
from switch.engine import Step
from switch.state import State

KIND: Final = "broadcast"
"""The kind of a deadline of these."""
_NOTED: Final = "NOTED"
_ENDS: Final = ("admi.002.", "admi.007.", "admi.011.", "camt.025.")
_OPERATOR: Final = "OPER"
_FOUND: Final = "ACPT"
_NOTHING: Final = "NFND"


def step(state: State, command: Command) -> Outcome:
    """Decide a command about the service."""
    match command:
        case KeepMessage():
            return Outcome(state=_NOTED)
        case TellEvent():
            return _told(state, command)
        case SetPresence():
            return _set(state, command)
        case SendBroadcast():
            return _broadcast(state, command)
        case AcknowledgeEvent():
            return _acknowledged(state, command)
        case ResendMessages():
            return _resent(command)
        case Expire(kind=kind, key=key):
            return _closed(state, key) if kind == KIND else heartbeats.beat(state, key)
        case _:
            raise ValueError(f"{type(command).__name__} is not about the service")


def receipted(decide: Step) -> Step:
    """A lane's step; a bank that wants receipts gets one for each message that the lane takes.

    Deadlines of broadcasts and heartbeats are decided here, in whichever lane they are kept.
    """

    def follow(state: State, command: Command) -> Outcome:
        if isinstance(command, Expire) and command.kind in {KIND, heartbeats.KIND}:
            return step(state, command)
        outcome = decide(state, command)
        envelope: Envelope | None = getattr(command, "envelope", None)
        if envelope is None or envelope.dialect is not Dialect.ISO_XML or not _wants_receipt(state, envelope):
            return outcome
        reference, definition = envelope.message_id or "", envelope.version or ""
        receipt = Event(envelope.sender, MessageReceived(reference, definition), order=f"receipt {reference}")
        return replace(outcome, events=(receipt, *outcome.events))

    return follow


def _wants_receipt(state: State, envelope: Envelope) -> bool:
    """Only what came in just now has its id and bytes; what lanes hand each other was receipted before.

    What itself says that something was taken or not gets none, or two sides might thank each other for ever.
    """
    if envelope.message_id is None or envelope.original is None:
        return False
    if (envelope.version or "").startswith(_ENDS):
        return False
    if state.seen(envelope.sender, envelope.message_id) is not None:
        return False
    bank = state.get(Participant, envelope.sender)
    return bank is not None and bank.iso is not None and bank.iso.receipts


def signed_off(state: State, name: FspId) -> bool:
    """Whether that participant has said that it is not there."""
    presence = state.get(Presence, name)
    return presence is not None and presence.signed_off


def _told(state: State, command: TellEvent) -> Outcome:
    """A participant's event: presence follows it, and it is acknowledged whatever it is."""
    sender, event = command.envelope.sender, command.event
    body = EventAcknowledged(command.envelope.message_id or "", event, command.act is None)
    answer = Event(sender, body, Delivery.RESULT, f"event {command.envelope.message_id}")
    if command.act in (None, Act.INFORM):
        return Outcome(events=(answer,), state=_NOTED)
    before = state.get(Presence, sender) or Presence(sender, False, state.now)
    alive = heartbeats.heard(state, sender) if command.act is not Act.SIGN_OFF else ()
    if command.act is Act.ECHO:
        after = replace(before, heard=state.now)
    else:
        leaves = command.act is Act.SIGN_OFF
        since = state.now if leaves is not before.signed_off else before.since
        after = Presence(sender, leaves, since, event.code, state.now)
    return Outcome((after, *alive), events=(answer,), state="SIGNED_OFF" if after.signed_off else "SIGNED_ON")


def _set(state: State, command: SetPresence) -> Outcome:
    if state.get(Participant, command.name) is None:
        return Outcome(fault=fault("ID_NOT_FOUND", f"{command.name} is no participant"))
    before = state.get(Presence, command.name)
    after = Presence(command.name, command.signed_off, state.now, _OPERATOR, before.heard if before else None)
    return Outcome((after,), state="SIGNED_OFF" if after.signed_off else "SIGNED_ON")


def _broadcast(state: State, command: SendBroadcast) -> Outcome:
    """Each bank named, or every bank that is switched on; an id that was used says what became of it."""
    if state.get(Broadcast, command.id) is not None:
        return Outcome(fault=fault("MODIFIED", f"broadcast {command.id} was sent before"))
    banks = [one.name for one in state.all(Participant) if one.iso is not None and one.active]
    strangers = [name for name in command.receivers if name not in banks]
    if strangers:
        return Outcome(fault=fault("ID_NOT_FOUND", f"{strangers[0]} is no bank that is switched on"))
    names = sorted(set(command.receivers) or banks)
    made = Broadcast(command.id, command.event, tuple(Notified(name) for name in names), state.now, closed=not names)
    body = EventTold(command.id, command.event)
    events = tuple(Event(name, body, Delivery.RESULT, command.id) for name in names)
    return Outcome((made,), events=events, state="SENT", notes=tuple(names))


def _acknowledged(state: State, command: AcknowledgeEvent) -> Outcome:
    """The broadcast named, or the newest with that code that the bank has not acknowledged.

    Most banks name the message it came in, whose id the lane does not know. Whatever it is, the bank is there.
    """
    sender = command.envelope.sender
    alive = heartbeats.heard(state, sender)
    known = [one for one in state.all(Broadcast) if one.open and _awaits(one, sender)]
    named = [one for one in known if one.id == command.broadcast]
    if not named:
        named = [one for one in known if one.event.code == command.code]
    if not named:
        return Outcome(alive, state="HEARD" if alive else "LATE")
    newest = max(named, key=lambda one: one.created)
    receivers = tuple(
        replace(each, acknowledged=state.now) if each.name == sender and each.acknowledged is None else each
        for each in newest.receivers
    )
    closed = all(each.acknowledged is not None for each in receivers)
    return Outcome((replace(newest, receivers=receivers, closed=closed), *alive), state="ACKNOWLEDGED")


def _awaits(one: Broadcast, name: FspId) -> bool:
    return any(each.name == name and each.acknowledged is None for each in one.receivers)


def _closed(state: State, key: str) -> Outcome:
    one = state.get(Broadcast, key)
    if one is None or one.closed or state.now < one.due:
        return Outcome(state="NOT_DUE")
    return Outcome((replace(one, closed=True),), state="CLOSED")


def _resent(command: ResendMessages) -> Outcome:
    """Each message again under its own id; a bank's own request is answered by a receipt first."""
    events = [
        Event(command.receiver, Resent(one.message_id), Delivery.RESULT, f"again {one.message_id}", None, one.original)
        for one in command.messages
    ]
    if command.envelope is not None:
        number = len(events)
        status, text = (_FOUND, f"{number} messages follow") if number else (_NOTHING, "nothing was sent that fits")
        body = MessageReceived(command.envelope.message_id or "", command.envelope.version or "", status, text)
        events.insert(0, Event(command.receiver, body, Delivery.RESULT, f"resend {command.key}"))
    return Outcome(events=tuple(events), state="SENT")
