"""The checks that a settlement bank's figures must pass before a settlement is finalised by them. Pure.

Figures are as the bank writes them: positive amounts were credited to the participant. A finding names its check, whom
it is about, and what was expected; no finding at all means that everything agrees.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from schemas.canonical.instructions import FigureFinding, SettlementFigure
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.settlement import Settlement, SettlementAccount, SettlementState

SUM: Final = "SUM_NOT_ZERO"
AMOUNT: Final = "AMOUNT_IS_NOT_THE_NET"
BALANCE: Final = "BALANCE_DOES_NOT_ADJUST"
ACCOUNT: Final = "ACCOUNT_UNKNOWN"
PARTICIPANT: Final = "PARTICIPANT_UNKNOWN"
FORM: Final = "NOT_REPRESENTABLE"
TWICE: Final = "PARTICIPANT_TWICE"
MISSING: Final = "PARTICIPANT_MISSING"
SIGN: Final = "WRONG_SIGN"
SETTLEMENT: Final = "WRONG_SETTLEMENT"
STATE: Final = "WRONG_STATE"
STALE: Final = "STALE_VALIDATION"
CHECKS: Final = (SUM, AMOUNT, BALANCE, ACCOUNT, PARTICIPANT, FORM, TWICE, MISSING, SIGN, SETTLEMENT, STATE, STALE)
"""The twelve; STALE is asked when a validation is used: the books must be those it was made against."""

_AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)
_OPEN: Final = frozenset(
    {
        SettlementState.PENDING_SETTLEMENT,
        SettlementState.PS_TRANSFERS_RECORDED,
        SettlementState.PS_TRANSFERS_RESERVED,
        SettlementState.PS_TRANSFERS_COMMITTED,
        SettlementState.SETTLING,
    }
)


class Books(NamedTuple):
    """What figures are checked against.

    `participants` are all names of the scheme, `accounts` the accounts at the agent by participant and currency (empty:
    nobody has any on file), `deposits` what each has deposited (units, positive), `moved` the settlement accounts whose
    deposit moved already, `names` what the settlement may be called.
    """

    participants: frozenset[str]
    accounts: Mapping[tuple[str, str], str]
    deposits: Mapping[tuple[str, str], int]
    moved: frozenset[int]
    names: frozenset[str]


def findings(
    settlement: Settlement, figures: Iterable[SettlementFigure], named: str, books: Books
) -> tuple[FigureFinding, ...]:
    """Everything that is wrong with the figures."""
    return tuple(_findings(settlement, tuple(figures), named, books))


def _findings(
    settlement: Settlement, figures: tuple[SettlementFigure, ...], named: str, books: Books
) -> Iterator[FigureFinding]:
    about = f"settlement {settlement.id}"
    if settlement.state not in _OPEN:
        yield FigureFinding(STATE, about, f"it is {settlement.state}")
    if named and named not in books.names:
        yield FigureFinding(SETTLEMENT, about, f"the figures are of {named[:35]}")
    held = {(str(one.owner), one.currency): one for one in settlement.accounts}
    sums: defaultdict[str, int] = defaultdict(int)
    seen = Counter((figure.participant, figure.currency) for figure in figures)
    for key, count in seen.items():
        if count > 1:
            yield FigureFinding(TWICE, _who(*key), f"it is listed {count} times")
    for figure in figures:
        units = units_of(figure.amount, figure.currency)
        yield from _one(figure, units, held.get((figure.participant, figure.currency)), books)
        sums[figure.currency] += units or 0
    for currency, total in sorted(sums.items()):
        if total:
            yield FigureFinding(SUM, currency, f"the amounts sum to {Money(total, currency).iso}")
    for key, account in held.items():
        if account.units and key not in seen:
            yield FigureFinding(MISSING, _who(*key), f"its net is {_text(-account.units, account.currency)}")


def _one(
    figure: SettlementFigure, units: int | None, account: SettlementAccount | None, books: Books
) -> Iterator[FigureFinding]:
    who, key = _who(figure.participant, figure.currency), (figure.participant, figure.currency)
    if units is None:
        yield FigureFinding(FORM, who, f"'{figure.amount[:30]}' is no exact amount of {figure.currency[:3]}")
    if figure.participant not in books.participants:
        yield FigureFinding(PARTICIPANT, who, "nobody here has that name")
        return
    if figure.account and books.accounts.get(key, "") != figure.account:
        yield FigureFinding(
            ACCOUNT, who, f"account {figure.account[:34]}, on file is {books.accounts.get(key, 'none')}"
        )
    net = -account.units if account is not None else 0
    if units is not None and units != net:
        if units == -net:
            yield FigureFinding(SIGN, who, f"{_text(units, figure.currency)}, the net is {_text(net, figure.currency)}")
        else:
            text = f"{_text(units, figure.currency)}, the net is {_text(net, figure.currency)}"
            yield FigureFinding(AMOUNT, who, text)
    if figure.balance is None:
        return
    balance = units_of(figure.balance, figure.currency)
    if balance is None:
        yield FigureFinding(FORM, who, f"balance '{figure.balance[:30]}' is no exact amount of {figure.currency[:3]}")
        return
    deposit = books.deposits.get(key)
    if deposit is None:
        yield FigureFinding(BALANCE, who, "it has no deposit here")
        return
    done = account is not None and account.account in books.moved
    expected = deposit if done else deposit + net
    if balance != expected:
        text = f"{_text(balance, figure.currency)}, {_text(deposit, figure.currency)} and the net give "
        yield FigureFinding(BALANCE, who, text + _text(expected, figure.currency))


def units_of(text: str, currency: str) -> int | None:
    """Units of a signed decimal that the currency can hold; None if it is none."""
    cleaned = text.strip()
    if not _AMOUNT.fullmatch(cleaned):
        return None
    try:
        units = Money.parse_iso(cleaned.lstrip("+-"), currency).units
    except MoneyError:
        return None
    return -units if cleaned.startswith("-") else units


def digest(settlement: Settlement, deposits: Iterable[tuple[int, int, int]]) -> str:
    """What the books look like to a validation: the settlement's accounts, and each deposit's posted counters."""
    accounts = [(one.account, one.state, one.units) for one in settlement.accounts]
    return hashlib.sha256(msgspec.json.encode((settlement.id, accounts, sorted(deposits)))).hexdigest()


def _who(participant: str, currency: str) -> str:
    return f"{participant[:32]} {currency[:3]}"


def _text(units: int, currency: str) -> str:
    return Money(units, currency).iso
