"""What the day came to, read from the hub's own tables: who paid whom, and what the ledger says of each account."""

import asyncio
from typing import Any, Final

import msgspec
import psycopg

from schemas.canonical.money import Money

_FLOWS: Final = """
SELECT payer, payee, currency, count(*), sum(units) FROM transfers
WHERE state = 'COMMITTED' GROUP BY payer, payee, currency ORDER BY currency, payer, payee"""
_ENTRIES: Final = """
SELECT a.owner, a.currency, sum(e.debits_posted - e.credits_posted), count(*)
FROM entries e JOIN accounts a ON a.id = e.account
WHERE a.type = 'POSITION' AND (e.debits_posted <> 0 OR e.credits_posted <> 0)
GROUP BY a.owner, a.currency ORDER BY a.currency, a.owner"""


class Flow(msgspec.Struct, frozen=True):
    """What one participant paid another one in the day."""

    payer: str
    payee: str
    amount: Money
    payments: int


class Booked(msgspec.Struct, frozen=True):
    """What the entries of one position add up to; positive is owed."""

    owner: str
    balance: Money
    entries: int


class Figures(msgspec.Struct, frozen=True):
    """The day in figures."""

    flows: tuple[Flow, ...]
    booked: tuple[Booked, ...]

    def matrix(self, currency: str) -> tuple[list[str], list[list[Money]]]:
        """Names, and what the one of each row paid to the one of each column."""
        flows = [flow for flow in self.flows if flow.amount.currency == currency]
        names = sorted({name for flow in flows for name in (flow.payer, flow.payee)})
        paid = {(flow.payer, flow.payee): flow.amount for flow in flows}
        return names, [[paid.get((payer, payee), Money(0, currency)) for payee in names] for payer in names]


async def read_figures(database_url: str) -> Figures:
    """Ask the tables."""
    flows, booked = await asyncio.to_thread(_read, database_url)
    return Figures(
        tuple(
            Flow(payer, payee, Money(int(units), currency), number) for payer, payee, currency, number, units in flows
        ),
        tuple(Booked(owner, Money(int(units), currency), number) for owner, currency, units, number in booked),
    )


def _read(database_url: str) -> tuple[list[Any], list[Any]]:
    with psycopg.connect(database_url, application_name="isoloop demo") as connection:
        connection.read_only = True
        return connection.execute(_FLOWS).fetchall(), connection.execute(_ENTRIES).fetchall()
