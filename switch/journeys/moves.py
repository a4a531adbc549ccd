"""What a bank's payment does next: each move is a new value of its journey and one command or question that goes out.

`go_on` is the order of the moves. Where the money changes its currency: if the bank's amount is fixed, the provider is
asked for its rate first and the payee's FSP for its terms then; if the payee's amount is fixed, the other way round.
"""

import hashlib
from typing import Any, Final

import msgspec

from schemas.canonical.commands import Prepare
from schemas.canonical.dialogue import Journey, JourneyState, Quote
from schemas.canonical.events import Event, Refused, TermsAsked
from schemas.canonical.exchange import FX_QUOTES, Exchange, Rate, RateAsked
from schemas.canonical.faults import Fault, fault
from schemas.canonical.forwarding import Asked
from schemas.canonical.identity import FspId, TransferId, derived_uuid
from schemas.canonical.money import Money
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Participant
from schemas.canonical.party import Party
from schemas.canonical.payments import FollowPayment, PaymentEnded
from schemas.canonical.terms import Terms
from schemas.canonical.wire import Dialect, Envelope
from switch.dialogue_events import LEDGER_LANE, dialogue, handed
from switch.state import State
from switch.transfer_checks import is_bank

SEND: Final = "SEND"
"""The amount type of terms in which all that is sent is fixed, whatever of it the payee gets."""
SERVICE: Final = "FXP"
"""The service of who converts."""


def told(bank: FspId, transfer_id: str, reason: Fault, terms: Terms) -> Event:
    """The refusal of a payment that the ledger does not know."""
    return Event(bank, Refused("transfers", transfer_id, reason, terms), order=transfer_id)


def refuse(journey: Journey, reason: Fault) -> Outcome:
    """End it with the bank's answer."""
    ended = msgspec.structs.replace(journey, state=JourneyState.REFUSED, fault=reason)
    group, prepare = journey.prepare.group, journey.prepare
    groups = (group, *journey.followers) if group is not None else journey.followers
    events = [to_group(PaymentEnded(key, prepare.transfer_id), journey.id) for key in groups]
    if group is None:
        events.insert(0, told(prepare.payer, journey.id, reason, prepare.terms))
    return Outcome((ended,), events=tuple(events), state=ended.state.value)


def to_group(command: PaymentEnded | FollowPayment, order: str) -> Event:
    """What the message of many payments, of which this is one, must know of it."""
    return handed(LEDGER_LANE, command, order)


def go_on(state: State, journey: Journey) -> Outcome:
    """The next move of a payment whose payee is known."""
    payee, terms = journey.payee, journey.terms
    if payee is None or terms is None:
        raise ValueError(f"the payee of payment {journey.id} is not known yet")
    agreed = is_bank(state, payee) or terms.packet is not None
    if journey.currency is None:
        return prepare(journey) if agreed else _ask_terms(state, journey)
    if journey.exchange is None and (agreed or fixed_for_payee(journey) is None):
        return _ask_rate(state, journey)
    return _order(journey) if agreed else _ask_terms(state, journey)


def fixed_for_payee(journey: Journey) -> Money | None:
    """What was ordered in the payee's currency (InstdAmt), if the payment names an amount there."""
    ordered = journey.prepare.terms.instructed
    return ordered if ordered is not None and ordered.currency == journey.currency else None


def to_be_paid(journey: Journey) -> Money:
    """The amount of the transfer as far as it is known: of the terms, the conversion, or the order."""
    if journey.exchange is not None:
        return journey.exchange.target
    return fixed_for_payee(journey) or journey.prepare.amount


def prepare(journey: Journey) -> Outcome:
    """Hand the payment to the ledger as one Prepare; the bank's expiry stays what it was."""
    terms = _terms(journey)
    ready = _at(journey, JourneyState.PREPARING)
    command = msgspec.structs.replace(
        journey.prepare, payee=journey.payee, amount=terms.amount, terms=terms, condition=terms.condition
    )
    return Outcome((ready,), events=(handed(LEDGER_LANE, command, journey.id),), state=ready.state.value)


def _terms(journey: Journey) -> Terms:
    if journey.terms is None:
        raise ValueError(f"payment {journey.id} has no terms yet")
    return journey.terms


def _at(journey: Journey, where: JourneyState, **fields: Any) -> Journey:
    return msgspec.structs.replace(journey, state=where, **fields)


