"""/transfers (API definition section 6.7): money itself, both ways."""

import re
from datetime import datetime
from typing import Final

import msgspec

from fspiop.messages.errors import ErrorBody
from fspiop.messages.fields import TransferStateWord
from fspiop.messages.quotes import Transaction
from fspiop.messages.transfers import TransfersPatch, TransfersPost, TransfersPut
from schemas.canonical.commands import Fulfil, Note, Prepare, Query, Refuse, Reject
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.party import Party
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered, Transfer, TransferState
from schemas.canonical.wire import Envelope
from translator.fspiop.errors import VALUE_MAX, extension_list, extension_pairs, fault_of
from translator.fspiop.quotes import transaction_terms
from translator.fspiop.values import moment_in, moment_out, money_in, money_out

_ENCODE: Final = msgspec.json.Encoder().encode
WORDS: Final[dict[TransferState, TransferStateWord]] = {
    TransferState.RESERVED: "RESERVED",
    TransferState.FULFILLED_WAITING: "RESERVED",
    TransferState.COMMITTED: "COMMITTED",
    TransferState.ABORTED: "ABORTED",
}
"""What each state is called outside the hub."""
_KNOWN_CODE: Final = re.compile(r"(?:10|20|3[0-3]|4[0-4]|5[0-4]|60)[0-9]{2}")
"""The groups of the API definition; schemes have the codes xx40 to xx99 of each."""
_STATUS_KEY: Final = "iso.txSts"


def prepare(body: TransfersPost, envelope: Envelope, transaction: Transaction | None = None) -> Prepare:
    """POST /transfers. `transaction` is what the packet holds, given when a bank must be told who pays whom."""
    amount, wrong = _amount(body)
    payer, payee = FspId(body.payer_fsp), FspId(body.payee_fsp)
    expiry = moment_in(body.expiration)
    if transaction is None:
        terms = Terms(body.transfer_id, amount, Party(fsp=payer), Party(fsp=payee))
    else:
        terms = transaction_terms(transaction, amount)
        if wrong is None and not amount.fits_iso:
            wrong = fault("TOO_MANY_DECIMALS", f"a bank cannot be paid {amount.fspiop} {amount.currency}")
    terms = msgspec.structs.replace(
        terms,
        expiry=expiry,
        packet=body.ilp_packet,
        condition=body.condition,
        extensions=terms.extensions or extension_pairs(body.extension_list),
    )
    return Prepare(
        envelope, TransferId(body.transfer_id), payer, payee, amount, expiry, terms, body.condition, fault=wrong
    )


def fulfil(transfer_id: TransferId, body: TransfersPut, envelope: Envelope) -> Fulfil | Note | Refuse:
    """PUT /transfers/{ID} of the payee: only RESERVED and COMMITTED accept, a refusal comes as /error.

    ABORTED is kept and changes nothing, as in the hubs in use: a payee refuses on the error path.
    """
    if body.transfer_state == "ABORTED":
        return Note(envelope, transfer_id)
    if body.transfer_state not in (Answered.RESERVED, Answered.COMMITTED):
        detail = f"transferState {body.transfer_state} is no answer of a payee; refuse with PUT /transfers/{{ID}}/error"
        return Refuse(envelope, fault("VALIDATION", detail), "transfers", transfer_id)
    completed = moment_in(body.completed_timestamp) if body.completed_timestamp else None
    return Fulfil(envelope, transfer_id, Answered(body.transfer_state), body.fulfilment, completed)


def reject(transfer_id: TransferId, body: ErrorBody, envelope: Envelope) -> Reject:
    """PUT /transfers/{ID}/error of the payee; a code of no known group ends the transfer too."""
    return Reject(envelope, transfer_id, refusal(body))


def refusal(body: ErrorBody) -> Fault:
    """The reason a payee gave; a code of no known group is told as 3100."""
    reason = fault_of(body)
    known = _KNOWN_CODE.fullmatch(reason.fspiop)
    return reason if known else fault("VALIDATION", "API specification undefined errorCode")


def query(transfer_id: TransferId, envelope: Envelope) -> Query:
    """GET /transfers/{ID}."""
    return Query(envelope, transfer_id)


def post(transfer: Transfer) -> bytes:
    """POST /transfers of a payment whose payer is no FSPIOP participant; raises ValueError without quoted terms."""
    terms = transfer.terms
    condition = transfer.condition or terms.condition
    if terms.packet is None or condition is None:
        raise ValueError(f"transfer {transfer.id} has no packet and condition: it was never quoted")
    return _ENCODE(
        TransfersPost(
            transfer.id,
            transfer.payee,
            transfer.payer,
            money_out(transfer.amount),
            terms.packet,
            condition,
            moment_out(transfer.expiry),
            extension_list(terms.extensions),
        )
    )


def state(transfer: Transfer, now: datetime, *, fulfilment: bool) -> bytes:
    """PUT /transfers/{ID}: the state as the hub knows it; `fulfilment` only where the receiver may see it."""
    final = transfer.state is TransferState.COMMITTED
    return _ENCODE(
        TransfersPut(
            WORDS[transfer.state],
            transfer.fulfilment if fulfilment and final else None,
            moment_out(transfer.completed or now) if transfer.final else None,
            extension_list(_status(transfer)),
        )
    )


def patch(transfer: Transfer, now: datetime, cause: Fault | None = None) -> bytes:
    """PATCH /transfers/{ID}: how it ended, for a payee that answered RESERVED; `cause` says why it was refused."""
    completed = moment_out(transfer.completed or now)
    return _ENCODE(TransfersPatch(completed, WORDS[transfer.state], extension_list(cause_pairs(cause))))


def cause_pairs(cause: Fault | None) -> tuple[tuple[str, str], ...]:
    """The extension that says why."""
    return (("cause", f"{cause.fspiop}: {cause.description}"[:VALUE_MAX]),) if cause else ()


def _amount(body: TransfersPost) -> tuple[Money, Fault | None]:
    """The amount, or nothing of that currency and why."""
    try:
        amount = money_in(body.amount)
    except MoneyError as error:
        return Money(0, body.amount.currency), fault(error.fault, error.detail)
    return amount, None if amount.units else fault("ZERO_AMOUNT", "the amount is zero")


def _status(transfer: Transfer) -> tuple[tuple[str, str], ...]:
    """What a DFSP should know of a bank's answer: accepted, but not yet posted."""
    return ((_STATUS_KEY, "ACWP"),) if transfer.iso_status == "ACWP" else ()
