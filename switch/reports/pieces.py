"""Pieces that several reports are made of: columns, and SQL that names what postings are for."""

from typing import Final

from schemas.canonical.fees import PREFIXES, FeeKind
from switch.bookings import GROSS, OF_TRANSFERS
from switch.reports.dataset import Column, ColumnKind

SETTLEMENT_ID: Final = Column("settlementId", "Settlement", ColumnKind.COUNT)
CURRENCY: Final = Column("currency", "Currency")
PARTICIPANT: Final = Column("participant", "Participant")


def money(name: str, title: str) -> Column:
    """A column of amounts."""
    return Column(name, title, ColumnKind.MONEY)


def count(name: str, title: str) -> Column:
    """A column of whole numbers."""
    return Column(name, title, ColumnKind.COUNT)


def time(name: str, title: str) -> Column:
    """A column of moments."""
    return Column(name, title, ColumnKind.TIME)


# s: the settlement; w: its windows; a: its accounts with their nets.
OF_SETTLEMENT: Final = """WITH s AS (
    SELECT key::bigint AS id, body FROM records WHERE kind = 'settlement' AND key = %(settlement)s::text
), w AS (
    SELECT v.value::bigint AS id FROM s, json_array_elements_text(s.body -> 'windows') AS v(value)
), a AS (
    SELECT s.id AS settlement, (v.value ->> 'account')::bigint AS account, v.value ->> 'owner' AS owner,
           v.value ->> 'currency' AS currency, (v.value ->> 'units')::numeric AS units, v.value ->> 'state' AS state,
           coalesce(v.value ->> 'reason', '') AS reason,
           coalesce(v.value ->> 'external_reference', '') AS external_reference,
           (v.value ->> 'changed')::timestamptz AS changed
    FROM s, json_array_elements(s.body -> 'accounts') AS v(value)
)"""
_NAMED: Final = ", ".join(f"'{prefix.strip()}'" for prefix in OF_TRANSFERS)
TRANSFER_OF: Final = f"CASE WHEN split_part({{0}}, ' ', 1) IN ({_NAMED}) THEN split_part({{0}}, ' ', 2) ELSE {{0}} END"
"""The transfer that a posting's reference is about."""
TYPE_OF: Final = f"""CASE split_part({{0}}, ' ', 1) WHEN '{GROSS.strip()}' THEN 'GROSS_SETTLEMENT'
    WHEN '{PREFIXES[FeeKind.INTERCHANGE].strip()}' THEN 'INTERCHANGE_FEE'
    WHEN '{PREFIXES[FeeKind.SCHEME].strip()}' THEN 'SCHEME_FEE'
    ELSE CASE WHEN {{1}}.determines IS NULL THEN 'TRANSFER' ELSE 'CONVERSION' END END"""
"""What a posting is, by its reference and its transfer."""
