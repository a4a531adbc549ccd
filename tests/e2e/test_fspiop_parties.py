"""Lookup of parties: by destination, by the built-in registry, by HTTP oracles, and every way it can fail."""

import json

import pytest

from tests.e2e.fspiop_hub import error_body, error_of, fresh
from tests.e2e.hub import CURRENCIES

PARTY = {"party": {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "1", "fspId": "x"}, "name": "Ann"}}


@pytest.fixture
def pair(scheme):
    return scheme.pair()


def number():
    return str(int(fresh("")[-6:], 16)) + "27"


def register(dfsp, path, **more):
    assert dfsp.send("POST", f"/participants/{path}", {"fspId": dfsp.name, **more}).status_code == 202
    dfsp.gets("PUT", f"/participants/{path}")


def test_with_a_destination_the_question_goes_there_without_an_oracle(pair):
    payer, payee = pair
    path = "/parties/DEVICE/4711?currency=USD"
    answer = payer.send("GET", path, to=payee.name)
    assert (answer.status_code, answer.content) == (202, b"")
    asked = payee.gets("GET", path)
    assert (asked.headers["fspiop-source"], asked.headers["fspiop-destination"]) == (payer.name, payee.name)
    assert asked.headers["accept"]


def test_the_answer_goes_back_byte_for_byte(pair):
    payer, payee = pair
    path, body = "/parties/MSISDN/4711", json.dumps(PARTY, indent=3).encode()
    assert payee.send("PUT", path, body, payer.name).status_code == 200
    told = payer.gets("PUT", path)
    assert (told.body, told.headers["fspiop-source"]) == (body, payee.name)
    payee.send("PUT", f"{path}/error", error_body("5107"), payer.name)
    assert payer.refused(path).code == "5107"


def test_without_a_destination_the_registry_knows_whom_to_ask(pair):
    payer, payee = pair
    party = f"MSISDN/{number()}"
    register(payee, party)
    payer.send("GET", f"/parties/{party}")
    asked = payee.gets("GET", f"/parties/{party}")
    assert asked.headers["fspiop-destination"] == payee.name


def test_a_destination_that_is_not_in_the_scheme_makes_it_a_discovery(pair):
    payer, payee = pair
    party = f"MSISDN/{number()}"
    register(payee, party)
    payer.send("GET", f"/parties/{party}", to="nobody")
    payee.gets("GET", f"/parties/{party}")


def test_a_sub_id_finds_only_its_own_entry(pair):
    payer, payee = pair
    party = f"MSISDN/{number()}"
    register(payee, f"{party}/SHOP")
    payer.send("GET", f"/parties/{party}/SHOP")
    payee.gets("GET", f"/parties/{party}/SHOP")
    payer.send("GET", f"/parties/{party}")
    assert payer.refused(f"/parties/{party}").code == "3200"
    payer.send("GET", f"/parties/{party}/OTHER")
    assert payer.refused(f"/parties/{party}/OTHER").code == "3200"
    payee.send("PUT", f"/parties/{party}/SHOP/error", error_body("5107"), payer.name)
    assert payer.refused(f"/parties/{party}/SHOP").code == "5107"


def test_every_fsp_that_holds_the_party_is_asked(scheme):
    payer, first, second = scheme.dfsp(), scheme.dfsp(), scheme.dfsp()
    party = f"MSISDN/{number()}"
    register(first, party, currency="USD")
    register(second, party, currency="EUR")
    payer.send("GET", f"/parties/{party}")
    for fsp in (first, second):
        fsp.gets("GET", f"/parties/{party}")
    payer.send("GET", f"/parties/{party}?currency=EUR")
    second.gets("GET", f"/parties/{party}?currency=EUR")
    payer.settled()
    assert first.got("GET", f"/parties/{party}?currency=EUR") == []


def test_a_party_nobody_registered_is_3204(pair):
    payer, _ = pair
    path = f"/parties/MSISDN/{number()}"
    payer.send("GET", path)
    assert payer.refused(path) == ("3204", "Party not found")


def test_a_type_without_oracle_is_3003(pair):
    payer, _ = pair
    payer.send("GET", "/parties/DEVICE/1")
    told = payer.refused("/parties/DEVICE/1")
    assert told == ("3003", "Add Party information error - Oracle type: DEVICE not found")


def test_a_type_that_is_none_is_refused_at_once(pair):
    answer = pair[0].send("GET", "/parties/PASSPORT/1")
    assert (answer.status_code, error_of(answer.content).code) == (400, "3100")


@pytest.mark.parametrize("path", ["MSISDN/abc", "MSISDN/%2B", "IBAN/xx", "EMAIL/nobody"])
def test_an_identifier_that_is_none_is_3101_by_callback(pair, path):
    payer, _ = pair
    assert payer.send("GET", f"/parties/{path}").status_code == 202
    told = payer.listener.wait(lambda each: each.path.startswith("/parties/") and each.path.endswith("/error"))
    assert error_of(told.body).code == "3101"


@pytest.mark.parametrize("resource", ["parties", "participants"])
@pytest.mark.parametrize("path", ["d%2F1", "d%2F1/s%2F2", "d%252F1", "50%25"])
def test_what_parts_paths_may_stand_in_an_identifier(pair, resource, path):
    asker, other = pair
    path = f"/{resource}/ACCOUNT_ID/{path}"
    asker.send("GET", path)
    assert asker.refused(path).code == "3204"
    asker.send("PUT", f"{path}/error", error_body("3204"), fresh("nobody"))
    assert asker.gets("PUT", f"{path}/error", 2).headers["fspiop-uri"] == f"{path}/error"
    asker.send("PUT", f"{path}/error", error_body("3204"), other.name)
    assert other.refused(path).code == "3204"


