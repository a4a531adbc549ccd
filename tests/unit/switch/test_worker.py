"""The worker answers after the commit only, in order, and neither a defect, a conflict nor a lost store stops it."""

import asyncio
from datetime import datetime, timedelta

import msgspec
import pytest

from schemas.canonical.commands import CreateParticipant
from schemas.canonical.identity import FspId
from schemas.canonical.participants import LedgerAccount, Participant
from schemas.canonical.transfer import Transfer, TransferState
from switch import crashpoints
from switch.bus.port import BusyError
from switch.engine import Parcel
from switch.profile import Profile
from switch.store.memory import MemoryStore
from switch.store.port import ConflictError, LaneLostError, StoreDownError
from switch.worker import Limits, Worker
from tests.contract.samples import START, founding, fulfil, prepare, toy_step, transfer_id
from tests.unit.switch.bulk_scene import item, prepare_bulk


class Clock:
    """The database's clock: stands still until it is moved."""

    def __init__(self):
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def store(clock):
    store = MemoryStore(clock)
    await store.commit(await store.take_lane("ledger", "founder"), founding())
    return store


@pytest.fixture
async def worker(store):
    worker = Worker("ledger", "me", store, toy_step, Profile(), committed=lambda batch, rows: None)
    await worker.start()
    task = asyncio.create_task(worker.serve())
    yield worker
    worker.stop()
    await asyncio.wait([task])


async def test_a_receipt_comes_after_the_commit_and_says_the_state(worker, store):
    receipts = await worker.submit([Parcel(prepare(1)), Parcel(fulfil(1))])
    assert [receipt.state for receipt in receipts] == ["RESERVED", "COMMITTED"]
    assert (await store.transfer(transfer_id(1))).state is TransferState.COMMITTED


async def test_what_waits_goes_into_one_batch(store):
    sizes = []
    worker = Worker(
        "ledger", "me", store, toy_step, Profile(), committed=lambda batch, rows: sizes.append(len(rows)),
        limits=Limits(batch=3),
    )  # fmt: skip
    await worker.start()
    waiting = asyncio.gather(*(worker.submit([Parcel(prepare(number))]) for number in range(7)))
    await asyncio.sleep(0)
    for _ in range(3):
        await worker.turn()
    await waiting
    assert sizes == [3, 3, 1]


async def test_a_bulk_fills_a_batch_with_its_items(store):
    """Two bulks of five items do not share a batch of five, and a single payment waits behind them."""
    batches = []
    worker = Worker(
        "ledger", "me", store, toy_step, Profile(), committed=lambda batch, rows: batches.append(len(batch.receipts)),
        limits=Limits(batch=5),
    )  # fmt: skip
    await worker.start()
    commands = (prepare_bulk(*map(item, range(5))), prepare_bulk(*map(item, range(5))), prepare(1), prepare(2))
    waiting = asyncio.gather(*(worker.submit([Parcel(command)]) for command in commands))
    await asyncio.sleep(0)
    for _ in range(3):
        await worker.turn()
    await waiting
    assert batches == [1, 1, 2]


async def test_rows_are_handed_on_with_the_numbers_they_were_stored_under(store):
    handed = []
    worker = Worker("ledger", "me", store, toy_step, Profile(), committed=lambda batch, rows: handed.extend(rows))
    await worker.start()
    waiting = asyncio.gather(worker.submit([Parcel(prepare(1)), Parcel(prepare(2))]))
    await asyncio.sleep(0)
    await worker.turn()
    await waiting
    assert handed == await store.undelivered()
    assert [row.seq for row in handed] == [1, 2]


async def test_a_repeat_in_a_later_batch_has_no_second_effect(worker, store):
    await worker.submit([Parcel(prepare(1))])
    repeated, modified = await worker.submit([Parcel(prepare(1)), Parcel(prepare(1, units=7))])
    assert (repeated.state, modified.state) == ("RESERVED", "MODIFIED")
    assert len(store.entries) == 2


async def test_a_defect_is_parked_and_its_neighbours_are_served(worker, store):
    defect = Parcel(CreateParticipant(FspId("defect"), "USD"))
    before, broken, after = await worker.submit([Parcel(prepare(1)), defect, Parcel(prepare(2))])
    assert (before.state, broken.fault.name, after.state) == ("RESERVED", "INTERNAL", "RESERVED")
    ((lane, parcel, trace),) = store.parked
    assert (lane, parcel) == ("ledger", defect) and "this command breaks the step" in trace


