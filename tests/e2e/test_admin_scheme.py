"""The operator's scheme: settlement models, account types, oracles, and the agreements inside transfers."""

import base64
import json

import pytest

from tests.e2e.fspiop_hub import error_of, fresh, new_id

MODEL = {
    "settlementGranularity": "NET",
    "settlementInterchange": "MULTILATERAL",
    "settlementDelay": "DEFERRED",
    "requireLiquidityCheck": True,
    "ledgerAccountType": "POSITION",
    "settlementAccountType": "SETTLEMENT",
    "autoPositionReset": True,
}


def refused(hub, method, path, body, status, code, words=""):
    response = hub.operate(method, path, body, ok=False)
    told = error_of(response.content)
    assert (response.status_code, told.code) == (status, code), response.text
    assert words in told.text


def test_a_model_is_made_read_and_switched(hub):
    name = fresh("model")
    assert hub.operate("POST", "/settlementModels", {"name": name, "currency": "CHF", **MODEL}).status_code == 201
    found = hub.operate("GET", f"/settlementModels/{name}").json()
    assert (found["name"], found["isActive"], found["currency"]) == (name, True, "CHF")
    assert found["settlementGranularity"] == "NET"
    assert found in hub.operate("GET", "/settlementModels").json()
    refused(hub, "POST", "/settlementModels", {"name": name, **MODEL}, 400, "3000", "Settlement Model already exists")
    another = {"name": fresh("model"), "currency": "CHF", **MODEL}
    refused(hub, "POST", "/settlementModels", another, 400, "3000", "Settlement Model already exists")
    off = hub.operate("PUT", f"/settlementModels/{name}", {"isActive": False})
    assert (off.status_code, off.json()["isActive"]) == (200, False)
    hub.operate("POST", "/settlementModels", another)
    refused(hub, "PUT", f"/settlementModels/{name}", {"isActive": True}, 400, "3000", "already exists")


def test_a_model_that_cannot_be(hub):
    refused(
        hub,
        "POST",
        "/settlementModels",
        {"name": "m1", **MODEL, "settlementDelay": "LATER"},
        400,
        "3101",
        "must be one of",
    )
    refused(hub, "POST", "/settlementModels", {"name": "m1", **MODEL, "settlementDelay": "IMMEDIATE"}, 400, "3000")
    refused(hub, "POST", "/settlementModels", {"name": "m1"}, 400, "3102")
    refused(hub, "POST", "/settlementModels", {"name": "m 1", **MODEL}, 400, "3101", "name")
    refused(hub, "POST", "/settlementModels", {"name": "m1", "currency": "ZZZ", **MODEL}, 400, "3101")
    for field in MODEL:
        short = {name: value for name, value in MODEL.items() if name != field}
        refused(hub, "POST", "/settlementModels", {"name": "m1", **short}, 400, "3102", f'"{field}" is required')
    nowhere = {**MODEL, "currency": "GBP", "settlementAccountType": "NOWHERE"}
    refused(hub, "POST", "/settlementModels", {"name": "m1", **nowhere}, 400, "3000", "NOWHERE")
    refused(hub, "GET", "/settlementModels/nothing", None, 400, "3200", "resource could not be found")
    refused(hub, "PUT", "/settlementModels/nothing", {"isActive": True}, 400, "3000", "does not exist")


def test_account_types_and_words(hub):
    listed = {kind["name"]: kind for kind in hub.operate("GET", "/ledgerAccountTypes").json()}
    assert listed["POSITION"]["isSettleable"] is True
    assert listed["SETTLEMENT"]["isSettleable"] is False
    words = hub.operate("GET", "/enums").json()
    assert words["ledgerAccountType"]["HUB_RECONCILIATION"] == 3
    assert words["endpointType"]["FSPIOP_CALLBACK_URL_TRANSFER_POST"]
    assert (words["ledgerEntryType"]["RECORD_FUNDS_OUT"], words["participantLimitType"]) == (10, {"NET_DEBIT_CAP": 1})
    assert words["transferState"]["RECEIVED_FULFIL_DEPENDENT"] == "RECEIVED_FULFIL_DEPENDENT"
    assert words["hubParticipant"]["name"] == "Hub"
    assert set(words) > {"bulkTransferState", "settlementDelay", "transferParticipantRoleType"}


def test_an_account_type_is_added_once(hub):
    kind = {"name": fresh("TYPE"), "description": "For a test", "isActive": True, "isSettleable": False}
    assert hub.operate("POST", "/ledgerAccountTypes", kind).status_code == 201
    (found,) = [each for each in hub.operate("GET", "/ledgerAccountTypes").json() if each["name"] == kind["name"]]
    assert {name: found[name] for name in kind} == kind
    refused(hub, "POST", "/ledgerAccountTypes", kind, 400, "3000", "This Ledger Account Type already exists")
    refused(hub, "POST", "/ledgerAccountTypes", {**kind, "name": "POSITION"}, 400, "3000", "already exists")
    refused(hub, "POST", "/ledgerAccountTypes", {**kind, "name": "a-b"}, 400, "3101", '"name"')
    refused(hub, "POST", "/ledgerAccountTypes", {"name": "NEW"}, 400, "3102", '"description" is required')


