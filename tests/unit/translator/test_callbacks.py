"""Each event for a DFSP: method, path, endpoint, in whose name, who signs, and a body its schema accepts."""

import json

import msgspec
import pytest

from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.fxquotes import FxQuotesPost
from fspiop.messages.participants import ParticipantPut, ParticipantsPut
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut
from fspiop.messages.schema import BodySchema
from fspiop.messages.transfers import TransfersPatch, TransfersPost, TransfersPut
from schemas.canonical.commands import Query
from schemas.canonical.events import (
    Aborted,
    Committed,
    Corrected,
    Event,
    Forwarded,
    Handed,
    ParticipantFound,
    PartiesRegistered,
    PartyAsked,
    PartyFound,
    PartyRegistered,
    Pending,
    Refused,
    Reserved,
    Role,
    Stated,
    TermsAsked,
    TermsGiven,
)
from schemas.canonical.exchange import Rate, RateAsked
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.party import Party, PartyId
from schemas.canonical.transfer import Answered, TransferState
from schemas.canonical.wire import Dialect
from tests.unit.translator.world import (
    BANK_B,
    CONTEXT,
    DFSP_X,
    DFSP_Y,
    HASH,
    NOW,
    UUID,
    bank_envelope,
    original,
    refusal,
    told,
    transfer,
)
from translator.dialect import message_id_of, render

PERSON = PartyId("MSISDN", "22507008181")
ACCOUNT = PartyId("BUSINESS", "shop/1", "till 7")
DONE = {"state": TransferState.COMMITTED, "completed": NOW, "fulfilment": HASH}
BETWEEN = {"payee": DFSP_Y.name}
GONE = {"state": TransferState.ABORTED, "completed": NOW, "fault": refusal()}
X, B, HUB = "dfspx", "bankb", "Hub"
PAID = transfer(payer=BANK_B.name, payee=DFSP_X.name)
RATE_ASKED = RateAsked(BANK_B.name, UUID, TransferId(UUID), TransferId(UUID), DFSP_X.name,
                       Rate(transfer().amount, "KES", sends=True), NOW)  # fmt: skip
TERMS = msgspec.structs.replace(transfer().terms, quote_id=UUID, expiry=NOW)


def put(path, body=b"{}", **more):
    return original(body, path, Dialect.FSPIOP, method="PUT", **more)


