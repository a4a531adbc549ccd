"""Messages of cases written: requests that go on (or are the hub's own), answers, and the reject of an unfit answer."""

from typing import Any, Final

import msgspec

from iso.messages import business, camt029, camt055, camt056, camt111
from iso.messages.admi002 import Admi002
from iso.messages.camt029 import Camt029, CancellationAnswer, OrderAnswer, PaymentAnswer, TransactionAnswer
from iso.messages.camt055 import Camt055, OrderCancellation, OrderCancellations, PaymentCancellation
from iso.messages.camt056 import Camt056, Cancellation, Cancellations
from iso.messages.camt110 import Investigation
from iso.messages.camt111 import Camt111, Finding
from iso.messages.case_pieces import INTERBANK, Assignment, CaseId, Underlying
from iso.messages.fields import ORGANISATION, Code, Party, Reason
from iso.messages.originals import PartyOrAgent
from iso.messages.shape import Amount
from iso.messages.writing import Written
from schemas.canonical.cases import (
    AnswerUnfit,
    Case,
    CaseAnswered,
    CaseForwarded,
    CaseKind,
    CaseReferences,
    Verdict,
    Why,
)
from schemas.canonical.events import Event
from schemas.canonical.identity import FspId
from schemas.canonical.wire import Dialect, Original
from translator.iso.agents import hub_institution, institution_of
from translator.iso.moments import moment_out
from translator.losses import Loss
from translator.outgoing import Task

RECALL: Final = "camt.056"
WITHDRAWAL: Final = "camt.055"
ANSWER: Final = "camt.029"
FOUND: Final = "camt.111"
REJECT: Final = "admi.002"
_ORDER: Final = "pain.001"
_REQUEST: Final = "pain.013"
_ID_MAX: Final = 35
_LINE_MAX: Final = 105
_NAME_MAX: Final = 140

_CONFIRMATIONS: Final = {Verdict.ACCEPTED: "CNCL", Verdict.REFUSED: "RJCR", Verdict.PENDING: "PDCR"}
_EXCEPTIONS: Final = {Verdict.REFUSED: "RJCR", Verdict.PENDING: "PDCR"}
_STATUSES: Final = {Verdict.ACCEPTED: "ACCR", Verdict.REFUSED: "RJCR", Verdict.PENDING: "PDCR"}
_FOUND: Final = {Verdict.REFUSED: "RJCT", Verdict.PENDING: "PDNG"}
_CLOSED: Final = "CLSD"
_INFORMED: Final = "INFO"
_MODIFIED: Final = "MODI"

Letter = tuple[str, bytes, Original | None]
"""A message (`camt.029`), its Document, and the received message that goes on in it."""


def forwarded(event: Event, body: CaseForwarded, task: Task) -> Letter:
    """The request for who is to answer: the asker's own Document, or one the hub writes for it."""
    if body.case.kind is CaseKind.WITHDRAWAL:
        if event.original is not None and event.original.target.startswith(WITHDRAWAL):
            return _on(event.original, body.case, task)
        return WITHDRAWAL, _withdrawal(body.case, task), None
    if event.original is None or body.case.kind is CaseKind.CANCELLATION:
        return RECALL, _recall(body.case, task), None
    return _on(event.original, body.case, task)


def answered(event: Event, body: CaseAnswered, task: Task) -> Letter:
    """An answer: the answerer's own Document, or the hub's."""
    if event.original is not None and body.case.kind is not CaseKind.CANCELLATION:
        return _on(event.original, body.case, task)
    if body.case.kind is CaseKind.INVESTIGATION and body.case.inquiry:
        return FOUND, _response(body, task), None
    return ANSWER, _resolution(body, task), None


def unfit(_event: Event, body: AnswerUnfit, task: Task) -> Letter:
    """An admi.002: no business message says that an answer is to nothing."""
    message = Admi002(
        reference=body.message_id[:_ID_MAX],
        reason=body.fault.iso,
        rejected_at=moment_out(task.context.now),
        description=body.fault.description,
    )
    return REJECT, business.write(message).body, None


