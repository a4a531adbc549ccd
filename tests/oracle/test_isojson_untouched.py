"""Any transfer or conversion that the ISO variant's definition allows leaves the hub byte for byte as it came.

Quotes, parties and their errors are tried in tests/unit/switch/test_untouched_isojson.py.
"""

import copy
import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fspiop import ilp
from schemas.canonical.dialects import FspiopProfile
from schemas.canonical.identity import derived_uuid, ulid_of
from schemas.canonical.wire import Dialect
from tests.conftest import scale
from tests.oracle.drawing import Drawing
from tests.oracle.iso_definition import ERROR, FILE, NAMES, STATUS, definitions
from tests.unit.switch.bodies import spelled
from tests.unit.switch.scene import CONDITION, FULFILMENT
from tests.unit.switch.small_hub import BLUE, GREEN, NOW
from tests.unit.switch.test_untouched import Loop

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the definition is not beside this repository")

FEW = settings(
    max_examples=8 * scale(), derandomize=scale() == 1, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
DRAWING = Drawing(definitions(), leave="SplmtryData") if FILE.is_file() else Drawing({})
UNTIL = "2026-11-20T07:00:00.000Z"
PACKET = ilp.encode(ilp.Prepare(1, NOW + timedelta(hours=1), CONDITION, b"{}"))
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    found = Loop(money=True)
    for name in (BLUE, GREEN):
        known = found.hub.directory.participant(name)
        assert known is not None
        found.hub.directory.learn([msgspec.structs.replace(known, fspiop=FspiopProfile(Dialect.FSPIOP_ISO))])
    yield found
    found.close()


def ask(loop: Loop, method: str, path: str, source: str, destination: str, content: bytes) -> tuple[int, bytes]:
    media = f"application/vnd.interoperability.iso20022.{path.split('/')[1]}+json;version=2.0"
    headers = {
        "content-type": media,
        "date": "Fri, 20 Nov 2026 06:00:00 GMT",
        "fspiop-source": source,
        "fspiop-destination": destination,
        "fspiop-signature": "kept as it is",
    } | ({"accept": media} if method == "POST" else {})
    return loop.ask(method, path, headers, content)


def agent(name: str) -> dict[str, Any]:
    return {"FinInstnId": {"Othr": {"Id": name}}}


def order(resource: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    """The body as an order that can be carried out: between those two, of little money, until soon."""
    body = copy.deepcopy(body)
    payment, amount = body["CdtTrfTxInf"], {"Ccy": "USD", "ActiveCurrencyAndAmount": "1.00"}
    body["GrpHdr"]["PmtInstrXpryDtTm"] = UNTIL
    payment["PmtId"]["TxId"] = key
    payment["IntrBkSttlmAmt"] = amount
    if resource == "transfers":
        payment |= {"DbtrAgt": agent(BLUE), "CdtrAgt": agent(GREEN), "VrfctnOfTerms": {"IlpV4PrepPacket": PACKET}}
        return body
    source = {"Ccy": "KES", "ActiveOrHistoricCurrencyAndAmount": "2.00"}
    payment |= {"Dbtr": agent(BLUE), "Cdtr": agent(GREEN), "VrfctnOfTerms": {"Sh256Sgntr": CONDITION}}
    payment["PmtId"]["EndToEndId"] = fresh()
    payment.setdefault("UndrlygCstmrCdtTrf", underlying())["InstdAmt"] = source
    return body


def underlying() -> dict[str, Any]:
    party = {"Id": {"PrvtId": {"Othr": {"Id": "1"}}}}
    return {"Dbtr": party, "Cdtr": party, "DbtrAgt": agent(BLUE), "CdtrAgt": agent(GREEN)}


def answer(body: dict[str, Any], *, error: bool) -> dict[str, Any]:
    """The body as an answer that is acted upon."""
    status = body.setdefault("TxInfAndSts", {})
    if error:
        return body | {"TxInfAndSts": status | {"StsRsnInf": {"Rsn": {"Prtry": "5104"}}}}
    status.pop("PrcgDt", None)
    return body | {"TxInfAndSts": status | {"TxSts": "COMM", "ExctnConf": FULFILMENT}}


def fresh() -> str:
    return ulid_of(derived_uuid(f"untouched {next(_numbers)}"))


@pytest.mark.parametrize("what", ["order", "answer", "error"])
@pytest.mark.parametrize("resource", ["transfers", "fxTransfers"])
def test_every_byte_goes_on(loop: Loop, resource: str, what: str) -> None:
    orders = DRAWING.bodies(definitions()[NAMES[resource, "post"]])
    answers = DRAWING.bodies(definitions()[ERROR if what == "error" else STATUS])

    @FEW
    @given(st.data())
    def check(data: st.DataObject) -> None:
        loop.hub.calls.clear()
        key = fresh()
        content = data.draw(spelled(order(resource, data.draw(orders), key)))
        assert ask(loop, "POST", f"/{resource}", BLUE, GREEN, content) == (202, b"")
        told = loop.hub.calls.pop()
        assert (told.method, told.url, told.body) == ("POST", f"http://green/{resource}", content)
        if what == "order":
            return
        path = f"/{resource}/{key}" + ("/error" if what == "error" else "")
        content = data.draw(spelled(answer(data.draw(answers), error=what == "error")))
        assert ask(loop, "PUT", path, GREEN, BLUE, content) == (200, b"")
        told = loop.hub.calls.pop(0)
        assert (told.method, told.url, told.body) == ("PUT", f"http://blue{path}", content)
        assert told.headers["fspiop-signature"] == "kept as it is"

    check()
