"""msgpack for values that hold money: its integers end at 64 bits, an amount of 18 digits and 4 decimals does not.

A value with such an amount is written as JSON inside a msgpack `bin`, whose first byte no struct begins with; others
cost nothing more than plain msgpack.
"""

from typing import Any, Final, Generic, TypeVar

import msgspec

T = TypeVar("T")
_BIN: Final = frozenset({0xC4, 0xC5, 0xC6})
_msgpack = msgspec.msgpack.Encoder()
_json = msgspec.json.Encoder()
_bytes = msgspec.msgpack.Decoder(bytes)
_raws = msgspec.msgpack.Decoder(list[msgspec.Raw])


def encode(value: Any) -> bytes:
    """The value in msgpack, or in JSON within it if a number is too large."""
    try:
        return _msgpack.encode(value)
    except OverflowError:
        return _msgpack.encode(_json.encode(value))


class Reader(Generic[T]):
    """Reads what `encode` wrote of one type."""

    def __init__(self, kind: Any) -> None:
        """`kind` is the type, a struct or a union of structs."""
        self._one: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(kind)
        self._many: msgspec.msgpack.Decoder[list[T]] = msgspec.msgpack.Decoder(list[kind])
        self._wide: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind)

    def one(self, data: bytes) -> T:
        """A single value."""
        return self._wide.decode(_bytes.decode(data)) if data[0] in _BIN else self._one.decode(data)

    def many(self, data: bytes) -> list[T]:
        """A msgpack array whose elements `encode` wrote one by one."""
        try:
            return self._many.decode(data)
        except msgspec.ValidationError:
            return [self.one(bytes(raw)) for raw in _raws.decode(data)]
