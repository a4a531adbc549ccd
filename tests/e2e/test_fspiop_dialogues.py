"""Routed resources through a real hub: bytes, headers and signatures survive, and what fails is told to who asked."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.e2e.fspiop_hub import (
    CONDITION,
    ENDPOINTS,
    error_body,
    fresh,
    hub_key,
    media,
    moment,
    new_id,
    signed,
    verified,
)

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = (
    KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)
OTP = "?authenticationType=OTP&retriesLeft=2&amount=102&currency=USD"
TYPES = {
    "fxQuotes": "FX_QUOTES",
    "bulkQuotes": "BULK_QUOTES",
    "transactionRequests": "TRX_REQ_SERVICE",
    "authorizations": "AUTHORIZATIONS",
    "transactions": "TRX_REQ_SERVICE",
}
ASKED = ("fxQuotes", "bulkQuotes", "transactionRequests")
MONEY = {"currency": "USD", "amount": "10"}
KIND = {"scenario": "PAYMENT", "initiator": "PAYEE", "initiatorType": "BUSINESS"}


def version(resource):
    return "2.0" if resource in ("fxQuotes", "services") else "1.1"


@pytest.fixture
def pair(scheme):
    return scheme.pair()


def party(dfsp):
    return {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "27713803912", "fspId": dfsp.name}}


def conversion(asker, asked, currency="USD"):
    return {
        "conversionId": new_id(), "initiatingFsp": asker.name, "counterPartyFsp": asked.name, "amountType": "SEND",
        "sourceAmount": MONEY, "targetAmount": {"currency": currency}, "expiration": moment(seconds=60),
    }  # fmt: skip


def request(resource, asker, asked, key):
    """A request of each kind."""
    match resource:
        case "fxQuotes":
            return {"conversionRequestId": key, "conversionTerms": conversion(asker, asked)}
        case "bulkQuotes":
            item = {"quoteId": new_id(), "transactionId": new_id(), "payee": party(asked), "amountType": "SEND"}
            quotes = [item | {"amount": MONEY, "transactionType": KIND}]
            return {"bulkQuoteId": key, "payer": party(asker), "individualQuotes": quotes}
        case _:
            parties = {"payee": party(asker), "payer": party(asked)["partyIdInfo"]}
            return {"transactionRequestId": key, **parties, "amount": MONEY, "transactionType": KIND}


def answer(resource, asker, asked):
    match resource:
        case "fxQuotes":
            return {"condition": CONDITION, "conversionTerms": conversion(asker, asked)}
        case "bulkQuotes":
            return {"expiration": moment(seconds=60), "individualQuoteResults": []}
        case "transactionRequests":
            return {"transactionRequestState": "RECEIVED", "transactionId": new_id()}
        case "authorizations":
            info = {"authentication": "U2F", "authenticationValue": {"pinValue": "x", "counter": "1"}}
            return {"responseType": "ENTERED", "authenticationInfo": info}
        case _:
            return {"transactionState": "COMPLETED", "code": "PICK42"}


def send(dfsp, method, path, body=None, to=None, **changed):
    dfsp.version = version(path.split("/")[1])
    return dfsp.send(method, path, body, to, **changed)


def odd(body):
    """A body as nobody's library writes it."""
    text = json.dumps(body, indent=2)
    return text.replace("{", "{\n ", 1).replace("USD", "\\u0055SD").encode() + b" \r\n"


def target(resource, key):
    return f"/{resource}/{key}" + (OTP if resource == "authorizations" else "")


@pytest.mark.parametrize("resource", TYPES)
def test_every_message_of_a_dialogue_goes_on_untouched(pair, resource):
    asker, asked = pair
    for dfsp in pair:
        dfsp.hub.operate("PUT", f"/participants/{dfsp.name}/keys", {"keys": [PEM]})
    key = new_id()
    path = f"/{resource}/{key}"
    steps = [
        (asked, asker, "PUT", path, odd(answer(resource, asker, asked)), 200),
        (asked, asker, "PUT", f"{path}/error", odd(error_body("3204", "Party not found")), 200),
    ]
    if resource in ASKED:
        steps.insert(0, (asker, asked, "POST", f"/{resource}", odd(request(resource, asker, asked, key)), 202))
    for sender, receiver, method, where, body, status in steps:
        sender.version = version(resource)
        headers = signed(KEY, method, where, sender.headers(method, resource, receiver.name), body)
        told = sender.send(method, where, body, receiver.name, **{n.replace("-", "_"): v for n, v in headers.items()})
        assert (told.status_code, told.content) == (status, b"")
        came = receiver.gets(method, where)
        assert (came.body, came.headers["fspiop-source"]) == (body, sender.name)
        assert verified(came, KEY.public_key())["FSPIOP-Destination"] == receiver.name
        assert ("accept" in came.headers) is (method == "POST")


@pytest.mark.parametrize("resource", TYPES)
def test_a_query_goes_on_with_its_query_string(pair, resource):
    asker, asked = pair
    where = target(resource, new_id())
    assert send(asker, "GET", where, to=asked.name).status_code == 202
    assert asked.gets("GET", where).headers["content-type"] == media(resource, version(resource))


