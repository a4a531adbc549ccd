"""Payments that do not simply succeed: what becomes of them between two banks."""

from typing import Final

from schemas.canonical.money import Money
from switch.demo.scenarios.stage import Scenario, Stage
from switch.sandbox.behaviour import ACCEPT, reject
from switch.sandbox.outcome import End
from switch.sandbox.scheme import BLUE, GREEN

_AMOUNT: Final = Money(1_000_000, "USD")


async def _reject(stage: Stage) -> None:
    payer, payee = stage.scheme.banks[BLUE], stage.scheme.banks[GREEN]
    payee.scenario.default = reject("AC04", "account closed")
    outcome = await payer.pay(stage.scheme.order(BLUE, _AMOUNT, GREEN))
    payee.scenario.default = ACCEPT
    stage.must((outcome.end, outcome.code) == (End.REFUSED, "AC04"), f"the payer was told {outcome.code}, not AC04")


SCENARIOS: Final = (Scenario("reject", "The creditor's bank refuses", (BLUE, GREEN), "USD", (0, 0), _reject),)
