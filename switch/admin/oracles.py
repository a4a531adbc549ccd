"""Operator routes for oracles (reference 14.4): who knows which participant holds a party, per type and currency.

This part of the administration is refused in the words of the FSPIOP APIs, as the reference does.
"""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

import aiohttp
import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from fspiop.messages.fields import Currency
from fspiop.messages.schema import BodySchema
from fspiop.rules import PARTICIPANT_TYPES
from schemas.canonical.commands import SetOracle
from schemas.canonical.faults import Fault, fault
from schemas.canonical.participants import Oracle
from switch.admin.desk import Desk, RefusalError, answer, instant, refusal
from switch.admin.openapi import Number, tells

BUILT_IN: Final = "builtin:registry"
_PATIENCE: Final = aiohttp.ClientTimeout(total=2)
_TAKEN: Final = "2001"
Type = Literal[
    "MSISDN", "EMAIL", "PERSONAL_ID", "BUSINESS", "DEVICE", "ACCOUNT_ID", "IBAN", "ALIAS", "CONSENT", "THIRD_PARTY_LINK"
]
Address = Annotated[str, Meta(pattern=r"^(?:https?://[^\s/?#]+[^\s]*|builtin:registry)$", max_length=512)]


class OracleEndpoint(msgspec.Struct, rename="camel"):
    """Where an oracle is: endpointType URL, and its base URL (`builtin:registry` for the hub's own registry)."""

    value: Address
    endpoint_type: Literal["URL"]


class OracleInfo(msgspec.Struct, rename="camel"):
    """POST and PUT /oracles."""

    oracle_id_type: Type
    endpoint: OracleEndpoint
    currency: Currency | None = None
    is_default: bool | None = None


class OracleShown(msgspec.Struct, rename="camel", omit_defaults=True):
    """An active oracle."""

    oracle_id: int
    oracle_id_type: str
    endpoint: OracleEndpoint
    is_default: bool
    currency: str | None = None
    created_date: str | None = None


class OracleHealth(msgspec.Struct, rename="camel"):
    """Whether an oracle answers GET /health with 200; the built-in registry always does."""

    oracle_id: int
    oracle_id_type: str
    status: Literal["OK", "DOWN"]


_BODY: Final = BodySchema(OracleInfo)


def router(desk: Desk) -> APIRouter:
    """The routes under /oracles."""
    routes = APIRouter(tags=["oracles"])

    @routes.post("/oracles", status_code=201)
    @tells(201, body=OracleInfo)
    async def create(request: Request) -> Response:
        """Register the oracle of a party type; one active oracle per type and currency."""
        body = await _body(request)
        return await _set(desk, _command(None, body), HTTPStatus.CREATED)

    @routes.get("/oracles")
    @tells(200, list[OracleShown])
    async def every(type: str | None = None, currency: str | None = None) -> Response:
        """The active oracles, of a party type or currency if asked for."""
        if type is not None and type not in PARTICIPANT_TYPES:
            raise RefusalError(fault("VALIDATION", "/query/type must be equal to one of the allowed values"))
        shown = [_shown(oracle) for oracle in await _active(desk)]
        return answer(
            [each for each in shown if type in (None, each.oracle_id_type) and currency in (None, each.currency)]
        )

    @routes.get("/oracles/health")
    @tells(200, list[OracleHealth])
    async def health() -> Response:
        """Ask every active oracle whether it works."""
        oracles = await _active(desk)
        async with aiohttp.ClientSession(timeout=_PATIENCE) as session:
            up = await asyncio.gather(*(_is_up(session, oracle.url) for oracle in oracles))
        return answer(
            [
                OracleHealth(oracle.id, oracle.type, "OK" if works else "DOWN")
                for oracle, works in zip(oracles, up, strict=True)
            ]
        )

    @routes.put("/oracles/{number}", status_code=204)
    @tells(204, body=OracleInfo)
    async def change(number: Number, request: Request) -> Response:
        """Change an oracle; currency and isDefault stay as they were if they are not given."""
        body = await _body(request)
        return await _set(desk, _command(number, body), HTTPStatus.NO_CONTENT)

    @routes.delete("/oracles/{number}", status_code=204)
    @tells(204)
    async def remove(number: Number) -> Response:
        """Take an oracle out of use; the next lookup does not know it any more."""
        await desk.do(SetOracle(number, remove=True))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return routes


async def _set(desk: Desk, command: SetOracle, status: HTTPStatus) -> Response:
    """A second oracle for the same parties is told with the reference's code 2001, but as the client's mistake: 400."""
    try:
        await desk.do(command)
    except RefusalError as refused:
        told = refusal(refused)
        if refused.fault.fspiop == _TAKEN:
            told.status_code = HTTPStatus.BAD_REQUEST
        return told
    return Response(status_code=status)


async def _body(request: Request) -> OracleInfo:
    found = _BODY.read(await request.body())
    if isinstance(found, Fault):
        raise RefusalError(found)
    return found


def _command(number: int | None, body: OracleInfo) -> SetOracle:
    url = "" if body.endpoint.value == BUILT_IN else body.endpoint.value
    default = bool(body.is_default) if number is None else body.is_default
    return SetOracle(number, body.oracle_id_type, url, body.currency, default)


async def _active(desk: Desk) -> list[Oracle]:
    return [oracle for oracle in await desk.records(Oracle) if oracle.active]


async def _is_up(session: aiohttp.ClientSession, url: str | None) -> bool:
    if url is None:
        return True
    try:
        async with session.get(f"{url.rstrip('/')}/health", allow_redirects=False) as reply:
            return reply.status == HTTPStatus.OK
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return False


def _shown(oracle: Oracle) -> OracleShown:
    endpoint: Any = OracleEndpoint(oracle.url or BUILT_IN, "URL")
    return OracleShown(oracle.id, oracle.type, endpoint, oracle.default, oracle.currency, instant(oracle.created))
