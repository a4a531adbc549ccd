"""Why a party was not verified: FSPIOP error codes and ISO 20022 verification reasons (table verification.toml)."""

from functools import cache
from typing import Final

from schemas.codes.tables import table

_GENERAL: Final = "3204"


@cache
def verification_reason(fspiop: str) -> str:
    """The reason for an FSPIOP error code: its own row, else that of its group."""
    rows: dict[str, str] = table("verification")["to_iso"]
    return rows.get(fspiop) or rows.get(fspiop[:1]) or word("unsaid")


@cache
def error_code(reason: str | None) -> str:
    """The FSPIOP error code for the reason a bank gave; a reason that no row names means that the party is unknown."""
    rows: dict[str, str] = table("verification")["to_fspiop"]
    return rows.get(reason or "", _GENERAL)


@cache
def word(finding: str) -> str:
    """The reason of a finding of the hub: names are `close` or `none`, nobody can say (`unsaid`) or did (`silent`)."""
    return str(table("verification")["words"][finding])
