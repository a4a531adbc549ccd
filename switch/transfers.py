"""Transfers: which row of the transfer table a command meets.

The order of checks is that of the reference hub (sections 9.2 and 9.4), except that what is final stays final: a wrong
preimage or a late answer is found only while an answer is awaited.
"""

from typing import Final

import msgspec

from fspiop import ilp
from schemas.canonical.cases import CancelPayment
from schemas.canonical.commands import Command, Expire, Fulfil, Note, Prepare, Query, Reject
from schemas.canonical.conversion import FX_TRANSFERS, TRANSFERS
from schemas.canonical.dialogue import Journey, JourneyState
from schemas.canonical.faults import Fault, fault
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import TransferId
from schemas.canonical.instructions import AgentDecides
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Participant
from schemas.canonical.party import Party
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered, Transfer, TransferState
from schemas.canonical.wire import Dialect
from schemas.codes.statuses import BLOCKED
from settlement.instructing import ask_at
from switch import requests
from switch.conversions import credited, hindrance, overdue
from switch.fulfilments import fulfilment_of, key_named
from switch.gross import decided
from switch.gross_way import ends_with, given_back, legs_at_agents, with_agent
from switch.returns import counted, explained, meant_for_return, unreturnable
from switch.state import State
from switch.transfer_answers import Found, begin, leave, move
from switch.transfer_checks import examine, is_bank, other_amount, same_fsp
from switch.transfer_news import blocks, news, relayed
from switch.transfer_table import Case
from switch.transfer_ties import follow

_NO_SUCH: Final = "Provided Transfer ID was not found on the server."
_ON_ANSWER: Final = " on the Fulfil callback response"
_OLD_VERSION: Final = "1.0"
"""FSPIOP 1.0 has no PATCH, so a payee that speaks it cannot ask for one by saying RESERVED."""


def step(state: State, command: Command) -> Outcome:
    """Decide a command about a transfer, and what follows from it for all that is tied to it."""
    if isinstance(command, Prepare):
        command = requests.for_request(state, command)
    return requests.answered(state, counted(state, given_back(follow(state, _decide(state, command)))))