def test_the_root_says_that_the_api_works(hub):
    assert hub.operate("GET", "/").json()["status"] == "OK"


def test_the_openapi_text_holds_what_it_refers_to(hub):
    text = hub.operate("GET", "/openapi.json").text
    described = json.loads(text)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(described["components"]["schemas"])
    assert '"422"' not in text
    assert described["components"]["schemas"]["Amount"]["properties"]["amount"]["type"] == "number"
    assert described["paths"]["/oracles"]["post"]["requestBody"]["required"]


def test_an_oracle_is_made_changed_and_removed(hub):
    first = {"oracleIdType": "CONSENT", "endpoint": {"value": "http://one", "endpointType": "URL"}, "currency": "USD"}
    assert hub.operate("POST", "/oracles", first).status_code == 201
    refused(hub, "POST", "/oracles", first, 400, "2001", "exists")
    (found,) = hub.operate("GET", "/oracles?type=CONSENT&currency=USD").json()
    assert {key: found[key] for key in first} == first
    assert found["isDefault"] is False
    path = f"/oracles/{found['oracleId']}"
    builtin = {"value": "builtin:registry", "endpointType": "URL"}
    for endpoint in ({"value": "http://two", "endpointType": "URL"}, builtin):
        assert hub.operate("PUT", path, {"oracleIdType": "CONSENT", "endpoint": endpoint}).status_code == 204
        assert hub.operate("GET", "/oracles?type=CONSENT").json()[0]["endpoint"] == endpoint
    assert hub.operate("DELETE", path).status_code == 204
    assert hub.operate("GET", "/oracles?type=CONSENT").json() == []
    refused(hub, "DELETE", path, None, 400, "3200")
    refused(hub, "PUT", path, first, 400, "3200", "Oracle not found")
    refused(hub, "PUT", path, {"isDefault": True}, 400, "3102", "required property")
    hub.operate("POST", "/oracles", first)
    (again,) = hub.operate("GET", "/oracles?type=CONSENT").json()
    hub.operate("DELETE", f"/oracles/{again['oracleId']}")


@pytest.mark.parametrize(
    "body",
    [
        {"endpoint": {"value": "http://x", "endpointType": "URL"}},
        {"oracleIdType": "ALIAS"},
        {"oracleIdType": "NOTHING", "endpoint": {"value": "http://x", "endpointType": "URL"}},
        {"oracleIdType": "ALIAS", "endpoint": {"value": "no address", "endpointType": "URL"}},
    ],
)
def test_an_oracle_that_cannot_be(hub, body):
    response = hub.operate("POST", "/oracles", body, ok=False)
    assert response.status_code == 400
    assert error_of(response.content).code in {"3100", "3102"}


def test_an_oracle_says_whether_it_works(scheme, hub):
    listener = scheme.oracle(lambda asked: 200 if asked.path == "/health" else 404, "EMAIL")
    hub.operate("GET", "/oracles?type=EMAIL")

    def status():
        return {each["oracleIdType"]: each["status"] for each in hub.operate("GET", "/oracles/health").json()}

    assert (status()["EMAIL"], status()["MSISDN"]) == ("OK", "OK")
    listener.close()
    assert status()["EMAIL"] == "DOWN"


def test_oracles_are_listed_by_type_and_a_type_that_is_none_is_refused(hub):
    assert {oracle["oracleIdType"] for oracle in hub.operate("GET", "/oracles?type=IBAN").json()} == {"IBAN"}
    assert hub.operate("GET", "/oracles?currency=JPY").json() == []
    refused(hub, "GET", "/oracles?type=PASSPORT", None, 400, "3100", "allowed values")


def packet(agreed):
    """An ILP packet of version 1 around a transaction object."""

    def octets(content):
        head = bytes([len(content)]) if len(content) < 128 else b"\x82" + len(content).to_bytes(2, "big")
        return head + content

    data = base64.urlsafe_b64encode(json.dumps(agreed).encode()).rstrip(b"=")
    inner = (1000).to_bytes(8, "big") + octets(b"g.payeefsp.msisdn.1") + octets(data) + b"\0"
    return base64.urlsafe_b64encode(b"\x01" + octets(inner)).rstrip(b"=").decode()


def test_the_agreement_of_a_transfer_can_be_read(scheme, hub):
    payer, payee = scheme.pair()
    agreed = {"transactionId": new_id(), "amount": {"currency": "USD", "amount": "10"}, "note": "é"}
    transfer = payer.pay(payee, ilpPacket=packet(agreed))
    assert hub.operate("GET", f"/transactions/{transfer}").json() == agreed
    for unknown in (new_id(), "%00", "x"):
        refused(hub, "GET", f"/transactions/{unknown}", None, 400, "3208")
