"""Any valid body of a dialogue, however it is written, leaves the hub byte for byte as it came in."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from fspiop.messages.dialogues import DIALOGUES, VERSIONS_OF
from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut
from tests.unit.switch.bodies import body, spelled
from tests.unit.switch.small_hub import BLUE, GREEN, SmallHub

IDS = {"quotes": "quoteId"} | {
    name: row.post.__struct_encode_fields__[row.post.__struct_fields__.index(row.id_field)]
    for name, row in DIALOGUES.items()
    if row.post is not None and row.id_field is not None
}
POSTS = {"quotes": QuotesPost} | {name: row.post for name, row in DIALOGUES.items() if row.post is not None}
PUTS = {"quotes": QuotesPut, "parties": PartiesPut} | {name: row.put for name, row in DIALOGUES.items()}
ERRORS = {"quotes": QuoteErrorBody, "parties": ErrorBody} | {name: row.error for name, row in DIALOGUES.items()}
FEW = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


class Loop:
    """A hub and the loop it lives in, for tests that Hypothesis calls many times."""

    def __init__(self, *, money: bool = False) -> None:
        self._loop = asyncio.new_event_loop()
        self.hub = self._loop.run_until_complete(self._open(money=money))

    async def _open(self, *, money: bool) -> SmallHub:
        hub = SmallHub(money=money)
        await hub.start()
        return hub

    def close(self) -> None:
        self._loop.run_until_complete(self.hub.stop())
        self._loop.close()

    def call(self, method: str, path: str, content: bytes = b"") -> tuple[int, bytes]:
        resource = path.split("/")[1]
        version = VERSIONS_OF.get(resource, ("1.1",))[-1]
        media = f"application/vnd.interoperability.{resource}+json;version={version}"
        headers = {
            "content-type": media,
            "date": "Fri, 20 Nov 2026 06:00:00 GMT",
            "fspiop-source": BLUE,
            "fspiop-destination": GREEN,
            "fspiop-signature": "kept as it is",
            "x-any": "thing",
        } | ({"accept": media} if method != "PUT" else {})
        return self.ask(method, path, headers, content)

    def ask(self, method: str, path: str, headers: dict[str, str], content: bytes = b"") -> tuple[int, bytes]:
        return self._loop.run_until_complete(self.hub.call(method, path, headers, content))


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    found = Loop()
    yield found
    found.close()


def goes_on(loop: Loop, method: str, path: str, content: bytes) -> None:
    """The message arrives at the other DFSP as it was sent."""
    status, told = loop.call(method, path, content)
    assert (status, told) == (202 if method == "POST" else 200, b"")
    call = loop.hub.calls.pop()
    assert loop.hub.calls == []
    assert (call.method, call.url, call.body) == (method, f"http://green{path}", content)
    assert (call.headers["fspiop-signature"], call.headers["x-any"]) == ("kept as it is", "thing")


def known(resource: str, tree: dict[str, Any], key: str) -> dict[str, Any]:
    """The body with an id of its own, and with participants that exist where the hub looks them up."""
    tree = tree | {IDS[resource]: key}
    if resource == "quotes":
        for role, fsp in (("payer", BLUE), ("payee", GREEN)):
            if "fspId" in tree[role]["partyIdInfo"]:
                tree[role]["partyIdInfo"]["fspId"] = fsp
    return tree


@pytest.mark.parametrize("resource", POSTS)
def test_any_request_goes_on_untouched(loop, resource):
    @FEW
    @given(st.data())
    def check(data):
        tree = known(resource, data.draw(body(POSTS[resource])), str(uuid.uuid4()))
        goes_on(loop, "POST", f"/{resource}", data.draw(spelled(tree)))

    check()


@pytest.mark.parametrize("resource", PUTS)
def test_any_answer_goes_on_untouched(loop, resource):
    @FEW
    @given(st.data())
    def check(data):
        path = f"/{resource}/MSISDN/123" if resource == "parties" else f"/{resource}/{uuid.uuid4()}"
        goes_on(loop, "PUT", path, data.draw(spelled(data.draw(body(PUTS[resource])))))

    check()


@pytest.mark.parametrize("resource", ERRORS)
def test_any_error_goes_on_untouched(loop, resource):
    @FEW
    @given(st.data())
    def check(data):
        path = f"/{resource}/MSISDN/123" if resource == "parties" else f"/{resource}/{uuid.uuid4()}"
        goes_on(loop, "PUT", f"{path}/error", data.draw(spelled(data.draw(body(ERRORS[resource])))))

    check()


def test_what_is_generated_is_varied(loop):
    """The property would hold of one body too: many different ones are tried."""
    seen = set()

    @FEW
    @given(st.data())
    def check(data):
        seen.add(json.dumps(data.draw(body(QuotesPost)), sort_keys=True))

    check()
    assert len(seen) > 15
