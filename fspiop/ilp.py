"""ILP packets, conditions and fulfilments as FSPIOP uses them (reference section 8).

`vo(x)` is OER variable octets: a length (one byte under 128, else 0x80 + n and n bytes) and the bytes. A version 4
packet (IlpPrepare) is 0x0C + vo(amount, expiry, condition, vo(destination), vo(data)); a version 1 packet (IlpPayment)
is 0x01 + vo(amount, vo(account), vo(data), 0x00). `data` is base64url text of the transaction object in both.
"""

import base64
import binascii
import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Final

import msgspec

_V1_TYPE: Final = 1
_V4_TYPE: Final = 12
_UINT64_MAX: Final = 2**64 - 1
_HASH_BYTES: Final = 32
_EXPIRY: Final = re.compile(rb"[0-9]{17}")
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_STANDARD: Final = str.maketrans("-_", "+/")
DESTINATION: Final = "g.mojaloop"
NO_CONDITION: Final = "A" * 43
"""32 zero bytes: stands where a packet without condition came alone. No fulfilment opens it."""


class IlpError(ValueError):
    """The text is no ILP packet, condition or fulfilment."""


class Payment(msgspec.Struct, frozen=True):
    """A version 1 packet: amount in the currency's minor units, ILP address, and the transaction object as JSON."""

    amount: int
    account: str
    data: bytes


class Prepare(msgspec.Struct, frozen=True):
    """A version 4 packet: as a payment, with expiry (UTC, milliseconds) and condition (base64url)."""

    amount: int
    expires_at: datetime
    condition: str
    data: bytes
    destination: str = DESTINATION


def encode(packet: Payment | Prepare) -> str:
    """The packet as base64url without padding; raises IlpError if a value does not fit."""
    if not 0 <= packet.amount <= _UINT64_MAX:
        raise IlpError("the amount is no unsigned 64-bit number")
    amount = packet.amount.to_bytes(8, "big")
    data = _octets(_base64url(packet.data).encode())
    if isinstance(packet, Payment):
        content = amount + _octets(_ascii(packet.account)) + data + b"\0"
        return _base64url(bytes([_V1_TYPE]) + _octets(content))
    moment = packet.expires_at.astimezone(UTC)
    expiry = f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}".encode()
    content = amount + expiry + hash_bytes(packet.condition) + _octets(_ascii(packet.destination)) + data
    return _base64url(bytes([_V4_TYPE]) + _octets(content))


def decode(text: str) -> Payment | Prepare:
    """Read a packet of either version; raises IlpError."""
    raw = _decode(text)
    if not raw or raw[0] not in {_V1_TYPE, _V4_TYPE}:
        raise IlpError("neither an IlpPayment nor an IlpPrepare")
    content, rest = _take_octets(raw[1:])
    if rest:
        raise IlpError("octets after the packet")
    amount, content = int.from_bytes(_first(content, 8), "big"), content[8:]
    if raw[0] == _V1_TYPE:
        account, content = _take_octets(content)
        data, content = _take_octets(content)
        if content != b"\0":
            raise IlpError("extensions are not known")
        return Payment(amount, _text(account), _decode(_text(data)))
    expiry, content = _first(content, 17), content[17:]
    condition, content = _first(content, _HASH_BYTES), content[_HASH_BYTES:]
    destination, content = _take_octets(content)
    data, content = _take_octets(content)
    if content:
        raise IlpError("octets after the data")
    return Prepare(amount, _moment(expiry), _base64url(condition), _decode(_text(data)), _text(destination))


def account_of(fsp: str, id_type: str, identifier: str, sub_id: str | None = None) -> str:
    """The ILP address of a party: `g.{fsp}.{type}.{id}[.{sub id}]`, lower-cased."""
    parts = ("g", fsp, id_type, identifier) if sub_id is None else ("g", fsp, id_type, identifier, sub_id)
    return ".".join(parts).lower()


def condition_of(fulfilment: str) -> str:
    """The condition that a fulfilment opens: SHA-256 of its 32 bytes."""
    return _base64url(hashlib.sha256(hash_bytes(fulfilment)).digest())


def fits(fulfilment: str, condition: str) -> bool:
    """Whether the fulfilment opens the condition; False also for anything that is not 32 bytes."""
    try:
        digest = hashlib.sha256(hash_bytes(fulfilment)).digest()
        return hmac.compare_digest(digest, hash_bytes(condition))
    except IlpError:
        return False


def fulfilment_for(key: bytes, packet: str) -> str:
    """The fulfilment a payee FSP derives for a packet: HMAC-SHA256 under its secret key."""
    return _base64url(hmac.digest(key, packet.encode(), "sha256"))


def hash_bytes(text: str) -> bytes:
    """The 32 bytes of a condition or fulfilment; raises IlpError."""
    raw = _decode(text)
    if len(raw) != _HASH_BYTES:
        raise IlpError("a condition or fulfilment has 32 bytes")
    return raw


def _moment(expiry: bytes) -> datetime:
    if not _EXPIRY.fullmatch(expiry):
        raise IlpError("the expiry is no yyyyMMddHHmmssSSS")
    digits = expiry.decode()
    try:
        return datetime.strptime(f"{digits}000", "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        raise IlpError("the expiry is no moment") from None


def _octets(content: bytes) -> bytes:
    if len(content) < 128:
        return bytes([len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([0x80 + len(length)]) + length + content


def _take_octets(raw: bytes) -> tuple[bytes, bytes]:
    """The variable octets at the front, and the rest."""
    first, rest = _first(raw, 1)[0], raw[1:]
    length = first
    if first >= 128:
        prefix = first - 128
        if not 1 <= prefix <= 4:
            raise IlpError("a length of more than 4 octets")
        length, rest = int.from_bytes(_first(rest, prefix), "big"), rest[prefix:]
    return _first(rest, length), rest[length:]


def _first(raw: bytes, count: int) -> bytes:
    if len(raw) < count:
        raise IlpError("cut off")
    return raw[:count]


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise IlpError("an ILP address is ASCII") from None


def _text(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:
        raise IlpError("text is not ASCII") from None


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    bare = text.rstrip("=")
    if not _BASE64URL.fullmatch(text) or len(bare) % 4 == 1:
        raise IlpError("not base64url")
    standard = bare.translate(_STANDARD) if "-" in bare or "_" in bare else bare
    return binascii.a2b_base64(standard + "=" * (-len(bare) % 4))
