"""A light HTTP client for load: kept-alive connections, one request at a time on each, no headers read."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

import httptools

Done = Callable[[int, bytes], None]


class _Connection(asyncio.Protocol):
    def __init__(self, client: "Client") -> None:
        self._client = client
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._done: Done | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        done, self._done = self._done, None
        self._client.lost(self)
        if done is not None:
            done(0, b"")

    def send(self, request: bytes, done: Done) -> None:
        assert self.transport is not None
        self._done, self._body = done, []
        self._parser = httptools.HttpResponseParser(self)
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        done, self._done = self._done, None
        self._client.free(self)
        if done is not None:
            done(status, b"".join(self._body))


class Client:
    """A pool of `size` connections to one server; requests wait for a free one in order."""

    def __init__(self, url: str, size: int) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._size = size
        self._free: deque[_Connection] = deque()
        self._waiting: deque[tuple[bytes, Done]] = deque()
        self._closed = False
        self._reconnecting: set[asyncio.Task[None]] = set()
        self.lost_connections = 0

    async def open(self) -> None:
        """Connect all."""
        for _ in range(self._size):
            await self._connect()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(lambda: _Connection(self), self._host, self._port)
        self.free(protocol)

    def close(self) -> None:
        """Hang up."""
        self._closed = True
        while self._free:
            transport = self._free.popleft().transport
            if transport is not None:
                transport.close()

    def request(self, raw: bytes, done: Done) -> None:
        """Send a whole HTTP request; `done` gets status (0: connection lost) and body."""
        if self._free:
            self._free.popleft().send(raw, done)
        else:
            self._waiting.append((raw, done))

    def free(self, connection: _Connection) -> None:
        """Take the next waiting request."""
        if self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            self._free.append(connection)

    def lost(self, connection: _Connection) -> None:
        """Forget a closed connection and open another."""
        if connection in self._free:
            self._free.remove(connection)
        if self._closed:
            return
        self.lost_connections += 1
        task = asyncio.get_running_loop().create_task(self._connect())
        self._reconnecting.add(task)
        task.add_done_callback(self._reconnecting.discard)


def http(method: str, path: str, host: str, headers: dict[str, str], body: bytes) -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
