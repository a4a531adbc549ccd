"""What lies between institutions and the hub: it loses, delays and repeats, as the seed says."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

from schemas.canonical.wire import Receipt
from switch.bus.port import BusyError
from switch.engine import Parcel
from tests.simulation.process import Killed, Process

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


class Clock:
    """The database's clock: simulated time, and jumps."""

    def __init__(self) -> None:
        self.offset_s = 0.0

    def __call__(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time() + self.offset_s)


class LostError(Exception):
    """No answer came: the sender does not know whether the hub took the message."""


class Network:
    """Carries commands to whichever hub process is up, and its receipts back."""

    def __init__(self, chance: random.Random, *, loss: float) -> None:
        self._chance = chance
        self.loss = loss
        self.processes: list[Process] = []

    async def ask(self, lane: str, parcel: Parcel, timeout_s: float = 3.0) -> Receipt:
        """One try: the receipt, or LostError."""
        await asyncio.sleep(self._chance.random() ** 4 * 0.5)
        up = [process for process in self.processes if process.alive]
        if not up or self._chance.random() < self.loss:
            await asyncio.sleep(0.1 if not up else timeout_s)
            raise LostError
        process = self._chance.choice(up)
        asked = process.start(process.bus.ask_lane(lane, parcel))
        await asyncio.wait({asked, process.died}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if not asked.done() or asked.cancelled() or self._chance.random() < self.loss:
            raise LostError
        error = asked.exception()
        if isinstance(error, BusyError | Killed):
            raise LostError from error
        if error is not None:
            raise error
        receipt: Receipt = asked.result()
        return receipt
