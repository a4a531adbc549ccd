"""Defects put in on purpose: each wraps shipped functions for one run, and the auditor must see it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from schemas.canonical.commands import Expire
from schemas.canonical.events import Delivery
from schemas.canonical.outcome import Phase
from schemas.canonical.participants import LedgerAccount
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Receipt
from settlement import ledger, limits
from switch import bulk, delivery, engine, lanes, transfer_answers, transfer_checks, transfers, worker
from switch.deadlines import Deadlines
from switch.delivery import Deliverer
from switch.outbox import Sweeper
from switch.store.memory import MemoryStore
from switch.store.port import ConflictError, Lease, OutboxRow, StoreDownError
from switch.transfer_table import ANY, TABLE, Case, Tell
from switch.worker import Worker

Patch = pytest.MonkeyPatch


def receipt_before_commit(patch: Patch) -> None:
    """Senders are answered when their command is queued."""
    submit = Worker.submit

    async def early(self: Worker, parcels: Sequence[Any]) -> Sequence[Receipt]:
        waiting = asyncio.get_running_loop().create_task(submit(self, parcels))
        waiting.add_done_callback(lambda task: task.cancelled() or task.exception())
        return [Receipt() for _ in parcels]

    patch.setattr(Worker, "submit", early)


def publish_before_commit(patch: Patch) -> None:
    """Rows go to the relay before they are in the table."""
    commit = Worker._commit

    async def early(self: Worker, lease: Lease, batch: Any) -> None:
        rows = [OutboxRow(lease.lane, seq, event, batch.now) for seq, event in enumerate(batch.events, lease.seq + 1)]
        self._committed(batch, rows)
        await commit(self, lease, batch)

    patch.setattr(Worker, "_commit", early)


def expiry_of_what_is_final(patch: Patch) -> None:
    """An expiry looks at the clock only."""

    def expire(state: Any, command: Any) -> Any:
        found = transfer_answers.Found(state, None, state.get(Transfer, command.key))
        return transfer_answers.move(found, Case.EXPIRES, fault=transfers.fault("EXPIRED"), completed=state.now)

    patch.setattr(transfers, "_expire", expire)
    patch.setitem(TABLE, Case.EXPIRES, TABLE[Case.EXPIRES]._replace(before=ANY))
    patch.setattr(Deadlines, "learn", lambda self, puts: [self.put(*one) for one in engine.deadlines(puts)])
    patch.setattr(ledger, "_sound", lambda account: None)


def no_cap_check(patch: Patch) -> None:
    """The net debit cap is not looked at."""
    patch.setattr(
        transfer_checks, "refusal",
        lambda position, settlement, units: limits.refusal(
            msgspec.structs.replace(position, cap=10**15), settlement, units
        ),
    )  # fmt: skip


def no_cover_check(patch: Patch) -> None:
    """The liquidity cover is not looked at."""
    rich = LedgerAccount(0, "", None, "", credits_posted=10**15)
    patch.setattr(transfer_checks, "refusal", lambda position, settlement, units: limits.refusal(position, rich, units))


def check_on_balances_before_the_batch(patch: Patch) -> None:
    """Commands of one batch do not see each other's reservations."""
    patch.setattr(
        transfer_checks, "refusal",
        lambda position, settlement, units: limits.refusal(
            msgspec.structs.replace(position, debits_pending=0), settlement, units
        ),
    )  # fmt: skip


def no_sweeper(patch: Patch) -> None:
    """What was not published, or lost by the bus, stays where it is."""

    async def sweep(self: Sweeper) -> int:
        return 0

    patch.setattr(Sweeper, "sweep", sweep)


def no_inbox(patch: Patch) -> None:
    """Message ids are not remembered."""
    patch.setattr(engine, "_inbox_entry", lambda parcel, envelope: None)


def no_inbox_between_lanes(patch: Patch) -> None:
    """What one lane hands to another counts each time it comes."""
    entry = engine._inbox_entry
    patch.setattr(engine, "_inbox_entry", lambda parcel, envelope: None if parcel.hand else entry(parcel, envelope))


