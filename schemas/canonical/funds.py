"""Funds in and out: money a participant brings to the scheme or takes away, recorded by the operator."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money


class FundsDirection(StrEnum):
    """Whether money comes into the scheme or leaves it."""

    IN = "IN"
    OUT = "OUT"


class FundsState(StrEnum):
    """Where a movement stands; funds in are COMMITTED at once, funds out are RESERVED first."""

    RESERVED = "RESERVED"
    COMMITTED = "COMMITTED"
    ABORTED = "ABORTED"


class FundsMovement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="funds"):
    """One movement between a participant's SETTLEMENT account (`account`) and the hub's reconciliation account.

    `comment` says why the hub itself aborted it (cover would not suffice); `reason` is the operator's.
    """

    id: TransferId
    participant: FspId
    account: int
    direction: FundsDirection
    amount: Money
    state: FundsState
    created: datetime
    changed: datetime
    reason: str = ""
    external_reference: str = ""
    comment: str = ""

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id
