"""Turning a row of the transfer table into an Outcome: the transfer's new value, its posting, and who is told what."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple

import msgspec

from schemas.canonical.commands import Fulfil, Note, Prepare, Query, Reject
from schemas.canonical.conversion import Conversion, Leg
from schemas.canonical.events import (
    Aborted,
    Committed,
    Corrected,
    Delivery,
    Event,
    EventBody,
    Fulfilled,
    Pending,
    Refused,
    Reserved,
    Role,
    Stated,
)
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.instructions import AgentDecides
from schemas.canonical.outcome import Outcome, Phase, Posting, Stored
from schemas.canonical.participants import Participant
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered, Transfer, TransferState
from schemas.canonical.wire import Dialect, Original
from schemas.codes.statuses import BLOCKED
from switch.conversions import conversions_of, register, side_of
from switch.fees import agreed
from switch.gross_way import instructed
from switch.state import State
from switch.transfer_checks import Granted, position_of, same_fsp
from switch.transfer_news import interim, progressed, rank, relayed, taken
from switch.transfer_table import TABLE, Case, Tell

Message = Prepare | Fulfil | Reject | Note | Query | AgentDecides
"""The command of a participant, or of a settlement agent, about one transfer."""


_PARTICIPANT: Final = "PARTICIPANT"
"""A payee's own reason, as opposed to one the hub found."""


class Found(NamedTuple):
    """What a row is applied to: the message (None for the hub's own expiry), the transfer after it, the cause.

    `terms` are for answers about a transfer that is not there.
    """

    state: State
    message: Message | None
    transfer: Transfer | None
    cause: Fault | None = None
    terms: Terms | None = None


def leave(found: Found, case: Case, **noted: Any) -> Outcome:
    """Apply a row that changes no state; `noted` are fields of the transfer that are kept all the same."""
    row = TABLE[case]
    before = found.transfer
    _for_row(case, before)
    if row.after is not None:
        raise ValueError(f"'{case}' changes the state")
    kept = msgspec.structs.replace(before, **noted) if before is not None and noted else None
    events = tuple(_events(found, case))
    return Outcome((kept,) if kept else (), events=events, state=before.state.value if before else "")


def move(found: Found, case: Case, **fields: Any) -> Outcome:
    """Apply a row that moves a transfer known before to its next state, with what is learned on the way.

    New `legs` among the fields are posted in the place of those that were reserved.
    """
    row = TABLE[case]
    before = found.transfer
    _for_row(case, before)
    if before is None or row.after is None:
        raise ValueError(f"'{case}' moves no transfer")
    if isinstance(found.message, Fulfil | Reject):
        fields["payee_dialect"] = found.message.envelope.spoken
    after = msgspec.structs.replace(before, state=row.after, history=before.history + 1, **fields)
    if after.legs == before.legs:
        postings = _postings(found.state, after, row.phase)
    else:
        postings = (*_postings(found.state, before, Phase.VOID), *_postings(found.state, after, Phase.POST))
    events = tuple(_events(found._replace(transfer=after), case))
    return Outcome((after,), postings, events, after.state.value)


def _postings(state: State, transfer: Transfer, phase: Phase | None) -> tuple[Posting, ...]:
    if phase is None:
        return ()
    return tuple(_posting(state, transfer.id, phase, leg) for leg in transfer.moves)


def _posting(state: State, reference: str, phase: Phase, leg: Leg) -> Posting:
    debit, credit = (position_of(state, owner, leg.amount.currency).id for owner in (leg.debtor, leg.creditor))
    return Posting(reference, phase, debit, credit, leg.amount.units)


def begin(state: State, command: Prepare, result: Granted | Fault) -> Outcome:
    """Store a new transfer: RESERVED with its posting, or ABORTED with the fault, so that its id is kept."""
    refused = result if isinstance(result, Fault) else None
    case = Case.PREPARE_FAILS if refused else Case.PREPARE_RESERVES
    side = side_of(state, command)
    payee = command.payee or command.terms.payee.fsp or FspId("")
    transfer = Transfer(
        command.transfer_id,
        command.payer,
        payee,
        command.amount,
        command.expiry,
        _explained(command, result),
        TABLE[case].after or TransferState.ABORTED,
        command.envelope.content_hash,
        state.now,
        condition=command.condition,
        fault=refused,
        completed=state.now if refused else None,
        hub_key=None if isinstance(result, Fault) else result.hub_key,
        determines=command.determines,
        group=command.group,
        returns=command.returns,
        converts=Conversion(command.target, side) if command.target is not None and side is not None else None,
        legs=() if isinstance(result, Fault) else result.route.legs,
        payer_dialect=command.envelope.spoken,
        grace_ms=state.profile.hops.grace // timedelta(milliseconds=1),
        fees=() if refused else agreed(state, command, payee),
    )
    puts: tuple[Stored, ...] = (transfer,) if side is None else (transfer, register(state, transfer))
    postings = () if isinstance(result, Fault) else result.postings
    events = tuple(_events(Found(state, command, transfer), case))
    return Outcome(puts, postings, events, transfer.state.value)