@pytest.mark.parametrize("resource", TYPES)
def test_nobody_at_the_other_end_is_3201(pair, resource):
    asker, _ = pair
    key = new_id()
    send(asker, "GET", target(resource, key), to="nobody")
    told = asker.gets("PUT", f"/{resource}/{key}/error")
    assert (told.json["errorInformation"]["errorCode"], told.headers["fspiop-source"]) == ("3201", "Hub")
    assert told.headers["content-type"] == media(resource, told.headers["content-type"][-3:])
    assert verified(told, hub_key(asker.hub))["FSPIOP-Destination"] == asker.name


@pytest.mark.parametrize("resource", TYPES)
def test_no_endpoint_is_3201(scheme, resource):
    asker, asked = scheme.dfsp("asker"), scheme.dfsp("asked", without=(TYPES[resource],))
    key = new_id()
    send(asker, "GET", target(resource, key), to=asked.name)
    assert asker.refused(f"/{resource}/{key}").code == "3201"


REFUSALS = [
    ((404, json.dumps(error_body("3206", "No such request")).encode()), "3206", "No such request"),
    ((404, b""), "3200", ""),
    ((400, b"{}"), "3000", ""),
    ((503, b""), "1001", ""),
]


@pytest.mark.parametrize(("reply", "code", "text"), REFUSALS)
def test_a_receiver_that_refuses_is_reported_to_who_asked(pair, reply, code, text):
    asker, asked = pair
    asked.listener.answer = lambda _: reply
    keys = {resource: new_id() for resource in TYPES}
    for resource, key in keys.items():
        send(asker, "GET", target(resource, key), to=asked.name)
    for resource, key in keys.items():
        told = asker.refused(f"/{resource}/{key}")
        assert told.code == code
        assert text in told.text


def test_a_receiver_out_of_reach_is_1001(pair):
    asker, asked = pair
    asked.listener.close()
    keys = {resource: new_id() for resource in TYPES}
    for resource, key in keys.items():
        send(asker, "GET", target(resource, key), to=asked.name)
    assert {asker.refused(f"/{resource}/{key}").code for resource, key in keys.items()} == {"1001"}


@pytest.mark.parametrize("resource", ASKED)
def test_repeats_go_on_again_and_other_content_is_3106(pair, resource):
    asker, asked = pair
    key = new_id()
    body = request(resource, asker, asked, key)
    for _ in range(2):
        assert send(asker, "POST", f"/{resource}", body, asked.name).status_code == 202
    asked.gets("POST", f"/{resource}", times=2)
    extended = body | {"extensionList": {"extension": [{"key": "a", "value": "b"}]}}
    if resource == "fxQuotes":
        extended = body | {"conversionTerms": body["conversionTerms"] | {"amountType": "RECEIVE"}}
    send(asker, "POST", f"/{resource}", extended, asked.name)
    assert asker.refused(f"/{resource}/{key}").code == "3106"


def test_a_provider_without_the_other_currency_is_unsupported(pair):
    asker, asked = pair
    key = new_id()
    body = {"conversionRequestId": key, "conversionTerms": conversion(asker, asked, "KES")}
    send(asker, "POST", "/fxQuotes", body, asked.name)
    told = asker.refused(f"/fxQuotes/{key}")
    assert (told.code, told.text) == ("3100", f"Generic validation error - Unsupported participant '{asked.name}'")


def test_who_is_unknown_is_told_nothing_and_nobody_else_hears_of_it(pair):
    _, asked = pair
    key = new_id()
    answer_ = send(asked, "GET", f"/transactions/{key}", to=asked.name, FSPIOP_Source="ghost")
    assert answer_.status_code == 202
    asked.settled()
    assert asked.got("GET", f"/transactions/{key}") == []


@pytest.fixture
def provider(scheme):
    """A provider of conversions between dollars and shillings."""
    found = scheme.dfsp("fxp")
    found.hub.add(found.name, "KES", cap=1000, funds=1000)
    found.hub.operate("PUT", f"/participants/{found.name}/services", {"services": ["FXP"]})
    yield found
    found.hub.operate("PUT", f"/participants/{found.name}/services", {"services": []})


def test_the_hub_names_providers(scheme, provider):
    asker = scheme.dfsp("asker")
    for path, found in (("/services/FXP", True), ("/services/FXP/USD/KES", True), ("/services/FXP/USD/XOF", False)):
        assert send(asker, "GET", path).status_code == 202
        told = asker.gets("PUT", path)
        assert (provider.name in told.json["providers"]) is found
        assert told.headers["content-type"] == media("services", "2.0")
        assert verified(told, hub_key(asker.hub))["FSPIOP-URI"] == path


def test_the_third_party_endpoint_is_used_where_there_is_one(scheme, provider):
    asker = scheme.dfsp("asker")
    body = {"type": "TP_CB_URL_SERVICES_PUT", "value": asker.listener.url + "/tp/services/{{ServiceType}}"}
    asker.hub.operate("POST", f"/participants/{asker.name}/endpoints", body)
    send(asker, "GET", "/services/FXP/KES/USD")
    assert provider.name in asker.gets("PUT", "/tp/services/FXP/KES/USD").json["providers"]


def test_services_are_read_as_they_were_set_and_unknown_ones_refused(provider):
    path = f"/participants/{provider.name}/services"
    assert provider.hub.operate("GET", path).json() == {"services": ["FXP"]}
    assert provider.hub.operate("PUT", path, {"services": ["TAXI"]}, ok=False).status_code == 400
    assert (
        provider.hub.operate("PUT", f"/participants/{fresh('no')}/services", {"services": []}, ok=False).status_code
        >= 400
    )
    assert set(TYPES.values()) <= set(ENDPOINTS)
