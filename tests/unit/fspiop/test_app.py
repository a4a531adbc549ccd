"""The server over real HTTP: every path, every refusal and its place in the order, and what reaches the core."""

import hashlib
import http.client
import json
import time

import pytest

from fspiop.api.app import EdgeSettings
from fspiop.incoming import Kind
from schemas.canonical.faults import fault
from schemas.canonical.wire import Receipt
from tests.unit.fspiop.edge_side import COMMITTED, FAULT, ID, Answer, call, headers_for


@pytest.fixture(autouse=True)
def forget(hub) -> None:
    hub.seen.clear()
    hub.answer = Receipt()


PARTY = {"party": {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "1"}}}
QUOTED = {
    "transferAmount": {"currency": "USD", "amount": "1"},
    "expiration": "2026-11-20T06:00:30.000Z",
    "ilpPacket": "AA",
    "condition": "A" * 43,
}
BATCH = {"requestId": ID, "partyList": [{"partyIdType": "MSISDN", "partyIdentifier": "1"}]}
BATCHED = {"partyList": [{"partyId": {"partyIdType": "MSISDN", "partyIdentifier": "1"}}]}
OPERATIONS = [
    ("GET", f"/transfers/{ID}", None, Kind.GET, (ID,)),
    ("PUT", f"/transfers/{ID}", COMMITTED, Kind.PUT, (ID,)),
    ("PUT", f"/transfers/{ID}/error", FAULT, Kind.PUT_ERROR, (ID,)),
    ("GET", f"/quotes/{ID}", None, Kind.GET, (ID,)),
    ("PUT", f"/quotes/{ID}", QUOTED, Kind.PUT, (ID,)),
    ("PUT", f"/quotes/{ID}/error", FAULT, Kind.PUT_ERROR, (ID,)),
    ("GET", "/parties/MSISDN/123", None, Kind.GET, ("MSISDN", "123")),
    ("GET", "/parties/ALIAS/a%2Fb/c%40d", None, Kind.GET, ("ALIAS", "a/b", "c@d")),
    ("PUT", "/parties/MSISDN/123", PARTY, Kind.PUT, ("MSISDN", "123")),
    ("PUT", "/parties/MSISDN/123/X", PARTY, Kind.PUT, ("MSISDN", "123", "X")),
    ("PUT", "/parties/MSISDN/123/error", FAULT, Kind.PUT_ERROR, ("MSISDN", "123")),
    ("PUT", "/parties/MSISDN/123/X/error", FAULT, Kind.PUT_ERROR, ("MSISDN", "123", "X")),
    ("POST", "/participants", BATCH, Kind.BATCH_POST, (ID,)),
    ("PUT", f"/participants/{ID}", BATCHED, Kind.BATCH_PUT, (ID,)),
    ("PUT", f"/participants/{ID}/error", FAULT, Kind.BATCH_PUT_ERROR, (ID,)),
    ("GET", "/participants/MSISDN/123", None, Kind.GET, ("MSISDN", "123")),
    ("POST", "/participants/CONSENT/123", {"fspId": "payerfsp"}, Kind.POST, ("CONSENT", "123")),
    ("POST", "/participants/MSISDN/123/X", {"fspId": "payerfsp", "currency": "USD"}, Kind.POST, ("MSISDN", "123", "X")),
    ("PUT", "/participants/MSISDN/123", {"fspId": "payerfsp"}, Kind.PUT, ("MSISDN", "123")),
    ("PUT", "/participants/MSISDN/123/error", FAULT, Kind.PUT_ERROR, ("MSISDN", "123")),
    ("DELETE", "/participants/MSISDN/123", None, Kind.DELETE, ("MSISDN", "123")),
    ("DELETE", "/participants/MSISDN/123/X", None, Kind.DELETE, ("MSISDN", "123", "X")),
]


@pytest.mark.parametrize(("method", "path", "body", "kind", "ids"), OPERATIONS)
def test_operations(hub, sandbox, *, method, path, body, kind, ids):
    answer = call(sandbox, method, path, body)
    assert (answer.status, answer.raw) == (200 if method == "PUT" else 202, b"")
    (message,) = hub.seen
    assert (message.resource, message.kind, message.ids) == (path.split("/")[1], kind, ids)
    assert (message.body is None) is (body is None)
    assert (message.source, message.destination, message.version) == ("payerfsp", "payeefsp", "1.1")
    assert message.fault is None and not message.signed


def test_posts_carry_the_id_of_their_body(hub, sandbox, transfer, quote):
    assert call(sandbox, "POST", "/transfers", transfer).status == 202
    assert call(sandbox, "POST", "/quotes", quote).status == 202
    assert [message.ids for message in hub.seen] == [(transfer["transferId"],), (quote["quoteId"],)]


