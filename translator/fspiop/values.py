"""Amounts, moments and paths of FSPIOP (API definition sections 7.2 and 4.2), and the hash that tells a repeat."""

import hashlib
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

import msgspec

from fspiop.messages.fields import MoneyBody
from schemas.canonical.money import Money
from schemas.canonical.party import PartyId, parted

_DECODE: Final = msgspec.json.Decoder().decode
_SORTED: Final = msgspec.json.Encoder(order="sorted").encode
# Characters RFC 3986 lets stand in a path segment.
_SEGMENT: Final = "+@:!$&'()*,;=~"


def money_in(body: MoneyBody) -> Money:
    """The exact amount; raises MoneyError for a currency or amount the hub does not keep."""
    return Money.parse_fspiop(body.amount, body.currency)


def money_out(money: Money) -> MoneyBody:
    """The amount in its shortest form."""
    return MoneyBody(money.currency, money.fspiop)


def moment_in(text: str) -> datetime:
    """A DateTime of the wire (checked by its schema) in UTC."""
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def moment_out(moment: datetime) -> str:
    """A DateTime: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def content_hash(body: bytes) -> bytes:
    """SHA-256 of a JSON body whatever the order of its keys and its white space; of nothing for an empty body."""
    if not body:
        return b""
    return hashlib.sha256(_SORTED(_DECODE(body))).digest()


def party_key(party: PartyId) -> str:
    """`{Type}/{ID}[/{SubId}]` as it stands in a path."""
    parts = (party.type, party.identifier, party.sub_id) if party.sub_id else (party.type, party.identifier)
    return "/".join(quote(part, safe=_SEGMENT) for part in parts)


def path_key(key: str) -> str:
    """The key of a refused message (`MSISDN/123`, a quote id) as it stands in a path."""
    return "/".join(quote(part, safe=_SEGMENT) for part in parted(key))
