"""The demo's bulk payments: a wallet provider pays customers of another one, and of a bank, with one order each."""

from typing import Final

import msgspec

from fspiop.messages.fields import PartyIdInfo
from schemas.canonical.money import Money
from switch.sandbox.bank import SandboxBank
from switch.sandbox.behaviour import ACCEPT, Behaviour, reject
from switch.sandbox.bulk import BulkResult, pay_bulk
from switch.sandbox.dfsp import SandboxDfsp
from switch.sandbox.scheme import ACCOUNTS, CUSTOMERS, GREEN, PINK, YELLOW, Scheme

_CURRENCY: Final = "USD"
_ONE: Final = 10_000
_WAGES: Final = (120, 135, 150, 95)
_CLOSED: Final = 135
"""The item whose account is closed, by its amount."""


class BulkShown(msgspec.Struct, frozen=True, rename="camel"):
    """How one bulk ended: the hub's state, each item's amount and code, and what its payer owes for it.

    An item's code is `PAID` or the error code it was refused with; `problems` is empty if all was as it must be.
    """

    payer: str
    payee: str
    currency: str
    state: str
    items: list[tuple[str, str]]
    position_change: str
    milliseconds: int
    problems: list[str]

    @property
    def passed(self) -> bool:
        """Whether everything was as it must be."""
        return not self.problems

    @property
    def line(self) -> str:
        """In one line for the terminal."""
        items = ", ".join(f"{amount} {code}" for amount, code in self.items)
        return f"{self.payer} → {self.payee}: {self.state}, {items} ({self.currency}, {self.milliseconds} ms)"


async def play_bulks(scheme: Scheme) -> list[BulkShown]:
    """One bulk to a DFSP, which answers it as a whole, and one to a bank, which gets a pacs.008 an item."""
    wallet = PartyIdInfo("MSISDN", CUSTOMERS[YELLOW].identifier)
    account = PartyIdInfo("ACCOUNT_ID", ACCOUNTS[GREEN][1])
    return [
        await _play(scheme, scheme.dfsps[YELLOW], wallet, reject("5200", "account closed")),
        await _play(scheme, scheme.banks[GREEN], account, reject("AC04", "account closed")),
    ]


async def _play(scheme: Scheme, payee: SandboxDfsp | SandboxBank, party: PartyIdInfo, closed: Behaviour) -> BulkShown:
    payer, scenario = scheme.dfsps[PINK], payee.scenario
    scenario.default = ACCEPT
    scenario.amounts = dict.fromkeys((str(_CLOSED), f"{_CLOSED}.00"), closed)
    before = await scheme.operator.position(PINK, _CURRENCY)
    wages = [(party, Money(wage * _ONE, _CURRENCY)) for wage in _WAGES]
    result = await pay_bulk(payer.payer, PINK, CUSTOMERS[PINK], wages)
    scenario.amounts = {}
    moved = await scheme.operator.position(PINK, _CURRENCY) - before
    codes = list(result.items.values())
    return BulkShown(
        PINK,
        payee.name,
        _CURRENCY,
        result.word,
        [(amount.fspiop, code) for (_, amount), code in zip(wages, codes, strict=False)],
        moved.fspiop,
        result.milliseconds,
        _problems(result, codes, moved),
    )


def _problems(result: BulkResult, codes: list[str], moved: Money) -> list[str]:
    problems: list[str] = []
    paid = Money(sum(wage for wage in _WAGES if wage != _CLOSED) * _ONE, _CURRENCY)
    if result.word != "COMPLETED" or len(codes) != len(_WAGES):
        problems.append(f"the payer was told {result.word} and {len(codes)} results")
    wrong = [code for wage, code in zip(_WAGES, codes, strict=False) if (code == "PAID") is (wage == _CLOSED)]
    if wrong:
        problems.append(f"items ended with {', '.join(codes)}")
    if moved != paid:
        problems.append(f"the payer's position moved by {moved.fspiop}, not {paid.fspiop}")
    if result.signature not in ("", "valid"):
        problems.append(f"signature of the result: {result.signature}")
    return problems