@pytest.mark.parametrize(
    ("event", "method", "path", "endpoint", "source", "signer", "schema"),
    [
        (Reserved(PAID), "POST", "/transfers", "TRANSFER_POST", B, B, TransfersPost),
        (Committed(transfer(**DONE), Role.PAYER), "PUT", f"/transfers/{UUID}", "TRANSFER_PUT", B, B, TransfersPut),
        (Committed(transfer(**DONE, **BETWEEN), Role.PAYER), "PUT", f"/transfers/{UUID}", "TRANSFER_PUT", HUB, "hub",
         TransfersPut),
        (Committed(transfer(**DONE), Role.PAYEE), "PUT", f"/transfers/{UUID}", "TRANSFER_PUT", HUB, "hub",
         TransfersPut),
        (Committed(transfer(**DONE, answered=Answered.RESERVED), Role.PAYEE), "PATCH", f"/transfers/{UUID}",
         "TRANSFER_PUT", HUB, "hub", TransfersPatch),
        (Aborted(transfer(**GONE), Role.PAYER), "PUT", f"/transfers/{UUID}/error", "TRANSFER_ERROR", B, B, ErrorBody),
        (Aborted(transfer(**{**GONE, "fault": fault("EXPIRED")}), Role.PAYER), "PUT", f"/transfers/{UUID}/error",
         "TRANSFER_ERROR", HUB, "hub", ErrorBody),
        (Aborted(transfer(**GONE), Role.PAYEE), "PUT", f"/transfers/{UUID}/error", "TRANSFER_ERROR", HUB, "hub",
         ErrorBody),
        (Corrected(transfer(**GONE), fault("TOO_LATE")), "PATCH", f"/transfers/{UUID}", "TRANSFER_PUT", HUB, "hub",
         TransfersPatch),
        (Stated(transfer(), Role.PAYER), "PUT", f"/transfers/{UUID}", "TRANSFER_PUT", HUB, "hub", TransfersPut),
        (Stated(transfer(**DONE, answered=Answered.RESERVED), Role.PAYEE), "PUT", f"/transfers/{UUID}", "TRANSFER_PUT",
         HUB, "hub", TransfersPut),
        (Refused("transfers", UUID, fault("MODIFIED")), "PUT", f"/transfers/{UUID}/error", "TRANSFER_ERROR", HUB,
         "hub", ErrorBody),
        (Refused("quotes", UUID, fault("NO_SETTLEMENT_MODEL")), "PUT", f"/quotes/{UUID}/error", "QUOTES", HUB, "hub",
         QuoteErrorBody),
        (Refused("parties", "MSISDN/225", fault("PARTY_NOT_FOUND")), "PUT", "/parties/MSISDN/225/error",
         "PARTIES_PUT_ERROR", HUB, "hub", ErrorBody),
        (Refused("parties", "BUSINESS/1/till 7", fault("PARTY_NOT_FOUND")), "PUT",
         "/parties/BUSINESS/1/till%207/error", "PARTIES_SUB_ID_PUT_ERROR", HUB, "hub", ErrorBody),
        (Refused("participants", "MSISDN/225", fault("ADD_PARTY_FAILED")), "PUT", "/participants/MSISDN/225/error",
         "PARTICIPANT_PUT_ERROR", HUB, "hub", ErrorBody),
        (Refused("participants", UUID, fault("ADD_PARTY_FAILED")), "PUT", f"/participants/{UUID}/error",
         "PARTICIPANT_BATCH_PUT_ERROR", HUB, "hub", ErrorBody),
        (PartyAsked(BANK_B.name, PERSON, "USD"), "GET", "/parties/MSISDN/22507008181?currency=USD", "PARTIES_GET", B,
         None, None),
        (PartyAsked(BANK_B.name, ACCOUNT), "GET", "/parties/BUSINESS/shop%2F1/till%207", "PARTIES_SUB_ID_GET", B, None,
         None),
        (PartyFound(BANK_B.name, PERSON, Party(PERSON, FspId(B), "Otto")), "PUT", "/parties/MSISDN/22507008181",
         "PARTIES_PUT", B, B, PartiesPut),
        (TermsAsked(BANK_B.name, UUID, TERMS), "POST", "/quotes", "QUOTES", B, B, QuotesPost),
        (RATE_ASKED, "POST", "/fxQuotes", "FX_QUOTES", B, B, FxQuotesPost),
        (TermsGiven(BANK_B.name, UUID, TERMS), "PUT", f"/quotes/{UUID}", "QUOTES", B, B, QuotesPut),
        (ParticipantFound(PERSON, FspId(X)), "PUT", "/participants/MSISDN/22507008181", "PARTICIPANT_PUT", HUB, "hub",
         ParticipantPut),
        (PartyRegistered(PERSON, FspId(X), "USD", removed=True), "PUT", "/participants/MSISDN/22507008181",
         "PARTICIPANT_PUT", HUB, "hub", ParticipantPut),
        (PartiesRegistered(UUID, ((PERSON, FspId(X), None), (PERSON, FspId(X), fault("ADD_PARTY_FAILED")))), "PUT",
         f"/participants/{UUID}", "PARTICIPANT_BATCH_PUT", HUB, "hub", ParticipantsPut),
    ],
)  # fmt: skip
def test_what_the_hub_makes_itself(event, method, path, endpoint, source, signer, schema):
    sent = told(event, DFSP_X)
    assert (sent.method, sent.path, sent.endpoint_type.removeprefix("FSPIOP_CALLBACK_URL_")) == (method, path, endpoint)
    assert (sent.source, sent.destination, sent.sign_as) == (source, X, signer)
    assert sent.resource == path.split("/")[1]
    assert sent.body == b"" if schema is None else isinstance(BodySchema(schema).read(sent.body), schema)


