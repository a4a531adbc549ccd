"""Calls out carry exactly the bytes and headers given, and a bad receiver costs neither time nor memory."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from fspiop import jws
from fspiop.client import FspiopClient, hub_message, new_session
from fspiop.errors import error_information
from fspiop.headers import Head, forwarded, read_head
from fspiop.messages.transfers import TransfersPatch
from schemas.canonical.faults import fault

URI = "/transfers/b51ec534-ee48-4575-b6a9-ead2955b8069"
NOW = datetime(2026, 11, 20, 6, 0, 0, tzinfo=UTC)
RSA_KEY = rsa.generate_private_key(65537, 2048)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receiver:
    """A participant on a raw socket: keeps what came and answers with the given bytes."""

    def __init__(self) -> None:
        self.answer = OK
        self.requests: list[tuple[str, Head, bytes]] = []
        self.connections = 0
        self.more: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
                pairs = [line.split(b": ", 1) for line in lines[1:] if line]
                head = read_head([(name, value) for name, value in pairs])
                assert isinstance(head, Head)
                body = await reader.readexactly(int(head.get("content-length") or 0))
                self.requests.append((lines[0].decode(), head, body))
                writer.write(self.answer)
                if self.more is not None:
                    await self.more(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    started = Receiver()
    server = await asyncio.start_server(started.serve, "127.0.0.1", 0)
    started.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield started
    server.close()


@pytest.fixture
async def client() -> AsyncIterator[FspiopClient]:
    async with new_session() as session:
        yield FspiopClient(session, aiohttp.ClientTimeout(total=2, connect=1))


async def test_bytes_and_headers_go_out_as_given(receiver, client):
    headers = (("accept", "a"), ("content-type", "b"), ("fspiop-signature", '{"signature":"x"}'), ("x-more", "1"))
    body = b'{ "b":1.0 ,"a":"\\u00e9"}\n'
    assert (await client.send("POST", receiver.url + "/transfers", headers, body)).delivered
    ((line, head, received),) = receiver.requests
    assert (line, received) == ("POST /transfers HTTP/1.1", body)
    assert [pair for pair in head.all if pair[0] not in {"host", "content-length"}] == list(headers)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_nothing_is_added_by_the_library(receiver, client, method):
    body = b"{}" if method in {"PUT", "PATCH"} else b""
    await client.send(method, receiver.url + URI, (("date", "x"),), body)
    names = [name for name, _ in receiver.requests[0][1].all]
    assert set(names) - {"content-length"} == {"host", "date"}


async def test_connections_are_kept(receiver, client):
    for _ in range(5):
        await client.send("PUT", receiver.url + URI, (), b"{}")
    assert (receiver.connections, len(receiver.requests)) == (1, 5)


@pytest.mark.parametrize("key", [RSA_KEY, ec.generate_private_key(ec.SECP256R1())])
async def test_a_hub_message_verifies_at_its_receiver(receiver, client, key):
    message = hub_message(
        resource="transfers",
        method="PATCH",
        uri=URI,
        body=TransfersPatch("2026-11-20T06:00:00.000Z", "COMMITTED"),
        source="Hub",
        destination="payeefsp",
        version="1.1",
        date=NOW,
        key=key,
        trace=f"00-{'a' * 32}-{'b' * 16}-01",
    )
    await client.send(message.method, receiver.url + message.uri, message.headers, message.body)
    ((_, head, body),) = receiver.requests
    jws.verify([key.public_key()], "PATCH", URI, head, body)
    assert json.loads(body) == {"completedTimestamp": "2026-11-20T06:00:00.000Z", "transferState": "COMMITTED"}
    assert head.get("content-type") == "application/vnd.interoperability.transfers+json;version=1.1"
    assert (head.get("accept"), head.get("fspiop-source")) == (None, "Hub")
    assert head.get("traceparent") == f"00-{'a' * 32}-{'b' * 16}-01"


async def test_a_signature_survives_two_hops(receiver, client):
    body = b'{"transferState" : "COMMITTED", "n" : 1.0E2}'
    sent = hub_message(
        resource="transfers",
        method="PUT",
        uri=URI,
        body=body,
        source="payeefsp",
        destination="payerfsp",
        version="1.1",
        date=NOW,
        key=RSA_KEY,
    )
    for _ in range(2):
        headers = forwarded(receiver.requests[-1][1].all if receiver.requests else sent.headers, "PUT")
        await client.send("PUT", receiver.url + URI, headers, body)
    _, head, received = receiver.requests[-1]
    jws.verify([RSA_KEY.public_key()], "PUT", URI, head, received)


def test_error_callbacks_carry_the_fault():
    body = error_information(fault("EXPIRED"))
    message = hub_message(
        resource="transfers",
        method="PUT",
        uri=f"{URI}/error",
        body=body,
        source="Hub",
        destination="payerfsp",
        version="2.0",
        date=NOW,
    )
    assert json.loads(message.body) == {
        "errorInformation": {"errorCode": "3303", "errorDescription": "Transfer expired"}
    }
    assert "fspiop-signature" not in dict(message.headers)


async def test_a_refusal_is_read(receiver, client):
    receiver.answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"
    delivery = await client.send("PUT", receiver.url + URI, (), b"{}")
    assert (delivery.status, delivery.body, delivery.delivered) == (400, b"{}", False)


async def test_redirects_are_not_followed(receiver, client):
    receiver.answer = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    delivery = await client.send("PUT", receiver.url + URI, (), b"{}")
    assert (delivery.status, delivery.delivered, len(receiver.requests)) == (307, False, 1)


async def test_an_endless_refusal_is_cut(receiver, client):
    receiver.answer = b"HTTP/1.1 500 Oops\r\nContent-Length: 1000000000\r\n\r\n"

    async def endless(writer: Any) -> None:
        while not writer.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()

    receiver.more = endless
    delivery = await client.send("PUT", receiver.url + URI, (), b"{}")
    assert (delivery.status, len(delivery.body)) == (500, 64 * 1024)


async def test_endless_headers_are_cut(receiver, client):
    receiver.answer = b"HTTP/1.1 200 OK\r\n" + b"x-more: 1\r\n" * 200_000
    delivery = await client.send("PUT", receiver.url + URI, (), b"{}")
    assert (delivery.status, delivery.delivered) == (0, False)


async def test_a_receiver_that_says_nothing(receiver):
    receiver.answer = b""
    async with new_session() as session:
        client = FspiopClient(session, aiohttp.ClientTimeout(total=0.2))
        delivery = await client.send("PUT", receiver.url + URI, (), b"{}")
    assert delivery.status == 0
    assert "Timeout" in delivery.failure


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "not a url", "http://", "ftp://127.0.0.1/x"])
async def test_a_receiver_that_is_not_there(client, url):
    delivery = await client.send("PUT", url, (), b"{}")
    assert (delivery.status, bool(delivery.failure)) == (0, True)
