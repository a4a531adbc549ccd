"""Fulfilments the hub holds for banks: derived from a packet with a hub key, so that nothing secret is stored."""

from typing import Final

import msgspec

from fspiop import ilp
from switch.profile import HubKey, Profile

_BLANK: Final = "A" * 43
"""32 zero bytes in base64url."""


def fulfilment_of(key: HubKey, packet: str) -> str:
    """The fulfilment that this hub key gives a packet (base64url of 32 bytes).

    A version 4 packet carries the condition that depends on the fulfilment, so it is taken with that field blank.
    """
    return ilp.fulfilment_for(key.secret, _blank(packet))


def key_that_fits(profile: Profile, packet: str | None, condition: str | None) -> HubKey | None:
    """The hub key, newest first, whose fulfilment of the packet opens the condition."""
    if packet is None or condition is None:
        return None
    return next((key for key in profile.hub_keys if ilp.fits(fulfilment_of(key, packet), condition)), None)


def key_named(profile: Profile, name: str | None) -> HubKey | None:
    """The hub key of that id, if the hub still has it."""
    return next((key for key in profile.hub_keys if key.id == name), None)


def sealed(key: HubKey, packet: ilp.Prepare) -> tuple[str, str]:
    """The packet's text and its condition under that key; whatever condition the packet had is replaced."""
    blank = ilp.encode(msgspec.structs.replace(packet, condition=_BLANK))
    condition = ilp.condition_of(ilp.fulfilment_for(key.secret, blank))
    return ilp.encode(msgspec.structs.replace(packet, condition=condition)), condition


def _blank(packet: str) -> str:
    try:
        decoded = ilp.decode(packet)
    except ilp.IlpError:
        return packet
    if isinstance(decoded, ilp.Payment) or ilp.encode(decoded) != packet:
        # Only the very text the hub gave counts, not another spelling of the same packet.
        return packet
    return ilp.encode(msgspec.structs.replace(decoded, condition=_BLANK))
