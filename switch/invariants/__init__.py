"""What must hold in the books at any moment, each as one query that returns what breaks it.

Written against the tables alone, not with the hub's own code, so that neither can hide a mistake of the other.
Every query gives (what, detail). Units are 10^-4 of a currency. I1 to I16 are those every ledger of payments must keep;
the others are this hub's own: limits (L), returns (T), bulks (B), messages of many payments (G), orders and requests
(O), fees (F), settlement agents (A), reports (R), the outbox (seq).
"""

from typing import Final

from switch.invariants.agents import AGENTS
from switch.invariants.delivery import DELIVERY
from switch.invariants.fees import FEES
from switch.invariants.ledger import LEDGER
from switch.invariants.orders import ORDERS
from switch.invariants.payments import PAYMENTS
from switch.invariants.reports import REPORTS
from switch.invariants.settlement import SETTLEMENT
from switch.invariants.shape import Invariant
from switch.invariants.transfers import TRANSFERS

__all__ = ["INVARIANTS", "Invariant"]

INVARIANTS: Final = (
    *LEDGER, *TRANSFERS, *SETTLEMENT, *AGENTS, *DELIVERY, *FEES, *ORDERS, *PAYMENTS, *REPORTS,
)  # fmt: skip
