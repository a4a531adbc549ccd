"""Each port keeps to its own OpenAPI document whatever is sent to it: no failure, and answers as described."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import strategies as st

from tests.e2e.bank_side import Bank, account, bic, new_id, sign, status_of, wrap
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.fuzz import Api, bodies_of, no_defect
from tests.e2e.hub import ISOLOOP, WAIT_S, Hub, running_hub
from tests.e2e.pain_side import batch, message_id, order, transfer

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.slow]

FEW, SOME = 3, 60
REPORTS = "/reports"
# A moment of now, and how long a number may be, are nothing a schema can tell.
UNTOLD = ("completedTimestamp", "has a number of more than")
XML = ("application/xml", "text/xml")
ELEMENT = re.compile(r">([^<>]+)<")
ODD = ["", "0", "-1", "x" * 400, "USD", "2026-02-30", "\u00e9\u0301", "]]>", "&amp;", "<", "<a/>", "\x0b", "1.123456"]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Return a hub of its own: what is tried here would put others' participants out of use."""
    with running_hub(tmp_path_factory.mktemp("fuzzed")) as hub:
        yield hub
        assert requests.get(f"{hub.admin}/health", timeout=WAIT_S).json()["status"] == "OK"
        checked = [ISOLOOP, "check", "--data", hub.data, "--json"]
        books = subprocess.run(checked, capture_output=True, text=True, check=False)
        assert books.returncode == 0, books.stdout


def untold(text: str) -> bool:
    return any(words in text for words in UNTOLD)


def not_there(text: str) -> bool:
    return "there is no settlement" in text or "there is no window" in text


@pytest.fixture(scope="module")
def dfsps(hub: Hub) -> Api:
    return Api(hub.fspiop)


def test_dfsps_may_send_what_the_document_allows(dfsps: Api, scheme: Scheme) -> None:
    payer, payee = scheme.pair()
    between = {"FSPIOP-Source": payer.name, "FSPIOP-Destination": payee.name}
    for label, operation in dfsps.operations.items():
        if not operation.path.startswith(REPORTS):
            assert dfsps.allowed(label, FEW, untold, headers=between), label


@pytest.mark.parametrize("port", ["fspiop", "iso"])
def test_participants_get_the_reports_that_their_document_has(hub: Hub, scheme: Scheme, port: str) -> None:
    api, name, whole = Api(getattr(hub, port)), scheme.dfsp().name, 0
    given = {"participant": name, "from": "2026-01-01", "to": "2026-01-02", "page": "1"}
    reports = {label: found for label, found in api.operations.items() if found.path.startswith(REPORTS)}
    for label, operation in reports.items():
        needs = {each.name for each in operation.query if each.is_required}
        query = given if operation.path != REPORTS else {"participant": name}
        taken = api.allowed(label, FEW, not_there, query=query)
        assert taken or "settlement" in needs, label
        whole += bool(taken)
        api.at_the_limits(label, SOME // 2)
    assert whole > 1


def test_dfsps_may_not_send_what_it_forbids(dfsps: Api) -> None:
    for label, operation in dfsps.operations.items():
        if operation.headers:
            dfsps.forbidden(label, FEW)


def test_dfsps_are_answered_as_described_at_the_limits(dfsps: Api) -> None:
    for label, operation in dfsps.operations.items():
        if not operation.path.startswith(REPORTS):
            dfsps.at_the_limits(label, SOME)


@st.composite
def letters(draw: st.DrawFn, bank: Bank, other: Bank) -> bytes:
    """Messages of a bank: good ones, ones with a part that is odd, missing or doubled, and no messages at all."""
    document, definition = draw(
        st.sampled_from(
            [
                (bank.pay(bic(other.bic)).text, "pacs.008.001.08"),
                (bank.pay(bic(other.bic), "10", creditor_account=account(new_id())).text, "pacs.008.001.10"),
                (bank.report(status_of(f"<OrgnlUETR>{new_id()}</OrgnlUETR>", "ACSC")), "pacs.002.001.10"),
                (order(batch(bank, transfer(bic(other.bic)))), "pain.001.001.09"),
            ]
        )
    )
    text = draw(st.sampled_from([document, wrap(bank.head(definition, id=new_id()), document)]))
    if draw(st.booleans()):
        return sign(text, bank.keys) if "AppHdr" in text else text.encode()
    places = [found.span(1) for found in ELEMENT.finditer(text)]
    start, end = draw(st.sampled_from(places))
    odd = draw(st.sampled_from(ODD) | st.text(max_size=5))
    changed = draw(
        st.sampled_from([text[:start] + odd + text[end:], text[:end], text[:start] + text[end:], text[end:] + text])
    )
    return draw(st.sampled_from([changed.encode(), changed.encode("utf-16"), b"", b"\xff" + changed.encode()]))


def test_banks_are_answered_as_described(hub: Hub) -> None:
    payer, payee = Bank(hub, "fuzzed-a", "BANKUS33"), Bank(hub, "fuzzed-b", "BANKGB22")
    for media in XML:
        bodies_of(media, letters(payer, payee))
    port = Api(hub.iso)
    known = payer.send(payer.pay(bic(payee.bic)).text)
    paid = order(batch(payer, transfer(bic(payee.bic))))
    payer.send(paid)
    fetcher = Bank(hub, "fuzzed-c", "BANKFR33", delivery="pull")
    for label, operation in port.operations.items():
        if operation.path.startswith(REPORTS):
            continue
        fixed: dict[str, Any] = {"path_parameters": {"BizMsgIdr": known} if "{BizMsgIdr}" in operation.path else {}}
        asked = {each.name for each in operation.query}
        sender, ordered = (payer.name, message_id(paid)) if "files" in operation.path else (None, None)
        chosen = (("participant", fetcher.name), ("wait", 0), ("from", sender), ("messageId", ordered))
        fixed["query"] = {name: value for name, value in chosen if name in asked and value is not None}
        # Nothing waits that could be acknowledged.
        assert port.allowed(label, FEW * 20, lambda _: True, **fixed) or label.startswith("DELETE"), label
        port.at_the_limits(label, SOME)


def test_operators_are_answered_as_described(hub: Hub, scheme: Scheme) -> None:
    port, name = Api(hub.admin, no_defect), scheme.dfsp().name
    number = hub.account(name, "POSITION", "USD")["id"]
    known = {"name": name, "account": number, "currency": "USD", "number": 1}
    for label, operation in port.operations.items():
        fixed = {part: value for part, value in known.items() if f"{{{part}}}" in operation.path}
        port.allowed(label, FEW, lambda _: True, path_parameters=fixed)
        port.at_the_limits(label, SOME)
    assert json.loads(requests.get(f"{hub.admin}/participants", timeout=WAIT_S).text)
