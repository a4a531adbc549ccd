"""The OpenAPI documents of the hub's ports: each port serves its own at /openapi.json, `isoloop openapi` writes it."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import msgspec

import fspiop.openapi.document
import iso.openapi
from schemas.canonical.identity import FspId
from schemas.codes.events import usual
from switch.archive.search import Archive
from switch.bus.memory import MemoryBus
from switch.calendar import Calendar
from switch.native_banks import NativeBanks
from switch.observe import Asgi, Receive, Scope, Send, reply
from switch.observe_api import PATH as _PATH
from switch.observe_api import beside, get
from switch.reports import openapi as reports_api
from switch.reports.reader import Reader
from switch.resend import Resender
from switch.senders.reports import ReportMaker
from switch.store.books import Books
from switch.store.memory import MemoryStore
from switch.store.payments import PaymentBook
from switch.version import versions

PATH: Final = _PATH
KEYS_PATH: Final = "/keys"
METHODS: Final = ("get", "post", "put", "patch", "delete")
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STRING: Final = {"type": "string"}
_KEY: Final = {
    "type": "object",
    "properties": {
        "participant": _STRING, "id": _STRING, "pem": _STRING, "algorithm": _STRING,
        "validFrom": {"type": "string", "format": "date-time"}, "validTo": {"type": "string", "format": "date-time"},
    },
    "required": ["participant", "id", "pem"],
}  # fmt: skip
_KEYS: Final = {
    "type": "object", "properties": {"keys": {"type": "array", "items": _KEY}}, "required": ["keys"],
}  # fmt: skip
_REFUSED: Final = {"type": "object", "properties": {"error": _STRING, "detail": _STRING}, "required": ["error"]}


def fspiop_port() -> dict[str, Any]:
    """The document of the DFSPs' port."""
    keys = get("getKeys", "The public keys that verify what comes from the hub", {200: _KEYS, 403: _REFUSED})
    return _with(fspiop.openapi.document.document(_version()), {KEYS_PATH: keys})


def iso_port() -> dict[str, Any]:
    """The document of the banks' port."""
    return _with(iso.openapi.document(_version()), {})


def operator_port() -> dict[str, Any]:
    """The document of the operator's port; the application behind it is only described, never called."""
    # FastAPI and its routes are a third of a hub's start, which imports this module for its other ports.
    from switch.admin.desk import Desk  # noqa: PLC0415
    from switch.admin.whole import Around, whole  # noqa: PLC0415

    bus, archive = MemoryBus(), Archive("")
    desk = Desk(bus, MemoryStore(lambda: _NO_TIME), FspId("Hub"))
    maker = ReportMaker(Books(""), PaymentBook(""), bus, Reader(""))
    around = Around(NativeBanks("", None), usual(), Resender(bus, archive), archive, "", maker, Calendar())
    return whole(desk, _version(), around).openapi()


PORTS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "fspiop": fspiop_port,
    "operator": operator_port,
    "iso": iso_port,
}
"""Port -> its document."""


def served(port: str) -> Asgi:
    """The application that tells a port's document, which is made when it is first asked for."""
    text = cache(lambda: msgspec.json.encode(PORTS[port]()))

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await reply(send, 200, b"application/json", text())

    return app


def calls(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Method, path and summary of every call."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                text = operation.get("summary") or operation.get("description", "")
                yield method.upper(), path, text.partition("\n")[0]


def _version() -> str:
    return versions()["isoloop"]


def _with(document: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """The document with what stands beside the API on its port, reports among it."""
    return document | {"paths": {**document["paths"], **beside(), **reports_api.paths(), **more}}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `isoloop openapi`."""
    parser.add_argument("--api", choices=list(PORTS), default="fspiop", help="whose port (default fspiop)")
    parser.add_argument("--json", action="store_true", help="the whole document instead of a list of its calls")


def main(options: argparse.Namespace) -> int:
    """Run `isoloop openapi`."""
    document = PORTS[options.api]()
    if options.json:
        json.dump(document, sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        for method, path, text in calls(document):
            sys.stdout.write(f"{method:6} {path}  {text}\n")
    return 0
