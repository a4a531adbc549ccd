"""Prefunded participants: money that comes to the scheme's account at the agent is funds in, funds out leave it. Pure.

Only where an agent keeps the deposits and the operator lets it (`funds`): elsewhere funds are the operator's word.
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
from schemas.canonical.instruction_ids import named
from schemas.canonical.instructions import AgentBooking, AgentDecides, FundsInstructed
from schemas.canonical.money import Money
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import AccountType
from schemas.canonical.settlement_agents import AgentCurrency, SettlementAgent
from settlement.instructing import REFUSING, SETTLING
from switch import funds
from switch.engine import Step
from switch.liquidity import ended
from switch.notices import notice
from switch.state import State

ALERT: Final = "SETTLEMENT_ALERT_EMAIL"
_NOTED: Final = "NOTED"


def keeper(state: State, name: FspId | None, currency: str) -> tuple[SettlementAgent, AgentCurrency] | None:
    """The agent that keeps a participant's deposits in the currency and moves them."""
    for agent in state.all(SettlementAgent):
        place = agent.currency(currency)
        if agent.funds and not agent.deposits and place is not None and (name is None or place.member(name)):
            return agent, place
    return None


def told(step: Step) -> Step:
    """The step of funds, whose agent is told of each funds out when it is reserved."""

    def decide(state: State, command: Command) -> Outcome:
        outcome = step(state, command)
        events = tuple(_told(state, outcome))
        return replace(outcome, events=(*outcome.events, *events)) if events else outcome

    return decide


def _told(state: State, outcome: Outcome) -> Iterator[Event]:
    for put in outcome.puts:
        if not isinstance(put, FundsMovement) or put.direction is FundsDirection.IN:
            continue
        found = keeper(state, put.participant, put.amount.currency) if put.state is FundsState.RESERVED else None
        member = found[1].member(put.participant) if found is not None else None
        if found is None or member is None:
            continue
        agent, place = found
        if not put.amount.fits_iso:
            text = f"funds {put.id} of {put.amount.fspiop} {put.amount.currency} cannot be said in ISO 20022"
            yield notice(state, SettlementAlert(agent.name, 0, put.amount.currency, text), ALERT)
            continue
        until = put.created + funds.VALIDITY
        body = FundsInstructed(put, place.account, member.account, member.bank)
        yield Event(agent.name, body, Delivery.EXECUTION, put.id, until)


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
    found = keeper(state, movement.participant, movement.amount.currency)
    if found is None or found[0].name != command.envelope.sender:
        reason = fault("TRANSFER_NOT_FOUND", "these funds are not yours to pay")
        body = Refused("transfers", movement.id, reason, command.terms)
        return Outcome(events=(Event(command.envelope.sender, body, order=movement.id),), state="UNKNOWN")
    if command.status in SETTLING:
        return _ended(state, movement, funds.OUT_COMMIT, None, found[0].name)
    if command.status in REFUSING:
        return _ended(state, movement, funds.OUT_ABORT, command.reason, found[0].name)
    return Outcome(state=_NOTED)


_MEANT: Final = {funds.OUT_COMMIT: FundsState.COMMITTED, funds.OUT_ABORT: FundsState.ABORTED}


def _ended(state: State, movement: FundsMovement, action: str, why: Fault | None, agent: FspId) -> Outcome:
    """Commit or give back; what cannot be any more is told the operator, since the agent has done it."""
    meant, reason = _MEANT[action], why.description if why is not None else movement.reason
    order = RecordFunds(movement.participant, movement.account, movement.id, action, None, reason)
    outcome = ended(funds.step)(state, order)
    if outcome.fault is None and outcome.state == meant.value:
        return outcome
    said = outcome.fault.description if outcome.fault is not None else outcome.state
    alert = SettlementAlert(agent, 0, movement.amount.currency, f"{action} of funds {movement.id}: {said}")
    return Outcome(events=(notice(state, alert, ALERT),), state=_NOTED)


def came_in(state: State, sender: FspId, booking: AgentBooking) -> Outcome:
    """Money on the scheme's account that nothing here has ordered: funds in of who is named, else a case for people."""
    found = keeper(state, None, booking.currency)
    if found is None or found[0].name != sender or booking.account != found[1].account or booking.units <= 0:
        return Outcome()
    if any(named(text) is not None for text in booking.references):
        return Outcome()
    known = state.get(FundsMovement, booking.funds_id)
    member = found[1].member(booking.payer) if booking.payer is not None else None
    account = state.account(member.participant, AccountType.SETTLEMENT, booking.currency) if member else None
    if known is not None or not booking.servicer_reference:
        return Outcome()
    if account is None:
        text = f"{Money(booking.units, booking.currency).iso} came in ({booking.servicer_reference}), from nobody known"
        return Outcome(events=(notice(state, SettlementAlert(sender, 0, booking.currency, text), ALERT),))
    amount = Money(booking.units, booking.currency)
    reference = booking.references[0] if booking.references else booking.servicer_reference
    order = RecordFunds(
        account.owner, account.id, booking.funds_id, funds.IN, amount, "settlement agent", reference
    )  # fmt: skip
    outcome = funds.step(state, order)
    if outcome.fault is None:
        return outcome
    text = f"{amount.iso} of {account.owner} came in, but: {outcome.fault.description}"
    return Outcome(events=(notice(state, SettlementAlert(sender, 0, booking.currency, text), ALERT),))
