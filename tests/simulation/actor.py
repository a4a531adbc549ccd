"""An institution of the simulation: says things until it has a receipt, writes down all it says and hears."""

import asyncio
import contextvars
import random
from collections.abc import Callable, Coroutine
from typing import Any

from schemas.canonical.commands import Command
from schemas.canonical.events import Event
from schemas.canonical.identity import FspId
from schemas.canonical.wire import Receipt
from switch.engine import Parcel
from switch.store.port import OutboxRow
from tests.simulation.cast import BY_NAME
from tests.simulation.journal import Heard, Journal, Said
from tests.simulation.network import Clock, LostError, Network
from tests.simulation.process import OWNER

_PAUSES = (0.1, 0.3, 0.7, 1.5)


def outside() -> contextvars.Context:
    """A context of no hub process: what runs in it survives every crash."""
    context = contextvars.copy_context()
    context.run(OWNER.set, None)
    return context


class Actor:
    """Says commands and hears events. Its memory is its journal; what it owes the world it does in tasks."""

    def __init__(self, name: FspId, network: Network, clock: Clock, chance: random.Random) -> None:
        self.name = name
        self.member = BY_NAME.get(name)
        self.network, self.clock, self.chance = network, clock, chance
        self.journal = Journal(name)
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.failures: list[BaseException] = []
        self._waiting: dict[str, asyncio.Future[Event]] = {}
        self._numbers = 0
        self.react: Callable[[OutboxRow], None] = lambda row: None
        self.busy = 0

    def message(self) -> str:
        """A message id of its own, never used before."""
        self._numbers += 1
        return f"{self.name}-{self._numbers}"

    def start(self, coro: Coroutine[Any, Any, Any]) -> None:
        """Do something that takes time."""
        task = asyncio.get_running_loop().create_task(coro, context=outside())
        self.tasks[task] = None
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failures.append(error)

    async def say(self, lane: str, command: Command) -> Receipt:
        """Say it until there is a receipt: the same words each time."""
        tries = 0
        while True:
            receipt = await self.try_once(lane, command)
            if receipt is not None and receipt.retry_after is None:
                return receipt
            await asyncio.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)] * (0.5 + self.chance.random()))
            tries += 1

    async def try_once(self, lane: str, command: Command) -> Receipt | None:
        """Say it once; None if no receipt came back."""
        place = len(self.journal.said)
        said = Said(self.clock(), lane, command)
        self.journal.said.append(said)
        try:
            receipt = await self.network.ask(lane, Parcel(command))
        except LostError:
            return None
        self.journal.said[place] = said._replace(at=self.clock(), receipt=receipt)
        return receipt

    def hear(self, row: OutboxRow) -> None:
        """Write down what the hub brought, and act upon it the first time."""
        first = all(heard.row.id != row.id for heard in self.journal.heard)
        self.journal.heard.append(Heard(self.clock(), row))
        waiting = self._waiting.pop(row.event.order, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(row.event)
        if first or self.chance.random() < 0.2:
            self.react(row)

    async def answer_to(self, order: str, patience_s: float) -> Event | None:
        """The next event about that object, or None if it does not come in time."""
        waiting = self._waiting.setdefault(order, asyncio.get_running_loop().create_future())
        await asyncio.wait({waiting}, timeout=patience_s)
        return waiting.result() if waiting.done() else None