@pytest.mark.parametrize(
    ("event", "message", "goes_on"),
    [
        (Committed(transfer(answered=Answered.COMMITTED, **DONE), Role.PAYER), put(f"/transfers/{UUID}"), True),
        (Committed(transfer(answered=Answered.RESERVED, **DONE), Role.PAYER), put(f"/transfers/{UUID}"), False),
        (Committed(transfer(answered=Answered.COMMITTED, **DONE), Role.PAYEE), put(f"/transfers/{UUID}"), False),
        (Aborted(transfer(**GONE), Role.PAYER), put(f"/transfers/{UUID}/error"), True),
        (Aborted(transfer(**GONE), Role.PAYER), put(f"/transfers/{UUID}"), False),
        (Forwarded("quotes", UUID), put(f"/quotes/{UUID}"), True),
        (PartyFound(DFSP_Y.name, PERSON, Party()), put("/parties/MSISDN/22507008181"), True),
        (Reserved(transfer(**BETWEEN)), original(b"{}", "/transfers", Dialect.FSPIOP), True),
    ],
)
def test_a_dfsps_own_word_goes_on_byte_for_byte(event, message, goes_on):
    sent = told(event, DFSP_X, message)
    assert (sent.forward is message, sent.sign_as is None) == (goes_on, goes_on)
    if goes_on:
        assert (sent.body, sent.path, sent.version, sent.source) == (b"{}", message.target, "1.1", X)


@pytest.mark.parametrize(("target", "method", "endpoint"), [
    ("/parties/MSISDN/1", "GET", "PARTIES_GET"), ("/parties/MSISDN/1/2?currency=USD", "GET", "PARTIES_SUB_ID_GET"),
    ("/parties/MSISDN/1", "PUT", "PARTIES_PUT"), ("/parties/MSISDN/1/2/error", "PUT", "PARTIES_SUB_ID_PUT_ERROR"),
    ("/parties/MSISDN/1/error", "PUT", "PARTIES_PUT_ERROR"), (f"/quotes/{UUID}/error", "PUT", "QUOTES"),
    ("/quotes", "POST", "QUOTES"),
])  # fmt: skip
def test_a_forwarded_message_goes_to_the_endpoint_of_its_path(target, method, endpoint):
    message = original(b"{}", target, Dialect.FSPIOP, method=method)
    sent = told(Forwarded("any", "key"), DFSP_X, message)
    assert sent.endpoint_type == f"FSPIOP_CALLBACK_URL_{endpoint}" and sent.path == target


def test_a_bank_that_accepts_without_posting_is_told_as_an_extension():
    body = json.loads(told(Committed(transfer(**DONE, iso_status="ACWP"), Role.PAYER), DFSP_X).body)
    assert body["extensionList"]["extension"] == [{"key": "iso.txSts", "value": "ACWP"}]
    assert body["fulfilment"] == HASH


def test_a_correction_names_its_cause():
    body = json.loads(told(Corrected(transfer(**GONE), fault("TOO_LATE")), DFSP_X).body)
    assert body["transferState"] == "ABORTED"
    assert body["extensionList"]["extension"] == [{"key": "cause", "value": "3303: Transfer expired"}]


def test_an_aborted_transfer_is_stated_without_fulfilment():
    body = json.loads(told(Stated(transfer(**{**DONE, "state": TransferState.ABORTED}), Role.PAYER), DFSP_X).body)
    assert body == {"transferState": "ABORTED", "completedTimestamp": "2026-11-20T08:00:00.000Z"}


def test_version_one_knows_no_supported_currencies():
    party = Party(PERSON, FspId(B), "Otto", currencies=("USD", "KES"))
    event = Event(DFSP_X.name, PartyFound(BANK_B.name, PERSON, party))
    for version, currencies, lost in (("1.1", None, 2), ("2.0", ["USD", "KES"], 0)):
        context = msgspec.structs.replace(CONTEXT, fspiop_version=version)
        sent = render(event, DFSP_X, context)
        assert json.loads(sent.body)["party"].get("supportedCurrencies") == currencies
        assert (sent.version, len(sent.losses)) == (version, lost)


@pytest.mark.parametrize(
    ("event", "receiver"),
    [
        (Handed(Query(bank_envelope(), TransferId(UUID))), DFSP_X),
        (Pending(TransferId(UUID), TERMS), DFSP_X),
        (PartyFound(BANK_B.name, PERSON, Party()), BANK_B),
    ],
)
def test_an_event_the_dialect_has_no_word_for_is_a_defect(event, receiver):
    with pytest.raises(ValueError, match="is told"):
        told(event, receiver)


def test_a_row_gives_the_same_message_id_every_time():
    first = message_id_of("ledger:7", NOW)
    assert first == message_id_of("ledger:7", NOW) != message_id_of("ledger:8", NOW)
    assert len(first) == 26 and first < message_id_of("ledger:1", NOW.replace(minute=1))