def _on(original: Original, case: Case, task: Task) -> Letter:
    """The same Document if the receiver uses its version; else translated, as much as that version holds."""
    originals = task.context.originals
    if originals is None or original.dialect is not Dialect.ISO_XML:
        raise ValueError("a message received in XML goes on, but nothing that can read it was given")
    name = original.target[:8]
    version = task.definition(name)
    if original.target == version:
        return name, originals.document(original), original
    message = _completed(originals.typed(original), case)
    task.losses.extend(Loss(path, "", "kept with the original only") for path in message.untyped)
    return name, _kept(business.write(message, version), version, task), original


def _completed(message: Any, case: Case) -> Any:
    """What older versions demand of an exception and newer ones leave out is known of the payment."""
    about = getattr(message, "underlying", None)
    if not isinstance(about, Underlying) or about.kind != INTERBANK or case.amount is None:
        return message
    known = msgspec.structs.replace(
        about,
        original_amount=about.original_amount or Amount(case.amount.iso, case.amount.currency),
        original_settlement_date=about.original_settlement_date or case.settled,
    )
    return msgspec.structs.replace(message, underlying=known)


def _kept(written: Written, version: str, task: Task) -> bytes:
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body


def _agent(name: FspId | None, task: Task) -> PartyOrAgent:
    hub = task.context.hub
    if name is None or name == hub.name:
        return PartyOrAgent(agent=hub_institution(hub))
    return PartyOrAgent(agent=institution_of(task.context.participant(name), name))


def _assignment(assigner: FspId | None, assignee: FspId, task: Task) -> Assignment:
    context = task.context
    return Assignment(context.message_id, _agent(assigner, task), _agent(assignee, task), moment_out(context.now))


def _reason(why: Why, speaker: FspId | None, task: Task) -> Reason:
    """Why, and who says so: a bank by its BIC, anybody else by its name."""
    found = task.context.participant(speaker) if speaker is not None else None
    bic = found.iso.bic if found is not None and found.iso is not None else None
    if speaker is None:
        bic = task.context.hub.bic
    name = speaker or task.context.hub.name
    originator = Party(kind=ORGANISATION, any_bic=bic) if bic else Party(name=name[:_NAME_MAX])
    word = None if why.code else why.word
    return Reason(why.code, word, tuple(line[:_LINE_MAX] for line in why.info), originator)


def _short(case: Case) -> str:
    return case.id.replace("-", "")[:_ID_MAX]


def _recall(case: Case, task: Task) -> bytes:
    """A camt.056 in the name of an asker that wrote none."""
    known = case.sent_as or case.references
    answerer = case.answerer or task.receiver.name
    one = Cancellation(
        cancellation_id=case.references.cancellation_id or _short(case),
        case=CaseId(case.references.case_id or _short(case), _agent(case.asker, task)),
        original_message_id=known.message_id,
        original_message_name=_message_name(known, task),
        original_created=known.created,
        original_instruction_id=known.instruction_id,
        original_end_to_end_id=known.end_to_end_id,
        original_transaction_id=known.transaction_id,
        original_uetr=known.uetr,
        original_amount=Amount(case.amount.iso, case.amount.currency) if case.amount else None,
        original_settlement_date=case.settled,
        reasons=(_reason(case.why, case.asker, task),),
    )
    message = Camt056(
        assignment=_assignment(case.asker, answerer, task),
        number_of_transactions="1",
        underlying=(Cancellations(transactions=(one,)),),
    )
    version = task.definition(RECALL)
    return _kept(camt056.write(message, version), version, task)


def _withdrawal(case: Case, task: Task) -> bytes:
    """A camt.055 for one request to pay, in the name of a creditor's bank that took back more than this one."""
    known = case.references
    one = OrderCancellation(
        cancellation_id=known.cancellation_id or _short(case),
        case=CaseId(known.case_id or _short(case), _agent(case.asker, task)),
        original_instruction_id=known.instruction_id,
        original_end_to_end_id=known.end_to_end_id,
        original_uetr=known.uetr,
        reasons=(_reason(case.why, case.asker, task),),
    )
    block = PaymentCancellation(
        original_payment_id=known.payment_id or "NOTPROVIDED",
        original_message_id=known.message_id,
        original_message_name=(known.message_name or _REQUEST) if known.message_id else None,
        original_created=known.created,
        transactions=(one,),
    )
    message = Camt055(
        assignment=_assignment(case.asker, case.answerer or task.receiver.name, task),
        number_of_transactions="1",
        underlying=(OrderCancellations(payments=(block,)),),
    )
    version = task.definition(WITHDRAWAL)
    return _kept(camt055.write(message, version), version, task)


