"""Bank transaction codes of bookings: domain, family and sub-family by what was booked, and which way (table 9)."""

from typing import Final

from schemas.canonical.reports import MovementKind

Triple = tuple[str, str, str]

_CODES: Final[dict[MovementKind, tuple[Triple, Triple]]] = {
    MovementKind.PAYMENT: (("PMNT", "RRCT", "DMCT"), ("PMNT", "IRCT", "DMCT")),
    MovementKind.CONVERSION: (("PMNT", "RRCT", "XBCT"), ("PMNT", "IRCT", "XBCT")),
    MovementKind.RETURN: (("PMNT", "RRCT", "RRTN"), ("PMNT", "IRCT", "RRTN")),
    MovementKind.NET_SETTLEMENT: (("PMNT", "RCDT", "FICT"), ("PMNT", "ICDT", "FICT")),
    MovementKind.GROSS_SETTLEMENT: (("PMNT", "RCDT", "FICT"), ("PMNT", "ICDT", "FICT")),
    MovementKind.INTERCHANGE_FEE: (("ACMT", "MCOP", "COMM"), ("ACMT", "MDOP", "COMM")),
    MovementKind.SCHEME_FEE: (("ACMT", "MCOP", "CHRG"), ("ACMT", "MDOP", "CHRG")),
    MovementKind.FUNDS: (("CAMT", "ACCB", "TOPG"), ("CAMT", "ACCB", "SWEP")),
    MovementKind.OPENING: (("ACMT", "MCOP", "ADJT"), ("ACMT", "MDOP", "ADJT")),
    MovementKind.LATE: (("ACMT", "MCOP", "ADJT"), ("ACMT", "MDOP", "ADJT")),
    MovementKind.OTHER: (("PMNT", "OTHR", "OTHR"), ("PMNT", "OTHR", "OTHR")),
}


def transaction_code(kind: MovementKind, *, credit: bool) -> Triple:
    """The code of a booking that was credited to an account, or debited."""
    credited, debited = _CODES[kind]
    return credited if credit else debited
