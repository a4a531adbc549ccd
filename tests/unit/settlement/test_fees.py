"""Fees to the unit: which rule fits, every way to round, bounds, and what goes back with a returned part."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical.fees import FeeKind, FeeRule, FeeSide, Rounding
from settlement.fees import Facts, fee_of, fits, fitting, given_back, ranked, step_of

CENT = 100
RULE = FeeRule("R", FeeKind.INTERCHANGE, FeeSide.PAYER, millionths=1)
FACTS = Facts("a", "b", 500 * 10_000, "USD", "pacs.008", lambda: "TRANSFER", "SALA", "URGP")


def fits_with(facts=FACTS, **conditions):
    return fits(msgspec.structs.replace(RULE, **conditions), facts)


CONDITIONS = [
    ({}, True),
    ({"currency": "USD"}, True), ({"currency": "EUR"}, False),
    ({"payers": ("x", "a")}, True), ({"payers": ("b",)}, False),
    ({"payees": ("b",)}, True), ({"payees": ("a",)}, False),
    ({"messages": ("transfers", "pacs.008")}, True), ({"messages": ("transfers",)}, False),
    ({"scenarios": ("TRANSFER",)}, True), ({"scenarios": ("REFUND",)}, False),
    ({"category_purposes": ("SALA",)}, True), ({"category_purposes": ("SUPP",)}, False),
    ({"service_levels": ("URGP",)}, True), ({"service_levels": ("SEPA",)}, False),
    ({"amount_from": 5_000_000}, True), ({"amount_from": 5_000_001}, False),
    ({"amount_below": 5_000_001}, True), ({"amount_below": 5_000_000}, False),
]  # fmt: skip


@pytest.mark.parametrize(("conditions", "expected"), CONDITIONS)
def test_each_condition_decides(conditions, expected):
    assert fits_with(**conditions) is expected


@pytest.mark.parametrize("message", ["returns", "fxTransfers"])
def test_returns_and_conversions_cost_only_what_a_rule_says_of_them(message):
    facts = FACTS._replace(message=message)
    assert not fits_with(facts)
    assert fits_with(facts, messages=(message,))


def test_a_payment_without_codes_fits_no_rule_that_asks_for_one():
    assert not fits_with(FACTS._replace(category_purpose=None), category_purposes=("SALA",))


def test_of_each_kind_the_first_in_rank_and_then_name_counts():
    rules = [
        msgspec.structs.replace(RULE, name=name, rank=rank, kind=FeeKind(kind), active=active)
        for name, rank, kind, active in (
            ("late", 9, "INTERCHANGE", True), ("off", 1, "INTERCHANGE", False), ("b", 5, "INTERCHANGE", True),
            ("a", 5, "INTERCHANGE", True), ("scheme", 7, "SCHEME", True),
        )
    ]  # fmt: skip
    assert [rule.name for rule in fitting(ranked(rules), FACTS)] == ["a", "scheme"]


def fee(units, currency="USD", **terms):
    return fee_of(msgspec.structs.replace(RULE, **{"millionths": 0, **terms}), units, currency)


# 0.25 % of 2.00 is half a cent; of 6.00 one and a half.
HALVES = [
    (Rounding.HALF_UP, 20_000, CENT), (Rounding.HALF_UP, 60_000, 2 * CENT), (Rounding.HALF_UP, 19_999, 0),
    (Rounding.HALF_EVEN, 20_000, 0), (Rounding.HALF_EVEN, 60_000, 2 * CENT), (Rounding.HALF_EVEN, 20_001, CENT),
    (Rounding.UP, 1, CENT), (Rounding.UP, 40_000, CENT), (Rounding.UP, 0, 0),
    (Rounding.DOWN, 39_999, 0), (Rounding.DOWN, 40_000, CENT),
]  # fmt: skip


@pytest.mark.parametrize(("rounding", "units", "expected"), HALVES)
def test_a_share_is_rounded_to_the_minor_unit_as_the_rule_names_it(rounding, units, expected):
    assert fee(units, millionths=2500, rounding=rounding) == expected


@pytest.mark.parametrize(
    ("currency", "step", "expected"), [("JPY", 10_000, 10_000), ("USD", 100, 12_300), ("KWD", 10, 12_340)]
)
def test_each_currency_has_its_own_minor_unit(currency, step, expected):
    assert step_of(currency) == step
    assert fee(12_340, currency, millionths=1_000_000) == expected


BOUNDS = [(10_000, 5_000), (200_000, 12_000), (4_000_000, 30_000)]


@pytest.mark.parametrize(("units", "expected"), BOUNDS)
def test_fixed_part_and_share_stay_within_the_bounds(units, expected):
    assert fee(units, fixed=2_000, millionths=50_000, minimum=5_000, maximum=30_000) == expected


@given(
    units=st.integers(1, 10**22), millionths=st.integers(0, 10**6), fixed=st.integers(0, 10**6).map(lambda n: n * CENT),
    rounding=st.sampled_from(list(Rounding)),
)  # fmt: skip
def test_a_fee_is_a_whole_number_of_minor_units_less_than_one_from_the_exact_share(units, millionths, fixed, rounding):
    found = fee(units, fixed=fixed, millionths=millionths, rounding=rounding)
    off = found - (fixed + Fraction(units * millionths, 10**6))
    assert found % CENT == 0
    low, high = {
        Rounding.DOWN: (-CENT, 0), Rounding.UP: (0, CENT), Rounding.HALF_UP: (-CENT / 2, CENT / 2),
        Rounding.HALF_EVEN: (-CENT / 2, CENT / 2),
    }[rounding]  # fmt: skip
    assert low <= off <= high


@given(
    parts=st.lists(st.integers(1, 10**9), min_size=1, max_size=8),
    fee=st.integers(0, 10**6).map(lambda n: n * CENT),
)
def test_parts_of_a_fee_go_back_in_cents_and_in_the_end_all_of_it(parts, fee):
    amount, returned, shares = sum(parts), 0, []
    for part in parts:
        before = given_back(fee, returned, amount, "USD")
        returned += part
        shares.append(given_back(fee, returned, amount, "USD") - before)
    assert sum(shares) == fee
    assert all(share >= 0 and share % CENT == 0 for share in shares)
