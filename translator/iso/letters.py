"""Events for a bank as business messages: header and Document (mapping 2.5, 2.8)."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from iso.messages import business, head001
from iso.messages.fields import FinancialInstitution
from iso.messages.head001 import Endpoint, Head001, normalised
from iso.messages.moulds import Mould, place
from iso.messages.moulds import mould as mould_of
from iso.messages.pacs004 import Pacs004
from iso.messages.pacs009 import Pacs009
from schemas.canonical.cases import AnswerUnfit, CaseAnswered, CaseForwarded
from schemas.canonical.events import (
    Aborted,
    Committed,
    Corrected,
    Event,
    Pending,
    Refused,
    Reserved,
    Role,
    Stated,
)
from schemas.canonical.initiation import INITIATIONS, InitiationReported
from schemas.canonical.instructions import AgentAsked, FundsInstructed, GrossInstructed, SettlementInstructed
from schemas.canonical.payments import PaymentsReported
from schemas.canonical.reporting import REPORTS
from schemas.canonical.reporting_events import BalancesTold, Booked, LimitsTold, PaymentsTold, Reported, RequestHandled
from schemas.canonical.requests import REQUESTS, PaymentAsked, RequestAnswered
from schemas.canonical.statuses import Enquired, Progressed, StatusAsked
from schemas.canonical.system import EventAcknowledged, EventTold, MessageReceived, Resent
from schemas.canonical.verification import VerificationAsked, VerificationReported
from schemas.canonical.wire import Dialect, Original, RequestHeader
from schemas.codes.statuses import PENDING, REJECTED
from translator.iso import (
    balances,
    case_letters,
    enquiries,
    institutions,
    liquidity,
    payment_search,
    requests,
    returns,
    settlement,
    statements,
    system,
)
from translator.iso.agents import hub_institution, institution_of
from translator.iso.exchanges import converted
from translator.iso.groups import render_group
from translator.iso.headers import answered, related
from translator.iso.initiation_reports import REPORT as INITIATION_REPORT
from translator.iso.initiation_reports import render as render_initiation
from translator.iso.initiation_reports import render_refusal
from translator.iso.moments import moment_out
from translator.iso.orders import render as render_order
from translator.iso.reports import render_state, render_word
from translator.iso.transfers import render as render_transfer
from translator.iso.transfers import write_transfer
from translator.iso.verification import QUESTION, render_question, render_report
from translator.iso.verification import REPORT as VERIFIED
from translator.losses import Loss
from translator.outgoing import ISO_ENDPOINT, SIGNED_BY_HUB, Originals, Outgoing, Task

_PAYMENT: Final = "pacs.008"
_REPORT: Final = "pacs.002"
_OTHERS: Final = frozenset({*returns.MESSAGES, institutions.MESSAGE})
"""Messages besides pacs.008 by which a bank gives money; what they say goes on as it is."""
_REQUEST_ID: Final = place(2)
_REQUESTED: Final = place(3)


class Document(NamedTuple):
    """A Document on its way: the message it is (`pacs.002`), its bytes, and the received message that goes on in it."""

    message: str
    body: bytes
    forward: Original | None = None


def render(event: Event, task: Task) -> Outgoing:
    """The business message an event is for a bank; raises ValueError for an event that no bank is ever told."""
    if isinstance(event.body, Resent):
        return _again(event, task)
    write = _DOCUMENTS.get(type(event.body))
    if write is None:
        raise ValueError(f"{type(event.body).__name__} is nothing a bank is told")
    document = write(event, event.body, task)
    request = None if isinstance(event.body, Reserved) else answered(event)
    return _letter(document, task.definition(document.message), task, request)


def _payment(event: Event, body: Reserved, task: Task) -> Document:
    """The payer bank's own Document if both banks use its version; else translated, as much as the version holds.

    A payment that changed its currency on the way is never the same Document.
    """
    original, version = event.original, task.definition(_PAYMENT)
    if body.transfer.terms.order:
        return Document(_PAYMENT, render_order(body.transfer, task))
    if original is None or original.dialect is not Dialect.ISO_XML:
        if body.transfer.returns is not None:
            return Document(returns.MESSAGE, returns.render(body.transfer, task))
        return Document(_PAYMENT, render_transfer(body.transfer, task))
    originals = task.context.originals
    if originals is None:
        raise ValueError("a message received in XML goes on, but nothing that can read it was given")
    if original.target[: len(_PAYMENT)] in _OTHERS:
        return _as_written(original, originals, task)
    if original.target == version and body.transfer.terms.exchange is None:
        return Document(_PAYMENT, originals.document(original), original)
    message = originals.transfer(original)
    task.losses.extend(Loss(path, "", "kept with the original only") for path in message.untyped)
    message = converted(message, body.transfer, task.losses)
    return Document(_PAYMENT, write_transfer(message, version, task.losses), original)


def _as_written(original: Original, originals: Originals, task: Task) -> Document:
    """A return or reversal, or a transfer between institutions: as its sender wrote it, in the receiver's version."""
    name = original.target[: len(_PAYMENT)]
    version = task.definition(name)
    if original.target == version:
        return Document(name, originals.document(original), original)
    message = originals.typed(original)
    if not isinstance(message, Pacs004 | Pacs009):
        raise TypeError(f"{original.target} is no {name}")
    task.losses.extend(Loss(path, "", "kept with the original only") for path in message.untyped)
    written = business.write(message, version)
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return Document(name, written.body, original)


