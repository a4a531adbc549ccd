"""What a settlement agent booked although the hub had given it up, until an operator has decided what becomes of it."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.identity import FspId


class LateKind(StrEnum):
    """What the booking is of: a leg of a payment, a movement of a settlement, or funds in or out."""

    PAYMENT = "PAYMENT"
    SETTLEMENT = "SETTLEMENT"
    FUNDS = "FUNDS"


class LateState(StrEnum):
    """OPEN: nobody has decided; RETURNING: the agent is told to give it back; the others are ends.

    DISMISSED: the agent was wrong, it has not booked anything.
    """

    OPEN = "OPEN"
    RETURNING = "RETURNING"
    RETURNED = "RETURNED"
    ACCEPTED = "ACCEPTED"
    DISMISSED = "DISMISSED"


class LateBooking(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="late_booking"):
    """Money that moved at an agent under `id` after the hub had ended what it was for (`of`).

    `debtor` paid `creditor` (the hub stands for the scheme's account). `debit` and `credit` are the ledger accounts
    that mirror the booking, None where no deposit mirrors it; what was credited stays reserved until it is decided.
    `units` are 10^-4 of the currency. `returns` counts how often a return was ordered, `position` is the account whose
    net a movement settles, `settlement` who took the movement over. `scheme`: the money is on the scheme's account.
    `instructed` is when the agent was told of the movement.
    """

    id: str
    kind: LateKind
    of: str
    agent: FspId
    currency: str
    units: int
    debtor: FspId
    creditor: FspId
    found: datetime
    changed: datetime
    why: str
    state: LateState = LateState.OPEN
    debit: int | None = None
    credit: int | None = None
    returns: int = 0
    reason: str = ""
    reference: str = ""
    position: int | None = None
    settlement: int | None = None
    scheme: bool = False
    instructed: datetime | None = None

    @property
    def key(self) -> str:
        """The key it is stored under: the id that the agent was told."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether it is still to be decided, or given back."""
        return self.state in {LateState.OPEN, LateState.RETURNING}

    @property
    def posting(self) -> str:
        """What the entries of the booking are found by."""
        return f"late {self.of} {self.id}"

    @property
    def hold(self) -> str:
        """What the entries of its reservation, and of its return, are found by."""
        return f"{self.posting} back"


class AcceptLate(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="accept_late"):
    """An operator lets a late booking stand; a movement takes its settlement with it."""

    id: str
    reason: str


class ReturnLate(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="return_late"):
    """An operator has the agent give a late booking back; said again, the agent is told again."""

    id: str
    reason: str


class DismissLate(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="dismiss_late"):
    """An operator knows that the agent never booked it: what mirrors it is taken back."""

    id: str
    reason: str


LateCommand = AcceptLate | ReturnLate | DismissLate
"""What operators decide."""
