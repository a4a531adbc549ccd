"""HTTP servers inside one event loop: a port each for FSPIOP, operators and ISO 20022."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from switch.observe import Asgi


class PortError(Exception):
    """A port cannot be had; the text says which and what to do."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: it stops all servers together, in order."""
        yield


class HttpServer:
    """One listening application."""

    def __init__(self, app: Asgi, host: str, port: int) -> None:
        """Bind at once, so that the port is known before the first request; port 0 takes a free one."""
        self._socket = _bind(host, port)
        self.host, self.port = host, int(self._socket.getsockname()[1])
        config = uvicorn.Config(
            app,
            loop="none",
            http="httptools",
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

    @property
    def url(self) -> str:
        """The base URL without a slash at its end."""
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Serve; returns when requests are taken."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Take no new requests, finish the running ones, close."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


def _bind(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortError(f"port {port} on {host} is taken ({error}): stop what uses it or choose another") from error
    return listener
