"""ILP packets that FSPIOP-ISO JSON cannot carry as they are: there the condition has no place but inside the packet.

A version 1 packet has none, so a payee's quote with one is wrapped into a version 4 packet that holds the condition,
the same agreement, and the payee's own packet. When the payer brings it back, the payee gets its own packet again: the
fulfilment is made from its very text.
"""

from typing import Any, Final

import msgspec

from fspiop import ilp
from schemas.canonical.money import UNITS_PER_ONE, Money, MoneyError
from schemas.codes.currencies import minor_units
from translator.fspiop.values import moment_in

Json = dict[str, Any]
_OWN: Final = "payeeIlpPacket"
_TERMS: Final = "transferAmount"
_EXPIRATION: Final = "expiration"


def wrapped(body: Json) -> Json:
    """The body of PUT /quotes with a packet that holds its condition; the same body if its packet does already."""
    packet, condition = str(body.get("ilpPacket", "")), body.get("condition")
    inner = _decoded(packet)
    if condition is None or (isinstance(inner, ilp.Prepare) and inner.condition == str(condition).rstrip("=")):
        return body
    data = {**_agreement(inner), _OWN: packet}
    expires = moment_in(str(body[_EXPIRATION]))
    outer = ilp.Prepare(_minor(body.get(_TERMS) or {}), expires, str(condition), msgspec.json.encode(data))
    return {**body, "ilpPacket": ilp.encode(outer)}


def unwrapped(body: Json) -> Json:
    """The body of POST /transfers or PUT /quotes with the payee's own packet again, if this one was wrapped."""
    outer = _decoded(str(body.get("ilpPacket", "")))
    own = _agreement(outer).get(_OWN) if isinstance(outer, ilp.Prepare) else None
    if not isinstance(own, str) or not isinstance(outer, ilp.Prepare):
        return body
    return {**body, "ilpPacket": own, "condition": outer.condition}


def agreement(packet: str) -> Json:
    """The transaction object inside a packet, as JSON; empty if it cannot be read."""
    return _agreement(_decoded(packet))


def _decoded(packet: str) -> ilp.Payment | ilp.Prepare | None:
    try:
        return ilp.decode(packet)
    except ilp.IlpError:
        return None


def _agreement(packet: ilp.Payment | ilp.Prepare | None) -> Json:
    if packet is None:
        return {}
    try:
        found = msgspec.json.decode(packet.data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _minor(amount: Json) -> int:
    """The amount in the currency's minor units, as a packet has it; 0 if it is finer than those."""
    try:
        money = Money.parse_fspiop(str(amount.get("amount")), str(amount.get("currency")))
    except MoneyError:
        return 0
    return int(money.units * 10 ** (minor_units(money.currency) or 0) // UNITS_PER_ONE)