async def test_a_conflict_beside_a_defect_costs_a_repeat(worker, store):
    undisturbed = store.before_commit

    def conflict(lease, batch):
        store.before_commit = undisturbed
        raise ConflictError("somebody else wrote it")

    store.before_commit = conflict
    defect = Parcel(CreateParticipant(FspId("defect"), "USD"))
    with pytest.raises(BusyError):
        await worker.submit([defect])
    (receipt,) = await worker.submit([defect])
    assert (receipt.fault.name, len(store.parked)) == ("INTERNAL", 1)


async def test_an_open_transfer_is_remembered_or_loaded_and_ends_alike(store):
    worker = Worker(
        "ledger", "me", store, toy_step, Profile(), committed=lambda batch, rows: None, limits=Limits(transfers=1)
    )
    await worker.start()

    async def done(*commands):
        receipts = asyncio.ensure_future(worker.submit([Parcel(command) for command in commands]))
        await asyncio.sleep(0)
        await worker.turn()
        return [receipt.state for receipt in await receipts]

    await done(prepare(1), prepare(2))
    assert [transfer.id for transfer in worker.resident.all(Transfer)] == [transfer_id(2)]
    assert await done(fulfil(1), fulfil(2)) == ["COMMITTED", "COMMITTED"]
    assert list(worker.resident.all(Transfer)) == []


async def test_a_full_queue_is_refused_at_once(store):
    worker = Worker(
        "ledger", "me", store, toy_step, Profile(), committed=lambda batch, rows: None, limits=Limits(waiting=2)
    )
    await worker.start()
    with pytest.raises(BusyError):
        await worker.submit([Parcel(prepare(number)) for number in range(3)])


async def test_the_database_clock_decides_an_expiry_before_anything_else_in_the_batch(worker, store, clock):
    await worker.submit([Parcel(prepare(1, life_s=30))])
    clock.now += timedelta(seconds=31)
    # One load tells the worker the new time; the next batch begins with what is due.
    await worker.submit([Parcel(prepare(2, at=clock.now))])
    (late,) = await worker.submit([Parcel(fulfil(1))])
    assert late.state == "NOTHING"
    assert (await store.transfer(transfer_id(1))).state is TransferState.ABORTED


async def test_a_deadline_wakes_an_idle_lane_and_is_put_off_until_the_database_agrees(worker, store, clock):
    await worker.submit([Parcel(prepare(1, life_s=0.05))])
    await asyncio.sleep(0.1)
    assert (await store.transfer(transfer_id(1))).state is TransferState.RESERVED
    clock.now += timedelta(seconds=1)
    for _ in range(500):
        await asyncio.sleep(0.01)
        if (await store.transfer(transfer_id(1))).state is TransferState.ABORTED:
            return
    pytest.fail("the transfer never expired")


async def test_open_deadlines_survive_a_new_owner(store, clock):
    first = Worker("ledger", "first", store, toy_step, Profile(), committed=lambda batch, rows: None)
    await first.start()
    waiting = asyncio.gather(first.submit([Parcel(prepare(1, life_s=30))]))
    await asyncio.sleep(0)
    await first.turn()
    await waiting
    clock.now += timedelta(seconds=30)
    second = Worker("ledger", "second", store, toy_step, Profile(), committed=lambda batch, rows: None)
    await second.start()
    await second.turn()
    assert (await store.transfer(transfer_id(1))).state is TransferState.ABORTED


async def test_an_owner_that_lost_the_lane_parks_nothing(store):
    """What breaks its step may only be its own old balances, so the fence speaks before the defect does."""
    worker = Worker("ledger", "first", store, toy_step, Profile(), committed=lambda batch, rows: None)
    await worker.start()
    await store.take_lane("ledger", "second")
    serving = asyncio.create_task(worker.serve())
    with pytest.raises(BusyError):
        await worker.submit([Parcel(CreateParticipant(FspId("defect"), "USD"))])
    with pytest.raises(LaneLostError):
        await serving
    assert store.parked == []


