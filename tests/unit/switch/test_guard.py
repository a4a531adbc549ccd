"""The operator port opens for a token of the operator, whole and once, and for nothing like it."""

import pytest

from switch.admin.guard import guarded

TOKEN, OTHER = "t" * 43, "o" * 43
SHOWN = [
    ((f"Bearer {TOKEN}",), 200),
    ((f"bearer   {OTHER} ",), 200),
    ((), 401),
    (("Bearer ",), 401),
    ((TOKEN,), 401),
    ((f"Basic {TOKEN}",), 401),
    ((f"Bearer {TOKEN}x",), 401),
    ((f"Bearer {TOKEN} {OTHER}",), 401),
    ((f"Bearer {TOKEN[:-1]}",), 401),
    ((f"Bearer {TOKEN}", f"Bearer {TOKEN}"), 401),
    (("Bearer \xff",), 401),
]


async def app(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def status(front, *shown):
    told = []

    async def send(message):
        told.append(message)

    headers = [(b"authorization", value.encode("latin-1")) for value in shown]
    await front({"type": "http", "method": "GET", "path": "/", "headers": headers, "client": None}, None, send)
    return told[0]["status"]


@pytest.mark.parametrize(("shown", "expected"), SHOWN)
async def test_tokens(shown, expected):
    assert await status(guarded(app, (TOKEN, OTHER)), *shown) == expected


async def test_without_a_token_the_port_is_open():
    assert await status(guarded(app, ())) == 200
