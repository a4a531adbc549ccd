"""/bulkTransfers: POST, GET, PUT and PUT error (reference sections 2 and 12)."""

from typing import Final

from msgspec.structs import replace

from fspiop.api.resource import Found, Operation, Resource
from fspiop.errors import Refusal
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.messages.bulktransfers import NODES_MAX, BulkTransfersPost, BulkTransfersPut
from fspiop.messages.errors import ErrorBody
from fspiop.messages.schema import BodySchema
from fspiop.rules import Now, completed_fault

_COLLECTION: Final = {"POST": Operation(Kind.POST, BodySchema(BulkTransfersPost, NODES_MAX))}
_ITEM: Final = {
    "GET": Operation(Kind.GET),
    "PUT": Operation(Kind.PUT, BodySchema(BulkTransfersPut, NODES_MAX)),
}
_ERROR: Final = {"PUT": Operation(Kind.PUT_ERROR, BodySchema(ErrorBody))}


def _find(segments: tuple[str, ...]) -> Found | None:
    match segments:
        case ():
            return Found((), _COLLECTION)
        case (bulk_id,):
            return Found((bulk_id,), _ITEM)
        case (bulk_id, "error"):
            return Found((bulk_id,), _ERROR)
    return None


def _rules(message: IncomingFspiop, now: Now) -> IncomingFspiop | Refusal:
    body = message.body
    if isinstance(body, BulkTransfersPost):
        return replace(message, ids=(body.bulk_transfer_id,))
    if isinstance(body, BulkTransfersPut) and message.proxy is None:
        # Unlike a transfer's: a bulk whose answer bears a wrong moment is taken, and then aborted as a whole.
        return replace(message, fault=completed_fault(body, now))
    return message


RESOURCE: Final = Resource("bulkTransfers", _find, _rules)
