"""Messages go on byte for byte with their headers and signatures; what the hub makes itself it signs itself."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.e2e.fspiop_hub import FULFILMENT, error_body, error_of, hub_key, media, new_id, signed, verified

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = (
    KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)
ODD = (
    ' {{ "expiration" :"{expiration}",\n\t"payerFsp":"{payer}", "condition":"{condition}","payeeFsp":"{payee}" ,'
    '"extensionList":{{"extension":[{{"value":"1.0E2 \\u00e9\\/\\ud83d\\ude00 é","key":"k"}}]}},'
    '"amount":{{"amount":"1","currency":"USD"}},"ilpPacket":"{packet}","transferId":"{id}"}}  \r\n'
)


@pytest.fixture
def pair(scheme):
    return scheme.pair()


def odd(payer, payee):
    """A prepare as nobody's library writes it."""
    plain = payer.prepare(payee.name)
    return plain["transferId"], ODD.format(
        expiration=plain["expiration"], payer=payer.name, payee=payee.name, condition=plain["condition"],
        packet=plain["ilpPacket"], id=plain["transferId"],
    ).encode()  # fmt: skip


def underscored(headers):
    return {name.replace("-", "_"): value for name, value in headers.items()}


def test_bytes_headers_and_signature_survive_the_hub(pair):
    payer, payee = pair
    payer.hub.operate("PUT", f"/participants/{payer.name}/keys", {"keys": [PEM]})
    _, body = odd(payer, payee)
    headers = signed(KEY, "POST", "/transfers", payer.headers("POST", "transfers", payee.name), body)
    more = {"FSPIOP-Encryption": "none", "X-Forwarded-For": "10.0.0.1", "tracestate": "a=b"}
    assert payer.send("POST", "/transfers", body, payee.name, **underscored(headers | more)).status_code == 202
    came = payee.gets("POST", "/transfers")
    assert came.body == body
    for name, value in (headers | more).items():
        assert came.headers[name.lower()] == value
    assert verified(came, KEY.public_key())["FSPIOP-Source"] == payer.name


def test_the_payee_s_answer_survives_too_and_loses_only_accept(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    path = f"/transfers/{transfer}"
    body = f'{{"transferState" : "COMMITTED","fulfilment":"{FULFILMENT}"}} '.encode()
    headers = signed(KEY, "PUT", path, payee.headers("PUT", "transfers", payer.name), body)
    payee.send("PUT", path, body, payer.name, **underscored(headers), Accept=media("transfers"))
    came = payer.gets("PUT", path)
    assert came.body == body
    assert "accept" not in came.headers
    verified(came, KEY.public_key())


def test_what_the_hub_makes_is_signed_by_the_hub(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    path = f"/transfers/{transfer}"
    payee.fulfil(transfer, payer, "RESERVED")
    for dfsp, method in ((payer, "PUT"), (payee, "PATCH")):
        protected = verified(dfsp.gets(method, path), hub_key(payer.hub))
        assert (protected["FSPIOP-URI"], protected["FSPIOP-HTTP-Method"]) == (path, method)
        assert (protected["FSPIOP-Source"], protected["FSPIOP-Destination"]) == ("Hub", dfsp.name)
        assert protected["Date"]
    unknown = f"/transfers/{new_id()}"
    payer.send("GET", unknown, to="Hub")
    verified(payer.gets("PUT", f"{unknown}/error"), hub_key(payer.hub))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: headers | {"FSPIOP-Signature": headers["FSPIOP-Signature"].replace("e", "f", 9)},
        lambda headers: headers | {"FSPIOP-URI": "/quotes"},
        lambda headers: headers | {"FSPIOP-HTTP-Method": "PUT"},
        lambda headers: headers | {"Date": "Fri, 20 Nov 2026 06:00:01 GMT"},
        lambda headers: headers | {"FSPIOP-Destination": "another"},
        lambda headers: {name: value for name, value in headers.items() if name != "FSPIOP-URI"},
        lambda headers: headers | {"FSPIOP-Signature": "no json"},
    ],
    ids=["signature", "uri", "method", "date", "destination", "no uri", "no json"],
)  # fmt: skip
def test_a_signature_that_does_not_fit_is_3105_and_nothing_goes_on(pair, spoil):
    payer, payee = pair
    payer.hub.operate("PUT", f"/participants/{payer.name}/keys", {"keys": [PEM]})
    body = json.dumps(payer.prepare(payee.name)).encode()
    headers = spoil(signed(KEY, "POST", "/transfers", payer.headers("POST", "transfers", payee.name), body))
    changed = {"FSPIOP-URI": None, "FSPIOP-HTTP-Method": None} | headers
    answer = payer.send("POST", "/transfers", body, payee.name, **underscored(changed))
    assert (answer.status_code, error_of(answer.content).code) == (400, "3105")
    payee.settled()
    assert payee.got("POST", "/transfers") == []


def test_a_body_changed_on_its_way_is_3105(pair):
    payer, payee = pair
    payer.hub.operate("PUT", f"/participants/{payer.name}/keys", {"keys": [PEM]})
    body = json.dumps(payer.prepare(payee.name)).encode()
    headers = signed(KEY, "POST", "/transfers", payer.headers("POST", "transfers", payee.name), body)
    answer = payer.send("POST", "/transfers", body + b" ", payee.name, **underscored(headers))
    assert error_of(answer.content).code == "3105"


def test_hub_made_messages_use_the_version_their_receiver_asks_for(pair):
    payer, _ = pair
    for version in ("1.0", "1.1", "2.0"):
        path = f"/transfers/{new_id()}"
        payer.send("GET", path, to="Hub", Accept=media("transfers", version))
        assert payer.gets("PUT", f"{path}/error").headers["content-type"] == media("transfers", version)


def test_a_trace_goes_on(pair):
    payer, payee = pair
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    payer.send("POST", "/transfers", payer.prepare(payee.name), payee.name, traceparent=trace)
    assert payee.gets("POST", "/transfers").headers["traceparent"].split("-")[1] == trace.split("-")[1]


def test_a_receiver_that_is_away_gets_its_result_later(pair):
    payer, payee = pair
    tries = []

    def reluctant(message):
        tries.append(message.path)
        return 503 if len(tries) < 3 else 200

    transfer = payer.pay(payee)
    payer.listener.answer = reluctant
    payee.send("PUT", f"/transfers/{transfer}/error", error_body("5104"), payer.name)
    payer.gets("PUT", f"/transfers/{transfer}/error", times=3)
    payer.listener.answer = lambda _: 200
    assert payer.send("GET", f"/transfers/{transfer}", to="Hub").status_code == 202
    assert payer.gets("PUT", f"/transfers/{transfer}").json["transferState"] == "ABORTED"
