"""/fxTransfers: POST, GET, PUT and PUT error; PATCH is the hub's to send (reference section 10)."""

from typing import Final

from msgspec.structs import replace

from fspiop.api.resource import Found, Operation, Resource
from fspiop.errors import Refusal, refusal_of, refuse
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.isojson.payments import ConversionTransfer
from fspiop.isojson.reading import answer_of, iso_id
from fspiop.isojson.statuses import StatusReport
from fspiop.messages.errors import ErrorBody
from fspiop.messages.fxtransfers import FxTransfersPost, FxTransfersPut
from fspiop.messages.schema import BodySchema
from fspiop.messages.transfers import TransfersPut
from fspiop.rules import Now, answer_fault, completed_fault, is_void
from schemas.canonical.conversion import FX_TRANSFERS
from schemas.canonical.faults import Fault

_COLLECTION: Final = {"POST": Operation(Kind.POST, BodySchema(FxTransfersPost))}
_ITEM: Final = {
    "GET": Operation(Kind.GET),
    "PUT": Operation(Kind.PUT, BodySchema(FxTransfersPut)),
    "PATCH": Operation(Kind.PUT, refusal=refuse("NOT_IMPLEMENTED", "PATCH /fxTransfers goes from hub to provider")),
}
_ERROR: Final = {"PUT": Operation(Kind.PUT_ERROR, BodySchema(ErrorBody))}


def _find(segments: tuple[str, ...]) -> Found | None:
    match segments:
        case ():
            return Found((), _COLLECTION)
        case (conversion_id,):
            return Found((conversion_id,), _ITEM)
        case (conversion_id, "error"):
            return Found((conversion_id,), _ERROR)
    return None


def _rules(message: IncomingFspiop, now: Now) -> IncomingFspiop | Refusal:
    body = message.body
    if isinstance(body, FxTransfersPost):
        return replace(message, ids=(body.commit_request_id,))
    if isinstance(body, ConversionTransfer):
        return replace(message, ids=(iso_id(body),))
    if isinstance(body, FxTransfersPut | StatusReport):
        answer = _answer(body)
        if isinstance(answer, Fault):
            return refusal_of(answer)
        # A proxy passes on what another scheme's clock wrote.
        reason = answer_fault(answer) or (completed_fault(answer, now) if message.proxy is None else None)
        if reason is not None:
            return refusal_of(reason)
        return replace(message, void=True) if is_void(answer, message.version) else message
    return message


def _answer(body: FxTransfersPut | StatusReport) -> TransfersPut | Fault:
    if isinstance(body, StatusReport):
        return answer_of(body)
    return TransfersPut(body.conversion_state, body.fulfilment, body.completed_timestamp)


RESOURCE: Final = Resource(FX_TRANSFERS, _find, _rules)
