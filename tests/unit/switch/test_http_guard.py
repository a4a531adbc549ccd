"""Clients that send slowly, endlessly or nothing are hung up on, and none of them keeps a server from stopping."""

import asyncio
import resource
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from switch.http import HttpServer, bind_port, open_more_files
from switch.http_guard import HEAD_BYTES_MAX, HEADERS_MAX

POST = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n"
GET = b"GET /a HTTP/1.1\r\nhost: x\r\n"
LARGE = 16 * 1024 * 1024


class App:
    """Answers `ok` when the body is there, a large answer on /large, and nothing at all on /never."""

    def __init__(self) -> None:
        self.served: list[str] = []
        self.gone: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        path, more, size = scope["path"], True, 0
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone.append(path)
                return
            size, more = size + len(message["body"]), message["more_body"]
        if path == "/never":
            await receive()
            self.gone.append(path)
            return
        self.served.append(f"{path} {size}")
        body = b"x" * LARGE if path == "/large" else b"ok"
        await send({
            "type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]
        })  # fmt: skip
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def server(app: App) -> AsyncIterator[HttpServer]:
    found = HttpServer(app, bind_port("127.0.0.1", 0), patience_s=0.2)
    await found.start()
    yield found
    await found.stop()


def connections_of(server: HttpServer) -> set[Any]:
    """Whom the server is connected with."""
    return server._server.server_state.connections


async def holds(fact: Callable[[], bool]) -> None:
    """Return when it is so."""
    while not fact():  # noqa: ASYNC110 - what the server holds tells nobody when it changes
        await asyncio.sleep(0.01)


async def heard(server: HttpServer, size: int) -> None:
    """Return when the server has read so many bytes of a connection."""
    await holds(lambda: any(each._heard >= size for each in connections_of(server)))


async def said(server: HttpServer, *parts: bytes) -> bytes:
    """Everything the server says until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for part in parts:
        writer.write(part)
    found = await reader.read()
    writer.close()
    return found


@pytest.mark.parametrize("begun", [b"", b"POST /a HT", GET, POST, POST + b"x" * 10], ids=len)
async def test_who_does_not_go_on_is_hung_up_on(server: HttpServer, app: App, begun: bytes):
    answer = await said(server, begun)
    assert answer.startswith(b"HTTP/1.1 408 ") if begun else answer == b""
    assert app.served == []


async def test_a_byte_now_and_then_is_not_enough(server: HttpServer, app: App):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    answer = asyncio.ensure_future(reader.read())
    writer.write(POST)
    while not answer.done():
        writer.write(b"x")
        await asyncio.wait((answer,), timeout=0.02)
    writer.close()
    # a byte that came after the end takes the answer away
    if not isinstance(answer.exception(), ConnectionResetError):
        assert answer.result().startswith(b"HTTP/1.1 408 ")
    assert app.served == []


async def test_a_body_that_keeps_coming_may_take_its_time(app: App):
    found = HttpServer(app, bind_port("127.0.0.1", 0))
    await found.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", found.port)
    for round_, part in enumerate([POST, *[b"x" * 20_000] * 5]):
        writer.write(part)
        await heard(found, len(POST) + round_ * 20_000)
        assert not any(each.overdue(1000.0 + round_ * 15, 20.0) for each in connections_of(found))
    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 ")
    assert app.served == ["/a 100000"]
    writer.close()
    await found.stop()


async def test_an_answer_that_is_not_read_is_given_up(server: HttpServer, app: App):
    _, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    writer.write(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
    await holds(lambda: bool(app.served) and not connections_of(server))
    writer.transport.abort()


@pytest.mark.parametrize(
    "head",
    [
        lambda: GET + b"a: " + b"x" * (HEAD_BYTES_MAX + 200_000),
        lambda: GET + b"".join(b"a%d: 1\r\n" % number for number in range(HEADERS_MAX + 1)) + b"\r\n",
    ],
    ids=["bytes", "number"],
)
async def test_a_head_without_end_is_refused(server: HttpServer, app: App, head: Callable[[], bytes]):
    try:
        answer = await said(server, *(head()[at : at + 30_000] for at in range(0, len(head()), 30_000)))
    except ConnectionResetError:
        answer = b""  # what it still sent when the server had closed took the answer away
    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b""
    assert app.served == []


async def test_a_refused_head_takes_nothing_to_the_request_before_it(server: HttpServer, app: App):
    many = b"".join(b"a%d: 1\r\n" % number for number in range(HEADERS_MAX))
    first = b"POST /first HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nab"
    await said(server, first + b"POST /second HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n" + many + b"\r\nxyz")
    assert set(app.served) <= {"/first 2"}


async def test_many_headers_are_taken(server: HttpServer, app: App):
    head = GET + b"".join(b"a%d: 1\r\n" % number for number in range(HEADERS_MAX - 1)) + b"connection: close\r\n\r\n"
    assert (await said(server, head.replace(b"a0: 1\r\n", b""))).startswith(b"HTTP/1.1 200 ")
    assert app.served == ["/a 0"]


@pytest.mark.parametrize("begun", [b"", GET, POST + b"x", b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n"], ids=len)
async def test_nobody_keeps_a_server_from_stopping(app: App, begun: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("switch.http._GRACE_S", 0.2)
    found = HttpServer(app, bind_port("127.0.0.1", 0))
    await found.start()
    asking = asyncio.ensure_future(said(found, begun))
    await heard(found, len(begun))
    await found.stop()
    assert not (await asking).startswith(b"HTTP/1.1 2")


def test_as_many_connections_are_taken_as_are_allowed():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        open_more_files()
        now = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert (now[0] > 256 or hard == 256, now[1]) == (True, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        open_more_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
