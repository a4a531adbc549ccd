"""Bodies of /bulkQuotes: quotes for up to 1,000 payees of one FSP (API definition section 6.9)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from fspiop.messages.errors import QuoteErrorInformation
from fspiop.messages.fields import (
    AmountType,
    CorrelationId,
    DateTime,
    ExtensionList,
    GeoCode,
    IlpHash,
    IlpPacketText,
    MoneyBody,
    Party,
    Text128,
)
from fspiop.messages.quotes import TransactionType


class IndividualQuote(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One quote of a bulk; the payer is the bulk's."""

    quote_id: CorrelationId
    transaction_id: CorrelationId
    payee: Party
    amount_type: AmountType
    amount: MoneyBody
    transaction_type: TransactionType
    fees: MoneyBody | None = None
    note: Text128 | None = None
    extension_list: ExtensionList | None = None


class IndividualQuoteResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Terms of one quote of a bulk, or why there are none."""

    quote_id: CorrelationId
    payee: Party | None = None
    transfer_amount: MoneyBody | None = None
    payee_receive_amount: MoneyBody | None = None
    payee_fsp_fee: MoneyBody | None = None
    payee_fsp_commission: MoneyBody | None = None
    ilp_packet: IlpPacketText | None = None
    condition: IlpHash | None = None
    error_information: QuoteErrorInformation | None = None
    extension_list: ExtensionList | None = None


class BulkQuotesPost(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """POST /bulkQuotes: what would these payments cost?"""

    bulk_quote_id: CorrelationId
    payer: Party
    individual_quotes: Annotated[tuple[IndividualQuote, ...], Meta(min_length=1, max_length=1000)]
    geo_code: GeoCode | None = None
    expiration: DateTime | None = None
    extension_list: ExtensionList | None = None


class BulkQuotesPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """PUT /bulkQuotes/{ID}: terms or a refusal for each quote."""

    expiration: DateTime
    individual_quote_results: Annotated[tuple[IndividualQuoteResult, ...], Meta(max_length=1000)] | None = None
    extension_list: ExtensionList | None = None
