"""Bodies of /fxTransfers: a conversion that a transfer determines (API definition 2.0)."""

import msgspec

from fspiop.messages.fields import (
    CorrelationId,
    DateTime,
    ExtensionList,
    FspIdText,
    IlpHash,
    MoneyBody,
    TransferStateWord,
)


class FxTransfersPost(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """POST /fxTransfers: convert the source amount, once the determining transfer commits."""

    commit_request_id: CorrelationId
    initiating_fsp: FspIdText
    counter_party_fsp: FspIdText
    source_amount: MoneyBody
    target_amount: MoneyBody
    condition: IlpHash
    determining_transfer_id: CorrelationId | None = None
    expiration: DateTime | None = None


class FxTransfersPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PUT /fxTransfers/{ID}: the provider's fulfilment, or the state the hub tells."""

    conversion_state: TransferStateWord
    fulfilment: IlpHash | None = None
    completed_timestamp: DateTime | None = None
    extension_list: ExtensionList | None = None


class FxTransfersPatch(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PATCH /fxTransfers/{ID}: the hub tells the provider how its conversion ended."""

    conversion_state: TransferStateWord
    completed_timestamp: DateTime | None = None
    extension_list: ExtensionList | None = None
