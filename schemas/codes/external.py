"""Finite sets of ISO 20022's external code lists, and currencies of the past (table external.toml)."""

from schemas.codes.currencies import WITHOUT_AMOUNTS, known
from schemas.codes.tables import table

_TABLE = table("external")


def codes(name: str) -> frozenset[str]:
    """The codes of one set."""
    return frozenset(str(_TABLE[name]).split())


CURRENCIES: frozenset[str] = known() | WITHOUT_AMOUNTS | frozenset(_TABLE["withdrawn"]["currencies"].split())
"""Every currency code that ISO 4217 has or had, metals and test codes too."""
