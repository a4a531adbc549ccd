"""Bodies of /bulkTransfers: up to 1,000 transfers of one payer to one payee (API definition section 6.10)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from fspiop.messages.errors import ErrorInformation
from fspiop.messages.fields import (
    CorrelationId,
    DateTime,
    ExtensionList,
    FspIdText,
    IlpHash,
    IlpPacketText,
    MoneyBody,
)

ITEMS_MAX = 1000
NODES_MAX = 120_000
"""JSON values a body may have: a thousand items with sixteen extensions beside their error and in it."""
BulkStateWord = Literal["RECEIVED", "PENDING", "ACCEPTED", "PROCESSING", "COMPLETED", "REJECTED"]


class IndividualTransfer(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One item of an order."""

    transfer_id: CorrelationId
    transfer_amount: MoneyBody
    ilp_packet: IlpPacketText
    condition: IlpHash
    extension_list: ExtensionList | None = None


class IndividualTransferResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What became of one item: its fulfilment, or why there is none."""

    transfer_id: CorrelationId
    fulfilment: IlpHash | None = None
    error_information: ErrorInformation | None = None
    extension_list: ExtensionList | None = None


class BulkTransfersPost(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """POST /bulkTransfers: reserve these amounts for the payee until `expiration`."""

    bulk_transfer_id: CorrelationId
    bulk_quote_id: CorrelationId
    payer_fsp: FspIdText
    payee_fsp: FspIdText
    individual_transfers: Annotated[tuple[IndividualTransfer, ...], Meta(min_length=1, max_length=ITEMS_MAX)]
    expiration: DateTime
    extension_list: ExtensionList | None = None


class BulkTransfersPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PUT /bulkTransfers/{ID}: the payee's answer item by item, or the results the hub tells."""

    bulk_transfer_state: BulkStateWord
    completed_timestamp: DateTime | None = None
    individual_transfer_results: (
        Annotated[tuple[IndividualTransferResult, ...], Meta(max_length=ITEMS_MAX)] | None
    ) = None
    extension_list: ExtensionList | None = None
