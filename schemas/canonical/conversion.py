"""Currency conversion: an fxTransfer is a transfer with a second amount, and here is what ties it to another one.

Sources: FSPIOP API definition 2.0, /fxTransfers; behaviour reference section 10.
"""

from enum import StrEnum

import msgspec

from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.settlement_agents import AgentMember

TRANSFERS = "transfers"
"""The resource of ordinary transfers."""
FX_TRANSFERS = "fxTransfers"
"""The resource of conversions."""


class Side(StrEnum):
    """Who has the money converted, which says whose account is debited first.

    PAYER: the initiator gives the source amount before the transfer is prepared. PAYEE: a transfer waits already, the
    provider gives the target amount first. ALONE: nothing waits, both amounts are reserved at once.
    """

    PAYER = "payer"
    PAYEE = "payee"
    ALONE = "alone"


class Conversion(msgspec.Struct, frozen=True):
    """The second half of an fxTransfer: what the provider gives for the transfer's amount, and on whose side."""

    target: Money
    side: Side


class Leg(msgspec.Struct, frozen=True):
    """One movement between two positions; the hub itself stands for a creditor that is not yet known."""

    debtor: FspId
    creditor: FspId
    amount: Money


class LegState(StrEnum):
    """Where a leg stands with the settlement agent that books it; WAITING: another leg is booked first.

    LATE: booked although it was given up, or not given back: an operator decides.
    """

    WAITING = "WAITING"
    ASKED = "ASKED"
    BOOKED = "BOOKED"
    REFUSED = "REFUSED"
    RETURNING = "RETURNING"
    RETURNED = "RETURNED"
    LATE = "LATE"


class AgentLeg(msgspec.Struct, frozen=True, omit_defaults=True):
    """A leg that a settlement agent books by itself, under the id of its own transfer (`of`) or conversion.

    `debtor` and `creditor` are the accounts there, as they were when the leg was accepted; `place` is its number among
    the legs of its transfer, from 0.
    """

    agent: FspId
    of: TransferId
    leg: Leg
    debtor: AgentMember
    creditor: AgentMember
    state: LegState = LegState.WAITING
    place: int = 0


class Member(msgspec.Struct, frozen=True):
    """One conversion that waits for a transfer, with both amounts."""

    id: TransferId
    side: Side
    source: Money
    target: Money


class Conversions(msgspec.Struct, frozen=True, tag_field="is", tag="conversions"):
    """The conversions that name one transfer as the one that determines them, in the order they came.

    `id` is that transfer's, or the conversion's own where none is named. The transfer itself may not be there yet.
    """

    id: TransferId
    members: tuple[Member, ...]

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id
