"""Any body that a definition of FSPIOP allows leaves the hub byte for byte as it came, however it is written."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fspiop.headers import supported_versions
from schemas.canonical.wire import Dialect
from tests.conftest import scale
from tests.oracle.fspiop_definitions import FOLDER, PUBLISHED, SERVED, Call, calls, definition
from tests.unit.switch.bodies import spelled
from tests.unit.switch.scene import CONDITION, FULFILMENT
from tests.unit.switch.small_hub import BLUE, GREEN
from tests.unit.switch.test_untouched import Loop

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the definitions are not beside this repository")

FEW = settings(
    max_examples=6 * scale(), derandomize=scale() == 1, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
KNOWN_CODE = re.compile("10|20|3[0-3]|4[0-4]|5[0-4]")
UNTIL, ONE = "2026-11-20T07:00:00.000Z", "1"
EXECUTED = {"transfers": "transferId", "fxTransfers": "commitRequestId"}
IDS = EXECUTED | {
    "quotes": "quoteId", "bulkQuotes": "bulkQuoteId", "fxQuotes": "conversionRequestId",
    "transactionRequests": "transactionRequestId",
}  # fmt: skip
# The hub acts on these itself: it registers parties, and writes the messages of bulks anew for each side.
OWN = {
    ("post", "/participants"), ("post", "/participants/{Type}/{ID}"), ("post", "/participants/{Type}/{ID}/{SubId}"),
    ("put", "/participants/{Type}/{ID}"), ("put", "/participants/{Type}/{ID}/{SubId}"),
    ("post", "/bulkTransfers"), ("put", "/bulkTransfers/{ID}"), ("put", "/bulkTransfers/{ID}/error"),
}  # fmt: skip
FORWARDED = [call for call in calls(*PUBLISHED, *SERVED) if (call.method, call.path) not in OWN]


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    found = Loop(money=True)
    yield found
    found.close()


def headers(call: Call, method: str, source: str, destination: str) -> dict[str, str]:
    served = supported_versions(call.resource, Dialect.FSPIOP)
    version = call.version if call.version in served else served[-1]
    media = f"application/vnd.interoperability.{call.resource}+json;version={version}"
    return {
        "content-type": media,
        "date": "Fri, 20 Nov 2026 06:00:00 GMT",
        "fspiop-source": source,
        "fspiop-destination": destination,
        "fspiop-signature": "kept as it is",
    } | ({"accept": media} if method == "POST" else {})


def path_of(call: Call, key: str) -> str:
    names = {"{Type}": "MSISDN", "{SubId}": "shop", "{SourceCurrency}": "USD", "{TargetCurrency}": "KES", "{id}": key}
    party = {"{ID}": "123" if "{Type}" in call.path else key}
    return "/".join((names | party).get(part, part) for part in call.path.split("/"))


def order(kind: str, key: str) -> dict[str, Any]:
    """A transfer or conversion to answer."""
    money = {"currency": "USD", "amount": ONE}
    if kind == "transfers":
        return {
            "transferId": key, "payerFsp": BLUE, "payeeFsp": GREEN, "amount": money, "ilpPacket": "AA",
            "condition": CONDITION, "expiration": UNTIL,
        }  # fmt: skip
    return {
        "commitRequestId": key, "determiningTransferId": str(uuid.uuid4()), "initiatingFsp": BLUE,
        "counterPartyFsp": GREEN, "sourceAmount": money, "targetAmount": {"currency": "KES", "amount": ONE},
        "condition": CONDITION, "expiration": UNTIL,
    }  # fmt: skip


def sensible(call: Call, body: dict[str, Any], key: str) -> dict[str, Any]:
    """The body about what there is: known participants, little money, a moment to come, the fitting preimage."""
    if call.method == "post" and call.resource in EXECUTED:
        return body | {name: value for name, value in order(call.resource, key).items() if name in KEPT or name in body}
    if call.method == "put" and call.resource in EXECUTED and not call.path.endswith("error"):
        word = {"transfers": "transferState", "fxTransfers": "conversionState"}[call.resource]
        body.pop("completedTimestamp", None)
        return body | {word: "COMMITTED" if call.resource == "transfers" else "RESERVED", "fulfilment": FULFILMENT}
    for told in (body, *body.get("individualQuoteResults", ())):
        # Codes of groups that nobody knows are not passed on of transfers, nor taken of quotes.
        if not KNOWN_CODE.match(told.get("errorInformation", {}).get("errorCode", "2000")):
            told["errorInformation"]["errorCode"] = "5104"
    if call.method == "post":
        body |= {IDS[call.resource]: key}
        for role, fsp in (("payer", BLUE), ("payee", GREEN)):
            if call.resource == "quotes" and "fspId" in body[role]["partyIdInfo"]:
                body[role]["partyIdInfo"]["fspId"] = fsp
    return body


KEPT = {"determiningTransferId", "expiration"}
"""What a hub demands though a definition does not."""


@pytest.mark.parametrize("call", FORWARDED, ids=str)
def test_every_byte_goes_on(loop: Loop, call: Call) -> None:
    drawn = definition(call.file).drawing.bodies(call.schema)
    # An answer comes from the payee of an order that was made before.
    answers = call.resource in EXECUTED and call.method == "put"
    source, destination = (GREEN, BLUE) if answers else (BLUE, GREEN)
    method = call.method.upper()

    @FEW
    @given(st.data())
    def check(data: st.DataObject) -> None:
        loop.hub.calls.clear()
        key = str(uuid.uuid4())
        if answers:
            asked = headers(call, "POST", BLUE, GREEN)
            sent = data.draw(spelled(order(call.resource, key)))
            assert loop.ask("POST", f"/{call.resource}", asked, sent) == (202, b"")
            assert loop.hub.calls.pop().body == sent
        content = data.draw(spelled(sensible(call, data.draw(drawn), key)))
        path = path_of(call, key)
        answer = loop.ask(method, path, headers(call, method, source, destination), content)
        assert answer == (202 if method == "POST" else 200, b"")
        told = loop.hub.calls.pop(0)
        assert (told.method, told.url, told.body) == (method, f"http://{destination}{path}", content)
        assert told.headers["fspiop-signature"] == "kept as it is"
        # Beside it only the confirmation to the payee, which the hub writes itself.
        assert [
            each.url for each in loop.hub.calls if not answers or not each.url.startswith(f"http://{source}/")
        ] == []
        loop.hub.calls.clear()

    check()


def test_what_the_hub_does_not_pass_on_is_as_few_as_that() -> None:
    known = {(call.method, call.path) for call in calls(*PUBLISHED)}
    assert known >= OWN
    assert len({(call.method, call.path) for call in FORWARDED}) > 30
