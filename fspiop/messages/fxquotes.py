"""Bodies of /fxQuotes: what a currency conversion would cost (API definition 2.0)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from fspiop.messages.fields import (
    Amount,
    AmountType,
    CorrelationId,
    Currency,
    DateTime,
    ExtensionList,
    FspIdText,
    IlpHash,
    MoneyBody,
    Text32,
)


class FxMoney(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One side of a conversion; the amount that the provider is to find is left out of a request."""

    currency: Currency
    amount: Amount | None = None


class FxCharge(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What the provider takes, in one or both currencies."""

    charge_type: Text32
    source_amount: MoneyBody | None = None
    target_amount: MoneyBody | None = None


class FxConversion(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A conversion as it is asked for or agreed; `determining_transfer_id` names the transfer that decides it."""

    conversion_id: CorrelationId
    initiating_fsp: FspIdText
    counter_party_fsp: FspIdText
    amount_type: AmountType
    source_amount: FxMoney
    target_amount: FxMoney
    expiration: DateTime
    determining_transfer_id: CorrelationId | None = None
    charges: Annotated[tuple[FxCharge, ...], Meta(max_length=16)] | None = None
    extension_list: ExtensionList | None = None


class FxQuotesPost(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """POST /fxQuotes: what would this conversion cost?"""

    conversion_request_id: CorrelationId
    conversion_terms: FxConversion


class FxQuotesPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PUT /fxQuotes/{ID}: the provider's terms and the condition of its fxTransfer."""

    conversion_terms: FxConversion
    condition: IlpHash | None = None