def test_the_original_is_what_was_sent(hub, sandbox, transfer):
    body = json.dumps(transfer, indent=3).encode() + b"\n"
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    assert call(sandbox, "POST", "/transfers", body, traceparent=trace, X_Scheme="ä").status == 202
    (message,) = hub.seen
    assert message.original.body == body
    assert message.original.digest == hashlib.sha256(body).hexdigest()
    assert (message.original.method, message.original.target) == ("POST", "/transfers")
    assert ("x-scheme", "ä") in message.original.headers
    assert message.trace == trace


def test_query_and_missing_destination(hub, sandbox):
    assert call(sandbox, "GET", "/parties/MSISDN/1?currency=USD", FSPIOP_Destination=None).status == 202
    (message,) = hub.seen
    assert message.query == (("currency", "USD"),)
    assert message.destination is None
    assert message.original.target == "/parties/MSISDN/1?currency=USD"
    assert call(sandbox, "GET", "/parties/MSISDN/1?currency=%00").code == "3101"


PATHS = [
    ("GET", "/unknown", "3002", 404, None),
    ("GET", "/", "3002", 404, None),
    ("POST", "/thirdpartyRequests", "3002", 404, None),
    ("POST", "/transfers/", "3002", 404, None),
    ("GET", f"/transfers/{ID}/error/more", "3002", 404, None),
    ("GET", "/transfers/%00", "3002", 404, None),
    ("GET", "/transfers/%ff", "3002", 404, None),
    ("GET", "/parties", "3002", 404, None),
    ("GET", "/parties/MSISDN", "3002", 404, None),
    ("GET", "/parties/MSISDN/1/2/3", "3002", 404, None),
    ("GET", "/transfers", "3000", 405, "POST"),
    ("DELETE", f"/transfers/{ID}", "3000", 405, "GET, PATCH, PUT"),
    ("POST", f"/quotes/{ID}", "3000", 405, "GET, PUT"),
    ("DELETE", "/parties/MSISDN/1", "3000", 405, "GET, PUT"),
    ("GET", f"/transfers/{ID}/error", "3000", 405, "PUT"),
    ("PATCH", f"/transfers/{ID}", "2002", 501, None),
    ("GET", "/parties/PHONE/1", "3100", 400, None),
    ("GET", "/participants/PHONE/1", "3100", 400, None),
    ("GET", "/quotes/not-an-id", "3100", 400, None),
    ("GET", "/endpointcache", "3000", 405, "DELETE"),
]


@pytest.mark.parametrize(("method", "path", "code", "status", "allow"), PATHS)
def test_paths_and_methods(hub, sandbox, *, method, path, code, status, allow):
    answer = call(sandbox, method, path)
    assert (answer.code, answer.status, answer.headers["allow"]) == (code, status, allow)
    assert not hub.seen


def test_endpoint_cache(sandbox):
    assert call(sandbox, "DELETE", "/endpointcache").status == 202


V9 = "application/vnd.interoperability.transfers+json;version=9.0"
RECEIVED = b'{"transferState":"RECEIVED"}'
FORGED: dict[str, str | None] = {"FSPIOP-Source": "payeefsp", "FSPIOP-Signature": "{}"}
STEPS: list[tuple[str, dict[str, str | None], str, str, bytes]] = [
    # code of the first broken rule, header changes, method, path, body; each step mends the one before
    ("3102", {"Accept": None, "Date": None, "Content-Type": None}, "POST", "/transfers/x/y/z", b"{"),
    ("3001", {"Accept": V9, "Date": None, "Content-Type": None}, "POST", "/transfers/x/y/z", b"{"),
    ("3102", {"Date": None, "Content-Type": None}, "POST", "/transfers/x/y/z", b"{"),
    ("3104", {"Content-Length": "100001", "Content-Type": None}, "POST", "/transfers/x/y/z", b"{"),
    ("3102", {"Content-Type": None}, "POST", "/transfers/x/y/z", b"{"),
    ("3001", {"Content-Type": V9}, "POST", "/transfers/x/y/z", b"{"),
    ("3002", {}, "POST", "/transfers/x/y/z", b"{"),
    ("3000", {}, "DELETE", "/transfers", b"{"),
    ("3101", {"FSPIOP-Source": None, "FSPIOP-Signature": "{}"}, "PUT", f"/transfers/{ID}", b"{"),
    ("3105", FORGED, "PUT", f"/transfers/{ID}", RECEIVED),
    ("3102", {"FSPIOP-Source": None}, "PUT", f"/transfers/{ID}", RECEIVED),
    ("3100", {}, "PUT", f"/transfers/{ID}", RECEIVED),
]  # fmt: skip


@pytest.mark.parametrize(("code", "changes", "method", "path", "body"), STEPS)
def test_the_order_of_checks(hub, sandbox, *, code, changes, method, path, body):
    answer = call(sandbox, method, path, body, **changes)
    assert answer.code == code
    assert not hub.seen


