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
from switch.sandbox.scheme import BLUE, GREEN

_AMOUNT: Final = Money(1_000_000, "USD")
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
        "request-to-pay", "A request to pay that is accepted and paid", (BLUE, GREEN), "USD", (100, -100), _requested
    ),
    Scenario("request-refused", "A request to pay that is refused", (BLUE, GREEN), "USD", (0, 0), _refused),
)
