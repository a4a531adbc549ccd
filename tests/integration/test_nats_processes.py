"""Two processes on one NATS: what one sends, the other reads whole from its bytes."""

import asyncio

import pytest

from schemas.canonical.wire import Receipt
from switch.bus.nats import NatsBus, _Memory
from switch.embedded.nats import Nats
from switch.engine import Parcel
from switch.store.port import OutboxRow
from tests.contract.samples import START, decide, prepare


@pytest.fixture
async def buses(tmp_path):
    server = Nats(tmp_path)
    url = await asyncio.to_thread(server.start)
    both = [await NatsBus.open(url, timeout_s=5) for _ in range(2)]
    yield both
    for bus in both:
        await bus.close()
    server.stop()


def row(seq: int) -> OutboxRow:
    (event,) = decide([prepare(seq)]).events
    return OutboxRow("ledger", seq, event, START)


@pytest.mark.parametrize("taker", [0, 1], ids=["same process", "another process"])
async def test_rows_arrive_as_they_were_published(buses, taker):
    taken: asyncio.Queue[OutboxRow] = asyncio.Queue()

    async def take(rows):
        for each in rows:
            taken.put_nowait(each)

    await buses[taker].deliver(take)
    await buses[0].publish([row(1), row(2)])
    assert [await asyncio.wait_for(taken.get(), 20) for _ in range(2)] == [row(1), row(2)]


@pytest.mark.parametrize("owner", [0, 1], ids=["same process", "another process"])
async def test_a_lane_gets_parcels_as_they_were_sent(buses, owner):
    asked = []

    async def handler(parcels):
        asked.extend(parcels)
        return [Receipt(state="OK")] * len(parcels)

    await buses[owner].serve_lane("ledger", handler)
    await buses[owner].answers()
    assert (await buses[0].ask_lane("ledger", Parcel(prepare(1)))).state == "OK"
    assert asked == [Parcel(prepare(1))]


def test_packs_nobody_pulls_make_room_for_newer_ones():
    memory, megabyte = _Memory(), 1 << 20
    for number in range(12):
        memory.put(bytes([number]) * megabyte, [row(1)])
    assert memory.take(bytes([0]) * megabyte) is None
    assert memory.take(bytes([11]) * megabyte) == [row(1)]
