"""Fee rules as they are written: read exactly from TOML, shown as they were given, refused with the reason."""

from decimal import Decimal

import msgspec
import pytest

from schemas.canonical.fees import FeeKind, FeeRule, FeeSide, OnReturn, Rounding
from switch.fee_rules import FeeRuleBody, FeeRuleError, body_of, read_rules, rule_of

FILE = b"""
[[feeRules]]
name = "RETAIL"
kind = "INTERCHANGE"
paidBy = "PAYEE"
currency = "USD"
payers = ["bank-a"]
messages = ["pacs.008", "transfers"]
categoryPurposes = ["SALA"]
amountFrom = 10
amountBelow = 1000.5
fixed = 0.10
basisPoints = 12.25
minimum = 0.05
maximum = 5
rounding = "HALF_EVEN"
onReturn = "REVERSE"
rank = 3

[[feeRules]]
name = "SCHEME"
kind = "SCHEME"
paidBy = "PAYER"
basisPoints = 0.01
"""


def test_a_file_is_read_to_the_unit():
    assert read_rules(FILE) == (
        FeeRule(
            "RETAIL", FeeKind.INTERCHANGE, FeeSide.PAYEE, "USD", ("bank-a",), (), ("pacs.008", "transfers"), (),
            ("SALA",), (), 100_000, 10_005_000, 1_000, 1_225, 500, 50_000, Rounding.HALF_EVEN, OnReturn.REVERSE, 3,
        ),
        FeeRule("SCHEME", FeeKind.SCHEME, FeeSide.PAYER, millionths=1),
    )  # fmt: skip


def test_a_rule_is_shown_as_it_was_given():
    for rule in read_rules(FILE):
        assert rule_of(body_of(rule)) == rule
    assert (body_of(read_rules(FILE)[0]).basis_points, body_of(read_rules(FILE)[0]).maximum) == (Decimal("12.25"), 5)


def test_a_file_without_rules_has_none():
    assert read_rules(b"") == ()


BODY = {"name": "R", "kind": "SCHEME", "paidBy": "PAYER", "currency": "USD", "fixed": "1"}
WRONG = [
    ({"fixed": "0"}, "it charges nothing"),
    ({"currency": None}, "amounts need a currency"),
    ({"currency": "ZZZ"}, "ZZZ is no currency"),
    ({"fixed": "0.001"}, "fixed 0.001 is finer than the minor unit of USD"),
    ({"fixed": "0.00001"}, "fixed 0.00001 is no amount"),
    ({"amountFrom": "NaN"}, "amountFrom NaN is no amount"),
    ({"maximum": "1E+30"}, "maximum 1E+30 is no amount"),
    ({"basisPoints": "0.001"}, "basisPoints 0.001 is not between"),
    ({"basisPoints": "10001"}, "basisPoints 10001 is not between"),
    ({"minimum": "2", "maximum": "1"}, "maximum is below minimum"),
    ({"maximum": "0"}, "maximum is below minimum, or nothing"),
    ({"amountFrom": "2", "amountBelow": "2"}, "the band between amountFrom and amountBelow is empty"),
    ({"messages": ["camt.053"]}, "message camt.053 is none of pacs.008, "),
]


@pytest.mark.parametrize(("change", "text"), WRONG)
def test_what_makes_no_sense_is_refused_with_the_reason(change, text):
    with pytest.raises(FeeRuleError, match="fee rule R: ") as refused:
        rule_of(msgspec.convert(BODY | change, FeeRuleBody))
    assert text in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b"[[feeRules]]\nname = 1", b"[[rules]]", b"=", b"\xff", FILE + FILE,
        b"[[feeRules]]\nname = 'R'\nkind = 'TAX'\npaidBy = 'PAYER'", b"feeRules = 2026-01-01",
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_stops_the_start(content):
    with pytest.raises(FeeRuleError):
        read_rules(content)
