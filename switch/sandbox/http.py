"""A small HTTP/1.1 server on httptools: what every sandbox counterparty listens with.

The simulators share a machine with the hub they exercise, so a request costs a few microseconds here and the handler
is a plain function: whatever takes longer it starts as a task and answers at once, as the asynchronous APIs demand.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, Self, cast

import httptools
import msgspec

_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}


class Request(msgspec.Struct, frozen=True):
    """One request; header names are in lower case, `target` is the path with its query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Reply(msgspec.Struct, frozen=True):
    """What is sent back."""

    status: int
    body: bytes = b""
    content_type: str = ""


Handler = Callable[[Request], Reply]


class _Connection(asyncio.Protocol):
    """One kept-alive connection; httptools calls the `on_` methods."""

    def __init__(self, handler: Handler, connections: "set[_Connection]") -> None:
        self._handler = handler
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._connections.discard(self)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def on_message_begin(self) -> None:
        self._target, self._headers, self._body = b"", {}, []

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")
        if name.lower() == b"expect" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        method = self._parser.get_method().decode("latin-1")
        request = Request(method, self._target.decode("latin-1"), self._headers, b"".join(self._body))
        try:
            reply = self._handler(request)
        except Exception as error:  # noqa: BLE001 - a defect of a simulator must show as an HTTP answer, not as silence
            reply = Reply(500, repr(error).encode(), "text/plain")
        head = f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, '')}\r\ncontent-length: {len(reply.body)}\r\n"
        if reply.content_type:
            head += f"content-type: {reply.content_type}\r\n"
        assert self._transport is not None
        self._transport.write(head.encode("latin-1") + b"\r\n" + reply.body)
        if not self._parser.should_keep_alive():
            self.close()


class Listener:
    """A listening server; `url` is its base URL without a slash at the end."""

    def __init__(self, server: asyncio.Server, connections: set[_Connection]) -> None:
        self._server = server
        self._connections = connections
        host, port = server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"

    async def close(self) -> None:
        """Stop listening and hang up on everybody."""
        self._server.close()
        for connection in list(self._connections):
            connection.close()
        await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def listen(handler: Handler, host: str = "127.0.0.1", port: int = 0) -> Listener:
    """Serve `handler` on a port (0: a free one)."""
    connections: set[_Connection] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(handler, connections), host, port, backlog=1024)
    return Listener(server, connections)
