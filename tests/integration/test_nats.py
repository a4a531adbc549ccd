"""The bus comes back by itself after whatever happens to the NATS server, and never holds up a sender meanwhile."""

import asyncio
import os
import shutil
import signal

import msgspec
import nats
import pytest

from schemas.canonical.wire import Receipt
from switch.bus.nats import NatsBus
from switch.bus.port import BusDownError, BusyError
from switch.bus.stream import CONSUMER, STREAM
from switch.embedded.nats import Nats
from switch.engine import Parcel
from switch.store.codec import slim
from switch.store.port import OutboxRow
from tests.contract.samples import PAYEE, START, decide, prepare


@pytest.fixture
async def server(tmp_path):
    server = Nats(tmp_path)
    yield server
    server.stop()


@pytest.fixture
async def bus(server):
    bus = await NatsBus.open(await asyncio.to_thread(server.start), timeout_s=2)
    yield bus
    await bus.close()


def row(seq: int) -> OutboxRow:
    (event,) = decide([prepare(seq)]).events
    return OutboxRow("ledger", seq, event, START)


async def until(condition) -> None:
    for _ in range(400):
        if await condition():
            return
        await asyncio.sleep(0.05)
    pytest.fail("did not come about in 20 s")


async def published(bus: NatsBus, rows) -> bool:
    try:
        await bus.publish(rows)
    except BusDownError:
        return False
    return True


async def kill(server: Nats) -> None:
    os.kill(server.pid, signal.SIGKILL)

    async def dead():
        return not server.is_running()

    await until(dead)


@pytest.mark.parametrize("wipe", [False, True], ids=["same data", "data lost"])
async def test_rows_flow_again_after_the_server_was_killed(server, bus, tmp_path, wipe):
    taken = []

    async def take(rows):
        taken.extend(each.seq for each in rows)

    async def seen():
        return 2 in taken

    await bus.deliver(take)
    await bus.publish([row(1)])
    await kill(server)
    if wipe:
        for folder in tmp_path.rglob("jetstream"):
            shutil.rmtree(folder)
    await asyncio.to_thread(server.start)
    await until(lambda: published(bus, [row(2)]))
    await until(seen)
    assert await bus.wiped() is wipe
    assert await bus.wiped() is False


async def test_a_lane_is_asked_again_after_the_server_was_killed(server, bus):
    async def handler(parcels):
        return [Receipt(state="OK")] * len(parcels)

    async def answered():
        try:
            return (await bus.ask_lane("ledger", Parcel(prepare(1)))).state == "OK"
        except BusyError:
            return False

    await bus.serve_lane("ledger", handler)
    assert await answered()
    await kill(server)
    with pytest.raises(BusyError):
        await bus.ask_lane("ledger", Parcel(prepare(1)))
    with pytest.raises(BusDownError):
        await bus.publish([row(1)])
    await asyncio.to_thread(server.start)
    await until(answered)


async def test_a_deleted_consumer_is_made_again(server, bus):
    taken = []

    async def take(rows):
        taken.extend(each.seq for each in rows)

    async def seen():
        return 1 in taken

    await bus.deliver(take)
    await asyncio.sleep(0.1)
    await bus._client.jetstream().delete_consumer(STREAM, CONSUMER)
    await bus.publish([row(1)])
    await until(seen)


async def test_rows_of_all_receivers_share_one_message_of_the_stream(bus):
    rows = [row(seq) for seq in range(1, 9)]
    rows = [
        msgspec.structs.replace(each, event=msgspec.structs.replace(each.event, receiver=f"bank{each.seq % 4}"))
        for each in rows
    ]
    taken = []

    async def take(some):
        taken.extend(some)

    async def all_taken():
        return taken == rows

    await bus.publish(rows)
    held = await bus._client.jetstream().stream_info(STREAM)
    assert held.state.messages == 1
    await bus.deliver(take)
    await until(all_taken)


async def test_observers_get_a_copy_without_the_original(bus):
    copies = []

    async def observe(message):
        copies.append((message.subject, msgspec.msgpack.decode(message.data, type=OutboxRow)))

    observer = await nats.connect(bus._client.connected_url.geturl())
    await observer.subscribe("event.>", cb=observe)
    await observer.flush()
    await bus.publish([row(1)])
    await bus.publish([row(1)], again=True)
    await bus._client.flush()
    await observer.flush()
    expected = msgspec.structs.replace(row(1), event=slim(row(1).event))
    assert copies == [(f"event.reserved.{PAYEE}", expected)]
    await observer.close()


async def test_no_server_is_said_so_at_the_start():
    with pytest.raises(BusDownError):
        await NatsBus.open("nats://127.0.0.1:1", connect_s=0.5)
