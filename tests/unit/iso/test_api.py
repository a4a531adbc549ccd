"""The banks' interface over real HTTP: one answer tells an engineer what happened, or what is wrong and where."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import uvicorn

from iso import gate
from iso.admi import admi002_for
from iso.api import EdgeSettings, router
from iso.examine import Rules
from iso.incoming import IncomingIso
from iso.messages import admi002
from iso.messages.admi002 import Admi002
from schemas.canonical.faults import fault
from schemas.canonical.wire import Receipt
from schemas.errors import Finding
from tests.unit.iso.bank_side import CATALOGUE, NOW, People, plain, signed
from tests.unit.iso.samples import PACS008

XML = {"Content-Type": "application/xml"}


class Hub:
    """Takes messages and remembers them; `answer` may be changed to refuse or to be slow."""

    def __init__(self) -> None:
        self.taken: list[IncomingIso] = []
        self.answer = Receipt
        self.wait = 0.0

    async def accept(self, message: IncomingIso) -> Receipt:
        await asyncio.sleep(self.wait)
        self.taken.append(message)
        return self.answer()

    async def query(self, message_id: str, sender: str | None):
        for message in self.taken:
            if message.message_id == message_id and sender in (None, message.sender):
                return {"state": "RESERVED", "answers": []}
        return None


@asynccontextmanager
async def served(hub: Hub, settings: EdgeSettings | None = None, **options) -> AsyncIterator[tuple[str, object]]:
    """The interface on a port of its own; gives its URL and the application."""
    app = router(hub.accept, hub.query, People(), CATALOGUE, settings, clock=lambda: NOW, **options)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
    task = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/iso20022/messages", app
    finally:
        server.should_exit = True
        await task
        listening.close()


async def post(url: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers or XML) as response:
        return response.status, {name.lower(): value for name, value in response.headers.items()}, await response.read()


async def get(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(aiohttp.client.URL(url, encoded=True)) as response:
        return response.status, await response.read()


def reject(body: bytes) -> Admi002:
    assert CATALOGUE.schema("admi.002.001.01").validate(gate.read(body).document_el) == []
    return admi002.read(gate.read(body).document_el)


async def test_a_message_is_taken_after_commit():
    hub = Hub()
    async with served(hub) as (url, app):
        status, headers, body = await post(url, signed(), {"Content-Type": 'text/xml; charset="UTF-8"'})
        assert (status, headers["content-type"]) == (202, "application/json")
        (message,) = hub.taken
        assert body == f'{{"messageId":"BM-1","digest":"{message.digest}"}}'.encode()
        assert message.signed
        assert app.counts == {"accepted": 1}
        assert app.signatures == {"verified": 1}


async def test_a_wrong_message_gets_a_reject_with_line_and_path():
    broken = plain(PACS008.replace(b"<NbOfTxs>1<", b"\n<NbOfTxs>one<"))
    hub = Hub()
    async with served(hub) as (url, _):
        status, headers, body = await post(url, broken)
    assert (status, headers["content-type"], hub.taken) == (400, "application/xml", [])
    told = reject(body)
    assert (told.reference, told.reason, told.location) == (
        "BM-1",
        "FF01",
        "/Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs",
    )
    assert told.description.startswith("line 2: Element 'NbOfTxs'")
    assert told.rejected_at == "2026-11-20T08:00:01.000Z"
    assert told.additional.startswith("2 /Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs cvc-pattern-valid ")


@pytest.mark.parametrize(
    ("body", "reference", "reason"),
    [
        (b"{}", "NOTPROVIDED", "FF02"),
        (signed().replace(b"1000.00", b"1000.01"), "BM-1", "DS0H"),
        (plain(business_message_id="B" * 36), "NOTPROVIDED", "FF01"),
        (plain(created="2026-11-18T08:00:00Z"), "BM-1", "DT01"),
        (b"\xff", "NOTPROVIDED", "FF02"),
    ],
)
async def test_the_reason_and_the_reference_of_a_reject(body: bytes, reference: str, reason: str):
    async with served(Hub()) as (url, _):
        status, _, answer = await post(url, body)
    assert status == 400
    assert (reject(answer).reference, reject(answer).reason) == (reference, reason)


async def test_a_fault_of_the_hub_is_a_reject_too():
    hub = Hub()
    hub.answer = lambda: Receipt(fault=fault("MODIFIED", "another content"))
    async with served(hub) as (url, _):
        status, _, body = await post(url, plain())
    assert (status, reject(body).reason) == (400, "DUPL")
    assert reject(body).description == "Modified request - another content"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": "application/xml; charset=utf-16"}, 415),
        ({**XML, "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/soap+xml; charset=UTF-8; action=send"}, 202),
    ],
)
async def test_only_plain_xml_in_utf_8_is_taken(headers: dict[str, str], status: int):
    async with served(Hub()) as (url, _):
        assert (await post(url, plain(), headers))[0] == status


async def test_a_busy_or_slow_hub_asks_to_come_back():
    hub = Hub()
    async with served(hub, EdgeSettings(timeout=0, retry_after=3)) as (url, app):
        hub.wait = 1.0
        status, headers, _ = await post(url, plain())
        assert (status, headers["retry-after"], app.counts) == (503, "3", {"overloaded": 1})
    hub.wait, hub.answer = 0.0, lambda: Receipt(retry_after=7)
    async with served(hub) as (url, _):
        assert (await post(url, plain()))[1]["retry-after"] == "7"
    async with served(hub, EdgeSettings(max_in_flight=0)) as (url, _):
        assert (await post(url, plain()))[0] == 503


async def test_a_defect_is_no_acceptance_and_tells_nothing():
    hub = Hub()
    hub.answer = lambda: 1 / 0
    async with served(hub) as (url, _):
        status, _, body = await post(url, plain())
    assert status == 500
    assert b"division" not in body


async def test_a_large_body_is_taken_in_parts_and_a_too_large_one_rejected():
    hub = Hub()
    small = gate.Limits(size=300_000)
    large = plain(PACS008.replace(b"\n", b"").replace(b"<GrpHdr>", b" " * 280_000 + b"<GrpHdr>"))
    async with served(hub, EdgeSettings(rules=Rules(limits=small))) as (url, _):
        assert (await post(url, large))[0] == 202
        status, _, body = await post(url, large + b" " * 200_000)
    assert (status, reject(body).description) == (
        400,
        "line 1: the message is longer than the 300000 bytes that are taken",
    )


async def test_state_and_answers_are_read_back_by_any_id():
    hub = Hub()
    async with served(hub) as (url, _):
        assert (await post(url, plain(business_message_id="A/1 b")))[0] == 202
        assert await get(f"{url}/A%2F1%20b") == (200, b'{"state":"RESERVED","answers":[]}')
        assert (await get(f"{url}/A/1%20b?from=banka"))[0] == 200
        assert (await get(f"{url}/A/1%20b?from=bankb"))[0] == 404
        assert (await get(f"{url}/other"))[0] == 404


async def test_other_methods_and_paths_are_told():
    async with served(Hub()) as (url, _):
        assert (await get(url))[0] == 405
        assert (await post(f"{url}/BM-1", b""))[0] == 405
        assert (await get(url.replace("messages", "message")))[0] == 404


async def test_a_proved_connection_binds_the_sender():
    hub = Hub()
    named = lambda scope: dict(scope["headers"]).get(b"x-proved", b"").decode() or None  # noqa: E731
    async with served(hub, caller=named) as (url, _):
        assert (await post(url, plain()))[0] == 403
        assert (await post(url, plain(), {**XML, "X-Proved": "bankb"}))[0] == 400
        assert (await post(url, plain(), {**XML, "X-Proved": "banka"}))[0] == 202
        assert (await get(f"{url}/BM-1"))[0] == 403


async def test_other_applications_share_the_port():
    async def health(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with served(Hub(), others={"/health": health}) as (url, _):
        assert (await get(url.replace("/iso20022/messages", "/health")))[0] == 204


def test_a_reject_survives_what_xml_cannot_hold():
    body = admi002_for([Finding(1, "/", "X", "a\x00b\ufffec\ud800" + "d" * 400)] * 100, "R", NOW)
    assert reject(body).description.startswith("line 1: a\ufffdb\ufffdc\ufffdd")
    assert reject(body).reason == "FF01"
