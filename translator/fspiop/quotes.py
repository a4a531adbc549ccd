"""/quotes (API definition section 6.5) and the transaction object of an ILP packet (7.4.17), both ways."""

from typing import Final

import msgspec

from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.quotes import QuotesPost, QuotesPut, Transaction, TransactionType
from fspiop.messages.quotes import Refund as BodyRefund
from schemas.canonical.commands import AnswerTerms, QueryTerms, Refuse, RequestTerms
from schemas.canonical.faults import fault
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.terms import Refund, Terms
from schemas.canonical.wire import Envelope
from translator.fspiop import fxquotes
from translator.fspiop.errors import extension_list, extension_pairs, fault_of
from translator.fspiop.parties import party_in, party_out
from translator.fspiop.values import moment_in, moment_out, money_in, money_out
from translator.losses import Loss
from translator.text import fspiop_text

NOTE_MAX: Final = 128
_WITH_CONVERSION: Final = "2.0"
"""The version of FSPIOP that tells of conversions in quotes."""
_REQUEST_KEY: Final = "transactionRequestId"
_ENCODE: Final = msgspec.json.Encoder().encode


def request(body: QuotesPost, envelope: Envelope) -> RequestTerms | Refuse:
    """POST /quotes."""
    try:
        amount = money_in(body.amount)
    except MoneyError as error:
        return Refuse(envelope, fault(error.fault, error.detail), "quotes", body.quote_id)
    kind = body.transaction_type
    terms = Terms(
        body.transaction_id,
        amount,
        party_in(body.payer),
        party_in(body.payee),
        quote_id=body.quote_id,
        amount_type=body.amount_type,
        scenario=kind.scenario,
        sub_scenario=kind.sub_scenario,
        initiator=kind.initiator,
        initiator_type=kind.initiator_type,
        note=body.note,
        expiry=moment_in(body.expiration) if body.expiration else None,
        extensions=extension_pairs(body.extension_list),
        refund=_refund(kind),
        request=body.transaction_request_id,
    )
    return RequestTerms(envelope, body.quote_id, terms)


def answer(quote_id: str, body: QuotesPut, envelope: Envelope) -> AnswerTerms | Refuse:
    """PUT /quotes/{ID}."""
    given = (body.transfer_amount, body.payee_receive_amount, body.payee_fsp_fee, body.payee_fsp_commission)
    try:
        transfer, receives, fee, commission = (money_in(money) if money else None for money in given)
    except MoneyError as error:
        return Refuse(envelope, fault(error.fault, error.detail), "quotes", quote_id)
    return AnswerTerms(
        envelope,
        quote_id,
        transfer_amount=transfer,
        payee_receives=receives,
        payee_fee=fee,
        payee_commission=commission,
        expiry=moment_in(body.expiration),
        packet=body.ilp_packet,
        condition=body.condition,
    )


def refuse(quote_id: str, body: ErrorBody | QuoteErrorBody, envelope: Envelope) -> AnswerTerms:
    """PUT /quotes/{ID}/error."""
    return AnswerTerms(envelope, quote_id, fault=fault_of(body))


def query(quote_id: str, envelope: Envelope) -> QueryTerms:
    """GET /quotes/{ID}."""
    return QueryTerms(envelope, quote_id)


def transaction_terms(transaction: Transaction, amount: Money) -> Terms:
    """The agreement inside a packet, for a transfer of `amount`; amounts the hub cannot keep are left out."""
    extensions = extension_pairs(transaction.extension_list)
    kind = transaction.transaction_type
    return Terms(
        transaction.transaction_id,
        amount,
        party_in(transaction.payer),
        party_in(transaction.payee),
        quote_id=transaction.quote_id,
        payee_receives=_receives(transaction),
        scenario=kind.scenario,
        sub_scenario=kind.sub_scenario,
        initiator=kind.initiator,
        initiator_type=kind.initiator_type,
        note=transaction.note,
        extensions=tuple(pair for pair in extensions if pair[0] != _REQUEST_KEY),
        request=dict(extensions).get(_REQUEST_KEY),
        refund=_refund(kind),
    )


def transaction(terms: Terms, version: str = "2.0") -> Transaction:
    """The transaction object the hub puts into a packet when it quotes for a bank."""
    unseen: list[Loss] = []
    receives = money_out(terms.payee_receives) if terms.payee_receives and version == "2.0" else None
    # Nothing else in a packet says which request to pay is answered by the transfer that brings it.
    answers = ((_REQUEST_KEY, terms.request),) if terms.request else ()
    return Transaction(
        terms.transaction_id,
        terms.quote_id or terms.transaction_id,
        party_out(terms.payee, "payee", version, unseen),
        party_out(terms.payer, "payer", version, unseen),
        money_out(terms.amount),
        _kind(terms),
        receives,
        note=terms.note,
        extension_list=extension_list((*answers, *terms.extensions)),
    )


def quotes_post(quote_id: str, terms: Terms, version: str, losses: list[Loss]) -> bytes:
    """POST /quotes in a bank's name."""
    if terms.payee_fee:
        losses.append(Loss("charges", terms.payee_fee.fspiop, "the payee's FSP states its own fee"))
    exchange = terms.exchange if version == _WITH_CONVERSION else None
    if terms.exchange is not None and exchange is None:
        losses.append(Loss("currencyConversion", terms.exchange.source.fspiop, f"came with {_WITH_CONVERSION}"))
    return _ENCODE(
        QuotesPost(
            quote_id,
            terms.transaction_id,
            party_out(terms.payee, "payee", version, losses),
            party_out(terms.payer, "payer", version, losses),
            terms.amount_type,  # type: ignore[arg-type]
            money_out(terms.amount),
            _kind(terms),
            transaction_request_id=terms.request,
            converter=fxquotes.PAYER if exchange else None,
            currency_conversion=fxquotes.rate(exchange) if exchange else None,
            note=fspiop_text(terms.note, NOTE_MAX, "note", losses),
            expiration=moment_out(terms.expiry) if terms.expiry else None,
            extension_list=extension_list(terms.extensions),
        )
    )


def quotes_put(terms: Terms) -> bytes:
    """PUT /quotes/{ID} in a bank's name; raises ValueError if the terms lack packet, condition or expiry."""
    if terms.packet is None or terms.condition is None or terms.expiry is None:
        raise ValueError(f"quote {terms.quote_id} was given without packet, condition or expiry")
    return _ENCODE(
        QuotesPut(
            money_out(terms.amount),
            moment_out(terms.expiry),
            terms.packet,
            terms.condition,
            payee_receive_amount=money_out(terms.payee_receives) if terms.payee_receives else None,
            payee_fsp_fee=money_out(terms.payee_fee) if terms.payee_fee else None,
            payee_fsp_commission=money_out(terms.payee_commission) if terms.payee_commission else None,
        )
    )


def _kind(terms: Terms) -> TransactionType:
    refund = terms.refund
    return TransactionType(
        terms.scenario,  # type: ignore[arg-type]
        terms.initiator,  # type: ignore[arg-type]
        terms.initiator_type,  # type: ignore[arg-type]
        terms.sub_scenario,
        BodyRefund(refund.original_transaction_id, refund.reason) if refund else None,
    )


def _refund(kind: TransactionType) -> Refund | None:
    given = kind.refund_info
    return Refund(given.original_transaction_id, given.refund_reason) if given else None


def _receives(found: Transaction) -> Money | None:
    try:
        return money_in(found.payee_receive_amount) if found.payee_receive_amount else None
    except MoneyError:
        return None
