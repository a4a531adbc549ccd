"""What instructions to settlement agents and their movements are called in messages; every id names its settlement.

`S42USD1` is the first instruction of settlement 42 in dollars, `S42USD1M1003` its movement of account 1003, and
`S42USD1M1003R` the return of that. A payment that is booked by itself has its own id, its second leg `L2` behind it,
and the return of a leg `R`. A MsgId is one of these with a digest behind it, so that it is never used twice.
"""

import hashlib
import re
from datetime import datetime
from typing import Final, NamedTuple

from schemas.canonical.identity import TransferId, derived_uuid, iso_reference, transfer_id_of, uetr_of

_DIGEST: Final = 12
_NAME: Final = re.compile(r"S([0-9]{1,12})([A-Z]{3})([0-9]{1,3})(?:M([0-9]{1,12})(R)?)?(?:X[0-9A-F]{12})?", re.ASCII)

_LEG: Final = re.compile(r"[GF]?([0-9A-Fa-f]{32}|[0-7][0-9A-HJKMNP-TV-Z]{25})(L2)?(R)?", re.ASCII)


class NamedLeg(NamedTuple):
    """What an id names: a leg of a payment by the payment's id and the leg's place in it, or its return."""

    transfer_id: TransferId
    place: int
    back: bool


class Named(NamedTuple):
    """What an id names: an instruction by key (settlement and currency) and attempt, a movement of it, its return."""

    settlement: int
    key: str
    attempt: int
    movement: str
    back: bool


def movement_id(name: str, account: int) -> str:
    """The id of an instruction's movement of one account."""
    return f"{name}M{account}"


def return_id(movement: str) -> str:
    """The id of the return of a movement."""
    return f"{movement}R"


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
    return Named(int(settlement), key, int(attempt), movement, back is not None)


def leg_id(transfer: TransferId, place: int, *, back: bool = False) -> str:
    """The id of a leg of a payment, or of its return, at most 35 characters."""
    return iso_reference(transfer) + ("L2" if place else "") + ("R" if back else "")


def leg_uetr(transfer: TransferId, place: int, *, back: bool = False) -> str:
    """Its UETR: the payment's own for its first leg."""
    return derived_uuid("leg", leg_id(transfer, place, back=back)) if place or back else uetr_of(transfer)


def named_leg(text: str | None) -> NamedLeg | None:
    """What an id (or a MsgId, with a letter before it) names, None if it is none of these."""
    found = _LEG.fullmatch(text.strip()) if text else None
    if found is None:
        return None
    own, second, back = found.groups()
    return NamedLeg(transfer_id_of(None, own, "", ""), int(second is not None), back is not None)
