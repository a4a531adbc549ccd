"""Requests of cases: which row of the table a recall, an exception or an investigation meets when it comes. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from schemas.canonical.cases import (
    RECALLS,
    CancelPayment,
    Case,
    CaseKind,
    CaseReferences,
    CaseRequest,
    CaseState,
    OpenCases,
    Verdict,
)
from schemas.canonical.dialogue import Journey
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Participant
from schemas.canonical.returns import Returns
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect, Envelope
from switch.accounts import refused
from switch.case_answers import Met, effect, going_on, listed, turned
from switch.case_table import Turn
from switch.conversions import joined
from switch.engine import Step
from switch.state import State
from switch.transfer_checks import same_fsp
from switch.withdrawals import withdrawal
from translator.iso.transfers import references_out

_NO_CASE: Final = frozenset(
    {Turn.FAULTY, Turn.UNKNOWN, Turn.ENDED_BEFORE, Turn.RETURNED_BEFORE, Turn.OTHER_OPEN, Turn.TOO_LATE}
)
"""What the operator is told at once, so that there is no case of it."""
_TAKEN_BACK: Final = RECALLS | {CaseKind.WITHDRAWAL}
_ONE_STEP: Final = "one-step"
_NOT_YOURS: Final = "no payment of yours has these references"


class _Found(NamedTuple):
    """The payment a request is about: a transfer, or a journey that is none yet."""

    transfer: Transfer | None = None
    journey: Journey | None = None


def opener(command: OpenCases, request: CaseRequest, transfers: Step) -> Callable[[State], Outcome]:
    """The decision on one request of a message; `transfers` ends its payment, where that is what follows."""

    def decide(state: State) -> Outcome:
        return _open(state, command, request, transfers)

    return decide


def _open(state: State, command: OpenCases, request: CaseRequest, transfers: Step) -> Outcome:
    envelope = command.envelope
    internal = envelope.dialect is Dialect.INTERNAL
    met = Met(
        state, state.get(Case, request.key), envelope=envelope, alone=len(command.requests) == 1, by_operator=internal
    )
    if met.before is not None:
        same = (met.before.asker, met.before.content_hash) == (envelope.sender, request.content_hash)
        text = "" if same else f"the id {request.references.names[0]} was used before for another request"
        return turned(met._replace(text=text), Turn.REPEATED if same else Turn.MODIFIED)
    found = _payment(state, request, envelope.sender)
    if found == _Found() and request.kind in _TAKEN_BACK:
        taken_back = withdrawal(met, request)
        if taken_back is not None:
            return taken_back
    met = met._replace(case=_new(state, envelope, request, found))
    turn, text = _turn(state, request, found)
    met = met._replace(text=text)
    if internal and turn in _NO_CASE:
        return refused(fault("CLIENT_ERROR", text))
    if turn is Turn.CANCELS:
        payment = request.payments[0] if found.transfer is None else found.transfer.id
        ended = transfers(state, CancelPayment(payment, fault("RECALLED", _reason(request))))
        return joined(turned(met, turn), ended)
    if turn is Turn.HOLDS:
        return turned(met, turn, held=going_on(envelope, alone=met.alone))
    if turn is Turn.ASKS:
        within = _within(state, met, request)
        return within if within is not None else turned(met, turn, deadline=_deadline(state, request))
    return turned(met, turn)


def _reason(request: CaseRequest) -> str:
    return f"recalled by the payer for {request.why.code or request.why.word or 'no reason given'}"


def _deadline(state: State, request: CaseRequest) -> datetime:
    return state.profile.recalls.due(state.now, recalls=request.kind in RECALLS)


def _payment(state: State, request: CaseRequest, sender: FspId) -> _Found:
    """The first payment that may be meant and is the sender's: to recall one must have paid it."""
    for key in request.payments:
        transfer = state.get(Transfer, key)
        if transfer is not None:
            sides = (transfer.payer,) if request.kind in RECALLS else (transfer.payer, transfer.payee)
            if transfer.converts is None and any(same_fsp(sender, side) for side in sides):
                return _Found(transfer)
            continue
        journey = state.get(Journey, key)
        if journey is not None and journey.prepare.payer == sender:
            return _Found(None, journey)
    return _Found()


