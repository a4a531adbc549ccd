"""Which application listens where, and what its connections prove of a client.

A Unix socket is for a TLS proxy that tells who its client is; a TLS port demands the client's certificate; a plain port
proves nothing. Each door has an application and a doorman of its own, so that no header can mean on one of them what it
means on another.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import msgspec

from switch.config import ProfileName, Settings
from switch.http import HttpServer, bind_path, bind_port
from switch.identity import CertificateDoorman, Doorman, People, ProxyDoorman
from switch.observe import Asgi, Receive, Scope, Send, reply
from switch.tls import Tls, TlsFiles

log = logging.getLogger("isoloop.hub")

FSPIOP, ADMIN, ISO = "fspiop", "admin", "iso"
_CLOSED: Final = msgspec.json.encode(
    {"error": "CALLER", "detail": "messages are taken behind the TLS proxy only, where the client is authenticated"}
)


class Maker(Protocol):
    """Makes an edge's application for a door of that name."""

    def __call__(self, doorman: Doorman, name: str) -> Asgi:
        """The application; it believes what the doorman lets pass."""


class Later:
    """An application that is made after its door has opened; who comes before waits for it."""

    def __init__(self, make: Callable[[], Asgi]) -> None:
        """`make` runs in a thread of its own, once."""
        self._make = make
        self._made: asyncio.Task[Asgi] | None = None

    async def load(self) -> None:
        """Make it now; a defect in it is logged, and is what each request meets."""
        try:
            await self._application()
        except Exception:
            log.exception("an application could not be made")

    async def _application(self) -> Asgi:
        if self._made is None:
            self._made = asyncio.get_running_loop().create_task(asyncio.to_thread(self._make))
        return await asyncio.shield(self._made)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        app = await self._application()
        await app(scope, receive, send)


class Door(msgspec.Struct, frozen=True):
    """One application on a port (`where` is its number) or a socket (its path).

    `outside`: participants themselves come here, who need not see the hub's metrics.
    """

    name: str
    app: Asgi
    where: int | Path
    tls: Tls | None = None
    outside: bool = False


def doors(settings: Settings, people: People, fspiop: Maker, iso: Maker, admin: Asgi) -> list[Door]:
    """All doors. In production an edge with a socket takes nothing on its plain port but questions about its health."""
    production = settings.profile is ProfileName.PRODUCTION
    found = [Door(ADMIN, admin, settings.admin_port, _tls(settings, None))]
    clients = _tls(settings, settings.tls_client_ca)
    for name, make, port, path in (
        (FSPIOP, fspiop, settings.fspiop_port, settings.fspiop_socket),
        (ISO, iso, settings.iso_port, settings.iso_socket),
    ):
        if path is not None:
            bound = f"{name}Socket"
            found.append(Door(bound, make(ProxyDoorman(people, settings.client_header), bound), path, outside=True))
        if settings.tls_client_ca is not None:
            found.append(Door(name, make(CertificateDoorman(people), name), port, clients, outside=True))
        elif production and path is not None:
            found.append(Door(name, closed, port, clients))
        else:
            if production:
                log.warning("%s: neither %s_socket nor tls_client_ca: a sender is known by its signatures", name, name)
            found.append(Door(name, make(Doorman(people, api_keys=not production), name), port, clients))
    return found


def _tls(settings: Settings, client_ca: Path | None) -> Tls | None:
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    crl = settings.tls_client_crl if client_ca is not None else None
    return Tls(TlsFiles(settings.tls_certificate, settings.tls_key, client_ca, crl))


def server(door: Door, host: str, front: Callable[[Door], Asgi]) -> HttpServer:
    """The server of a door; `front` puts health and metrics before its application. Raises PortError."""
    listener = bind_path(door.where) if isinstance(door.where, Path) else bind_port(host, door.where)
    return HttpServer(front(door), listener, door.tls)


async def closed(_scope: Scope, _receive: Receive, send: Send) -> None:
    """The application of a port whose messages must come another way."""
    await reply(send, 403, b"application/json", _CLOSED)
