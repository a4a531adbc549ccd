"""Operator routes for cases: what is open, and what DFSPs have to say of theirs, since FSPIOP has no message for it."""

import hashlib
import uuid
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from msgspec import Meta

from schemas.canonical.cases import (
    AnswerCases,
    Case,
    CaseKind,
    CaseReferences,
    CaseReply,
    CaseRequest,
    OpenCases,
    Verdict,
    Why,
)
from schemas.canonical.faults import fault
from schemas.canonical.identity import TransferId, iso_reference
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect, Envelope
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant
from switch.admin.openapi import tells
from switch.admin.shapes import Guid
from switch.store.lists import CaseList

_LINE = 105
_PAGE_MAX = 500
ReasonCode = Annotated[
    str, Meta(pattern=r"^[A-Z0-9]{4}$", extra={"words": "must be a code of the external lists, such as CUST"})
]
Text = Annotated[str, Meta(min_length=1, max_length=500)]
KindWord = Literal[
    "RECALL", "CANCELLATION", "WITHDRAWAL", "UNABLE_TO_APPLY", "NON_RECEIPT", "INFORMATION", "MODIFICATION",
    "INVESTIGATION",
]  # fmt: skip
StateWord = Literal["HELD", "OPEN", "PENDING", "ACCEPTED", "CANCELLED", "REFUSED", "ANSWERED"]


class NewCase(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /cases: a DFSP's customer wants a payment back."""

    participant: str
    transfer_id: Guid
    reason: ReasonCode
    text: Text | None = None


class CaseAnswer(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """PUT /cases/{id}: what a DFSP answers. ACCEPTED promises a refund, which closes the case when it is made."""

    answer: Literal["ACCEPTED", "REFUSED", "PENDING", "ANSWERED"]
    reason: ReasonCode | None = None
    text: Text | None = None


class ReasonShown(msgspec.Struct, rename="camel", omit_defaults=True):
    """A reason; `by` is whose word an answer is (not there: the hub's)."""

    code: str | None = None
    text: str | None = None
    by: str | None = None


class AmountShown(msgspec.Struct):
    """An amount as ISO 20022 writes it."""

    currency: str
    amount: str


class ReferencesShown(msgspec.Struct, rename="camel", omit_defaults=True):
    """By what the asker names case and payment."""

    assignment_id: str | None = None
    case_id: str | None = None
    cancellation_id: str | None = None
    message_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    transaction_id: str | None = None
    uetr: str | None = None


class CaseShown(msgspec.Struct, rename="camel"):
    """A case as the API shows it."""

    id: str
    kind: KindWord
    state: StateWord
    asker: str
    answerer: str | None
    transfer_id: str | None
    amount: AmountShown | None
    reason: ReasonShown
    answer: ReasonShown | None
    opened: str | None
    changed: str | None
    deadline: str | None
    references: ReferencesShown


def shown(case: Case) -> CaseShown:
    """What is known of a case."""
    known = case.references
    return CaseShown(
        case.id,
        case.kind.value,
        case.state.value,
        case.asker,
        case.answerer,
        case.payment,
        AmountShown(case.amount.currency, case.amount.iso) if case.amount else None,
        _reason(case.why),
        _reason(case.answer, case.answered_by) if case.answer is not None else None,
        instant(case.opened),
        instant(case.changed),
        instant(case.deadline),
        ReferencesShown(
            known.assignment_id, known.case_id, known.cancellation_id, known.message_id, known.instruction_id,
            known.end_to_end_id, known.transaction_id, known.uetr,
        ),
    )  # fmt: skip


def _reason(why: Why, by: str | None = None) -> ReasonShown:
    return ReasonShown(why.code or why.word, "".join(why.info) or None, by)


def _why(code: str | None, text: str | None) -> Why:
    lines = tuple(text[start : start + _LINE] for start in range(0, len(text), _LINE)) if text else ()
    return Why(code, info=lines)


def router(desk: Desk) -> APIRouter:
    """The routes under /cases."""
    routes = APIRouter(tags=["cases"])

    @routes.get("/cases")
    @tells(200, list[CaseShown])
    async def cases(
        participant: Annotated[str | None, Query()] = None,
        state: Annotated[StateWord | None, Query()] = None,
        kind: Annotated[KindWord | None, Query()] = None,
        transferId: Annotated[str | None, Query()] = None,  # noqa: N803 - the API's names
        limit: Annotated[int, Query(ge=1, le=_PAGE_MAX)] = 100,
        after: Annotated[str | None, Query()] = None,
    ) -> Response:
        """Cases, the newest first: of a participant (who asks or is to answer), in a state, of a kind, of a payment.

        `after` is the id of the last one of the page before.
        """
        found = await desk.store.listed(CaseList(participant, state, kind, transferId, limit, after))
        return answer([shown(case) for case in found])

    @routes.get("/cases/{key}")
    @tells(200, CaseShown)
    async def one(key: str) -> Response:
        """One case."""
        return answer(shown(await _case(desk, key)))

    @routes.post("/cases")
    @tells(201, CaseShown, body=NewCase)
    async def recall(request: Request) -> Response:
        """Recall a payment for a DFSP that made it: its bank on the other side gets a camt.056."""
        body = await body_of(request, NewCase)
        member = await _spoken_for(desk, body.participant)
        key = str(uuid.uuid4())
        payment = TransferId(body.transfer_id.lower() if "-" in body.transfer_id else body.transfer_id)
        references = CaseReferences(case_id=iso_reference(TransferId(key)), uetr=payment)
        content = hashlib.sha256(msgspec.json.encode(body)).digest()
        why = _why(body.reason, body.text)
        wanted = CaseRequest(key, CaseKind.RECALL, references, (payment,), content, why)
        await desk.do(OpenCases(Envelope(member.name, Dialect.INTERNAL, received_at=desk.clock()), (wanted,)))
        return answer(shown(await _case(desk, key)), 201)

    @routes.put("/cases/{key}")
    @tells(200, CaseShown, body=CaseAnswer)
    async def say(key: str, request: Request) -> Response:
        """Answer a case for the DFSP that is to."""
        body = await body_of(request, CaseAnswer)
        case = await _case(desk, key)
        if body.answer == Verdict.REFUSED.value and body.reason is None:
            raise RefusalError(fault("MISSING_ELEMENT", '"reason" is required to refuse'))
        member = await _spoken_for(desk, case.answerer or "")
        reply = CaseReply(Verdict(body.answer), case.id, why=_why(body.reason, body.text))
        content = hashlib.sha256(msgspec.json.encode(body)).digest()
        envelope = Envelope(member.name, Dialect.INTERNAL, content_hash=content, received_at=desk.clock())
        await desk.do(AnswerCases(envelope, (reply,)))
        return answer(shown(await _case(desk, key)))

    return routes


async def _case(desk: Desk, key: str) -> Case:
    found = await desk.store.record(Case, key)
    if not isinstance(found, Case):
        raise RefusalError(fault("ID_NOT_FOUND", f"there is no case {key[:40]}"))
    return found


async def _spoken_for(desk: Desk, name: str) -> Participant:
    """A participant the operator may speak for: banks have messages of their own."""
    member = await desk.participant(name)
    if member.iso is not None:
        raise RefusalError(fault("CLIENT_ERROR", f"{member.name} is a bank: it sends camt.056 and camt.029 itself"))
    return member
