"""Operator routes for reports by their names: as JSON page by page, or whole as CSV, workbook or page to print."""

from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from schemas.canonical.faults import fault
from switch.admin.desk import Desk, RefusalError, answer, refusal
from switch.reports import desk as reporting
from switch.reports.catalog import REPORTS
from switch.reports.desk import Channel
from switch.reports.openapi import FORMS, PARAMETERS
from switch.reports.order import OrderError
from switch.reports.reader import Reader


class _Told(Response):
    """An answer that is written while its rows are read, so that the snapshot stays open until its end."""

    def __init__(self, reader: Reader, name: str, given: dict[str, str], desk: Desk) -> None:
        super().__init__()
        self._asked = (reader, name, given, desk.clock())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        channel = Channel(send)
        try:
            await reporting.answer(*self._asked, channel)
        except OrderError as error:
            if channel.started:
                raise
            kinds = {404: "ID_NOT_FOUND", 503: "UNAVAILABLE"}
            refused = refusal(RefusalError(fault(kinds.get(error.status, "VALIDATION"), str(error))))
            await refused(scope, receive, send)


def add(routes: APIRouter, desk: Desk, reader: Reader) -> None:
    """Add the routes under /reports."""

    @routes.get("/reports")
    async def listed() -> Response:
        """Every report: what it is of, what it needs, its columns and checks."""
        return answer(reporting.described(list(REPORTS.values())))

    @routes.get("/reports/{name}", openapi_extra={"parameters": PARAMETERS}, responses={200: {"content": FORMS}})
    async def report(name: str, request: Request) -> Response:
        """One report by its name; of at most 92 days, and as JSON 500 rows a page."""
        return _Told(reader, name, dict(request.query_params), desk)
