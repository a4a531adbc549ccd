"""/bulkTransfers (API definition section 6.10): many transfers under one id, both ways."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from fspiop.messages.bulktransfers import (
    BulkTransfersPost,
    BulkTransfersPut,
    IndividualTransfer,
    IndividualTransferResult,
)
from fspiop.messages.errors import ErrorBody, ErrorInformation
from fspiop.messages.quotes import Transaction
from fspiop.messages.transfers import TransfersPost
from schemas.canonical.bulk import (
    AnswerBulk,
    AnsweredItem,
    Bulk,
    BulkAborted,
    BulkEnded,
    BulkItem,
    BulkReserved,
    BulkState,
    BulkStated,
    PrepareBulk,
    PreparedItem,
    QueryBulk,
    RejectBulk,
)
from schemas.canonical.events import Event, Refused
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.party import Party
from schemas.canonical.terms import Terms
from schemas.canonical.wire import Dialect, Envelope, Original
from translator.fspiop import transfers
from translator.fspiop.errors import error_body, error_information, extension_list, extension_pairs
from translator.fspiop.values import moment_in, moment_out
from translator.outgoing import SIGNED_BY_HUB, Outgoing, Task

RESOURCE: Final = "bulkTransfers"
_ENDPOINT: Final = "FSPIOP_CALLBACK_URL_BULK_TRANSFER_"
_ENCODE: Final = msgspec.json.Encoder().encode
_WORDS: Final = {
    BulkState.ACCEPTED: "ACCEPTED",
    BulkState.PROCESSING: "PROCESSING",
    BulkState.EXPIRING: "PROCESSING",
    BulkState.ABORTING: "PROCESSING",
    BulkState.COMPLETED: "COMPLETED",
    BulkState.EXPIRED: "COMPLETED",
    BulkState.REJECTED: "REJECTED",
    BulkState.INVALID: "REJECTED",
}


class _Named(msgspec.Struct, rename="camel"):
    """The id of an item."""

    transfer_id: str


Agreed = Callable[[str], Transaction | None]
"""Reads the agreement out of a packet."""


def prepare(body: BulkTransfersPost, envelope: Envelope, agreed: Agreed | None = None) -> PrepareBulk:
    """POST /bulkTransfers. `agreed` is given when the payee is a bank, which is paid item by item.

    For other payees an item's packet and extensions stay in the original, from which the payee's order is made.
    """
    payer, payee = FspId(body.payer_fsp), FspId(body.payee_fsp)

    def item(one: IndividualTransfer) -> PreparedItem:
        single = TransfersPost(
            one.transfer_id, body.payee_fsp, body.payer_fsp, one.transfer_amount, one.ilp_packet, one.condition,
            body.expiration, one.extension_list,
        )  # fmt: skip
        found = transfers.prepare(single, envelope, agreed(one.ilp_packet) if agreed else None)
        terms = found.terms if agreed else Terms(one.transfer_id, found.amount, Party(fsp=payer), Party(fsp=payee))
        return PreparedItem(found.transfer_id, found.amount, terms, one.condition, found.fault)

    items = tuple(item(one) for one in body.individual_transfers)
    expiry = moment_in(body.expiration)
    return PrepareBulk(envelope, body.bulk_transfer_id, payer, payee, expiry, items, body.bulk_quote_id)


def answer(bulk_id: str, body: BulkTransfersPut, envelope: Envelope, wrong: Fault | None = None) -> AnswerBulk:
    """PUT /bulkTransfers/{ID} of the payee; `wrong` is why the edge does not believe it."""
    completed = moment_in(body.completed_timestamp) if body.completed_timestamp else None
    items = tuple(_answered(one) for one in body.individual_transfer_results or ())
    return AnswerBulk(envelope, bulk_id, body.bulk_transfer_state, items, completed, wrong)


def reject(bulk_id: str, body: ErrorBody, envelope: Envelope) -> RejectBulk:
    """PUT /bulkTransfers/{ID}/error of the payee."""
    return RejectBulk(envelope, bulk_id, _refusal(body))


def query(bulk_id: str, envelope: Envelope) -> QueryBulk:
    """GET /bulkTransfers/{ID}."""
    return QueryBulk(envelope, bulk_id)


def render(event: Event, task: Task) -> Outgoing:
    """The message an event about a bulk is for its receiver; raises ValueError for any other event."""
    match event.body:
        case BulkReserved(bulk=bulk):
            if event.original is None:
                raise ValueError(f"bulk transfer {bulk.id} was ordered without bytes")
            return _message("POST", "POST", "", task, post(bulk, event.original))
        case BulkAborted(bulk=bulk) if bulk.fault is not None:
            return _message("PUT", "ERROR", f"{bulk.id}/error", task, error_body(bulk.fault))
        case Refused(key=key, fault=fault):
            return _message("PUT", "ERROR", f"{key}/error", task, error_body(fault))
        case BulkEnded(bulk=bulk) | BulkStated(bulk=bulk):
            return _message("PUT", "PUT", bulk.id, task, state(bulk, task.context.now))
        case body:
            raise ValueError(f"{type(body).__name__} is not about a bulk transfer")


def post(bulk: Bulk, original: Original) -> bytes:
    """POST /bulkTransfers to the payee: the payer's order with the items that are reserved, each as it was written."""
    order = msgspec.json.decode(original.body, type=dict[str, msgspec.Raw])
    waiting = {item.transfer_id for item in bulk.items}
    kept: list[msgspec.Raw] = []
    for one in msgspec.json.decode(order["individualTransfers"], type=list[msgspec.Raw]):
        transfer_id = TransferId(msgspec.json.decode(one, type=_Named).transfer_id)
        if transfer_id in waiting:
            # An id that stands twice was reserved once, by its first item.
            waiting.discard(transfer_id)
            kept.append(one)
    return _ENCODE(order | {"individualTransfers": kept})


