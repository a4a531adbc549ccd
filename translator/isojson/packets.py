"""The condition inside an ILP version 4 prepare packet (reference FSPIOP, section 8)."""

import base64
import binascii
from typing import Any, Final

_PREPARE: Final = 12
_BEFORE_CONDITION: Final = 8 + 17  # amount, expiry
_CONDITION: Final = 32


def condition_of(packet: Any) -> str | None:
    """The condition as base64url without padding; None if the text is no prepare packet."""
    if not isinstance(packet, str):
        return None
    try:
        # Senders' libraries mix the two alphabets, and more padding than needed does no harm.
        raw = binascii.a2b_base64(packet.replace("-", "+").replace("_", "/") + "==")
    except ValueError:
        return None
    if len(raw) < 2 or raw[0] != _PREPARE:
        return None
    start, length = 2, raw[1]
    if length >= 128:
        start = 2 + length - 128
        length = int.from_bytes(raw[2:start], "big")
    begin = start + _BEFORE_CONDITION
    if length != len(raw) - start or length < _BEFORE_CONDITION + _CONDITION:
        return None
    return base64.urlsafe_b64encode(raw[begin : begin + _CONDITION])[:-1].decode()
