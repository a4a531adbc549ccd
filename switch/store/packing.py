"""Arrays as PostgreSQL reads them, packed without a call per element: one parameter a column, whatever the batch.

Texts, bytes and times go in the binary array format (nothing to escape); numbers as array literals.
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

_BYTEA: Final = 17
_TEXT: Final = 25
_TIMESTAMPTZ: Final = 1184
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MICROSECONDS: Final = struct.Struct(">q")
_HEAD: Final = struct.Struct(">iiIii")
_LENGTH: Final = struct.Struct(">i")
_NULL: Final = _LENGTH.pack(-1)
_SHORT: Final = tuple(_LENGTH.pack(length) for length in range(4096))


class BinaryArray:
    """A `bytea[]` or `text[]` ready to send."""

    __slots__ = ("data",)

    def __init__(self, element: int, values: Sequence[bytes | None]) -> None:
        """Pack in one join."""
        if not values:
            self.data = struct.pack(">iiI", 0, 0, element)
            return
        head = _HEAD.pack(1, int(None in values), element, len(values), 1)
        try:
            self.data = head + b"".join([_NULL if one is None else _SHORT[len(one)] + one for one in values])
        except IndexError:
            self.data = head + b"".join([_NULL if one is None else _LENGTH.pack(len(one)) + one for one in values])

    @classmethod
    def repeated(cls, element: int, value: bytes | None, times: int) -> "BinaryArray":
        """Pack one value that often, at least once."""
        array = cls.__new__(cls)
        packed = _NULL if value is None else _LENGTH.pack(len(value)) + value
        array.data = _HEAD.pack(1, int(value is None), element, times, 1) + packed * times
        return array


class Literal:
    """An array in text form; the statement's cast names its type."""

    __slots__ = ("data",)

    def __init__(self, parts: Iterable[str]) -> None:
        """Join elements that need no quotes."""
        self.data = f"{{{','.join(parts)}}}".encode()


class _BinaryDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Any) -> Buffer:
        """Give the packed bytes."""
        data: bytes = obj.data
        return data


class _LiteralDumper(Dumper):
    def dump(self, obj: Any) -> Buffer:
        """Give the text."""
        data: bytes = obj.data
        return data


def adapt(connection: psycopg.AsyncConnection[Any]) -> None:
    """Teach a connection both forms; the cast of each parameter names its type."""
    connection.adapters.register_dumper(BinaryArray, _BinaryDumper)
    connection.adapters.register_dumper(Literal, _LiteralDumper)


def texts(values: Sequence[str | None]) -> BinaryArray:
    """A `text[]`."""
    if _all_alike(values):
        return BinaryArray.repeated(_TEXT, None if values[0] is None else values[0].encode(), len(values))
    return BinaryArray(_TEXT, [None if value is None else value.encode() for value in values])


def blobs(values: Sequence[bytes | None]) -> BinaryArray:
    """A `bytea[]`."""
    return BinaryArray.repeated(_BYTEA, values[0], len(values)) if _all_alike(values) else BinaryArray(_BYTEA, values)


def _all_alike(values: Sequence[Any]) -> bool:
    """Whether it is one value again and again: many columns of a batch are, and need be packed only once."""
    return len(values) > 0 and values.count(values[0]) == len(values)


def numbers(values: Sequence[int | None]) -> Literal:
    """A `bigint[]`, `integer[]` or `numeric[]`."""
    return Literal(["NULL" if value is None else str(value) for value in values])


def flags(values: Sequence[bool]) -> Literal:
    """A `boolean[]`."""
    return Literal(["t" if value else "f" for value in values])


def times(values: Sequence[datetime | None]) -> BinaryArray:
    """A `timestamptz[]`; times without zone are refused."""
    if _all_alike(values):
        return BinaryArray.repeated(_TIMESTAMPTZ, _instant(values[0]), len(values))
    return BinaryArray(_TIMESTAMPTZ, [_instant(value) for value in values])


def _instant(value: datetime | None) -> bytes | None:
    """PostgreSQL's own form: microseconds since 2000."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"{value} names no zone")
    return _MICROSECONDS.pack((value - _EPOCH) // _MICROSECOND)
