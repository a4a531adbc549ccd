"""What the FSPIOP port says at once: headers, versions, paths, methods and schemas, in the order of the definition."""

import json

import pytest

from tests.e2e.fspiop_hub import Scheme, call, error_of, media, moment, new_id

SUPPORTED = [{"key": "1", "value": "0"}, {"key": "1", "value": "1"}, {"key": "2", "value": "0"}]
WITHOUT_MINOR = "application/vnd.interoperability.transfers+json;version=1"


@pytest.fixture(scope="module")
def payer(hub):
    scheme = Scheme(hub)
    yield scheme.dfsp("payer")
    scheme.close()


def refused(response, status, code, *words):
    told = error_of(response.content)
    assert (response.status_code, told.code) == (status, code), response.text
    assert all(word in told.text for word in words), told.text
    assert response.headers["content-type"].endswith("+json;version=1.0")


HEADERS = [
    # what is wrong, headers changed (None: left out), status, code, words of the text
    ("no accept", {"Accept": None}, 400, "3102", "/header must have required property 'accept'"),
    ("accept of another resource", {"Accept": media("quotes")}, 400, "3101", "accept"),
    ("accept that is no media type", {"Accept": "application/json"}, 400, "3101", "accept"),
    ("a blank after the comma", {"Accept": f"{media('transfers')}, {media('transfers', '1.0')}"}, 400, "3101", ""),
    ("no date", {"Date": None}, 400, "3102", "date"),
    ("a date that is none", {"Date": "2026-11-20"}, 400, "3101", "date"),
    ("a day that does not exist", {"Date": "Mon, 31 Feb 2026 00:00:00 GMT"}, 400, "3101", "date"),
    ("no content type", {"Content-Type": None}, 400, "3102", "Content-type"),
    ("a content type of another resource", {"Content-Type": media("quotes")}, 400, "3101", "content-type"),
    ("a content type without minor version", {"Content-Type": WITHOUT_MINOR}, 400, "3101", "content-type"),
    ("no source", {"FSPIOP-Source": None}, 400, "3102", "fspiop-source"),
    ("a source of 33 characters", {"FSPIOP-Source": "s" * 33}, 400, "3100", "fspiop-source"),
    ("a source like an inner address", {"FSPIOP-Source": "@ledger"}, 400, "3100", "fspiop-source"),
]


@pytest.mark.parametrize(("_what", "changed", "status", "code", "words"), HEADERS)
def test_a_wrong_header_is_told_at_once(payer, _what, changed, status, code, words):
    body = payer.prepare("payeefsp")
    response = payer.send("POST", "/transfers", body, **{k.replace("-", "_"): v for k, v in changed.items()})
    refused(response, status, code, words)


@pytest.mark.parametrize("header", ["Accept", "Content_Type"])
@pytest.mark.parametrize("version", ["3.0", "1.9", "9.0"])
def test_an_unknown_version_is_406_with_the_supported_ones(payer, header, version):
    response = payer.send("POST", "/transfers", payer.prepare("payeefsp"), **{header: media("transfers", version)})
    refused(response, 406, "3001")
    assert response.json()["errorInformation"]["extensionList"]["extension"] == SUPPORTED


@pytest.mark.parametrize(
    "accept",
    [media("transfers", "1.0"), media("transfers", "1"), media("transfers", "2"), media("transfers").partition(";")[0],
     f"{media('transfers', '9.0')},{media('transfers', '2.0')}"],
)  # fmt: skip
def test_one_acceptable_version_is_enough(payer, accept):
    assert payer.send("GET", f"/transfers/{new_id()}", Accept=accept).status_code == 202


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
@pytest.mark.parametrize("path", ["/transfers/{}", "/quotes/{}", "/parties/MSISDN/{}", "/participants/MSISDN/{}"])
def test_every_resource_is_served_in_three_versions(payer, version, path):
    payer.version = version
    where = path.format("27713803912" if "MSISDN" in path else new_id())
    response = payer.send("GET", where, to="nobody" if "quotes" in path else None)
    assert (response.status_code, response.content) == (202, b"")


def test_the_order_of_checks(payer):
    """Each repair brings the next complaint to light: accept, date, type, schema, source."""
    wrong = {"Content-Type": "x", "Accept": "x", "Date": "x"}
    body = json.dumps({"transferId": 1}).encode()
    steps = [
        ("3101", "accept", {"Accept": media("transfers", "9.0")}),
        ("3001", "", {"Accept": media("transfers")}),
        ("3101", "date", {"Date": "Fri, 20 Nov 2026 06:00:00 GMT"}),
        ("3101", "content-type", {"Content-Type": media("transfers", "9.0")}),
        ("3001", "", {"Content-Type": media("transfers")}),
        ("3102", "/requestBody", {}),
    ]
    for code, word, repair in steps:
        told = error_of(call(payer.hub, "POST", "/transfers", wrong, body).content)
        assert told.code == code
        assert word in told.text
        wrong |= repair
    good = json.dumps(payer.prepare("payeefsp")).encode()
    assert error_of(call(payer.hub, "POST", "/transfers", wrong, good).content).code == "3102"


