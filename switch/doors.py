"""Which application listens where: plain ports, and the Unix sockets on which a TLS proxy tells who its client is.

The header that names the client counts on a socket alone. The applications of the ports are others, which never look
at it, so no spelling of it can mean anything there.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec

from fspiop.api.app import CallerOf, caller_from_header
from switch.config import ProfileName, Settings
from switch.http import HttpServer, bind_path, bind_port
from switch.observe import Asgi, Message, Receive, Scope, Send

log = logging.getLogger("isoloop.hub")

FSPIOP, ADMIN, ISO = "fspiop", "admin", "iso"
_CLOSED: Final = msgspec.json.encode(
    {"error": "CALLER", "detail": "messages are taken behind the TLS proxy only, where the client is authenticated"}
)


AppT_co = TypeVar("AppT_co", covariant=True, bound=Asgi)


class Maker(Protocol[AppT_co]):
    """Makes an edge's application; with `caller` only the participant it names may speak."""

    def __call__(self, *, caller: CallerOf | None, edge_name: str) -> AppT_co:
        """The application, counted under that name."""


class Door(msgspec.Struct, frozen=True):
    """One application on a port (`where` is its number) or a socket (its path)."""

    name: str
    app: Asgi
    where: int | Path


def doors(settings: Settings, fspiop: Maker[Asgi], iso: Maker[Asgi], admin: Asgi) -> list[Door]:
    """All doors. In production an edge with a socket takes nothing on its port but questions about its health."""
    production = settings.profile is ProfileName.PRODUCTION
    caller = caller_from_header(settings.client_header)
    found = [Door(ADMIN, admin, settings.admin_port)]
    for name, make, port, path in (
        (FSPIOP, fspiop, settings.fspiop_port, settings.fspiop_socket),
        (ISO, iso, settings.iso_port, settings.iso_socket),
    ):
        if path is not None:
            bound = f"{name}Socket"
            found.append(Door(bound, make(caller=caller, edge_name=bound), path))
        elif production:
            log.warning("%s: without %s_socket a sender is known by its signatures only", name, name)
        shut = production and path is not None
        found.append(Door(name, closed if shut else make(caller=None, edge_name=name), port))
    return found


def server(door: Door, host: str, front: Callable[[Asgi], Asgi]) -> HttpServer:
    """The server of a door; `front` puts health and metrics before its application. Raises PortError."""
    listener = bind_path(door.where) if isinstance(door.where, Path) else bind_port(host, door.where)
    return HttpServer(front(door.app), listener)


async def closed(_scope: Scope, _receive: Receive, send: Send) -> None:
    """The application of a port whose messages must come another way."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_CLOSED)).encode())]
    start: Message = {"type": "http.response.start", "status": 403, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": _CLOSED})