def _explained(command: Prepare, result: Granted | Fault) -> Terms:
    """The terms with the conversion the money comes from; a journey that ordered it knows what the provider keeps."""
    made = None if isinstance(result, Fault) else result.route.exchange
    if made is None or command.terms.exchange is not None:
        return command.terms
    return msgspec.structs.replace(command.terms, exchange=made)


def _for_row(case: Case, before: Transfer | None) -> None:
    state = before.state if before else None
    if state not in TABLE[case].before:
        raise ValueError(f"'{case}' does not apply to {state}")


def _events(found: Found, case: Case) -> Iterator[Event]:
    for tell in TABLE[case].tells:
        event = _TELL[tell](found)
        if event is not None:
            yield event


def _event(
    found: Found,
    receiver: FspId,
    body: EventBody,
    original: Original | None = None,
) -> Event:
    return Event(receiver, body, order=_id(found), original=original)


def _id(found: Found) -> str:
    if found.transfer is not None:
        return found.transfer.id
    return found.message.transfer_id if found.message else ""


def _known(found: Found) -> Transfer:
    if found.transfer is None:
        raise ValueError("this row tells about a transfer that is there")
    return found.transfer


def _sender(found: Found) -> Message:
    if found.message is None:
        raise ValueError("this row answers a message")
    return found.message


def _payer_taken(found: Found) -> Event | None:
    transfer, message = _known(found), _sender(found)
    if message.envelope.dialect is not Dialect.ISO_XML or transfer.group is not None:
        return None
    return taken(found.state, transfer.payer, transfer.id, transfer.terms.references, valid=True)


def _payer_interim(found: Found) -> Event | None:
    message = found.message
    return interim(found.state, _known(found), message.iso_status) if isinstance(message, Note) else None


def _payer_news(found: Found) -> Event | None:
    """A status after the end, told once; `cause` is why a bank blocks the payment."""
    transfer, message = _known(found), found.message
    said = BLOCKED if found.cause is not None else message.iso_status if isinstance(message, Fulfil) else None
    if said is None or said == transfer.iso_status:
        return None
    if said != BLOCKED and rank(said) < rank(transfer.iso_status or ""):
        return None
    return progressed(transfer, said, found.cause) if relayed(found.state, transfer, said) else None


def _said_reserved(found: Found) -> bool:
    return isinstance(found.message, Fulfil) and found.message.answered is Answered.RESERVED


def _execute(found: Found) -> Event:
    transfer, original = _known(found), _sender(found).envelope.original
    until = min([transfer.expiry, *(tied.expiry for tied in conversions_of(found.state, transfer))])
    return Event(transfer.payee, Reserved(transfer), Delivery.EXECUTION, transfer.id, until, original)


def _payer_agreed(found: Found) -> Event:
    transfer = _known(found)
    return _event(found, transfer.payer, Fulfilled(transfer), _fspiop_original(found))


def _agent(found: Found) -> Event:
    return instructed(found.state, _known(found))


def _payer_unanswered(found: Found) -> Event | None:
    return _payer_outcome(found) if _known(found).answered is None else None


def _payee_end(found: Found) -> Event:
    """A provider hears how its conversion ended as what it waits for: a PATCH."""
    transfer = _known(found)
    if transfer.state is TransferState.COMMITTED:
        return _event(found, transfer.payee, Committed(transfer, Role.PAYEE))
    return _event(found, transfer.payee, Corrected(transfer, found.cause))


def _payee_promised(found: Found) -> Event | None:
    transfer = _known(found)
    return _event(found, transfer.payee, Corrected(transfer, transfer.fault)) if transfer.answered else None


def _payer_outcome(found: Found) -> Event:
    transfer = _known(found)
    if transfer.state is TransferState.COMMITTED:
        # A payee that said RESERVED gave no final word to pass on: the hub then speaks itself.
        forwarded = None if transfer.answered is Answered.RESERVED else _fspiop_original(found)
        return _event(found, transfer.payer, Committed(transfer, Role.PAYER), forwarded)
    passed_on = isinstance(found.message, Reject) and transfer.fault == found.message.fault
    passed_on = passed_on and transfer.fault is not None and transfer.fault.name == _PARTICIPANT
    forwarded = _fspiop_original(found) if passed_on else None
    return _event(found, transfer.payer, Aborted(transfer, Role.PAYER), forwarded)


