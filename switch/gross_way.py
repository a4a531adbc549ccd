"""Which payments a settlement agent books one by one, between which accounts, and how it is told so. Pure.

Where a model that is GROSS and IMMEDIATE is settled by an agent, the payee's acceptance does not commit: the payment
waits for the agent until its own deadline. Conversions and items of bulks are not taken in such a currency.
"""

from typing import NamedTuple

from schemas.canonical.commands import Prepare
from schemas.canonical.conversion import Leg
from schemas.canonical.events import Delivery, Event
from schemas.canonical.faults import Fault, fault
from schemas.canonical.instructions import GrossInstructed
from schemas.canonical.payments import is_group
from schemas.canonical.settlement_agents import AgentCurrency, AgentMember, SettlementAgent
from schemas.canonical.transfer import Transfer
from settlement.netting import GROSS, IMMEDIATE
from switch.agents import agent_of
from switch.state import State


class Way(NamedTuple):
    """Who books a payment, and between which accounts."""

    agent: SettlementAgent
    place: AgentCurrency
    debtor: AgentMember
    creditor: AgentMember


def agent_in(state: State, currency: str) -> SettlementAgent | None:
    """Who books single payments in that currency."""
    if not state.holds(SettlementAgent):
        return None
    model = state.settlement_model(currency)
    if model is None or (model.granularity, model.delay) != (GROSS, IMMEDIATE):
        return None
    return agent_of(state, model.name, currency)


def way(state: State, transfer: Transfer) -> Way | None:
    """By whom a payment is booked; None where it is settled otherwise."""
    (leg, *more) = transfer.moves
    found = None if more or transfer.converts is not None else _way(state, leg)
    return found if isinstance(found, Way) else None


def _way(state: State, leg: Leg) -> Way | Fault | None:
    agent = agent_in(state, leg.amount.currency)
    place = agent.currency(leg.amount.currency) if agent is not None else None
    if agent is None or place is None:
        return None
    ends = [place.member(owner) for owner in (leg.debtor, leg.creditor)]
    for owner, member in zip((leg.debtor, leg.creditor), ends, strict=True):
        if member is None:
            return fault("NO_ACCOUNT", f"{owner} has no {place.currency} account at {agent.name}")
    debtor, creditor = ends
    return Way(agent, place, debtor, creditor) if debtor is not None and creditor is not None else None


def refusal(state: State, command: Prepare, legs: tuple[Leg, ...]) -> Fault | None:
    """Why a payment cannot be booked by an agent; None if it can, or need not be."""
    for leg in legs:
        found = _way(state, leg)
        if isinstance(found, Fault):
            return found
        bulk = command.group is not None and not is_group(command.group)
        if found is not None and (command.target is not None or bulk or len(legs) > 1):
            what = "items of bulks" if bulk else "conversions"
            return fault("NOT_IMPLEMENTED", f"{what} are not settled payment by payment at {found.agent.name}")
    return None


def instructed(state: State, transfer: Transfer) -> Event:
    """The agent is told to book a payment, until the payment's own end."""
    found = way(state, transfer)
    if found is None:
        raise LookupError(f"transfer {transfer.id} is booked by nobody")
    body = GrossInstructed(
        transfer, found.debtor.account, found.creditor.account, found.debtor.bank, found.creditor.bank
    )  # fmt: skip
    return Event(found.agent.name, body, Delivery.EXECUTION, transfer.id, transfer.expiry)
