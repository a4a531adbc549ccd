"""Cover comes before cap, both on figures that include what is reserved already, and both to the last unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical.participants import AccountType, LedgerAccount
from settlement.limits import cover_of, free_cover, refusal

UNITS = st.integers(0, 10**20)


def pair(cap=100, cover=100, pending=0, posted=0, credit=0):
    position = LedgerAccount(
        1,
        "a",
        AccountType.POSITION,
        "USD",
        True,
        debits_pending=pending,
        debits_posted=posted,
        credits_posted=credit,
        cap=cap,
    )
    return position, LedgerAccount(2, "a", AccountType.SETTLEMENT, "USD", True, credits_posted=cover)


@pytest.mark.parametrize(
    ("books", "units", "code"),
    [
        (pair(), 100, None),
        (pair(), 101, "4001"),
        (pair(cap=99), 100, "4200"),
        (pair(cap=99, cover=99), 100, "4001"),
        (pair(pending=40, posted=20), 40, None),
        (pair(pending=40, posted=20), 41, "4001"),
        (pair(credit=50), 150, None),
        (pair(credit=50), 151, "4001"),
        (pair(cap=None), 1, "4200"),
        (pair(cap=10**6), 101, "4001"),
    ],
)
def test_a_reservation_fits_or_names_the_limit_it_breaks(books, units, code):
    found = refusal(*books, units)
    assert (found.fspiop if found else None) == code


@given(UNITS, UNITS, UNITS, UNITS, UNITS, UNITS)
def test_what_is_granted_leaves_neither_cover_nor_cap_overdrawn(cap, cover, pending, posted, credit, units):
    position, settlement = pair(cap, cover, pending, posted, credit)
    if refusal(position, settlement, units) is None:
        after = position.value + units
        assert after <= cover_of(settlement)
        assert after <= cap


@given(UNITS, UNITS, UNITS)
def test_free_cover_is_never_more_than_the_deposit_nor_than_the_position_leaves(cover, posted, credit):
    position, settlement = pair(cover=cover, posted=posted, credit=credit)
    assert free_cover(position, settlement) <= cover
    assert free_cover(position, settlement) <= cover - position.value
