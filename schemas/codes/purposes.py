"""What a payment is for: FSPIOP transaction types and ISO purposes, both ways (table purposes.toml)."""

from functools import cache, lru_cache
from typing import Any, NamedTuple

from schemas.codes.tables import table


class Purpose(NamedTuple):
    """The ISO side: LclInstrm/Prtry, Purp/Cd, CtgyPurp/Cd."""

    local_instrument: str | None = None
    purpose: str | None = None
    category: str | None = None


class Kind(NamedTuple):
    """The FSPIOP side: scenario, initiator, initiator type."""

    scenario: str
    initiator: str
    initiator_type: str


@cache
def purpose_of(scenario: str, initiator: str, initiator_type: str) -> Purpose:
    """The ISO codes of a transaction type: the row with its initiator type, else the scenario's first row."""
    rows = [row for row in table("purposes")["row"] if row["scenario"] == scenario]
    close = [row for row in rows if row["initiator"] == initiator] or rows
    exact = [row for row in close if row["kind"] == initiator_type] or close
    return _purpose(exact[0]) if exact else Purpose()


@lru_cache(maxsize=1024)
def kind_of(local: str | None, purpose: str | None, category: str | None, *, organisation: bool) -> Kind:
    """The transaction type: local instrument first, then purpose, then category; else a transfer by its debtor."""
    rows: list[dict[str, Any]] = table("purposes")["row"]
    default = Kind("TRANSFER", "PAYER", "BUSINESS" if organisation else "CONSUMER")
    for row in rows:
        if local and row["local"] == local:
            return _kind(row)
    for row in rows:
        if purpose and purpose in (row.get("purpose"), *row.get("also_purpose", ())):
            return _kind(row)
    for row in rows:
        if category and category in (row.get("category"), *row.get("also_category", ())):
            return _kind(row)
    return default


def _purpose(row: dict[str, Any]) -> Purpose:
    return Purpose(row["local"], row.get("purpose"), row.get("category"))


def _kind(row: dict[str, Any]) -> Kind:
    return Kind(row["scenario"], row["initiator"], row["kind"])
