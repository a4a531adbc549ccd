"""Patience with many answers at once: each has the same time, and one timer watches over all of them."""

import asyncio
from collections.abc import Callable
from typing import Any

Answer = asyncio.Future[Any]


class Patience:
    """Futures that fail when they are not done `timeout_s` after `begin`; `end` forgets one.

    A timer for each call costs more than the rest of its bookkeeping. Used within one event loop.
    """

    def __init__(self, timeout_s: float, late: Callable[[], Exception]) -> None:
        """`late` makes the exception of an answer that did not come in time."""
        self._timeout_s = timeout_s
        self._late = late
        self._until: dict[Answer, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, answer: Answer) -> None:
        """Watch over an answer from now on."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._timeout_s
        self._until[answer] = until
        if self._timer is None:
            self._timer = loop.call_at(until, self._look)

    def end(self, answer: Answer) -> None:
        """The answer came, or nobody waits for it any more."""
        # The timer stays, for it costs more than the rest: who asks again soon finds it running.
        self._until.pop(answer, None)

    def _look(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        # Loops wake up a little early, by less than they can measure.
        now = loop.time() + 0.001
        late = []
        for answer, until in self._until.items():
            if until > now:
                self._timer = loop.call_at(until, self._look)
                break
            late.append(answer)
        for answer in late:
            del self._until[answer]
            if not answer.done():
                answer.set_exception(self._late())
