"""Quotes: forwarded untouched, repeats and changes told apart, and every way a quote cannot be asked for."""

import json

import pytest

from tests.e2e.fspiop_hub import CONDITION, error_body, error_of, media, moment, new_id


@pytest.fixture
def pair(scheme):
    return scheme.pair()


def party(dfsp, identifier="27713803912", **more):
    return {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": identifier, "fspId": dfsp.name}, **more}


def request(payer, payee, /, **changed):
    return {
        "quoteId": new_id(),
        "transactionId": new_id(),
        "payer": party(payer),
        "payee": party(payee),
        "amountType": "SEND",
        "amount": {"currency": "USD", "amount": "10"},
        "transactionType": {"scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER"},
        **changed,
    }


def terms(currency="USD"):
    return {
        "transferAmount": {"currency": currency, "amount": "10"},
        "expiration": moment(seconds=60),
        "ilpPacket": "AYICbQ",
        "condition": CONDITION,
    }


def ask(payer, payee, /, **changed):
    body = request(payer, payee, **changed)
    assert payer.send("POST", "/quotes", body, payee.name).status_code == 202
    return body["quoteId"]


def test_request_and_answer_go_on_byte_for_byte(pair):
    payer, payee = pair
    body = json.dumps(request(payer, payee), indent=1).encode() + b" "
    answer = payer.send("POST", "/quotes", body, payee.name)
    assert (answer.status_code, answer.content) == (202, b"")
    assert payee.gets("POST", "/quotes").body == body
    path = f"/quotes/{json.loads(body)['quoteId']}"
    given = json.dumps(terms(), indent=2).encode()
    assert payee.send("PUT", path, given, payer.name).status_code == 200
    told = payer.gets("PUT", path)
    assert (told.body, told.headers["fspiop-source"]) == (given, payee.name)
    assert "accept" not in told.headers


def test_an_error_goes_on(pair):
    payer, payee = pair
    quote = ask(payer, payee)
    body = error_body("5101", "Payee rejected quote")
    payee.send("PUT", f"/quotes/{quote}/error", body, payer.name)
    assert payer.gets("PUT", f"/quotes/{quote}/error").json == body


def test_a_query_goes_on(pair):
    payer, payee = pair
    path = f"/quotes/{new_id()}"
    payer.send("GET", path, to=payee.name)
    payee.gets("GET", path)


def test_a_repeat_goes_on_again_and_other_content_is_3106(pair):
    payer, payee = pair
    body = request(payer, payee)
    path = f"/quotes/{body['quoteId']}"
    for _ in range(2):
        payer.send("POST", "/quotes", body, payee.name)
    payee.gets("POST", "/quotes", times=2)
    payer.send("POST", "/quotes", body | {"note": "other"}, payee.name)
    assert payer.refused(path).code == "3106"
    payee.send("PUT", path, terms(), payer.name)
    payer.gets("PUT", path)
    payee.send("PUT", path, terms() | {"ilpPacket": "AYIC"}, payer.name)
    assert payee.refused(path).code == "3106"


def test_an_unknown_destination_is_3201(pair):
    payer, payee = pair
    body = request(payer, payee)
    payer.send("POST", "/quotes", body, "nobody")
    told = payer.refused(f"/quotes/{body['quoteId']}")
    assert told.code == "3201"
    assert "Unsupported participant 'nobody'" in told.text


def test_no_destination_is_refused_at_once(pair):
    payer, payee = pair
    answer = payer.send("POST", "/quotes", request(payer, payee))
    assert (answer.status_code, error_of(answer.content).code) == (400, "3102")


def test_a_destination_without_account_in_the_currency_is_unsupported(pair):
    payer, payee = pair
    quote = ask(payer, payee, amount={"currency": "KES", "amount": "1"})
    assert payer.refused(f"/quotes/{quote}").code == "3201"
    supported = {"payer": party(payer, supportedCurrencies=["USD"])}
    ask(payer, payee, amount={"currency": "KES", "amount": "1"}, **supported)
    payee.gets("POST", "/quotes")
    quote = ask(payer, payee, payer=party(payer, supportedCurrencies=["EUR"]))
    assert payer.refused(f"/quotes/{quote}").code == "3202"


@pytest.mark.parametrize(("side", "code"), [("payer", "3202"), ("payee", "3201")])
def test_an_fsp_in_the_body_that_does_not_exist_is_unsupported(pair, side, code):
    payer, payee = pair
    unknown = party(payer)
    unknown["partyIdInfo"]["fspId"] = "nobody"
    quote = ask(payer, payee, **{side: unknown})
    assert payer.refused(f"/quotes/{quote}").code == code


def test_an_inactive_destination_is_unsupported(pair):
    payer, payee = pair
    payer.hub.operate("PUT", f"/participants/{payee.name}", {"isActive": False})
    assert payer.refused(f"/quotes/{ask(payer, payee)}").code == "3201"


def test_an_answer_in_a_currency_without_account_is_unsupported(pair):
    payer, payee = pair
    quote = ask(payer, payee)
    payee.send("PUT", f"/quotes/{quote}", terms("KES"), payer.name)
    assert payee.refused(f"/quotes/{quote}").code == "3201"


def test_an_answer_by_another_than_the_asked_one_is_refused(scheme):
    payer, payee = scheme.pair()
    stranger = scheme.dfsp()
    quote = ask(payer, payee)
    stranger.send("PUT", f"/quotes/{quote}", terms(), payer.name)
    assert stranger.refused(f"/quotes/{quote}").code == "3100"
    payee.send("PUT", f"/quotes/{quote}", terms(), payer.name)
    payer.gets("PUT", f"/quotes/{quote}")


def test_a_destination_without_endpoint_is_3201(scheme):
    payer, payee = scheme.dfsp(), scheme.dfsp(without=("QUOTES",))
    assert payer.refused(f"/quotes/{ask(payer, payee)}").code == "3201"


MORE = {"extensionList": {"extension": [{"key": "k", "value": "v"}]}}


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (404, "3200"),
        (400, "3000"),
        ((400, json.dumps(error_body("5103", "No", **MORE)).encode()), "5103"),
    ],
)
def test_what_a_destination_refuses_is_told_to_the_asker(pair, reply, code):
    payer, payee = pair
    payee.listener.answer = lambda _: reply
    quote = ask(payer, payee)
    assert payer.refused(f"/quotes/{quote}").code == code
    if code == "5103":
        assert (
            payer.gets("PUT", f"/quotes/{quote}/error").json["errorInformation"]["extensionList"]
            == MORE["extensionList"]
        )