async def test_an_owner_that_lost_the_lane_stops_and_writes_nothing(store):
    worker = Worker("ledger", "first", store, toy_step, Profile(), committed=lambda batch, rows: None)
    await worker.start()
    await store.take_lane("ledger", "second")
    serving = asyncio.create_task(worker.serve())
    with pytest.raises(BusyError):
        await worker.submit([Parcel(prepare(1))])
    with pytest.raises(LaneLostError):
        await serving
    assert await store.transfer(transfer_id(1)) is None


@pytest.mark.parametrize("answer_lost", [False, True], ids=["commit lost", "answer of the commit lost"])
async def test_a_lost_connection_costs_a_repeat_and_nothing_else(worker, store, answer_lost):
    hook = "after_commit" if answer_lost else "before_commit"
    undisturbed = getattr(store, hook)

    def break_off(lease, batch):
        setattr(store, hook, undisturbed)
        raise StoreDownError("connection reset")

    setattr(store, hook, break_off)
    with pytest.raises(BusyError):
        await worker.submit([Parcel(prepare(1))])
    (receipt,) = await worker.submit([Parcel(prepare(1))])
    assert receipt.state == "RESERVED"
    assert len(store.entries) == 2
    assert len(await store.undelivered()) == 1


async def test_what_a_commit_of_unknown_end_changed_is_told_all_the_same(store):
    heard = {}
    worker = Worker(
        "ledger", "me", store, toy_step, Profile(),
        committed=lambda batch, rows: heard.update({(type(put), put.key): put for put in batch.puts}),
    )  # fmt: skip
    await worker.start()
    serving = asyncio.create_task(worker.serve())

    def break_off(lease, batch):
        store.after_commit = lambda lease, batch: None
        raise StoreDownError("connection reset")

    store.after_commit = break_off
    with pytest.raises(BusyError):
        await worker.submit([Parcel(prepare(1))])
    await worker.submit([Parcel(prepare(2))])
    worker.stop()
    await serving
    accounts = {account.key: account for account in await store.records(LedgerAccount)}
    assert {key: record for (kind, key), record in heard.items() if kind is LedgerAccount} == accounts


async def test_what_another_lane_commits_while_this_one_starts_is_not_lost(store):
    worker = Worker("lookup", "me", store, toy_step, Profile(), committed=lambda batch, rows: None)
    read = store.resident

    async def slowly(lane):
        found = await read(lane)
        worker.learn([Participant(FspId("newbank")), *(changed(one) for one in found if isinstance(one, Participant))])
        return found

    def changed(one):
        return msgspec.structs.replace(one, active=not one.active)

    before = {one.name: one.active for one in await store.records(Participant)}
    store.resident = slowly
    await worker.start()
    after = {one.name: one.active for one in worker.resident.all(Participant)}
    assert after == {name: not active for name, active in before.items()} | {FspId("newbank"): True}


async def test_balances_in_memory_follow_the_table(worker, store):
    await worker.submit([Parcel(prepare(1, units=5)), Parcel(prepare(2, units=6)), Parcel(fulfil(1))])
    position = worker.resident.get(LedgerAccount, "2")
    assert (position.debits_pending, position.debits_posted) == (6, 5)
    assert position in await store.records(LedgerAccount)


async def test_what_another_lane_learned_of_participants_is_taken_over(worker):
    worker.learn([Participant(FspId("newbank"))])
    assert worker.resident.get(Participant, "newbank") is not None


async def test_each_boundary_of_the_loop_has_a_crash_point(worker):
    passed = []
    crashpoints.arm(passed.append)
    try:
        await worker.submit([Parcel(prepare(1))])
    finally:
        crashpoints.arm(None)
    stages = ["taken", "loaded", "stepped", "committed", "released"]
    assert passed == [f"worker.{stage}" for stage in stages]
    assert crashpoints.POINTS.issuperset(passed)


async def test_stop_serves_what_waits_and_refuses_what_comes_later(store):
    worker = Worker("ledger", "me", store, toy_step, Profile(), committed=lambda batch, rows: None)
    await worker.start()
    waiting = asyncio.create_task(worker.submit([Parcel(prepare(1))]))
    await asyncio.sleep(0)
    worker.stop()
    await worker.serve()
    assert (await waiting)[0].state == "RESERVED"
    with pytest.raises(BusyError):
        await worker.submit([Parcel(prepare(2))])
