"""What instructions to settlement agents and their movements are called in messages; every id names its settlement.

`S42USD1` is the first instruction of settlement 42 in dollars, `S42USD1M1003` its movement of account 1003, and
`S42USD1M1003R` the return of that. A MsgId is one of these with a digest behind it, so that it is never used twice.
"""

import hashlib
import re
from datetime import datetime
from typing import Final, NamedTuple

from schemas.canonical.identity import derived_uuid

_DIGEST: Final = 12
_NAME: Final = re.compile(r"S([0-9]{1,12})([A-Z]{3})([0-9]{1,3})(?:M([0-9]{1,12})(R)?)?(?:X[0-9A-F]{12})?", re.ASCII)


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
