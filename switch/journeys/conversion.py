"""A bank's payment changes its currency: the provider's rate, and what the ledger says of the conversion.

Nothing is reserved before both the provider and the payee's FSP have agreed. The conversion is then prepared, and once
the provider has fulfilled it, the transfer it waits for: by the same commands as a DFSP's own conversion.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.canonical.commands import Command, Prepare
from schemas.canonical.dialogue import Journey, JourneyState
from schemas.canonical.events import Aborted, Event, Fulfilled, Refused
from schemas.canonical.exchange import FX_QUOTES, AnswerRate, ConversionSettled, Exchange
from schemas.canonical.faults import Fault, fault
from schemas.canonical.forwarding import Asked
from schemas.canonical.identity import TransferId
from schemas.canonical.instructions import GrossInstructed
from schemas.canonical.outcome import Outcome
from switch.dialogue_events import JOURNEY_LANE, handed, refusal
from switch.engine import Step
from switch.journeys.moves import fixed_for_payee, go_on, prepare, refuse
from switch.state import State
from switch.transfer_checks import is_bank

_LATE: Final = Outcome(state="LATE")


def step(state: State, command: Command) -> Outcome:
    """Decide what a provider says of its rate, or the ledger of the conversion."""
    match command:
        case AnswerRate():
            return _rate_answered(state, command)
        case ConversionSettled():
            return _settled(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is no part of a conversion")


def _rate_answered(state: State, command: AnswerRate) -> Outcome:
    sender, known = command.envelope.sender, state.get(Asked, command.dialogue)
    if known is None or known.journey is None:
        return _refused(state, command, fault("QUOTE_NOT_FOUND"))
    if (known.asked, known.asker) != (sender, command.envelope.receiver):
        return _refused(state, command, fault("WRONG_SENDER", f"{command.dialogue} was not asked of {sender}"))
    given = command.envelope.content_hash
    if known.answer_hash is not None:
        if known.answer_hash == given:
            return Outcome(state="REPEATED")
        return _refused(state, command, fault("MODIFIED", f"{command.dialogue} was answered with other content"))
    answered = msgspec.structs.replace(known, answer_hash=given)
    outcome = _priced(state, state.get(Journey, known.journey), command)
    return msgspec.structs.replace(outcome, puts=(answered, *outcome.puts))


def _refused(state: State, command: AnswerRate, reason: Fault) -> Outcome:
    event = refusal(state, command.envelope.sender, FX_QUOTES, command.key, reason)
    return Outcome(events=(event,), state="REFUSED")


def _priced(state: State, journey: Journey | None, command: AnswerRate) -> Outcome:
    if journey is None or journey.state is not JourneyState.ASKING_RATE or journey.provider is None:
        return _LATE
    reason = command.fault or _unacceptable(state, journey, command)
    if reason is not None or command.source is None or command.target is None:
        return refuse(journey, reason or fault("VALIDATION", "the rate lacks an amount"))
    exchange = Exchange(journey.provider, command.source, command.target, command.charges)
    return go_on(state, msgspec.structs.replace(journey, exchange=exchange, lock=command.condition))


def _unacceptable(state: State, journey: Journey, command: AnswerRate) -> Fault | None:
    """Why a rate is not what was asked for: one side is fixed, and the bank gives at most what it ordered."""
    ordered, source, target = journey.prepare.amount, command.source, command.target
    if source is None or target is None or command.condition is None:
        return fault("VALIDATION", "the rate lacks an amount or its condition")
    if (source.currency, target.currency) != (ordered.currency, journey.currency):
        return fault("FEE_TOO_HIGH", f"the rate is not from {ordered.currency} to {journey.currency}")
    if command.expiry is not None and command.expiry <= state.now:
        return fault("QUOTE_EXPIRED", "the rate ended before it could be used")
    if source.units <= 0 or target.units <= 0:
        return fault("ZERO_AMOUNT", "the rate leaves nothing to be paid")
    if fixed_for_payee(journey) is None:
        if source != ordered:
            return fault("FEE_TOO_HIGH", f"the provider asks {source.fspiop} for {ordered.fspiop} {ordered.currency}")
    elif source.units > ordered.units:
        return fault("FEE_TOO_HIGH", f"the provider asks {source.fspiop}, ordered is {ordered.fspiop} at most")
    elif journey.terms is not None and target != journey.terms.amount:
        return fault("FEE_TOO_HIGH", f"the provider gives {target.fspiop}, not {journey.terms.amount.fspiop}")
    # A bank is told both amounts, and one that is paid gets the second; a hub never rounds.
    if not source.fits_iso or (not target.fits_iso and is_bank(state, journey.payee or journey.prepare.payer)):
        return fault("TOO_MANY_DECIMALS", f"{source.fspiop} {source.currency} for {target.fspiop} {target.currency}")
    return None


def rate_refused(state: State, known: Asked, reason: Fault) -> Outcome:
    """The provider could not be asked."""
    journey = state.get(Journey, known.journey or "")
    if journey is None or journey.state is not JourneyState.ASKING_RATE:
        return _LATE
    return refuse(journey, reason)


def _settled(state: State, command: ConversionSettled) -> Outcome:
    """The conversion waits for the transfer, which is now prepared; or it has ended, and so has the payment."""
    journey = state.get(Journey, command.transfer_id)
    if journey is None or journey.state is not JourneyState.CONVERTING:
        return _LATE
    return prepare(journey) if command.fault is None else refuse(journey, command.fault)


def heard(step_of_ledger: Step) -> Step:
    """The ledger's step, whose word to a bank about its conversion goes to that payment's journey instead."""

    def follow(state: State, command: Command) -> Outcome:
        outcome = step_of_ledger(state, command)
        for event in outcome.events:
            if _of_a_conversion(event):
                determines = command.determines if isinstance(command, Prepare) else None
                events = tuple(one for event in outcome.events for one in _for_journey(state, event, determines))
                return msgspec.structs.replace(outcome, events=events)
        return outcome

    return follow


def _of_a_conversion(event: Event) -> bool:
    if isinstance(event.body, GrossInstructed):
        # A settlement agent books it, and is no party to it.
        return False
    transfer = getattr(event.body, "transfer", None)
    return (transfer is not None and transfer.converts is not None) or (
        isinstance(event.body, Refused) and event.body.resource == "fxTransfers"
    )


def _for_journey(state: State, event: Event, determines: str | None) -> Iterator[Event]:
    """The event itself unless a bank would be told of a conversion: its journey learns how it ended, the bank later."""
    if not (_of_a_conversion(event) and is_bank(state, event.receiver)):
        yield event
        return
    match event.body:
        case Fulfilled(transfer=transfer) if transfer.determines is not None:
            yield handed(JOURNEY_LANE, ConversionSettled(transfer.determines), transfer.determines)
        case Aborted(transfer=transfer) if transfer.determines is not None:
            reason = transfer.fault or fault("INTERNAL")
            yield handed(JOURNEY_LANE, ConversionSettled(transfer.determines, reason), transfer.determines)
        case Refused(fault=reason) if determines is not None:
            yield handed(JOURNEY_LANE, ConversionSettled(TransferId(determines), reason), determines)
        case _:
            # Its present state is no news to the payment it is made for.
            return
