"""A DFSP pays a bank: the hub quotes for the bank, and holds the fulfilment until the bank has accepted.

The terms are the hub's own: no fee, the payee receives what is transferred. The packet carries the whole agreement,
so that the transfer that comes later explains itself, and its condition opens under a hub key.
"""

from datetime import datetime
from typing import Final

import msgspec

from fspiop import ilp
from schemas.canonical.commands import RequestTerms
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.money import UNITS_PER_ONE, Money
from schemas.canonical.terms import Terms
from schemas.codes.currencies import minor_units
from switch.fulfilments import sealed
from switch.state import State
from translator.fspiop.quotes import transaction

_BLANK: Final = "A" * 43
_ENCODE: Final = msgspec.json.Encoder().encode


def terms_for_bank(state: State, command: RequestTerms, bank: FspId) -> Terms | Fault:
    """The terms the hub gives in a bank's name, or why it gives none."""
    asked, amount = command.terms, command.terms.amount
    if amount.units <= 0:
        return fault("ZERO_AMOUNT", "the amount must be more than 0")
    if not amount.fits_iso:
        return fault("TOO_MANY_DECIMALS", f"{amount.fspiop} {amount.currency} cannot be paid to a bank")
    if not state.profile.hub_keys:
        return fault("UNAVAILABLE", "the hub has no key for fulfilments")
    if asked.expiry is not None and asked.expiry <= state.now:
        return fault("QUOTE_EXPIRED", "the request for terms has expired")
    expiry = asked.expiry or state.now + state.profile.payment_timeout
    terms = msgspec.structs.replace(
        asked,
        quote_id=command.quote_id,
        payer=msgspec.structs.replace(asked.payer, fsp=asked.payer.fsp or command.envelope.sender),
        payee=msgspec.structs.replace(asked.payee, fsp=bank),
        payee_receives=amount,
        payee_fee=None,
        payee_commission=None,
        expiry=expiry,
    )
    packet, condition = sealed(state.profile.hub_keys[0], _packet(terms, expiry))
    return msgspec.structs.replace(terms, packet=packet, condition=condition)


def _packet(terms: Terms, expiry: datetime) -> ilp.Prepare:
    return ilp.Prepare(_minor_units(terms.amount), expiry, _BLANK, _ENCODE(transaction(terms)))


def _minor_units(amount: Money) -> int:
    """The amount as an ILP packet counts it: in the currency's smallest unit."""
    return int(amount.units * 10 ** (minor_units(amount.currency) or 0) // UNITS_PER_ONE)
