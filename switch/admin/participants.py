"""Operator routes for participants, their endpoints and whether they are active."""

from typing import Any

from fastapi import APIRouter, Request, Response

from schemas.canonical.commands import CreateParticipant, SetEndpoint, SetParticipantActive
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import LedgerAccount, Participant
from schemas.codes.endpoint_types import ENDPOINT_TYPES
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant
from switch.admin.openapi import tells
from switch.admin.shapes import AccountShort, Active, Endpoint, Links, NewParticipant, ParticipantShown

_BY = "operator"
_FLAGS = {"true": True, "1": True, "false": False, "0": False, "": None, "null": None}


def view(participant: Participant, accounts: list[LedgerAccount], base: str) -> ParticipantShown:
    """A participant as the administration API shows it."""
    link = f"{base}participants/{participant.name}"
    return ParticipantShown(
        name=participant.name,
        id=link,
        created=instant(participant.created),
        is_active=int(participant.active),
        links=Links(link),
        accounts=[
            AccountShort(
                account.id, account.type.value, account.currency, int(account.active), instant(account.created), _BY
            )
            for account in accounts
        ],
        is_proxy=int(participant.proxy),
    )


def router(desk: Desk) -> APIRouter:
    """The routes under /participants that concern the participant itself."""
    routes = APIRouter(tags=["participants"])

    @routes.post("/participants", status_code=201)
    @tells(201, ParticipantShown, body=NewParticipant)
    async def create(request: Request) -> Response:
        """Add a participant, or a further currency to one that exists; its accounts are born inactive."""
        body = await body_of(request, NewParticipant)
        desk.currency(body.currency)
        await desk.do(CreateParticipant(FspId(body.name), body.currency, body.is_proxy))
        return await _one(desk, body.name, request, 201)

    @routes.get("/participants")
    @tells(200, list[ParticipantShown])
    async def every(request: Request, isProxy: str = "") -> Response:  # noqa: N803 - the API's name
        """List all participants with their accounts; isProxy=true: the proxies only."""
        if isProxy.lower() not in _FLAGS:
            raise RefusalError(fault("VALIDATION", '"isProxy" must be a boolean'))
        wanted = _FLAGS[isProxy.lower()]
        accounts = await desk.records(LedgerAccount)
        return answer(
            [
                view(found, [account for account in accounts if account.owner == found.name], str(request.base_url))
                for found in await desk.participants()
                if wanted is None or found.proxy == wanted
            ]
        )

    @routes.get("/participants/{name}")
    @tells(200, ParticipantShown)
    async def one(name: str, request: Request) -> Response:
        """One participant; an unknown name is 3200."""
        return await _one(desk, name, request, 200)

    @routes.put("/participants/{name}")
    @tells(200, ParticipantShown, body=Active)
    async def activate(name: str, request: Request) -> Response:
        """Switch a participant on or off; its transfers in flight still complete."""
        body = await body_of(request, Active)
        await desk.do(SetParticipantActive((await desk.participant(name)).name, body.is_active))
        return await _one(desk, name, request, 200)

    _endpoints(routes, desk)
    return routes


def _endpoints(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/participants/{name}/endpoints", status_code=201)
    @tells(201, body=Endpoint | list[Endpoint], refusals=(500,))
    async def set_endpoints(name: str, request: Request) -> Response:
        """Set the URL of one endpoint type, or of several in a list; the newest is in force at once."""
        body: Any = await body_of(request, Endpoint | list[Endpoint])  # type: ignore[arg-type]
        endpoints: list[Endpoint] = body if isinstance(body, list) else [body]
        owner = (await desk.participant(name)).name
        for endpoint in endpoints:
            if endpoint.type not in ENDPOINT_TYPES:
                raise RefusalError(fault("INTERNAL", f"Endpoint type '{endpoint.type}' does not exist"))
        for endpoint in endpoints:
            await desk.do(SetEndpoint(owner, endpoint.type, endpoint.value))
        return Response(status_code=201)

    @routes.get("/participants/{name}/endpoints")
    @tells(200, list[Endpoint] | dict[str, str])
    async def endpoints(name: str, type: str | None = None) -> Response:
        """All endpoints of a participant, or the one of a type; nothing in it if there is none of that type."""
        found = (await desk.participant(name)).endpoints
        if type:
            return answer({"type": type, "value": found[type]} if type in found else {})
        return answer([{"type": kind, "value": value} for kind, value in found.items()])


async def _one(desk: Desk, name: str, request: Request, status: int) -> Response:
    participant = await desk.participant(name, "The requested resource could not be found.")
    return answer(view(participant, await desk.accounts(participant.name), str(request.base_url)), status)
