"""Operator routes for participants, their endpoints and whether they are active."""

import re
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from schemas.canonical.commands import CreateParticipant, SetEndpoint, SetParticipantActive
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import LedgerAccount, Participant
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant

_NAME_LENGTH = range(2, 31)
_TYPE = re.compile(r"\w{1,64}", re.ASCII)
_VALUE = re.compile(r"[!-~]{1,512}")


class NewParticipant(msgspec.Struct, rename="camel"):
    """POST /participants: name of 2 to 30 characters and one currency."""

    name: str
    currency: str | None = None
    is_proxy: bool = False


class Active(msgspec.Struct, rename="camel"):
    """PUT /participants/{name} and PUT .../accounts/{id}: on or off."""

    is_active: bool


class Endpoint(msgspec.Struct):
    """One endpoint type and its URL, which may hold {{placeholders}}."""

    type: str
    value: str


def view(participant: Participant, accounts: list[LedgerAccount], base: str) -> dict[str, Any]:
    """A participant as the administration API shows it."""
    link = f"{base}participants/{participant.name}"
    return {
        "name": participant.name,
        "id": link,
        "created": instant(participant.created),
        "isActive": int(participant.active),
        "links": {"self": link},
        "accounts": [
            {
                "id": account.id,
                "ledgerAccountType": account.type.value,
                "currency": account.currency,
                "isActive": int(account.active),
                "createdBy": "unknown",
            }
            for account in accounts
        ],
        "isProxy": int(participant.proxy),
    }


def router(desk: Desk) -> APIRouter:
    """The routes under /participants that concern the participant itself."""
    routes = APIRouter(tags=["participants"])

    @routes.post("/participants", status_code=201)
    async def create(request: Request) -> Response:
        """Add a participant, or a further currency to one that exists; its accounts are born inactive."""
        body = await body_of(request, NewParticipant)
        if len(body.name) not in _NAME_LENGTH:
            raise RefusalError(fault("VALIDATION", "name must have 2 to 30 characters"))
        if body.currency is None:
            raise RefusalError(fault("MISSING_ELEMENT", "currency"))
        await desk.do(CreateParticipant(FspId(body.name), body.currency, body.is_proxy))
        return await _one(desk, body.name, request, 201)

    @routes.get("/participants")
    async def every(request: Request, isProxy: bool | None = None) -> Response:  # noqa: N803 - the API's name
        """List all participants with their accounts."""
        accounts = await desk.records(LedgerAccount)
        return answer(
            [
                view(found, [account for account in accounts if account.owner == found.name], str(request.base_url))
                for found in await desk.participants()
                if isProxy is None or found.proxy == isProxy
            ]
        )

    @routes.get("/participants/{name}")
    async def one(name: str, request: Request) -> Response:
        """One participant; an unknown name is 3200."""
        return await _one(desk, name, request, 200)

    @routes.put("/participants/{name}")
    async def activate(name: str, request: Request) -> Response:
        """Switch a participant on or off; its transfers in flight still complete."""
        body = await body_of(request, Active)
        await desk.do(SetParticipantActive((await desk.participant(name)).name, body.is_active))
        return await _one(desk, name, request, 200)

    @routes.post("/participants/{name}/endpoints", status_code=201)
    async def set_endpoints(name: str, request: Request) -> Response:
        """Set the URL of one endpoint type, or of several in a list; the newest is in force at once."""
        body = await body_of(request, Endpoint | list[Endpoint])  # type: ignore[arg-type]
        endpoints = body if isinstance(body, list) else [body]
        for endpoint in endpoints:
            if not (_TYPE.fullmatch(endpoint.type) and _VALUE.fullmatch(endpoint.value)):
                raise RefusalError(fault("VALIDATION", "an endpoint has a type and a value without blanks"))
        for endpoint in endpoints:
            await desk.do(SetEndpoint(desk.name(name), endpoint.type, endpoint.value))
        return Response(status_code=201)

    @routes.get("/participants/{name}/endpoints")
    async def endpoints(name: str, type: str | None = None) -> Response:
        """All endpoints of a participant, or the one of a type."""
        found = (await desk.participant(name)).endpoints
        listed = [{"type": kind, "value": value} for kind, value in found.items()]
        if type is None:
            return answer(listed)
        return answer(next((endpoint for endpoint in listed if endpoint["type"] == type), {}))

    return routes


async def _one(desk: Desk, name: str, request: Request, status: int) -> Response:
    participant = await desk.participant(name)
    return answer(view(participant, await desk.accounts(participant.name), str(request.base_url)), status)
