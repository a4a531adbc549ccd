"""/fxTransfers (API definition 2.0): a conversion is a transfer with a second amount, both ways."""

from datetime import datetime
from typing import Final

import msgspec

from fspiop.messages.errors import ErrorBody
from fspiop.messages.fields import MoneyBody
from fspiop.messages.fxtransfers import FxTransfersPatch, FxTransfersPost, FxTransfersPut
from fspiop.messages.transfers import TransfersPut
from schemas.canonical.commands import Fulfil, Note, Prepare, Query, Refuse, Reject
from schemas.canonical.conversion import FX_TRANSFERS
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.party import Party
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered, Transfer, TransferState
from schemas.canonical.wire import Envelope
from translator.fspiop import transfers
from translator.fspiop.errors import extension_list
from translator.fspiop.values import moment_in, moment_out, money_in, money_out

_ENCODE: Final = msgspec.json.Encoder().encode


def prepare(body: FxTransfersPost, envelope: Envelope, received: datetime) -> Prepare:
    """POST /fxTransfers: the initiator pays the provider the source amount.

    The expiration may be left out of the message and is demanded by the rules; `received` stands for a missing one.
    """
    source, wrong = _amount(body.source_amount)
    target, also_wrong = _amount(body.target_amount)
    initiator, provider = FspId(body.initiating_fsp), FspId(body.counter_party_fsp)
    missing = None if body.expiration else fault("VALIDATION", "Expiration is required for conditional transfer")
    expiry = moment_in(body.expiration) if body.expiration else received
    terms = Terms(
        body.commit_request_id,
        source,
        Party(fsp=initiator),
        Party(fsp=provider),
        payee_receives=target,
        expiry=expiry,
        condition=body.condition,
    )
    return Prepare(
        envelope,
        TransferId(body.commit_request_id),
        initiator,
        provider,
        source,
        expiry,
        terms,
        body.condition,
        determines=TransferId(body.determining_transfer_id) if body.determining_transfer_id else None,
        fault=wrong or also_wrong or missing,
        target=target,
    )


def fulfil(conversion_id: TransferId, body: FxTransfersPut, envelope: Envelope) -> Fulfil | Note | Refuse:
    """PUT /fxTransfers/{ID} of the provider: whatever word it accepts with, the conversion waits for its transfer."""
    word = Answered.RESERVED if body.conversion_state == Answered.COMMITTED else body.conversion_state
    answer = TransfersPut(word, body.fulfilment, body.completed_timestamp)  # type: ignore[arg-type]
    command = transfers.fulfil(conversion_id, answer, envelope)
    return msgspec.structs.replace(command, resource=FX_TRANSFERS)


def reject(conversion_id: TransferId, body: ErrorBody, envelope: Envelope) -> Reject:
    """PUT /fxTransfers/{ID}/error of the provider."""
    return msgspec.structs.replace(transfers.reject(conversion_id, body, envelope), resource=FX_TRANSFERS)


def query(conversion_id: TransferId, envelope: Envelope) -> Query:
    """GET /fxTransfers/{ID}."""
    return Query(envelope, conversion_id, FX_TRANSFERS)


def post(conversion: Transfer) -> bytes:
    """POST /fxTransfers of a conversion whose initiator is no FSPIOP participant."""
    if conversion.converts is None or conversion.condition is None:
        raise ValueError(f"transfer {conversion.id} is no conversion that was quoted")
    return _ENCODE(
        FxTransfersPost(
            conversion.id,
            conversion.payer,
            conversion.payee,
            money_out(conversion.amount),
            money_out(conversion.converts.target),
            conversion.condition,
            conversion.determines,
            expiration=moment_out(conversion.expiry),
        )
    )


def state(conversion: Transfer, now: datetime, *, fulfilment: bool) -> bytes:
    """PUT /fxTransfers/{ID}: the state as the hub knows it; its initiator has had the fulfilment since it was given."""
    open_or_done = conversion.state is not TransferState.ABORTED
    ended = conversion.completed or (now if conversion.final else None)
    return _ENCODE(
        FxTransfersPut(
            transfers.WORDS[conversion.state],
            conversion.fulfilment if fulfilment and open_or_done else None,
            moment_out(ended) if ended else None,
        )
    )


def patch(conversion: Transfer, now: datetime, cause: Fault | None = None) -> bytes:
    """PATCH /fxTransfers/{ID}: how it ended, for the provider; `cause` says why it was not converted."""
    completed = moment_out(conversion.completed or now)
    return _ENCODE(
        FxTransfersPatch(transfers.WORDS[conversion.state], completed, extension_list(transfers.cause_pairs(cause)))
    )


def _amount(body: MoneyBody) -> tuple[Money, Fault | None]:
    try:
        amount = money_in(body)
    except MoneyError as error:
        return Money(0, body.currency), fault(error.fault, error.detail)
    return amount, None if amount.units else fault("ZERO_AMOUNT", "the amount is zero")
