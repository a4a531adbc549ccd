"""An event loop in which time is simulated and the order of ready work comes from a seed."""

import asyncio
import random
import selectors
from collections.abc import Callable
from typing import Any

_DEADLOCK = "nothing is ready, nothing is scheduled: the simulated system waits for ever"


class _Instant(selectors.SelectSelector):
    """Never sleeps: what would be a wait moves the simulated clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Take events that are there; otherwise let simulated time pass."""
        events = super().select(0)
        if not events:
            if timeout is None:
                raise RuntimeError(_DEADLOCK)
            self.now += max(0.0, timeout)
        return events


class SimulatedLoop(asyncio.SelectorEventLoop):
    """One seed, one run: simulated seconds, and tasks resumed in an order drawn from the seed."""

    def __init__(self, seed: int) -> None:
        """Draw every choice of order from this seed."""
        self._instant = _Instant()
        self._order = random.Random(seed)
        self.on_turn: Callable[[], None] = lambda: None
        super().__init__(self._instant)

    def time(self) -> float:
        """Simulated seconds since the loop began."""
        return self._instant.now

    def _run_once(self) -> None:
        self.on_turn()
        ready: Any = self._ready  # type: ignore[attr-defined]
        if len(ready) > 1:
            handles = list(ready)
            self._order.shuffle(handles)
            ready.clear()
            ready.extend(handles)
        super()._run_once()  # type: ignore[misc]
