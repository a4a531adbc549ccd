"""Initiations: a customer's order of many payments is taken, executed a bounded number at a time, and reported. Pure.

The payments themselves are ordinary ones: each goes as a Prepare to the ledger, or through a journey, and `heard` turns
what its payer would be told into news for the initiation. So money moves nowhere else, and every payment ends once.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from msgspec.structs import replace

from schemas.canonical.commands import Command, Expire, Fulfil, Note, Prepare, Query, Reject
from schemas.canonical.events import Aborted, Committed, Event, Refused, Role
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import TransferId
from schemas.canonical.initiation import (
    INITIATIONS,
    Initiate,
    InitiatedEnded,
    InitiatedItem,
    InitiatedPayment,
    Initiation,
    InitiationReported,
    ItemState,
    ReleasePayments,
    ReportInitiation,
    item_key,
)
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.participants import Participant
from schemas.canonical.party import Party
from schemas.canonical.terms import Initiated, IsoReferences, Terms
from schemas.canonical.wire import Dialect, Envelope
from switch.dialogue_events import JOURNEY_LANE, LEDGER_LANE, handed
from switch.engine import Step
from switch.initiated_news import INITIATION_LANE, counted, further, has_news, news_of, settled_as
from switch.journeys.currencies import may_change
from switch.state import State

_ANSWERS: Final = (Fulfil, Reject, Note)
_AT_ONCE: Final = 100
"""Transactions looked at in one step."""
_WINDOW: Final = 400
"""Payments of one initiation that the ledger works on at a time: each has its own short time limit."""
_PAGE: Final = 1000
"""Transactions in one report."""
_HELD: Final = timedelta(hours=24)
"""How long an initiation that broke off waits for the rest of it."""


def step(state: State, command: Command) -> Outcome:
    """Decide a command about an initiation."""
    match command:
        case Initiate():
            return _take(state, command)
        case InitiatedEnded():
            return _ended(state, command)
        case ReleasePayments():
            return _release(state, command)
        case ReportInitiation():
            return _report(state, command)
        case Expire():
            return _expire(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about an initiation")


def heard(step_of_lane: Step) -> Step:
    """A lane's step, in which the end of an initiated payment is told to its initiation instead of its payer.

    A payer that is not the initiator is told as well: its money was moved.
    """

    def follow(state: State, command: Command) -> Outcome:
        outcome = step_of_lane(state, command)
        if isinstance(command, _ANSWERS) and has_news(outcome):
            outcome = replace(outcome, events=tuple(news_of(outcome)))
        for event in outcome.events:
            if _of_initiated(event) is not None and not isinstance(command, Query):
                return replace(outcome, events=tuple(one for event in outcome.events for one in _for_initiation(event)))
        return outcome

    return follow


def _of_initiated(event: Event) -> Initiated | None:
    """Which transaction's end the event tells, if it is one that was initiated."""
    body = event.body
    if isinstance(body, Committed | Aborted):
        return body.transfer.terms.initiated if body.role is Role.PAYER else None
    return body.terms.initiated if isinstance(body, Refused) and body.terms is not None else None


def _for_initiation(event: Event) -> Iterator[Event]:
    initiated, body = _of_initiated(event), event.body
    if initiated is None:
        yield event
        return
    reason: Fault | None = None
    status: str | None = None
    if isinstance(body, Refused):
        transfer_id, reason = TransferId(body.key), body.fault
    else:
        assert isinstance(body, Committed | Aborted)
        transfer_id = body.transfer.id
        if isinstance(body, Aborted):
            reason = body.transfer.fault or fault("INTERNAL")
        else:
            status = settled_as(body.transfer)
    news = InitiatedEnded(initiated.key, initiated.position, transfer_id, reason, status)
    yield handed(INITIATION_LANE, news, transfer_id)
    if event.receiver != initiated.sender:
        yield event


def _take(state: State, command: Initiate) -> Outcome:
    known = state.get(Initiation, command.key)
    if command.withdrawn:
        return _withdrawn(state, known, command)
    if known is None or (known.withdrawn and command.first == 1):
        sender = command.envelope.sender
        known = Initiation(command.key, sender, command.head, state.now, state.now + _HELD)
    if command.first > known.taken + 1 or known.withdrawn:
        return Outcome(fault=fault("VALIDATION", "its transactions are not in order"), state="OUT_OF_ORDER")
    numbered = list(enumerate(command.payments, command.first))
    before = [(position, one) for position, one in numbered if position <= known.taken]
    same = known.head == _head(known, command)
    if not same or any(_other(state, command, position, one) for position, one in before):
        return _refuse(command, fault("DUPLICATE_MESSAGE", f"MsgId {known.head.references.message_id} was used before"))
    if known.complete:
        return _again(known, command)
    new = [(position, one) for position, one in numbered if position > known.taken]
    if command.fault is not None:
        # Nothing of it will be executed: what was taken before is enough to tell of it.
        ended = replace(known, complete=True, fault=command.fault, finished=state.now)
        return Outcome((ended,), events=(_told(ended),), state="REFUSED")
    items = [_item(state, command.key, position, one) for position, one in new]
    refused = sum(1 for item in items if item.final)
    dues = {*known.dues, *(item.payment.due for item in items if item.payment.due and not item.final)}
    taken = replace(
        known,
        taken=known.taken + len(items),
        rejected=known.rejected + refused,
        units=known.units + sum(item.payment.amount.units for item in items),
        batch_faults=(*known.batch_faults, *command.batch_faults),
        dues=tuple(sorted(dues)),
        last_end_to_end=_end_to_end(items[-1]) if items else known.last_end_to_end,
        complete=command.complete,
    )
    return _begun(state, taken, items) if command.complete else Outcome((*items, taken), state="TAKEN")


