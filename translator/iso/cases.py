"""Messages of cases read: recalls, exceptions and investigations as requests, camt.029 and camt.111 as replies."""

import hashlib
from collections.abc import Iterator
from typing import Final

import msgspec

from iso.messages.camt026 import Camt026
from iso.messages.camt027 import Camt027
from iso.messages.camt028 import Camt028
from iso.messages.camt029 import Camt029, CancellationAnswer, TransactionAnswer
from iso.messages.camt055 import Camt055
from iso.messages.camt056 import Camt056
from iso.messages.camt087 import Camt087
from iso.messages.camt110 import Camt110
from iso.messages.camt111 import Camt111
from iso.messages.case_pieces import CaseId, GroupCancellation, Underlying
from iso.messages.fields import Reason
from iso.messages.originals import OriginalReference
from iso.messages.shape import Amount
from schemas.canonical.cases import (
    AnswerCases,
    CaseKind,
    CaseReferences,
    CaseReply,
    CaseRequest,
    OpenCases,
    Verdict,
    Why,
)
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, TransferId, derived_uuid, transfer_id_of
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.wire import Envelope
from translator.iso.reports import OriginalIds, transfer_named

Question = Camt026 | Camt027 | Camt028 | Camt087
"""Exceptions: one payment each, and the same frame around it."""
REQUESTS_MAX: Final = 1000
"""Payments one message may ask about."""

_KINDS: Final[dict[type, CaseKind]] = {
    Camt026: CaseKind.UNABLE_TO_APPLY,
    Camt027: CaseKind.NON_RECEIPT,
    Camt028: CaseKind.INFORMATION,
    Camt087: CaseKind.MODIFICATION,
}
_REQUEST_TO_PAY: Final = "pain.013"
_PENDING: Final = frozenset({"PDCR", "UWFW", "CWFW", "MWFW", "PDNG", "ASGN", "OPEN"})
"""Words that promise an answer: pending, will follow (camt.029), pending or assigned (camt.111)."""
_REFUSED: Final = frozenset({"RJCR", "RJCT"})
_DONE: Final = frozenset({"CNCL", "ACCR", "PECR", "PACR"})
_VERDICTS: Final = (
    dict.fromkeys(_PENDING, Verdict.PENDING)
    | dict.fromkeys(_REFUSED, Verdict.REFUSED)
    | dict.fromkeys(_DONE, Verdict.ACCEPTED)
)


def recall(message: Camt056, envelope: Envelope) -> OpenCases:
    """A bank wants payments back; one request for each, or for the whole message it names."""
    requests: list[CaseRequest] = []
    for underlying in message.underlying:
        group = underlying.group
        for one in underlying.transactions:
            case = one.case or (group.case if group else None) or message.case
            references = CaseReferences(
                message.assignment.id,
                case.id if case else None,
                one.cancellation_id,
                one.case is not None,
                one.original_message_id or (group.original_message_id if group else None),
                one.original_message_name or (group.original_message_name if group else None),
                one.original_created or (group.original_created if group else None),
                None,
                one.original_instruction_id,
                one.original_end_to_end_id,
                one.original_transaction_id,
                one.original_uetr,
                _money(one.original_amount),
                one.original_settlement_date or _settled(one.reference),
            )
            reasons = one.reasons or (group.reasons if group else ())
            requests.append(_request(CaseKind.RECALL, references, reasons, envelope.sender))
        if group is not None and not underlying.transactions:
            requests.append(_group(CaseKind.RECALL, message.assignment.id, message.case, group, envelope.sender))
    return _opened(envelope, requests)


def withdrawal(message: Camt055, envelope: Envelope) -> OpenCases:
    """Who ordered payments takes them back, or who asked to be paid its requests."""
    requests: list[CaseRequest] = []
    for underlying in message.underlying:
        group = underlying.group
        for block in underlying.payments:
            around = CaseReferences(
                assignment_id=message.assignment.id,
                message_id=block.original_message_id or (group.original_message_id if group else None),
                message_name=block.original_message_name or (group.original_message_name if group else None),
                created=block.original_created,
                payment_id=block.original_payment_id,
            )
            for one in block.transactions:
                case = one.case or block.case or message.case
                references = msgspec.structs.replace(
                    around,
                    case_id=case.id if case else None,
                    cancellation_id=one.cancellation_id,
                    in_transaction=one.case is not None,
                    instruction_id=one.original_instruction_id,
                    end_to_end_id=one.original_end_to_end_id,
                    uetr=one.original_uetr,
                    amount=_money(one.original_amount),
                )
                reasons = one.reasons or block.reasons
                requests.append(_request(CaseKind.CANCELLATION, references, reasons, envelope.sender))
            if not block.transactions:
                case = block.case or message.case
                references = msgspec.structs.replace(
                    around, case_id=case.id if case else None, cancellation_id=block.cancellation_id
                )
                requests.append(_request(CaseKind.CANCELLATION, references, block.reasons, envelope.sender))
        if group is not None and not underlying.payments:
            kind = CaseKind.CANCELLATION
            requests.append(_group(kind, message.assignment.id, message.case, group, envelope.sender))
    return _opened(envelope, requests)


