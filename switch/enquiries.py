"""Status requests of banks (pacs.028): answered from the hub's record. Pure.

A payment that still waits for its payee's bank is asked for there too, once, by a request of the hub's own.
"""

from msgspec.structs import replace

from schemas.canonical.commands import Command
from schemas.canonical.dialogue import Journey
from schemas.canonical.events import Delivery, Event
from schemas.canonical.faults import fault
from schemas.canonical.money import Money
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.participants import Participant
from schemas.canonical.party import Party
from schemas.canonical.returns import Returns
from schemas.canonical.statuses import Enquire, Enquired, EnquiredPayment, Finding, StatusAsked
from schemas.canonical.terms import IsoReferences
from schemas.canonical.transfer import Transfer, TransferState
from switch.state import State
from switch.transfer_checks import same_fsp


def step(state: State, command: Command) -> Outcome:
    """Answer every payment asked for, in one report."""
    if not isinstance(command, Enquire):
        raise TypeError(f"{type(command).__name__} is no status request")
    asker = state.get(Participant, command.envelope.sender)
    if asker is None or not asker.active:
        return Outcome(state="UNKNOWN_ASKER")
    findings = tuple(_finding(state, command, one) for one in command.payments)
    puts: list[Stored] = []
    events = [Event(asker.name, Enquired(command.terms.references or IsoReferences(), findings), order=command.key)]
    for key in dict.fromkeys(one.transfer_id for one in command.payments if one.transfer_id is not None):
        transfer = state.get(Transfer, key)
        if transfer is not None and _may_be_chased(state, command, transfer):
            puts.append(replace(transfer, chased=True))
            events.append(_chase(transfer))
    return Outcome(tuple(puts), events=tuple(events), state="ANSWERED")


def _finding(state: State, command: Enquire, asked: EnquiredPayment) -> Finding:
    sender, references, request_id = command.envelope.sender, asked.references, asked.request_id
    if asked.ambiguous:
        reason = fault("VALIDATION", "the references fit more than one payment; name its UETR")
        return Finding(references, request_id, fault=reason)
    key = asked.transfer_id or ""
    transfer, journey = state.get(Transfer, key), state.get(Journey, key)
    if transfer is not None and (same_fsp(sender, transfer.payer) or same_fsp(sender, transfer.payee)):
        returned, returning = _given_back(state, transfer)
        return Finding(
            references,
            request_id,
            _slim(transfer),
            to_payer=same_fsp(sender, transfer.payer),
            returned=returned,
            returning=returning,
        )
    if transfer is None and journey is not None and journey.prepare.payer == sender:
        own = journey.prepare.terms.references or references
        if journey.fault is not None:
            return Finding(own, request_id, fault=journey.fault)
        return Finding(own, request_id, pending=True)
    return Finding(references, request_id, fault=fault("NO_ORIGINAL", "no payment of yours has these references"))


def _given_back(state: State, transfer: Transfer) -> tuple[Money | None, Money | None]:
    known, currency = state.get(Returns, transfer.id), transfer.amount.currency
    if known is None:
        return None, None
    done, under_way = known.done, known.taken - known.done
    return Money(done, currency) if done else None, Money(under_way, currency) if under_way else None


def _slim(transfer: Transfer) -> Transfer:
    """The transfer without what no answer tells."""
    terms = replace(
        transfer.terms, payer=Party(), payee=Party(), packet=None, condition=None, remittance=(), extensions=()
    )
    return replace(transfer, terms=terms)


def _may_be_chased(state: State, command: Enquire, transfer: Transfer) -> bool:
    if transfer.state is not TransferState.RESERVED or transfer.chased or state.now >= transfer.due:
        return False
    payee = state.get(Participant, transfer.payee)
    asks = payee is not None and payee.iso is not None and payee.iso.status_requests
    return asks and same_fsp(command.envelope.sender, transfer.payer)


def _chase(transfer: Transfer) -> Event:
    body = StatusAsked(_slim(transfer))
    return Event(transfer.payee, body, Delivery.EXECUTION, transfer.id, transfer.expiry)
