"""Minor units follow ISO 4217 and every currency an FSPIOP message may name is known."""

import pytest

from schemas.codes.currencies import ACTIVE, FSPIOP, TEST, WITHOUT_AMOUNTS, minor_units


@pytest.mark.parametrize(
    ("currency", "digits"),
    [
        ("JPY", 0),
        ("XOF", 0),
        ("UGX", 0),
        ("USD", 2),
        ("KES", 2),
        ("MGA", 2),
        ("KWD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("XTS", 2),
    ],
)
def test_minor_units(currency: str, digits: int) -> None:
    assert minor_units(currency) == digits


@pytest.mark.parametrize("code", ["XAU", "XBA", "QQQ", "usd", "", "US", "USDD"])
def test_no_amounts_in_unknown_codes(code: str) -> None:
    assert minor_units(code) is None


def test_every_fspiop_code_is_known() -> None:
    assert len(FSPIOP) == 164
    assert [code for code in sorted(FSPIOP) if minor_units(code) is None] == []


def test_groups_do_not_overlap() -> None:
    assert not ACTIVE & TEST
    assert not (ACTIVE | TEST) & WITHOUT_AMOUNTS
