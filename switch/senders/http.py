"""Calls out over plain HTTP/1.1 with kept connections: one write a request, one parser a connection's answer.

The library client costs several times as much per call, and a payment makes three calls. It still makes those over TLS.
"""

import asyncio
import re
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final, cast
from urllib.parse import urlsplit

import httptools

import fspiop.client as fspiop_out
import iso.client as iso_out
from switch.patience import Patience

ANSWER_MAX: Final = 64 * 1024
"""Bytes that are kept of a refusal."""
_TIMEOUT_S: Final = 20.0
_CONNECT_S: Final = 5.0
_PER_HOST: Final = 64
_FINAL: Final = 200
_REFUSED: Final = 300
_FRAMES: Final = frozenset({b"content-length", b"transfer-encoding"})
_SCHEME: Final = len("http://")
_ORIGINS_MAX: Final = 4096
# A path that no parser changes: no fragment, blank, control character or empty query.
_PLAIN: Final = re.compile(r"/[A-Za-z0-9/._~%:@=&+,;!$'()*-]*(?:\?[A-Za-z0-9/._~%:@=&+,;!$'()*?-]+)?")
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_XML: Final = (("content-type", "application/xml"),)

Headers = Sequence[tuple[str, str]]


class _LostError(ConnectionError):
    """The connection ended before an answer began: on a kept connection the call may be made once more."""


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._kept: list[bytes] = []
        self._size = 0
        self._begun = False
        self._until_close = False
        self._framed = False
        self.used = False
        self.open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._until_close and error is None:
            self.on_message_complete()
        self._fail(ConnectionError("the answer broke off") if self._begun else _LostError("the connection was closed"))

    def data_received(self, data: bytes) -> None:
        self._begun = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.close()
            self._fail(ConnectionError(f"the answer is not HTTP: {error}"))

    def on_header(self, name: bytes, _value: bytes) -> None:
        self._framed = self._framed or name.lower() in _FRAMES

    def on_headers_complete(self) -> None:
        # An answer that tells no length ends with the connection (RFC 9112, 6.3).
        self._until_close = not self._framed

    def on_body(self, body: bytes) -> None:
        if self._size < ANSWER_MAX:
            self._kept.append(body[: ANSWER_MAX - self._size])
        self._size += len(body)
        if self._size > ANSWER_MAX:
            # Who answers this much has nothing to say to us; its status is known.
            self.close()
            self.on_message_complete()

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < _FINAL:
            # 100 Continue and its like come before the answer, asked for or not (RFC 9110, 15.2)
            self._framed = self._until_close = False
            return
        if not self._parser.should_keep_alive():
            self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, b"".join(self._kept)))

    def call(self, request: bytes, answer: asyncio.Future[tuple[int, bytes]]) -> None:
        """Send one request; `answer` gets status and body, or the error."""
        if self._transport is None:
            raise ConnectionError("not connected")
        self._answer, self._kept, self._size, self._begun = answer, [], 0, False
        self._framed = self._until_close = False
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)

    def close(self) -> None:
        """Hang up; the connection is not used again."""
        self.open = False
        if self._transport is not None:
            self._transport.close()

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


