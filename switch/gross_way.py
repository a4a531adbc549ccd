"""Which payments a settlement agent books one by one, between which accounts, and how it is told so. Pure.

Where a model that is GROSS and IMMEDIATE is settled by an agent, the payee's acceptance does not commit: the payment
waits for the agent until its own deadline. What is committed together waits together: the legs of a conversion and of
its transfer are booked one after the other, the payer's money first, and what was booked is returned if a later one
is refused. A leg in a currency that is settled otherwise waits with them.
"""

from datetime import datetime

from msgspec.structs import replace

from schemas.canonical.commands import Prepare
from schemas.canonical.conversion import AgentLeg, Leg, LegState, Side
from schemas.canonical.events import Delivery, Event
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import TransferId
from schemas.canonical.instructions import GrossInstructed
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.settlement_agents import SettlementAgent
from schemas.canonical.transfer import Transfer, TransferState
from settlement.netting import GROSS, IMMEDIATE
from switch.agents import agent_of
from switch.conversions import conversions_of, credited, determining
from switch.state import State


def agent_in(state: State, currency: str) -> SettlementAgent | None:
    """Who books single payments in that currency."""
    if not state.holds(SettlementAgent):
        return None
    model = state.settlement_model(currency)
    if model is None or (model.granularity, model.delay) != (GROSS, IMMEDIATE):
        return None
    return agent_of(state, model.name, currency)


def legs_at_agents(state: State, transfer: Transfer) -> tuple[AgentLeg, ...] | Fault:
    """What agents are to book before an accepted transfer can be committed; none where it is settled otherwise.

    In order: the conversions of its payer, itself, those of its payee. A conversion that waits for a transfer is booked
    with that one. A Fault where an account is not with its agent any more.
    """
    if not state.holds(SettlementAgent) or (transfer.converts is not None and transfer.determines is not None):
        return ()
    own = (transfer.id, credited(state, transfer) or transfer.moves)
    tied = conversions_of(state, transfer)
    before = [(one.id, one.moves) for one in tied if one.converts is not None and one.converts.side is Side.PAYER]
    after = [(one.id, one.moves) for one in tied if one.converts is not None and one.converts.side is Side.PAYEE]
    found: list[AgentLeg] = []
    for key, legs in (*before, own, *after):
        for place, leg in enumerate(legs):
            agent = agent_in(state, leg.amount.currency)
            way = _way(agent, key, leg, place) if agent is not None else None
            if isinstance(way, Fault):
                return way
            found += [way] if way is not None else []
    return (replace(found[0], state=LegState.ASKED), *found[1:]) if found else ()


def _way(agent: SettlementAgent, key: TransferId, leg: Leg, number: int = 0) -> AgentLeg | Fault:
    """A leg with the accounts it is booked on."""
    place = agent.currency(leg.amount.currency)
    ends = [place.member(owner) if place is not None else None for owner in (leg.debtor, leg.creditor)]
    for owner, member in zip((leg.debtor, leg.creditor), ends, strict=True):
        if member is None:
            return fault("NO_ACCOUNT", f"{owner} has no {leg.amount.currency} account at {agent.name}")
    debtor, creditor = ends
    assert debtor is not None
    assert creditor is not None
    return AgentLeg(agent.name, key, leg, debtor, creditor, place=number)


def refusal(state: State, command: Prepare, legs: tuple[Leg, ...]) -> Fault | None:
    """Why a payment cannot be booked by an agent; None if it can, or need not be."""
    for leg in (*legs, *_of_waiting(state, command)) if state.holds(SettlementAgent) else ():
        agent = agent_in(state, leg.amount.currency)
        # Who the hub stands in for is known when that one has the money converted.
        if agent is None or leg.creditor == state.profile.hub:
            continue
        found = _way(agent, command.transfer_id, leg)
        if isinstance(found, Fault):
            return found
        if not leg.amount.fits_iso:
            text = f"{leg.amount.fspiop} {leg.amount.currency} cannot be said to {agent.name}: too many decimals"
            return fault("TOO_MANY_DECIMALS", text)
    return None


def _of_waiting(state: State, command: Prepare) -> tuple[Leg, ...]:
    """The legs of the transfer whose payee orders this conversion, credited to the provider."""
    waiting = state.get(Transfer, command.determines) if command.target is not None and command.determines else None
    if waiting is None or command.payee is None:
        return ()
    return tuple(replace(leg, creditor=command.payee) for leg in waiting.moves)


def with_agent(state: State, transfer: Transfer) -> bool:
    """Whether an agent was asked for a transfer, or for what it is tied to: nobody takes it back then."""
    if transfer.agent is not None:
        return True
    waits_for = determining(state, transfer) if transfer.converts is not None else None
    return waits_for is not None and waits_for.agent is not None


def instructed(state: State, transfer: Transfer) -> Event:
    """The agent whose turn it is is told to book its leg, until the first end of all that is tied together."""
    leg = next((one for one in transfer.at_agents if one.state is LegState.ASKED), None)
    if leg is None:
        raise LookupError(f"transfer {transfer.id} is booked by nobody")
    return _told(transfer, leg, ends_with(state, transfer))


def ends_with(state: State, transfer: Transfer) -> datetime:
    """The first end of a transfer and of all that is tied to it."""
    return min([transfer.expiry, *(one.expiry for one in conversions_of(state, transfer))])


def _told(transfer: Transfer, leg: AgentLeg, until: datetime | None, *, back: int = 0) -> Event:
    body = GrossInstructed(transfer, leg, until, back)
    return Event(leg.agent, body, Delivery.RESULT if back else Delivery.EXECUTION, transfer.id, until)


def given_back(outcome: Outcome) -> Outcome:
    """The outcome of a step; what agents had booked of a payment that ends without effect is to be returned."""
    for put in outcome.puts:
        if isinstance(put, Transfer) and put.at_agents and put.state is TransferState.ABORTED and _booked(put):
            return _returning(outcome)
    return outcome


def _returning(outcome: Outcome) -> Outcome:
    puts: list[Stored] = []
    events: list[Event] = []
    for put in outcome.puts:
        if isinstance(put, Transfer) and put.state is TransferState.ABORTED and _booked(put):
            turned = tuple(
                replace(one, state=LegState.RETURNING) if one.state is LegState.BOOKED else one for one in put.at_agents
            )
            put = replace(put, at_agents=turned)
            events += [_told(put, one, None, back=1) for one in turned if one.state is LegState.RETURNING]
        puts.append(put)
    return replace(outcome, puts=tuple(puts), events=(*outcome.events, *events))


def _booked(transfer: Transfer) -> bool:
    return any(one.state is LegState.BOOKED for one in transfer.at_agents)
