"""Settlement agents as the ledger lane knows them: who settles what, and what the operator may set up. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from schemas.canonical.commands import Command
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from schemas.canonical.settlement_agents import SetSettlementAgent, SettlementAgent
from settlement.instructing import Times
from switch.accounts import done, refused
from switch.participants import NAME
from switch.state import State
from switch.subscriptions import calendar_of

GRACE: Final = timedelta(seconds=10)
"""How long an answer may be on its way after the time that the agent was given, at most as long as that itself."""
_ACCOUNT_MAX: Final = 34
_CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_SECONDS_MAX: Final = 7 * 86_400


def step(state: State, command: Command) -> Outcome:
    """Add or change a settlement agent; its participant record has no accounts, so that it cannot pay or be paid."""
    if not isinstance(command, SetSettlementAgent):
        raise TypeError(f"{type(command).__name__} is not about settlement agents")
    agent = command.agent
    wrong = next((text for text in (*_shape(agent), *_references(state, agent)) if text), None)
    if wrong is not None:
        return refused(fault("VALIDATION", wrong))
    known = state.get(Participant, agent.name)
    if known is not None:
        return done(agent, replace(known, settles=True))
    number = max([2, *(other.number + 1 for other in state.all(Participant))])
    return done(agent, Participant(agent.name, created=state.now, number=number, settles=True))


def _shape(agent: SettlementAgent) -> Iterator[str]:
    """What is wrong with an agent by itself."""
    if not NAME.fullmatch(agent.name):
        yield "name has 2 to 30 letters, digits, hyphens, underscores or dots"
    if not 1 <= agent.answer_s <= _SECONDS_MAX:
        yield f"answerS must be 1 to {_SECONDS_MAX} seconds"
    if any(text and not _CLOCK.fullmatch(text) for text in (agent.opens, agent.closes)):
        yield "opens and closes are times of day, HH:MM"
    mains = [member.main for place in agent.currencies for member in place.members if member.main]
    if agent.funds and agent.deposits and not mains:
        yield "funds needs deposits: scheme, or main accounts of members"
    if mains and not agent.deposits:
        yield "main accounts are for deposits: members"
    codes = [place.currency for place in agent.currencies]
    if len(set(codes)) < len(codes):
        yield "each currency may be listed once"
    for place in agent.currencies:
        accounts = [place.account, *(member.account for member in place.members)]
        accounts += [member.main for member in place.members if member.main]
        if not all(0 < len(account) <= _ACCOUNT_MAX for account in accounts):
            yield f"accounts in {place.currency} have 1 to {_ACCOUNT_MAX} characters"
        if len(set(accounts)) < len(accounts):
            yield f"an account in {place.currency} is listed twice"
        names = [member.participant for member in place.members]
        if len(set(names)) < len(names):
            yield f"a participant is listed twice in {place.currency}"


def _references(state: State, agent: SettlementAgent) -> Iterator[str]:
    """What is wrong with an agent among all else that there is."""
    if agent.name.casefold() == state.profile.hub.casefold():
        yield "the hub itself is no settlement agent"
    if any(account.owner == agent.name for account in state.all(LedgerAccount)):
        yield f"{agent.name} has accounts here: a participant is no settlement agent"
    models = {model.name for model in state.all(SettlementModel)}
    unknown = [model for model in agent.models if model not in models]
    if unknown:
        yield f"there is no settlement model {unknown[0][:30]}"
    for place in agent.currencies:
        for member in place.members:
            own = member.participant == state.profile.hub
            if not own and state.account(member.participant, AccountType.POSITION, place.currency) is None:
                yield f"{member.participant[:30]} has no account in {place.currency}"
    for other in state.all(SettlementAgent):
        shared = set(other.models) & set(agent.models)
        both = {one.currency for one in other.currencies} & {one.currency for one in agent.currencies}
        if other.name != agent.name and shared and both:
            yield f"{other.name} settles {min(shared)} in {min(both)} already"


def agent_of(state: State, model: str, currency: str) -> SettlementAgent | None:
    """Who settles nets of that model in the currency."""
    return next((agent for agent in state.all(SettlementAgent) if agent.settles(model, currency)), None)


def is_agent(state: State, name: FspId) -> bool:
    """Whether that is a settlement agent."""
    return state.get(SettlementAgent, name) is not None


def times_of(state: State, agent: SettlementAgent) -> Times | Fault:
    """Until when an agent may book what it is told now, by its answering time and hours; a Fault while it is shut."""
    zone = ZoneInfo(calendar_of(state).zone)
    until = state.now + timedelta(seconds=agent.answer_s)
    if agent.opens and state.now < _today(state.now, agent.opens, zone):
        return fault("VALIDATION", f"{agent.name} settles from {agent.opens} on")
    if agent.closes:
        end = _today(state.now, agent.closes, zone)
        if state.now >= end:
            return fault("VALIDATION", f"{agent.name} settles until {agent.closes} only")
        until = min(until, end)
    return Times(state.now, until, until + min(GRACE, until - state.now))


def _today(now: datetime, clock: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(now.astimezone(zone).date(), time.fromisoformat(clock), zone)
