"""Any valid body of the ISO variant, however it is written, leaves the hub byte for byte as it came in."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from fspiop.api.variant import VARIANTS
from fspiop.incoming import Kind
from fspiop.isojson.payments import ConversionQuote, CreditTransfer
from fspiop.isojson.statuses import ErrorReport
from fspiop.isojson.verification import PartyReport
from schemas.canonical.dialects import FspiopProfile
from schemas.canonical.identity import derived_uuid, ulid_of
from schemas.canonical.wire import Dialect
from tests.unit.switch.bodies import body, spelled
from tests.unit.switch.small_hub import BLUE, GREEN
from tests.unit.switch.test_untouched import Loop

FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
ROWS: list[tuple[str, str, Kind, type[msgspec.Struct]]] = [
    ("POST", "/quotes", Kind.POST, CreditTransfer),
    ("PUT", "/quotes/{}", Kind.PUT, CreditTransfer),
    ("PUT", "/quotes/{}/error", Kind.PUT_ERROR, ErrorReport),
    ("PUT", "/parties/MSISDN/1", Kind.PUT, PartyReport),
    ("PUT", "/parties/MSISDN/1/error", Kind.PUT_ERROR, PartyReport),
    ("POST", "/fxQuotes", Kind.POST, ConversionQuote),
    ("PUT", "/fxQuotes/{}", Kind.PUT, ConversionQuote),
    ("PUT", "/fxQuotes/{}/error", Kind.PUT_ERROR, ErrorReport),
]
_numbers = itertools.count(1)


def fresh() -> str:
    """An id that nothing has: what is tried again while an example is made smaller is another thing to the hub."""
    return ulid_of(derived_uuid(str(next(_numbers))))


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    found = Loop()
    yield found
    found.close()


def speak(loop: Loop, dialect: Dialect | None) -> None:
    """Let the operator say what the other DFSP speaks."""
    green = loop.hub.directory.participant(GREEN)
    assert green is not None
    profile = None if dialect is None else FspiopProfile(dialect)
    loop.hub.directory.learn([msgspec.structs.replace(green, fspiop=profile)])


def ready(resource: str, tree: dict[str, Any], key: str) -> dict[str, Any]:
    """The body under a fresh id, with an amount that money has: four decimals."""
    payment = tree.get("CdtTrfTxInf")
    if payment is not None:
        payment["PmtId"]["TxId"] = key
        payment["IntrBkSttlmAmt"] = {"Ccy": "USD", "ActiveCurrencyAndAmount": "10.50"}
    if resource == "fxQuotes" and payment is not None and "UndrlygCstmrCdtTrf" in payment:
        payment["UndrlygCstmrCdtTrf"].pop("InstdAmt", None)
    return tree


def sent(loop: Loop, method: str, path: str, content: bytes) -> tuple[int, bytes]:
    resource = path.split("/")[1]
    media = f"application/vnd.interoperability.iso20022.{resource}+json;version=2.0"
    headers = {
        "content-type": media,
        "date": "Fri, 20 Nov 2026 06:00:00 GMT",
        "fspiop-source": BLUE,
        "fspiop-destination": GREEN,
        "fspiop-signature": "kept as it is",
    } | ({"accept": media} if method != "PUT" else {})
    return loop.ask(method, path, headers, content)


@pytest.mark.parametrize(("method", "path", "kind", "struct"), ROWS, ids=str)
def test_between_two_of_the_variant_every_byte_goes_on(
    loop: Loop, method: str, path: str, kind: Kind, struct: type[msgspec.Struct]
) -> None:
    speak(loop, Dialect.FSPIOP_ISO)

    bodies = body(struct)

    @FEW
    @given(st.data())
    def check(data: st.DataObject) -> None:
        key = fresh()
        where = path.format(key)
        content = data.draw(spelled(ready(path.split("/")[1], data.draw(bodies), key)))
        answer = sent(loop, method, where, content)
        assert answer == (202 if method == "POST" else 200, b""), answer
        call = loop.hub.calls.pop()
        assert loop.hub.calls == []
        assert (call.method, call.url, call.body) == (method, f"http://green{where}", content)
        assert call.headers["fspiop-signature"] == "kept as it is"

    check()


@pytest.mark.parametrize(("method", "path", "kind", "struct"), ROWS, ids=str)
def test_a_classic_receiver_gets_a_valid_body_or_its_sender_an_error(
    loop: Loop, method: str, path: str, kind: Kind, struct: type[msgspec.Struct]
) -> None:
    speak(loop, Dialect.FSPIOP)
    resource = path.split("/")[1]

    bodies = body(struct)

    @FEW
    @given(st.data())
    def check(data: st.DataObject) -> None:
        key = fresh()
        content = json.dumps(ready(resource, data.draw(bodies), key)).encode()
        sent(loop, method, path.format(key), content)
        for call in loop.hub.calls:
            assert call.url.startswith("http://green")
            schema = VARIANTS[resource, kind].classic
            assert isinstance(schema.read(call.body), schema.struct)
            assert "fspiop-signature" not in call.headers
        loop.hub.calls.clear()

    check()