def no_fence(patch: Patch) -> None:
    """Whoever commits owns the lane."""
    commit = MemoryStore.commit

    async def open_door(self: MemoryStore, lease: Lease, batch: Any) -> Lease:
        return await commit(self, self._leases[lease.lane], batch)

    patch.setattr(MemoryStore, "commit", open_door)


def repeat_is_sent_on(patch: Patch) -> None:
    """A repeated order is brought to the payee again."""
    row = TABLE[Case.PREPARE_REPEATED_EARLY]
    patch.setitem(TABLE, Case.PREPARE_REPEATED_EARLY, row._replace(tells=(Tell.EXECUTE,)))


def abort_without_void(patch: Patch) -> None:
    """An aborted transfer keeps its reservation."""
    move = transfers.move

    def keeps(found: Any, case: Case, **fields: Any) -> Any:
        outcome = move(found, case, **fields)
        aborted = outcome.state == TransferState.ABORTED.value
        return msgspec.structs.replace(outcome, postings=()) if aborted else outcome

    patch.setattr(transfers, "move", keeps)


def commit_booked_twice(patch: Patch) -> None:
    """A commit posts its amount two times."""

    def twice(posting: Any, debit: Any, credit: Any, now: Any) -> Any:
        moved = ledger.apply(posting, debit, credit, now)
        if posting.phase is not Phase.COMMIT:
            return moved
        again = ledger.apply(msgspec.structs.replace(posting, phase=Phase.POST), moved.debit, moved.credit, now)
        return msgspec.structs.replace(again, entries=(*moved.entries, *again.entries))

    patch.setattr(engine, "apply", twice)


def delivered_though_it_failed(patch: Patch) -> None:
    """A failed attempt is marked as delivered."""

    async def failed(self: Deliverer, line: Any, key: str, item: Any, sent: Any) -> None:
        self._mark(item.row, sent, None)
        line.done(key)

    patch.setattr(Deliverer, "_failed", failed)


def results_given_up(patch: Patch) -> None:
    """A result is tried once."""
    verdict = delivery.after_failure

    def hasty(row: OutboxRow, *values: Any) -> Any:
        return delivery.Park("once is enough") if row.event.delivery is Delivery.RESULT else verdict(row, *values)

    patch.setattr(delivery, "after_failure", hasty)


def marked_when_taken(patch: Patch) -> None:
    """A row counts as delivered when the deliverer has it in memory."""
    take = Deliverer.take

    async def hasty(self: Deliverer, rows: Sequence[OutboxRow]) -> None:
        await self._store.delivered([delivery.Delivered(row.lane, row.seq, row.event.receiver) for row in rows])
        await take(self, rows)

    patch.setattr(Deliverer, "take", hasty)


def deadlines_forgotten_at_start(patch: Patch) -> None:
    """A new owner knows only the deadlines it set itself."""
    init = Deadlines.__init__
    patch.setattr(Deadlines, "__init__", lambda self, found=(): init(self))


def another_order_taken_for_a_repeat(patch: Patch) -> None:
    """The content of a repeated order is not compared."""
    prepare = transfers._prepare

    def blind(state: Any, command: Any) -> Any:
        known = state.get(Transfer, command.transfer_id)
        if known is not None:
            envelope = msgspec.structs.replace(command.envelope, content_hash=known.prepare_hash)
            command = msgspec.structs.replace(command, envelope=envelope)
        return prepare(state, command)

    patch.setattr(transfers, "_prepare", blind)


def anybody_may_answer(patch: Patch) -> None:
    """An answer is not checked to come from the payee."""
    unfit = transfers._unfit

    def open_door(found: Any, command: Any) -> Any:
        reason = unfit(found, command)
        return None if reason is not None and reason[0] is Case.ANSWER_NOT_FROM_PAYEE else reason

    patch.setattr(transfers, "_unfit", open_door)


