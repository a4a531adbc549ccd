"""Operator route for banks on NATS: where a bank connects, what it may do there, and its password."""

from typing import Any

from fastapi import APIRouter, Response

from schemas.canonical.faults import fault
from switch.admin.desk import Desk, RefusalError, answer
from switch.bus.places import Place
from switch.bus.port import BusDownError
from switch.native_banks import NativeBanks


def router(desk: Desk, banks: NativeBanks) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["banks"])

    @routes.get("/participants/{name}/iso/nats")
    async def get_login(name: str) -> Response:
        """How a bank on NATS connects; `user` and `password` are null where NATS is not the hub's own."""
        participant = await desk.participant(name)
        try:
            login = await banks.login(participant.name)
        except BusDownError as error:
            raise RefusalError(fault("UNAVAILABLE", str(error))) from error
        if login is None:
            raise RefusalError(fault("ID_NOT_FOUND", f"{participant.name} has no ISO profile with nats: true"))
        told: dict[str, Any] = {"url": login.url, "user": login.user, "password": login.password}
        return answer(told | Place(participant.name).described())

    return routes
