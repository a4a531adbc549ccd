"""How values look inside the tables: transfers and events in msgpack, small records in JSON, raw messages in zlib."""

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import msgspec
from isal import isal_zlib

from schemas.canonical.events import Event, Handed
from schemas.canonical.outcome import Stored
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Envelope, Original
from switch import wide
from switch.engine import Parcel, envelope_of

NO_BYTES: Final = hashlib.sha256(b"").hexdigest()
"""The digest of a message without a body."""

_NOTHING: Final[bytes] = isal_zlib.compress(b"", 1)
_json = msgspec.json.Encoder()
_transfer: wide.Reader[Transfer] = wide.Reader(Transfer)
_event: wide.Reader[Event] = wide.Reader(Event)
_record: msgspec.json.Decoder[Stored] = msgspec.json.Decoder(Stored)
_headers = msgspec.json.Decoder(tuple[tuple[str, str], ...])
_parcel: wide.Reader[Parcel] = wide.Reader(Parcel)


def pack(value: Transfer | Event | Parcel) -> bytes:
    """In msgpack."""
    return wide.encode(value)


def transfer(body: bytes) -> Transfer:
    """The transfer of a row's body."""
    return _transfer.one(body)


def parcel(body: bytes) -> Parcel:
    """The parcel of a parked row."""
    return _parcel.one(body)


def record_text(record: Stored) -> str:
    """A small record as JSON text."""
    return _json.encode(record).decode()


def record(body: str) -> Stored:
    """The record of a row's JSON."""
    return _record.decode(body)


def headers_text(headers: tuple[tuple[str, str], ...]) -> str:
    """Headers as JSON text."""
    return _json.encode(headers).decode()


def headers(body: str) -> tuple[tuple[str, str], ...]:
    """Headers of an archive row."""
    return _headers.decode(body)


def deflate(body: bytes) -> bytes:
    """Raw bytes for the archive, in zlib's format."""
    packed: bytes = isal_zlib.compress(body, 1) if body else _NOTHING
    return packed


def inflate(body: bytes) -> bytes:
    """Raw bytes from the archive."""
    return zlib.decompress(body)


def slim(event: Event) -> Event:
    """The event without the bytes of its originals: they are in the archive under their digests."""
    if event.original is not None and event.original.body:
        event = msgspec.structs.replace(event, original=msgspec.structs.replace(event.original, body=b""))
    inner = _inner(event)
    if inner is not None and inner.body:
        event = _with_inner(event, msgspec.structs.replace(inner, body=b""))
    return event


def missing(events: Iterable[Event]) -> set[str]:
    """The digests of the originals whose bytes slim events lack."""
    originals = (original for event in events for original in (event.original, _inner(event)))
    return {one.digest for one in originals if one is not None and not one.body and one.digest != NO_BYTES}


def whole(event: Event, bodies: Mapping[str, bytes]) -> Event:
    """The event with the bytes of its originals again."""
    if event.original is not None and event.original.digest in bodies:
        filled = msgspec.structs.replace(event.original, body=bodies[event.original.digest])
        event = msgspec.structs.replace(event, original=filled)
    inner = _inner(event)
    if inner is not None and inner.digest in bodies:
        event = _with_inner(event, msgspec.structs.replace(inner, body=bodies[inner.digest]))
    return event


def event(body: bytes) -> Event:
    """The slim event of an outbox row."""
    return _event.one(body)


def _inner(event: Event) -> Original | None:
    envelope = envelope_of(event.body.command) if isinstance(event.body, Handed) else None
    return envelope.original if envelope is not None else None


def _with_inner(event: Event, original: Original) -> Event:
    command = cast("Handed", event.body).command
    envelope = msgspec.structs.replace(cast("Envelope", envelope_of(command)), original=original)
    handed = Handed(cast("Any", msgspec.structs.replace)(command, envelope=envelope))
    return msgspec.structs.replace(event, body=handed)
