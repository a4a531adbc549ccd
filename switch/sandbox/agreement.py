"""The agreement of a FSPIOP payment: the quote a DFSP asks for, the terms it gives, packet, condition, fulfilment."""

import uuid
from datetime import datetime

import msgspec

from fspiop import ilp
from fspiop.messages.fields import MoneyBody, Party, PartyComplexName, PartyIdInfo, PartyPersonalInfo
from fspiop.messages.quotes import QuotesPost, QuotesPut, Transaction, TransactionType
from fspiop.messages.transfers import TransfersPost
from schemas.canonical.money import Money
from schemas.codes.currencies import minor_units
from switch.sandbox.clock import iso_moment

_ENCODE = msgspec.json.Encoder().encode
_NEW_PACKETS = "2.0"


class Customer(msgspec.Struct, frozen=True):
    """A person with a wallet at a DFSP."""

    identifier: str
    first_name: str
    last_name: str
    id_type: str = "MSISDN"

    def party(self, fsp: str) -> Party:
        """The customer as FSPIOP describes it."""
        return Party(
            PartyIdInfo(self.id_type, self.identifier, fsp_id=fsp),  # type: ignore[arg-type]
            name=f"{self.first_name} {self.last_name}",
            personal_info=PartyPersonalInfo(PartyComplexName(self.first_name, last_name=self.last_name)),
        )


class QuoteFor(msgspec.Struct, frozen=True):
    """What a quote is for: kind of transaction, which amount is fixed, and the ids it belongs to."""

    kind: TransactionType = TransactionType("TRANSFER", "PAYER", "CONSUMER")
    amount_type: str = "RECEIVE"
    transaction_id: str | None = None
    transaction_request_id: str | None = None


class Agreement(msgspec.Struct, frozen=True):
    """What payer and payee agreed, ready to be executed."""

    transfer_id: str
    payee_fsp: str
    quote: QuotesPost
    terms: QuotesPut


def money(amount: Money) -> MoneyBody:
    """The amount as FSPIOP writes it."""
    return MoneyBody(amount.currency, amount.fspiop)


def quote_request(
    payer: Party, payee: Party, amount: Money, note: str, expiry: datetime, about: QuoteFor | None = None
) -> QuotesPost:
    """POST /quotes; if not told otherwise for a transfer between persons in which the payee gets exactly `amount`."""
    about = about or QuoteFor()
    return QuotesPost(
        quote_id=str(uuid.uuid4()),
        transaction_id=about.transaction_id or str(uuid.uuid4()),
        transaction_request_id=about.transaction_request_id,
        payee=payee,
        payer=payer,
        amount_type=about.amount_type,  # type: ignore[arg-type]
        amount=money(amount),
        transaction_type=about.kind,
        note=note or None,
        expiration=iso_moment(expiry),
    )


def quote_terms(
    quote: QuotesPost, secret: bytes, fee: Money | None, expiry: datetime, version: str
) -> tuple[QuotesPut, str]:
    """The payee's terms and the fulfilment it keeps: amount and fee, a packet of the version's kind, the condition.

    With amount type RECEIVE the payer pays the fee on top; with SEND the payee receives less.
    """
    asked = Money.parse_fspiop(quote.amount.amount, quote.amount.currency)
    transfer = asked + fee if fee and quote.amount_type == "RECEIVE" else asked
    receives = transfer - fee if fee else transfer
    transaction = Transaction(
        quote.transaction_id,
        quote.quote_id,
        quote.payee,
        quote.payer,
        money(transfer),
        quote.transaction_type,
        money(receives),
        note=quote.note,
    )
    data = _ENCODE(transaction)
    fulfilment = ilp.fulfilment_for(secret, data.decode())
    condition = ilp.condition_of(fulfilment)
    minor = transfer.units // 10 ** (4 - (minor_units(transfer.currency) or 0))
    packet: ilp.Payment | ilp.Prepare = ilp.Prepare(minor, expiry, condition, data)
    if version != _NEW_PACKETS:
        payee = quote.payee.party_id_info
        account = ilp.account_of(payee.fsp_id or "", payee.party_id_type, payee.party_identifier)
        packet = ilp.Payment(minor, account, data)
    terms = QuotesPut(
        transfer_amount=money(transfer),
        expiration=iso_moment(expiry),
        ilp_packet=ilp.encode(packet),
        condition=condition,
        payee_receive_amount=money(receives),
        payee_fsp_fee=money(fee) if fee else None,
    )
    return terms, fulfilment


def transfer_request(agreement: Agreement, payer_fsp: str, expiry: datetime) -> TransfersPost:
    """POST /transfers for agreed terms."""
    return TransfersPost(
        transfer_id=agreement.transfer_id,
        payee_fsp=agreement.payee_fsp,
        payer_fsp=payer_fsp,
        amount=agreement.terms.transfer_amount,
        ilp_packet=agreement.terms.ilp_packet,
        condition=agreement.terms.condition,
        expiration=iso_moment(expiry),
    )
