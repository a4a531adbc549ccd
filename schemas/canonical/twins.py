"""One object under two spellings of its id: a UUID, and the ULID of the same 128 bits that FSPIOP-ISO JSON demands.

The hub keeps an object under the id its first message gave it. A participant that was told of it in the other dialect
names it by the other spelling.
"""

import uuid
from typing import Final

from schemas.canonical.identity import is_ulid, is_uuid, ulid_of

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {sign: value for value, sign in enumerate(_CROCKFORD)}


def uuid_of(ulid: str) -> str | None:
    """The UUID of the same bits; None if they are no UUID that FSPIOP takes."""
    if not is_ulid(ulid):
        return None
    number = 0
    for sign in ulid:
        number = number << 5 | _VALUES[sign]
    text = str(uuid.UUID(int=number))
    return text if is_uuid(text) else None


def iso_spelling(key: str) -> str:
    """The id as FSPIOP-ISO JSON takes it."""
    return ulid_of(key) if is_uuid(key) else key
