"""Which settlement agent moves a participant's funds, and between which accounts. Pure.

Only where the operator lets it (`funds`): elsewhere funds are the operator's word. Where the agent keeps all deposits
in the scheme's account, funds move between that and the participant's; where each has its own account, between that
and the participant's main one, if it has one there.
"""

from typing import NamedTuple

from schemas.canonical.faults import Fault
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import FspId
from schemas.canonical.settlement_agents import AgentCurrency, AgentMember, SettlementAgent
from settlement.instructing import Times
from switch.agents import times_of
from switch.state import State


class Keeper(NamedTuple):
    """The agent that moves somebody's funds; `outside` and `inside` are the two accounts."""

    agent: SettlementAgent
    place: AgentCurrency
    member: AgentMember

    @property
    def outside(self) -> str:
        """The participant's account that funds come from and go to."""
        return self.member.main if self.agent.deposits else self.member.account

    @property
    def inside(self) -> str:
        """Where its deposit lies."""
        return self.member.account if self.agent.deposits else self.place.account


def keeper(state: State, name: FspId, currency: str) -> Keeper | None:
    """Who moves a participant's funds in the currency."""
    for agent in state.all(SettlementAgent) if state.holds(SettlementAgent) else ():
        place = agent.currency(currency)
        member = place.member(name) if agent.funds and place is not None else None
        if place is not None and member is not None and (member.main or not agent.deposits):
            return Keeper(agent, place, member)
    return None


def collector(state: State, agent: FspId, currency: str) -> AgentCurrency | None:
    """Where an agent keeps everybody's deposits: what comes in there is somebody's funds in."""
    found = state.get(SettlementAgent, agent)
    return found.currency(currency) if found is not None and found.funds and not found.deposits else None


def told_of(state: State, movement: FundsMovement) -> tuple[Keeper, Times] | Fault | None:
    """Who is told to move funds, and until when; a Fault while it is shut, None if that is the operator's word.

    What ISO 20022 cannot say is the operator's word too.
    """
    found = keeper(state, movement.participant, movement.amount.currency) if movement.amount.fits_iso else None
    if found is None:
        return None
    times = times_of(state, found.agent)
    return times if isinstance(times, Fault) else (found, times)
