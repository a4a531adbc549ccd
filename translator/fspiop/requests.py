"""/transactionRequests (API definition section 6.4) with a bank on the other side, both ways."""

from typing import Final

import msgspec

from fspiop.messages.errors import ErrorBody
from fspiop.messages.fields import PartyIdInfo
from fspiop.messages.quotes import TransactionType
from fspiop.messages.transactionrequests import TransactionRequestsPost, TransactionRequestsPut
from schemas.canonical.commands import Refuse
from schemas.canonical.faults import fault, participant_fault
from schemas.canonical.identity import FspId, TransferId, iso_reference, uetr_of
from schemas.canonical.money import MoneyError
from schemas.canonical.party import Party, PartyId
from schemas.canonical.requests import (
    REQUESTS,
    AnswerRequests,
    PaymentRequest,
    PayRequest,
    QueryRequest,
    RequestPayments,
    RequestState,
    RequestWord,
)
from schemas.canonical.terms import IsoReferences, Terms
from schemas.canonical.wire import Envelope
from translator.fspiop.errors import extension_list, extension_pairs, fault_of
from translator.fspiop.parties import party_in, party_out
from translator.fspiop.values import moment_in, moment_out, money_in, money_out
from translator.losses import Loss
from translator.text import fspiop_text

NOTE_MAX: Final = 128
_REASON_KEY: Final = "iso.rsn"
_REFUSED: Final = participant_fault("4101", "CUST", "Payer rejected the request")
_ENCODE: Final = msgspec.json.Encoder().encode
_WORDS: Final = {
    RequestState.RECEIVED: "RECEIVED",
    RequestState.PENDING: "PENDING",
    RequestState.ACCEPTED: "ACCEPTED",
    RequestState.PAYING: "ACCEPTED",
    RequestState.PAID: "ACCEPTED",
    RequestState.REJECTED: "REJECTED",
    RequestState.EXPIRED: "REJECTED",
    RequestState.CANCELLED: "REJECTED",
}


def ask(body: TransactionRequestsPost, envelope: Envelope) -> RequestPayments | Refuse:
    """POST /transactionRequests to a bank."""
    key = body.transaction_request_id
    try:
        amount = money_in(body.amount)
    except MoneyError as error:
        return Refuse(envelope, fault(error.fault, error.detail), REQUESTS, key)
    kind, payer = body.transaction_type, body.payer
    reference = iso_reference(TransferId(key))
    terms = Terms(
        key,
        amount,
        Party(
            PartyId(payer.party_id_type, payer.party_identifier, payer.party_sub_id_or_type),
            FspId(payer.fsp_id) if payer.fsp_id else envelope.receiver,
        ),
        party_in(body.payee),
        scenario=kind.scenario,
        sub_scenario=kind.sub_scenario,
        initiator=kind.initiator,
        initiator_type=kind.initiator_type,
        note=body.note,
        extensions=extension_pairs(body.extension_list),
        references=IsoReferences(
            message_id=reference,
            instruction_id=reference,
            end_to_end_id=reference,
            uetr=uetr_of(TransferId(key)),
        ),
    )
    request = PaymentRequest(
        key, envelope.sender, envelope.receiver, amount, terms, envelope.content_hash,
        moment_in(body.expiration) if body.expiration else None, reference,
    )  # fmt: skip
    return RequestPayments(envelope, key, (request,))


def answer(key: str, body: TransactionRequestsPut, envelope: Envelope) -> AnswerRequests:
    """PUT /transactionRequests/{ID} of a DFSP that a bank asked."""
    state = RequestState(body.transaction_request_state)
    refused = _REFUSED if state is RequestState.REJECTED else None
    word = RequestWord(state, key, fault=refused, transaction_id=body.transaction_id)
    return AnswerRequests(envelope, key, (word,))


def refuse(key: str, body: ErrorBody, envelope: Envelope) -> AnswerRequests:
    """PUT /transactionRequests/{ID}/error of a DFSP that a bank asked."""
    return AnswerRequests(envelope, key, (RequestWord(RequestState.REJECTED, key, fault=fault_of(body)),))


def query(key: str, envelope: Envelope) -> QueryRequest:
    """GET /transactionRequests/{ID}."""
    return QueryRequest(envelope, key)


def post(request: PayRequest, version: str, losses: list[Loss]) -> bytes:
    """POST /transactionRequests in a bank's name."""
    asked, terms = request.asked, request.asked.terms
    payer = party_out(terms.payer, "payer", version, losses).party_id_info
    return _ENCODE(
        TransactionRequestsPost(
            asked.id,
            party_out(msgspec.structs.replace(terms.payee, fsp=asked.payee), "payee", version, losses),
            PartyIdInfo(payer.party_id_type, payer.party_identifier, payer.party_sub_id_or_type, request.payer),
            money_out(asked.amount),
            TransactionType(
                terms.scenario,  # type: ignore[arg-type]
                "PAYEE",
                terms.initiator_type,  # type: ignore[arg-type]
                terms.sub_scenario,
            ),
            note=fspiop_text(terms.note, NOTE_MAX, "note", losses),
            expiration=moment_out(request.expiry),
            extension_list=extension_list(terms.extensions),
        )
    )


def put(request: PayRequest) -> bytes:
    """PUT /transactionRequests/{ID}: what the payer's bank says.

    The transaction id is the one under which the payment will come: its EndToEndId is the request's.
    """
    refused = request.fault if request.state is RequestState.REJECTED else None
    reason = f"{refused.iso} {refused.description}"[:NOTE_MAX] if refused else ""
    word = _WORDS[request.state]
    return _ENCODE(
        TransactionRequestsPut(
            word,  # type: ignore[arg-type]
            (request.transaction_id or request.key) if word == "ACCEPTED" else None,
            extension_list(((_REASON_KEY, reason),) if reason else ()),
        )
    )
