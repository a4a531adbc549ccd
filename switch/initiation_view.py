"""How an initiation stands, as its sender may ask: read off the lanes."""

from typing import Any, Final

from schemas.canonical.initiation import Initiation
from switch.store.port import Store
from translator.iso.initiation_reports import group_status

ORDER: Final = "pain.001."
"""What definitions of initiations begin with."""
_BROKEN_OFF: Final = "INCOMPLETE"


async def standing(store: Store, key: str) -> dict[str, Any]:
    """State and numbers of an initiation; nothing if its message was refused before it was one."""
    found = await store.record(Initiation, key)
    return view(found) if isinstance(found, Initiation) else {}


def view(initiation: Initiation) -> dict[str, Any]:
    """State (as in pain.002, or INCOMPLETE while the rest is missing), and how many transactions are where."""
    ended = initiation.settled + initiation.rejected
    refused = initiation.fault
    return {
        "state": group_status(initiation) if initiation.complete else _BROKEN_OFF,
        "transactions": {
            "taken": initiation.taken,
            "settled": initiation.settled,
            "rejected": initiation.rejected,
            "open": initiation.taken - ended,
        },
        **({"reason": {"code": refused.iso, "text": refused.description}} if refused else {}),
        **({} if initiation.complete else _rest(initiation)),
    }


def _rest(initiation: Initiation) -> dict[str, Any]:
    """What is missing of a file that broke off, and until when it may come."""
    return {
        "announced": initiation.head.number,
        "lastEndToEndId": initiation.last_end_to_end,
        "until": initiation.until,
    }
