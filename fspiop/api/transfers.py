"""/transfers: POST, GET, PUT and PUT error; PATCH is the hub's to send (reference sections 2, 9.4)."""

from typing import Final

from msgspec.structs import replace

from fspiop.api.resource import Found, Operation, Resource
from fspiop.errors import Refusal, refusal_of, refuse
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.isojson.payments import CreditTransfer
from fspiop.isojson.reading import amount_of, answer_of, iso_id
from fspiop.isojson.statuses import StatusReport
from fspiop.messages.errors import ErrorBody
from fspiop.messages.schema import BodySchema
from fspiop.messages.transfers import TransfersPost, TransfersPut
from fspiop.rules import Now, amount_fault, answer_fault, completed_fault, is_void
from schemas.canonical.faults import Fault

_COLLECTION: Final = {"POST": Operation(Kind.POST, BodySchema(TransfersPost))}
_ITEM: Final = {
    "GET": Operation(Kind.GET),
    "PUT": Operation(Kind.PUT, BodySchema(TransfersPut)),
    "PATCH": Operation(Kind.PUT, refusal=refuse("NOT_IMPLEMENTED", "PATCH /transfers goes from the hub to payees")),
}
_ERROR: Final = {"PUT": Operation(Kind.PUT_ERROR, BodySchema(ErrorBody))}


def _find(segments: tuple[str, ...]) -> Found | None:
    match segments:
        case ():
            return Found((), _COLLECTION)
        case (transfer_id,):
            return Found((transfer_id,), _ITEM)
        case (transfer_id, "error"):
            return Found((transfer_id,), _ERROR)
    return None


def _rules(message: IncomingFspiop, now: Now) -> IncomingFspiop | Refusal:
    body = message.body
    if isinstance(body, TransfersPost):
        return replace(message, ids=(body.transfer_id,), fault=amount_fault(body.amount))
    if isinstance(body, CreditTransfer):
        amount = amount_of(body.cdt_trf_tx_inf.intr_bk_sttlm_amt)
        return replace(message, ids=(iso_id(body),), fault=amount_fault(amount))
    if isinstance(body, StatusReport):
        answer = answer_of(body)
        if isinstance(answer, Fault):
            return refusal_of(answer)
        body = answer
    if isinstance(body, TransfersPut):
        # A proxy passes on what another scheme's clock wrote.
        reason = answer_fault(body) or (completed_fault(body, now) if message.proxy is None else None)
        if reason is not None:
            return refusal_of(reason)
        return replace(message, void=True) if is_void(body, message.version) else message
    return message


RESOURCE: Final = Resource("transfers", _find, _rules)
