"""Countries of ISO 3166 and the lengths of their IBANs (table countries.toml)."""

from schemas.codes.tables import table

_TABLE = table("countries")

KNOWN: frozenset[str] = frozenset(
    code for group in ("assigned", "reserved", "users") for code in str(_TABLE[group]).split()
)
"""Codes that name a country, once did, or are free for users: what is not here was never given out."""

IBAN_LENGTHS: dict[str, int] = {
    country: int(length) for length, countries in _TABLE["iban"].items() for country in countries.split()
}
"""Country -> characters of its IBANs; a country that is not here is not in the registry."""

SEPA: frozenset[str] = frozenset(_TABLE["sepa"]["countries"].split())
"""Countries that the euro payment schemes reach."""
