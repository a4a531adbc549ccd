"""Operator routes that compare a settlement agent's statements with the hub's books."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import psycopg
from fastapi import APIRouter, Query, Request, Response

from iso.messages.statements import Report
from schemas.canonical.faults import fault
from schemas.canonical.instructions import AgentStatement
from settlement.reconciling import Reconciliation
from switch.admin.desk import Desk, RefusalError, answer, number
from switch.admin.openapi import tells
from switch.admin.settlement_agents import agent_named
from switch.admin.shapes import Name
from switch.reconciliation import StatementError, drift_by_currency, read_report, reconciled


class ComparedShown(msgspec.Struct, rename="camel", omit_defaults=True):
    """One booking: MATCHED, MISSING (the agent lacks it), EXTRA (the hub does), DIFFERENT; amounts as credited."""

    verdict: str
    reference: str
    hub: Decimal | None = None
    agent: Decimal | None = None
    text: str = ""


class FindingShown(msgspec.Struct, rename="camel"):
    """What is wrong with a statement by itself: BALANCE, COUNT, SUM, ENTRY, PAGE, SEQUENCE or CHAIN, and a text."""

    check: str
    text: str


class StatementCompared(msgspec.Struct, rename="camel"):
    """One statement; `drift` is the agent's closing balance less the hub's, `findings` are about its own figures."""

    account: str
    currency: str
    since: str
    until: str
    clean: bool
    counts: dict[str, int]
    drift: Decimal | None
    findings: list[FindingShown]
    compared: list[ComparedShown]


class ReconciliationShown(msgspec.Struct, rename="camel"):
    """Every statement that was compared, and the drift of each currency."""

    clean: bool
    drift: dict[str, Decimal]
    statements: list[StatementCompared]


def router(desk: Desk, database_url: str) -> APIRouter:
    """The routes under /settlementAgents/{name}/reconciliation."""
    routes = APIRouter(tags=["settlement"])

    @routes.get("/settlementAgents/{name}/reconciliation")
    @tells(200, ReconciliationShown)
    async def taken(
        name: Name,
        account: Annotated[str | None, Query()] = None,
        statement: Annotated[str | None, Query()] = None,
    ) -> Response:
        """The newest statement of each account of an agent, or the one of that id, against the books."""
        agent = await agent_named(desk, name)
        kept = [one for one in await desk.records(AgentStatement) if one.agent == agent.name]
        kept = [one for one in kept if account in (None, one.account)]
        # By account, all pages of the newest statement.
        newest: dict[str, list[AgentStatement]] = {}
        for one in sorted(kept, key=lambda one: one.taken):
            if statement in (None, one.id):
                pages = newest.get(one.account, [])
                newest[one.account] = [*(page for page in pages if page.id == one.id), one]
        if not newest:
            raise RefusalError(fault("ID_NOT_FOUND", "no such statement has come from this agent"))
        chosen = {one.digest for pages in newest.values() for one in pages}
        others = {one.digest for one in kept if one.account in newest} - chosen
        reports = [await _archived(desk, digest) for digest in sorted(chosen)]
        earlier = [await _archived(desk, digest) for digest in sorted(others)]
        return answer(await _compare(database_url, desk, agent.name, reports, earlier))

    @routes.post("/settlementAgents/{name}/reconciliation")
    @tells(200, ReconciliationShown)
    async def given(name: Name, request: Request) -> Response:
        """A statement (camt.053, camt.052 or camt.054 as application/xml) against the books; nothing is kept of it."""
        agent = await agent_named(desk, name)
        try:
            report = read_report(await request.body())
        except StatementError as error:
            raise RefusalError(fault("MALFORMED", str(error)[:100])) from error
        return answer(await _compare(database_url, desk, agent.name, [report], []))

    return routes


async def _archived(desk: Desk, digest: str) -> Report:
    original = await desk.store.archived(digest)
    if original is None:
        raise RefusalError(fault("ID_NOT_FOUND", f"message {digest[:12]} is not in the archive any more"))
    return read_report(original.body)


async def _compare(
    database_url: str, desk: Desk, agent: str, reports: Sequence[Report], earlier: Sequence[Report]
) -> ReconciliationShown:
    def compare() -> list[Reconciliation]:
        with psycopg.connect(database_url, application_name="isoloop reconciliation") as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            return reconciled(connection, reports, desk.hub, agent=agent, earlier=earlier)

    try:
        found = await asyncio.to_thread(compare)
    except StatementError as error:
        raise RefusalError(fault("VALIDATION", str(error)[:100])) from error
    drift = {currency: number(units) for currency, units in drift_by_currency(found).items()}
    return ReconciliationShown(all(one.clean for one in found), drift, [_statement(one) for one in found])


def _statement(one: Reconciliation) -> StatementCompared:
    return StatementCompared(
        one.account, one.currency, one.since.isoformat(), one.until.isoformat(), one.clean, one.counts,
        _amount(one.drift),
        [FindingShown(each.check, each.text) for each in one.findings],
        [ComparedShown(each.verdict.value, each.reference, _amount(each.hub), _amount(each.agent), each.text)
         for each in one.compared],
    )  # fmt: skip


def _amount(units: int | None) -> Any:
    return None if units is None else number(units)
