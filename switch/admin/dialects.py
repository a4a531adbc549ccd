"""Operator routes for the dialect in which a DFSP is spoken to: FSPIOP JSON or its ISO 20022 variant."""

from typing import Literal

import msgspec
from fastapi import APIRouter, Request, Response

from fspiop.headers import ISO_VERSIONS, VERSIONS
from schemas.canonical.dialects import FspiopProfile, SetFspiopProfile
from schemas.canonical.faults import fault
from schemas.canonical.wire import Dialect
from switch.admin.desk import Desk, RefusalError, answer, body_of


class FspiopBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """PUT /participants/{name}/fspiop: the dialect (`fspiop` or `fspiop-iso`), perhaps the version.

    `supplementaryData` false leaves out what ISO 20022 has no element for, for a receiver whose schema refuses it.
    """

    dialect: Literal["fspiop", "fspiop-iso"]
    version: Literal["1.0", "1.1", "2.0"] | None = None
    supplementary_data: bool = True


def router(desk: Desk) -> APIRouter:
    """The routes for dialects."""
    routes = APIRouter(tags=["dialects"])

    @routes.put("/participants/{name}/fspiop")
    async def set_dialect(name: str, request: Request) -> Response:
        """Say in which dialect a participant is spoken to, whatever it speaks itself."""
        body = await body_of(request, FspiopBody)
        dialect = Dialect(body.dialect)
        versions = ISO_VERSIONS if dialect is Dialect.FSPIOP_ISO else VERSIONS
        if body.version is not None and body.version not in versions:
            raise RefusalError(fault("VALIDATION", f"{dialect} is spoken in version {', '.join(versions)}"))
        participant = await desk.participant(name)
        profile = FspiopProfile(dialect, body.version, body.supplementary_data)
        await desk.do(SetFspiopProfile(participant.name, profile))
        return await get_dialect(name)

    @routes.get("/participants/{name}/fspiop")
    async def get_dialect(name: str) -> Response:
        """What was set; 3200 where the hub learns the dialect from the participant's own messages."""
        participant = await desk.participant(name)
        profile = participant.fspiop
        if profile is None:
            raise RefusalError(fault("ID_NOT_FOUND", f"{participant.name} has no FSPIOP profile: it is learned"))
        told = {"dialect": profile.dialect, "version": profile.version, "supplementaryData": profile.supplements}
        return answer(told)

    @routes.delete("/participants/{name}/fspiop", status_code=204)
    async def forget_dialect(name: str) -> Response:
        """Learn the dialect from the participant's own messages again."""
        await desk.do(SetFspiopProfile((await desk.participant(name)).name, None))
        return Response(status_code=204)

    return routes
