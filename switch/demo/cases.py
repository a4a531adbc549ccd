"""The cases of the demo and how each must end: nine for each of the four directions between banks and DFSPs."""

from enum import StrEnum
from typing import Final

import msgspec

from switch.sandbox.behaviour import ACCEPT, SILENT, Behaviour, reject
from switch.sandbox.outcome import End
from switch.sandbox.scheme import BLUE, GREEN, PINK, YELLOW


class Case(StrEnum):
    """What happens to the payment."""

    SUCCESS = "success"
    REJECTED = "rejected by the payee"
    EXPIRED = "no answer until expiry"
    NO_LIQUIDITY = "insufficient liquidity"
    UNKNOWN_PAYEE = "unknown payee"
    REPEATED = "same message again"
    CHANGED = "same id, other amount"
    BAD_SIGNATURE = "broken signature"
    BAD_SCHEMA = "against its schema"


class Direction(msgspec.Struct, frozen=True):
    """Who pays whom. Each direction has a currency of its own, so that the four run at once and each effect shows."""

    payer: str
    payee: str
    payer_kind: str
    payee_kind: str
    currency: str

    @property
    def title(self) -> str:
        """Such as `bank → DFSP`."""
        return f"{self.payer_kind} → {self.payee_kind}"


BANK, DFSP = "bank", "DFSP"
DIRECTIONS: Final = (
    Direction(BLUE, GREEN, BANK, BANK, "USD"),
    Direction(GREEN, YELLOW, BANK, DFSP, "EUR"),
    Direction(PINK, BLUE, DFSP, BANK, "KES"),
    Direction(YELLOW, PINK, DFSP, DFSP, "XOF"),
)


class Expected(msgspec.Struct, frozen=True):
    """How a case must end: what the payer is told, and how many times the money moves and the customer gets it.

    `path`: the element at which an XML error must be located, with its line.
    """

    end: End
    code: str
    moves: int = 0
    http_status: int = 0
    path: str = ""


_PAYEE: Final = {
    Case.EXPIRED: SILENT,
}
_REJECT: Final = {BANK: reject("AC04", "account closed"), DFSP: reject("5104", "customer said no")}
# What the payer reads when the payee's own refusal is translated: ISO reason <-> FSPIOP error.
_REJECTED: Final = {
    (BANK, BANK): "AC04",
    (BANK, DFSP): "MS02",
    (DFSP, BANK): "5107",
    (DFSP, DFSP): "5104",
}
_UNKNOWN: Final = {(BANK, BANK): "RC04", (BANK, DFSP): "BE06", (DFSP, BANK): "3204", (DFSP, DFSP): "3204"}
_BY_PAYER: Final[dict[str, dict[Case, Expected]]] = {
    BANK: {
        Case.SUCCESS: Expected(End.SETTLED, "ACSC", 1),
        Case.EXPIRED: Expected(End.REFUSED, "AB05"),
        Case.NO_LIQUIDITY: Expected(End.REFUSED, "AM23"),
        Case.REPEATED: Expected(End.SETTLED, "ACSC", 1),
        Case.CHANGED: Expected(End.REFUSED, "DUPL", 1),
        Case.BAD_SIGNATURE: Expected(End.NOT_TAKEN, "DS0H", http_status=400),
        Case.BAD_SCHEMA: Expected(End.NOT_TAKEN, "FF01", http_status=400, path="ChrgBr"),
    },
    DFSP: {
        Case.SUCCESS: Expected(End.SETTLED, "COMMITTED", 1),
        Case.EXPIRED: Expected(End.REFUSED, "3303"),
        Case.NO_LIQUIDITY: Expected(End.REFUSED, "4001"),
        Case.REPEATED: Expected(End.SETTLED, "COMMITTED", 1),
        Case.CHANGED: Expected(End.REFUSED, "3106", 1),
        Case.BAD_SIGNATURE: Expected(End.NOT_TAKEN, "3105", http_status=400),
        Case.BAD_SCHEMA: Expected(End.NOT_TAKEN, "3100", http_status=400),
    },
}


def expected(case: Case, direction: Direction) -> Expected:
    """How this case must end in this direction."""
    kinds = (direction.payer_kind, direction.payee_kind)
    if case is Case.REJECTED:
        return Expected(End.REFUSED, _REJECTED[kinds])
    if case is Case.UNKNOWN_PAYEE:
        return Expected(End.REFUSED, _UNKNOWN[kinds])
    return _BY_PAYER[direction.payer_kind][case]


def behaviour(case: Case, direction: Direction) -> Behaviour:
    """What the payee does in this case."""
    if case is Case.REJECTED:
        return _REJECT[direction.payee_kind]
    return _PAYEE.get(case, ACCEPT)


def told(case: Case, direction: Direction) -> tuple[str, ...]:
    """What the payee must be told in the end, in its own words; empty if nothing."""
    if case is Case.EXPIRED:
        return ("RJCT",) if direction.payee_kind == BANK else ("3303",)
    if expected(case, direction).moves:
        return ("ACSC",) if direction.payee_kind == BANK else ("COMMITTED",)
    return ()


def asked(case: Case) -> int:
    """How often the payee is asked to take the payment."""
    return 0 if case in _NEVER_SENT else 1


_NEVER_SENT: Final = frozenset({Case.NO_LIQUIDITY, Case.UNKNOWN_PAYEE, Case.BAD_SIGNATURE, Case.BAD_SCHEMA})
