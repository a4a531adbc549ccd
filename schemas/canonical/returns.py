"""Payments that are given back: what of a transfer was returned, kept so that nothing is given back twice."""

from enum import StrEnum

import msgspec

from schemas.canonical.fees import Fee
from schemas.canonical.identity import TransferId
from schemas.canonical.money import Money


class PartState(StrEnum):
    """Where one return stands."""

    PENDING = "PENDING"
    DONE = "DONE"
    VOID = "VOID"


class ReturnPart(msgspec.Struct, frozen=True):
    """One return: a transfer of its own, from the original's payee to its payer; `units` as of its amount."""

    id: TransferId
    units: int
    state: PartState


class Returns(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="returns"):
    """Every return of one transfer, in the order they came; its id is the original's.

    `fees` are those of the original that go back with it, `amount` is the original's where there are any.
    """

    id: TransferId
    parts: tuple[ReturnPart, ...] = ()
    fees: tuple[Fee, ...] = ()
    amount: Money | None = None

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether a return waits for its answer."""
        return bool(self.pending)

    @property
    def pending(self) -> tuple[ReturnPart, ...]:
        """The returns that are not decided."""
        return tuple(part for part in self.parts if part.state is PartState.PENDING)

    @property
    def taken(self) -> int:
        """What is given back or about to be (units)."""
        return sum(part.units for part in self.parts if part.state is not PartState.VOID)

    @property
    def done(self) -> int:
        """What is given back for good (units)."""
        return sum(part.units for part in self.parts if part.state is PartState.DONE)