def _new(state: State, envelope: Envelope, request: CaseRequest, found: _Found) -> Case:
    transfer, sender = found.transfer, envelope.sender
    other = None
    if transfer is not None:
        other = transfer.payee if same_fsp(sender, transfer.payer) else transfer.payer
    payment = transfer.id if transfer is not None else None
    return Case(
        request.key, request.kind, CaseState.OPEN, sender, request.references, request.content_hash, state.now,
        state.now, payment or (request.payments[0] if request.payments else request.key), other, payment,
        transfer.amount if transfer is not None else None, _settled(transfer), _sent_as(envelope, request, transfer),
        why=request.why, inquiry=request.inquiry,
    )  # fmt: skip


def _settled(transfer: Transfer | None) -> str | None:
    if transfer is None:
        return None
    known = transfer.terms.references
    return (known.settlement_date if known else None) or (transfer.completed or transfer.created).date().isoformat()


def _sent_as(envelope: Envelope, request: CaseRequest, transfer: Transfer | None) -> CaseReferences | None:
    """The payment as its payee's bank knows it, where the asker's own message does not go there."""
    if transfer is None or (request.kind is not CaseKind.CANCELLATION and envelope.dialect is not Dialect.INTERNAL):
        return None
    known = references_out(transfer)
    return CaseReferences(
        message_id=known.message_id, message_name=known.message_name, created=known.created,
        instruction_id=known.instruction_id, end_to_end_id=known.end_to_end_id, transaction_id=known.transaction_id,
        uetr=known.uetr,
    )  # fmt: skip


def _turn(state: State, request: CaseRequest, found: _Found) -> tuple[Turn, str]:
    """The row that fits, and the words for the asker."""
    if request.fault is not None:
        return Turn.FAULTY, request.fault.description
    transfer, recalls = found.transfer, request.kind in RECALLS
    if transfer is None:
        return _turn_of_journey(found.journey) if recalls else (Turn.UNKNOWN, _NOT_YOURS)
    if not recalls:
        return Turn.ASKS, ""
    if transfer.state is TransferState.ABORTED:
        return Turn.ENDED_BEFORE, f"the payment had ended without effect{effect(transfer)}"
    other = next((each for each in listed(state, transfer.id) if each.open and each.kind in RECALLS), None)
    if other is not None:
        return Turn.OTHER_OPEN, f"recall {' '.join(other.names[:1]) or other.case} of this payment is open"
    if not transfer.final:
        payee = state.get(Participant, transfer.payee)
        at_once = payee is not None and payee.iso is not None and payee.iso.confirm == _ONE_STEP
        # A settlement agent that was asked may have booked it.
        if at_once or transfer.agent is not None:
            return Turn.HOLDS, ""
        return Turn.CANCELS, "the payment was not committed, and never will be"
    returns = state.get(Returns, transfer.id)
    if returns is not None and returns.done >= transfer.amount.units:
        return Turn.RETURNED_BEFORE, "the payment was given back before"
    latest = state.profile.recalls.latest(transfer.completed or transfer.created, request.why.code)
    if state.now > latest:
        return Turn.TOO_LATE, f"a recall for {request.why.code or 'no reason'} was possible until {latest:%Y-%m-%d}"
    return Turn.ASKS, ""


def _turn_of_journey(journey: Journey | None) -> tuple[Turn, str]:
    if journey is None:
        return Turn.UNKNOWN, _NOT_YOURS
    if journey.fault is not None:
        return Turn.ENDED_BEFORE, f"the payment had ended without effect ({journey.fault.iso})"
    return Turn.CANCELS, "the payment was not committed, and never will be"


def _within(state: State, met: Met, request: CaseRequest) -> Outcome | None:
    """What a camt.028 tells may be what the other bank asked for: then it belongs to that case, and is none itself."""
    case = met.case
    if case is None or request.kind is not CaseKind.INFORMATION or case.payment is None:
        return None
    asked = [
        each
        for each in listed(state, case.payment)
        if each.open and each.kind not in RECALLS and each.answerer == case.asker
    ]
    open_one = state.get(Case, asked[0].case) if asked else None
    if open_one is None:
        return None
    said = met._replace(before=open_one, case=None, verdict=Verdict.ANSWERED, why=request.why)
    return turned(said, Turn.TELLS)
