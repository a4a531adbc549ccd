"""Balances of the operator API are read exactly, whatever the JSON number looks like."""

import msgspec
import pytest

from switch.sandbox.onboarding import AccountView


@pytest.mark.parametrize(
    ("number", "units"),
    [("0", 0), ("5", 50_000), ("-1000000", -10_000_000_000), ("0.0001", 1), ("-0.5", -5_000), ("312.5000", 3_125_000)],
)
def test_balance_is_exact(number, units):
    text = f'{{"id":1,"ledgerAccountType":"POSITION","currency":"USD","isActive":1,"value":{number}}}'

    assert msgspec.json.decode(text, type=AccountView).units == units