@pytest.mark.parametrize("path", ["/nothing", "/transfers/a/b/c", "/parties", "/parties/MSISDN", "/interface"])
def test_an_unknown_path_is_3002(payer, path):
    response = payer.send("GET", path)
    assert (response.status_code, error_of(response.content).code) == (404, "3002")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/transfers", "POST"),
        ("GET", "/quotes", "POST"),
        ("POST", "/parties/MSISDN/1", "GET, PUT"),
        ("PATCH", "/participants/MSISDN/1", "DELETE, GET, POST, PUT"),
        ("GET", "/transfers/b51ec534-ee48-4575-b6a9-ead2955b8069/error", "PUT"),
    ],
)
def test_a_wrong_method_is_405_and_names_the_right_ones(payer, method, path, allowed):
    response = payer.send(method, path, to="x")
    refused(response, 405, "3000")
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path", ["/transfers/{}", "/parties/ALIAS/{}", "/parties/ALIAS/a/{}", "/participants/ALIAS/{}"]
)
def test_an_id_longer_than_any_is_refused_at_once(payer, path):
    refused(payer.send("GET", path.format("x" * 129)), 400, "3100", "128 characters")
    assert payer.send("GET", path.format("x" * 128)).status_code == 202


def test_a_patch_is_the_hub_s_to_send(payer):
    response = payer.send(
        "PATCH", f"/transfers/{new_id()}", {"completedTimestamp": moment(), "transferState": "COMMITTED"}
    )
    refused(response, 501, "2002")


@pytest.mark.parametrize("resource", ["quotes"])
def test_a_callback_that_asks_for_a_version_is_refused(payer, resource):
    response = payer.send("PUT", f"/{resource}/{new_id()}", {}, "x", Accept=media(resource))
    refused(response, 400, "3100", "accept")


def test_a_body_over_five_megabytes_is_3104(payer):
    body = payer.prepare("payeefsp", ilpPacket="A" * 5_300_000)
    refused(payer.send("POST", "/transfers", body), 400, "3104")


SCHEMA = [
    # element (None: left out), value, code, pointer
    ("payerFsp", None, "3102", "/requestBody must have required property 'payerFsp'"),
    ("amount", "10", "3101", "/requestBody/amount must be object"),
    ("amount", {"currency": "USD", "amount": 10}, "3101", "/requestBody/amount/amount must be string"),
    ("amount", {"currency": "USD", "amount": "10.0"}, "3100", "/requestBody/amount/amount must match pattern"),
    ("amount", {"currency": "USD", "amount": "1.00001"}, "3100", "/requestBody/amount/amount must match pattern"),
    ("amount", {"currency": "USD", "amount": "-1"}, "3100", "/requestBody/amount/amount must match pattern"),
    ("amount", {"currency": "US", "amount": "1"}, "3100", "/requestBody/amount/currency must be equal"),
    ("condition", "x" * 42, "3100", "/requestBody/condition"),
    ("expiration", "2026-11-20T06:00:00Z", "3100", "/requestBody/expiration"),
    ("transferId", "B51EC534-EE48-4575-B6A9-EAD2955B8069", "3100", "/requestBody/transferId"),
    ("payeeFsp", "", "3100", "/requestBody/payeeFsp must NOT have fewer than 1 characters"),
    ("payeeFsp", "x" * 33, "3100", "/requestBody/payeeFsp must NOT have more than 32 characters"),
    (
        "extensionList",
        {"extension": []},
        "3100",
        "extensionList/extension must NOT have fewer than 1 items",
    ),
    ("extensionList", {"extension": [{"key": "k", "value": "v"}] * 17}, "3103", "must NOT have more than 16 items"),
    ("ilpPacket", None, "3102", "'ilpPacket'"),
]


@pytest.mark.parametrize(("element", "value", "code", "words"), SCHEMA)
def test_a_body_against_its_schema(payer, element, value, code, words):
    body = payer.prepare("payeefsp")
    body = {k: v for k, v in body.items() if k != element} if value is None else body | {element: value}
    refused(payer.send("POST", "/transfers", body), 400, code, words)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"transferId":"a","transferId":"b"}', b"\xff"])
def test_a_body_that_is_no_json_object(payer, body):
    response = payer.send("POST", "/transfers", body)
    assert response.status_code == 400
    assert error_of(response.content).code in {"3101", "3102"}


def test_endpoints_are_never_stale_so_the_cache_can_be_emptied(payer):
    assert call(payer.hub, "DELETE", "/endpointcache", {}).status_code == 202


def test_health_and_metrics_stand_beside_the_api(payer):
    health = call(payer.hub, "GET", "/health", {})
    assert (health.status_code, health.json()["status"]) == (200, "OK")
    assert b"isoloop" in call(payer.hub, "GET", "/metrics", {}).content
