"""Operator routes for settlement agents: who they are, and where each participant's account is with them."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.instructions import AgentStatement
from schemas.canonical.settlement_agents import (
    AgentCurrency,
    AgentMember,
    Instrument,
    SetSettlementAgent,
    SettlementAgent,
)
from schemas.canonical.wire import AgentName
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant, number
from switch.admin.openapi import tells
from switch.admin.shapes import Currency, Name

AccountNumber = Annotated[str, Meta(min_length=1, max_length=34)]


class BankBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """The settlement bank that holds an account, by any of its identifiers."""

    bic: str | None = None
    lei: str | None = None
    clearing_system: str | None = None
    member_id: str | None = None
    other_id: str | None = None


class MemberBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A participant's account at the agent; without `bank` it holds it itself.

    `main` is its other account there, between which and this one funds are moved.
    """

    participant: str
    account: AccountNumber
    bank: BankBody | None = None
    main: AccountNumber | None = None


class CurrencyBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """One currency: the scheme's technical account, and its members."""

    currency: Currency
    account: AccountNumber
    members: tuple[MemberBody, ...] = ()


class AgentBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """PUT /settlementAgents/{name}.

    `deposits`: where what participants have deposited lies: in their own accounts at the agent (members), which then
    move with every settlement, or in the scheme's account (scheme). `funds`: the agent moves funds in and out between
    a participant's account and the scheme's, or between its `main` account and its own; with `scheme` what comes to
    that account unordered is funds in too.
    """

    currencies: tuple[CurrencyBody, ...]
    models: tuple[str, ...] = ()
    net_instruction: Literal["pacs.029", "pacs.009", "pacs.010"] = "pacs.029"
    automatic: bool = False
    deposits: Literal["members", "scheme"] = "members"
    cuts_caps: bool = True
    answer_s: int = 1800
    opens: str = ""
    closes: str = ""
    funds: bool = False


class AgentShown(AgentBody):
    """The same with its name."""

    name: str = ""


class StatementShown(msgspec.Struct, rename="camel"):
    """A statement (camt.053) of the agent; `message` is the digest under which the archive has it."""

    id: str
    account: str
    currency: str
    since: str
    until: str
    opening: Any
    closing: Any
    entries: int
    taken: str | None
    message: str


def router(desk: Desk) -> APIRouter:
    """The routes under /settlementAgents."""
    routes = APIRouter(tags=["settlement"])

    @routes.get("/settlementAgents")
    @tells(200, list[AgentShown])
    async def agents() -> Response:
        """Every settlement agent."""
        found = await desk.records(SettlementAgent)
        return answer([_shown(one) for one in sorted(found, key=lambda one: one.name)])

    @routes.get("/settlementAgents/{name}")
    @tells(200, AgentShown)
    async def agent(name: Name) -> Response:
        """One settlement agent."""
        return answer(_shown(await agent_named(desk, name)))

    @routes.put("/settlementAgents/{name}")
    @tells(200, AgentShown, body=AgentBody)
    async def set_agent(name: Name, request: Request) -> Response:
        """Add or change a settlement agent; how it is reached and signs is set by PUT /participants/{name}/iso."""
        body = await body_of(request, AgentBody)
        await desk.do(SetSettlementAgent(_agent(FspId(name), body)))
        return answer(_shown(await agent_named(desk, name)))

    @routes.get("/settlementAgents/{name}/statements")
    @tells(200, list[StatementShown])
    async def statements(name: Name) -> Response:
        """The statements that came from an agent, the newest first."""
        found = await agent_named(desk, name)
        every = [one for one in await desk.records(AgentStatement) if one.agent == found.name]
        return answer([_statement(one) for one in sorted(every, key=lambda one: one.taken, reverse=True)])

    return routes


async def agent_named(desk: Desk, name: str) -> SettlementAgent:
    """A settlement agent; raises RefusalError 3200."""
    found: SettlementAgent | None = await desk.store.record(SettlementAgent, name)
    if found is None:
        raise RefusalError(fault("ID_NOT_FOUND", f"there is no settlement agent {name[:30]}"))
    return found


def _agent(name: FspId, body: AgentBody) -> SettlementAgent:
    return SettlementAgent(
        name,
        tuple(
            AgentCurrency(one.currency, one.account, tuple(_member(each) for each in one.members))
            for one in body.currencies
        ),
        body.models,
        Instrument(body.net_instruction),
        body.automatic,
        body.deposits == "members",
        body.cuts_caps,
        body.answer_s,
        body.opens,
        body.closes,
        body.funds,
    )


def _member(body: MemberBody) -> AgentMember:
    bank = body.bank or BankBody()
    named = AgentName(bank.bic, bank.lei, bank.clearing_system, None, bank.member_id, bank.other_id)
    return AgentMember(FspId(body.participant), body.account, named, body.main or "")


def _shown(agent: SettlementAgent) -> AgentShown:
    return AgentShown(
        tuple(
            CurrencyBody(one.currency, one.account, tuple(_shown_member(each) for each in one.members))
            for one in agent.currencies
        ),
        agent.models,
        agent.instrument.value,
        agent.automatic,
        "members" if agent.deposits else "scheme",
        agent.cuts_caps,
        agent.answer_s,
        agent.opens,
        agent.closes,
        agent.funds,
        agent.name,
    )


def _shown_member(member: AgentMember) -> MemberBody:
    bank = member.bank
    told = None if bank == AgentName() else BankBody(bank.bic, bank.lei, bank.system, bank.member, bank.other)
    return MemberBody(member.participant, member.account, told, member.main or None)


def _statement(one: AgentStatement) -> StatementShown:
    opening, closing = (None if units is None else number(units) for units in (one.opening, one.closing))
    return StatementShown(
        one.id, one.account, one.currency, one.since, one.until, opening, closing, one.bookings,
        instant(one.taken), one.digest,
    )  # fmt: skip
