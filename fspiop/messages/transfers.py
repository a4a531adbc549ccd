"""Bodies of /transfers: the money itself (API definition section 6.7)."""

import msgspec

from fspiop.messages.fields import (
    CorrelationId,
    DateTime,
    ExtensionList,
    FspIdText,
    IlpHash,
    IlpPacketText,
    MoneyBody,
    TransferStateWord,
)


class TransfersPost(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """POST /transfers: reserve this amount for the payee until `expiration`."""

    transfer_id: CorrelationId
    payee_fsp: FspIdText
    payer_fsp: FspIdText
    amount: MoneyBody
    ilp_packet: IlpPacketText
    condition: IlpHash
    expiration: DateTime
    extension_list: ExtensionList | None = None


class TransfersPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PUT /transfers/{ID}: the payee's fulfilment, or the state the hub tells."""

    transfer_state: TransferStateWord
    fulfilment: IlpHash | None = None
    completed_timestamp: DateTime | None = None
    extension_list: ExtensionList | None = None


class TransfersPatch(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PATCH /transfers/{ID}: the hub tells a payee that answered RESERVED how it ended (since version 1.1)."""

    completed_timestamp: DateTime
    transfer_state: TransferStateWord
    extension_list: ExtensionList | None = None
