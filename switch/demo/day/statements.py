"""The statements of the day: everybody fetches its own at its own door, and banks have got theirs as camt.053."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from iso.messages.statements import Statement as Camt
from schemas.canonical.money import Money
from switch.demo.day.settled import DECODE, exact
from switch.sandbox.reports import Reports
from switch.sandbox.scheme import Scheme

_NAME: Final = "account-statement"
_OPENING: Final = "Opening balance"
_CLOSING: Final = "Closing balance"
_DEBIT: Final = "DBIT"


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """One booking; a positive amount is credited. `entry` is its number in the ledger."""

    entry: int
    at: str
    type: str
    counterparty: str
    reference: str
    amount: Money
    balance: Money


class Statement(msgspec.Struct, frozen=True, rename="camel"):
    """One account through the day. `sent`: what the camt.053 of it says ("": the same), None if its owner gets none."""

    participant: str
    account: int
    type: str
    opening: Money
    closing: Money
    lines: tuple[Line, ...]
    sent: str | None = None

    @property
    def adds_up(self) -> bool:
        """Opening and bookings give closing."""
        return self.opening.units + sum(line.amount.units for line in self.lines) == self.closing.units


async def read_statements(scheme: Scheme, sent: Mapping[str, Reports]) -> tuple[Statement, ...]:
    """Everybody's statements of the day that has ended last."""
    _, day = msgspec.json.decode(await scheme.operator.call("GET", "/businessDays"))[:2]
    found: list[Statement] = []
    for name in scheme.names:
        door = scheme.hub.iso_url if name in scheme.banks else scheme.hub.fspiop_url
        query = f"participant={name}&from={day['since']}&to={day['until']}"
        content = await scheme.operator.fetch(f"{door}/reports/{_NAME}?{query}")
        for one in _accounts(DECODE(content)["rows"]):
            wanted = sent.get(name)
            found.append(msgspec.structs.replace(one, sent=_compared(one, wanted)) if wanted else one)
    return tuple(found)


def _accounts(rows: Iterable[dict[str, Any]]) -> Iterable[Statement]:
    """Rows of a report account by account: an opening, bookings, a closing."""
    opening: Money | None = None
    lines: list[Line] = []
    for row in rows:
        balance = exact(row["balance"], row["currency"])
        if row["type"] == _OPENING:
            opening, lines = balance, []
        elif row["type"] == _CLOSING and opening is not None:
            yield Statement(
                row["participant"], row["accountId"], row["accountType"], opening, balance, tuple(lines)
            )  # fmt: skip
        else:
            amount = exact(row.get("credit", 0), row["currency"]) - exact(row.get("debit", 0), row["currency"])
            other = row.get("counterparty", "")
            lines.append(Line(row["entry"], row["at"], row["type"], other, row["reference"], amount, balance))


def _compared(one: Statement, sent: Reports) -> str:
    """How the camt.053 of an account differs; "" if it does not."""
    pages = [each for told in sent.reports for each in told.document.statements]
    mine = [each for each in pages if each.account.other_id == str(one.account)]
    if not mine:
        return "no camt.053 came"
    booked = {entry.reference: _signed(entry.amount.text, entry.direction) for page in mine for entry in page.entries}
    wanted = {str(line.entry): Decimal(line.amount.fspiop) for line in one.lines}
    if booked != wanted:
        return "the camt.053 has other bookings"
    ends = (_balance(mine[0], "OPBD"), _balance(mine[-1], "CLBD"))
    same = ends == (Decimal(one.opening.fspiop), Decimal(one.closing.fspiop))
    return "" if same else f"the camt.053 opens and closes with {ends[0]} and {ends[1]}"


def _balance(page: Camt, code: str) -> Decimal | None:
    return next((_signed(one.amount.text, one.direction) for one in page.balances if one.code == code), None)


def _signed(text: str, direction: str) -> Decimal:
    return -Decimal(text) if direction == _DEBIT else Decimal(text)