def _progressed(_event: Event, body: Progressed, task: Task) -> Document:
    return Document(_REPORT, enquiries.render_progress(body, task))


def _enquired(_event: Event, body: Enquired, task: Task) -> Document:
    return Document(_REPORT, enquiries.render(body, task))


def _status_asked(_event: Event, body: StatusAsked, task: Task) -> Document:
    return Document(enquiries.MESSAGE, enquiries.render_request(body, task))


def _state(_event: Event, body: Committed | Aborted | Stated, task: Task) -> Document:
    return Document(_REPORT, render_state(body.transfer, task, to_payer=body.role is Role.PAYER))


def _corrected(_event: Event, body: Corrected, task: Task) -> Document:
    return Document(_REPORT, render_state(body.transfer, task, body.cause))


def _asked(event: Event, body: PaymentAsked, task: Task) -> Document:
    """The creditor bank's own Document if both banks use its version."""
    return _passed_on(event, requests.REQUEST, task) or Document(
        requests.REQUEST, requests.render_request(body.request, task)
    )


def _request_answered(event: Event, body: RequestAnswered, task: Task) -> Document:
    """The debtor bank's own Document if both banks use its version."""
    return _passed_on(event, requests.ANSWER, task) or Document(
        requests.ANSWER, requests.render_answer(body.request, task)
    )


def _passed_on(event: Event, message: str, task: Task) -> Document | None:
    original, originals = event.original, task.context.originals
    if original is None or originals is None or original.target != task.definition(message):
        return None
    return Document(message, originals.document(original), original)


def _initiated(_event: Event, body: InitiationReported, task: Task) -> Document:
    return Document(INITIATION_REPORT, render_initiation(body, task))


def _refused(_event: Event, body: Refused, task: Task) -> Document:
    if body.resource == INITIATIONS:
        return Document(INITIATION_REPORT, render_refusal(body, task))
    if body.resource == REQUESTS:
        return Document(requests.ANSWER, requests.render_refusal(body, task))
    if body.resource == REPORTS:
        return Document(liquidity.RECEIPT, liquidity.render_refusal(body, task))
    references = body.terms.references if body.terms else None
    return Document(_REPORT, render_word(references, body.key, REJECTED, body.fault, task))


def _pending(_event: Event, body: Pending, task: Task) -> Document:
    return Document(_REPORT, render_word(body.terms.references, body.transfer_id, PENDING, None, task))


def _verification(_event: Event, body: VerificationAsked, task: Task) -> Document:
    return Document(QUESTION, render_question(body, task))


def _verified(_event: Event, body: VerificationReported, task: Task) -> Document:
    return Document(VERIFIED, render_report(body, task))


def _told_event(_event: Event, body: EventTold, task: Task) -> Document:
    return Document(system.EVENT, system.render_event(body, task))


def _acknowledged(_event: Event, body: EventAcknowledged, task: Task) -> Document:
    return Document(system.ACKNOWLEDGEMENT, system.render_acknowledgement(body, task))


def _receipt(_event: Event, body: MessageReceived, task: Task) -> Document:
    return Document(system.RECEIPT, system.render_receipt(body, task))


def _group(_event: Event, body: PaymentsReported, task: Task) -> Document:
    return Document(_REPORT, render_group(body, task))


def _case(write: Callable[[Event, Any, Task], case_letters.Letter]) -> Callable[[Event, Any, Task], Document]:
    return lambda event, body, task: Document(*write(event, body, task))


def _as(message: str, write: Callable[[Any, Task], bytes]) -> Callable[[Event, Any, Task], Document]:
    """What is told by one message whatever it says."""
    return lambda _event, body, task: Document(message, write(body, task))


def _booked(_event: Event, body: Booked, task: Task) -> Document:
    report = statements.notice(body)
    return Document(statements.message_of(report.kind), statements.render(report, task))


