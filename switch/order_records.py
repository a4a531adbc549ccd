"""Which records commands about orders and requests name, for the engine to load. Pure."""

from schemas.canonical.commands import Command, Expire
from schemas.canonical.initiation import (
    Initiate,
    InitiatedEnded,
    InitiatedItem,
    Initiation,
    ReleasePayments,
    ReportInitiation,
    item_key,
)
from schemas.canonical.requests import PayRequest, QueryRequest, RequestPayments
from switch.state import RecordKey


def records_of(command: Command) -> tuple[RecordKey, ...]:
    """The records; none of a command about something else."""
    match command:
        case Initiate(key=key, first=first, payments=items):
            return _items(key, first, first + len(items) - 1)
        case InitiatedEnded(key=key, position=position):
            return _items(key, position, position)
        case ReleasePayments(key=key, first=first, last=last) | ReportInitiation(key=key, first=first, last=last):
            return _items(key, first, last)
        case RequestPayments(requests=asked):
            return tuple((PayRequest, one.id) for one in asked)
        case QueryRequest(key=key):
            return ((PayRequest, key),)
        case Expire(kind="initiation", key=key):
            return ((Initiation, key),)
        case _:
            return ()


def _items(key: str, first: int, last: int) -> tuple[RecordKey, ...]:
    """An initiation with these of its transactions."""
    return ((Initiation, key), *((InitiatedItem, item_key(key, place)) for place in range(first, last + 1)))
