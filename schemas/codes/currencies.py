"""Currencies: ISO 4217 minor units, and the codes the FSPIOP data model lists (CurrencyEnum).

The data is in `currencies.toml`; a code that is not there is unknown and its amounts are refused.
"""

from typing import Any

from schemas.codes.tables import table


def _digits(groups: dict[str, Any], *names: str) -> dict[str, int]:
    return {code: int(digits) for name in names for digits, codes in groups[name].items() for code in codes.split()}


_TABLE = table("currencies")
_MINOR_UNITS = _digits(_TABLE, "active", "test", "withdrawn", "unofficial")

ACTIVE: frozenset[str] = frozenset(_digits(_TABLE, "active"))
"""Active ISO 4217 codes in which money can be held."""

TEST: frozenset[str] = frozenset(_digits(_TABLE, "test"))
"""XTS, XXX and XDR: only where a profile allows them."""

FSPIOP: frozenset[str] = frozenset(_TABLE["fspiop"]["codes"].split())
"""The 164 codes of the FSPIOP enumeration."""

WITHOUT_AMOUNTS: frozenset[str] = frozenset(_TABLE["without_amounts"]["codes"].split())
"""Codes of ISO 4217 that have no minor unit (metals, bond units): no amounts in them."""


def minor_units(currency: str) -> int | None:
    """Digits after the decimal point of `currency` (ISO 4217); None for an unknown code or one without amounts."""
    return _MINOR_UNITS.get(currency)


def known() -> frozenset[str]:
    """Every code that has a minor unit, withdrawn and test codes too."""
    return frozenset(_MINOR_UNITS)
