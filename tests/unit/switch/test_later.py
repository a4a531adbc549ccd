"""An application that is made after its door has opened."""

import asyncio
import logging
import threading

import pytest

from switch import doors
from switch.doors import Later


async def no_request():
    """Nothing more comes."""
    return {"type": "http.disconnect"}


async def ignore(message):
    """Whatever is answered."""


async def test_who_comes_early_waits_and_it_is_made_once():
    go, made, served = threading.Event(), [], []

    async def app(scope, receive, send):
        served.append(scope["path"])

    def make():
        go.wait(5)
        made.append(True)
        return app

    later = Later(make)
    loading = asyncio.ensure_future(later.load())
    asked = [asyncio.ensure_future(later({"path": path}, no_request, ignore)) for path in ("/a", "/b")]
    await asyncio.sleep(0)
    assert not served
    go.set()
    await asyncio.gather(loading, *asked)
    assert (made, sorted(served)) == ([True], ["/a", "/b"])


async def test_a_client_that_leaves_does_not_end_the_making():
    go = threading.Event()
    served = []

    async def app(scope, receive, send):
        served.append(scope["path"])

    def make():
        go.wait(5)
        return app

    later = Later(make)
    left = asyncio.ensure_future(later({"path": "/left"}, no_request, ignore))
    await asyncio.sleep(0)
    left.cancel()
    go.set()
    await later({"path": "/stayed"}, no_request, ignore)
    assert served == ["/stayed"]


class Heard(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record):
        """Keep the text."""
        self.texts.append(record.getMessage())


@pytest.fixture
def heard():
    # at the logger itself: a test before this one may have set up logging as a hub does
    handler = Heard()
    doors.log.addHandler(handler)
    yield handler
    doors.log.removeHandler(handler)


async def test_a_defect_is_logged_and_met_by_each_request(heard):
    def make():
        raise RuntimeError("defect")

    later = Later(make)
    await later.load()
    assert heard.texts == ["an application could not be made"]
    with pytest.raises(RuntimeError):
        await later({"path": "/a"}, no_request, ignore)
