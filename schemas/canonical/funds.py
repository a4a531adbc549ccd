"""Funds in and out: money a participant brings to the scheme or takes away, recorded by the operator."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money


class FundsDirection(StrEnum):
    """Whether money comes into the scheme or leaves it."""

    IN = "IN"
    OUT = "OUT"


class FundsState(StrEnum):
    """Where a movement stands; funds out are RESERVED first, funds in only where a settlement agent moves the money."""

    RESERVED = "RESERVED"
    COMMITTED = "COMMITTED"
    ABORTED = "ABORTED"


class FundsMovement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="funds"):
    """One movement between a participant's SETTLEMENT account (`account`) and the hub's reconciliation account.

    `comment` says why the hub itself aborted it (cover would not suffice); `reason` is the operator's. `agent` is the
    settlement agent that was told to move the money, `until` what it was told, `due` the end of waiting for it; `ask`
    is when it is asked what became of it. `fault` is why it did not.
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
    agent: FspId | None = None
    until: datetime | None = None
    due: datetime | None = None
    ask: datetime | None = None
    fault: Fault | None = None

    @property
    def open(self) -> bool:
        """Whether it may still come to its end."""
        return self.state is FundsState.RESERVED

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id
