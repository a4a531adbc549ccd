"""Packing: all commands that wait for one lane travel in one message."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from schemas.canonical.wire import Receipt
from switch.bus.port import BusyError
from switch.patience import Patience

T = TypeVar("T")
_PRESSED: Final = 4
_GATHER_S: Final = 0.01


class _Asked(Generic[T]):
    __slots__ = ("answered", "parcel", "size")

    def __init__(self, parcel: T, size: int, answered: asyncio.Future[Receipt]) -> None:
        self.parcel = parcel
        self.size = size
        self.answered = answered


def _late() -> Exception:
    return BusyError("the lane did not answer in time")


class Packer(Generic[T]):
    """Collects parcels for one lane and sends packs, few at a time: under load packs grow, alone they are 1.

    `exchange` carries one pack to the lane and its receipts back, or raises BusyError. A pack and the transaction it
    becomes cost as much as some twenty parcels: after a pack of `_PRESSED` or more the next one is given `_GATHER_S`
    to grow; where little comes nothing waits.
    `max_bytes` bounds a pack by the sizes its parcels were given; a parcel above it travels alone.
    """

    def __init__(
        self,
        exchange: Callable[[list[T]], Awaitable[Sequence[Receipt]]],
        timeout_s: float,
        *,
        in_flight: int = 2,
        max_bytes: int = 1 << 20,
        max_parcels: int = 256,
    ) -> None:
        """Send nothing yet; each parcel has `timeout_s` for its way to the lane and back."""
        self._patience = Patience(timeout_s, _late)
        self._exchange = exchange
        self._free = in_flight
        self._max_bytes = max_bytes
        self._max_parcels = max_parcels
        self._waiting: deque[_Asked[T]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False
        self._last = 0

    async def ask(self, parcel: T, size: int) -> Receipt:
        """The receipt of one parcel; BusyError when it does not come in time."""
        asked = _Asked(parcel, size, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._schedule()
        self._patience.begin(asked.answered)
        try:
            return await asked.answered
        finally:
            self._patience.end(asked.answered)

    def _schedule(self) -> None:
        if not self._scheduled and self._free:
            self._scheduled = True
            loop = asyncio.get_running_loop()
            if self._last >= _PRESSED:
                loop.call_later(_GATHER_S, self._flush)
            else:
                # One turn of the loop later, so that everything that arrived in this turn goes together.
                loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        while self._free and (pack := self._pack()):
            self._free -= 1
            self._last = len(pack)
            task = asyncio.get_running_loop().create_task(self._send(pack))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _pack(self) -> list[_Asked[T]]:
        pack: list[_Asked[T]] = []
        size = 0
        while self._waiting and len(pack) < self._max_parcels:
            asked = self._waiting[0]
            if pack and size + asked.size > self._max_bytes:
                break
            self._waiting.popleft()
            if not asked.answered.done():
                pack.append(asked)
                size += asked.size
        return pack

    async def _send(self, pack: list[_Asked[T]]) -> None:
        try:
            receipts = await self._exchange([asked.parcel for asked in pack])
            for asked, receipt in zip(pack, receipts, strict=True):
                if not asked.answered.done():
                    asked.answered.set_result(receipt)
        except Exception as error:  # noqa: BLE001 - whatever broke, each sender must hear of it
            reason = error if isinstance(error, BusyError) else BusyError(f"the lane could not be asked: {error!r}")
            for asked in pack:
                if not asked.answered.done():
                    asked.answered.set_exception(reason)
        finally:
            self._free += 1
            if self._waiting:
                self._schedule()

    async def close(self) -> None:
        """Refuse what waits and end what is under way."""
        for asked in self._waiting:
            if not asked.answered.done():
                asked.answered.set_exception(BusyError("the bus is closing"))
        self._waiting.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
