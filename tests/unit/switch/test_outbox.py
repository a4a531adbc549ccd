"""Whatever is committed reaches the deliverer: from memory at once, from the table when memory or bus lost it."""

import asyncio
from datetime import timedelta

import pytest

from switch.bus.memory import MemoryBus
from switch.bus.port import BusDownError
from switch.outbox import Relay, Sweeper
from switch.store.memory import MemoryStore
from switch.store.port import Delivered
from tests.contract.samples import START, decide, prepare


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def bus():
    return MemoryBus()


@pytest.fixture
async def store(clock):
    return MemoryStore(clock)


async def committed(store: MemoryStore, *numbers: int):
    lease = await store.take_lane("ledger", "me")
    await store.commit(lease, decide([prepare(number) for number in numbers]))
    return await store.undelivered(after=("ledger", lease.seq))


def on_the_bus(bus: MemoryBus) -> list[int]:
    return [row.seq for rows in bus._streams.values() for row in rows]


async def test_the_relay_publishes_what_was_committed_in_order(store, bus):
    relay = Relay(bus)
    rows = await committed(store, 1, 2, 3)
    relay.hand(rows[:2])
    relay.hand(rows[2:])
    assert relay.holds(rows[0].key)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.01)
    assert on_the_bus(bus) == [1, 2, 3]
    assert not relay.holds(rows[0].key)
    running.cancel()


async def test_a_relay_without_bus_goes_on_with_what_comes_later(store, bus):
    relay = Relay(bus)
    first, second = await committed(store, 1, 2)
    running = asyncio.create_task(relay.run())
    bus.down = True
    relay.hand([first])
    await asyncio.sleep(0.01)
    bus.down = False
    relay.hand([second])
    await asyncio.sleep(0.01)
    assert on_the_bus(bus) == [2]
    running.cancel()


async def test_the_first_sweep_publishes_everything_undelivered(store, bus):
    first, *_ = await committed(store, 1, 2, 3)
    await store.delivered([Delivered(first.lane, first.seq, first.event.receiver)])
    assert await Sweeper(store, bus, lambda key: False, page=1).sweep() == 2
    assert on_the_bus(bus) == [2, 3]


async def test_later_sweeps_take_only_what_is_old_and_not_on_its_way(store, bus, clock):
    in_flight = set()
    sweeper = Sweeper(store, bus, in_flight.__contains__)
    await sweeper.sweep()
    old, held = await committed(store, 1, 2)
    in_flight.add(held.key)
    assert await sweeper.sweep() == 0
    clock.now += timedelta(seconds=2)
    assert await sweeper.sweep() == 1
    assert on_the_bus(bus) == [old.seq]


async def test_a_swept_row_is_left_in_peace_for_a_while(store, bus, clock):
    await committed(store, 1)
    clock.now += timedelta(seconds=2)
    sweeper = Sweeper(store, bus, lambda key: False, every_s=0.02)
    assert await sweeper.sweep() == 1
    assert await sweeper.sweep() == 0
    await asyncio.sleep(0.03)
    assert await sweeper.sweep() == 1


async def test_a_wiped_bus_gets_everything_again(store, bus):
    sweeper = Sweeper(store, bus, lambda key: False)
    await committed(store, 1, 2)
    await sweeper.sweep()
    bus.forget()
    assert await sweeper.sweep() == 2
    assert on_the_bus(bus) == [1, 2]


async def test_a_bus_that_goes_away_while_everything_is_published_gets_it_when_it_is_back(store, bus):
    await committed(store, 1)
    sweeper = Sweeper(store, bus, lambda key: False)
    bus.down = True
    with pytest.raises(BusDownError):
        await sweeper.sweep()
    bus.down = False
    assert await sweeper.sweep() == 1
