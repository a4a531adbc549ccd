"""The bus in memory, for unit tests and simulation: packs, idempotent streams, observers, and faults on demand."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Sequence

from schemas.canonical.wire import Receipt
from switch.bus.packs import Packer
from switch.bus.port import BusDownError, BusyError, LaneHandler, RowHandler
from switch.engine import Parcel
from switch.store.port import OutboxRow

log = logging.getLogger("isoloop.bus")

Observer = Callable[[str, str, OutboxRow], None]
"""Gets (kind of event, receiver, row) for each copy."""


class MemoryBus:
    """Routes within one event loop. `down` makes it unreachable, `forget` loses what it holds, as a wiped NATS does."""

    def __init__(self, timeout_s: float = 5.0) -> None:
        """Hold nothing."""
        self._timeout_s = timeout_s
        self._handlers: dict[str, LaneHandler] = {}
        self._packers: dict[str, Packer[Parcel]] = {}
        self._streams: defaultdict[str, deque[OutboxRow]] = defaultdict(deque)
        self._published: set[str] = set()
        self._wake = asyncio.Event()
        self._wiped = False
        self._taking: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.observers: list[Observer] = []
        self.down = False

    async def serve_lane(self, lane: str, handler: LaneHandler) -> None:
        """Remember the handler; the last one serves."""
        self._handlers[lane] = handler

    async def ask_lane(self, lane: str, parcel: Parcel) -> Receipt:
        """Pack and call the lane's handler."""

        async def exchange(parcels: list[Parcel]) -> Sequence[Receipt]:
            handler = self._handlers.get(lane)
            if handler is None or self.down:
                raise BusyError(f"nobody answers for lane {lane}")
            return await handler(parcels)

        packer = self._packers.setdefault(lane, Packer(exchange, self._timeout_s))
        return await packer.ask(parcel, 0)

    async def publish(self, rows: Sequence[OutboxRow], *, again: bool = False) -> None:
        """Append to each receiver's stream what was not published before."""
        if self.down:
            raise BusDownError("the bus is down")
        for row in rows:
            if not again and row.id in self._published:
                continue
            self._published.add(row.id)
            self._streams[row.event.receiver].append(row)
            if not again:
                kind = str(row.event.body.__struct_config__.tag)
                for observe in self.observers:
                    observe(kind, row.event.receiver, row)
        self._wake.set()

    async def deliver(self, handler: RowHandler) -> None:
        """Hand over what waits, receiver by receiver, until closed."""
        self._taking = asyncio.get_running_loop().create_task(self._run(handler))
        self._tasks.append(self._taking)

    async def stop_delivering(self) -> None:
        """Hand over no more; what is published waits for the next deliverer."""
        if self._taking is not None:
            self._taking.cancel()
            await asyncio.gather(self._taking, return_exceptions=True)

    async def _run(self, handler: RowHandler) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self.down:
                continue
            for receiver in list(self._streams):
                # While another receiver was served, the stream may have been forgotten or taken by another consumer.
                rows = self._streams.pop(receiver, ())
                try:
                    if rows:
                        await handler(list(rows))
                except Exception:
                    log.exception("rows for %s were not taken; the sweeper brings them again", receiver)

    def forget(self) -> None:
        """Lose everything that was published and not yet handed over."""
        self._streams.clear()
        self._published.clear()
        self._wiped = True

    async def wiped(self) -> bool:
        """True once after `forget`."""
        wiped, self._wiped = self._wiped, False
        return wiped

    async def close(self) -> None:
        """End the delivery task and refuse what waits."""
        for packer in self._packers.values():
            await packer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