def question(message: Question, envelope: Envelope, digest: bytes) -> OpenCases:
    """An exception about one payment; `digest` is that of its Document, since not all of it is typed."""
    references = _underlying(message.underlying, message.assignment.id, message.case)
    request = _request(_KINDS[type(message)], references, (), envelope.sender, digest)
    return _opened(envelope, [request])


def investigation(message: Camt110, envelope: Envelope, digest: bytes) -> OpenCases:
    """A question of any kind; without a payment nobody here can answer it."""
    request = message.request
    references = _underlying(request.underlying or Underlying(), request.message_id, None)
    references = msgspec.structs.replace(references, case_id=request.requester_id, cancellation_id=request.eir)
    asked = _request(CaseKind.INVESTIGATION, references, (), envelope.sender, digest)
    reason = message.questions[0].reason if message.questions else None
    why = Why(reason.code, reason.proprietary) if reason else Why()
    return _opened(envelope, [msgspec.structs.replace(asked, why=why, inquiry=msgspec.json.encode(request))])


def resolution(message: Camt029, envelope: Envelope) -> AnswerCases:
    """What a bank answers: one reply for each payment or case it names."""
    about = [reply for each in message.cancellations for reply in _cancelled(message, each, envelope.sender)]
    if message.modification is not None:
        about.append(_one(message, message.modification, None, envelope.sender))
    if not about:
        about = [CaseReply(_verdict(message, None), names=_names(message), why=_first(()))]
    content = (message.confirmation, message.rejections, message.cancellations, message.modification)
    return AnswerCases(_hashed(envelope, content), tuple(about))


def response(message: Camt111, envelope: Envelope) -> AnswerCases:
    """What a bank answers to a camt.110."""
    asked = message.request
    underlying = asked.underlying or Underlying()
    references = _underlying(underlying, asked.message_id, None)
    names = tuple(name for name in (asked.message_id, asked.requester_id, asked.eir) if name)
    why = Why(message.status, info=tuple(each.narrative for each in message.findings if each.narrative)[:1])
    verdict = _VERDICTS.get(message.status, Verdict.ANSWERED)
    reply = CaseReply(verdict, None, candidates(references, envelope.sender), names, why, references)
    content = (message.status, message.status_reason, message.findings, names)
    return AnswerCases(_hashed(envelope, content), (reply,))


def candidates(references: CaseReferences, sender: FspId) -> tuple[TransferId, ...]:
    """The transfers that references may name by themselves, the surest first; none if only a search can tell.

    A bank's own TxId names its payment together with the day (mapping 2.3); without one, all references together do.
    """
    ids = OriginalIds(uetr=references.uetr, transaction_id=references.transaction_id)
    found = [transfer_named(ids)]
    own = references.transaction_id
    if not own and not references.uetr and references.message_id and references.end_to_end_id:
        own = "/".join((references.message_id, references.instruction_id or "", references.end_to_end_id))
    if own:
        days = dict.fromkeys(day[:10] for day in (references.settlement_date, references.created) if day)
        found += [transfer_id_of(None, own, sender, day) for day in days]
    return tuple(dict.fromkeys(each for each in found if each is not None))


def case_key(kind: CaseKind, sender: FspId, references: CaseReferences, payments: tuple[TransferId, ...]) -> str:
    """The hub's name of a case: the asker's id of it, where it has one that is used once."""
    if kind in _KINDS.values() or references.cancellation_id is None:
        names = (references.case_id or "", references.assignment_id or "", payments[0] if payments else "")
        return derived_uuid("case", kind.value, sender, *names)
    return derived_uuid("case", kind.value, sender, references.cancellation_id)


def _request(
    kind: CaseKind, references: CaseReferences, reasons: tuple[Reason, ...], sender: FspId, digest: bytes = b""
) -> CaseRequest:
    if (references.message_name or "").startswith(_REQUEST_TO_PAY):
        kind = CaseKind.WITHDRAWAL
    payments = candidates(references, sender) if kind is not CaseKind.WITHDRAWAL else ()
    content = (kind, msgspec.structs.replace(references, assignment_id=None), reasons, digest)
    return CaseRequest(
        case_key(kind, sender, references, payments),
        kind,
        references,
        payments,
        hashlib.sha256(msgspec.json.encode(content)).digest(),
        _first(reasons),
    )


