"""What instructions to settlement agents and their movements are called in messages; every id names its settlement.

`S42USD1` is the first instruction of settlement 42 in dollars, `S42USD1M1003` its movement of account 1003, and
`S42USD1M1003R` the return of that. A payment that is booked by itself has its own id, its second leg `L2` behind it,
the return of a leg `R`. A return that was refused and is ordered again has the next letter. A MsgId is one of these
with a digest behind it, so that it is never used twice.
"""

import hashlib
import re
from datetime import datetime
from typing import Final, NamedTuple

from schemas.canonical.identity import TransferId, derived_uuid, iso_reference, transfer_id_of, uetr_of

RETURNS_MAX: Final = 9
"""How often something can be ordered back."""
_FIRST: Final = "R"
_DIGEST: Final = 12
_NAME: Final = re.compile(
    r"S([0-9]{1,12})([A-Z]{3})([0-9]{1,3})(?:M([0-9]{1,12})([R-Z])?)?(?:X[0-9A-F]{12})?", re.ASCII
)  # fmt: skip
_LEG: Final = re.compile(r"[GF]?([0-9A-Fa-f]{32}|[0-7][0-9A-HJKMNP-TV-Z]{25})(L2)?([R-Z])?", re.ASCII)


class NamedLeg(NamedTuple):
    """What an id names: a leg of a payment by the payment's id and the leg's place in it, or a return (from 1)."""

    transfer_id: TransferId
    place: int
    back: int


class Named(NamedTuple):
    """What an id names: an instruction by key (settlement and currency) and attempt, a movement of it, a return."""

    settlement: int
    key: str
    attempt: int
    movement: str
    back: int


def movement_id(name: str, account: int) -> str:
    """The id of an instruction's movement of one account."""
    return f"{name}M{account}"


def return_id(movement: str, number: int = 1) -> str:
    """The id of the return of a movement: of the first order to give it back, or of a later one."""
    return f"{movement}{_mark(number)}"


def _mark(number: int) -> str:
    if not 0 <= number <= RETURNS_MAX:
        raise ValueError(f"return {number} has no letter")
    return chr(ord(_FIRST) + number - 1) if number else ""


def _number(mark: str | None) -> int:
    return ord(mark) - ord(_FIRST) + 1 if mark else 0


def message_id(name: str, created: datetime) -> str:
    """The MsgId of the message that tells of an instruction, a movement or a return: the same whenever it is made."""
    digest = hashlib.sha256(f"{name} {created.isoformat()}".encode()).hexdigest()[:_DIGEST].upper()
    return f"{name}X{digest}"


def uetr(name: str, created: datetime) -> str:
    """The UETR of the transfer for a movement or a return."""
    return derived_uuid("settlement", name, created.isoformat())


def named(text: str | None) -> Named | None:
    """What an id names, None if it is none of these."""
    found = _NAME.fullmatch(text.strip()) if text else None
    if found is None:
        return None
    settlement, currency, attempt, account, back = found.groups()
    key = f"S{settlement}{currency}"
    movement = movement_id(f"{key}{attempt}", int(account)) if account else ""
    return Named(int(settlement), key, int(attempt), movement, _number(back))


def leg_id(transfer: TransferId, place: int, *, back: int = 0) -> str:
    """The id of a leg of a payment, or of a return of it (from 1), at most 35 characters."""
    return iso_reference(transfer) + ("L2" if place else "") + _mark(back)


def leg_uetr(transfer: TransferId, place: int, *, back: int = 0) -> str:
    """Its UETR: the payment's own for its first leg."""
    return derived_uuid("leg", leg_id(transfer, place, back=back)) if place or back else uetr_of(transfer)


def named_leg(text: str | None) -> NamedLeg | None:
    """What an id (or a MsgId, with a letter before it) names, None if it is none of these."""
    found = _LEG.fullmatch(text.strip()) if text else None
    if found is None:
        return None
    own, second, back = found.groups()
    return NamedLeg(transfer_id_of(None, own, "", ""), int(second is not None), _number(back))
