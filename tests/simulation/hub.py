"""One hub as the product composes it, on the connections of one simulated process: only the way out is simulated."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

from switch.delivery import Deliverer, Hooks
from switch.delivery_policy import Sent
from switch.engine import Batch
from switch.lanes import STEPS
from switch.outbox import Relay, Sweeper
from switch.profile import HubKey, Profile
from switch.senders import Senders
from switch.settler import Settler
from switch.store.port import OutboxRow
from switch.worker import Worker
from tests.simulation.network import Clock
from tests.simulation.process import Process

PROFILE = Profile(hub_keys=(HubKey("new", b"n" * 32), HubKey("old", b"o" * 32)))
Receive = Callable[[Process, OutboxRow], Awaitable[Sent]]


class Attempt:
    """One attempt to send that begins when it is awaited: a process that is killed before leaves nothing half begun."""

    def __init__(self, begin: Callable[[], Awaitable[Sent]]) -> None:
        self._begin = begin

    def __await__(self) -> Generator[Any, None, Sent]:
        return self._begin().__await__()


class Doors(Senders):
    """The product's senders, but participants are reached through the simulated network."""

    def __init__(self, process: Process, bus: Any, receive: Receive) -> None:
        """Only what leads to lanes is needed of the product's: the ways to participants are not built."""
        self._bus, self._process, self._receive = bus, process, receive

    def send(self, row: OutboxRow) -> Awaitable[Sent]:
        """Lanes as the product does it, participants by the simulation."""
        if row.event.receiver.startswith("@"):
            product = super().send
            return Attempt(lambda: product(row))
        return Attempt(lambda: self._receive(self._process, row))


async def run_hub(process: Process, store: Any, bus: Any, clock: Clock, receive: Receive) -> None:
    """Start everything in the product's order and run until a lane is lost."""
    doors = Doors(process, bus, receive)
    hooks = Hooks(doors.undeliverable, lambda row, reason: None, lambda row, sent: None)
    deliverer = Deliverer(store, doors.send, hooks, clock, chance=process.chance.random)
    relay = Relay(bus)
    sweeper = Sweeper(store, bus, lambda key: relay.holds(key) or deliverer.knows(key))
    workers: dict[str, Worker] = {}
    settler = Settler(bus, store)

    def committed(lane: str) -> Callable[[Batch, Sequence[OutboxRow]], None]:
        def learn(batch: Batch, rows: Sequence[OutboxRow]) -> None:
            relay.hand(rows)
            settler.learn(batch.puts)
            for name, worker in workers.items():
                if name != lane:
                    worker.learn(batch.puts)

        return learn

    for lane, step in STEPS.items():
        workers[lane] = Worker(lane, f"process {process.number}", store, step, PROFILE, committed=committed(lane))
    deliverer.start()
    await bus.deliver(deliverer.take)
    # Not a task group: it would end the others in an order that depends on where they lie in memory.
    running = [process.start(relay.run()), process.start(sweeper.run())]
    for worker in workers.values():
        await worker.start()
        await bus.serve_lane(worker.lane, worker.submit)
        running.append(process.start(worker.serve()))
    running.append(process.start(settler.run()))
    await asyncio.gather(*running)
