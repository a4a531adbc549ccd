"""Registration of parties: one by one and in batches, in the built-in registry and in HTTP oracles."""

import json

import pytest

from tests.e2e.fspiop_hub import error_of, fresh, new_id


@pytest.fixture
def fsp(scheme):
    return scheme.dfsp()


def number():
    return str(int(fresh("")[-6:], 16)) + "28"


def entry(dfsp, kind="MSISDN", identifier=None, **more):
    return {"partyIdType": kind, "partyIdentifier": identifier or number(), "fspId": dfsp.name, **more}


def test_a_registration_is_told_with_its_entry_and_found_afterwards(scheme, fsp):
    path, other = f"/participants/MSISDN/{number()}", scheme.dfsp()
    answer = fsp.send("POST", path, {"fspId": fsp.name, "currency": "USD"})
    assert (answer.status_code, answer.content) == (202, b"")
    told = fsp.gets("PUT", path)
    kind, identifier = path.split("/")[2:]
    listed = {"partyIdType": kind, "partyIdentifier": identifier, "fspId": fsp.name}
    assert told.json == {"partyList": [listed], "currency": "USD"}
    assert told.headers["fspiop-source"] == "Hub"
    other.send("GET", path)
    assert other.gets("PUT", path).json == {"fspId": fsp.name}


def test_a_sub_id_has_its_own_callback(fsp):
    path = f"/participants/MSISDN/{number()}/SHOP"
    fsp.send("POST", path, {"fspId": fsp.name})
    assert fsp.gets("PUT", path).json["partyList"][0]["partySubIdOrType"] == "SHOP"


def test_a_party_nobody_holds_is_3204(fsp):
    path = f"/participants/MSISDN/{number()}"
    fsp.send("GET", path)
    assert fsp.refused(path) == ("3204", "Party not found")


def test_a_type_without_oracle_is_3003(fsp):
    path = "/participants/PERSONAL_ID/7"
    fsp.send("POST", path, {"fspId": fsp.name})
    assert fsp.refused(path) == ("3003", "Add Party information error - Oracle type: PERSONAL_ID not found")


def test_an_update_is_told_like_a_registration(fsp):
    path = f"/participants/MSISDN/{number()}"
    fsp.send("POST", path, {"fspId": fsp.name})
    fsp.gets("PUT", path)
    assert fsp.send("PUT", path, {"fspId": fsp.name}).status_code == 200
    assert fsp.gets("PUT", path, times=2).json["partyList"][0]["fspId"] == fsp.name


def test_what_is_deleted_is_gone_and_only_its_holder_can_delete_it(scheme, fsp):
    path, other = f"/participants/MSISDN/{number()}", scheme.dfsp()
    fsp.send("POST", path, {"fspId": fsp.name})
    fsp.gets("PUT", path)
    assert other.send("DELETE", path).status_code == 202
    assert other.refused(path).code == "3040"
    fsp.send("DELETE", path)
    assert fsp.gets("PUT", path, times=2).json == {"fspId": fsp.name}
    fsp.send("GET", path)
    assert fsp.refused(path).code == "3204"


def test_a_party_held_by_another_is_not_taken_over(scheme, fsp):
    path, other = f"/participants/MSISDN/{number()}", scheme.dfsp()
    fsp.send("POST", path, {"fspId": fsp.name})
    fsp.gets("PUT", path)
    other.send("POST", path, {"fspId": other.name})
    assert other.refused(path).code == "3003"


def test_a_batch_is_told_entry_by_entry(scheme, fsp):
    other = scheme.dfsp()
    entries = [entry(fsp), entry(other), entry(fsp, "PERSONAL_ID", "7")]
    request = new_id()
    answer = fsp.send("POST", "/participants", {"requestId": request, "partyList": entries, "currency": "USD"})
    assert (answer.status_code, answer.content) == (202, b"")
    told = fsp.gets("PUT", f"/participants/{request}").json
    assert told["currency"] == "USD"
    codes = {
        one["partyId"]["partyIdentifier"]: one.get("errorInformation", {}).get("errorCode") for one in told["partyList"]
    }
    wanted = [None, "3204", "3003"]
    assert codes == {each["partyIdentifier"]: code for each, code in zip(entries, wanted, strict=True)}


def test_a_batch_without_entries_is_refused_at_once(fsp):
    answer = fsp.send("POST", "/participants", {"requestId": new_id(), "partyList": []})
    assert (answer.status_code, error_of(answer.content).code) == (400, "3100")


@pytest.mark.parametrize(
    ("method", "reply", "wanted"),
    [
        ("POST", 201, None), ("PUT", 200, None), ("DELETE", 204, None),
        ("POST", 400, "3003"), ("PUT", 500, "3003"), ("DELETE", 404, "3040"),
    ],
)  # fmt: skip
def test_an_http_oracle_is_told_and_its_answer_counts(scheme, fsp, method, reply, wanted):
    oracle = scheme.oracle(lambda _: reply, "BUSINESS")
    path = "/participants/BUSINESS/acme"
    body = None if method == "DELETE" else {"fspId": fsp.name, "currency": "USD"}
    if method == "PUT":
        body = {"fspId": fsp.name}
    fsp.send(method, path, body)
    if wanted is None:
        assert fsp.name in fsp.gets("PUT", path).body.decode()
    else:
        assert fsp.refused(path).code == wanted
    asked = oracle.wait(lambda each: each.method == method)
    assert asked.path.startswith(path)
    if method == "POST":
        assert json.loads(asked.body) == {"fspId": fsp.name, "currency": "USD"}


def test_a_lookup_in_an_http_oracle_gives_its_first_entry(scheme, fsp):
    reply = json.dumps({"partyList": [{"fspId": "first"}, {"fspId": "second"}]}).encode()
    scheme.oracle(lambda _: (200, reply), "BUSINESS")
    fsp.send("GET", "/participants/BUSINESS/acme")
    assert fsp.gets("PUT", "/participants/BUSINESS/acme").json == {"fspId": "first"}
