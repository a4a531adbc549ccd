"""The chapters of the day: what is paid, what goes wrong, and what is given back, between banks and wallets."""

import asyncio
from typing import Final

import msgspec

from schemas.canonical.money import Money
from switch.demo.scenarios.stage import Scenario, Stage
from switch.sandbox.behaviour import ACCEPT, Behaviour, reject
from switch.sandbox.cases import CaseDesk
from switch.sandbox.outcome import End
from switch.sandbox.returns import Desk
from switch.sandbox.scheme import BLUE, GOLD, GREEN, PINK, RED, YELLOW

CURRENCIES: Final = ("USD", "KES")
_ONE: Final = 10_000
_SOON: Final = Behaviour(before=("PDCR",), delay_s=0.2)


def _usd(whole: int) -> Money:
    return Money(whole * _ONE, "USD")


def _kes(whole: int) -> Money:
    return Money(whole * _ONE, "KES")


async def _in_all_directions(stage: Stage) -> None:
    """Eight payments, two in each direction, at the same time."""
    await asyncio.gather(
        stage.pay(BLUE, GREEN, _usd(400)),
        stage.pay(RED, BLUE, _usd(650)),
        stage.pay(GREEN, YELLOW, _usd(120)),
        stage.pay(BLUE, PINK, _usd(80)),
        stage.pay(PINK, GREEN, _usd(60)),
        stage.pay(YELLOW, RED, _usd(90)),
        stage.pay(YELLOW, PINK, _usd(35)),
        stage.pay(PINK, YELLOW, _usd(15)),
    )


async def _in_shillings(stage: Stage) -> None:
    await stage.pay(YELLOW, PINK, _kes(2_500))
    await stage.pay(GREEN, YELLOW, _kes(8_000))
    await stage.pay(PINK, RED, _kes(1_200))


async def _across_currencies(stage: Stage) -> None:
    """The bank knows dollars only, the wallet gets shillings; a provider of conversions stands between them."""
    order = msgspec.structs.replace(stage.scheme.order(BLUE, _usd(100), YELLOW), currency="KES")
    outcome = await stage.scheme.banks[BLUE].pay(order)
    stage.must(outcome.end is End.SETTLED, f"the payment ended {outcome.end} {outcome.code}")
    told = outcome.exchanged
    stage.must(told is not None and told.charges, "the bank was not told of rate and charges")


async def _refused(stage: Stage) -> None:
    stage.scheme.banks[GREEN].scenario.default = reject("AC04", "account closed")
    await stage.pay(RED, GREEN, _usd(75), End.REFUSED, "AC04")
    stage.scheme.banks[GREEN].scenario.default = ACCEPT


async def _recalled(stage: Stage) -> None:
    payer, payee = stage.scheme.banks[BLUE], stage.scheme.banks[GREEN]
    asking = CaseDesk(payer, Desk(payer))
    CaseDesk(payee, Desk(payee), _SOON)
    key = await stage.pay(BLUE, GREEN, _usd(200))
    resolved = await asking.recall(key, "DUPL", "sent twice")
    stage.must(resolved.word == "CNCL", f"the recall came to {resolved.word or 'nothing'}, not CNCL")


async def _returned(stage: Stage) -> None:
    Desk(stage.scheme.banks[RED])
    key = await stage.pay(RED, GREEN, _usd(310))
    given = await Desk(stage.scheme.banks[GREEN]).give_back(key, _usd(110), reason="AC06", text="account blocked")
    stage.must(given.end is End.SETTLED, f"the return ended {given.end} {given.code}")


CHAPTERS: Final = (
    Scenario(
        "payments",
        "Payments in all directions",
        (BLUE, GREEN, RED, PINK, YELLOW),
        "USD",
        (-170, -340, 560, -40, -10),
        _in_all_directions,
    ),
    Scenario(
        "shillings",
        "The same scheme in another currency",
        (GREEN, RED, PINK, YELLOW),
        "KES",
        (8_000, -1_200, -1_300, -5_500),
        _in_shillings,
    ),
    Scenario(
        "conversion",
        "From a bank's dollars to a wallet's shillings",
        (BLUE, GOLD, YELLOW),
        "USD",
        (100, -100, 0),
        _across_currencies,
    ),
    Scenario("refusal", "A payee that refuses", (RED, GREEN), "USD", (0, 0), _refused),
    Scenario("recall", "A recall, and the money comes back", (BLUE, GREEN), "USD", (0, 0), _recalled),
    Scenario("return", "A part is returned", (RED, GREEN), "USD", (200, -200), _returned),
)
"""What happens before the window is closed."""
