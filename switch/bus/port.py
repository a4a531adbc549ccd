"""The port to the bus: request and reply to lanes, durable streams to participants, copies to observers."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from schemas.canonical.wire import Receipt
from switch.engine import Parcel
from switch.store.port import OutboxRow


class BusyError(Exception):
    """The lane's queue is full or no reply came in time: the sender must repeat later."""


class BusDownError(Exception):
    """The bus cannot be reached: what was to be published stays in the outbox table until it can."""


LaneHandler = Callable[[Sequence[Parcel]], Awaitable[Sequence[Receipt]]]
"""Takes parcels in order and gives their receipts after COMMIT; may raise BusyError."""

RowHandler = Callable[[Sequence[OutboxRow]], Awaitable[None]]
"""Takes rows, those of one receiver in order; returns once each is delivered, parked or kept for a later try."""


class Bus(Protocol):
    """Routes; holds nothing that could not be lost (the outbox table is the truth)."""

    async def serve_lane(self, lane: str, handler: LaneHandler) -> None:
        """Answer `in.<lane>` with this handler."""

    async def ask_lane(self, lane: str, parcel: Parcel) -> Receipt:
        """Send one command to its lane, packed with all that wait; gives the receipt, or raises BusyError."""

    async def publish(self, rows: Sequence[OutboxRow], *, again: bool = False) -> None:
        """Put rows on `out.rows` (durable, idempotent on `lane:seq`) and copies on `event.<kind>.<receiver>`.

        With `again` the bus must not drop the rows as duplicates of an earlier publish, and observers get no second
        copy. Raises BusDownError.
        """

    async def deliver(self, handler: RowHandler) -> None:
        """Start taking rows from `out.rows` as they come and hand them over, those of each receiver oldest first."""

    async def stop_delivering(self) -> None:
        """Take no more rows: a deliverer that ends must not swallow what another could deliver."""

    async def wiped(self) -> bool:
        """Whether the stream was made anew since this was last asked: then everything undelivered goes out again."""

    async def close(self) -> None:
        """Stop taking and give connections back."""
