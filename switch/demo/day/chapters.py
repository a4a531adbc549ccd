"""The chapters of the day: what is paid, what goes wrong, and what is given back, between banks and wallets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

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
Play = Callable[[Stage], Awaitable[None]]
_SOON: Final = Behaviour(before=("PDCR",), delay_s=0.2)


def _usd(whole: int) -> Money:
    return Money(whole * _ONE, "USD")


def _kes(whole: int) -> Money:
    return Money(whole * _ONE, "KES")


def _pays(payer: str, payee: str, amount: Money) -> Play:
    async def play(stage: Stage) -> None:
        await stage.pay(payer, payee, amount)

    return play


async def _at_once(stage: Stage) -> None:
    """A busy hour, in small: six payments at the same time."""
    await asyncio.gather(
        stage.pay(RED, BLUE, _usd(650)),
        stage.pay(BLUE, PINK, _usd(80)),
        stage.pay(YELLOW, RED, _usd(90)),
        stage.pay(PINK, YELLOW, _usd(15)),
        stage.pay(GREEN, RED, _usd(45)),
        stage.pay(RED, YELLOW, _usd(25)),
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


class Chapter(NamedTuple):
    """A story of the day, and what a reader should know of it."""

    scenario: Scenario
    tells: str


def _story(name: str, title: str, currency: str, changes: dict[str, int], play: Play) -> Scenario:
    return Scenario(name, title, tuple(changes), currency, tuple(changes.values()), play)


_SINGLE: Final = (
    (
        "bank-to-bank", "A bank pays a bank", BLUE, GREEN, 400,
        "The hub reserves on the payer's position, asks the payee's bank, commits when it accepts, and tells both.",
    ),
    (
        "bank-to-wallet", "A bank pays a wallet", GREEN, YELLOW, 120,
        "One pacs.008 becomes lookup, quote and transfer; the wallet never sees that its payer is a bank.",
    ),
    (
        "wallet-to-bank", "A wallet pays a bank", PINK, GREEN, 60,
        "The hub answers lookup and quote for the bank, which gets one pacs.008 and answers with one pacs.002.",
    ),
    (
        "wallet-to-wallet", "A wallet pays a wallet", YELLOW, PINK, 35,
        "FSPIOP on both sides: what one signed reaches the other byte for byte.",
    ),
)  # fmt: skip
_BUSY: Final = {BLUE: -570, GREEN: 45, RED: 540, PINK: -65, YELLOW: 50}
_SHILLINGS: Final = {GREEN: 8_000, RED: -1_200, PINK: -1_300, YELLOW: -5_500}
_CONVERTED: Final = {BLUE: 100, GOLD: -100, YELLOW: 0}
CHAPTERS: Final = (
    *(
        Chapter(_story(name, title, "USD", {payer: whole, payee: -whole}, _pays(payer, payee, _usd(whole))), tells)
        for name, title, payer, payee, whole, tells in _SINGLE
    ),
    Chapter(
        _story("conversion", "From a bank's dollars to a wallet's shillings", "USD", _CONVERTED, _across_currencies),
        "The hub asks a provider for a rate, and commits both currencies in the same moment: the bank owes the "
        "provider dollars, the provider owes the wallet shillings.",
    ),
    Chapter(
        _story("refusal", "A payee that refuses", "USD", {RED: 0, GREEN: 0}, _refused),
        "The account is closed: the reservation is released, and no position moves.",
    ),
    Chapter(
        _story("recall", "A recall, and the money comes back", "USD", {BLUE: 0, GREEN: 0}, _recalled),
        "Sent twice by mistake: the payer asks for it back, the payee agrees, and a pacs.004 brings it.",
    ),
    Chapter(
        _story("return", "A part is returned", "USD", {RED: 200, GREEN: -200}, _returned),
        "The payee cannot book all of it and gives a part back by itself.",
    ),
    Chapter(
        _story("busy", "Everybody at once", "USD", _BUSY, _at_once),
        "Six payments at the same time, in all directions.",
    ),
    Chapter(
        _story("shillings", "The same in shillings", "KES", _SHILLINGS, _in_shillings),
        "The second currency has positions, a settlement model and a settlement agent of its own.",
    ),
)
"""What happens before the window is closed."""
