"""Recalls: the debtor's bank asks for a payment back, and gets it, or does not."""

from typing import Final

from schemas.canonical.money import Money
from switch.demo.scenarios.stage import Scenario, Stage
from switch.sandbox.behaviour import Behaviour
from switch.sandbox.cases import CaseDesk, Resolved
from switch.sandbox.outcome import End
from switch.sandbox.returns import Desk
from switch.sandbox.scheme import BLUE, GREEN

_AMOUNT: Final = Money(1_000_000, "USD")
_AFTER_A_WHILE: Final = Behaviour(before=("PDCR",), delay_s=0.2)
_UNWILLING: Final = Behaviour(before=("PDCR",), delay_s=0.2, reject="CUST", text="the customer does not agree")


async def _recalled(stage: Stage, answer: Behaviour) -> Resolved:
    """Pay, and want it back."""
    payer, payee = stage.scheme.banks[BLUE], stage.scheme.banks[GREEN]
    asking = CaseDesk(payer, Desk(payer))
    CaseDesk(payee, Desk(payee), answer)
    outcome = await payer.pay(stage.scheme.order(BLUE, _AMOUNT, GREEN))
    stage.must(outcome.end is End.SETTLED, f"the payment was told {outcome.code}, not settled")
    resolved = await asking.recall(outcome.key, "DUPL", "sent twice")
    stage.must(resolved.pending == 1, "the payer's bank was not told to wait")
    return resolved


async def _accepted(stage: Stage) -> None:
    resolved = await _recalled(stage, _AFTER_A_WHILE)
    stage.must(resolved.word == "CNCL", f"the recall came to {resolved.word or 'nothing'}, not CNCL")


async def _refused(stage: Stage) -> None:
    resolved = await _recalled(stage, _UNWILLING)
    told = (resolved.word, resolved.reason)
    stage.must(told == ("RJCR", "CUST"), f"the recall came to {'/'.join(told)}, not RJCR/CUST")


SCENARIOS: Final = (
    Scenario("recall-accepted", "A recall that brings the money back", (BLUE, GREEN), "USD", (0, 0), _accepted),
    Scenario("recall-refused", "A recall that is refused", (BLUE, GREEN), "USD", (100, -100), _refused),
)
