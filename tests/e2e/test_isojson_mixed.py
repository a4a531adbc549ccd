"""Participants of both FSPIOP dialects in one payment: each reads its own, whoever pays whom."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.fspiop_hub import CONDITION, FULFILMENT, Dfsp, Scheme, moment, new_id
from tests.e2e.iso_side import (
    IsoDfsp,
    as_bytes,
    condition_in,
    failed,
    iso_dfsp,
    media,
    packet,
    reason,
    status,
    ulid,
)
from tests.e2e.test_fspiop_quotes import request, terms
from tests.e2e.wallet_side import PACKET, Wallet
from tests.oracle.iso_definition import FILE, wrong

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture
def iso(scheme: Scheme) -> Iterator[IsoDfsp]:
    """Return a DFSP of the variant; what the hub sent it must keep the definition, where that is at hand."""
    found = iso_dfsp(scheme)
    yield found
    if FILE.is_file():
        got = [each for each in found.listener.got if each.body and "iso20022" in each.headers["content-type"]]
        assert [text for each in got for text in wrong(each.method, each.path, each.json)] == []


@pytest.fixture
def classic(scheme: Scheme) -> Dfsp:
    return scheme.dfsp("classic")


def lookup(asker: Dfsp, holder: Dfsp) -> str:
    """A GET /parties that reaches the holder; the path."""
    path = "/parties/MSISDN/256772000002"
    assert asker.send("GET", path, to=holder.name).status_code == 202
    holder.gets("GET", path)
    return path


def test_a_scheme_of_the_variant_alone_gets_every_byte_as_it_was_sent(scheme: Scheme, iso: IsoDfsp):
    payee = iso_dfsp(scheme)
    path = lookup(iso, payee)
    assert payee.gets("GET", path).headers["accept"] == media("parties")
    sent = [("PUT", path, as_bytes(payee.party(payee.name, "256772000002", iso.name)), payee, iso)]
    quote = iso.quote(payee.name)
    quoted = f"/quotes/{quote['CdtTrfTxInf']['PmtId']['TxId']}"
    order = iso.order(payee.name, packet())
    transfer = f"/transfers/{order['CdtTrfTxInf']['PmtId']['TxId']}"
    done = status(ExctnConf=FULFILMENT, PrcgDt={"DtTm": moment()}, TxSts="COMM")
    sent += [
        ("POST", "/quotes", as_bytes(quote), iso, payee),
        ("PUT", quoted, as_bytes(payee.terms(quote)), payee, iso),
        ("POST", "/transfers", as_bytes(order), iso, payee),
        ("PUT", transfer, as_bytes(done), payee, iso),
    ]
    for method, where, body, sender, receiver in sent:
        answer = sender.send(method, where, body, receiver.name)
        assert answer.status_code == (202 if method == "POST" else 200), answer.text
        told = receiver.gets(method, where)
        assert (told.body, told.headers["content-type"]) == (body, media(where.split("/")[1]))


def test_a_classic_payer_pays_a_payee_of_the_variant(classic: Dfsp, iso: IsoDfsp):
    before = classic.hub.position(classic.name), classic.hub.position(iso.name)
    classic.hub.operate("PUT", f"/participants/{iso.name}/fspiop", {"dialect": "fspiop-iso"})
    iso.answer_all()
    path = lookup(classic, iso)
    told = classic.gets("PUT", path)
    party = told.json["party"]
    assert (party["name"], party["partyIdInfo"]["fspId"]) == ("Amina Okello", iso.name)
    assert party["personalInfo"]["complexName"] == {"firstName": "Amina", "lastName": "Okello"}
    body = request(classic, iso, note="for the maize")
    classic.send("POST", "/quotes", body, iso.name)
    asked = iso.gets("POST", "/quotes").json["CdtTrfTxInf"]
    assert asked["PmtId"]["TxId"] == ulid(body["quoteId"])
    assert asked["IntrBkSttlmAmt"] == {"Ccy": "USD", "ActiveCurrencyAndAmount": "10"}
    quote = classic.gets("PUT", f"/quotes/{body['quoteId']}").json
    assert (quote["condition"], quote["ilpPacket"]) == (CONDITION, packet())
    order = classic.prepare(iso.name, ilpPacket=quote["ilpPacket"], condition=quote["condition"])
    classic.send("POST", "/transfers", order, iso.name)
    ordered = iso.gets("POST", "/transfers")
    assert ordered.headers["content-type"] == media("transfers")
    assert ordered.json["CdtTrfTxInf"]["VrfctnOfTerms"]["IlpV4PrepPacket"] == quote["ilpPacket"]
    done = classic.gets("PUT", f"/transfers/{order['transferId']}").json
    assert (done["transferState"], done["fulfilment"]) == ("COMMITTED", FULFILMENT)
    after = classic.hub.position(classic.name), classic.hub.position(iso.name)
    assert (after[0] - before[0], after[1] - before[1]) == (10, -10)


def test_a_payer_of_the_variant_pays_a_classic_payee_whose_packet_has_no_condition(classic: Dfsp, iso: IsoDfsp):
    Wallet(classic)
    path = lookup(iso, classic)
    told = iso.gets("PUT", path)
    assert told.headers["content-type"] == media("parties")
    updated = told.json["Rpt"]["UpdtdPtyAndAcctId"]
    assert updated["Agt"]["FinInstnId"]["Othr"]["Id"] == classic.name
    assert told.json["Rpt"]["Vrfctn"] is True
    quote = iso.quote(classic.name)
    iso.send("POST", "/quotes", quote, classic.name)
    answer = iso.gets("PUT", f"/quotes/{quote['CdtTrfTxInf']['PmtId']['TxId']}").json["CdtTrfTxInf"]
    assert (answer["Dbtr"], answer["Cdtr"]) == (quote["CdtTrfTxInf"]["Dbtr"], quote["CdtTrfTxInf"]["Cdtr"])
    wrapped = answer["VrfctnOfTerms"]["IlpV4PrepPacket"]
    assert condition_in(wrapped) == CONDITION
    transfer = iso.order_to(classic, wrapped)
    order = classic.gets("POST", "/transfers").json
    assert (order["ilpPacket"], order["condition"], order["transferId"]) == (PACKET, CONDITION, transfer)
    done = iso.gets("PUT", f"/transfers/{transfer}")
    assert done.headers["content-type"] == media("transfers")
    assert (done.json["TxInfAndSts"]["TxSts"], done.json["TxInfAndSts"]["ExctnConf"]) == ("COMM", FULFILMENT)


def test_a_translated_message_keeps_its_sender_and_loses_the_signature_over_other_bytes(classic: Dfsp, iso: IsoDfsp):
    iso.send("GET", f"/transfers/{ulid()}", to=classic.name)
    quote = iso.quote(classic.name)
    more = {"FSPIOP_Signature": "{}", "FSPIOP_URI": "/quotes", "FSPIOP_HTTP_Method": "POST", "traceparent": "x"}
    iso.send("POST", "/quotes", quote, classic.name, **more)
    classic.hub.operate("PUT", f"/participants/{classic.name}/fspiop", {"dialect": "fspiop", "version": "1.1"})
    iso.send("POST", "/quotes", iso.quote(classic.name), classic.name, **more)
    told = classic.gets("POST", "/quotes", times=2)
    assert told.headers["fspiop-source"] == iso.name
    assert told.headers["content-type"] == "application/vnd.interoperability.quotes+json;version=1.1"
    assert (told.headers["fspiop-uri"], "fspiop-signature" in told.headers) == ("/quotes", False)


@pytest.mark.parametrize("code", ["3204", "5101"])
def test_errors_cross_both_ways(classic: Dfsp, iso: IsoDfsp, code: str):
    path = lookup(classic, iso)
    body = iso.party(iso.name, "256772000002", classic.name)
    body["Rpt"] = {"OrgnlId": ulid(), "Vrfctn": False, "Rsn": {"Cd": code}}
    assert iso.send("PUT", f"{path}/error", body, classic.name).status_code == 200
    assert classic.refused(path).code == code
    path = lookup(iso, classic)
    error = {"errorInformation": {"errorCode": code, "errorDescription": "No"}}
    classic.send("PUT", f"{path}/error", error, iso.name)
    assert reason(iso.gets("PUT", f"{path}/error")) == code
    quote = iso.quote(classic.name)
    where = f"/quotes/{quote['CdtTrfTxInf']['PmtId']['TxId']}/error"
    iso.send("POST", "/quotes", quote, classic.name)
    classic.gets("POST", "/quotes")
    classic.send("PUT", where, error, iso.name)
    assert reason(iso.gets("PUT", where)) == code


def test_a_refusal_of_a_transfer_crosses_and_gives_the_money_back(classic: Dfsp, iso: IsoDfsp):
    order = classic.prepare(iso.name, ilpPacket=packet())
    classic.hub.operate("PUT", f"/participants/{iso.name}/fspiop", {"dialect": "fspiop-iso"})
    classic.send("POST", "/transfers", order, iso.name)
    iso.gets("POST", "/transfers")
    known = ulid(order["transferId"])
    assert iso.send("PUT", f"/transfers/{known}/error", failed("5103", "No"), classic.name).status_code == 200
    told = classic.refused(f"/transfers/{order['transferId']}")
    assert told.code == "5103"
    assert classic.hub.position(classic.name) == 0


def test_an_answer_of_the_other_spelling_of_nothing_is_refused_in_the_variant(classic: Dfsp, iso: IsoDfsp):
    unknown = ulid()
    assert iso.accept(unknown, classic.name) == 200
    assert reason(iso.gets("PUT", f"/transfers/{unknown}/error")) == "2001"


def test_a_payee_that_reserves_is_patched_in_its_dialect(classic: Dfsp, iso: IsoDfsp):
    order = classic.prepare(iso.name, ilpPacket=packet())
    classic.hub.operate("PUT", f"/participants/{iso.name}/fspiop", {"dialect": "fspiop-iso"})
    classic.send("POST", "/transfers", order, iso.name)
    iso.gets("POST", "/transfers")
    known = ulid(order["transferId"])
    assert iso.accept(known, classic.name, "RESV") == 200
    told = iso.gets("PATCH", f"/transfers/{known}")
    assert (told.headers["content-type"], told.json["TxInfAndSts"]["TxSts"]) == (media("transfers"), "COMM")
    done = classic.gets("PUT", f"/transfers/{order['transferId']}").json
    assert (done["transferState"], done["fulfilment"]) == ("COMMITTED", FULFILMENT)


def test_the_operator_sets_asks_and_forgets_a_dialect(classic: Dfsp, iso: IsoDfsp):
    path, hub = f"/participants/{classic.name}/fspiop", classic.hub
    assert hub.operate("GET", path, ok=False).status_code == 400
    told = hub.operate("PUT", path, {"dialect": "fspiop-iso", "supplementaryData": False}).json()
    assert told == {"dialect": "fspiop-iso", "version": None, "supplementaryData": False}
    assert hub.operate("PUT", path, {"dialect": "fspiop-iso", "version": "1.1"}, ok=False).status_code == 400
    assert hub.operate("PUT", path, {"dialect": "esperanto"}, ok=False).status_code == 400
    quote = request(
        iso,
        classic,
        note="no home in ISO",
        payer={**request(iso, classic)["payer"], "merchantClassificationCode": "4321"},
    )
    iso.send("POST", "/quotes", quote, classic.name, Content_Type=_classic("quotes"), Accept=_classic("quotes"))
    assert "SplmtryData" not in classic.gets("POST", "/quotes").json
    hub.operate("DELETE", path)
    assert hub.operate("GET", path, ok=False).status_code == 400


def _classic(resource: str) -> str:
    return f"application/vnd.interoperability.{resource}+json;version=2.0"


def test_a_mixed_accept_decides_the_dialect_of_the_callback(classic: Dfsp, iso: IsoDfsp):
    for accept, dialect in (
        (_classic("transfers"), _classic("transfers")),
        (f"{_classic('transfers')},{media('transfers')}", media("transfers")),
    ):
        path = f"/transfers/{ulid()}"
        assert iso.send("GET", path, to=classic.name, Accept=accept).status_code == 202
        assert iso.gets("PUT", f"{path}/error").headers["content-type"] == dialect


def test_quotes_are_told_apart_by_content_whatever_the_message_is_called(classic: Dfsp, iso: IsoDfsp):
    quote = iso.quote(classic.name)
    path = f"/quotes/{quote['CdtTrfTxInf']['PmtId']['TxId']}"
    for _ in range(2):
        quote["GrpHdr"] |= {"MsgId": ulid(), "CreDtTm": moment()}
        iso.send("POST", "/quotes", quote, classic.name)
    classic.gets("POST", "/quotes", times=2)
    quote["CdtTrfTxInf"]["IntrBkSttlmAmt"]["ActiveCurrencyAndAmount"] = "11"
    iso.send("POST", "/quotes", quote, classic.name)
    assert reason(iso.gets("PUT", f"{path}/error")) == "3106"
    classic.send("PUT", path, terms(), iso.name)
    iso.gets("PUT", path)


def test_an_amount_with_zeros_at_its_end_is_the_same_amount(classic: Dfsp, iso: IsoDfsp):
    transfer = iso.order_to(classic, IntrBkSttlmAmt={"Ccy": "USD", "ActiveCurrencyAndAmount": "10.50"})
    classic.send("GET", f"/transfers/{transfer}", to=iso.name)
    classic.hub.operate("PUT", f"/participants/{classic.name}/fspiop", {"dialect": "fspiop"})
    iso.order_to(classic, IntrBkSttlmAmt={"Ccy": "USD", "ActiveCurrencyAndAmount": "10.50"})
    told = [each.json for each in classic.got("POST", "/transfers")][-1]
    assert told["amount"] == {"currency": "USD", "amount": "10.5"}
    assert json.dumps(new_id()) not in json.dumps(told)


def test_in_the_sandbox_a_packet_without_condition_is_taken_and_the_payee_s_word_commits(scheme: Scheme, iso: IsoDfsp):
    payee = iso_dfsp(scheme)
    transfer = iso.order_to(payee, PACKET)
    assert payee.accept(transfer, iso.name) == 200
    assert iso.gets("PUT", f"/transfers/{transfer}").json["TxInfAndSts"]["TxSts"] == "COMM"
    assert iso.hub.position(payee.name) == -10


def test_in_the_sandbox_an_answer_with_other_elements_goes_on_as_it_came(scheme: Scheme, iso: IsoDfsp):
    other = iso_dfsp(scheme)
    quote = other.quote(iso.name)
    other.send("POST", "/quotes", quote, iso.name)
    iso.gets("POST", "/quotes")
    body = iso.terms(quote)
    body["CdtTrfTxInf"] |= {"CdtrAgtAcct": {"Ccy": "USD"}, "ChrgBr": "SLEV"}
    path = f"/quotes/{quote['CdtTrfTxInf']['PmtId']['TxId']}"
    assert iso.send("PUT", path, as_bytes(body), other.name).status_code == 200
    assert other.gets("PUT", path).body == as_bytes(body)