def _withdrawn(state: State, known: Initiation | None, command: Initiate) -> Outcome:
    """What was taken of it was not its sender's: nobody is told, and the right one may come."""
    if known is None or known.complete:
        return Outcome(state="LATE")
    ended = replace(known, complete=True, fault=command.fault, withdrawn=True, finished=state.now)
    return Outcome((ended,), state="WITHDRAWN")


def _begun(state: State, initiation: Initiation, items: list[InitiatedItem]) -> Outcome:
    """All of it is there: tell so, and begin to execute it."""
    if initiation.ended:
        return _finished(state, initiation, items)
    initiation, following = _go_on(initiation)
    told = (_told(initiation),) if _interim(state, initiation) else ()
    return Outcome((*items, initiation), events=(*told, *following), state="TAKEN")


def _head(known: Initiation, command: Initiate) -> Any:
    """The head of the message as it would be known; the header around a file sent again is another one."""
    first = known.head.references
    again = replace(command.head.references, business_message_id=first.business_message_id, header=first.header)
    return replace(command.head, references=again)


def _other(state: State, command: Initiate, position: int, payment: InitiatedPayment) -> bool:
    """Whether another transaction is known at that place."""
    known = state.get(InitiatedItem, item_key(command.key, position))
    return known is not None and known.payment.content_hash != payment.content_hash


def _again(known: Initiation, command: Initiate) -> Outcome:
    """It came again: nothing happens, and with its end the sender is told how it stands."""
    if known.fault is None and command.first + len(command.payments) - 1 > known.taken:
        return _refuse(command, fault("DUPLICATE_MESSAGE", f"MsgId {known.head.references.message_id} was used before"))
    if not command.complete:
        return Outcome(state="REPEATED")
    if known.finished is None or known.fault is not None:
        return Outcome(events=(_told(known),), state="REPEATED")
    return Outcome(events=tuple(_pages(known)), state="REPEATED")


def _refuse(command: Initiate, reason: Fault) -> Outcome:
    body = Refused(INITIATIONS, command.key, reason, command.terms)
    return Outcome(events=(Event(command.envelope.sender, body, order=command.key),), state=reason.name)


def _item(state: State, key: str, position: int, payment: InitiatedPayment) -> InitiatedItem:
    item = InitiatedItem(item_key(key, position), payment)
    return item if payment.fault is None else _closed(state, item, payment.fault)


def _closed(state: State, item: InitiatedItem, reason: Fault | None) -> InitiatedItem:
    """The transaction with its end; its terms go, what a report needs stays."""
    known = item.payment.terms.references or IsoReferences()
    kept = IsoReferences(end_to_end_id=known.end_to_end_id, uetr=known.uetr)
    terms = Terms(item.payment.terms.transaction_id, item.payment.amount, Party(), Party(), references=kept)
    ended = ItemState.SETTLED if reason is None else ItemState.REJECTED
    return replace(item, payment=replace(item.payment, terms=terms), state=ended, fault=reason, ended=state.now)


def _end_to_end(item: InitiatedItem) -> str:
    references = item.payment.terms.references
    return (references.end_to_end_id if references else None) or ""


def _go_on(initiation: Initiation) -> tuple[Initiation, tuple[Event, ...]]:
    """The next transactions are looked at, if there are any and the ledger has not too many of them already."""
    if initiation.releasing or initiation.cursor > initiation.taken or initiation.sent > _WINDOW // 2:
        return initiation, ()
    return replace(initiation, releasing=True), (_look(initiation),)


def _look(initiation: Initiation) -> Event:
    last = min(initiation.cursor + _AT_ONCE - 1, initiation.taken)
    return handed(INITIATION_LANE, ReleasePayments(initiation.key, initiation.cursor, last), initiation.key)


def _release(state: State, command: ReleasePayments) -> Outcome:
    initiation = state.get(Initiation, command.key)
    if initiation is None or not initiation.open or initiation.cursor != command.first:
        return Outcome(state="LATE")
    faults = {one.number: one.fault for one in initiation.batch_faults}
    changed: list[InitiatedItem] = []
    events: list[Event] = []
    for position in range(command.first, command.last + 1):
        item = state.get(InitiatedItem, item_key(command.key, position))
        if item is None or item.state is not ItemState.WAITING:
            continue
        reason = faults.get(item.payment.number)
        if reason is not None:
            changed.append(_closed(state, item, reason))
        elif item.payment.due is None or item.payment.due <= state.now:
            changed.append(replace(item, state=ItemState.SENT))
            events.append(_pay(state, item.payment))
    refused = sum(1 for item in changed if item.final)
    initiation = replace(
        initiation,
        cursor=command.last + 1,
        releasing=False,
        sent=initiation.sent + len(changed) - refused,
        rejected=initiation.rejected + refused,
    )
    return _followed(state, initiation, changed, events)


