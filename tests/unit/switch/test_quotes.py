"""Quotes are forwarded between DFSPs, answered for banks, kept by id, and refused by the reference's codes."""

from datetime import timedelta

import msgspec
import pytest

from fspiop import ilp
from schemas.canonical.commands import AnswerTerms, QueryTerms, RequestTerms, Undeliverable
from schemas.canonical.dialogue import Quote
from schemas.canonical.faults import fault
from schemas.canonical.participants import Participant
from schemas.canonical.party import Party
from schemas.canonical.transfer import TransferState
from switch.profile import Profile
from tests.unit.switch.scene import (
    CREDITOR,
    EXPIRY,
    KEYS,
    MSISDN,
    NOW,
    OTHER,
    PAYEE,
    PAYER,
    Scene,
    accept,
    envelope,
    prepare,
    terms,
    told,
    usd,
)

QUOTE = "d2d2d2d2-ee48-4575-b6a9-ead2955b8069"


def request(sender=PAYER, receiver=PAYEE, content="q", agreed=None):
    return RequestTerms(envelope(sender, receiver, content), QUOTE, agreed or terms(sender, receiver, quote_id=QUOTE))


def answer(sender=PAYEE, receiver=PAYER, content="a", **fields):
    fields = fields or {"transfer_amount": usd(100), "packet": "p", "condition": "c", "expiry": EXPIRY}
    return AnswerTerms(envelope(sender, receiver, content), QUOTE, **fields)


def query(sender=PAYER, receiver=PAYEE):
    return QueryTerms(envelope(sender, receiver), QUOTE)


def with_currencies(*currencies):
    payer = Party(MSISDN, PAYER, currencies=currencies)
    return msgspec.structs.replace(terms(), payer=payer)


def naming(payer=PAYER, payee=PAYEE):
    return msgspec.structs.replace(terms(), payer=Party(MSISDN, payer), payee=Party(MSISDN, payee))


def euros():
    return msgspec.structs.replace(terms(), amount=usd(1).parse_fspiop("1", "EUR"))


ROWS = [
    ("request", [request()], ["Forwarded payeefsp (original)"]),
    ("request again", [request(), request()], ["Forwarded payeefsp (original)"]),
    ("request modified", [request(), request(content="r")], ["Refused payerfsp 3106"]),
    ("request of another", [request(), request(OTHER)], ["Refused otherfsp 3106"]),
    ("unknown payer FSP", [request("nobody")], ["Refused nobody 3202"]),
    ("unknown destination", [request(receiver="nobody")], ["Refused payerfsp 3201"]),
    ("currency the payee lacks", [request(agreed=euros())], ["Refused payerfsp 3201"]),
    ("currency the payer lacks", [request(agreed=with_currencies("USD", "EUR"))], ["Refused payerfsp 3202"]),
    ("currencies of the payer", [request(agreed=with_currencies("USD"))], ["Forwarded payeefsp (original)"]),
    ("another payer in the body", [request(agreed=naming(payer=OTHER))], ["Forwarded payeefsp (original)"]),
    ("unknown payer in the body", [request(agreed=naming(payer="x"))], ["Refused payerfsp 3202"]),
    ("unknown payee in the body", [request(agreed=naming(payee="x"))], ["Refused payerfsp 3201"]),
    ("answer", [request(), answer()], ["Forwarded payerfsp (original)"]),
    ("answer again", [request(), answer(), answer()], ["Forwarded payerfsp (original)"]),
    ("answer modified", [request(), answer(), answer(content="b")], ["Refused payeefsp 3106"]),
    ("answer of another", [request(), answer(OTHER)], ["Refused otherfsp 3100"]),
    ("answer to another", [request(), answer(receiver=OTHER)], ["Refused payeefsp 3100"]),
    ("answer to nothing known", [answer()], ["Forwarded payerfsp (original)"]),
    ("answer by nobody", [answer("nobody")], ["Refused nobody 3201"]),
    ("answer to nobody", [answer(receiver="nobody")], ["Refused payeefsp 3201"]),
    ("answer to a bank that never asked", [answer(receiver=CREDITOR)], ["Refused payeefsp 3205"]),
    (
        "answer in a currency it lacks",
        [answer(transfer_amount=usd(1).parse_fspiop("1", "EUR"))],
        ["Refused payeefsp 3201"],
    ),
    ("error", [request(), answer(fault=fault("PARTY_NOT_FOUND"))], ["Forwarded payerfsp (original)"]),
    (
        "error, then an answer",
        [request(), answer(fault=fault("PARTY_NOT_FOUND")), answer(content="b")],
        ["Forwarded payerfsp (original)"],
    ),
    ("query", [query()], ["Forwarded payeefsp (original)"]),
    ("query by nobody", [query("nobody")], ["Refused nobody 3202"]),
    ("query of nobody", [query(receiver="nobody")], ["Refused payerfsp 3201"]),
    ("query of a bank", [request(receiver=CREDITOR), query(receiver=CREDITOR)], ["TermsGiven payerfsp"]),
    ("query of a bank, nothing asked", [query(receiver=CREDITOR)], ["Refused payerfsp 3205"]),
    (
        "query of a bank by another",
        [request(receiver=CREDITOR), query(OTHER, CREDITOR)],
        ["Refused otherfsp 3205"],
    ),
    ("to a bank", [request(receiver=CREDITOR)], ["TermsGiven payerfsp"]),
    (
        "to a bank, modified",
        [request(receiver=CREDITOR), request(receiver=CREDITOR, content="r")],
        ["Refused payerfsp 3106"],
    ),
    ("to a bank, nothing", [request(receiver=CREDITOR, agreed=terms(amount=0))], ["Refused payerfsp 3101"]),
    ("to a bank, too fine", [request(receiver=CREDITOR, agreed=terms(amount="0.001"))], ["Refused payerfsp 3101"]),
    ("to a bank, expired", [request(receiver=CREDITOR, agreed=terms(expiry=NOW))], ["Refused payerfsp 3302"]),
    (
        "undeliverable",
        [request(), Undeliverable(PAYER, "quotes", QUOTE, fault("DESTINATION_UNREACHABLE"), PAYEE)],
        ["Refused payerfsp 1001"],
    ),
]


