"""Reporting: a bank is told of its bookings, asks for its balances, its day so far and one payment, and all agree.

Beside it: money taken out of its deposit.
"""

from decimal import Decimal
from typing import Final

from iso.messages.camt004 import Camt004
from iso.messages.camt005 import PaymentSearch
from iso.messages.camt025 import Camt025
from iso.messages.statements import Report
from schemas.canonical.identity import derived_uuid
from schemas.canonical.money import Money
from switch.demo.scenarios.stage import Scenario, Stage
from switch.sandbox import letters
from switch.sandbox.reports import Reports
from switch.sandbox.scheme import BLUE, GREEN

_ONE: Final = 10_000
_POSITION: Final = "CPAC"


async def _reporting(stage: Stage) -> None:
    """Two payments, one each way; what the bank is told of them adds up to what it asks for."""
    scheme, blue = stage.scheme, stage.scheme.banks[BLUE]
    reports = Reports(blue)
    path = f"/participants/{blue.name}/iso"
    await scheme.operator.call("PUT", path, blue.profile(reports=["camt.054"]))
    key = await stage.pay(BLUE, GREEN, Money(60 * _ONE, "USD"))
    await stage.pay(GREEN, BLUE, Money(20 * _ONE, "USD"))
    await stage.until(lambda: len(reports.reports) >= 2, "the bank was not told of both bookings")
    number, balance = _balance(await reports.balances())
    day = await reports.report("camt.052.001.08", number)
    stage.must(isinstance(day, Report), "there was no report of the day so far")
    if isinstance(day, Report):
        closing = next((each for each in day.statements[0].balances if each.code == "ITBD"), None)
        told = _signed(closing.amount.text, closing.direction) if closing is not None else None
        stage.must(told == balance, f"the report closes with {told}, the balance is {balance}")
    found = await reports.payments(PaymentSearch(uetrs=(key,)))
    states = [status.final for each in found.reports if each.payment for status in each.payment.statuses]
    stage.must(states == ["STLD"], f"the payment is told as {states}")
    stage.must(not reports.wrong, "; ".join(reports.wrong))
    await scheme.operator.call("PUT", path, blue.profile())


async def _withdrawal(stage: Stage) -> None:
    """A bank takes 25 out of its deposit: reserved at once, and out of the books when the operator has paid it."""
    scheme, blue = stage.scheme, stage.scheme.banks[BLUE]
    reports, operator, amount = Reports(blue), scheme.operator, Money(25 * _ONE, "USD")
    deposit = (await operator.accounts(blue.name, "USD"))["SETTLEMENT"]
    reference = letters.new_id()
    first = await reports.take_out(str(deposit.id), amount, reference)
    stage.must(_word(first) == "PDNG", f"the order was told {_word(first)}, not PDNG")
    key = derived_uuid("camt.050", blue.name, reference)
    start = len(blue.journal.entries)
    path = f"/participants/{blue.name}/accounts/{deposit.id}"
    await operator.call("PUT", f"{path}/transfers/{key}", {"action": "recordFundsOutCommit", "reason": "paid out"})
    await stage.until(
        lambda: any((each.kind[:8], each.detail) == ("camt.025", "ACSC") for each in blue.journal.entries[start:]),
        "the bank was not told that its money was paid out",
    )
    after = (await operator.accounts(blue.name, "USD"))["SETTLEMENT"]
    out = after.units - deposit.units
    stage.must(out == amount.units, f"the deposit is less by {Money(out, 'USD').iso}, not by {amount.iso}")
    await operator.funds_in(blue.name, deposit.id, amount)


def _word(told: Camt025) -> str:
    """The status of a receipt."""
    handled = [each.status for receipt in told.receipts for each in receipt.handling]
    return (handled[0] if handled else None) or "nothing"


def _balance(told: Camt004) -> tuple[str, Decimal]:
    """Number and booked balance of the account that payments move."""
    for each in told.accounts:
        data = each.account
        if data is not None and data.type is not None and (data.type.code, data.currency) == (_POSITION, "USD"):
            booked = next(one for one in data.balances if one.code == "BOOK")
            return each.other_id or "", _signed(booked.amount, booked.direction)
    raise LookupError("the hub told of no account for payments in USD")


def _signed(amount: str, direction: str) -> Decimal:
    return -Decimal(amount) if direction == "DBIT" else Decimal(amount)


SCENARIOS: Final = (
    Scenario("reporting", "Bookings, balances and the day so far", (BLUE, GREEN), "USD", (40, -40), _reporting),
    Scenario("withdrawal", "A bank takes money out of its deposit", (BLUE,), "USD", (0,), _withdrawal),
)
