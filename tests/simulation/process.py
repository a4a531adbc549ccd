"""One hub process in the simulation: its tasks, its connections to store and bus, and how it dies or freezes."""

import asyncio
import contextvars
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from switch.bus.memory import MemoryBus
from switch.bus.port import BusDownError, LaneHandler, RowHandler
from switch.engine import Parcel
from switch.store.memory import MemoryStore
from switch.store.port import OutboxRow, StoreDownError

OWNER: contextvars.ContextVar["Process | None"] = contextvars.ContextVar("owner", default=None)


class Killed(BaseException):
    """Raised where a crash point was hit: nothing in the product may catch it as an ordinary error."""


def tagging(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:
    """A task factory: whatever a process starts, directly or not, dies with it."""
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **options)
    context = options.get("context")
    owner = context.get(OWNER) if context is not None else OWNER.get()
    if owner is not None:
        owner.adopt(task)
    return task


class Process:
    """Everything of one incarnation of the hub; once dead it does nothing more, whatever its tasks still run."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self.number = number
        self.chance = chance
        self.alive = True
        self.died: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running = asyncio.Event()
        self._running.set()
        # A dict, since the order in which tasks are ended must not depend on where they lie in memory.
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self.context = contextvars.copy_context()
        self.context.run(OWNER.set, self)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        self._tasks[task] = None
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled():
            task.exception()

    def start(self, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something inside this process."""
        return asyncio.get_running_loop().create_task(coro, context=self.context)

    def kill(self) -> None:
        """End it between two steps of its tasks, without any farewell."""
        if self.alive:
            self.alive = False
            self.died.set_result(None)
        for task in list(self._tasks):
            if not task.done() and task is not asyncio.current_task():
                task.cancel()

    def freeze(self) -> None:
        """Stop at the next touch of the outside world, as a paused machine does."""
        self._running.clear()

    def thaw(self) -> None:
        self._running.set()

    async def gate(self) -> None:
        """Where the process meets the world: waits while frozen, and for ever once dead."""
        await self._running.wait()
        if not self.alive:
            await asyncio.get_running_loop().create_future()

    async def lag(self, most_s: float) -> None:
        await asyncio.sleep(self.chance.random() ** 3 * most_s)


class StoreConnection:
    """A process's connection to the store: takes time, and breaks when the database is down."""

    def __init__(self, store: MemoryStore, process: Process, lag_s: float, down: Callable[[], bool]) -> None:
        self._store, self._process, self._lag_s, self._down = store, process, lag_s, down

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        method = getattr(self._store, name)

        async def call(*values: Any, **named: Any) -> Any:
            await self._process.lag(self._lag_s)
            await self._process.gate()
            self._reach()
            result = await method(*values, **named)
            await self._process.lag(self._lag_s)
            await self._process.gate()
            # The answer is lost with the connection, what was written is not.
            self._reach()
            return result

        return call

    def _reach(self) -> None:
        if self._down():
            raise StoreDownError("the database does not answer")


class BusConnection:
    """A process's connection to the bus: its lanes are its own, the streams are everybody's."""

    def __init__(self, broker: MemoryBus, process: Process) -> None:
        self._broker, self._process = broker, process
        self._lanes = MemoryBus()

    async def serve_lane(self, lane: str, handler: LaneHandler) -> None:
        await self._lanes.serve_lane(lane, handler)

    async def ask_lane(self, lane: str, parcel: Parcel) -> Any:
        self._lanes.down = self._broker.down
        return await self._lanes.ask_lane(lane, parcel)

    async def publish(self, rows: Sequence[OutboxRow], *, again: bool = False) -> None:
        await self._process.gate()
        await self._broker.publish(rows, again=again)
        await self._process.lag(0.01)
        if self._broker.down:
            raise BusDownError("the answer was lost")

    async def deliver(self, handler: RowHandler) -> None:
        await self._broker.deliver(handler)

    async def wiped(self) -> bool:
        await self._process.gate()
        return await self._broker.wiped()

    async def close(self) -> None:
        await self._lanes.close()
