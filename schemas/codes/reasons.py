"""Why a payment was refused: FSPIOP error codes and ISO 20022 status reasons, both ways (table reasons.toml)."""

from functools import cache
from typing import Final

from schemas.codes.tables import table

NARRATIVE: Final = "NARR"
"""The ISO reason that says: read the text."""
_GENERAL: Final = "5000"
"""The FSPIOP code of a payee side's refusal that no row names."""


@cache
def iso_reason(fspiop: str) -> str:
    """The ISO reason for an FSPIOP error code; a scheme's own code counts as the general one of its group."""
    rows: dict[str, str] = table("reasons")["to_iso"]
    return rows.get(fspiop) or rows.get(f"{fspiop[:2]}00") or NARRATIVE


@cache
def fspiop_code(iso: str) -> str:
    """The FSPIOP error code for the reason a payee's bank gave; exact rows before families (`DS0*`)."""
    if len(iso) == 4 and iso.isdecimal():
        return iso if iso[0] != "0" else _GENERAL
    rows: dict[str, list[str]] = table("reasons")["to_fspiop"]
    for code, reasons in rows.items():
        if iso in reasons:
            return code
    for length in (3, 2):
        for code, reasons in rows.items():
            if f"{iso[:length]}*" in reasons:
                return code
    return _GENERAL
