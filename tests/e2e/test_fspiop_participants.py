"""Registration of parties: one by one and in batches, in the built-in registry and in HTTP oracles."""

import json

import pytest

from tests.e2e.fspiop_hub import Scheme, error_body, error_of, fresh, new_id
from tests.e2e.hub import running_hub


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
    [("POST", 201, None), ("PUT", 200, None), ("POST", 400, "3003"), ("PUT", 500, "3003")],
)
def test_an_http_oracle_is_told_and_its_answer_counts(scheme, fsp, method, reply, wanted):
    oracle = scheme.oracle(lambda _: reply, "BUSINESS")
    path = "/participants/BUSINESS/acme"
    fsp.send(method, path, {"fspId": fsp.name, "currency": "USD"} if method == "POST" else {"fspId": fsp.name})
    if wanted is None:
        assert fsp.name in fsp.gets("PUT", path).body.decode()
    else:
        assert fsp.refused(path).code == wanted
    asked = oracle.wait(lambda each: each.method == method)
    assert asked.path == path
    assert asked.headers["fspiop-source"] == fsp.name
    if method == "POST":
        assert json.loads(asked.body) == {"fspId": fsp.name, "currency": "USD"}


def test_an_http_oracle_gets_the_sub_id_with_a_registration_and_asked_for_with_a_lookup(scheme, fsp):
    found = json.dumps({"partyList": [{"fspId": fsp.name, "partySubIdOrType": "SHOP"}]}).encode()
    oracle = scheme.oracle(lambda asked: 201 if asked.method == "POST" else (200, found), "BUSINESS")
    path = "/participants/BUSINESS/acme/SHOP"
    fsp.send("POST", path, {"fspId": fsp.name})
    assert fsp.gets("PUT", path).json["partyList"][0]["partySubIdOrType"] == "SHOP"
    assert json.loads(oracle.got[0].body) == {"fspId": fsp.name, "partySubIdOrType": "SHOP"}
    fsp.send("GET", f"{path}?currency=USD")
    assert fsp.gets("PUT", path, times=2).json == {"fspId": fsp.name}
    assert oracle.got[1].path == "/participants/BUSINESS/acme?currency=USD&partySubIdOrType=SHOP"


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISOLOOP_CHECK_HOLDER", "true")
        with running_hub(tmp_path_factory.mktemp("checked")) as hub:
            patch.undo()
            scheme = Scheme(hub)
            yield scheme, scheme.dfsp()
            scheme.close()


@pytest.mark.parametrize(
    ("holder", "status", "wanted"),
    [("mine", 204, None), ("mine", 404, "3040"), ("other", 204, "3040"), (None, 204, "3204")],
)
def test_only_the_holder_takes_a_party_out_of_an_http_oracle_that_is_asked(checked, holder, status, wanted):
    scheme, fsp = checked
    entries = [{"fspId": fsp.name if holder == "mine" else "other"}] if holder else []
    reply = json.dumps({"partyList": entries}).encode()
    kind = {"mine204": "BUSINESS", "mine404": "ALIAS", "other204": "DEVICE"}.get(f"{holder}{status}", "PERSONAL_ID")
    oracle = scheme.oracle(lambda asked: (200, reply) if asked.method == "GET" else status, kind)
    path = f"/participants/{kind}/acme"
    fsp.send("DELETE", f"{path}?currency=USD")
    if wanted is None:
        assert fsp.gets("PUT", path).json == {"fspId": fsp.name}
    else:
        assert fsp.refused(path).code == wanted
    methods = [each.method for each in oracle.got]
    assert methods == (["GET", "DELETE"] if holder == "mine" else ["GET"])
    assert {each.path for each in oracle.got} == {f"{path}?currency=USD"}


@pytest.mark.parametrize(("status", "wanted"), [(204, None), (404, "3040")])
def test_an_http_oracle_takes_a_party_out_as_it_is_told(scheme, fsp, status, wanted):
    oracle = scheme.oracle(lambda _: status, "BUSINESS")
    path = "/participants/BUSINESS/acme/SHOP"
    fsp.send("DELETE", path)
    if wanted is None:
        assert fsp.gets("PUT", path).json == {"fspId": fsp.name}
    else:
        assert fsp.refused(path).code == wanted
    told = [(each.method, each.path) for each in oracle.got]
    assert told == [("DELETE", "/participants/BUSINESS/acme?partySubIdOrType=SHOP")]


