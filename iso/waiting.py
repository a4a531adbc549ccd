"""Waiting for no longer than agreed: one timer watches over all requests, which costs less than one for each."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")
_Task = asyncio.Task[Any]


class Waiting:
    """As `asyncio.timeout` with the same seconds for all: who waits longer is cancelled in what it waits for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[_Task, float] = {}
        self._late: set[_Task] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def for_(self, coming: Awaitable[T]) -> T:
        """What comes; TimeoutError if it does not in time."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # a coroutine that runs is some task's
        before = task.cancelling()
        self._until[task] = until = loop.time() + self._seconds
        if self._timer is None or self._loop is not loop:
            self._loop, self._timer = loop, loop.call_at(until, self._look)
        try:
            return await coming
        except asyncio.CancelledError:
            # somebody else may have cancelled the task too, and is to be heard
            if task in self._late and task.cancelling() - 1 <= before:
                raise TimeoutError from None
            raise
        finally:
            self._until.pop(task, None)
            if task in self._late:
                self._late.remove(task)
                task.uncancel()

    def _look(self) -> None:
        """Cancel who is late; the timer is set for the next, and stays until nobody waits."""
        loop, self._timer = asyncio.get_running_loop(), None
        now = loop.time() + 0.001  # loops wake up a little early, by less than they can measure
        for task, until in list(self._until.items()):
            if until > now:
                self._timer = loop.call_at(until, self._look)
                break
            del self._until[task]
            self._late.add(task)
            task.cancel()
