"""Fee rules as people write them: the operator API's JSON, and TOML with the same fields under [[feeRules]].

Amounts are numbers of the rule's currency, the share is in basis points (hundredths of a percent).
"""

import tomllib
from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from schemas.canonical.fees import FEE_MESSAGES, FeeKind, FeeRule, FeeSide, OnReturn, Rounding
from schemas.canonical.identity import FspId
from schemas.codes.currencies import minor_units
from settlement.fees import step_of

_UNITS: Final = 10_000
_MILLIONTHS: Final = 100
"""Millionths of the amount in a basis point."""
_BASIS_POINTS_MAX: Final = 10_000
_DIGITS_MAX: Final = 18
_NOTHING: Final = Decimal(0)
"""The very object: what stands at its default is not shown."""

Amount = Annotated[Decimal, Meta(extra={"not_negative": True}, extra_json_schema={"minimum": 0})]
RuleName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_.-]{1,40}$",
        extra={"words": "must have 1 to 40 letters, digits, hyphens, underscores or dots"},
    ),
]
Word = Annotated[str, Meta(min_length=1, max_length=40)]


class FeeRuleError(ValueError):
    """A rule is not as it must be; the text says which and why."""


class FeeRuleBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """POST /feeRules: which payments (empty: all), and what they cost whom."""

    name: RuleName
    kind: Literal["INTERCHANGE", "SCHEME"]
    paid_by: Literal["PAYER", "PAYEE"]
    currency: Word | None = None
    payers: tuple[Word, ...] = ()
    payees: tuple[Word, ...] = ()
    messages: tuple[Word, ...] = ()
    scenarios: tuple[Word, ...] = ()
    category_purposes: tuple[Word, ...] = ()
    service_levels: tuple[Word, ...] = ()
    amount_from: Amount = _NOTHING
    amount_below: Amount | None = None
    fixed: Amount = _NOTHING
    basis_points: Amount = _NOTHING
    minimum: Amount = _NOTHING
    maximum: Amount | None = None
    rounding: Literal["HALF_UP", "HALF_EVEN", "UP", "DOWN"] = "HALF_UP"
    on_return: Literal["KEEP", "REVERSE"] = "KEEP"
    rank: Annotated[int, Meta(ge=0, le=1_000_000)] = 100


class FeeRuleShown(msgspec.Struct, rename="camel"):
    """A rule as the operator sees it; `source` is `api` or `file`, `settledBy` the model that settles its fees."""

    name: str
    is_active: bool
    source: str
    settled_by: str | None
    rule: FeeRuleBody


class _File(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    fee_rules: tuple[FeeRuleBody, ...] = ()


_NUMBERS: Final = msgspec.json.Encoder(decimal_format="number")


def read_rules(content: bytes) -> tuple[FeeRule, ...]:
    """The rules of a TOML file; raises FeeRuleError."""
    try:
        # By way of JSON, so that a file is read exactly as the API is.
        table = tomllib.loads(content.decode(), parse_float=Decimal)
        found = msgspec.json.decode(_NUMBERS.encode(table), type=_File)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.DecodeError, TypeError) as error:
        raise FeeRuleError(f"fee rules: {error}") from error
    rules = tuple(rule_of(body) for body in found.fee_rules)
    names = [rule.name for rule in rules]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise FeeRuleError(f"fee rule {twice}: there are two of this name")
    return rules


def rule_of(body: FeeRuleBody) -> FeeRule:
    """The rule that a body means; raises FeeRuleError for what makes no sense."""
    wrong = _wrong(body)
    if wrong:
        raise FeeRuleError(f"fee rule {body.name}: {wrong}")
    return FeeRule(
        body.name,
        FeeKind(body.kind),
        FeeSide(body.paid_by),
        body.currency,
        tuple(map(FspId, body.payers)),
        tuple(map(FspId, body.payees)),
        body.messages,
        body.scenarios,
        body.category_purposes,
        body.service_levels,
        _exact(body.amount_from, _UNITS),
        None if body.amount_below is None else _exact(body.amount_below, _UNITS),
        _exact(body.fixed, _UNITS),
        _exact(body.basis_points, _MILLIONTHS),
        _exact(body.minimum, _UNITS),
        None if body.maximum is None else _exact(body.maximum, _UNITS),
        Rounding(body.rounding),
        OnReturn(body.on_return),
        body.rank,
    )


def _wrong(body: FeeRuleBody) -> str:
    """Why there can be no such rule; "" if there can."""
    charged = {"fixed": body.fixed, "minimum": body.minimum, "maximum": body.maximum or Decimal(0)}
    bands = {"amountFrom": body.amount_from, "amountBelow": body.amount_below or Decimal(0)}
    for name, amount in (charged | bands).items():
        if not amount.is_finite() or amount < 0 or amount.adjusted() >= _DIGITS_MAX or _fine(amount, _UNITS):
            return f"{name} {str(amount)[:40]} is no amount"
    if body.currency is None and any((charged | bands).values()):
        return "amounts need a currency"
    if body.currency is not None and minor_units(body.currency) is None:
        return f"{body.currency[:8]} is no currency in use here"
    for name, amount in charged.items():
        if body.currency is not None and _exact(amount, _UNITS) % step_of(body.currency):
            return f"{name} {amount} is finer than the minor unit of {body.currency}"
    points = body.basis_points
    if not points.is_finite() or not 0 <= points <= _BASIS_POINTS_MAX or _fine(points, _MILLIONTHS):
        return f"basisPoints {str(points)[:40]} is not between 0 and 10000 with at most 2 decimals"
    if not (body.fixed or points or body.minimum):
        return "it charges nothing: give fixed, basisPoints or minimum"
    if body.maximum is not None and body.maximum < max(body.minimum, Decimal("0.0001")):
        return "maximum is below minimum, or nothing"
    if body.amount_below is not None and body.amount_below <= body.amount_from:
        return "the band between amountFrom and amountBelow is empty"
    unknown = [name for name in body.messages if name not in FEE_MESSAGES]
    return f"message {unknown[0]} is none of {', '.join(FEE_MESSAGES)}" if unknown else ""


def _fine(value: Decimal, parts: int) -> bool:
    """Whether a value is finer than so many parts of one."""
    numerator, denominator = value.as_integer_ratio()
    return numerator * parts % denominator != 0


def _exact(value: Decimal, parts: int) -> int:
    numerator, denominator = value.as_integer_ratio()
    return numerator * parts // denominator


def body_of(rule: FeeRule) -> FeeRuleBody:
    """A rule as it is written."""
    return FeeRuleBody(
        rule.name,
        rule.kind.value,
        rule.paid_by.value,
        rule.currency,
        rule.payers,
        rule.payees,
        rule.messages,
        rule.scenarios,
        rule.category_purposes,
        rule.service_levels,
        _figure(rule.amount_from, _UNITS),
        None if rule.amount_below is None else _figure(rule.amount_below, _UNITS),
        _figure(rule.fixed, _UNITS),
        _figure(rule.millionths, _MILLIONTHS),
        _figure(rule.minimum, _UNITS),
        None if rule.maximum is None else _figure(rule.maximum, _UNITS),
        rule.rounding.value,
        rule.on_return.value,
        rule.rank,
    )


def _figure(units: int, parts: int) -> Decimal:
    if not units:
        return _NOTHING
    value = Decimal(units) / parts
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