def _followed(state: State, initiation: Initiation, items: list[InitiatedItem], events: list[Event]) -> Outcome:
    """The end of the whole, or the next transactions."""
    if initiation.ended:
        outcome = _finished(state, initiation, items)
        return replace(outcome, events=(*events, *outcome.events))
    # While it is being sent out the whole window is used, afterwards half of it must be free again.
    busy = initiation.sent >= _WINDOW if events else initiation.sent > _WINDOW // 2
    if not busy and not initiation.releasing and initiation.cursor <= initiation.taken:
        initiation = replace(initiation, releasing=True)
        events = [*events, _look(initiation)]
    return Outcome((*items, initiation), events=tuple(events), state="GOING_ON")


def _pay(state: State, payment: InitiatedPayment) -> Event:
    """The payment as its bank would order it, to who decides first: the ledger, or a journey."""
    expiry = state.now + state.profile.payment_timeout
    envelope = Envelope(
        payment.payer, Dialect.ISO_XML, payment.payee, content_hash=payment.content_hash, received_at=state.now
    )
    terms = replace(payment.terms, expiry=expiry)
    command = Prepare(envelope, payment.transfer_id, payment.payer, payment.payee, payment.amount, expiry, terms)
    payee = state.get(Participant, payment.payee) if payment.payee else None
    straight = payee is not None and payee.iso is not None and not may_change(command, payee)
    return handed(LEDGER_LANE if straight else JOURNEY_LANE, command, payment.transfer_id)


def _ended(state: State, command: InitiatedEnded) -> Outcome:
    initiation = state.get(Initiation, command.key)
    item = state.get(InitiatedItem, item_key(command.key, command.position))
    if initiation is None or item is None or item.payment.transfer_id != command.transfer_id:
        return Outcome(state="REPEATED")
    if item.final:
        return further(initiation, item, command) or Outcome(state="REPEATED")
    closed = replace(_closed(state, item, command.fault), status=command.status)
    settled = command.fault is None
    initiation = replace(
        initiation,
        sent=initiation.sent - 1,
        settled=initiation.settled + settled,
        rejected=initiation.rejected + (not settled),
        settled_units=initiation.settled_units + (item.payment.amount.units if settled else 0),
    )
    initiation = counted(initiation, item, command.status)
    return _followed(state, initiation, [closed], [])


def _finished(state: State, initiation: Initiation, items: list[InitiatedItem]) -> Outcome:
    """Every transaction has ended: report them, page by page, once they can be loaded."""
    finished = replace(initiation, finished=state.now)
    puts: tuple[Stored, ...] = (*items, finished)
    return Outcome(puts, events=tuple(_pages(finished)), state="FINISHED")


def _pages(initiation: Initiation) -> Iterator[Event]:
    for first in range(1, initiation.taken + 1, _PAGE):
        page = ReportInitiation(initiation.key, first, min(first + _PAGE - 1, initiation.taken))
        yield handed(INITIATION_LANE, page, initiation.key)


def _report(state: State, command: ReportInitiation) -> Outcome:
    initiation = state.get(Initiation, command.key)
    found = (state.get(InitiatedItem, item_key(command.key, one)) for one in range(command.first, command.last + 1))
    items = tuple(item for item in found if item is not None)
    if initiation is None or not items:
        raise LookupError(f"initiation {command.key} has nothing to report from {command.first} to {command.last}")
    event = Event(initiation.sender, InitiationReported(initiation, items), order=initiation.key)
    return Outcome(events=(event,), state="REPORTED")


def _told(initiation: Initiation) -> Event:
    """How the whole stands."""
    return Event(initiation.sender, InitiationReported(initiation), order=initiation.key)


def _interim(state: State, initiation: Initiation) -> bool:
    """Whether the sender wants to hear before the end."""
    sender = state.get(Participant, initiation.sender)
    return sender is None or sender.iso is None or sender.iso.interim_reports


def _expire(state: State, command: Expire) -> Outcome:
    """The rest of it never came, or a day has come on which transactions are to be executed."""
    initiation = state.get(Initiation, command.key)
    if initiation is None or not initiation.open or initiation.deadline is None or state.now < initiation.deadline:
        return Outcome(state="NOT_DUE")
    if not initiation.complete:
        reason = fault("WRONG_COUNT", f"it broke off after {initiation.taken} of {initiation.head.number} transactions")
        ended = replace(initiation, complete=True, fault=reason, finished=state.now)
        return Outcome((ended,), events=(_told(ended),), state="REFUSED")
    later = tuple(due for due in initiation.dues if due > state.now)
    again, following = _go_on(replace(initiation, dues=later, cursor=1))
    return Outcome((again,), events=following, state="GOING_ON")