def _fspiop_original(found: Found) -> Original | None:
    """A payee's own word goes on only in FSPIOP, where it is signed for the payer; a bank's is the hub's evidence."""
    original = found.message.envelope.original if found.message else None
    return original if original and original.dialect is not Dialect.ISO_XML else None


def _payee_outcome(found: Found) -> Event | None:
    transfer = _known(found)
    if same_fsp(transfer.payer, transfer.payee):
        return None
    return _event(found, transfer.payee, Aborted(transfer, Role.PAYEE))


def _payee_confirmation(found: Found) -> Event | None:
    transfer = _known(found)
    if not _confirms(found, transfer):
        return None
    committed = transfer.state is TransferState.COMMITTED
    body = Committed(transfer, Role.PAYEE) if committed else Aborted(transfer, Role.PAYEE)
    return _event(found, transfer.payee, body)


def _confirms(found: Found, transfer: Transfer) -> bool:
    if _said_reserved(found):
        return True
    payee = found.state.get(Participant, transfer.payee)
    if payee is not None and payee.iso is not None:
        return transfer.state is TransferState.COMMITTED and payee.iso.confirm == "two-step"
    return found.state.profile.confirm_to_payee and not same_fsp(transfer.payer, transfer.payee)


def _payee_true_state(found: Found) -> Event | None:
    transfer = _known(found)
    if not _said_reserved(found):
        return None
    return _event(found, transfer.payee, Corrected(transfer, found.cause))


def _sender_state(found: Found) -> Event:
    transfer = _known(found)
    sender = _sender(found).envelope.sender
    if _said_reserved(found):
        return _event(found, transfer.payee, Corrected(transfer))
    role = Role.PAYER if same_fsp(sender, transfer.payer) else Role.PAYEE
    return _event(found, transfer.payer if role is Role.PAYER else transfer.payee, Stated(transfer, role))


def _dfsp_state(found: Found) -> Event | None:
    """A DFSP's tools want to hear RESERVED of a transfer again. A bank waits for its one report.

    Of a conversion RESERVED is the provider's word, which the hub may not say before it.
    """
    if _known(found).converts is not None or _sender(found).envelope.dialect is Dialect.ISO_XML:
        return None
    return _sender_state(found)


def _sender_refusal(found: Found) -> Event:
    if found.cause is None:
        raise ValueError("a refusal needs a cause")
    sender = _sender(found).envelope.sender
    if _has_the_money(found, sender):
        # A pacs.002 that says RJCT about this payment would undo it in the bank's books.
        return _event(found, sender, Corrected(_known(found), found.cause))
    terms = found.terms or (found.message.terms if isinstance(found.message, Prepare) else None)
    if terms is None and found.transfer is not None and sender in {found.transfer.payer, found.transfer.payee}:
        terms = found.transfer.terms
    return _event(found, sender, Refused(_sender(found).resource, _id(found), found.cause, terms))


def _has_the_money(found: Found, sender: FspId) -> bool:
    """Whether a bank says something else about a payment that it accepted and that is committed."""
    transfer, payee = found.transfer, found.state.get(Participant, sender)
    if transfer is None or transfer.state is not TransferState.COMMITTED or not same_fsp(sender, transfer.payee):
        return False
    return isinstance(found.message, Fulfil | Reject) and payee is not None and payee.iso is not None


def _sender_pending(found: Found) -> Event:
    message = _sender(found)
    if found.terms is None:
        raise ValueError("an open journey has terms")
    return _event(found, message.envelope.sender, Pending(message.transfer_id, found.terms))


_TELL: Final[dict[Tell, Callable[[Found], Event | None]]] = {
    Tell.EXECUTE: _execute,
    Tell.PAYER_TAKEN: _payer_taken,
    Tell.PAYER_INTERIM: _payer_interim,
    Tell.PAYER_NEWS: _payer_news,
    Tell.PAYER_AGREED: _payer_agreed,
    Tell.AGENT: _agent,
    Tell.PAYER_UNANSWERED: _payer_unanswered,
    Tell.PAYEE_END: _payee_end,
    Tell.PAYEE_PROMISED: _payee_promised,
    Tell.PAYER_OUTCOME: _payer_outcome,
    Tell.PAYEE_OUTCOME: _payee_outcome,
    Tell.PAYEE_CONFIRMATION: _payee_confirmation,
    Tell.PAYEE_TRUE_STATE: _payee_true_state,
    Tell.SENDER_STATE: _sender_state,
    Tell.DFSP_STATE: _dfsp_state,
    Tell.SENDER_REFUSAL: _sender_refusal,
    Tell.SENDER_PENDING: _sender_pending,
}