def _reported(_event: Event, body: Reported, task: Task) -> Document:
    return Document(statements.message_of(body.report.kind), statements.render(body.report, task))


def _instructed(_event: Event, body: SettlementInstructed, task: Task) -> Document:
    return Document(body.message, settlement.render(body, task))


_DOCUMENTS: Final[dict[type, Callable[[Event, Any, Task], Document]]] = {
    Reserved: _payment,
    Committed: _state,
    Aborted: _state,
    Stated: _state,
    Corrected: _corrected,
    Refused: _refused,
    InitiationReported: _initiated,
    PaymentAsked: _asked,
    RequestAnswered: _request_answered,
    Pending: _pending,
    PaymentsReported: _group,
    EventTold: _told_event,
    EventAcknowledged: _acknowledged,
    MessageReceived: _receipt,
    VerificationAsked: _verification,
    VerificationReported: _verified,
    CaseForwarded: _case(case_letters.forwarded),
    CaseAnswered: _case(case_letters.answered),
    AnswerUnfit: _case(case_letters.unfit),
    Progressed: _progressed,
    Enquired: _enquired,
    StatusAsked: _status_asked,
    BalancesTold: _as(balances.ACCOUNTS, balances.render_balances),
    LimitsTold: _as(balances.LIMITS, balances.render_limits),
    PaymentsTold: _as(payment_search.PAYMENTS, payment_search.render),
    RequestHandled: _as(liquidity.RECEIPT, liquidity.render),
    Booked: _booked,
    Reported: _reported,
    SettlementInstructed: _instructed,
    GrossInstructed: _as(settlement.TRANSFER, settlement.render_gross),
    FundsInstructed: _as(settlement.TRANSFER, settlement.render_funds),
    AgentAsked: _as(enquiries.MESSAGE, enquiries.render_agent_request),
}
"""What is told a bank: event -> its Document."""


def _letter(document: Document, definition: str, task: Task, request: RequestHeader | None) -> Outgoing:
    context, receiver = task.context, task.receiver
    version = task.definition("head.001")
    usual = msgspec.structs.replace(request, message_id=_REQUEST_ID, created=_REQUESTED) if request else None
    mould = _header(
        hub_institution(context.hub),
        institution_of(receiver, receiver.name),
        definition,
        version,
        True if context.repeated else None,
        usual,
    )
    texts = [context.message_id, moment_out(context.now)]
    if request is not None:
        texts += [request.message_id, _moment(request.created, version)]
    return Outgoing(
        dialect=Dialect.ISO_XML,
        method="POST",
        endpoint_type=ISO_ENDPOINT,
        path="",
        resource=definition,
        version=definition,
        source=context.hub.name,
        destination=receiver.name,
        body=document.body,
        header=mould.fill(texts),
        message_id=context.message_id,
        sign_as=SIGNED_BY_HUB,
        forward=document.forward,
        losses=tuple(task.losses),
    )


def _again(event: Event, task: Task) -> Outgoing:
    """A message that was sent before: its own header, marked as a duplicate, and its own Document."""
    original, originals = event.original, task.context.originals
    if original is None or originals is None:
        raise ValueError("a message is sent again, but not given")
    header = originals.header(original)
    return Outgoing(
        dialect=Dialect.ISO_XML,
        method="POST",
        endpoint_type=ISO_ENDPOINT,
        path="",
        resource=original.target,
        version=original.target,
        source=task.context.hub.name,
        destination=task.receiver.name,
        body=originals.document(original),
        header=system.repeated(header),
        message_id=header.business_message_id,
        sign_as=SIGNED_BY_HUB,
        forward=original,
    )


def _moment(text: str, version: str) -> str:
    return normalised(text) if version == head001.VERSIONS[0] else text


@lru_cache(maxsize=4096)
def _header(
    sender: FinancialInstitution,
    receiver: FinancialInstitution,
    definition: str,
    version: str,
    possible_duplicate: bool | None,
    request: RequestHeader | None,
) -> Mould:
    """The AppHdr around its BizMsgIdr and CreDt, and those of the request: all else is the same for many messages."""
    practice = request.practice if request is not None else None
    header = Head001(
        sender=Endpoint(institution=sender),
        receiver=Endpoint(institution=receiver),
        business_message_id=place(0),
        message_definition=definition,
        created=place(1),
        possible_duplicate=possible_duplicate,
        business_service=request.service if request is not None else None,
        practice_registry=practice[0] if practice else None,
        practice_id=practice[1] if practice else None,
        related=(related(request),) if request is not None else (),
    )
    return mould_of(head001.write(header, version, place_for_signature=True))
