"""The operator's participants: onboarding rules, their texts and codes, endpoints, accounts and what is malformed."""

import json
from decimal import Decimal

import pytest
import requests

from tests.e2e.fspiop_hub import error_of, fresh


@pytest.fixture(scope="module")
def known(hub):
    name = fresh("known")
    hub.add(name, "USD", cap=100, funds=0)
    return name


def refused(hub, method, path, body, status, code, words=""):
    response = hub.operate(method, path, body, ok=False)
    told = error_of(response.content)
    assert (response.status_code, told.code) == (status, code), response.text
    assert words in told.text
    assert response.headers["content-type"] == "application/json"


def test_a_participant_is_born_with_inactive_accounts(hub):
    name = fresh("new")
    response = hub.operate("POST", "/participants", {"name": name, "currency": "USD"})
    assert response.status_code == 201
    found = response.json()
    link = f"{hub.admin}/participants/{name}"
    assert (found["name"], found["id"], found["links"]) == (name, link, {"self": link})
    assert (found["isActive"], found["isProxy"]) == (1, 0)
    assert [(a["ledgerAccountType"], a["currency"], a["isActive"]) for a in found["accounts"]] == [
        ("POSITION", "USD", 0), ("SETTLEMENT", "USD", 0),
    ]  # fmt: skip
    assert hub.operate("GET", f"/participants/{name}").json() == found
    hub.operate("POST", "/participants", {"name": name, "currency": "EUR"})
    assert len(hub.operate("GET", f"/participants/{name}").json()["accounts"]) == 4


def test_initial_limits_activate_the_accounts(hub):
    name = fresh("new")
    hub.operate("POST", "/participants", {"name": name, "currency": "USD"})
    limits = {"currency": "USD", "limit": {"type": "NET_DEBIT_CAP", "value": 1000.5}}
    assert hub.operate("POST", f"/participants/{name}/initialPositionAndLimits", limits).status_code == 201
    assert {account["isActive"] for account in hub.operate("GET", f"/participants/{name}/accounts").json()} == {1}
    path = f"/participants/{name}/initialPositionAndLimits"
    refused(hub, "POST", path, limits, 500, "2001", "already set")


def test_an_initial_position_is_booked(hub):
    name = fresh("new")
    hub.operate("POST", "/participants", {"name": name, "currency": "USD"})
    limits = {"currency": "USD", "limit": {"type": "NET_DEBIT_CAP", "value": 10}, "initialPosition": 2.5}
    hub.operate("POST", f"/participants/{name}/initialPositionAndLimits", limits)
    assert hub.position(name) == 2.5


REFUSED = [
    ({"name": "x", "currency": "USD"}, 400, "3101", '"name" length must be at least 2 characters long'),
    ({"name": "x" * 31, "currency": "USD"}, 400, "3101", '"name" length must be less than or equal to 30'),
    ({"name": "@ledger", "currency": "USD"}, 400, "3101", '"name" must only contain alpha-numeric characters'),
    ({"name": "a b", "currency": "USD"}, 400, "3101", '"name" must only contain alpha-numeric characters'),
    ({"name": "hub", "currency": "USD"}, 400, "3000", ""),
    (
        {"name": "newfsp", "currency": "GBP"},
        400,
        "3003",
        "Hub reconciliation account for the specified currency does not exist",
    ),
    ({"name": "newfsp"}, 400, "3102", '"currency" is required'),
    ({"currency": "USD"}, 400, "3102", "name"),
    ({"name": 5, "currency": "USD"}, 400, "3101", '"name" must be a string'),
    ({"name": "newfsp", "currency": "ZZZ"}, 400, "3101", '"currency" must be one of [AED, '),
    ({"name": "newfsp", "currency": "USD", "isProxy": "so"}, 400, "3100", '"isProxy" must be a boolean'),
    ({"name": "newfsp", "currency": "USD", "colour": "red"}, 400, "3100", '"colour" is not allowed'),
]


@pytest.mark.parametrize(("body", "status", "code", "words"), REFUSED)
def test_a_participant_that_cannot_be(hub, body, status, code, words):
    refused(hub, "POST", "/participants", body, status, code, words)