@pytest.mark.parametrize(("name", "commands", "words"), ROWS, ids=[row[0] for row in ROWS])
def test_a_quote(name, commands, words):
    scene, batch = Scene("journey.0"), None
    for command in commands:
        batch = scene.do(command)
    assert told(batch) == words


def test_an_inactive_payee_s_fsp_is_unsupported():
    scene = Scene("journey.0")
    scene.change(scene.get(Participant, PAYEE), active=False)
    event = scene.do(request()).events[0]
    assert event.body.fault.description == "Destination FSP Error - Unsupported participant 'payeefsp'"


def test_who_asked_whom_is_kept_with_the_content():
    scene = Scene("journey.0")
    scene.do(request())
    scene.do(answer())
    quote = scene.get(Quote, QUOTE)
    assert (quote.payer, quote.payee, bool(quote.request_hash), bool(quote.answer_hash)) == (PAYER, PAYEE, True, True)


def given(**fields):
    scene = Scene("journey.0")
    batch = scene.do(request(receiver=CREDITOR, agreed=terms(quote_id=QUOTE, payee=None, **fields)))
    return scene, batch.events[0].body.terms


def test_for_a_bank_the_hub_takes_no_fee_and_names_the_bank():
    _, agreed = given()
    assert (agreed.amount, agreed.payee_receives, agreed.payee_fee) == (usd(100), usd(100), None)
    assert (agreed.payer.fsp, agreed.payee.fsp, agreed.expiry) == (PAYER, CREDITOR, NOW + timedelta(seconds=30))


def test_the_terms_end_when_the_payer_wishes():
    assert given(expiry=EXPIRY)[1].expiry == EXPIRY


def test_the_packet_counts_minor_units_and_holds_the_whole_agreement():
    _, agreed = given(note="rent", expiry=EXPIRY)
    packet = ilp.decode(agreed.packet)
    assert (packet.amount, packet.expires_at, packet.condition) == (10_000, EXPIRY, agreed.condition)
    body = msgspec.json.decode(packet.data)
    assert (body["quoteId"], body["transactionId"], body["note"]) == (QUOTE, agreed.transaction_id, "rent")
    assert body["amount"] == {"amount": "100", "currency": "USD"}
    assert body["payee"]["partyIdInfo"]["fspId"] == CREDITOR


def test_asked_again_the_hub_gives_the_same_terms_later_too():
    scene, agreed = given()
    scene.now += timedelta(seconds=5)
    again = scene.do(request(receiver=CREDITOR, agreed=terms(quote_id=QUOTE, payee=None))).events[0].body.terms
    assert again == agreed


def test_the_ledger_takes_the_terms_the_hub_gave_and_the_bank_s_acceptance_pays():
    _, agreed = given()
    scene = Scene()
    scene.do(prepare(payee=CREDITOR, terms=agreed, condition=agreed.condition))
    assert scene.transfer().hub_key == KEYS[0].id
    scene.do(accept())
    assert scene.transfer().state is TransferState.COMMITTED


def test_without_keys_the_hub_quotes_for_no_bank():
    scene = Scene("journey.0", Profile())
    assert told(scene.do(request(receiver=CREDITOR))) == ["Refused payerfsp 2003"]
