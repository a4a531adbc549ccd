"""Calls to banks: any 2xx is delivered, everything else is told, and nothing a bank answers can hold us up."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from iso.client import MAX_ANSWER, Delivery, IsoClient, new_session

SEEN = web.AppKey("seen", list)
NEVER = web.AppKey("never", asyncio.Event)


async def bank(request: web.Request) -> web.StreamResponse:
    match request.path:
        case "/taken":
            assert request.content_type == "application/xml"
            request.app[SEEN].append((await request.read(), request.headers.get("X-A"), id(request.transport)))
            return web.Response(status=204)
        case "/refused":
            return web.Response(status=400, body=b"<why/>")
        case "/elsewhere":
            return web.Response(status=302, headers={"Location": "/taken"})
        case "/endless":
            response = web.StreamResponse(status=500)
            await response.prepare(request)
            for _ in range(64):
                await response.write(b"x" * 16_384)
            return response
        case _:
            await request.app[NEVER].wait()
            return web.Response()


@pytest.fixture
async def app() -> AsyncIterator[tuple[str, web.Application]]:
    application = web.Application()
    application[SEEN], application[NEVER] = [], asyncio.Event()
    application.router.add_route("*", "/{tail:.*}", bank)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}", application
    application[NEVER].set()
    await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[IsoClient]:
    async with new_session() as session:
        yield IsoClient(session, aiohttp.ClientTimeout(total=0.3))


async def test_messages_go_over_one_kept_connection(app, client: IsoClient):
    url, application = app
    for number in range(3):
        delivery = await client.post(f"{url}/taken", b"<m>%d</m>" % number, {"X-A": "b"})
        assert delivery == Delivery(204)
        assert delivery.delivered
    assert [seen[0] for seen in application[SEEN]] == [b"<m>0</m>", b"<m>1</m>", b"<m>2</m>"]
    assert {seen[1:] for seen in application[SEEN]} == {("b", application[SEEN][0][2])}


async def test_a_refusal_is_told_with_its_body(app, client: IsoClient):
    delivery = await client.post(f"{app[0]}/refused", b"<m/>")
    assert (delivery, delivery.delivered) == (Delivery(400, b"<why/>"), False)


async def test_a_redirect_is_not_followed(app, client: IsoClient):
    assert (await client.post(f"{app[0]}/elsewhere", b"<m/>")).status == 302
    assert app[1][SEEN] == []


async def test_an_endless_answer_is_cut(app, client: IsoClient):
    assert await client.post(f"{app[0]}/endless", b"<m/>") == Delivery(500, b"x" * MAX_ANSWER)


@pytest.mark.parametrize("path", ["/silent", None])
async def test_no_answer_is_a_failure_and_no_exception(app, client: IsoClient, path: str | None):
    delivery = await client.post("http://127.0.0.1:1/" if path is None else app[0] + path, b"<m/>")
    assert (delivery.status, delivery.delivered) == (0, False)
    assert delivery.failure