def _decide(state: State, command: Command) -> Outcome:
    match command:
        case Prepare():
            return _prepare(state, command)
        case Fulfil():
            return _fulfil(state, command)
        case Reject():
            return _reject(state, command)
        case Note():
            return _note(state, command)
        case AgentDecides():
            return decided(state, command)
        case Expire():
            return _expire(state, command)
        case CancelPayment():
            return _cancel(state, command)
        case Query():
            return _query(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about a transfer")


def _prepare(state: State, command: Prepare) -> Outcome:
    transfer = state.get(Transfer, command.transfer_id)
    found = Found(state, command, transfer)
    if command.envelope.sender != command.payer:
        cause = fault("WRONG_SENDER", "FSPIOP-Source header should match Payer")
        return leave(found._replace(cause=cause), Case.PREPARE_NOT_FROM_PAYER)
    if transfer is None and state.get(FundsMovement, command.transfer_id) is not None:
        # One id is one thing for ever, or nobody could tell from the books what was moved under it.
        return leave(found._replace(cause=_modified(command, "is a movement of funds")), Case.PREPARE_OF_FUNDS)
    if transfer is None:
        if command.returns is not None:
            command = explained(state, command)
        return begin(state, command, unreturnable(state, command) or examine(state, command))
    if transfer.payer != command.payer or transfer.prepare_hash != command.envelope.content_hash:
        return leave(found._replace(cause=_modified(command, "exists with other content")), Case.PREPARE_MODIFIED)
    return leave(found, Case.PREPARE_REPEATED if transfer.final else Case.PREPARE_REPEATED_EARLY)


def _fulfil(state: State, command: Fulfil) -> Outcome:
    found = Found(state, command, _named(state, command))
    if command.answered is Answered.RESERVED and command.envelope.version == _OLD_VERSION:
        return leave(found, Case.ANSWER_OF_OLD_VERSION)
    unfit = _unfit(found, command)
    if unfit is not None:
        return _refuse(found, *unfit)
    transfer = _awaited(found)
    if transfer.state is not TransferState.RESERVED:
        return _answered_before(found, command, transfer)
    by_bank = command.answered is Answered.ACCEPTED
    if not by_bank and not _proves(state, command, transfer, command.fulfilment):
        return _wrong(found, command)
    if state.now >= transfer.due or overdue(state, transfer):
        return leave(found._replace(cause=fault("TOO_LATE")), Case.ANSWER_LATE)
    fulfilment = command.fulfilment
    if by_bank and transfer.hub_key is not None:
        key = key_named(state.profile, transfer.hub_key)
        if key is None:
            cause = fault("UNAVAILABLE", f"hub key {transfer.hub_key} of this payment is not at hand")
            return leave(found._replace(cause=cause), Case.FULFIL_WITHOUT_KEY)
        fulfilment = fulfilment_of(key, transfer.terms.packet or "")
    if by_bank and not _proves(state, command, transfer, fulfilment):
        return _wrong(found, command)
    asked = legs_at_agents(state, transfer)
    hindered = hindrance(state, transfer) or (asked if isinstance(asked, Fault) else None)
    if hindered is not None or isinstance(asked, Fault):
        return leave(found._replace(cause=hindered), Case.FULFIL_BEFORE_CONVERSION)
    waits = transfer.converts is not None and transfer.determines is not None
    return move(
        found,
        Case.FULFIL_WAITS if waits else Case.FULFIL_TO_AGENT if asked else Case.FULFIL_COMMITS,
        agent=asked[0].agent if asked else None,
        at_agents=asked,
        ask=ask_at(state.now, ends_with(state, transfer)) if asked else None,
        fulfilment=fulfilment,
        completed=command.completed or state.now,
        iso_status=command.iso_status or transfer.iso_status,
        # Who is credited instead is credited at the end: until then what was reserved stays reserved.
        legs=(() if asked else credited(state, transfer)) or transfer.legs,
        answered=command.answered,
        answer_hash=command.envelope.content_hash,
    )


def _wrong(found: Found, command: Fulfil) -> Outcome:
    """A missing or wrong preimage ends the transfer, even one that comes too late."""
    # The hubs in use have words of their own for each of the two resources.
    words = "invalid fulfilment" if command.resource != FX_TRANSFERS else "Invalid FX fulfilment"
    cause = fault("WRONG_FULFILMENT", words)
    answer = {"answered": command.answered, "answer_hash": command.envelope.content_hash}
    return move(found._replace(cause=cause), Case.FULFIL_WRONG, fault=cause, completed=found.state.now, **answer)


def _named(state: State, command: Fulfil | Reject | Note | Query) -> Transfer | None:
    """The transfer or conversion of that id; one is not known under the name of the other."""
    found = state.get(Transfer, command.transfer_id)
    return found if found is not None and found.resource == command.resource else None


def _proves(state: State, command: Fulfil, transfer: Transfer, fulfilment: str | None) -> bool:
    """Whether the payee may say so.

    Between two banks the creditor bank's signed status is the proof; a DFSP on either side needs the preimage.
    """
    if state.profile.lenient and transfer.condition == ilp.NO_CONDITION:
        return True
    if command.answered is Answered.ACCEPTED and is_bank(state, transfer.payer):
        return True
    return ilp.fits(fulfilment or "", transfer.condition or "")


def _reject(state: State, command: Reject) -> Outcome:
    found = Found(state, command, _named(state, command))
    unfit = _unfit(found, command)
    if unfit is not None:
        return _refuse(found, *unfit)
    transfer = _awaited(found)
    if transfer.final:
        return _answered_before(found, command, transfer)
    if with_agent(state, transfer):
        cause = _modified(command, "was accepted, and is with its settlement agent")
        return leave(found._replace(cause=cause), Case.ANSWER_MODIFIED_EARLY)
    # A provider may take back what it fulfilled, as long as no transfer has been made of it.
    answer = {"answered": None, "answer_hash": command.envelope.content_hash}
    return move(found, Case.REJECT_ABORTS, fault=command.fault, completed=state.now, **answer)


def _refuse(found: Found, case: Case, cause: Fault) -> Outcome:
    """An answer that cannot be taken. The payee's own, but to somebody else, ends the transfer as a wrong one does."""
    found = found._replace(cause=cause)
    if case is Case.ANSWER_NOT_FROM_PAYEE and found.transfer is not None and isinstance(found.message, Fulfil | Reject):
        to_return = meant_for_return(found.state, found.message, found.transfer)
        if to_return is not None:
            return to_return
    if case is not Case.ANSWER_NOT_TO_PAYER:
        return leave(found, case)
    answered = found.message.answered if isinstance(found.message, Fulfil) else None
    given = found.message.envelope.content_hash if found.message else None
    return move(found, case, fault=cause, completed=found.state.now, answered=answered, answer_hash=given)


def _modified(command: Prepare | Fulfil | Reject, what: str) -> Fault:
    """3106; FSPIOP clients compare its text with the standard one, a bank's engineer reads what was wrong."""
    by_bank = command.envelope.dialect is Dialect.ISO_XML
    return fault("MODIFIED", f"transfer {command.transfer_id} {what}" if by_bank else "")


def _unfit(found: Found, command: Fulfil | Reject) -> tuple[Case, Fault] | None:
    """The first reason why an answer cannot be taken, except that an answer was given before."""
    transfer, envelope = found.transfer, command.envelope
    if transfer is None:
        return Case.ANSWER_UNKNOWN, _unknown(command)
    if not same_fsp(envelope.sender, transfer.payee):
        return Case.ANSWER_NOT_FROM_PAYEE, fault("WRONG_SENDER", f"fspiop-source does not match payee fsp{_ON_ANSWER}")
    if (other := other_amount(command, transfer)) is not None:
        return Case.ANSWER_OF_OTHER_AMOUNT, other
    # A bank addresses the hub, so only FSPIOP's destination can be wrong.
    addressed = envelope.receiver if envelope.dialect is not Dialect.ISO_XML else transfer.payer
    if addressed is None and transfer.converts is None:
        addressed = transfer.payer
    if not same_fsp(addressed or "nobody", transfer.payer):
        awaited = transfer.state is TransferState.RESERVED
        case = Case.ANSWER_NOT_TO_PAYER if awaited else Case.ANSWER_NOT_TO_PAYER_LATER
        return case, fault("WRONG_AGENT", f"fspiop-destination does not match payer fsp{_ON_ANSWER}")
    # Whether an acceptance comes too late is asked after its proof.
    if isinstance(command, Reject) and not transfer.final and found.state.now >= transfer.due:
        return Case.ANSWER_LATE, fault("TOO_LATE")
    return None


def _answered_before(found: Found, command: Fulfil | Reject, transfer: Transfer) -> Outcome:
    """Nothing is awaited any more: the same answer again, another one, or one of the other kind."""
    if (reason := blocks(command, transfer)) is not None:
        return _blocked(found, transfer, reason)
    same_kind = (transfer.answered is not None) == isinstance(command, Fulfil)
    if transfer.answer_hash is not None and same_kind:
        if transfer.answer_hash == command.envelope.content_hash:
            return leave(found, Case.ANSWER_REPEATED if transfer.final else Case.ANSWER_REPEATED_EARLY)
        further = news(command, transfer)
        if further is not None:
            told = {"news": further} if relayed(found.state, transfer, further) else {}
            return leave(found, Case.ANSWER_NEWS, iso_status=further, **told)
        case = Case.ANSWER_MODIFIED if transfer.final else Case.ANSWER_MODIFIED_EARLY
        return leave(found._replace(cause=_modified(command, "was answered with other content")), case)
    if transfer.fault is not None and transfer.fault.name == "EXPIRED":
        return leave(found._replace(cause=fault("TOO_LATE")), Case.ANSWER_EXPIRED)
    words = "non-RESERVED transfer state" if command.resource != FX_TRANSFERS else "Non-RESERVED fxTransfer state"
    return leave(found._replace(cause=fault("NOT_RESERVED", words)), Case.ANSWER_NOT_AWAITED)


def _unknown(command: Fulfil | Reject) -> Fault:
    """The hubs in use have a code of their own for each of the two resources; a bank would take it for a failure."""
    if command.envelope.dialect is Dialect.ISO_XML:
        return fault("TRANSFER_NOT_FOUND", "no payment has these references")
    if command.resource == FX_TRANSFERS:
        return fault("TRANSFER_NOT_FOUND", "fxTransfer not found")
    return fault("UNKNOWN_FULFIL", "transfer not found")


def _awaited(found: Found) -> Transfer:
    if found.transfer is None:
        raise ValueError("an answer to nothing passed the checks")
    return found.transfer


def _blocked(found: Found, transfer: Transfer, reason: Fault) -> Outcome:
    """A bank does not post what it accepted: its payer's bank is told, and money moves only by a return."""
    told = {"news": BLOCKED, "remark": reason} if relayed(found.state, transfer, BLOCKED) else {}
    return leave(found._replace(cause=reason), Case.ANSWER_BLOCKS, iso_status=BLOCKED, **told)


def _note(state: State, command: Note) -> Outcome:
    transfer = _named(state, command)
    found = Found(state, command, transfer)
    if transfer is None:
        return leave(found._replace(cause=fault("TRANSFER_NOT_FOUND")), Case.ANSWER_UNKNOWN)
    if not same_fsp(command.envelope.sender, transfer.payee):
        to_return = meant_for_return(state, command, transfer)
        if to_return is not None:
            return to_return
        cause = fault("WRONG_SENDER", f"{command.envelope.sender} is not the payee FSP")
        return leave(found._replace(cause=cause), Case.ANSWER_NOT_FROM_PAYEE)
    if (other := other_amount(command, transfer)) is not None:
        return leave(found._replace(cause=other), Case.ANSWER_OF_OTHER_AMOUNT)
    if (reason := blocks(command, transfer)) is not None:
        return _blocked(found, transfer, reason)
    if transfer.final or command.iso_status is None:
        return leave(found, Case.NOTED)
    return leave(found, Case.NOTED, iso_status=command.iso_status)


def _expire(state: State, command: Expire) -> Outcome:
    transfer = state.get(Transfer, command.key)
    found = Found(state, None, transfer)
    if transfer is None or transfer.final or state.now < transfer.due:
        return leave(found, Case.NOT_DUE)
    case = Case.EXPIRES if transfer.agent is None else Case.AGENT_SILENT
    return move(found, case, fault=fault("EXPIRED"), completed=state.now)


def _cancel(state: State, command: CancelPayment) -> Outcome:
    """What its payer recalled will not be; of one that is with its journey yet, the id is taken before it comes."""
    transfer, journey = state.get(Transfer, command.transfer_id), state.get(Journey, command.transfer_id)
    found = Found(state, None, transfer)
    if transfer is None and journey is not None:
        # The journey goes on and meets its end here: then its bank is told, once.
        alone = msgspec.structs.replace(journey.prepare, group=None)
        return msgspec.structs.replace(begin(state, alone, command.fault), events=())
    if transfer is None or transfer.final or with_agent(state, transfer):
        return leave(found, Case.NOT_DUE)
    return move(found, Case.RECALLED, fault=command.fault, completed=state.now)


def _query(state: State, command: Query) -> Outcome:
    sender = command.envelope.sender
    asker = state.get(Participant, sender)
    if asker is None or not asker.active:
        return Outcome(state="UNKNOWN_ASKER")
    transfer = _named(state, command)
    if transfer is None and command.resource == TRANSFERS:
        transfer = _funds(state, command.transfer_id)
    found = Found(state, command, transfer)
    if transfer is None:
        return _query_journey(found, command, state.get(Journey, command.transfer_id))
    if not (same_fsp(sender, transfer.payer) or same_fsp(sender, transfer.payee)):
        cause = fault("CLIENT_ERROR", f"{sender} is no party to the transfer")
        return leave(found._replace(cause=cause), Case.QUERY_STRANGER)
    return leave(found, Case.QUERIED)


def _funds(state: State, transfer_id: TransferId) -> Transfer | None:
    """Funds in or out are told like transfers between a participant and the hub to whom asks for their id."""
    moved = state.get(FundsMovement, transfer_id)
    if moved is None:
        return None
    hub = state.profile.hub
    terms = Terms(moved.id, moved.amount, Party(fsp=moved.participant), Party(fsp=hub))
    return Transfer(
        moved.id,
        moved.participant,
        hub,
        moved.amount,
        moved.created,
        terms,
        TransferState(moved.state.value),
        b"",
        moved.created,
        completed=moved.changed,
    )


def _query_journey(found: Found, command: Query, journey: Journey | None) -> Outcome:
    """A bank may ask for its payment while the hub still looks for the payee or its terms."""
    if journey is None or journey.prepare.payer != command.envelope.sender or command.resource != TRANSFERS:
        return leave(found._replace(cause=fault("TRANSFER_NOT_FOUND", _NO_SUCH)), Case.QUERY_UNKNOWN)
    terms = journey.prepare.terms
    if journey.state is JourneyState.REFUSED:
        return leave(found._replace(cause=journey.fault, terms=terms), Case.QUERY_UNKNOWN)
    return leave(found._replace(terms=terms), Case.QUERY_OPEN)
