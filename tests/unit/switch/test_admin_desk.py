"""The operator API's figures: exact both ways, never rounded, never a binary fraction."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical.identity import FspId
from switch.admin.desk import Desk, RefusalError, answer, instant, money, number
from switch.bus.memory import MemoryBus
from switch.store.memory import MemoryStore

LARGEST = 10**22 - 1


@given(st.integers(0, LARGEST))
def test_units_become_a_number_and_come_back(units):
    shown = msgspec.json.decode(answer(number(units)).body, type=Decimal)
    assert money(shown, "USD").units == units


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_a_number_is_taken_exactly_or_refused(amount):
    try:
        taken = money(amount, "USD")
    except RefusalError:
        return
    assert taken.units == Fraction(amount) * 10_000


@pytest.mark.parametrize(
    "text", ["1.00001", "1e18", "-0.0001", "NaN", "Infinity", "1e999999", "1e-999999", "1." + "0" * 60 + "1"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(RefusalError) as refused:
        money(Decimal(text), "USD")
    assert refused.value.fault.fspiop == "3101"


@pytest.mark.parametrize(("units", "text"), [(0, b"0"), (1, b"0.0001"), (15_000, b"1.5"), (1_000_000, b"100")])
def test_figures_have_no_trailing_zeros(units, text):
    assert answer(number(units)).body == text


def test_moments_have_milliseconds():
    assert instant(datetime(2026, 11, 20, 6, 0, 0, 1999, tzinfo=UTC)) == "2026-11-20T06:00:00.001Z"
    assert instant(None) is None


@pytest.mark.parametrize(
    ("allowed", "code", "taken"),
    [(None, "CHF", True), (None, "ZZZ", False), (None, "XAU", False), (frozenset({"USD"}), "CHF", False)],
)
def test_currencies_the_hub_may_hold(allowed, code, taken):
    desk = Desk(MemoryBus(), MemoryStore(lambda: datetime.now(UTC)), FspId("Hub"), allowed)
    if taken:
        assert desk.currency(code) == code
    else:
        with pytest.raises(RefusalError):
            desk.currency(code)
