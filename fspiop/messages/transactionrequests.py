"""Bodies of /transactionRequests: a payee asks to be paid (API definition section 6.4)."""

from typing import Literal

import msgspec

from fspiop.messages.fields import (
    CorrelationId,
    DateTime,
    ExtensionList,
    GeoCode,
    MoneyBody,
    Party,
    PartyIdInfo,
    Text128,
)
from fspiop.messages.quotes import TransactionType

AuthenticationType = Literal["OTP", "QRCODE", "U2F"]
TransactionRequestState = Literal["RECEIVED", "PENDING", "ACCEPTED", "REJECTED"]


class TransactionRequestsPost(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """POST /transactionRequests: this payee wants this amount; `authentication_type` if the payer is at its device."""

    transaction_request_id: CorrelationId
    payee: Party
    payer: PartyIdInfo
    amount: MoneyBody
    transaction_type: TransactionType
    note: Text128 | None = None
    geo_code: GeoCode | None = None
    authentication_type: AuthenticationType | None = None
    expiration: DateTime | None = None
    extension_list: ExtensionList | None = None


class TransactionRequestsPut(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """PUT /transactionRequests/{ID}: how far the payer's FSP is; the transaction id is its choice."""

    transaction_request_state: TransactionRequestState
    transaction_id: CorrelationId | None = None
    extension_list: ExtensionList | None = None
