"""The operator API assembled: one FastAPI application on the operator port."""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from schemas.canonical.faults import fault
from switch.admin import accounts, banks, participants, scheme
from switch.admin.desk import Desk, RefusalError, refusal


def application(desk: Desk, version: str) -> FastAPI:
    """Every operator route; errors are errorInformation bodies as existing tools read them."""
    app = FastAPI(title="Isoloop operator API", version=version, docs_url=None, redoc_url=None)
    # /participants/limits must be known before /participants/{name}.
    for routes in (accounts, participants, scheme, banks):
        app.include_router(routes.router(desk))

    @app.exception_handler(RefusalError)
    async def refused(_: Request, error: RefusalError) -> Response:
        return refusal(error)

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        kind = "UNKNOWN_URI" if error.status_code == 404 else "CLIENT_ERROR"
        answered = refusal(RefusalError(fault(kind, f"{request.method} {request.url.path}")))
        answered.status_code = error.status_code
        for name, value in (error.headers or {}).items():
            answered.headers[name] = value
        return answered

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        return refusal(RefusalError(fault("MALFORMED", f"/{where} {first['msg']}")))

    @app.exception_handler(Exception)
    async def defect(request: Request, _: Exception) -> Response:
        # The server logs the trace; the operator's client gets the shape of every other error.
        return refusal(RefusalError(fault("INTERNAL", f"{request.method} {request.url.path}")))

    return app