def _message_name(known: CaseReferences, task: Task) -> str | None:
    return (known.message_name or task.definition("pacs.008")) if known.message_id else None


def _resolution(body: CaseAnswered, task: Task) -> bytes:
    case, known = body.case, body.case.references
    number = CaseId(known.case_id, _agent(case.asker, task)) if known.case_id else None
    reasons = (_reason(body.why, body.by, task),) if body.why != Why() or body.verdict is Verdict.REFUSED else ()
    changes = case.kind is CaseKind.MODIFICATION
    refused = changes and body.verdict is Verdict.REFUSED
    message = Camt029(
        assignment=_assignment(body.by, task.receiver.name, task),
        case=None if known.in_transaction else number,
        confirmation=None if refused else _confirmation(body),
        rejections=(Code(body.why.code, None if body.why.code else body.why.word or "NARR"),) if refused else (),
        cancellations=() if changes else (_details(body, number, reasons, task),),
    )
    version = task.definition(ANSWER)
    return _kept(camt029.write(message, version), version, task)


def _confirmation(body: CaseAnswered) -> str:
    if body.case.cancels:
        return _CONFIRMATIONS.get(body.verdict, _INFORMED)
    if body.case.kind is CaseKind.MODIFICATION and body.verdict is Verdict.ACCEPTED:
        return _MODIFIED
    return _EXCEPTIONS.get(body.verdict, _INFORMED)


def _details(body: CaseAnswered, number: CaseId | None, reasons: tuple[Reason, ...], task: Task) -> CancellationAnswer:
    case, known = body.case, body.case.references
    status = _STATUSES.get(body.verdict) if case.cancels else None
    inner = number if known.in_transaction else None
    if known.payment_id is not None and case.cancels:
        order = OrderAnswer(
            status_id=task.context.message_id,
            case=inner,
            original_instruction_id=known.instruction_id,
            original_end_to_end_id=known.end_to_end_id,
            original_uetr=known.uetr,
            status=status,
            reasons=reasons,
        )
        ordered = known.end_to_end_id or known.uetr or known.instruction_id
        block = PaymentAnswer(
            original_payment_id=known.payment_id,
            original_message_id=known.message_id,
            original_message_name=known.message_name or (_ordered(case) if known.message_id else None),
            status=None if ordered else status,
            reasons=() if ordered else reasons,
            transactions=(order,) if ordered else (),
        )
        return CancellationAnswer(payments=(block,))
    told = TransactionAnswer(
        status_id=task.context.message_id,
        case=inner,
        original_message_id=known.message_id,
        original_message_name=_message_name(known, task),
        original_created=known.created,
        original_instruction_id=known.instruction_id,
        original_end_to_end_id=known.end_to_end_id,
        original_transaction_id=known.transaction_id,
        original_uetr=known.uetr,
        status=status,
        reasons=reasons,
    )
    return CancellationAnswer(transactions=(told,))


def _ordered(case: Case) -> str:
    return _REQUEST if case.kind is CaseKind.WITHDRAWAL else _ORDER


def _response(body: CaseAnswered, task: Task) -> bytes:
    """The hub's own camt.111, which repeats the question."""
    asked = msgspec.json.decode(body.case.inquiry, type=Investigation)
    info = " ".join(body.why.info)
    message = Camt111(
        message_id=task.context.message_id,
        status=_FOUND.get(body.verdict, _CLOSED),
        status_reason=Code(body.why.code, body.why.word) if body.why.code or body.why.word else None,
        findings=(Finding(narrative=info),) if info else (),
        request=asked,
    )
    version = task.definition(FOUND)
    return _kept(camt111.write(message, version), version, task)
