"""From commit to bus: the relay publishes rows from memory, the sweeper whatever the table says is still open."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from switch.bus.port import Bus, BusDownError
from switch.crashpoints import crash_here
from switch.store.port import OutboxRow, RowId, Store, StoreDownError

log = logging.getLogger("isoloop.outbox")

_WAITING_MAX: Final = 50_000
_PUBLISH_MAX: Final = 1000
_PATIENCE_MAX_S: Final = 60.0


class Relay:
    """Publishes what was just committed. What it cannot publish it forgets: the sweeper finds it in the table."""

    def __init__(self, bus: Bus) -> None:
        """Nothing waits."""
        self._bus = bus
        self._waiting: deque[OutboxRow] = deque()
        self._held: set[RowId] = set()
        self._wake = asyncio.Event()

    def hand(self, rows: Sequence[OutboxRow]) -> None:
        """Take rows without waiting; in order of their numbers."""
        if len(self._waiting) + len(rows) <= _WAITING_MAX:
            self._waiting.extend(rows)
            self._held.update(row.key for row in rows)
            self._wake.set()

    def holds(self, key: RowId) -> bool:
        """Whether the row is about to be published."""
        return key in self._held

    async def run(self) -> None:
        """Publish for ever, all that waits at a time."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._publish([self._waiting.popleft() for _ in range(min(len(self._waiting), _PUBLISH_MAX))])

    async def _publish(self, rows: list[OutboxRow]) -> None:
        crash_here("relay.before_publish")
        try:
            await self._bus.publish(rows)
            crash_here("relay.published")
        except BusDownError as error:
            log.debug("%s rows wait for the sweeper: %s", len(rows), error)
        except Exception:
            log.exception("%s rows could not be published; the sweeper tries again", len(rows))
        finally:
            self._held.difference_update(row.key for row in rows)


class Sweeper:
    """Publishes again what stays undelivered: everything at start and after a wiped bus, else what nobody holds.

    `in_flight` says whether a row is known to be on its way (relay, deliverer of this process). A row that was swept
    is left alone for 1, 2, 4 ... 60 s, because a deliverer in another process may be working on it.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        in_flight: Callable[[RowId], bool],
        *,
        every_s: float = 1.0,
        older_than_s: float = 1.0,
        page: int = 1000,
    ) -> None:
        """Look every `every_s` for rows older than `older_than_s`, `page` at a time."""
        self._store = store
        self._bus = bus
        self._in_flight = in_flight
        self._every_s = every_s
        self._older_than_s = older_than_s
        self._page = page
        self._patience: dict[RowId, tuple[float, float]] = {}
        self._everything = True
        self.swept = 0

    async def run(self) -> None:
        """Sweep for ever; a bus or a database that is away is waited for."""
        while True:
            with contextlib.suppress(BusDownError, StoreDownError):
                await self.sweep()
            await asyncio.sleep(self._every_s)

    async def sweep(self) -> int:
        """One pass; gives how many rows were published again. Raises BusDownError, StoreDownError."""
        # Remembered until a pass over everything succeeded: the bus says only once that it was wiped.
        self._everything |= await self._bus.wiped()
        now = asyncio.get_running_loop().time()
        older_than_s = 0.0 if self._everything else self._older_than_s
        patience: dict[RowId, tuple[float, float]] = {}
        after: RowId | None = None
        count = 0
        while rows := await self._store.undelivered(older_than_s, self._page, after):
            after = rows[-1].key
            due = [row for row in rows if self._is_due(row.key, now, patience)]
            if due:
                await self._bus.publish(due, again=True)
                count += len(due)
            if len(rows) < self._page:
                break
        self._patience, self._everything = patience, False
        self.swept += count
        if count:
            log.info("published %s undelivered rows again", count)
        return count

    def _is_due(self, key: RowId, now: float, patience: dict[RowId, tuple[float, float]]) -> bool:
        if self._in_flight(key):
            return False
        until, pause = self._patience.get(key, (0.0, self._every_s / 2))
        if now < until and not self._everything:
            patience[key] = (until, pause)
            return False
        pause = min(pause * 2, _PATIENCE_MAX_S)
        patience[key] = (now + pause, pause)
        return True
