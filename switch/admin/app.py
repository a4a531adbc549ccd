"""The operator API assembled: one FastAPI application on the operator port."""

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from schemas.canonical.faults import fault
from switch.admin import (
    access,
    accounts,
    banks,
    cases,
    certificates,
    dialects,
    fees,
    finalisation,
    keys,
    late_bookings,
    oracles,
    participants,
    scheme,
    services,
    settlement_agents,
    settlements,
    windows,
)
from switch.admin.desk import Desk, RefusalError, refusal
from switch.admin.openapi import OperatorApi
from switch.bus.port import BusDownError
from switch.store.port import StoreDownError

_WRONG_METHOD = 405


def application(desk: Desk, version: str) -> FastAPI:
    """Every operator route; errors are errorInformation bodies as existing tools read them."""
    app = OperatorApi(title="Isoloop operator API", version=version, docs_url=None, redoc_url=None)
    # /participants/limits must be known before /participants/{name}.
    parts = (
        accounts,
        participants,
        scheme,
        oracles,
        banks,
        cases,
        certificates,
        keys,
        access,
        services,
        dialects,
        fees,
        windows,
        settlements,
        finalisation,
        settlement_agents,
        late_bookings,
    )
    routers = [part.router(desk) for part in parts]
    for routes in routers:
        app.include_router(routes)

    @app.exception_handler(RefusalError)
    async def refused(_: Request, error: RefusalError) -> Response:
        return refusal(error)

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        kind = "UNKNOWN_URI" if error.status_code == 404 else "CLIENT_ERROR"
        text = "Not Found" if error.status_code == 404 else "Method Not Allowed"
        answered = refusal(RefusalError(fault(kind, f"{text} - {request.method} {request.url.path}")))
        answered.status_code = error.status_code
        if error.status_code == _WRONG_METHOD:
            answered.headers["allow"] = ", ".join(sorted(_methods(routers, request.url.path)))
        return answered

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> Response:
        place, name = error.errors()[0]["loc"][:2]
        wrong = f"'{name}' URI {place} parameter"
        return refusal(RefusalError(fault("VALIDATION", wrong)))

    @app.exception_handler(StoreDownError)
    @app.exception_handler(BusDownError)
    async def away(_: Request, error: Exception) -> Response:
        what = "the database" if isinstance(error, StoreDownError) else "NATS"
        return refusal(RefusalError(fault("UNAVAILABLE", f"{what} is away, ask again")))

    @app.exception_handler(Exception)
    async def defect(request: Request, _: Exception) -> Response:
        # The server logs the trace; the operator's client gets the shape of every other error.
        return refusal(RefusalError(fault("INTERNAL", f"{request.method} {request.url.path}")))

    return app


def _methods(routers: list[APIRouter], path: str) -> set[str]:
    """Every method that some route has for this path."""
    routes = (route for router in routers for route in router.routes if isinstance(route, APIRoute))
    return {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
