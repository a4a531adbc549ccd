"""A bank's report about many payments: each answer is handed on as if it had come alone. Pure.

The parts are written with the report in one transaction and taken once each, in their order; what is wrong with one is
told of that one, and keeps none of the others.
"""

from msgspec.structs import replace

from schemas.canonical.commands import Fulfil, Note, Reject
from schemas.canonical.events import Delivery, Event, Refused
from schemas.canonical.outcome import Outcome
from schemas.canonical.payments import AnswerPayments, PaymentAnswer
from schemas.canonical.transfer import Answered
from schemas.canonical.wire import Envelope
from switch.dialogue_events import LEDGER_LANE, handed


def hand_on(command: AnswerPayments) -> Outcome:
    """Every answer of the report, each on its way to its payment."""
    return Outcome(events=tuple(_event(command, one) for one in command.answers), state="COMPLETED")


def _event(command: AnswerPayments, one: PaymentAnswer) -> Event:
    if one.void or one.transfer_id is None:
        if one.fault is None:
            raise ValueError("an answer to nothing says why")
        told = Refused("transfers", one.key, one.fault, one.terms)
        return Event(command.envelope.sender, told, Delivery.RESULT, order=one.key)
    # The bytes are archived with the report, and belong to no single payment.
    envelope = replace(command.envelope, content_hash=one.content_hash, original=None)
    return handed(LEDGER_LANE, alone(one, envelope), one.transfer_id)


def alone(one: PaymentAnswer, envelope: Envelope) -> Fulfil | Reject | Note:
    """The answer as it would have come in a report of its own."""
    if one.transfer_id is None:
        raise ValueError("an answer is about a payment")
    if one.accepts:
        return Fulfil(
            envelope, one.transfer_id, Answered.ACCEPTED, None, one.completed, one.iso_status, stated=one.stated
        )
    if one.accepts is None:
        return Note(envelope, one.transfer_id, one.iso_status, one.fault, stated=one.stated)
    if one.fault is None:
        raise ValueError("a refusal has a reason")
    return Reject(envelope, one.transfer_id, one.fault, stated=one.stated)