def state(bulk: Bulk, now: datetime) -> bytes:
    """PUT /bulkTransfers/{ID}: state and results; while items are being decided there is no list."""
    word = _WORDS[bulk.state]
    results = tuple(_result(item) for item in bulk.items) if word != "PROCESSING" else ()
    return _ENCODE(
        BulkTransfersPut(
            word,  # type: ignore[arg-type]
            None if bulk.open else moment_out(bulk.completed or now),
            results or None,
        )
    )


def _answered(one: IndividualTransferResult) -> AnsweredItem:
    reason = _refusal(ErrorBody(one.error_information)) if one.error_information else None
    return AnsweredItem(TransferId(one.transfer_id), one.fulfilment, reason, extension_pairs(one.extension_list))


def _refusal(body: ErrorBody) -> Fault:
    """The payee's reason, as of a single transfer."""
    return transfers.refusal(body)


def _result(item: BulkItem) -> IndividualTransferResult:
    error: ErrorInformation | None = error_information(item.fault) if item.fault else None
    return IndividualTransferResult(item.transfer_id, item.fulfilment, error, extension_list(item.extensions))


def _message(method: str, kind: str, path: str, task: Task, body: bytes) -> Outgoing:
    """A message of the hub's own. Callbacks say in FSPIOP-URI for whom they are, as the reference hub's do."""
    target, receiver = f"/{RESOURCE}/{path}".rstrip("/"), task.receiver.name
    return Outgoing(
        dialect=Dialect.FSPIOP,
        method=method,
        endpoint_type=_ENDPOINT + kind,
        path=target,
        resource=RESOURCE,
        version=task.context.fspiop_version,
        source=task.context.hub.name,
        destination=receiver,
        body=body,
        sign_as=SIGNED_BY_HUB,
        uri=f"/{receiver}{target}" if method == "PUT" else target,
    )