def test_an_answer_to_nobody_is_3201(pair):
    payee = pair[1]
    payee.send("PUT", "/parties/MSISDN/4712", PARTY, "nobody")
    assert payee.refused("/parties/MSISDN/4712").code == "3201"


def test_a_destination_without_endpoint_is_3201(scheme):
    payer, payee = scheme.dfsp(), scheme.dfsp(without=("PARTIES_GET",))
    payer.send("GET", "/parties/MSISDN/4713", to=payee.name)
    assert payer.refused("/parties/MSISDN/4713").code == "3201"


@pytest.mark.parametrize(
    ("reply", "code"),
    [(404, "3200"), (400, "3000"), ((400, json.dumps(error_body("5400", "Blocked")).encode()), "5400")],
)
def test_what_a_destination_refuses_is_told_to_the_asker(pair, reply, code):
    payer, payee = pair
    payee.listener.answer = lambda _: reply
    payer.send("GET", "/parties/MSISDN/4714", to=payee.name)
    told = payer.refused("/parties/MSISDN/4714")
    assert told.code == code
    if code == "5400":
        assert told.text == "Blocked"


def test_a_destination_that_is_not_there_is_1001(pair):
    payer, payee = pair
    payee.listener.close()
    payer.send("GET", "/parties/MSISDN/4715", to=payee.name)
    assert payer.refused("/parties/MSISDN/4715").code == "1001"


ORACLE = [
    ((200, b'{"partyList":[]}'), "3204"),
    ((400, b"{}"), "3204"),
    ((404, b"{}"), "3201"),
    ((500, b""), "1001"),
    ((200, b'{"partyList":[{"fspId":"nobody"}]}'), "3201"),
    ((200, b'{"partyList":[{"fspId":"nobody","partySubIdOrType":"SHOP"}]}'), "3200"),
    ((200, b"no json"), "3204"),
]


@pytest.mark.parametrize(("reply", "code"), ORACLE)
def test_an_http_oracle_that_finds_nobody(scheme, reply, code):
    payer = scheme.dfsp()
    oracle = scheme.oracle(lambda _: reply, "BUSINESS")
    payer.send("GET", "/parties/BUSINESS/acme")
    assert payer.refused("/parties/BUSINESS/acme").code == code
    asked = oracle.wait(lambda each: each.path.startswith("/participants/BUSINESS/acme"))
    assert asked.headers["content-type"].startswith("application/vnd.interoperability.participants+json")


def test_an_http_oracle_that_is_away_is_1001(scheme):
    payer = scheme.dfsp()
    scheme.oracle(lambda _: 200, "BUSINESS").close()
    payer.send("GET", "/parties/BUSINESS/acme")
    assert payer.refused("/parties/BUSINESS/acme").code == "1001"


def test_an_http_oracle_that_knows_the_fsps(scheme):
    payer, payee = scheme.pair()
    reply = json.dumps({"partyList": [{"fspId": payee.name, "currency": "USD"}]}).encode()
    oracle = scheme.oracle(lambda _: (200, reply), "BUSINESS")
    payer.send("GET", "/parties/BUSINESS/a%20b?currency=USD")
    told = payer.refused("/parties/BUSINESS/a%20b")
    assert told.code == "3101"
    payer.send("GET", "/parties/BUSINESS/acme?currency=USD")
    payee.gets("GET", "/parties/BUSINESS/acme?currency=USD")
    assert oracle.got[0].path == "/participants/BUSINESS/acme?currency=USD"
    assert oracle.got[0].headers["fspiop-source"] == payer.name


def test_the_currency_chooses_the_oracle(scheme):
    payer, payee = scheme.pair()
    reply = json.dumps({"partyList": [{"fspId": payee.name}]}).encode()
    euro = scheme.oracle(lambda _: (200, reply), "ALIAS", "EUR")
    kes = scheme.oracle(lambda _: (404, b""), "ALIAS", "KES")
    payer.send("GET", "/parties/ALIAS/ann?currency=EUR")
    payee.gets("GET", "/parties/ALIAS/ann?currency=EUR")
    assert (len(euro.got), len(kes.got)) == (1, 0)
    assert "EUR" in CURRENCIES
    payer.send("GET", "/parties/ALIAS/ann?currency=USD")
    told = payer.refused("/parties/ALIAS/ann")
    assert told == ("3003", "Add Party information error - Oracle type: ALIAS and currency: USD not found")


def test_a_party_of_its_own_is_asked_of_the_asker(scheme):
    owner, party = scheme.dfsp(), f"MSISDN/{number()}"
    register(owner, party)
    owner.send("GET", f"/parties/{party}")
    assert owner.gets("GET", f"/parties/{party}").headers["fspiop-destination"] == owner.name


def test_a_sender_that_is_not_in_the_scheme_is_3200_if_it_can_be_told(pair):
    payer, _ = pair
    payer.hub.operate("PUT", f"/participants/{payer.name}", {"isActive": False})
    payer.send("GET", "/parties/MSISDN/4716")
    assert payer.refused("/parties/MSISDN/4716").code == "3200"
