"""Bulk transfers from the edge to the ledger lane."""

from fspiop.incoming import IncomingFspiop
from fspiop.messages.bulktransfers import BulkTransfersPost, BulkTransfersPut
from fspiop.messages.errors import ErrorBody
from schemas.canonical.commands import Command, Refuse
from schemas.canonical.faults import fault
from schemas.canonical.wire import Envelope
from translator.fspiop import bulktransfers
from translator.fspiop.bulktransfers import Agreed

BANK_BYTES_MAX = 2_000_000
"""A bank is paid item by item, so its items travel beside the order: together they must fit one message of the bus."""


def bulk_command(message: IncomingFspiop, envelope: Envelope, agreed: Agreed | None) -> Command:
    """The command of a message about a bulk transfer; `agreed` reads packets when the payee is a bank."""
    bulk_id = message.ids[0]
    match message.body:
        case BulkTransfersPost() as body:
            if agreed is not None and len(message.original.body) > BANK_BYTES_MAX:
                detail = f"a bulk transfer to a bank has at most {BANK_BYTES_MAX} bytes"
                return Refuse(envelope, fault("TOO_LARGE", detail), message.resource, bulk_id)
            return bulktransfers.prepare(body, envelope, agreed)
        case BulkTransfersPut() as body:
            return bulktransfers.answer(bulk_id, body, envelope, message.fault)
        case ErrorBody() as body:
            return bulktransfers.reject(bulk_id, body, envelope)
        case _:
            return bulktransfers.query(bulk_id, envelope)