def _group(
    kind: CaseKind, assignment: str, around: CaseId | None, group: GroupCancellation, sender: FspId
) -> CaseRequest:
    case = group.case or around
    references = CaseReferences(
        assignment_id=assignment,
        case_id=case.id if case else None,
        cancellation_id=group.cancellation_id,
        message_id=group.original_message_id,
        message_name=group.original_message_name,
        created=group.original_created,
    )
    return _request(kind, references, group.reasons, sender)


def _opened(envelope: Envelope, requests: list[CaseRequest]) -> OpenCases:
    wrong: Fault | None = None
    if not requests:
        wrong = fault("MISSING_ELEMENT", "the message names no payment")
        requests = [_request(CaseKind.RECALL, CaseReferences(), (), envelope.sender)]
    if len(requests) > REQUESTS_MAX:
        wrong = fault("TOO_MANY_ELEMENTS", f"a message may ask about {REQUESTS_MAX} payments")
        requests = requests[:1]
    if wrong is not None:
        requests = [msgspec.structs.replace(requests[0], fault=wrong)]
    return OpenCases(_hashed(envelope, [request.content_hash for request in requests]), tuple(requests))


def _underlying(about: Underlying, assignment: str, case: CaseId | None) -> CaseReferences:
    return CaseReferences(
        assignment_id=assignment,
        case_id=case.id if case else None,
        message_id=about.original_message_id,
        message_name=about.original_message_name,
        created=about.original_created,
        payment_id=about.original_payment_id,
        instruction_id=about.original_instruction_id,
        end_to_end_id=about.original_end_to_end_id,
        transaction_id=about.original_transaction_id,
        uetr=about.original_uetr,
        amount=_money(about.original_amount),
        settlement_date=about.original_settlement_date or _settled(about.reference),
    )


def _cancelled(message: Camt029, details: CancellationAnswer, sender: FspId) -> Iterator[CaseReply]:
    group = details.group
    for one in details.transactions:
        named = one
        if group is not None and one.original_message_id is None:
            named = msgspec.structs.replace(one, original_message_id=group.original_message_id)
        yield _one(message, named, group.status if group else None, sender)
    for block in details.payments:
        for order in block.transactions:
            told = TransactionAnswer(
                case=order.case or block.case,
                original_end_to_end_id=order.original_end_to_end_id,
                original_uetr=order.original_uetr,
                status=order.status,
                reasons=order.reasons or block.reasons,
            )
            yield _one(message, told, block.status, sender)
    if group is not None and not details.transactions and not details.payments:
        names = (*_names(message), *((group.case.id,) if group.case else ()))
        names += (group.cancellation_id,) if group.cancellation_id else ()
        about = CaseReferences(message_id=group.original_message_id, message_name=group.original_message_name)
        verdict, why = _verdict(message, group.status), _first(group.reasons)
        yield CaseReply(verdict, names=names, why=why, references=about)


def _one(message: Camt029, told: TransactionAnswer, around: str | None, sender: FspId) -> CaseReply:
    references = CaseReferences(
        message_id=told.original_message_id,
        created=told.original_created,
        instruction_id=told.original_instruction_id,
        end_to_end_id=told.original_end_to_end_id,
        transaction_id=told.original_transaction_id,
        uetr=told.original_uetr,
        settlement_date=told.original_settlement_date or _settled(told.reference),
    )
    names = (*((told.case.id,) if told.case else ()), *_names(message))
    verdict = _verdict(message, told.status or around)
    return CaseReply(verdict, None, candidates(references, sender), names, _first(told.reasons), references)


def _names(message: Camt029) -> tuple[str, ...]:
    return (message.case.id,) if message.case else ()


def _verdict(message: Camt029, status: str | None) -> Verdict:
    """What was decided of one payment; where its own status is not told, what is said of all."""
    if status is not None and status in _VERDICTS:
        return _VERDICTS[status]
    if message.rejections or message.duplicate_of is not None:
        return Verdict.REFUSED
    return _VERDICTS.get(message.confirmation or "", Verdict.ANSWERED)


def _first(reasons: tuple[Reason, ...]) -> Why:
    first = reasons[0] if reasons else Reason()
    return Why(first.code, first.proprietary, first.info)


def _money(amount: Amount | None) -> Money | None:
    """An amount for information: one that cannot be is left out."""
    if amount is None:
        return None
    try:
        return Money.parse_iso(amount.text, amount.currency)
    except MoneyError:
        return None


def _settled(reference: OriginalReference | None) -> str | None:
    return reference.settlement_date if reference is not None else None


def _hashed(envelope: Envelope, content: object) -> Envelope:
    digest = hashlib.sha256(msgspec.json.encode(content)).digest()
    return msgspec.structs.replace(envelope, content_hash=digest)
