"""Funds that a settlement agent moves: what it is told, what it says and books, and what comes in unordered. Pure.

Its word (pacs.002) or its booking (camt.054, camt.053) commits what was reserved or gives it back, whichever comes
first; each counts once. Silence gives it back when the agent's time is over.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from schemas.canonical.administration import SettlementAlert
from schemas.canonical.commands import Command, RecordFunds
from schemas.canonical.events import Delivery, Event, Refused
from schemas.canonical.faults import Fault, fault
from schemas.canonical.funds import FundsDirection, FundsMovement, FundsState
from schemas.canonical.identity import FspId
from schemas.canonical.instruction_ids import leg_id, named, named_leg
from schemas.canonical.instructions import AgentBooking, AgentDecides, FundsInstructed
from schemas.canonical.late import LateBooking
from schemas.canonical.money import Money
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import AccountType
from settlement.instructing import NO_ANSWER, REFUSING, SETTLING
from switch import funds, late
from switch.asking_agents import of_funds
from switch.conversions import joined
from switch.engine import Step
from switch.fund_keepers import collector, keeper
from switch.fund_names import named_funds
from switch.liquidity import ends
from switch.notices import notice
from switch.state import State

ALERT: Final = "SETTLEMENT_ALERT_EMAIL"
_NOTED: Final = "NOTED"


def told(step: Step) -> Step:
    """The step of funds, whose agent is told of each funds out when it is reserved."""

    def decide(state: State, command: Command) -> Outcome:
        outcome = step(state, command)
        events = tuple(_told(state, outcome))
        return replace(outcome, events=(*outcome.events, *events)) if events else outcome

    return decide


def _told(state: State, outcome: Outcome) -> Iterator[Event]:
    for put in outcome.puts:
        if not isinstance(put, FundsMovement) or not put.open:
            continue
        found = keeper(state, put.participant, put.amount.currency)
        if put.agent is None and found is not None and not put.amount.fits_iso:
            text = f"funds {put.id} of {put.amount.fspiop} {put.amount.currency} cannot be said in ISO 20022"
            yield notice(state, SettlementAlert(found.agent.name, 0, put.amount.currency, text), ALERT)
        if put.agent is None or found is None:
            continue
        body = FundsInstructed(put, found.outside, found.inside, found.member.bank, not found.agent.deposits)
        yield Event(put.agent, body, Delivery.EXECUTION, put.id, put.until)


def deciding(payments: Step) -> Step:
    """What agents say of funds out; all else they say is about a payment, which that step decides."""

    def decide(state: State, command: Command) -> Outcome:
        if not isinstance(command, AgentDecides):
            raise TypeError(f"{type(command).__name__} is no word of an agent")
        movement = state.get(FundsMovement, command.transfer_id)
        return payments(state, command) if movement is None else _decided(state, command, movement)

    return decide


def _decided(state: State, command: AgentDecides, movement: FundsMovement) -> Outcome:
    """Booked, refused, or something in between; a repeat changes nothing."""
    if movement.agent is None or movement.agent != command.envelope.sender:
        reason = fault("TRANSFER_NOT_FOUND", "these funds are not yours to move")
        body = Refused("transfers", movement.id, reason, command.terms)
        return Outcome(events=(Event(command.envelope.sender, body, order=movement.id),), state="UNKNOWN")
    if command.back:
        return _returned(state, movement, command.back, command.status, command.reason)
    if command.status in SETTLING:
        return _ended(state, movement, FundsState.COMMITTED, None)
    if command.status in REFUSING:
        return _ended(state, movement, FundsState.ABORTED, command.reason)
    return Outcome(state=_NOTED)


def _ended(state: State, movement: FundsMovement, meant: FundsState, why: Fault | None) -> Outcome:
    """Commit or give back; what is moved after it was given back is kept apart, for people."""
    if movement.state is meant:
        return Outcome(state=meant.value)
    if movement.state is FundsState.ABORTED and movement.agent is not None:
        why_late = f"{meant} of funds {movement.id}: {movement.state}"
        return late.found(state, late.of_funds(state, movement, why_late))
    if not movement.open:
        return _alert(state, movement, f"{meant} of funds {movement.id}: {movement.state}")
    reason = why.description if why is not None else ""
    return ends(state, funds.end(state, movement, commits=meant is FundsState.COMMITTED, reason=reason, why=why))


def _returned(state: State, movement: FundsMovement, number: int, status: str, why: Fault | None) -> Outcome:
    """What the agent says of the return of funds that it moved too late."""
    known = state.get(LateBooking, leg_id(movement.id, 0))
    if known is not None:
        return late.answered(state, known, status, number, why.description if why is not None else "")
    return _alert(state, movement, f"{status} of the return of funds {movement.id}, which are {movement.state}")


def _alert(state: State, movement: FundsMovement, text: str) -> Outcome:
    alert = SettlementAlert(movement.agent or FspId(""), 0, movement.amount.currency, text)
    return Outcome(events=(notice(state, alert, ALERT),), state=_NOTED)


def expired(state: State, key: str) -> Outcome:
    """The agent is asked what became of funds, and when its time is over they are given back."""
    movement = state.get(FundsMovement, key)
    if movement is None or not movement.open or movement.due is None:
        return Outcome(state="NOT_DUE")
    if state.now < movement.due:
        if movement.ask is None or state.now < movement.ask:
            return Outcome(state="NOT_DUE")
        return Outcome((replace(movement, ask=None),), events=tuple(of_funds(movement)), state="ASKED")
    why = fault(NO_ANSWER, f"{movement.agent} has not booked it in time")
    given_back = ends(state, funds.end(state, movement, commits=False, reason=why.description, why=why))
    alert = _alert(state, movement, f"funds {movement.id}: {why.description}")
    return joined(given_back, alert)


def booked(state: State, sender: FspId, booking: AgentBooking) -> Outcome | None:
    """A booking of funds that were ordered; None if it is of none."""
    found = (state.get(FundsMovement, key) for key in named_funds(booking))
    movement = next((one for one in found if one is not None and one.id != booking.funds_id), None)
    if movement is None:
        return None
    if movement.agent != sender:
        return Outcome()
    held = keeper(state, movement.participant, movement.amount.currency)
    back = max((leg.back for leg in map(named_leg, booking.references) if leg is not None), default=0)
    inward = movement.amount.units if movement.direction is FundsDirection.IN else -movement.amount.units
    inward = -inward if back else inward
    wanted = {held.inside: inward, held.outside: -inward} if held is not None else {}
    fits = wanted.get(booking.account)
    if fits != booking.units or booking.currency != movement.amount.currency:
        what = f"{booking.units} {booking.currency} on {booking.account}"
        return _alert(state, movement, f"booking {booking.servicer_reference} of funds {movement.id} is of {what}")
    if back:
        return _returned(state, movement, back, "ACSC", None)
    return _ended(state, movement, FundsState.COMMITTED, None)


def came_in(state: State, sender: FspId, booking: AgentBooking) -> Outcome:
    """What is booked of ordered funds; money on the scheme's account that nothing has ordered is funds in, too.

    Of who is named, else it is a case for people.
    """
    ordered = booked(state, sender, booking)
    if ordered is not None:
        return ordered
    place = collector(state, sender, booking.currency)
    if place is None or booking.account != place.account or booking.units <= 0:
        return Outcome()
    if any(named(text) is not None for text in booking.references):
        return Outcome()
    known = state.get(FundsMovement, booking.funds_id)
    member = place.member(booking.payer) if booking.payer is not None else None
    account = state.account(member.participant, AccountType.SETTLEMENT, booking.currency) if member else None
    if known is not None or not booking.servicer_reference:
        return Outcome()
    amount = Money(booking.units, booking.currency)
    if account is None:
        text = f"{amount.iso} came in ({booking.servicer_reference}), from nobody known"
        return Outcome(events=(notice(state, SettlementAlert(sender, 0, booking.currency, text), ALERT),))
    reference = booking.references[0] if booking.references else booking.servicer_reference
    order = RecordFunds(
        account.owner, account.id, booking.funds_id, funds.IN, amount, "settlement agent", reference
    )  # fmt: skip
    outcome = funds.came(state, order)
    if outcome.fault is None:
        return outcome
    text = f"{amount.iso} of {account.owner} came in, but: {outcome.fault.description}"
    return Outcome(events=(notice(state, SettlementAlert(sender, 0, booking.currency, text), ALERT),))
