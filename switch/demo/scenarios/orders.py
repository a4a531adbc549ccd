"""Orders and requests: a customer's order of many payments, and creditors who ask to be paid."""

from typing import Final

from schemas.canonical.money import Money
from switch.demo.scenarios.stage import Scenario, Stage
from switch.sandbox import letters
from switch.sandbox.behaviour import Behaviour
from switch.sandbox.initiation import Channel
from switch.sandbox.letters import Order
from switch.sandbox.outcome import End
from switch.sandbox.request_to_pay import RequestDesk, Wish
from switch.sandbox.scheme import BLUE, GREEN, PINK

_AMOUNT: Final = Money(1_000_000, "USD")
_REPORTS: Final = 2
"""pain.002 about one order: it was taken, and what became of each payment."""
_SHOWN_FIRST: Final = Behaviour(before=("RCVD", "PDNG"))
_UNWILLING: Final = Behaviour(before=("RCVD",), reject="CUST", text="the customer does not want it")


async def _initiated(stage: Stage) -> None:
    """One order to a bank and one to nobody: one report at the end of both."""
    bank = stage.scheme.banks[BLUE]
    good = stage.scheme.order(BLUE, _AMOUNT, GREEN)
    lost = Order(
        _AMOUNT, good.debtor, good.debtor_account, "Nobody", "1", creditor_agent=letters.institution("NOBDKENA")
    )
    told = await Channel(bank).initiate([good, lost])
    results = sorted(told.payments.values())
    stage.must(told.status == "PART", f"the order was told {told.status or 'nothing'}, not PART")
    stage.must(results == [("ACSC", ""), ("RJCT", "RC04")], f"its payments came to {results}")


async def _file(stage: Stage) -> None:
    """A signed file that pays a bank's customer, a wallet's and nobody: each goes its way, and one report tells."""
    known = [stage.scheme.order(BLUE, _AMOUNT, payee) for payee in (GREEN, PINK)]
    lost = Order(
        _AMOUNT, known[0].debtor, known[0].debtor_account, "Nobody", "1", creditor_agent=letters.institution("NOBDKENA")
    )
    channel = Channel(stage.scheme.banks[BLUE])
    told = await channel.initiate([*known, lost], as_file=True)
    stage.must(told.status == "PART", f"the file was told {told.status or 'nothing'}, not PART")
    wanted = {order.called: ("ACSC", "") for order in known} | {lost.called: ("RJCT", "RC04")}
    stage.must(told.payments == wanted, f"its payments came to {told.payments}")
    count = len(channel.told.get(told.message_id, []))
    stage.must(count == _REPORTS, f"{count} pain.002 came about it, not {_REPORTS}")


def _wish(stage: Stage) -> Wish:
    """What the green bank's customer asks of the blue bank's."""
    wanted = stage.scheme.order(BLUE, _AMOUNT, GREEN)
    return Wish(
        _AMOUNT,
        wanted.creditor,
        wanted.creditor_account or "",
        wanted.debtor,
        wanted.debtor_account,
        letters.institution(stage.scheme.banks[BLUE].bic),
        "invoice 4711",
    )


async def _requested(stage: Stage) -> None:
    wish = _wish(stage)
    payer = RequestDesk(stage.scheme.banks[BLUE], _SHOWN_FIRST)
    told = await RequestDesk(stage.scheme.banks[GREEN]).ask(wish)
    stage.must(told.status == "ACCP", f"the request was told {told.status or 'nothing'}, not ACCP")
    await stage.until(lambda: wish.end_to_end_id in payer.paid, "the request was not paid")
    outcome = payer.paid.get(wish.end_to_end_id)
    stage.must(outcome is not None and outcome.end is End.SETTLED, "the payment for the request was not settled")


async def _refused(stage: Stage) -> None:
    wish = _wish(stage)
    payer = RequestDesk(stage.scheme.banks[BLUE], _UNWILLING)
    told = await RequestDesk(stage.scheme.banks[GREEN]).ask(wish)
    stage.must((told.status, told.reason) == ("RJCT", "CUST"), f"the request was told {told.status}/{told.reason}")
    outcome = await payer.pay(payer.asked[wish.end_to_end_id])
    stage.must(outcome.code == "ARFR", f"a payment for a refused request was told {outcome.code}, not ARFR")


SCENARIOS: Final = (
    Scenario(
        "initiation", "An order of several payments and its report", (BLUE, GREEN), "USD", (100, -100), _initiated
    ),
    Scenario(
        "initiation-file",
        "A signed file of payments to a bank, a wallet and nobody, and its report",
        (BLUE, GREEN, PINK),
        "USD",
        (200, -100, -100),
        _file,
    ),
    Scenario(
        "request-to-pay", "A request to pay that is accepted and paid", (BLUE, GREEN), "USD", (100, -100), _requested
    ),
    Scenario("request-refused", "A request to pay that is refused", (BLUE, GREEN), "USD", (0, 0), _refused),
)