def test_a_chunked_body_is_counted(hub, sandbox):
    connection = http.client.HTTPConnection("127.0.0.1", sandbox[0], timeout=10)
    connection.request(
        "POST", "/transfers", iter([b"x" * 60_000] * 2), headers_for("POST", "/transfers", {}), encode_chunked=True
    )
    answer = Answer(connection.getresponse())
    connection.close()
    assert (answer.code, answer.status) == ("3104", 400)
    assert not hub.seen


def test_a_refusal_is_a_complete_error(sandbox, transfer):
    del transfer["condition"]
    answer = call(sandbox, "POST", "/transfers", transfer)
    assert answer.headers["content-type"] == "application/vnd.interoperability.transfers+json;version=1.0"
    assert answer.error == {
        "errorCode": "3102",
        "errorDescription": "Missing mandatory element - /requestBody must have required property 'condition'",
    }


def test_supported_versions_are_listed(sandbox):
    answer = call(sandbox, "GET", f"/transfers/{ID}", Accept=V9)
    assert answer.status == 406
    versions = [(pair["key"], pair["value"]) for pair in answer.error["extensionList"]["extension"]]
    assert versions == [("1", "0"), ("1", "1"), ("2", "0")]


def test_faults_for_the_switch_to_tell_by_callback(hub, sandbox, transfer):
    transfer["amount"]["amount"] = "0"
    assert call(sandbox, "POST", "/transfers", transfer).status == 202
    assert call(sandbox, "GET", "/parties/MSISDN/abc").status == 202
    assert call(sandbox, "POST", "/participants/IBAN/abc", {"fspId": "payerfsp"}).status == 202
    assert [message.fault.fspiop for message in hub.seen if message.fault] == ["3101", "3101", "3101"]


def test_completed_timestamp_is_checked_at_once_unless_a_proxy_passes_it_on(hub, sandbox):
    late = {**COMMITTED, "completedTimestamp": "2026-11-20T05:50:00.000Z"}
    assert call(sandbox, "PUT", f"/transfers/{ID}", late).code == "3100"
    assert call(sandbox, "PUT", f"/transfers/{ID}", late, FSPIOP_Proxy="proxy1").status == 200
    assert [message.proxy for message in hub.seen] == ["proxy1"]


def test_reserved_in_version_1_0_is_void(hub, sandbox):
    reserved = {"transferState": "RESERVED"}
    for version in ("1.0", "1.1"):
        media = f"application/vnd.interoperability.transfers+json;version={version}"
        assert call(sandbox, "PUT", f"/transfers/{ID}", reserved, Content_Type=media).status == 200
    assert [message.void for message in hub.seen] == [True, False]


@pytest.mark.parametrize(
    ("receipt", "status", "code", "retry"),
    [
        (Receipt(fault=fault("BUSY")), 503, "2005", "1"),
        (Receipt(fault=fault("UNAVAILABLE"), retry_after=7), 503, "2003", "7"),
        (Receipt(fault=fault("WRONG_SENDER")), 400, "3100", None),
        (TimeoutError(), 503, "2003", "1"),
        (RuntimeError("secret detail"), 500, "2001", None),
    ],
)
def test_what_the_core_does_not_take(hub, sandbox, *, receipt, status, code, retry):
    hub.answer = receipt
    answer = call(sandbox, "GET", f"/transfers/{ID}")
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (status, code, retry)
    assert b"secret" not in answer.raw


def test_each_request_is_told_to_the_meter(hub):
    told = []
    server = hub.serve(EdgeSettings(), meter=lambda *values: told.append(values))
    call(server, "GET", f"/transfers/{ID}")
    call(server, "GET", f"/transfers/{ID}", Accept=None)
    call(server, "GET", "/whatever/1")
    until = time.monotonic() + 10
    while len(told) < 3 and time.monotonic() < until:
        time.sleep(0.01)  # it is told after the answer has gone out
    assert [values[:3] for values in told] == [
        ("transfers", "GET", "accepted"), ("transfers", "GET", "3102"), ("other", "GET", "3002"),
    ]  # fmt: skip
    assert all(0 < seconds < 60 for *_, seconds in told)


def test_mounted_below_a_prefix_and_beside_other_paths(hub):
    async def health(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    server = hub.serve(EdgeSettings(mount="/fsp"), others={"/health": health})
    media = "application/vnd.interoperability.transfers+json;version=1.1"
    assert call(server, "GET", f"/fsp/transfers/{ID}", Accept=media, Content_Type=media).status == 202
    assert hub.seen[0].original.target == f"/transfers/{ID}"
    assert call(server, "GET", "/health").status == 204


def test_a_full_hub_says_so(hub):
    server = hub.serve(EdgeSettings(max_in_flight=0))
    answer = call(server, "GET", f"/transfers/{ID}")
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "2005", "1")
