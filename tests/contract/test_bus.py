"""Both buses keep the same promises: packs to lanes, receipts in order, rows per receiver in order and once."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from schemas.canonical.events import Delivery, Event, Forwarded
from schemas.canonical.identity import FspId
from schemas.canonical.wire import Receipt
from switch.bus.memory import MemoryBus
from switch.bus.nats import NatsBus
from switch.bus.port import BusyError
from switch.engine import Parcel
from switch.store.port import OutboxRow
from tests.contract.samples import PAYEE, PAYER, original, prepare

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture(params=["memory", "nats"])
async def bus(request):
    if request.param == "memory":
        bus = MemoryBus(timeout_s=2)
    else:
        bus = await NatsBus.open(await asyncio.to_thread(request.getfixturevalue, "nats_url"), timeout_s=2)
    yield bus
    await bus.close()


def row(seq: int, receiver: str = PAYEE, text: str = "<Document/>") -> OutboxRow:
    event = Event(
        FspId(receiver), Forwarded("quotes", str(seq)), Delivery.DIALOGUE, str(seq), NOW, original(text), PAYER
    )
    return OutboxRow("ledger", seq, event, NOW)


class Taken:
    """A row handler that remembers what it was given."""

    def __init__(self):
        self.rows: list[OutboxRow] = []
        self.changed = asyncio.Event()

    async def __call__(self, rows):
        self.rows.extend(rows)
        self.changed.set()

    async def count(self, number: int) -> list[OutboxRow]:
        async with asyncio.timeout(10):
            while len(self.rows) < number:
                self.changed.clear()
                await self.changed.wait()
        return self.rows


async def test_each_asker_gets_its_own_receipt(bus):
    async def handler(parcels):
        return [Receipt(parcel.command.envelope.message_id) for parcel in parcels]

    await bus.serve_lane("ledger", handler)
    receipts = await asyncio.gather(*(bus.ask_lane("ledger", Parcel(prepare(number))) for number in range(300)))
    assert [receipt.message_id for receipt in receipts] == [f"msg-{number}" for number in range(300)]


async def test_a_command_arrives_as_it_was_sent(bus):
    parcel, got = Parcel(prepare(1), "journey.0:7"), []

    async def handler(parcels):
        got.extend(parcels)
        return [Receipt()]

    await bus.serve_lane("journey.0", handler)
    await bus.ask_lane("journey.0", parcel)
    assert got == [parcel]


async def test_commands_that_wait_travel_together_and_in_order(bus):
    packs = []

    async def handler(parcels):
        packs.append([parcel.command.envelope.message_id for parcel in parcels])
        await asyncio.sleep(0.01)
        return [Receipt()] * len(parcels)

    await bus.serve_lane("ledger", handler)
    await asyncio.gather(*(bus.ask_lane("ledger", Parcel(prepare(number))) for number in range(500)))
    assert len(packs) <= 10
    assert [message for pack in packs for message in pack] == [f"msg-{number}" for number in range(500)]


async def test_a_busy_lane_is_told_to_every_asker(bus):
    async def handler(parcels):
        raise BusyError("queue full")

    await bus.serve_lane("ledger", handler)
    answers = await asyncio.gather(
        *(bus.ask_lane("ledger", Parcel(prepare(number))) for number in range(3)), return_exceptions=True
    )
    assert all(isinstance(answer, BusyError) for answer in answers)


async def test_a_lane_that_breaks_is_busy_to_its_askers(bus):
    async def handler(parcels):
        raise RuntimeError("defect")

    await bus.serve_lane("ledger", handler)
    with pytest.raises(BusyError):
        await bus.ask_lane("ledger", Parcel(prepare(1)))


async def test_a_lane_nobody_serves_is_busy(bus):
    with pytest.raises(BusyError):
        await bus.ask_lane("ledger", Parcel(prepare(1)))


async def test_rows_arrive_whole_and_in_order_of_their_receiver(bus):
    taken = Taken()
    await bus.deliver(taken)
    rows = [row(seq, receiver, f"<D>{seq}</D>") for seq in range(1, 40) for receiver in (PAYER, PAYEE)]
    rows = [msgspec.structs.replace(each, seq=number) for number, each in enumerate(rows, 1)]
    for start in range(0, len(rows), 7):
        await bus.publish(rows[start : start + 7])
    got = await taken.count(len(rows))
    for receiver in (PAYER, PAYEE):
        assert [each for each in got if each.event.receiver == receiver] == rows[receiver == PAYEE :: 2]


async def test_a_deliverer_that_ends_leaves_rows_to_the_next(bus):
    first, second = Taken(), Taken()
    await bus.deliver(first)
    await bus.stop_delivering()
    await bus.publish([row(1, PAYER)])
    await bus.deliver(second)
    assert await second.count(1) == [row(1, PAYER)]
    assert not first.rows


async def test_rows_wait_for_a_deliverer(bus):
    await bus.publish([row(1)])
    taken = Taken()
    await bus.deliver(taken)
    assert await taken.count(1) == [row(1)]


async def test_rows_come_one_soon_after_the_other(bus):
    taken = Taken()
    await bus.deliver(taken)
    started = asyncio.get_running_loop().time()
    for seq in range(1, 11):
        await bus.publish([row(seq)])
        await taken.count(seq)
    # A pull that waits for its whole batch would take a second for each.
    assert asyncio.get_running_loop().time() - started < 5


async def test_a_row_published_twice_arrives_once_unless_it_is_said_again(bus):
    taken = Taken()
    await bus.deliver(taken)
    await bus.publish([row(1)])
    await bus.publish([row(1)])
    await bus.publish([row(2)])
    assert [each.seq for each in await taken.count(2)] == [1, 2]
    await bus.publish([row(1)], again=True)
    assert [each.seq for each in await taken.count(3)] == [1, 2, 1]


async def test_a_failing_handler_does_not_stop_what_comes_after(bus):
    taken = Taken()

    async def handler(rows):
        if rows[0].seq == 1:
            raise RuntimeError("defect")
        await taken(rows)

    await bus.deliver(handler)
    await bus.publish([row(1)])
    await asyncio.sleep(0.1)
    await bus.publish([row(2)])
    assert [each.seq for each in await taken.count(1)] == [2]


async def test_any_name_can_be_a_receiver(bus):
    taken = Taken()
    await bus.deliver(taken)
    names = ["@journey.0", "bank.of > * two", "größe=1"]
    for seq, name in enumerate(names, 1):
        await bus.publish([row(seq, name)])
    assert {each.event.receiver for each in await taken.count(3)} == set(names)


async def test_large_messages_pass_in_both_directions(bus):
    taken, large = Taken(), "x" * 3_000_000

    async def handler(parcels):
        return [Receipt(str(len(parcel.command.envelope.original.body))) for parcel in parcels]

    await bus.serve_lane("ledger", handler)
    await bus.deliver(taken)
    command = prepare(1)
    envelope = msgspec.structs.replace(command.envelope, original=original(large))
    parcel = Parcel(msgspec.structs.replace(command, envelope=envelope))
    receipts = await asyncio.gather(*(bus.ask_lane("ledger", parcel) for _ in range(3)))
    assert {receipt.message_id for receipt in receipts} == {"3000000"}
    await bus.publish([row(1, text=large), row(2, text=large)])
    assert [len(each.event.original.body) for each in await taken.count(2)] == [3_000_000] * 2


async def test_an_untouched_stream_is_not_wiped(bus):
    assert await bus.wiped() is False