def test_a_destination_s_refusal_of_the_version_comes_back(pair):
    payer, payee = pair
    supported = {"extensionList": {"extension": [{"key": "1", "value": "0"}]}}
    refusal = json.dumps(error_body("3001", "Unacceptable version", **supported)).encode()
    payee.listener.answer = lambda _: (406, refusal)
    quote = ask(payer, payee)
    assert payer.refused(f"/quotes/{quote}").code == "3001"


def test_a_destination_that_is_not_there_is_1001(pair):
    payer, payee = pair
    payee.listener.close()
    assert payer.refused(f"/quotes/{ask(payer, payee)}").code == "1001"


def test_a_property_the_definition_does_not_have_is_3103(pair):
    payer, payee = pair
    answer = payer.send("POST", "/quotes", request(payer, payee) | {"more": 1}, payee.name)
    assert (answer.status_code, error_of(answer.content).code) == (400, "3103")
    answer = payer.send("GET", "/quotes/no-id", to=payee.name)
    assert (answer.status_code, error_of(answer.content).code) == (400, "3100")


def test_an_answer_with_accept_is_refused_at_once(pair):
    payer, payee = pair
    answer = payee.send("PUT", f"/quotes/{new_id()}", terms(), payer.name, Accept=media("quotes"))
    assert (answer.status_code, error_of(answer.content).code) == (400, "3100")
