"""The whole application of the operator port: the API itself, and the routes that need more than the ledger's desk."""

from typing import NamedTuple

from fastapi import FastAPI

from schemas.codes.events import EventCodes
from switch.admin import messages, native, reconciliation, reports, service
from switch.admin.app import application
from switch.admin.desk import Desk
from switch.archive.search import Archive
from switch.calendar import Calendar
from switch.native_banks import NativeBanks
from switch.resend import Resender
from switch.senders.reports import ReportMaker


class Around(NamedTuple):
    """What further routes stand on."""

    native: NativeBanks
    events: EventCodes
    resender: Resender
    archive: Archive
    database_url: str
    maker: ReportMaker
    calendar: Calendar


def whole(desk: Desk, version: str, around: Around) -> FastAPI:
    """Every route of the port."""
    app = application(desk, version)
    app.include_router(native.router(desk, around.native))
    app.include_router(service.router(desk, around.events, around.resender))
    app.include_router(messages.router(around.archive))
    app.include_router(reconciliation.router(desk, around.database_url))
    app.include_router(reports.router(desk, around.maker, around.calendar))
    return app