def _ask_terms(state: State, journey: Journey) -> Outcome:
    """Ask the payee's FSP for a quote in the bank's name."""
    terms, payee, bank = _terms(journey), journey.payee, journey.prepare.payer
    if payee is None:
        raise ValueError(f"nobody can quote for payment {journey.id}")
    if journey.currency is not None:
        # What comes out of a conversion is all there is, so it is what is sent; what was ordered keeps its kind.
        kind = terms.amount_type if fixed_for_payee(journey) else SEND
        terms = msgspec.structs.replace(
            terms, amount=to_be_paid(journey), amount_type=kind, payee_fee=None, exchange=journey.exchange
        )
    quoting = _at(journey, JourneyState.QUOTING, terms=terms)
    quote = Quote(journey.quote_id, bank, payee, journey.prepare.envelope.content_hash, journey=journey.id)
    asked = TermsAsked(bank, journey.quote_id, terms)
    event = dialogue(state, payee, asked, journey.quote_id, requester=bank)
    return Outcome((quoting, quote), events=(event,), state=quoting.state.value)


def _ask_rate(state: State, journey: Journey) -> Outcome:
    """Ask a provider for its rate in the bank's name (the services registry knows who converts)."""
    bank, source = journey.prepare.payer, journey.prepare.amount
    target = journey.currency or source.currency
    provider = _provider(state, journey, {source.currency, target})
    if provider is None:
        return refuse(journey, fault("PAYEE_UNSUPPORTED_CURRENCY", f"nobody converts {source.currency} to {target}"))
    terms, fixed = _terms(journey), fixed_for_payee(journey)
    if fixed is None:
        rate = Rate(source, target, sends=True)
    else:
        # What the payee's FSP asks for it, fee included; a bank was not asked and gets what was ordered.
        terms = terms if terms.packet is not None else msgspec.structs.replace(terms, amount=fixed)
        rate = Rate(terms.amount, source.currency, sends=False)
    key = derived_uuid("rate", journey.id)
    asking = _at(journey, JourneyState.ASKING_RATE, provider=provider, terms=terms)
    digest = hashlib.sha256(msgspec.json.encode(rate)).digest()
    memory = Asked(f"{FX_QUOTES}/{key}", bank, provider, digest, journey=journey.id)
    question = RateAsked(
        bank, key, conversion_id(journey), journey.prepare.transfer_id, provider, rate, journey.deadline
    )
    event = dialogue(state, provider, question, key, requester=bank)
    return Outcome((asking, memory), events=(event,), state=asking.state.value)


def _provider(state: State, journey: Journey, currencies: set[str]) -> FspId | None:
    """Who converts: the first by name that offers it, holds both currencies and is neither side of the payment."""
    able = (
        member.name
        for member in state.all(Participant)
        if member.active and member.iso is None and SERVICE in member.services and currencies <= set(member.currencies)
    )
    return min((name for name in able if name not in {journey.prepare.payer, journey.payee}), default=None)


def conversion_id(journey: Journey) -> TransferId:
    """The id of the one conversion of a payment: the same whenever it is made again."""
    return TransferId(derived_uuid("conversion", journey.id))


def _order(journey: Journey) -> Outcome:
    """Order the conversion; from here on the ledger says when it has ended, and nothing is told by this deadline."""
    exchange, lock, key = journey.exchange, journey.lock, conversion_id(journey)
    if exchange is None or lock is None:
        raise ValueError(f"the conversion of payment {journey.id} has no rate")
    converting = _at(journey, JourneyState.CONVERTING, terms=_converted(journey, exchange))
    bank, expiry = journey.prepare.payer, journey.prepare.expiry
    digest = hashlib.sha256(msgspec.json.encode((key, exchange))).digest()
    command = Prepare(
        Envelope(bank, Dialect.INTERNAL, exchange.provider, content_hash=digest),
        key,
        bank,
        exchange.provider,
        exchange.source,
        expiry,
        Terms(
            key,
            exchange.source,
            Party(fsp=bank),
            Party(fsp=exchange.provider),
            payee_receives=exchange.target,
            expiry=expiry,
            condition=lock,
        ),
        lock,
        determines=journey.prepare.transfer_id,
        target=exchange.target,
    )
    return Outcome((converting,), events=(handed(LEDGER_LANE, command, journey.id),), state=converting.state.value)


def _converted(journey: Journey, exchange: Exchange) -> Terms:
    """The terms of the transfer that the conversion is made for."""
    terms = msgspec.structs.replace(_terms(journey), amount=exchange.target, exchange=exchange)
    # A bank's own terms are in its own currency; those of a payee's FSP are in the payee's already.
    return terms if terms.packet is not None else msgspec.structs.replace(terms, payee_fee=None)
