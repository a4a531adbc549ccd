"""A scheme's own rules on quotes, from the file to the callback."""

import json

import pytest

from tests.e2e.fspiop_hub import Scheme, moment, new_id
from tests.e2e.hub import running_hub

TIERS = [
    {
        "title": "tier 1 pays no more than 100",
        "conditions": {
            "all": [
                {
                    "fact": "payload",
                    "path": "$.extensionList.extension[?(@.key == 'tier')].value",
                    "operator": "contains",
                    "value": "1",
                },
                {"fact": "payload", "path": "$.amount.amount", "operator": "greaterThan", "value": 100},
            ]
        },
        "event": {
            "type": "INVALID_QUOTE_REQUEST",
            "params": {"FSPIOPError": "4240", "message": "over the tier's limit"},
        },
    },
    {
        "title": "what is marked goes to the broker",
        "conditions": {"fact": "headers", "path": "$.x-broker", "operator": "truthy", "value": True},
        "event": {
            "type": "INTERCEPT_QUOTE",
            "params": {"rerouteToFsp": "broker", "additionalHeaders": {"X-Rerouted": "yes"}},
        },
    },
]


@pytest.fixture(scope="module")
def ruled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ruled")
    file = folder / "rules.json"
    file.write_text(json.dumps(TIERS))
    settings = folder / "isoloop.toml"
    settings.write_text(f'quote_rules = "{file}"\n')
    with running_hub(folder, config=str(settings)) as hub:
        scheme = Scheme(hub)
        yield scheme
        scheme.close()


@pytest.fixture(scope="module")
def pair(ruled):
    return ruled.pair()


def quote(payer, payee, amount, **more):
    parties = {
        role: {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "1", "fspId": dfsp.name}}
        for role, dfsp in (("payer", payer), ("payee", payee))
    }
    return {
        "quoteId": new_id(), "transactionId": new_id(), **parties, "amountType": "SEND",
        "amount": {"currency": "USD", "amount": amount}, "expiration": moment(seconds=60),
        "transactionType": {"scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER"},
        "extensionList": {"extension": [{"key": "tier", "value": "1"}]}, **more,
    }  # fmt: skip


def test_a_rule_refuses_and_what_it_does_not_catch_goes_on(pair):
    payer, payee = pair
    small, large = quote(payer, payee, "100"), quote(payer, payee, "100.01")
    for body in (large, small):
        assert payer.send("POST", "/quotes", body, payee.name).status_code == 202
    told = payer.refused(f"/quotes/{large['quoteId']}")
    assert (told.code, told.text) == ("4240", "over the tier's limit")
    assert payee.gets("POST", "/quotes").json == small
    assert len(payee.got("POST", "/quotes")) == 1


def test_a_rule_sends_a_quote_to_another_fsp_with_its_bytes(ruled, pair, monkeypatch):
    payer, payee = pair
    monkeypatch.setattr("tests.e2e.fspiop_hub.fresh", lambda prefix: prefix)
    broker = ruled.dfsp("broker")
    body = json.dumps(quote(payer, payee, "1"), indent=1).encode()
    assert payer.send("POST", "/quotes", body, payee.name, X_Broker="1").status_code == 202
    came = broker.gets("POST", "/quotes")
    assert (came.body, came.headers["x-rerouted"], came.headers["fspiop-destination"]) == (body, "yes", "broker")
    assert "fspiop-signature" not in came.headers
