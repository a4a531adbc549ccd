"""Both stores keep the same promises: fence, unique keys, clock, gapless outbox, originals given back whole."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from schemas.canonical.commands import Expire, LookUpParty
from schemas.canonical.conversion import Conversions, Member, Side
from schemas.canonical.dialogue import Journey, JourneyState, OracleQuestion
from schemas.canonical.events import Delivery, Event, Handed
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import IsoProfile, LedgerAccount, Oracle, Participant, RegistryEntry
from schemas.canonical.party import PartyId
from schemas.canonical.settlement import Cycle, Net, Obligation, SettlementWindow, WindowState
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect, Envelope
from switch import migrate
from switch.engine import Batch, Parcel
from switch.store.memory import MemoryStore
from switch.store.port import ConflictError, Delivered, LaneLostError, OutboxRow
from switch.store.postgres import PostgresStore
from tests.contract.samples import (
    ACCOUNTS,
    MEMBERS,
    PAYEE,
    PAYER,
    START,
    decide,
    founding,
    fulfil,
    original,
    prepare,
    transfer_id,
)


def system_clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(params=["memory", "postgres"])
async def store(request):
    if request.param == "memory":
        store = MemoryStore(system_clock)
    else:
        url = request.getfixturevalue("database_url")
        migrate.upgrade(url)
        store = PostgresStore(url)
    yield store
    await store.close()


@pytest.fixture
async def lease(store):
    return await store.commit(await store.take_lane("ledger", "founder"), founding())


def empty(now: datetime = START, **parts) -> Batch:
    return msgspec.structs.replace(Batch(now, (), (), (), (), (), (), ()), **parts)


async def test_a_committed_batch_is_there_to_the_last_field(store, lease):
    batch = decide([prepare(1), prepare(2, units=250)])
    after = await store.commit(lease, batch)
    assert (after.epoch, after.seq) == (lease.epoch, lease.seq + 2)
    expected = {record.key: record for record in batch.puts if isinstance(record, Transfer)}
    loaded = await store.load("ledger", [(Transfer, key) for key in expected], [])
    assert {record.key: record for record in loaded.records} == expected
    accounts = {record.key: record for record in batch.puts if isinstance(record, LedgerAccount)}
    assert accounts.items() <= {account.key: account for account in await store.records(LedgerAccount)}.items()


async def test_a_newer_value_replaces_the_older(store, lease):
    lease = await store.commit(lease, decide([prepare(1)]))
    held = (await store.transfer(transfer_id(1)), *await store.records(LedgerAccount))
    await store.commit(lease, decide([fulfil(1)], records=held))
    transfer = await store.transfer(transfer_id(1))
    assert (transfer.state, transfer.history, transfer.iso_status) == (TransferState.COMMITTED, 2, "ACCP")


async def test_a_window_is_added_up_from_the_legs_committed_in_it_and_from_nothing_else(store, lease):
    asked = [prepare(number, units=units) for number, units in ((1, 300), (2, 50), (3, 7))]
    lease = await store.commit(lease, decide(asked))
    for number in (1, 2):
        held = (await store.transfer(transfer_id(number)), *await store.records(LedgerAccount))
        lease = await store.commit(lease, decide([fulfil(number)], records=held))
    assert await store.window_nets(1) == [Net(2, 350), Net(3, -350)]
    assert await store.window_flows(1) == [Obligation(2, 3, 350)]
    assert (await store.window_nets(2), await store.window_flows(2)) == ([], [])


async def test_windows_are_kept_by_the_lane_while_anything_can_happen_to_them(store, lease):
    pending = SettlementWindow(2, WindowState.OPEN, START, START)
    settled = SettlementWindow(1, WindowState.SETTLED, START, START)
    cycle = Cycle(2, filled=True)
    await store.commit(lease, empty(puts=(pending, settled, cycle)))
    kept = await store.resident("ledger")
    assert [record in kept for record in (pending, settled, cycle)] == [True, False, True]
    assert pending not in await store.resident("lookup")
    assert (await store.record(SettlementWindow, "1"), await store.record(SettlementWindow, "3")) == (settled, None)
    assert (await store.load("ledger", [(SettlementWindow, "1")], [])).records == (settled,)


async def test_unknown_things_are_none(store, lease):
    assert await store.transfer(transfer_id(9)) is None
    assert await store.message_status("nobody", "nothing") is None
    assert await store.archived("00" * 32) is None
    assert (await store.load("ledger", [(Transfer, transfer_id(9))], [("nobody", "nothing")])).records == ()


async def test_an_older_owner_can_no_longer_write(store, lease):
    newer = await store.take_lane("ledger", "second")
    assert (newer.epoch, newer.seq) == (lease.epoch + 1, lease.seq)
    with pytest.raises(LaneLostError):
        await store.commit(lease, decide([prepare(1)]))
    assert await store.transfer(transfer_id(1)) is None
    assert await store.undelivered() == []
    await store.commit(newer, decide([prepare(1)]))


async def test_an_owner_in_doubt_takes_the_lane_again_only_if_nobody_else_did(store, lease):
    again = await store.take_lane("ledger", "founder", lease)
    assert again.epoch == lease.epoch + 1
    with pytest.raises(LaneLostError):
        await store.take_lane("ledger", "founder", lease)


async def test_an_owner_that_missed_its_own_commit_is_stopped_by_the_number(store, lease):
    await store.commit(lease, decide([prepare(1)]))
    with pytest.raises(LaneLostError):
        await store.commit(lease, decide([prepare(2)]))
    assert await store.transfer(transfer_id(2)) is None


async def test_lanes_are_owned_apart(store, lease):
    other = await store.take_lane("lookup", "somebody")
    assert (other.epoch, other.seq) == (1, 0)
    await store.commit(lease, decide([prepare(1)]))


async def test_a_message_id_is_taken_once_for_ever(store, lease):
    lease = await store.commit(lease, decide([prepare(1)]))
    with pytest.raises(ConflictError):
        await store.commit(lease, decide([prepare(2, message="msg-1")]))
    assert await store.transfer(transfer_id(2)) is None
    (entry,) = (await store.load("ledger", [], [(PAYER, "msg-1")])).inbox
    assert (entry.reference, entry.content_hash) == (transfer_id(1), prepare(1).envelope.content_hash)


async def test_a_state_change_has_its_number_once(store, lease):
    batch = decide([prepare(1)])
    lease = await store.commit(lease, batch)
    with pytest.raises(ConflictError):
        await store.commit(lease, empty(history=batch.history))


async def test_the_clock_never_runs_behind_the_last_commit(store, lease):
    before = system_clock() - timedelta(minutes=1)
    ahead = system_clock() + timedelta(hours=1)
    assert (await store.load("ledger", [], [])).now > before
    await store.commit(lease, empty(ahead))
    assert (await store.load("ledger", [], [])).now >= ahead


async def test_the_owner_finds_what_it_keeps_in_memory(store, lease):
    bank = Participant(FspId("bank"), iso=IsoProfile(bic="ABCDEFGH", versions={"pacs.008": "pacs.008.001.08"}))
    oracle = Oracle(1, "MSISDN", default=True)
    lease = await store.commit(lease, empty(puts=(bank, oracle)))
    resident = await store.resident("ledger")
    assert {(type(record), record.key): record for record in resident} == {
        (type(record), record.key): record for record in (*ACCOUNTS, *MEMBERS, bank, oracle)
    }
    assert await store.records(Oracle) == [oracle]
    assert bank in await store.resident("lookup")


async def test_open_dialogues_belong_to_the_lane_that_wrote_them(store, lease):
    asked = LookUpParty(Envelope(PAYER, Dialect.FSPIOP), PartyId("MSISDN", "256"))
    waits = OracleQuestion("question", asked, START + timedelta(seconds=10))
    lookup = await store.commit(await store.take_lane("lookup", "me"), empty(puts=(waits,)))
    assert waits in await store.resident("lookup")
    assert waits not in await store.resident("ledger")
    assert await store.deadlines("lookup") == [(waits.deadline, Expire("oracle_question", "question"))]
    done = msgspec.structs.replace(waits, done=True)
    await store.commit(lookup, empty(puts=(done,)))
    assert await store.deadlines("lookup") == []
    assert done not in await store.resident("lookup")
    assert (await store.load("lookup", [(OracleQuestion, "question")], [])).records == (done,)


async def test_deadlines_are_those_of_open_transfers(store, lease):
    lease = await store.commit(lease, decide([prepare(1, life_s=60), prepare(2, life_s=30)]))
    held = (await store.transfer(transfer_id(1)), *await store.records(LedgerAccount))
    expected = [(START + timedelta(seconds=s), Expire("transfer", transfer_id(n))) for n, s in ((2, 30), (1, 60))]
    assert await store.deadlines("ledger") == expected
    await store.commit(lease, decide([fulfil(1)], records=held))
    assert await store.deadlines("ledger") == expected[:1]


async def test_a_deadline_has_the_grace_of_its_transfer(store, lease):
    batch = decide([prepare(1, life_s=60)])
    (found,) = [record for record in batch.puts if isinstance(record, Transfer)]
    late = msgspec.structs.replace(found, grace_ms=1500)
    puts = tuple(late if record is found else record for record in batch.puts)
    await store.commit(lease, msgspec.structs.replace(batch, puts=puts))
    assert await store.deadlines("ledger") == [(START + timedelta(seconds=61.5), Expire("transfer", late.id))]


async def test_a_party_is_loaded_with_all_its_registry_entries(store, lease):
    entries = (
        RegistryEntry("MSISDN", "256", PAYER),
        RegistryEntry("MSISDN", "256", PAYEE, currency="USD"),
        RegistryEntry("MSISDN", "256", PAYEE, sub_id="savings", removed=True),
    )
    await store.commit(lease, empty(puts=(*entries, RegistryEntry("MSISDN", "2567", PAYEE))))
    loaded = await store.load("lookup", [(RegistryEntry, "MSISDN/256/")], [])
    assert {entry.key for entry in loaded.records} == {entry.key for entry in entries}


async def test_events_come_back_in_order_with_their_original_and_in_pages(store, lease):
    batch = decide([prepare(number) for number in range(1, 6)])
    lease = await store.commit(lease, batch)
    expected = [OutboxRow("ledger", seq, event, START) for seq, event in enumerate(batch.events, lease.seq - 4)]
    assert await store.undelivered() == expected
    assert await store.undelivered(limit=2, after=("ledger", expected[1].seq)) == expected[2:4]
    assert await store.undelivered(older_than_s=10**9) == []
    number, age = await store.backlog()
    assert number == len(expected) and age >= 0


async def test_an_event_without_original_and_one_for_another_lane_come_back_whole(store, lease):
    command = prepare(1)
    archive = decide([command]).archive
    handed = Event(FspId("@ledger"), Handed(command), Delivery.RESULT, transfer_id(1))
    await store.commit(lease, empty(events=(handed,), archive=archive))
    (row,) = await store.undelivered()
    assert (await store.backlog())[0] == 1
    assert row.event == handed


async def test_a_delivered_row_is_done_and_what_was_sent_is_kept(store, lease):
    await store.commit(lease, decide([prepare(1)]))
    (row,) = await store.undelivered()
    sent = original("<Sent/>")
    mark = Delivered(row.lane, row.seq, PAYEE, sent, "sent-1", transfer_id(1))
    await store.delivered([mark])
    assert await store.undelivered() == []
    assert await store.archived(sent.digest) == sent
    await store.delivered([mark])
    answers = (await store.message_status(PAYER, "msg-1")).answers
    assert answers == ()


async def test_a_message_is_found_with_its_content_and_its_journey(store, lease):
    command = prepare(1)
    await store.commit(lease, decide([command]))
    found = await store.message_status(PAYER, "msg-1")
    assert (found.definition, found.content_hash) == (command.envelope.original.target, command.envelope.content_hash)
    assert found.journey is None
    journey = Journey(transfer_id(1), command, JourneyState.REFUSED, "q", START, fault=fault("PARTY_NOT_FOUND"))
    await store.commit(await store.take_lane("journey.0", "founder"), empty(puts=(journey,)))
    assert (await store.message_status(PAYER, "msg-1")).journey == journey


async def test_bytes_that_were_archived_on_receipt_are_not_kept_twice(store, lease):
    command = prepare(1)
    await store.commit(lease, decide([command]))
    (row,) = await store.undelivered()
    came = command.envelope.original
    forwarded = msgspec.structs.replace(came, headers=(("fspiop-signature", "x"),), body=b"")
    await store.delivered([Delivered(row.lane, row.seq, PAYEE, forwarded, reference=transfer_id(1))])
    assert (await store.archived(came.digest)).body == came.body


async def test_a_parked_row_is_no_longer_tried(store, lease):
    await store.commit(lease, decide([prepare(1), prepare(2)]))
    first, second = await store.undelivered()
    await store.delivered([Delivered(first.lane, first.seq, PAYEE, parked="refused for good")])
    assert await store.undelivered() == [second]
    assert await store.still_open([first.key, second.key, ("ledger", 99)]) == {second.key}


async def test_what_waits_for_one_receiver_is_found_in_order_with_its_bytes(store, lease):
    await store.commit(lease, decide([prepare(1), prepare(2), prepare(3)]))
    rows = await store.undelivered()
    assert await store.waiting_for(PAYEE, 10) == [row for row in rows if row.event.receiver == PAYEE]
    assert [row.key for row in await store.waiting_for(PAYEE, 2)] == [row.key for row in rows[:2]]
    assert (await store.waiting_for(PAYEE, 1))[0].event.original.body == prepare(1).envelope.original.body
    await store.delivered([Delivered(rows[0].lane, rows[0].seq, PAYEE)])
    assert await store.waiting_for(PAYEE, 10) == rows[1:]
    assert await store.waiting_for("nobody", 10) == []


async def test_failed_attempts_are_counted(store, lease):
    await store.commit(lease, decide([prepare(1)]))
    (row,) = await store.undelivered()
    await store.failed_attempt(row.lane, row.seq, "connection refused")
    await store.failed_attempt(row.lane, row.seq, "status 503")
    (tried,) = await store.undelivered()
    assert tried == msgspec.structs.replace(row, attempts=2)


async def test_a_sender_finds_what_became_of_its_message(store, lease):
    lease = await store.commit(lease, decide([prepare(1)]))
    held = (await store.transfer(transfer_id(1)), *await store.records(LedgerAccount))
    await store.commit(lease, decide([fulfil(1)], records=held))
    sent = original("<pacs002/>")
    told = next(row for row in await store.undelivered() if row.event.receiver == PAYER)
    await store.delivered([Delivered(told.lane, told.seq, PAYER, sent, "hub-7", transfer_id(1))])
    status = await store.message_status(PAYER, "msg-1")
    assert (status.reference, status.digest) == (transfer_id(1), prepare(1).envelope.original.digest)
    assert status.transfer.state is TransferState.COMMITTED
    (answer,) = status.answers
    assert (answer["messageId"], answer["digest"], answer["definition"]) == ("hub-7", sent.digest, sent.target)


async def test_a_parcel_that_broke_the_code_can_be_parked(store, lease):
    await store.park("ledger", Parcel(prepare(1)), "Traceback ...")


async def test_the_register_of_conversions_brings_all_it_ties_together(store, lease):
    held = decide([prepare(1), prepare(2)])
    conversion, transfer = (record for record in held.puts if isinstance(record, Transfer))
    conversion = msgspec.structs.replace(conversion, determines=transfer.id)
    register = Conversions(transfer.id, (Member(conversion.id, Side.PAYER, conversion.amount, conversion.amount),))
    await store.commit(lease, empty(puts=(conversion, transfer, register)))
    for key in (conversion.id, transfer.id):
        found = (await store.load("ledger", [(Conversions, key)], [])).records
        assert sorted(record.key for record in found) == sorted([register.id, conversion.id, transfer.id])
    assert (await store.load("ledger", [(Conversions, transfer_id(3))], [])).records == ()
