"""What a payment costs: which rules fit it, and the exact fee. Pure; amounts are units of 10^-4, never floats."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from schemas.canonical.fees import UNASKED, FeeKind, FeeRule, Rounding
from schemas.canonical.identity import FspId
from schemas.codes.currencies import minor_units

_SCALE: Final = 4
_MILLION: Final = 1_000_000


class Facts(NamedTuple):
    """What rules look at; `scenario` is only found out if a rule asks for it."""

    payer: FspId
    payee: FspId
    units: int
    currency: str
    message: str
    scenario: Callable[[], str]
    category_purpose: str | None = None
    service_level: str | None = None


def ranked(rules: Iterable[FeeRule]) -> list[FeeRule]:
    """Rules in the order in which they are tried."""
    return sorted(rules, key=lambda rule: (rule.rank, rule.name))


def fitting(rules: Iterable[FeeRule], facts: Facts) -> list[FeeRule]:
    """The first rule of each kind that is in force and fits; `rules` are in their order."""
    found: dict[FeeKind, FeeRule] = {}
    for rule in rules:
        if rule.kind not in found and rule.active and fits(rule, facts):
            found[rule.kind] = rule
    return list(found.values())


def fits(rule: FeeRule, facts: Facts) -> bool:
    """Whether every condition of a rule holds."""
    if rule.currency not in {None, facts.currency}:
        return False
    if facts.units < rule.amount_from or (rule.amount_below is not None and facts.units >= rule.amount_below):
        return False
    if facts.message not in rule.messages if rule.messages else facts.message in UNASKED:
        return False
    asked = (
        (rule.payers, facts.payer),
        (rule.payees, facts.payee),
        (rule.category_purposes, facts.category_purpose),
        (rule.service_levels, facts.service_level),
    )
    if any(wanted and value not in wanted for wanted, value in asked):
        return False
    return not rule.scenarios or facts.scenario() in rule.scenarios


def fee_of(rule: FeeRule, units: int, currency: str) -> int:
    """The fee in units: fixed part and share, rounded to the currency's minor unit, within the rule's bounds."""
    exact = rule.fixed * _MILLION + units * rule.millionths
    fee = _rounded(exact, _MILLION * step_of(currency), rule.rounding) * step_of(currency)
    fee = max(fee, rule.minimum)
    return fee if rule.maximum is None else min(fee, rule.maximum)


def step_of(currency: str) -> int:
    """Units in one minor unit of the currency."""
    digits = minor_units(currency)
    return 1 if digits is None else 10 ** max(_SCALE - digits, 0)


def _rounded(numerator: int, denominator: int, rounding: Rounding) -> int:
    """A fraction that is not negative as a whole number."""
    whole, rest = divmod(numerator, denominator)
    match rounding:
        case Rounding.DOWN:
            return whole
        case Rounding.UP:
            return whole + (rest > 0)
        case Rounding.HALF_UP:
            return whole + (2 * rest >= denominator)
        case Rounding.HALF_EVEN:
            return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))


def given_back(fee: int, returned: int, amount: int, currency: str) -> int:
    """What of a fee has gone back once `returned` of the payment's `amount` has: rounded down, in the end all of it."""
    if returned >= amount:
        return fee
    step = step_of(currency)
    return fee * returned // (amount * step) * step
