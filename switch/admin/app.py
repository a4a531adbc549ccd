"""The operator API assembled: one FastAPI application on the operator port."""

from fastapi import FastAPI, Request, Response
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
        name = "UNKNOWN_URI" if error.status_code == 404 else "CLIENT_ERROR"
        answered = refusal(RefusalError(fault(name, f"{request.method} {request.url.path}")))
        answered.status_code = error.status_code
        return answered

    return app
