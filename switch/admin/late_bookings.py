"""Operator routes for what settlement agents booked although it was given up: see it, and decide what becomes of it."""

from decimal import Decimal
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response
from msgspec import Meta

from schemas.canonical.faults import fault
from schemas.canonical.late import AcceptLate, DismissLate, LateBooking, LateCommand, LateState, ReturnLate
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant, number
from switch.admin.openapi import tells

Reason = Annotated[str, Meta(min_length=1, max_length=512)]


class DecisionBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Why it is decided so."""

    reason: Reason


class LateShown(msgspec.Struct, rename="camel", omit_defaults=True):
    """Money that moved at an agent from `debtor` to `creditor` (the hub is the scheme's account) after its end.

    `of` is the payment, the funds, or the instruction that it is a movement of; `settlement` took it over.
    """

    id: str
    kind: str
    of: str
    agent: str
    state: str
    amount: Decimal
    currency: str
    debtor: str
    creditor: str
    why: str
    found_date: str | None
    changed_date: str | None
    reason: str = ""
    settlement: int | None = None


def router(desk: Desk) -> APIRouter:
    """The routes under /lateBookings."""
    routes = APIRouter(tags=["settlement"])

    @routes.get("/lateBookings")
    @tells(200, list[LateShown])
    async def every(state: Annotated[str | None, Query()] = None) -> Response:
        """All late bookings, the newest first; `state` as OPEN, RETURNING, RETURNED, ACCEPTED or DISMISSED."""
        if state is not None and state not in {one.value for one in LateState}:
            raise RefusalError(fault("VALIDATION", "state is OPEN, RETURNING, RETURNED, ACCEPTED or DISMISSED"))
        found = await desk.records(LateBooking)
        chosen = [one for one in found if state in (None, one.state.value)]
        return answer([_shown(one) for one in sorted(chosen, key=lambda one: (one.found, one.id), reverse=True)])

    @routes.get("/lateBookings/{id}")
    @tells(200, LateShown)
    async def one(id: str) -> Response:
        """One late booking, by the id that the agent was told."""
        return answer(await _one(desk, id))

    @routes.post("/lateBookings/{id}/acceptance")
    @tells(200, LateShown, body=DecisionBody)
    async def acceptance(id: str, request: Request) -> Response:
        """Let it stand; a movement takes all that is booked of its settlement with it, and settles its windows anew."""
        body = await body_of(request, DecisionBody)
        return await _decided(desk, AcceptLate(id, body.reason))

    @routes.post("/lateBookings/{id}/return")
    @tells(200, LateShown, body=DecisionBody)
    async def give_back(id: str, request: Request) -> Response:
        """Have the agent give it back (pacs.009); while it is asked, the same message goes out again."""
        body = await body_of(request, DecisionBody)
        return await _decided(desk, ReturnLate(id, body.reason))

    @routes.post("/lateBookings/{id}/dismissal")
    @tells(200, LateShown, body=DecisionBody)
    async def dismissal(id: str, request: Request) -> Response:
        """The agent has never booked it: what followed it here is taken back."""
        body = await body_of(request, DecisionBody)
        return await _decided(desk, DismissLate(id, body.reason))

    return routes


async def _decided(desk: Desk, command: LateCommand) -> Response:
    await desk.do(command)
    return answer(await _one(desk, command.id))


async def _one(desk: Desk, key: str) -> LateShown:
    found: LateBooking | None = await desk.store.record(LateBooking, key)
    if found is None:
        raise RefusalError(fault("ID_NOT_FOUND", f"there is no late booking {key[:40]}"))
    return _shown(found)


def _shown(one: LateBooking) -> LateShown:
    return LateShown(
        one.id, one.kind.value, one.of, one.agent, one.state.value, number(one.units), one.currency, one.debtor,
        one.creditor, one.why, instant(one.found), instant(one.changed), one.reason, one.settlement,
    )  # fmt: skip
