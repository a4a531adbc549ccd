"""Two things every counterparty needs: answers that somebody waits for, and work that goes on after the HTTP answer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Hands what comes in under a key to everybody who waits for that key."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[asyncio.Future[T]]] = {}

    def expect(self, key: str) -> "asyncio.Future[T]":
        """A place for what will come under the key; say it before asking, the answer may be quick."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        return future

    def deliver(self, key: str, value: T) -> bool:
        """Give it to everybody who waits; False if nobody does."""
        waiting = [future for future in self._waiting.pop(key, ()) if not future.done()]
        for future in waiting:
            future.set_result(value)
        return bool(waiting)

    def forget(self, key: str, future: "asyncio.Future[T]") -> None:
        """Wait no longer."""
        waiting = self._waiting.get(key, [])
        if future in waiting:
            waiting.remove(future)
        if not waiting:
            self._waiting.pop(key, None)


class Work:
    """Tasks that outlive the request that started them; a defect in one is reported, not lost."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on with it after the answer."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def cancel(self) -> None:
        """Drop all that is not done."""
        for task in list(self._tasks):
            task.cancel()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._report(repr(task.exception()))
