"""HTTP servers inside one event loop: a port each for FSPIOP, operators and ISO 20022, and sockets for a TLS proxy."""

import asyncio
import contextlib
import errno
import os
import resource
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from switch.http_guard import PATIENCE_S, GuardedProtocol, watch
from switch.observe import Asgi
from switch.tls import NamedProtocol, Tls

_SOCKET_MODE = 0o660
_GRACE_S = 5.0
"""Time that requests have to end when the server stops."""
_TICK_S = 0.1
_FILES = 65_536


class PortError(Exception):
    """A port or socket cannot be had; the text says which and what to do."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: it stops all servers together, in order."""
        yield


class HttpServer:
    """One listening application."""

    def __init__(
        self, app: Asgi, listener: socket.socket, tls: Tls | None = None, *, patience_s: float = PATIENCE_S
    ) -> None:
        """Serve on what `bind_port` or `bind_path` gave, over TLS if wanted, and wait `patience_s` for clients."""
        self._socket = listener
        self._patience_s = patience_s
        self._scheme = "http" if tls is None else "https"
        self._on_path = listener.family == socket.AF_UNIX
        name = listener.getsockname()
        self.host, self.port = (name, 0) if self._on_path else (name[0], int(name[1]))
        config = uvicorn.Config(
            app,
            loop="none",
            http=GuardedProtocol if tls is None else NamedProtocol,
            ssl_context_factory=None if tls is None else lambda _config, _default: tls.context,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=30,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The base URL without a slash at its end; `unix:` and the path of a socket."""
        return f"unix:{self.host}" if self._on_path else f"{self._scheme}://{self.host}:{self.port}"

    async def start(self) -> None:
        """Serve; returns when requests are taken."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.005)
        self._watch = asyncio.create_task(watch(self._server.server_state.connections, self._patience_s))

    async def stop(self) -> None:
        """Take no new requests, finish the running ones, close; what is only half here was not taken."""
        self._server.should_exit = True
        if self._watch is not None:
            self._watch.cancel()
        if self._task is not None:
            until = asyncio.get_running_loop().time() + _GRACE_S
            while not (await asyncio.wait({self._task}, timeout=_TICK_S))[0]:
                self._hang_up(everybody=asyncio.get_running_loop().time() > until)
            await self._task
        self._socket.close()
        if self._on_path:
            _remove(self.host)

    def _hang_up(self, *, everybody: bool) -> None:
        connections: list[GuardedProtocol] = list(self._server.server_state.connections)  # type: ignore[arg-type]
        for connection in connections:
            if everybody or connection.half:
                connection.hang_up()


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)


def bind_path(path: Path) -> socket.socket:
    """A Unix socket that only its owner and group may enter; one that a dead process left is replaced."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_left(path)
        listener.bind(str(path))
        # Nobody can have entered yet: it does not listen before it is served.
        path.chmod(_SOCKET_MODE)
    except OSError as error:
        listener.close()
        raise PortError(f"socket {path} cannot be had ({error}): choose another path") from error
    return listener


def _remove_left(path: Path) -> None:
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    path.unlink()


def open_more_files() -> None:
    """Let this process, and those it starts, have as many connections as it is allowed: usual shells give 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def bind_port(host: str, port: int) -> socket.socket:
    """A listening port, taken at once so that its number is known before the first request; 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortError(f"port {port} on {host} is taken ({error}): stop what uses it or choose another") from error
    return listener
