"""Arrays as PostgreSQL reads them, packed without a call per element: one parameter a column, whatever the batch.

Texts and bytes go in the binary array format (nothing to escape); numbers and times as array literals.
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

_BYTEA: Final = 17
_TEXT: Final = 25
_HEAD: Final = struct.Struct(">iiIii")
_LENGTH: Final = struct.Struct(">i")
_NULL: Final = _LENGTH.pack(-1)
_SHORT: Final = tuple(_LENGTH.pack(length) for length in range(128))


class BinaryArray:
    """A `bytea[]` or `text[]` ready to send."""

    __slots__ = ("data",)

    def __init__(self, element: int, values: Sequence[bytes | None]) -> None:
        """Pack in one join."""
        if not values:
            self.data = struct.pack(">iiI", 0, 0, element)
            return
        parts = [_HEAD.pack(1, int(None in values), element, len(values), 1)]
        for value in values:
            if value is None:
                parts.append(_NULL)
            else:
                length = len(value)
                parts.append(_SHORT[length] if length < len(_SHORT) else _LENGTH.pack(length))
                parts.append(value)
        self.data = b"".join(parts)


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
    return BinaryArray(_TEXT, [None if value is None else value.encode() for value in values])


def blobs(values: Sequence[bytes | None]) -> BinaryArray:
    """A `bytea[]`."""
    return BinaryArray(_BYTEA, values)


def numbers(values: Sequence[int | None]) -> Literal:
    """A `bigint[]`, `integer[]` or `numeric[]`."""
    return Literal("NULL" if value is None else str(value) for value in values)


def flags(values: Sequence[bool]) -> Literal:
    """A `boolean[]`."""
    return Literal("t" if value else "f" for value in values)


def times(values: Sequence[datetime | None]) -> Literal:
    """A `timestamptz[]`; times without zone are refused."""
    # Most times of a batch are the batch's own, so each is written once.
    known: dict[datetime | None, str] = {None: "NULL"}
    return Literal(known.get(value) or known.setdefault(value, _instant(value)) for value in values)


def _instant(value: datetime | None) -> str:
    if value is None or value.tzinfo is None:
        raise ValueError(f"{value} names no zone")
    return f'"{value.isoformat()}"'
