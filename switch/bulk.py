"""Bulk transfers: decides all items of a bulk in one step, each by the transfer table, and tells them together.

An item is a transfer with a group; nothing here moves money. Whatever ends an item (an answer, its expiry, a bank's
status) passes `follow`, which notes the result in the bulk and tells payer and payee when the last item is decided.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from schemas.canonical.bulk import (
    AbortBulk,
    AnswerBulk,
    Bulk,
    BulkAborted,
    BulkEnded,
    BulkItem,
    BulkReserved,
    BulkState,
    BulkStated,
    PrepareBulk,
    QueryBulk,
    RejectBulk,
)
from schemas.canonical.commands import Command, Fulfil, Reject
from schemas.canonical.events import Aborted, Committed, Corrected, Delivery, Event, Handed, Refused, Reserved, Role
from schemas.canonical.faults import Fault, fault, participant_fault
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.instructions import GrossInstructed
from schemas.canonical.outcome import Outcome, Posting, Stored
from schemas.canonical.participants import Participant
from schemas.canonical.payments import is_group
from schemas.canonical.transfer import Transfer
from switch import transfers
from switch.bulk_items import Part, parts
from switch.dialogue_events import LEDGER_LANE
from switch.engine import absorb
from switch.state import State
from switch.transfer_checks import ON_US, is_bank, same_fsp, shown

RESOURCE: Final = "bulkTransfers"
_USED_BEFORE: Final = fault("MODIFIED", "Individual transfer prepare duplicate")
_REJECTED: Final = participant_fault("5104", "MS02", "Payee FSP rejected transaction")
_Extensions = tuple[tuple[str, str], ...]
_Message = PrepareBulk | AnswerBulk | RejectBulk | QueryBulk


def step(state: State, command: Command) -> Outcome:
    """Decide a command about a whole bulk."""
    match command:
        case PrepareBulk():
            return _prepare(state, command)
        case AnswerBulk() | RejectBulk():
            return _answer(state, command)
        case AbortBulk():
            return _abort(state, command)
        case QueryBulk():
            return _query(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about a bulk transfer")


def follow(state: State, command: Command) -> Outcome:
    """Decide a command about one transfer, and if it belongs to a bulk let the bulk know and do the telling."""
    outcome = transfers.step(state, command)
    items = [put for put in outcome.puts if isinstance(put, Transfer) and put.group is not None and _of_bulk(put)]
    # What a bank says after the end is kept with its payment; the bulk may be over, and is not looked at again.
    items = [item for item in items if (before := state.get(Transfer, item.id)) is None or not before.final]
    if not items:
        return outcome
    bulk = state.get(Bulk, items[0].group or "")
    if bulk is None:
        raise LookupError(f"transfer {items[0].id} is of bulk {items[0].group}, which is not there")
    alone = isinstance(command, Fulfil | Reject)
    events = _told_singly(state, bulk, outcome.events, alone=alone)
    return replace(_outcome(state, _with(bulk, items), [outcome], [*events]), state=outcome.state)


def _of_bulk(transfer: Transfer) -> bool:
    return transfer.final and transfer.group is not None and not is_group(transfer.group)


def _prepare(state: State, command: PrepareBulk) -> Outcome:
    bulk = state.get(Bulk, command.bulk_id)
    sender = command.envelope.sender
    if sender != command.payer:
        return _refuse(command, fault("WRONG_SENDER", "FSPIOP-Source header should match Payer"))
    if bulk is not None:
        if (bulk.payer, bulk.prepare_hash) != (command.payer, command.envelope.content_hash):
            return _refuse(command, fault("MODIFIED"))
        return Outcome(state=bulk.state.value) if bulk.open else _state_told(bulk, sender)
    new = Bulk(
        command.bulk_id, command.payer, command.payee, command.expiry, BulkState.ACCEPTED, (),
        command.envelope.content_hash, state.now, command.quote_id,
    )  # fmt: skip
    wrong = _wrong(state, command)
    if wrong is not None:
        invalid = replace(new, state=BulkState.INVALID, fault=wrong, completed=state.now)
        return Outcome((invalid,), events=(_event(invalid, invalid.payer, BulkAborted),), state=invalid.state.value)
    return _reserve(state, command, new)


def _wrong(state: State, command: PrepareBulk) -> Fault | None:
    """Why the bulk cannot be looked at; the first check that fails, in the order of the reference (section 12)."""
    if command.expiry <= state.now:
        return fault("ALREADY_EXPIRED", f"Expiration date {shown(command.expiry)} is already in the past")
    if same_fsp(command.payer, command.payee) and not state.profile.on_us:
        return fault("VALIDATION", ON_US)
    destination = command.envelope.receiver
    for name, kind in (
        (command.payer, "PAYER_FSP_NOT_FOUND"),
        (command.payee, "PAYEE_FSP_NOT_FOUND"),
        (destination, "PAYEE_FSP_NOT_FOUND"),
    ):
        found = state.get(Participant, name) if name else None
        if name and (found is None or not found.active):
            return fault(kind, f"Participant {name} not found or inactive")
    return None


def _reserve(state: State, command: PrepareBulk, bulk: Bulk) -> Outcome:
    """Each item is prepared in order and sees what the ones before it took."""
    tried, outcomes, items = state.fork(), [], []
    for part in parts(command):
        if tried.get(Transfer, part.transfer_id) or tried.get(FundsMovement, part.transfer_id):
            items.append(BulkItem(part.transfer_id, refused=True, fault=_USED_BEFORE))
            continue
        outcome = _try(tried, part)
        outcomes.append(outcome)
        begun = tried.get(Transfer, part.transfer_id)
        reason = begun.fault if begun is not None else None
        items.append(BulkItem(part.transfer_id, refused=reason is not None, fault=reason))
    bulk = replace(bulk, items=tuple(items))
    events = _each(state, bulk, outcomes)
    if _open(bulk) and not is_bank(state, bulk.payee):
        seen = BulkReserved(_as_payee(bulk))
        asked = Event(bulk.payee, seen, Delivery.EXECUTION, bulk.id, bulk.expiry, command.envelope.original)
        events.append(asked)
    return _outcome(state, bulk, outcomes, events)


def _answer(state: State, command: AnswerBulk | RejectBulk) -> Outcome:
    bulk = state.get(Bulk, command.bulk_id)
    sender, content = command.envelope.sender, command.envelope.content_hash
    if bulk is None:
        return _refuse(command, fault("BULK_TRANSFER_NOT_FOUND"))
    if not same_fsp(sender, bulk.payee):
        return _refuse(command, fault("WRONG_SENDER", f"{sender} is not the payee FSP"))
    if bulk.answer_hash is not None:
        return Outcome(state=bulk.state.value) if bulk.answer_hash == content else _refuse(command, fault("MODIFIED"))
    if not bulk.open:
        late = bulk.state is BulkState.EXPIRED
        return _refuse(command, fault("TOO_LATE") if late else fault("NOT_RESERVED", "bulk transfer is final"))
    whole = _whole(state, bulk, command)
    if whole is not None:
        return _begin_abort(replace(bulk, state=BulkState.ABORTING, fault=whole, answer_hash=content))
    assert isinstance(command, AnswerBulk)
    if not command.items:
        # RECEIVED, PENDING, ACCEPTED, PROCESSING: the payee only says how far it is.
        return Outcome(state=bulk.state.value)
    return _decide(state, command, bulk)


def _whole(state: State, bulk: Bulk, command: AnswerBulk | RejectBulk) -> Fault | None:
    """Why every item is to be given back: the payee refuses them all, or its answer cannot be believed."""
    if isinstance(command, RejectBulk):
        return command.fault
    addressed = command.envelope.receiver
    if addressed is not None and not (same_fsp(addressed, bulk.payer) or same_fsp(addressed, state.profile.hub)):
        return fault("WRONG_AGENT", f"{addressed} is not the payer FSP")
    if command.fault is not None:
        return command.fault
    return _REJECTED if command.word == BulkState.REJECTED and not command.items else None


def _decide(state: State, command: AnswerBulk, bulk: Bulk) -> Outcome:
    """Each item that the payee names and that waits for it commits or aborts; the others stay as they are."""
    outcomes, ended = _end_items(state, command, bulk)
    if not ended:
        late = state.now >= bulk.expiry
        reason = fault("TOO_LATE") if late else fault("VALIDATION", "no item of the bulk transfer that waits is named")
        return _refuse(command, reason)
    said = {item.transfer_id: item.extensions for item in command.items if item.extensions}
    bulk = _with(replace(bulk, answer_hash=command.envelope.content_hash), ended, said)
    return _outcome(state, bulk, outcomes, _each(state, bulk, outcomes), command.completed)


def _begin_abort(bulk: Bulk) -> Outcome:
    """The message named no items: the hub tells itself which, so that the next step has them all at hand."""
    if bulk.answer_hash is None or bulk.fault is None:
        raise ValueError(f"bulk {bulk.id} is aborted without reason")
    command = AbortBulk(bulk.id, _open(bulk), bulk.payee, bulk.answer_hash, bulk.fault)
    return Outcome((bulk,), events=(Event(LEDGER_LANE, Handed(command), order=bulk.id),), state=bulk.state.value)


def _abort(state: State, command: AbortBulk) -> Outcome:
    bulk = state.get(Bulk, command.bulk_id)
    if bulk is None or not bulk.open:
        return Outcome(state=bulk.state.value if bulk else "")
    outcomes, ended = _end_items(state, command, bulk)
    bulk = _with(bulk, ended)
    return _outcome(state, bulk, outcomes, _each(state, bulk, outcomes))


def _query(state: State, command: QueryBulk) -> Outcome:
    sender = command.envelope.sender
    asker, bulk = state.get(Participant, sender), state.get(Bulk, command.bulk_id)
    if asker is None or not asker.active:
        return Outcome(state="UNKNOWN_ASKER")
    if bulk is None:
        return _refuse(command, fault("BULK_TRANSFER_NOT_FOUND"))
    if not (same_fsp(sender, bulk.payer) or same_fsp(sender, bulk.payee)):
        return _refuse(command, fault("CLIENT_ERROR", f"{sender} is no party to the bulk transfer"))
    return _state_told(bulk, sender)


def _end_items(state: State, command: AnswerBulk | AbortBulk, bulk: Bulk) -> tuple[list[Outcome], list[Transfer]]:
    """What becomes of the items that are named and wait, and those that ended by it."""
    tried, waiting = state.fork(), set(_open(bulk))
    outcomes = [_try(tried, part) for part in parts(command) if part.transfer_id in waiting]
    puts = [put for outcome in outcomes for put in outcome.puts]
    return outcomes, [put for put in puts if isinstance(put, Transfer) and put.group == bulk.id]


def _try(tried: State, part: Part) -> Outcome:
    outcome = transfers.step(tried, part)
    absorb(tried, outcome, [], [])
    return outcome


def _with(bulk: Bulk, ended: Iterable[Transfer], said: Mapping[TransferId, _Extensions] | None = None) -> Bulk:
    """The bulk with what became of these items."""
    final = {transfer.id: transfer for transfer in ended if transfer.final}

    def one(item: BulkItem) -> BulkItem:
        transfer = final.get(item.transfer_id)
        if transfer is None or item.decided:
            return item
        extensions = (said or {}).get(item.transfer_id, ())
        # A payee may have fulfilled what a settlement agent then refused.
        fulfilment = transfer.fulfilment if transfer.fault is None else None
        return replace(item, fulfilment=fulfilment, fault=transfer.fault, extensions=extensions)

    return replace(bulk, items=tuple(one(item) for item in bulk.items)) if final else bulk


def _open(bulk: Bulk) -> tuple[TransferId, ...]:
    return tuple(item.transfer_id for item in bulk.items if not item.decided)


def _outcome(
    state: State, bulk: Bulk, outcomes: Iterable[Outcome], events: list[Event], completed: datetime | None = None
) -> Outcome:
    """All of it in one, with the bulk in its next state; when the last item is decided both sides are told."""
    after = _standing(bulk, completed or state.now)
    if not after.open:
        events.extend(_end(state, after))
    puts: list[Stored] = []
    postings: list[Posting] = []
    for outcome in outcomes:
        puts.extend(outcome.puts)
        postings.extend(outcome.postings)
    if after != state.get(Bulk, bulk.id):
        puts.append(after)
    return Outcome(tuple(puts), tuple(postings), tuple(events), after.state.value)


def _standing(bulk: Bulk, completed: datetime) -> Bulk:
    """The bulk in the state that its items say; `completed` is when it ended, if it has."""
    sent = [item for item in bulk.items if not item.refused]
    decided = [item for item in sent if item.decided]
    aborting = bulk.state is BulkState.ABORTING
    if len(decided) < len(sent):
        expiring = any(item.fault is not None and item.fault.name == "EXPIRED" for item in decided)
        partly = BulkState.EXPIRING if expiring else BulkState.PROCESSING
        begun = decided or bulk.answer_hash is not None
        return replace(bulk, state=partly) if begun and not aborting else bulk
    if not sent or (aborting and not any(item.fulfilment for item in sent)):
        return replace(bulk, state=BulkState.REJECTED, completed=completed)
    expired = all(item.fault is not None and item.fault.name == "EXPIRED" for item in sent)
    return replace(bulk, state=BulkState.EXPIRED if expired else BulkState.COMPLETED, completed=completed)


def _end(state: State, bulk: Bulk) -> Iterator[Event]:
    kind = BulkAborted if _refused_whole(bulk) else BulkEnded
    yield _event(bulk, bulk.payer, kind)
    seen = _as_payee(bulk)
    if seen.items and not same_fsp(bulk.payer, bulk.payee) and not is_bank(state, bulk.payee):
        yield _event(seen, bulk.payee, kind)


def _refused_whole(bulk: Bulk) -> bool:
    """Whether one error tells it all; where an item was paid before the whole was refused it would hide that."""
    return bulk.state is BulkState.REJECTED and bulk.fault is not None


def _each(state: State, bulk: Bulk, outcomes: Iterable[Outcome]) -> list[Event]:
    return [event for outcome in outcomes for event in _told_singly(state, bulk, outcome.events, alone=False)]


def _told_singly(state: State, bulk: Bulk, events: Iterable[Event], *, alone: bool) -> Iterator[Event]:
    """What is told of an item by itself: a bank is paid item by item, and who answers an item alone hears of it alone.

    The payer hears of the bulk only. Events about transfers that are no item (those that waited for one) all go out.
    """
    by_item = is_bank(state, bulk.payee)
    for event in events:
        transfer = getattr(event.body, "transfer", None)
        other = isinstance(transfer, Transfer) and transfer.group != bulk.id
        if other or isinstance(event.body, GrossInstructed):
            yield event
        elif isinstance(event.body, Reserved | Corrected):
            if by_item:
                yield event
        elif isinstance(event.body, Committed | Aborted):
            if event.body.role is Role.PAYEE and (by_item or alone):
                yield event
        elif alone:
            yield event


def _as_payee(bulk: Bulk) -> Bulk:
    """What the payee may see: the items that it was asked for."""
    return replace(bulk, items=tuple(item for item in bulk.items if not item.refused))


def _state_told(bulk: Bulk, asker: FspId) -> Outcome:
    seen = bulk if same_fsp(asker, bulk.payer) else _as_payee(bulk)
    kind = BulkAborted if _refused_whole(bulk) else BulkStated
    return Outcome(events=(_event(seen, asker, kind),), state=bulk.state.value)


def _event(bulk: Bulk, receiver: FspId, kind: type[BulkAborted] | type[BulkEnded] | type[BulkStated]) -> Event:
    return Event(receiver, kind(bulk), order=bulk.id)


def _refuse(command: _Message, reason: Fault) -> Outcome:
    body = Refused(RESOURCE, command.bulk_id, reason)
    return Outcome(events=(Event(command.envelope.sender, body, order=command.bulk_id),), state=reason.name)
