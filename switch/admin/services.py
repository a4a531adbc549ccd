"""Operator routes for what participants offer the scheme: GET /services names them to who asks."""

import msgspec
from fastapi import APIRouter, Request, Response

from fspiop.messages.dialogues import SERVICE_TYPES
from schemas.canonical.faults import fault
from schemas.canonical.forwarding import SetServices
from switch.admin.desk import Desk, RefusalError, answer, body_of


class ServicesBody(msgspec.Struct, forbid_unknown_fields=True):
    """PUT /participants/{name}/services: the whole list (FXP, THIRD_PARTY_DFSP, PISP, AUTH_SERVICE)."""

    services: tuple[str, ...]


def router(desk: Desk) -> APIRouter:
    """The routes for services."""
    routes = APIRouter(tags=["services"])

    @routes.put("/participants/{name}/services")
    async def set_services(name: str, request: Request) -> Response:
        """Say what a participant offers; FXP makes it a provider of currency conversion."""
        body = await body_of(request, ServicesBody)
        unknown = [one for one in body.services if one not in SERVICE_TYPES]
        if unknown:
            raise RefusalError(fault("VALIDATION", f"'{unknown[0][:32]}' is none of {', '.join(SERVICE_TYPES)}"))
        await desk.do(SetServices((await desk.participant(name)).name, body.services))
        return await services(name)

    @routes.get("/participants/{name}/services")
    async def services(name: str) -> Response:
        """What a participant offers."""
        return answer({"services": (await desk.participant(name)).services})

    return routes
