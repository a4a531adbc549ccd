"""The demo's payments across two currencies: a bank to a DFSP, to another bank, and back from a DFSP to a bank."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from fspiop.messages.fields import PartyIdInfo
from schemas.canonical.money import Money
from switch.sandbox import exchange
from switch.sandbox.behaviour import ACCEPT, reject
from switch.sandbox.exchange import Exchange
from switch.sandbox.outcome import Exchanged, Outcome
from switch.sandbox.scheme import ACCOUNTS, BLUE, CUSTOMERS, GOLD, GREEN, YELLOW, Scheme

_SOURCE, _TARGET = "USD", "KES"
_SETTLE_S: Final = 5.0


def _usd(amount: str) -> Money:
    return Money.parse_fspiop(amount, _SOURCE)


def _kes(amount: str) -> Money:
    return Money.parse_fspiop(amount, _TARGET)


class Leg(msgspec.Struct, frozen=True, rename="camel"):
    """How one position changed: a positive change is owed."""

    participant: str
    currency: str
    change: str


class ExchangeShown(msgspec.Struct, frozen=True, rename="camel"):
    """How one payment ended; `told` is what its bank read of rate and charges in pacs.002.

    `legs` are the four positions (payer and provider, provider and payee); `problems` is empty if all ended as it must.
    """

    case: str
    payer: str
    provider: str
    payee: str
    end: str
    code: str
    told: Exchanged | None
    legs: list[Leg]
    milliseconds: int
    problems: list[str]

    @property
    def passed(self) -> bool:
        """Whether everything was as it must be."""
        return not self.problems


class _Case(msgspec.Struct, frozen=True):
    """One payment and how it must end: the code, and what the payer gives and the payee gets."""

    name: str
    payer: str
    payee: str
    code: str
    given: Money
    got: Money
    rate: str = ""


_CASES: Final = (
    _Case("bank → DFSP, the bank's amount fixed", BLUE, YELLOW, "ACSC", _usd("100"), _kes("12835.5"), "128.355"),
    _Case("bank → bank, the payee's amount fixed", BLUE, GREEN, "ACSC", _usd("100.5"), _kes("12900"), "128.358"),
    _Case("DFSP → bank, the payer orders its conversion", YELLOW, GREEN, "COMMITTED", _usd("50"), _kes("6385.5")),
    _Case("bank → DFSP, the provider refuses", BLUE, YELLOW, "MS03", _usd("0"), _kes("0")),
)


async def play_exchanges(scheme: Scheme) -> list[ExchangeShown]:
    """One payment after the other, each with its four positions before and after."""
    sent, to_bank, wallet, refused = _CASES
    account = PartyIdInfo("ACCOUNT_ID", ACCOUNTS[GREEN][1])

    def by_bank(payee: str, amount: Money, ordered: Money | None = None) -> Callable[[], Awaitable[Outcome]]:
        order = scheme.order(BLUE, amount, payee)
        order = msgspec.structs.replace(order, currency=_TARGET, instructed=ordered)
        return lambda: scheme.banks[BLUE].pay(order)

    async def by_wallet() -> Outcome:
        payer = Exchange(scheme.dfsps[YELLOW].payer)
        return await payer.pay(CUSTOMERS[YELLOW], account, GOLD, exchange.Order(wallet.given, _TARGET))

    shown = [
        await _play(scheme, sent, by_bank(YELLOW, sent.given)),
        await _play(scheme, to_bank, by_bank(GREEN, _usd("101"), to_bank.got)),
        await _play(scheme, wallet, by_wallet),
    ]
    scheme.fxp.scenario.default = reject("5105", "no shillings today")
    shown.append(await _play(scheme, refused, by_bank(YELLOW, sent.given)))
    scheme.fxp.scenario.default = ACCEPT
    return shown


async def _play(scheme: Scheme, case: _Case, pay: Callable[[], Awaitable[Outcome]]) -> ExchangeShown:
    zero, nothing = _usd("0"), _kes("0")
    must = [case.given, zero - case.given, case.got, nothing - case.got]
    before = await _positions(scheme, case)
    outcome = await pay()
    changes = await _settled(scheme, case, before, must)
    legs = [Leg(name, change.currency, change.fspiop) for (name, _), change in zip(_held(case), changes, strict=True)]
    return ExchangeShown(
        case.name,
        case.payer,
        GOLD,
        case.payee,
        outcome.end.value,
        outcome.code,
        outcome.exchanged,
        legs,
        outcome.milliseconds,
        _problems(case, outcome, changes, must),
    )


def _held(case: _Case) -> list[tuple[str, str]]:
    return [(case.payer, _SOURCE), (GOLD, _SOURCE), (GOLD, _TARGET), (case.payee, _TARGET)]


async def _positions(scheme: Scheme, case: _Case) -> list[Money]:
    return list(await asyncio.gather(*(scheme.operator.position(*held) for held in _held(case))))


async def _settled(scheme: Scheme, case: _Case, before: list[Money], must: list[Money]) -> list[Money]:
    """The changes once they are as they must be, or after a while as they are."""
    deadline = asyncio.get_running_loop().time() + _SETTLE_S
    while True:
        after = await _positions(scheme, case)
        changes = [now - then for now, then in zip(after, before, strict=True)]
        if changes == must or asyncio.get_running_loop().time() > deadline:
            return changes
        await asyncio.sleep(0.02)


def _problems(case: _Case, outcome: Outcome, changes: list[Money], must: list[Money]) -> list[str]:
    problems: list[str] = []
    if outcome.code != case.code:
        problems.append(f"the payer was told {outcome.code or outcome.end} {outcome.text}, not {case.code}")
    if changes != must:
        found, wanted = (", ".join(f"{one.fspiop} {one.currency}" for one in each) for each in (changes, must))
        problems.append(f"the positions moved by {found}, not {wanted}")
    told = outcome.exchanged
    if case.rate and (told is None or not told.rate.startswith(case.rate) or not told.charges):
        problems.append(f"the bank was told of {told}, not of the rate {case.rate} and the charges")
    if outcome.signature not in ("", "valid"):
        problems.append(f"signature of the answer: {outcome.signature}")
    return problems
