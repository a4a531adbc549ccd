"""Marks of what was delivered: collected, written together, and written again when the database may have lost them."""

import asyncio
import itertools
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from typing import Final

from switch.crashpoints import crash_here
from switch.store.port import Delivered, RowId, Store, StoreDownError

_TOGETHER: Final = 500
_GATHER_S: Final = 0.02
_PAUSE_S: Final = 0.5
_REMEMBERED: Final = 20_000
SETTLED_S: Final = 3.0
"""A mark that is older than this is on the database's disk, or was lost with the server and must be found anew."""
_KEPT_S: Final = 1.0
"""How long marks are kept to be written again: a server puts them on its disk within 0.6 s (three times its
wal_writer_delay). They hold what was sent, so a second of them is megabytes; one that is lost later costs a repeat."""


class Marks:
    """Rows that have ended here. `written` is told of each row once its mark is in the table.

    The store may write marks without waiting for its disk, so a server that dies can forget those of the last moment:
    the connection breaks then, and everything marked within _KEPT_S is marked again. Marks are idempotent.
    """

    def __init__(
        self, store: Store, written: Callable[[RowId], None], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Nothing has ended yet."""
        self._store = store
        self._written = written
        self._sleep = sleep
        self._waiting: deque[Delivered] = deque()
        self._unsettled: deque[tuple[float, list[Delivered]]] = deque()
        self._ended: OrderedDict[RowId, float] = OrderedDict()
        self._wake = asyncio.Event()

    def put(self, mark: Delivered) -> None:
        """Note that a row has ended."""
        self._waiting.append(mark)
        self._wake.set()

    def fresh(self, key: RowId) -> bool:
        """Whether the row was marked a moment ago, so that the table need not say so yet."""
        ended = self._ended.get(key)
        return ended is not None and asyncio.get_running_loop().time() - ended < SETTLED_S

    def known(self, key: RowId) -> bool:
        """Whether the row is remembered as ended."""
        return key in self._ended

    async def run(self) -> None:
        """Write for ever; what ends within a moment is written together, since each write has a cost of its own."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._sleep(_GATHER_S)
            for _ in range(0, len(self._waiting), _TOGETHER):
                await self._write()

    async def flush(self) -> None:
        """Write all marks that wait, at once."""
        while self._waiting:
            await self._write()

    async def _write(self) -> None:
        """One write of at most _TOGETHER marks; a store that is away is waited for."""
        some = list(itertools.islice(self._waiting, _TOGETHER))
        try:
            await self._store.delivered(some)
        except StoreDownError:
            self._again()
            self._wake.set()
            await self._sleep(_PAUSE_S)
            return
        crash_here("delivery.marked")
        self._settle(some)

    def _settle(self, marks: list[Delivered]) -> None:
        now = asyncio.get_running_loop().time()
        for mark in marks:
            self._waiting.popleft()
            self._ended[mark.lane, mark.seq] = now
            self._written((mark.lane, mark.seq))
        self._unsettled.append((now, marks))
        while self._unsettled and now - self._unsettled[0][0] > _KEPT_S:
            self._unsettled.popleft()
        while len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)

    def _again(self) -> None:
        lost = [mark for _, marks in self._unsettled for mark in marks]
        self._unsettled.clear()
        self._waiting.extendleft(reversed(lost))
