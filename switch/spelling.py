"""Which object a message of FSPIOP-ISO JSON names: the hub may keep it under the UUID whose ULID was told. Pure."""

from typing import Any, Final, TypeVar

import msgspec

from schemas.canonical.commands import Command
from schemas.canonical.conversion import Conversions
from schemas.canonical.dialogue import Journey, Quote
from schemas.canonical.events import Event
from schemas.canonical.forwarding import Asked
from schemas.canonical.funds import FundsMovement
from schemas.canonical.transfer import Transfer
from schemas.canonical.twins import uuid_of
from schemas.canonical.wire import Dialect, Envelope
from switch.state import RecordKey, State

_FIELDS: Final[dict[str, tuple[type, ...]]] = {
    "transfer_id": (Transfer, Journey, FundsMovement),
    "determines": (Transfer, Conversions),
    "quote_id": (Quote,),
    "key": (Asked,),
}
"""Fields of commands that name an object, and the kinds of record it may be."""
C = TypeVar("C", bound=Command)


def both(command: Command, keys: tuple[RecordKey, ...]) -> tuple[RecordKey, ...]:
    """The records to load for a command: those it names, and for the variant those under the other spelling."""
    if not _in_variant(getattr(command, "envelope", None)):
        return keys
    return (*keys, *((kind, twin) for kind, key in keys if (twin := _twin(key)) is not None))


def meant(state: State, command: C) -> C:
    """The command by the id under which the hub keeps the object, where that is the other spelling."""
    if not _in_variant(getattr(command, "envelope", None)):
        return command
    changed: dict[str, Any] = {}
    for field, kinds in _FIELDS.items():
        given = getattr(command, field, None)
        twin = uuid_of(given) if isinstance(given, str) else None
        if twin is not None and not _known(state, command, kinds, str(given)) and _known(state, command, kinds, twin):
            changed[field] = twin
    return msgspec.structs.replace(command, **changed) if changed else command


def to_its_sender(events: tuple[Event, ...], envelope: Envelope | None) -> tuple[Event, ...]:
    """The events of one command; what its sender is told is marked as a reply, in the dialect it asked for.

    A bank's message is answered under its header.
    """
    if envelope is None:
        return events
    answers = envelope.spoken if Dialect.FSPIOP_ISO in (envelope.dialect, envelope.answers) else None
    return tuple(
        msgspec.structs.replace(
            event, reply=True, dialect=event.dialect or answers, related=event.related or envelope.header
        )
        if event.receiver == envelope.sender
        else event
        for event in events
    )


def _in_variant(envelope: Envelope | None) -> bool:
    return envelope is not None and envelope.dialect is Dialect.FSPIOP_ISO


def _twin(key: str) -> str | None:
    """The other spelling of a record's key; dialogues are kept under `<resource>/<id>`."""
    resource, slash, last = key.rpartition("/")
    twin = uuid_of(last)
    return None if twin is None else f"{resource}{slash}{twin}"


def _known(state: State, command: Command, kinds: tuple[type, ...], key: str) -> bool:
    resource = getattr(command, "resource", "")
    return any(state.get(kind, f"{resource}/{key}" if kind is Asked else key) is not None for kind in kinds)
