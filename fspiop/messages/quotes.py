"""Bodies of /quotes, and the transaction object inside an ILP packet (API definition sections 6.5 and 7.4.17)."""

import msgspec

from fspiop.messages.fields import (
    AmountType,
    BalanceOfPayments,
    CorrelationId,
    CurrencyConverter,
    DateTime,
    ExtensionList,
    GeoCode,
    IlpHash,
    IlpPacketText,
    Initiator,
    InitiatorType,
    MoneyBody,
    Party,
    Scenario,
    Text128,
    UndefinedEnum,
)


class Refund(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Which transaction is refunded, and why."""

    original_transaction_id: CorrelationId
    refund_reason: Text128 | None = None


class TransactionType(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What kind of payment it is and who started it."""

    scenario: Scenario
    initiator: Initiator
    initiator_type: InitiatorType
    sub_scenario: UndefinedEnum | None = None
    refund_info: Refund | None = None
    balance_of_payments: BalanceOfPayments | None = None


class FxRate(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The two sides of a currency conversion (version 2.0)."""

    source_amount: MoneyBody
    target_amount: MoneyBody


class QuotesPost(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """POST /quotes: what would this payment cost? `converter` and `currency_conversion` came with version 2.0."""

    quote_id: CorrelationId
    transaction_id: CorrelationId
    payee: Party
    payer: Party
    amount_type: AmountType
    amount: MoneyBody
    transaction_type: TransactionType
    transaction_request_id: CorrelationId | None = None
    fees: MoneyBody | None = None
    converter: CurrencyConverter | None = None
    currency_conversion: FxRate | None = None
    geo_code: GeoCode | None = None
    note: Text128 | None = None
    expiration: DateTime | None = None
    extension_list: ExtensionList | None = None


class QuotesPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """PUT /quotes/{ID}: the payee FSP's terms, with the packet and condition that a transfer must carry."""

    transfer_amount: MoneyBody
    expiration: DateTime
    ilp_packet: IlpPacketText
    condition: IlpHash
    payee_receive_amount: MoneyBody | None = None
    payee_fsp_fee: MoneyBody | None = None
    payee_fsp_commission: MoneyBody | None = None
    geo_code: GeoCode | None = None
    extension_list: ExtensionList | None = None


class Transaction(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The agreement inside an ILP packet."""

    transaction_id: CorrelationId
    quote_id: CorrelationId
    payee: Party
    payer: Party
    amount: MoneyBody
    transaction_type: TransactionType
    payee_receive_amount: MoneyBody | None = None
    converter: CurrencyConverter | None = None
    currency_conversion: FxRate | None = None
    note: Text128 | None = None
    extension_list: ExtensionList | None = None