def expired_payee_is_not_told(patch: Patch) -> None:
    """After an expiry only the payer hears of it."""
    patch.setitem(TABLE, Case.EXPIRES, TABLE[Case.EXPIRES]._replace(tells=(Tell.PAYER_OUTCOME,)))


def clock_runs_back(patch: Patch) -> None:
    """A lane believes whatever time the database tells."""
    load = MemoryStore.load

    async def raw(self: MemoryStore, *values: Any) -> Any:
        return msgspec.structs.replace(await load(self, *values), now=self._clock())

    patch.setattr(MemoryStore, "load", raw)


def balances_kept_after_a_lost_answer(patch: Patch) -> None:
    """An owner whose commit ended unknown goes on with what it had in memory."""
    start = Worker.start

    async def keeps(self: Worker) -> None:
        held = self.resident if self._lease is not None else None
        await start(self)
        if held is not None:
            self.resident = held

    patch.setattr(Worker, "start", keeps)


def only_the_first_of_a_batch(patch: Patch) -> None:
    """A batch is answered in full and decided in part."""
    run = engine.run

    def lazy(state: Any, step: Any, parcels: Sequence[Any]) -> Any:
        batch = run(state, step, parcels[:1])
        return msgspec.structs.replace(batch, receipts=(*batch.receipts, *(Receipt() for _ in parcels[1:])))

    patch.setattr(worker, "run", lazy)


def any_preimage_will_do(patch: Patch) -> None:
    """A fulfilment is not compared with the condition."""

    class Credulous:
        fits = staticmethod(lambda fulfilment, condition: True)

    patch.setattr(transfers, "ilp", Credulous)


def conflict_taken_for_done(patch: Patch) -> None:
    """A unique key that was there already is believed to be one's own."""
    _swallow(patch, ConflictError)


def lost_commit_taken_for_done(patch: Patch) -> None:
    """A commit whose connection broke is believed to have been written."""
    _swallow(patch, StoreDownError)


def _swallow(patch: Patch, error: type[Exception]) -> None:
    commit = MemoryStore.commit

    async def bold(self: MemoryStore, lease: Lease, batch: Any) -> Lease:
        try:
            return await commit(self, lease, batch)
        except error:
            return self._leases[lease.lane]

    patch.setattr(MemoryStore, "commit", bold)


def changes_of_another_lane_unseen(patch: Patch) -> None:
    """A lane knows participants only as they were when it started."""
    patch.setattr(Worker, "learn", lambda self, records: None)


def items_of_a_bulk_do_not_see_each_other(patch: Patch) -> None:
    """Each item is checked against the balances before the first."""
    patch.setattr(bulk, "absorb", lambda *_: None)


def expiries_of_items_are_not_noted(patch: Patch) -> None:
    """An item expires like a payment of its own."""
    patch.setitem(lanes._BY_COMMAND[lanes.LEDGER], Expire, transfers.step)


MUTANTS: tuple[Callable[[Patch], None], ...] = (
    items_of_a_bulk_do_not_see_each_other,
    expiries_of_items_are_not_noted,
    receipt_before_commit,
    publish_before_commit,
    expiry_of_what_is_final,
    no_cap_check,
    no_cover_check,
    check_on_balances_before_the_batch,
    no_sweeper,
    no_inbox,
    no_inbox_between_lanes,
    no_fence,
    repeat_is_sent_on,
    abort_without_void,
    commit_booked_twice,
    delivered_though_it_failed,
    results_given_up,
    marked_when_taken,
    deadlines_forgotten_at_start,
    another_order_taken_for_a_repeat,
    anybody_may_answer,
    expired_payee_is_not_told,
    clock_runs_back,
    balances_kept_after_a_lost_answer,
    only_the_first_of_a_batch,
    any_preimage_will_do,
    conflict_taken_for_done,
    lost_commit_taken_for_done,
    changes_of_another_lane_unseen,
)
