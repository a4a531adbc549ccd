"""Senders against real HTTP receivers: what goes out, what a refusal means, and what an oracle's reply becomes."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import fspiop.client as fspiop_out
import iso.client as iso_out
from fspiop import jws
from schemas.canonical.commands import OracleAnswered
from schemas.canonical.events import Delivery, Event, Forwarded, OracleAsked, Refused
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant
from schemas.canonical.party import PartyId
from schemas.canonical.wire import Dialect, Original, Receipt
from switch.bus.memory import MemoryBus
from switch.bus.port import BusyError
from switch.senders.fspiop import FspiopSender
from switch.senders.http import HttpCaller
from switch.senders.oracles import OracleSender
from switch.store.port import OutboxRow
from translator.dialect import HubIdentity, RenderContext, message_id_of, render

KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)
NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
PARTY = PartyId("MSISDN", "27/1", "SHOP")
SIGNED = (
    ("host", "hub"), ("content-type", "application/vnd.interoperability.quotes+json;version=1.1"),
    ("fspiop-source", "payerfsp"), ("fspiop-signature", "{}"), ("accept", "x"), ("content-length", "9"),
)  # fmt: skip


@asynccontextmanager
async def receiver(status=202, body=b"", got=None):
    """A receiver on a free port that keeps what it gets; its base URL."""

    async def take(request):
        if got is not None:
            got.append((request.method, request.raw_path, request.headers, await request.read()))
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def row(body, **fields):
    event = Event(FspId("payeefsp"), body, Delivery.DIALOGUE, "k", NOW + timedelta(seconds=30), **fields)
    return OutboxRow("lookup", 7, event, NOW)


def participant(url, *kinds):
    return Participant(FspId("payeefsp"), endpoints={f"FSPIOP_CALLBACK_URL_{kind}": url for kind in kinds})


async def send(body, to, original=None):
    async with fspiop_out.new_session() as one, iso_out.new_session() as other:
        caller = HttpCaller(fspiop_out.FspiopClient(one), iso_out.IsoClient(other))
        sender = FspiopSender(caller, lambda _: jws.private_key(KEY), lambda _: to, lambda: NOW)
        found = row(body, original=original)
        context = RenderContext(NOW, message_id_of(found.id, NOW), lambda _: to, HubIdentity())
        sent = await sender.send(render(found.event, to, context), to)
        await caller.close()
        return sent


async def test_a_forwarded_message_keeps_bytes_and_headers_and_gets_the_destination_it_lacked():
    body, got = b' {"a" : 1} ', []
    original = Original(Dialect.FSPIOP, "PUT", "/quotes/7", SIGNED, body, "d")
    async with receiver(200, got=got) as url:
        sent = await send(Forwarded("quotes", "7"), participant(url, "QUOTES"), original)
    ((method, path, headers, came),) = got
    assert (sent.ok, method, path, came) == (True, "PUT", "/quotes/7", body)
    assert headers["fspiop-signature"] == "{}"
    assert headers["fspiop-destination"] == "payeefsp"
    assert "accept" not in headers
    assert headers["content-length"] == str(len(body))


async def test_a_hub_made_message_is_signed_and_dated():
    got = []
    async with receiver(200, got=got) as url:
        await send(Refused("quotes", "7", fault("QUOTE_NOT_FOUND")), participant(url, "QUOTES"))
    ((method, path, headers, _),) = got
    assert (method, path) == ("PUT", "/quotes/7/error")
    assert headers["date"] == "Fri, 20 Nov 2026 06:00:00 GMT"
    assert "signature" in headers["fspiop-signature"]


TOLD = b'{"errorInformation":{"errorCode":"5400","errorDescription":"Blocked","extensionList":{"extension":[{"key":"k","value":"v"}]}}}'  # noqa: E501


@pytest.mark.parametrize(
    ("status", "body", "permanent", "code", "extensions"),
    [
        (404, b"", True, "3200", ()),
        (400, b"no json", True, "3000", ()),
        (400, TOLD, True, "5400", (("k", "v"),)),
        (503, b"", False, "1001", ()),
    ],
)
async def test_what_a_refusal_means(status, body, permanent, code, extensions):
    async with receiver(status, body) as url:
        sent = await send(Refused("quotes", "7", fault("QUOTE_NOT_FOUND")), participant(url, "QUOTES"))
    assert (sent.ok, sent.permanent, sent.status) == (False, permanent, status)
    assert (sent.fault.fspiop, sent.fault.extensions) == (code, extensions)


async def test_a_receiver_without_that_endpoint_is_3201_for_good():
    sent = await send(Refused("quotes", "7", fault("QUOTE_NOT_FOUND")), participant("http://x", "TRANSFER_PUT"))
    assert (sent.permanent, sent.fault.fspiop) == (True, "3201")


async def test_a_receiver_that_is_not_there_was_not_reached():
    async with receiver() as url:
        pass
    sent = await send(Refused("quotes", "7", fault("QUOTE_NOT_FOUND")), participant(url, "QUOTES"))
    assert (sent.ok, sent.reached, sent.fault.fspiop) == (False, False, "1001")


async def ask(url, told, method="GET", fsp=None, busy=False, **fields):
    """Ask an oracle; the lookup lane writes what it hears into `told`."""

    async def lookup(parcels):
        if busy:
            raise BusyError("full")
        told.extend(parcels)
        return [Receipt() for _ in parcels]

    bus = MemoryBus()
    await bus.serve_lane("lookup", lookup)
    question = OracleAsked(1, "dialogue", method, PARTY, FspId("payerfsp"), "USD", fsp, **fields)
    async with aiohttp.ClientSession() as session:
        sent = await OracleSender(session, bus, 5.0, "Hub", lambda: NOW).send(row(question), url)
    await bus.close()
    return sent


FOUND = b'{"partyList":[{"fspId":"a","currency":"USD"},{"fspId":"b","partySubIdOrType":"SHOP"}]}'


@pytest.mark.parametrize(
    ("status", "body", "entries"),
    [
        (200, FOUND, (("a", "USD", None), ("b", None, "SHOP"))),
        (200, b"no json", ()),
        (404, FOUND, (("a", "USD", None), ("b", None, "SHOP"))),
        (500, b"", ()),
    ],
)
async def test_an_oracle_s_reply_goes_to_the_lane_once(status, body, entries):
    told, got = [], []
    async with receiver(status, body, got) as url:
        sent = await ask(url, told)
    assert sent.ok
    assert got[0][:2] == ("GET", "/participants/MSISDN/27%2F1?currency=USD&partySubIdOrType=SHOP")
    assert [(each.command, each.hand) for each in told] == [(OracleAnswered("dialogue", status, entries), "lookup:7")]


async def test_a_registration_carries_its_body():
    told, got = [], []
    async with receiver(201, got=got) as url:
        await ask(url, told, "POST", FspId("payerfsp"))
    method, path, headers, body = got[0]
    assert (method, path) == ("POST", "/participants/MSISDN/27%2F1")
    assert body == b'{"fspId":"payerfsp","currency":"USD","partySubIdOrType":"SHOP"}'
    assert headers["content-type"].startswith("application/vnd.interoperability.participants+json")


RESULTS = (
    b'{"partyList":[{"partyId":{"partyIdType":"MSISDN","partyIdentifier":"1","partySubIdOrType":"SHOP"}},'
    b'{"partyId":{"partyIdType":"MSISDN","partyIdentifier":"2"},'
    b'"errorInformation":{"errorCode":"3003","errorDescription":"Taken"}}]}'
)


@pytest.mark.parametrize(
    ("status", "body", "refused"), [(201, RESULTS, ["2"]), (201, b"{}", []), (500, b"no json", [])]
)
async def test_a_batch_is_one_post_and_its_results_go_to_the_lane(status, body, refused):
    told, got = [], []
    parties = (PartyId("MSISDN", "1", "SHOP"), PartyId("MSISDN", "2"))
    async with receiver(status, body, got) as url:
        await ask(url, told, "POST", FspId("payerfsp"), batch="request", parties=parties)
    method, path, _, sent = got[0]
    assert (method, path) == ("POST", "/participants")
    assert json.loads(sent) == {
        "requestId": "request",
        "currency": "USD",
        "partyList": [
            {"partyIdType": "MSISDN", "partyIdentifier": "1", "partySubIdOrType": "SHOP", "fspId": "payerfsp"},
            {"partyIdType": "MSISDN", "partyIdentifier": "2", "fspId": "payerfsp"},
        ],
    }
    answered = told[0].command
    assert (answered.status, [party.identifier for party, _ in answered.refused]) == (status, refused)
    assert all((reason.fspiop, reason.description) == ("3003", "Taken") for _, reason in answered.refused)


async def test_a_reply_beyond_all_measure_is_none():
    told = []
    async with receiver(200, FOUND + b" " * (4 << 20)) as url:
        await ask(url, told)
    assert told[0].command == OracleAnswered("dialogue", 200, ())


async def test_an_oracle_that_is_away_is_status_0():
    async with receiver() as url:
        pass
    told = []
    await ask(url, told)
    assert told[0].command == OracleAnswered("dialogue", 0, ())


async def test_a_busy_lane_makes_the_question_be_asked_again():
    async with receiver(200, FOUND) as url:
        sent = await ask(url, [], busy=True)
    assert not sent.ok
    assert not sent.permanent
