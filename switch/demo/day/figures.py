"""What the day came to, read from the hub's own tables: who owes whom for its payments, as the ledger booked it."""

import asyncio
from typing import Any, Final

import msgspec
import psycopg

from schemas.canonical.money import Money

# Who is debited and who is credited by the same booking: of a conversion that is the provider, whoever was paid.
_FLOWS: Final = """
SELECT d.owner, c.owner, e.currency, count(*), sum(e.debits_posted)
FROM entries e JOIN accounts d ON d.id = e.account AND d.type = 'POSITION'
JOIN entries o ON o.reference = e.reference AND o.phase = e.phase AND o.currency = e.currency
    AND o.account <> e.account AND o.credits_posted = e.debits_posted
JOIN accounts c ON c.id = o.account AND c.type = 'POSITION'
WHERE e.phase IN ('commit', 'post') AND e.debits_posted > 0
GROUP BY d.owner, c.owner, e.currency ORDER BY e.currency, d.owner, c.owner"""
_PAYMENTS: Final = "SELECT count(*) FROM transfers WHERE state = 'COMMITTED' AND determines IS NULL"


class Flow(msgspec.Struct, frozen=True):
    """What one participant owes another one for the payments of the day."""

    debtor: str
    creditor: str
    amount: Money
    payments: int


class Figures(msgspec.Struct, frozen=True):
    """The day in figures; `payments` are those that were settled."""

    flows: tuple[Flow, ...] = ()
    payments: int = 0

    def matrix(self, currency: str) -> tuple[list[str], list[list[Money]]]:
        """Names, and what the one of each row owes the one of each column."""
        flows = [flow for flow in self.flows if flow.amount.currency == currency]
        names = sorted({name for flow in flows for name in (flow.debtor, flow.creditor)})
        owed = {(flow.debtor, flow.creditor): flow.amount for flow in flows}
        return names, [[owed.get((one, other), Money(0, currency)) for other in names] for one in names]

    def nets(self, currency: str) -> dict[str, int]:
        """What each participant owes all others (units; negative: is owed)."""
        names, rows = self.matrix(currency)
        owed = {name: sum(amount.units for amount in row) for name, row in zip(names, rows, strict=True)}
        return {name: owed[name] - sum(row[place].units for row in rows) for place, name in enumerate(names)}


async def read_figures(database_url: str) -> Figures:
    """Ask the tables."""
    flows, payments = await asyncio.to_thread(_read, database_url)
    return Figures(
        tuple(
            Flow(debtor, creditor, Money(int(units), currency), number)
            for debtor, creditor, currency, number, units in flows
        ),
        payments,
    )


def _read(database_url: str) -> tuple[list[Any], int]:
    with psycopg.connect(database_url, application_name="isoloop demo") as connection:
        connection.read_only = True
        counted = connection.execute(_PAYMENTS).fetchone()
        return connection.execute(_FLOWS).fetchall(), counted[0] if counted else 0
