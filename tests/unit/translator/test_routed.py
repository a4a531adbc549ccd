"""Routed resources in FSPIOP: what becomes a command, where a message goes, and in which version the hub speaks."""

import hashlib
import json

import msgspec
import pytest

from fspiop.messages.dialogues import DIALOGUES
from fspiop.messages.errors import QuoteErrorBody
from fspiop.messages.fxquotes import FxQuotesPost
from fspiop.messages.schema import BodySchema
from schemas.canonical.events import Event, Forwarded, Refused
from schemas.canonical.faults import fault
from schemas.canonical.forwarding import Act, ProvidersFound
from schemas.canonical.wire import Dialect, Original
from tests.unit.fspiop.dialogue_bodies import POSTS
from tests.unit.translator.world import CONTEXT, DFSP_X, UUID, bank_envelope
from translator.dialect import render
from translator.fspiop.forwarding import find_providers, forward

ENVELOPE = bank_envelope()
VERSIONS = {"fxQuotes": "2.0", "bulkQuotes": "1.1", "transactionRequests": "1.1", "authorizations": "1.1"}


def received(method, target):
    headers = (("content-type", "application/vnd.interoperability.x+json;version=1.1"), ("fspiop-source", "dfspy"))
    return Original(Dialect.FSPIOP, method, target, headers, b"{}", hashlib.sha256(b"{}").hexdigest())


def out(body, receiver=DFSP_X, original=None, version="1.1"):
    context = msgspec.structs.replace(CONTEXT, fspiop_version=version)
    return render(Event(receiver.name, body, original=original), receiver, context)


@pytest.mark.parametrize(
    ("kind", "act"),
    [("post", Act.ASK), ("get", Act.QUERY), ("put", Act.ANSWER), ("put-error", Act.REFUSE)],
)
@pytest.mark.parametrize("resource", DIALOGUES)
def test_each_kind_of_message_is_an_act(resource, kind, act):
    command = forward(resource, UUID, kind, None, ENVELOPE)
    assert (command.act, command.dialogue, command.receiver_needs) == (act, f"{resource}/{UUID}", ())


def test_a_conversion_asks_for_accounts_in_both_currencies():
    body = msgspec.convert(POSTS["fxQuotes"], FxQuotesPost)
    assert forward("fxQuotes", UUID, "post", body, ENVELOPE).receiver_needs == ("USD", "KES")


@pytest.mark.parametrize("ids", [("FXP",), ("FXP", "USD", "KES")])
def test_providers_are_looked_for_by_pair(ids):
    assert find_providers(ids, ENVELOPE).key == "/".join(ids)


@pytest.mark.parametrize("resource", DIALOGUES)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", ""), ("GET", f"/{UUID}?a=b"), ("PUT", f"/{UUID}"), ("PUT", f"/{UUID}/error")]
)
def test_everything_of_a_resource_goes_to_its_endpoint(resource, method, path):
    message = out(Forwarded(resource, UUID), original=received(method, f"/{resource}{path}"))
    assert message.endpoint_type == f"FSPIOP_CALLBACK_URL_{DIALOGUES[resource].endpoint}"
    assert (message.method, message.path, message.body) == (method, f"/{resource}{path}", b"{}")


@pytest.mark.parametrize("resource", DIALOGUES)
def test_the_hub_s_own_error_has_a_version_the_resource_exists_in(resource):
    message = out(Refused(resource, UUID, fault("DESTINATION_FSP", "nobody")))
    assert message.endpoint_type == f"FSPIOP_CALLBACK_URL_{DIALOGUES[resource].endpoint}"
    assert (message.path, message.version) == (f"/{resource}/{UUID}/error", VERSIONS.get(resource, "1.1"))
    assert json.loads(message.body)["errorInformation"]["errorCode"] == "3201"


@pytest.mark.parametrize("resource", [name for name, row in DIALOGUES.items() if row.error is QuoteErrorBody])
def test_quotes_of_every_kind_carry_only_codes_their_schema_knows(resource):
    message = out(Refused(resource, UUID, fault("NO_SETTLEMENT_MODEL")))
    assert BodySchema(QuoteErrorBody).read(message.body).error_information.error_code == "2001"


@pytest.mark.parametrize("own", [True, False])
def test_providers_go_to_the_third_party_endpoint_or_to_that_of_fx_quotes(own):
    kind = "TP_CB_URL_SERVICES_PUT"
    receiver = msgspec.structs.replace(DFSP_X, endpoints={kind: "http://x"} if own else {})
    message = out(ProvidersFound("FXP/USD/KES", ("fxp1",)), receiver)
    assert message.endpoint_type == (kind if own else "FSPIOP_CALLBACK_URL_FX_QUOTES")
    assert (message.path, message.version) == ("/services/FXP/USD/KES", "2.0")
    assert json.loads(message.body) == {"providers": ["fxp1"]}
