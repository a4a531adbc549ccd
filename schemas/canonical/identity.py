"""Identifiers that must not be mixed up: each is its own type, checked where it enters."""

import hashlib
import re
import uuid
from typing import Final, NewType

FspId = NewType("FspId", str)
"""Name of a participant, 1..32 characters (FSPIOP FspId)."""
TransferId = NewType("TransferId", str)
"""Lower-case UUID or ULID that names one transfer for ever."""
MessageId = NewType("MessageId", str)
"""The sender's own id of one message: BizMsgIdr or MsgId, at most 35 characters."""

HUB: Final = FspId("Hub")
"""The hub's own participant name."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-7][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
_HEX32 = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)
_SHIFTS: Final = range(120, -1, -10)
_NAMESPACE = uuid.UUID("5b5ac0f3-6f0e-5c1c-9d1e-0f6d3f1b7a52").bytes


def is_uuid(text: str) -> bool:
    """Whether the text is a lower-case UUID of version 1 to 7 (FSPIOP CorrelationId)."""
    return _UUID.fullmatch(text) is not None


def is_ulid(text: str) -> bool:
    """Whether the text is a ULID in Crockford's alphabet."""
    return _ULID.fullmatch(text) is not None


def transfer_id(text: str) -> TransferId:
    """Check a CorrelationId; raises ValueError."""
    if not (is_uuid(text) or is_ulid(text)):
        raise ValueError(f"'{text[:40]}' is neither a lower-case UUID nor a ULID")
    return TransferId(text)


def transfer_id_of(uetr: str | None, tx_id: str | None, sender: str, date: str) -> TransferId:
    """The transfer id of a bank's payment: UETR, else TxId as ULID or UUID, else a name-based UUID.

    Source: ISO-FSPIOP mapping, identifiers. `date` (YYYY-MM-DD) makes a bank's own TxId unique per day only.
    """
    if uetr and is_uuid(uetr.lower()):
        return TransferId(uetr.lower())
    if tx_id and is_ulid(tx_id):
        return TransferId(tx_id)
    if tx_id and is_uuid(tx_id.lower()):
        return TransferId(tx_id.lower())
    if tx_id and _HEX32.fullmatch(tx_id):
        candidate = str(uuid.UUID(hex=tx_id))
        if is_uuid(candidate):
            return TransferId(candidate)
    name = f"{sender}\n{tx_id or ''}\n{date}"
    return TransferId(_uuid_text(hashlib.sha1(_NAMESPACE + name.encode(), usedforsecurity=False).digest(), 5))


def uetr_of(transfer: TransferId) -> str:
    """The UETR (UUID version 4) of a transfer: its id if that is one, else one derived from it."""
    if is_uuid(transfer) and transfer[14] == "4":
        return transfer
    return derived_uuid(transfer)


def derived_uuid(*parts: str) -> str:
    """An id of the hub's own making (UUID version 4 in form) that is the same whenever it is made again."""
    return _uuid_text(hashlib.sha256("\n".join(parts).encode()).digest(), 4)


def _uuid_text(digest: bytes, version: int) -> str:
    """The UUID made of a digest's first 16 bytes (RFC 9562: version and variant take the place of six bits)."""
    text = digest[:16].hex()
    variant = "89ab"[digest[8] >> 4 & 3]
    return f"{text[:8]}-{text[8:12]}-{version}{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def iso_reference(transfer: TransferId) -> str:
    """The transfer id as it fits Max35Text: a UUID without hyphens, a ULID as it is."""
    return transfer.replace("-", "") if is_uuid(transfer) else transfer


def ulid_of(uuid_text: str) -> str:
    """The ULID of the same 128 bits as a UUID (the form FSPIOP-ISO JSON demands)."""
    return crockford(int(uuid_text.replace("-", ""), 16))


def crockford(bits: int) -> str:
    """128 bits as a ULID is written: 26 characters, the first of which stands for three bits."""
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])
