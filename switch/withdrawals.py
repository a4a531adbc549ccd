"""Requests to pay that their creditor takes back (camt.055 naming a pain.013): which are meant, and if it is possible.

A request waits for its debtor's word or money. Until then its creditor may take it back by its own word alone; after
that the debtor's side has promised or paid, and nobody takes that away. The lane that decides payments decides this
too, so a withdrawal and a payment of the same moment come in one order.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from schemas.canonical.cases import Case, CaseKind, CaseReferences, CaseReply, CaseRequest, CaseState, Verdict
from schemas.canonical.events import Event
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, derived_uuid
from schemas.canonical.outcome import Outcome
from schemas.canonical.requests import WAITING, PayRequest, RequestAnswered, RequestState
from switch.case_answers import Met, turned
from switch.case_table import Turn
from switch.conversions import joined
from switch.requests import CREDITORS, NO_BATCH, called, fitting, kept_longer
from switch.state import State
from switch.transfer_checks import is_bank

_CASE: Final = "case"
_UNKNOWN: Final = "no request of yours has these references"
_AMBIGUOUS: Final = "more than one request has these references; name its UETR"
_TURNS: Final = {
    RequestState.ACCEPTED: (Turn.REQUEST_ACCEPTED, "the debtor has accepted the request"),
    RequestState.PAYING: (Turn.REQUEST_PAID, "the request is being paid"),
    RequestState.PAID: (Turn.REQUEST_PAID, "the request was paid"),
    RequestState.REJECTED: (Turn.REQUEST_REFUSED, "the debtor has refused the request"),
    RequestState.EXPIRED: (Turn.REQUEST_OVER, "the request has expired"),
    RequestState.CANCELLED: (Turn.WITHDRAWN_BEFORE, "the request was taken back before"),
}


def spread(state: State, request: CaseRequest, sender: FspId) -> tuple[CaseRequest, ...]:
    """One request of a case for each request to pay that is meant, where a whole message or batch is taken back."""
    if request.kind is not CaseKind.WITHDRAWAL or request.fault is not None or _names_one(request.references):
        return (request,)
    found = _meant(state, request.references, sender)
    return tuple(_alone(request, one, sender) for one in found) if len(found) > 1 else (request,)


def _alone(request: CaseRequest, asked: PayRequest, sender: FspId) -> CaseRequest:
    known, about = asked.asked.references, request.references
    told = replace(
        about,
        cancellation_id=None,
        payment_id=about.payment_id or asked.asked.batch,
        instruction_id=known.instruction_id,
        end_to_end_id=known.end_to_end_id,
        uetr=known.uetr,
    )
    names = (about.cancellation_id or about.case_id or about.assignment_id or "", asked.key)
    return replace(request, key=derived_uuid("case", request.kind.value, sender, *names), references=told)


def withdrawal(met: Met, request: CaseRequest) -> Outcome | None:
    """What becomes of a creditor's withdrawal; None if it is none, but about a payment."""
    state, envelope = met.state, met.envelope
    if envelope is None or met.by_operator:
        return None
    asked = [] if request.fault is not None else _meant(state, request.references, envelope.sender)
    if request.kind is not CaseKind.WITHDRAWAL and not asked:
        return None
    one = asked[0] if len(asked) == 1 else None
    met = met._replace(case=_case(met, request, one))
    if request.fault is not None or len(asked) > 1:
        text = request.fault.description if request.fault is not None else _AMBIGUOUS
        return turned(met._replace(text=text), Turn.FAULTY)
    if one is None:
        return turned(met._replace(text=_UNKNOWN), Turn.REQUEST_UNKNOWN)
    turn, text = _turn(state, one)
    outcome = turned(met._replace(text=text), turn)
    return joined(outcome, _cancelled(state, one, request)) if turn is Turn.WITHDRAWN else outcome


def _turn(state: State, one: PayRequest) -> tuple[Turn, str]:
    if one.state in WAITING and one.expiry <= state.now:
        return _TURNS[RequestState.EXPIRED]
    return _TURNS.get(one.state, (Turn.WITHDRAWN, "the request is taken back, and cannot be paid any more"))


def _case(met: Met, request: CaseRequest, asked: PayRequest | None) -> Case:
    state, envelope = met.state, met.envelope
    assert envelope is not None
    return Case(
        request.key, CaseKind.WITHDRAWAL, CaseState.OPEN, envelope.sender, request.references, request.content_hash,
        state.now, state.now, asked.key if asked is not None else request.key,
        asked.payer if asked is not None else None, amount=asked.asked.amount if asked is not None else None,
        why=request.why,
    )  # fmt: skip


def _cancelled(state: State, one: PayRequest, request: CaseRequest) -> Outcome:
    """The request's end; a DFSP is told of it by FSPIOP, a bank by the case."""
    why = request.why.code or request.why.word or "no reason given"
    reason = fault("REQUEST_CANCELLED", f"taken back by its creditor ({why})")
    ended = replace(kept_longer(state, one), state=RequestState.CANCELLED, fault=reason)
    names = (called(state, one.payer, _CASE, name, one.key) for name in request.references.names)
    told = () if is_bank(state, one.payer) else (Event(one.payer, RequestAnswered(ended), order=one.key),)
    return Outcome((ended, *(link for link in names if link is not None)), events=told)


def agreed(state: State, reply: CaseReply, sender: FspId) -> bool | None:
    """Whether a debtor's bank's answer to a withdrawal says what has happened anyway; None if it is about none."""
    about = reply.references
    found = _referred(state, sender, about, "") if about is not None else []
    if not found:
        named = (key for name in reply.names for key in fitting(state, sender, ((_CASE, name),)))
        found = [one for key in named if (one := state.get(PayRequest, key)) is not None]
    if not any(one.state is RequestState.CANCELLED and one.payer == sender for one in found):
        return None
    return reply.verdict is not Verdict.REFUSED


def _meant(state: State, about: CaseReferences, sender: FspId) -> list[PayRequest]:
    found = [one for one in _referred(state, sender, about, CREDITORS) if one.asked.payee == sender]
    return [one for one in found if about.payment_id in (None, NO_BATCH, one.asked.batch) or not one.asked.batch]


def _referred(state: State, owner: FspId, about: CaseReferences, mark: str) -> list[PayRequest]:
    named = tuple(_names(about))
    found = (state.get(PayRequest, key) for key in fitting(state, owner, named, mark))
    return [one for one in found if one is not None]


def _names(about: CaseReferences) -> Iterator[tuple[str, str | None]]:
    yield "uetr", about.uetr
    yield "e2e", about.end_to_end_id
    yield "instr", about.instruction_id
    yield "msg", about.message_id


def _names_one(about: CaseReferences) -> bool:
    return bool(about.uetr or about.end_to_end_id or about.instruction_id)