def test_a_batch_is_one_question_to_each_http_oracle(scheme, fsp):
    taken, refused = entry(fsp, "BUSINESS", "acme"), entry(fsp, "BUSINESS", "bolt", partySubIdOrType="SHOP")
    because = {"errorCode": "3003", "errorDescription": "Taken"}
    reply = json.dumps({"partyList": [{"partyId": taken}, {"partyId": refused, "errorInformation": because}]}).encode()
    oracle = scheme.oracle(lambda _: (201, reply), "BUSINESS")
    consent = scheme.oracle(lambda _: 500, "CONSENT")
    request, third = new_id(), entry(fsp, "CONSENT", new_id())
    fsp.send("POST", "/participants", {"requestId": request, "partyList": [third, taken, entry(fsp), refused]})
    told = fsp.gets("PUT", f"/participants/{request}").json["partyList"]
    codes = {one["partyId"]["partyIdentifier"]: one.get("errorInformation", {}).get("errorCode") for one in told}
    assert (codes["acme"], codes["bolt"], codes[third["partyIdentifier"]], len(codes)) == (None, "3003", "3003", 4)
    assert [(each.method, each.path) for each in oracle.got + consent.got] == [("POST", "/participants")] * 2
    assert json.loads(oracle.got[0].body) == {"requestId": request, "partyList": [taken, refused]}


@pytest.mark.parametrize("kind", ["CONSENT", "THIRD_PARTY_LINK"])
def test_consents_and_account_links_are_registered_like_parties(scheme, fsp, kind):
    scheme.hub.operate("POST", "/oracles", builtin := {
        "oracleIdType": kind, "endpoint": {"value": "builtin:registry", "endpointType": "URL"},
    })  # fmt: skip
    path = f"/participants/{kind}/{new_id()}"
    fsp.send("POST", path, {"fspId": fsp.name})
    assert fsp.gets("PUT", path).json["partyList"][0]["partyIdType"] == kind
    fsp.send("GET", path)
    assert fsp.gets("PUT", path, times=2).json == {"fspId": fsp.name}
    assert error_of(fsp.send("GET", path.replace("participants", "parties")).content).code == "3100"
    for oracle in scheme.hub.operate("GET", f"/oracles?type={builtin['oracleIdType']}").json():
        scheme.hub.operate("DELETE", f"/oracles/{oracle['oracleId']}")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/participants/MSISDN/4711/error", error_body("3204", "Party not found")),
        ("/participants/MSISDN/4711/SHOP/error", error_body("3003")),
        ("/participants/{id}", {"partyList": [{"partyId": {"partyIdType": "MSISDN", "partyIdentifier": "1"}}]}),
        ("/participants/{id}/error", error_body("2001")),
    ],
)
def test_a_result_that_a_participant_sends_is_passed_on(scheme, fsp, path, body):
    other, path, sent = scheme.dfsp(), path.format(id=new_id()), json.dumps(body, indent=2).encode()
    assert fsp.send("PUT", path, sent, other.name).status_code == 200
    told = other.gets("PUT", path)
    assert (told.body, told.headers["fspiop-source"]) == (sent, fsp.name)
    fsp.send("PUT", path, sent, "nobody")
    assert fsp.refused(path.removesuffix("/error")).code == "3201"


def test_a_change_is_seen_by_the_next_lookup(scheme):
    path, asker = f"/participants/MSISDN/{number()}", scheme.dfsp()
    for turn, holder in enumerate((scheme.dfsp(), scheme.dfsp()), 1):
        holder.send("POST", path, {"fspId": holder.name})
        holder.gets("PUT", path)
        asker.send("GET", path)
        assert asker.gets("PUT", path, times=turn).json == {"fspId": holder.name}
        holder.send("DELETE", path)
        holder.gets("PUT", path, times=2)


def test_a_lookup_in_an_http_oracle_gives_its_first_entry(scheme, fsp):
    reply = json.dumps({"partyList": [{"fspId": "first"}, {"fspId": "second"}]}).encode()
    scheme.oracle(lambda _: (200, reply), "BUSINESS")
    fsp.send("GET", "/participants/BUSINESS/acme")
    assert fsp.gets("PUT", "/participants/BUSINESS/acme").json == {"fspId": "first"}
