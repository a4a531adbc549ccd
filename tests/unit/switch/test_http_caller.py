"""Calls over kept connections: answers of every shape, peers that hang up, stall, talk too much or not HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from fspiop import client as fspiop_out
from iso import client as iso_out
from switch.senders import http
from switch.senders.http import HttpCaller

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def read_request(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lengths = [int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:")]
    return head, await reader.readexactly(lengths[0]) if lengths else b""


@asynccontextmanager
async def calling(peer: Peer, timeout_s: float = 20.0) -> AsyncIterator[tuple[HttpCaller, str]]:
    server = await asyncio.start_server(peer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with fspiop_out.new_session() as one, iso_out.new_session() as other:
        caller = HttpCaller(fspiop_out.FspiopClient(one), iso_out.IsoClient(other), timeout_s)
        try:
            yield caller, f"http://127.0.0.1:{port}"
        finally:
            await caller.close()
            server.close()


def answering(*answers: bytes, connections: list[int] | None = None) -> Peer:
    left = list(answers)

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if connections is not None:
            connections.append(1)
        try:
            while left:
                await read_request(reader)
                answer = left.pop(0)
                writer.write(answer)
                await writer.drain()
                if b"connection: close" in answer or not answer:
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    return peer


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


async def test_a_connection_is_kept_between_calls() -> None:
    connections: list[int] = []
    async with calling(answering(OK, OK, OK, connections=connections)) as (caller, url):
        statuses = [(await caller.send("PUT", f"{url}/x", (), b"{}")).status for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert len(connections) == 1


async def test_calls_beyond_the_places_of_a_host_wait_for_one_and_keep_none_when_they_are_given_up() -> None:
    connections: list[int] = []
    free = asyncio.Event()

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await free.wait()
        await answering(*[OK] * 100)(reader, writer)

    async with calling(peer) as (caller, url):
        calls = [asyncio.create_task(caller.send("PUT", f"{url}/x", (), b"{}")) for _ in range(100)]
        await until(lambda: len(connections) == http._PER_HOST)
        for call in calls[70:80]:
            call.cancel()
        free.set()
        found = await asyncio.gather(*calls, return_exceptions=True)
        ends = [await caller.send("PUT", f"{url}/x", (), b"{}") for _ in range(3)]

    assert [one.status for one in (*found[:70], *found[80:], *ends)] == [200] * 93
    assert len(connections) == http._PER_HOST


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("did not come about in 20 s")


async def test_request_line_headers_and_body_arrive_as_given() -> None:
    heard: list[tuple[str, bytes]] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await read_request(reader))
        writer.write(OK)

    async with calling(peer) as (caller, url):
        await caller.send("GET", f"{url}/parties/MSISDN/1?currency=USD", (("fspiop-source", "a"),), b"")

    head, body = heard[0]
    assert head.startswith("GET /parties/MSISDN/1?currency=USD HTTP/1.1\r\nhost: 127.0.0.1:")
    assert "\r\nfspiop-source: a\r\n" in head
    assert body == b""


async def test_a_refusal_keeps_its_body_and_a_success_does_not() -> None:
    refused = b"HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\n\r\n3\r\nwhy\r\n0\r\n\r\n"
    taken = b"HTTP/1.1 202 Accepted\r\ncontent-length: 4\r\n\r\nyes!"
    async with calling(answering(refused, taken)) as (caller, url):
        first = await caller.send("POST", url, (), b"{}")
        second = await caller.post(url, b"<a/>")

    assert (first.status, first.body) == (400, b"why")
    assert (second.status, second.body, second.delivered) == (202, b"", True)


async def test_a_peer_that_closed_an_idle_connection_is_called_once_more() -> None:
    connections: list[int] = []
    answers = (OK.replace(b"\r\n\r\n", b"\r\nx: y\r\n\r\n"), b"", OK)
    async with calling(answering(*answers, connections=connections)) as (caller, url):
        statuses = [(await caller.send("PUT", url, (), b"{}")).status for _ in range(2)]

    assert statuses == [200, 200]
    assert len(connections) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9\r\n\r\nhalf",
        b"SSH-2.0 connection: close\r\n\r\n",
    ],
)
async def test_what_is_no_whole_answer_is_no_delivery(answer: bytes) -> None:
    async with calling(answering(answer)) as (caller, url):
        delivery = await caller.send("PUT", url, (), b"{}")

    assert (delivery.status, delivery.delivered) == (0, False)
    assert delivery.failure


@pytest.mark.parametrize("status", [b"HTTP/1.0 202 Accepted", b"HTTP/1.1 202 Accepted"])
async def test_an_answer_without_a_length_ends_with_the_connection(status: bytes) -> None:
    """Small receivers, such as the one of Python's library, answer so."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(status + b"\r\nserver: small\r\n\r\n")
        writer.close()

    async with calling(peer) as (caller, url):
        assert (await caller.post(url, b"<a/>")).status == 202
        assert (await caller.send("PUT", url, [], b"{}")).status == 202


async def test_what_comes_before_the_answer_is_no_answer() -> None:
    first = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
    connections: list[int] = []
    refusal = b"HTTP/1.1 400 No\r\ncontent-length: 3\r\n\r\nwhy"
    async with calling(answering(first + OK, first + refusal, OK, connections=connections)) as (caller, url):
        given = [await caller.post(url, b"<a/>") for _ in range(3)]

    assert [(each.status, each.body) for each in given] == [(200, b""), (400, b"why"), (200, b"")]
    assert len(connections) == 1


async def test_a_silent_peer_is_given_up() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await reader.read()
        writer.close()

    async with calling(peer, timeout_s=0.05) as (caller, url):
        delivery = await caller.post(url, b"<a/>")

    assert delivery.status == 0
    assert "TimeoutError" in delivery.failure


async def test_an_endless_refusal_is_read_to_the_limit_only() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 500 No\r\ncontent-length: 1000000000\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            writer.close()

    async with calling(peer) as (caller, url):
        delivery = await caller.send("POST", url, (), b"{}")

    assert (delivery.status, len(delivery.body)) == (500, http.ANSWER_MAX)


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\nb"])
async def test_a_header_cannot_break_out_of_its_line(value: str) -> None:
    async with calling(answering(OK)) as (caller, url):
        delivery = await caller.send("POST", url, (("x", value),), b"{}")

    assert delivery.status == 0
    assert "line break" in delivery.failure


async def test_nobody_there_is_no_delivery() -> None:
    async with calling(answering(OK)) as (caller, _):
        delivery = await caller.post("http://127.0.0.1:1/", b"<a/>")

    assert delivery.status == 0
    assert not delivery.delivered