def test_the_same_currency_twice_is_3000(hub, known):
    text = "Participant currency has already been registered"
    refused(hub, "POST", "/participants", {"name": known, "currency": "USD"}, 400, "3000", text)


def test_all_participants_are_listed_with_the_hub(hub, known):
    names = [found["name"] for found in hub.operate("GET", "/participants").json()]
    assert names[0] == "Hub"
    assert known in names


def test_proxies_are_listed_apart(hub, known):
    name = fresh("proxy")
    hub.operate("POST", "/participants", {"name": name, "currency": "USD", "isProxy": True})
    names = [found["name"] for found in hub.operate("GET", "/participants?isProxy=true").json()]
    assert name in names
    assert known not in names
    assert {name, known} <= {found["name"] for found in hub.operate("GET", "/participants?isProxy=").json()}
    assert name not in {found["name"] for found in hub.operate("GET", "/participants?isProxy=0").json()}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None), ("PUT", "", {"isActive": True}), ("GET", "/accounts", None), ("GET", "/limits", None),
        ("GET", "/endpoints", None), ("GET", "/positions", None), ("POST", "/endpoints", {"type": "A", "value": "b"}),
        ("PUT", "/limits", {"currency": "USD", "limit": {"type": "NET_DEBIT_CAP", "value": 1}}),
        ("POST", "/initialPositionAndLimits", {"currency": "USD", "limit": {"type": "NET_DEBIT_CAP", "value": 1}}),
        ("PUT", "/accounts/1", {"isActive": True}),
    ],
)  # fmt: skip
def test_an_unknown_participant_is_3200(hub, method, path, body):
    refused(hub, method, f"/participants/nobody{path}", body, 400, "3200")


def test_active_or_not(hub, known):
    for active in (False, True):
        response = hub.operate("PUT", f"/participants/{known}", {"isActive": active})
        assert (response.status_code, response.json()["isActive"]) == (200, int(active))


def test_the_newest_endpoint_of_a_type_counts(hub, known):
    path = f"/participants/{known}/endpoints"
    for value in ("http://old", "http://new/{{transferId}}"):
        body = {"type": "FSPIOP_CALLBACK_URL_TRANSFER_PUT", "value": value}
        assert hub.operate("POST", path, body).status_code == 201
    one = {"type": "FSPIOP_CALLBACK_URL_TRANSFER_PUT", "value": "http://new/{{transferId}}"}
    assert hub.operate("GET", path).json() == [one]
    found = hub.operate("GET", f"{path}?type=FSPIOP_CALLBACK_URL_TRANSFER_PUT").json()
    assert found == one
    assert hub.operate("GET", f"{path}?type=FSPIOP_CALLBACK_URL_QUOTES").json() == {}


def test_an_endpoint_type_nobody_knows_is_2001(hub, known):
    body = {"type": "FSPIOP_CALLBACK_URL_TRANSFERS", "value": "http://a"}
    refused(hub, "POST", f"/participants/{known}/endpoints", body, 500, "2001", "does not exist")
    refused(hub, "POST", "/participants/nobody/endpoints", body, 400, "3200")


def test_texts_that_mean_booleans_and_numbers_are_taken(hub):
    name = fresh("text")
    hub.operate("POST", "/participants", {"name": name, "currency": "USD", "isProxy": "true"})
    limits = {"currency": "USD", "limit": {"type": "NET_DEBIT_CAP", "value": "50.5"}, "initialPosition": "-1.5"}
    hub.operate("POST", f"/participants/{name}/initialPositionAndLimits", limits)
    assert hub.operate("GET", f"/participants/{name}/limits").json()[0]["limit"]["value"] == 50.5
    assert (hub.position(name), hub.operate("GET", f"/participants/{name}").json()["isProxy"]) == (Decimal("-1.5"), 1)


@pytest.mark.parametrize(
    "endpoint", [("", "http://a"), ("A B", "http://a"), ("A", ""), ("A", "http://a b"), ("A", "a\r\nb")]
)
def test_an_endpoint_that_cannot_be_is_refused(hub, known, endpoint):
    body = dict(zip(("type", "value"), endpoint, strict=True))
    refused(hub, "POST", f"/participants/{known}/endpoints", body, 400, "3101", '"')


