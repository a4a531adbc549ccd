"""What messages about cases ask for: recalls, exceptions, investigations and their answers, all for the ledger lane."""

import hashlib
from typing import TYPE_CHECKING, Final, get_args

import msgspec

from iso.messages.business import cut_document
from iso.messages.camt029 import Camt029
from iso.messages.camt055 import Camt055
from iso.messages.camt056 import Camt056
from iso.messages.camt110 import Camt110
from iso.messages.camt111 import Camt111
from iso.messages.cases import CaseMessage
from schemas.canonical.cases import AnswerCases, CaseKind, CaseReferences, CaseReply, CaseRequest, OpenCases
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.transfer import Transfer
from switch.lanes import LEDGER
from translator.iso import cases
from translator.iso.reports import OriginalIds

if TYPE_CHECKING:
    from switch.intake_iso import Around, Arrived, Asked

CASE_MESSAGES: Final[tuple[type, ...]] = get_args(CaseMessage)
"""The typed messages this is for."""
_AMBIGUOUS: Final = "more than one payment has these references; name its UETR"


async def case_command(arrived: "Arrived", around: "Around") -> "Asked":
    """The command of any of these messages; what names its payment by its sender's references only is looked for."""
    command, sender = _read(arrived), arrived.envelope.sender
    if isinstance(command, AnswerCases):
        replies = [await _meant(reply, sender, around) for reply in command.replies]
        return LEDGER, msgspec.structs.replace(command, replies=tuple(replies))
    requests = [each for request in command.requests for each in await _found(request, sender, around)]
    return LEDGER, msgspec.structs.replace(command, requests=tuple(requests))


def _read(arrived: "Arrived") -> OpenCases | AnswerCases:
    document: CaseMessage = arrived.message.business.document  # type: ignore[assignment]  # the row is for these types
    envelope = arrived.envelope
    match document:
        case Camt056():
            return cases.recall(document, envelope)
        case Camt055():
            return cases.withdrawal(document, envelope)
        case Camt029():
            return cases.resolution(document, envelope)
        case Camt111():
            return cases.response(document, envelope)
        case Camt110():
            return cases.investigation(document, envelope, _digest(arrived))
        case _:
            return cases.question(document, envelope, _digest(arrived))


def _digest(arrived: "Arrived") -> bytes:
    """That of the Document alone: a header is another each time."""
    body = arrived.message.original.body
    return hashlib.sha256(cut_document(body) or body).digest()


async def _found(request: CaseRequest, sender: FspId, around: "Around") -> list[CaseRequest]:
    """The request with what its references lead to; one for each payment, if it is about a whole message."""
    about = request.references
    if request.kind is CaseKind.WITHDRAWAL:
        return [request]
    if around.find is None or request.fault is not None or about.uetr or not _searchable(about):
        return [request]
    found = [one for one in await around.find.known(sender, _ids(about)) if one.converts is None]
    whole = not (about.transaction_id or about.end_to_end_id or about.instruction_id)
    if whole and len(found) > 1:
        return [_of_message(request, one, sender) for one in found[: cases.REQUESTS_MAX]]
    if len(found) > 1:
        return [msgspec.structs.replace(request, fault=fault("VALIDATION", _AMBIGUOUS))]
    payments = dict.fromkeys((*(one.id for one in found), *request.payments))
    return [msgspec.structs.replace(request, payments=tuple(payments))]


async def _meant(reply: CaseReply, sender: FspId, around: "Around") -> CaseReply:
    """The reply with what its references lead to; which of them has a case of the sender's is the ledger's to see."""
    about = reply.references
    if around.find is None or about is None or about.uetr or not _searchable(about):
        return reply
    found = await around.find.known(sender, _ids(about))
    return msgspec.structs.replace(reply, payments=tuple(dict.fromkeys((*(one.id for one in found), *reply.payments))))


def _searchable(about: CaseReferences) -> bool:
    return bool(about.transaction_id or about.end_to_end_id or about.instruction_id or about.message_id)


def _ids(about: CaseReferences) -> OriginalIds:
    return OriginalIds(
        message_id=about.message_id,
        message_name=about.message_name,
        instruction_id=about.instruction_id,
        end_to_end_id=about.end_to_end_id,
        transaction_id=about.transaction_id,
    )


def _of_message(request: CaseRequest, payment: Transfer, sender: FspId) -> CaseRequest:
    """One payment of a message that is recalled as a whole; its own references tell the answers apart."""
    known = payment.terms.references
    about = request.references
    if known is not None:
        about = msgspec.structs.replace(
            about,
            instruction_id=known.instruction_id,
            end_to_end_id=known.end_to_end_id,
            transaction_id=known.transaction_id,
            uetr=known.uetr,
        )
    unnumbered = msgspec.structs.replace(about, cancellation_id=None)
    key = cases.case_key(request.kind, sender, unnumbered, (payment.id,))
    return msgspec.structs.replace(request, key=key, references=about, payments=(payment.id,))