class _Host:
    """The kept connections to one host and port."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._address = (host, port)
        self._patience = Patience(timeout_s, _late)
        self._idle: deque[_Connection] = deque()
        self._room = _PER_HOST
        self._turns: deque[asyncio.Future[None]] = deque()

    async def call(self, request: bytes) -> tuple[int, bytes]:
        if self._room > 0:
            self._room -= 1
        else:
            await self._turn()
        connection = self._kept()
        again = connection is not None
        try:
            while True:
                if connection is None:
                    connection = await self._connected()
                answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
                self._patience.begin(answer)
                try:
                    connection.call(request, answer)
                    found = await answer
                except _LostError:
                    # The peer had closed an idle connection; receivers know a message they get twice.
                    if not again:
                        raise
                    connection, again = None, False
                    continue
                finally:
                    self._patience.end(answer)
                if connection.open:
                    self._idle.append(connection)
                return found
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        finally:
            self._leave()

    async def _connected(self) -> _Connection:
        connecting = asyncio.get_running_loop().create_connection(_Connection, *self._address)
        _, connection = await asyncio.wait_for(connecting, _CONNECT_S)
        return connection

    async def _turn(self) -> None:
        """Wait until a call gives its place to this one; calls go in the order they came."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._room += 1

    def _kept(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
        return None

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _late() -> Exception:
    return TimeoutError("no answer in time")


class HttpCaller:
    """The clients of both edges over kept connections; TLS goes through their own library clients."""

    def __init__(self, fspiop: fspiop_out.FspiopClient, iso: iso_out.IsoClient, timeout_s: float = _TIMEOUT_S) -> None:
        """The library clients belong to the caller; a peer has `timeout_s` to answer."""
        self._fspiop = fspiop
        self._iso = iso
        self._timeout_s = timeout_s
        self._hosts: dict[tuple[str, int], _Host] = {}
        self._origins: dict[str, tuple[_Host, str]] = {}

    async def send(self, method: str, url: str, headers: Headers, body: bytes) -> fspiop_out.Delivery:
        """One FSPIOP call, without redirects."""
        if not url.startswith("http://"):
            return await self._fspiop.send(method, url, headers, body)
        try:
            host, path, name = self._target(url)
            status, answer = await host.call(_request(method, path, name, headers, body))
        except (OSError, TimeoutError, ValueError) as error:
            return fspiop_out.Delivery(0, failure=_why(error))
        return fspiop_out.Delivery(status, answer if status >= _REFUSED else b"")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> iso_out.Delivery:
        """One business message, without redirects."""
        if not url.startswith("http://"):
            return await self._iso.post(url, body, headers)
        try:
            host, path, name = self._target(url)
            named = (*_XML, *headers.items()) if headers else _XML
            status, answer = await host.call(_request("POST", path, name, named, body))
        except (OSError, TimeoutError, ValueError) as error:
            return iso_out.Delivery(0, failure=_why(error))
        return iso_out.Delivery(status, answer if status >= _REFUSED else b"")

    def _target(self, url: str) -> tuple[_Host, str, str]:
        """The host, the path there, and the name it is called by; ValueError if there is none."""
        end = url.find("/", _SCHEME)
        origin, path = url[:end], url[end:]
        known = self._origins.get(origin) if end > 0 and _PLAIN.fullmatch(path) else None
        if known is None:
            known, path = self._split(url)
        return known[0], path, known[1]

    def _split(self, url: str) -> tuple[tuple[_Host, str], str]:
        """The host with the name it is called by, and the path; remembers where an ordinary URL's path begins."""
        parts = urlsplit(url)
        if not parts.hostname:
            raise ValueError(f"{url[:80]} names no host")
        key = (parts.hostname, parts.port or 80)
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = _Host(*key, self._timeout_s)
        found = host, parts.netloc.rpartition("@")[2]
        if len(self._origins) >= _ORIGINS_MAX:
            self._origins.clear()
        self._origins[f"http://{parts.netloc}"] = found
        return found, f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"

    async def close(self) -> None:
        """Hang up."""
        for host in self._hosts.values():
            host.close()


def _request(method: str, path: str, host: str, headers: Headers, body: bytes) -> bytes:
    """The bytes of one request; ValueError if a name, value or path would break out of its line."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", *[f"{name}: {value}" for name, value in headers]]
    if body or method in _WITH_BODY:
        lines.append(f"content-length: {len(body)}")
    head = "\r\n".join(lines)
    breaks = len(lines) - 1
    if head.count("\n") != breaks or head.count("\r") != breaks or " " in path:
        raise ValueError("a header or path holds a line break or a blank")
    return b"%b\r\n\r\n%b" % (head.encode("latin-1"), body)


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
