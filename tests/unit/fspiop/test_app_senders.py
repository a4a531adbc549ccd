"""Whom the edge believes: signatures, authenticated callers, objections, and what is kept of credentials."""

import json
from typing import Any

import pytest

from fspiop import jws
from fspiop.api.app import EdgeSettings, caller_from_header
from schemas.canonical.wire import Receipt
from tests.unit.fspiop.edge_side import COMMITTED, ID, KEY, call


@pytest.fixture(autouse=True)
def forget(hub) -> None:
    hub.seen.clear()
    hub.answer = Receipt()


def signed(body: bytes, key: Any = KEY, source: str = "payeefsp") -> dict[str, str]:
    headers = {
        "fspiop-uri": f"/transfers/{ID}",
        "fspiop-http-method": "PUT",
        "fspiop-source": source,
        "fspiop-destination": "payerfsp",
        "date": "Fri, 20 Nov 2026 06:00:00 GMT",
    }
    named = {"FSPIOP-URI": headers["fspiop-uri"], "FSPIOP-HTTP-Method": "PUT", "FSPIOP-Source": source}
    signature = jws.sign(key, tuple(headers.items()), body)
    return {**named, "FSPIOP-Destination": "payerfsp", "FSPIOP-Signature": signature}


def test_sandbox_verifies_what_it_can(hub, sandbox):
    body, path, app = json.dumps(COMMITTED).encode(), f"/transfers/{ID}", sandbox[1]
    unverified = app.counts["unverified"]
    assert call(sandbox, "PUT", path, body, **signed(body)).status == 200
    assert call(sandbox, "PUT", path, body, FSPIOP_Source="payeefsp").status == 200
    assert call(sandbox, "PUT", path, body, **signed(body, source="stranger")).status == 200
    assert [message.signed for message in hub.seen] == [True, False, False]
    assert app.counts["unverified"] == unverified + 1
    assert call(sandbox, "PUT", path, body + b" ", **signed(body)).code == "3105"


def test_production_demands_signatures_on_bodies(hub):
    server = hub.serve(EdgeSettings(demand_signatures=True))
    body, path = json.dumps(COMMITTED).encode(), f"/transfers/{ID}"
    assert call(server, "PUT", path, body, **signed(body)).status == 200
    assert call(server, "PUT", path, body, FSPIOP_Source="payeefsp").code == "3105"
    assert call(server, "PUT", path, body, **signed(body, source="stranger")).code == "3105"
    assert call(server, "GET", path).status == 202


def test_where_nothing_else_proves_the_sender_requests_without_body_are_signed(hub):
    server, path = hub.serve(EdgeSettings(demand_signatures=True, sign_all=True)), f"/transfers/{ID}"
    plain = {"FSPIOP_Source": "payeefsp", "FSPIOP_Destination": "payerfsp"}
    assert call(server, "GET", path, **plain).code == "3105"
    sent = plain | {"FSPIOP_URI": path, "FSPIOP_HTTP_Method": "GET"}
    headers = [(name.lower().replace("_", "-"), text) for name, text in sent.items()]
    sent["FSPIOP_Signature"] = jws.sign(KEY, (*headers, ("date", "Fri, 20 Nov 2026 06:00:00 GMT")), b"")
    assert call(server, "GET", path, **sent).status == 202
    assert hub.seen[-1].signed
    assert call(server, "GET", f"{path}?a=1", **sent).code == "3105"
    assert call(server, "GET", path, **sent | {"FSPIOP_Source": "stranger"}).code == "3105"


def test_an_objection_comes_before_all_else_and_names_who_passes_on(hub):
    asked = []

    def objection(scope, claimed, proxied):
        asked.append((claimed, proxied))
        return "not from here" if claimed == "payerfsp" else None

    server = hub.serve(EdgeSettings(), objection=objection)
    refused = call(server, "GET", f"/transfers/{ID}", Accept=None, Date=None)
    assert (refused.code, refused.status) == ("3100", 400) and "not from here" in refused.error["errorDescription"]
    assert call(server, "GET", f"/transfers/{ID}", FSPIOP_Proxy="gate").status == 202
    assert call(server, "GET", f"/transfers/{ID}", FSPIOP_Source=None).code == "3102"
    assert asked == [("payerfsp", False), ("gate", True), (None, False)]


def test_what_proves_a_sender_is_not_kept(hub, sandbox):
    secrets = {"Authorization": "Bearer s3cret", "X_Api_Key": "s3cret", "Cookie": "s3cret"}
    assert call(sandbox, "GET", f"/transfers/{ID}", **secrets).status == 202
    assert "s3cret" not in str(hub.seen[-1].original)


def test_an_identity_header_counts_for_nothing_over_tcp(hub):
    server = hub.serve(EdgeSettings(), caller=caller_from_header("X-Client-Id"))
    for name in ("X-Client-Id", "x_client_id", "X-CLIENT-ID"):
        assert call(server, "GET", f"/transfers/{ID}", **{name: "payerfsp"}).code == "3100"
    assert not hub.seen


def test_the_authenticated_caller_is_the_source(hub):
    server = hub.serve(EdgeSettings(), caller=lambda _scope: "payerfsp")
    assert call(server, "GET", f"/transfers/{ID}").status == 202
    assert call(server, "GET", f"/transfers/{ID}", FSPIOP_Source="payeefsp").code == "3100"
