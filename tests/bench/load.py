"""Load: payments sent closed-loop (as many as fit) or open-loop (at a fixed rate), and what came of them.

Latency counts from the planned moment of sending, so a hub that slows the sender down does not hide it.
"""

import asyncio
import time
from collections.abc import Callable

import msgspec


class Ran(msgspec.Struct, frozen=True):
    """One run: payments sent, taken (202), asked of the payee, and settled at the payer; times in seconds."""

    name: str
    sent: int
    taken: int
    asked: int
    settled: int
    wrong: int
    seconds: float
    p50_ms: float
    p99_ms: float
    busy: int = 0

    @property
    def rate(self) -> float:
        """Payments finished in a second."""
        return self.settled / self.seconds if self.seconds else 0.0

    @property
    def complete(self) -> bool:
        """Whether every payment sent was taken, asked for once and settled."""
        return self.sent == self.taken == self.asked == self.settled and not self.wrong


class Tracker:
    """Follows each payment by its id from its planned start to its final answer."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.planned: dict[str, float] = {}
        self.latencies: list[float] = []
        self.sent = self.taken = self.asked = self.wrong = self.busy = 0
        self.last = 0.0
        self.free: Callable[[], None] = lambda: None
        self._finished = asyncio.Event()

    def start(self, key: str, planned: float) -> None:
        """A payment is sent."""
        self.sent += 1
        self.planned[key] = planned

    def settle(self, key: str, good: bool) -> None:
        """Its final answer came; a second one for the same payment is ignored."""
        planned = self.planned.pop(key, None)
        if planned is None:
            return
        self.last = time.perf_counter()
        if good:
            self.latencies.append(self.last - planned)
        else:
            self.wrong += 1
        if len(self.latencies) + self.wrong >= self.total:
            self._finished.set()
        self.free()

    async def wait(self, seconds: float) -> None:
        """Until every payment has its answer, or the time is over."""
        try:
            await asyncio.wait_for(self._finished.wait(), seconds)
        except TimeoutError:
            return

    def ran(self, name: str, begun: float) -> Ran:
        """The figures."""
        ordered = sorted(self.latencies) or [0.0]
        return Ran(
            name,
            self.sent,
            self.taken,
            self.asked,
            len(self.latencies),
            self.wrong,
            max(self.last - begun, 1e-9),
            round(ordered[len(ordered) // 2] * 1000, 1),
            round(ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)] * 1000, 1),
            self.busy,
        )


Fire = Callable[[int, float], None]


async def closed(tracker: Tracker, fire: Fire, in_flight: int) -> float:
    """Keep `in_flight` payments on their way until all are sent; `fire(number, planned)` sends one."""
    begun = time.perf_counter()

    def refill() -> None:
        while tracker.sent < tracker.total and len(tracker.planned) < in_flight:
            fire(tracker.sent, time.perf_counter())

    tracker.free = refill
    refill()
    await tracker.wait(60)
    return begun


async def opened(tracker: Tracker, fire: Fire, rate: float) -> float:
    """Send at a fixed rate whatever happens."""
    begun = time.perf_counter()
    while tracker.sent < tracker.total:
        due = int((time.perf_counter() - begun) * rate) + 1
        while tracker.sent < min(due, tracker.total):
            fire(tracker.sent, begun + tracker.sent / rate)
        await asyncio.sleep(0.002)
    await tracker.wait(60)
    return begun