def test_only_position_accounts_of_its_own_can_be_switched(hub, known):
    other = fresh("other")
    hub.add(other, "USD", funds=0)
    position = hub.account(known, "POSITION", "USD")["id"]
    settlement = hub.account(known, "SETTLEMENT", "USD")["id"]
    response = hub.operate("PUT", f"/participants/{known}/accounts/{position}", {"isActive": False})
    assert (response.status_code, response.content) == (200, b"")
    assert hub.account(known, "POSITION", "USD")["isActive"] == 0
    hub.operate("PUT", f"/participants/{known}/accounts/{position}", {"isActive": True})
    refused(hub, "PUT", f"/participants/{known}/accounts/{settlement}", {"isActive": False}, 500, "2001")
    refused(hub, "PUT", f"/participants/{other}/accounts/{position}", {"isActive": False}, 500, "2001")


def test_accounts_of_the_hub(hub):
    path = "/participants/hub/accounts"
    assert hub.operate("POST", path, {"currency": "CHF", "type": "HUB_RECONCILIATION"}).status_code == 201
    refused(hub, "POST", path, {"currency": "CHF", "type": "HUB_RECONCILIATION"}, 400, "3003")
    refused(hub, "POST", path, {"currency": "CHF", "type": "POSITION"}, 400, "3003")
    refused(hub, "POST", path, {"currency": "CHF", "type": "NOTHING"}, 400, "3003")
    refused(hub, "POST", path, {"currency": "chf", "type": "HUB_RECONCILIATION"}, 400, "3101", "currency")
    hub.operate("POST", path, {"currency": "CHF", "type": "HUB_FEE"})
    account = hub.account("Hub", "HUB_RECONCILIATION", "CHF")
    assert (account["isActive"], account["value"], account["reservedValue"]) == (1, 0, 0)
    refused(hub, "POST", "/participants/nobody/accounts", {"currency": "CHF", "type": "HUB_FEE"}, 400, "3003")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/participants", b"{", 400, "3000"),
        ("POST", "/participants", b"", 400, "3100"),
        ("POST", "/participants", b"[]", 400, "3100"),
        ("POST", "/participants", b'{"name":"a\\u0000b","currency":"USD"}', 400, "3101"),
        ("POST", "/participants", b'{"name":"' + b"a" * 1_100_000 + b'"}', 400, "3104"),
        ("PUT", "/participants/Hub/accounts/one", b'{"isActive":true}', 400, "3100"),
        ("PUT", f"/participants/Hub/accounts/{10**30}", b'{"isActive":true}', 400, "3100"),
        ("DELETE", f"/oracles/{10**30}", None, 400, "3100"),
        ("DELETE", "/oracles/0", None, 400, "3100"),
        ("DELETE", "/oracles/%00", None, 400, "3100"),
        ("PUT", "/settlementModels/%00", b'{"isActive":true}', 400, "3000"),
        ("GET", "/participants/%00", None, 400, "3200"),
        ("GET", "/participants?isProxy=maybe", None, 400, "3100"),
        ("GET", "/nothing", None, 404, "3002"),
        ("DELETE", "/participants", None, 405, "3000"),
    ],
)
def test_what_is_malformed_is_told_in_the_shape_of_every_error(hub, method, path, body, status, code):
    response = requests.request(method, hub.admin + path, data=body, timeout=20)
    assert (response.status_code, error_of(response.content).code) == (status, code), response.text
    if status == 405:
        assert {"GET", "POST"} <= set(response.headers["allow"].replace(",", " ").split())


def test_health_and_metrics(hub):
    health = hub.operate("GET", "/health").json()
    assert health["status"] == "OK"
    assert {service["status"] for service in health["services"]} == {"OK"}
    assert json.dumps(health["uptime"])
    assert "isoloop_" in hub.operate("GET", "/metrics").text


def test_the_hub_tells_the_keys_that_verify_its_messages(hub):
    shown = hub.operate("GET", "/participants/hub/keys").json()
    assert "BEGIN PUBLIC KEY" in shown["keys"][0]["pem"]
    assert "BEGIN CERTIFICATE" in shown["certificates"][0]["pem"]
