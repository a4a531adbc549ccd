"""`isoloop translate FILE` shows one message of any dialect in the others, or says why it cannot."""

import argparse
import json
from random import Random

import msgspec
import pytest
from lxml import etree

from schemas.catalogue import Catalogue
from switch.translate import add_arguments, main, translate_file
from switch.translate_forms import Sheet, as_json
from tests.oracle.instances import instance
from tests.unit.translator.world import GOLDEN

FILE = GOLDEN / "bank_pays_wallet.pacs008.xml"


def options(*arguments):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([str(argument) for argument in arguments])


def test_json_holds_both_bodies_paths_and_losses(capsys):
    assert main(options(FILE, "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["quote"]["note"] == "Rent November" and told["transfer"]["payeeFsp"] == "dfspx"
    rows = {row["path"]: row for row in told["paths"]}
    assert rows["transactions.0.settlement_amount.text"]["fspiop"] == ["quote.amount.amount", "transfer.amount.amount"]
    lost = (GOLDEN / "bank_pays_wallet.lost.txt").read_text().split()
    assert [loss["path"] for loss in told["losses"]][: len(lost)] == lost
    assert told["refusedFor"] is None and "<FIToFICstmrCdtTrf>" in told["back"]


def test_the_variant_is_told_beside_the_classic_bodies(capsys):
    main(options(FILE, "--json"))
    told = json.loads(capsys.readouterr().out)
    assert told["isoQuote"]["CdtTrfTxInf"]["IntrBkSttlmAmt"]["ActiveCurrencyAndAmount"] == "1250.5"
    assert told["isoTransfer"]["CdtTrfTxInf"]["Cdtr"] == told["isoQuote"]["CdtTrfTxInf"]["Cdtr"]


def test_text_is_the_same_every_time(capsys):
    first, again = (said(capsys, FILE) for _ in range(2))
    assert first == again and "POST /quotes" in first and "do not reach the other side" in first


def said(capsys, *arguments):
    assert main(options(*arguments)) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(("name", "resource", "dialects"), [
    ("wallet_pays_bank.committed.pacs002.xml", "transfers.put", ["ISO 20022 XML", "FSPIOP JSON", "FSPIOP-ISO JSON"]),
    ("wallet_pays_bank.rejected.pacs002.xml", "transfers.putError",
     ["ISO 20022 XML", "FSPIOP JSON", "FSPIOP-ISO JSON"]),
    ("wallet_pays_bank.transfer.json", "transfers.post", ["FSPIOP JSON", "FSPIOP-ISO JSON", "ISO 20022 XML"]),
    ("bank_pays_wallet.quote.json", "quotes.post", ["FSPIOP JSON", "FSPIOP-ISO JSON", "ISO 20022 XML"]),
])  # fmt: skip
def test_any_message_is_shown_in_every_dialect(name, resource, dialects, capsys):
    sheet = translate_file((GOLDEN / name).read_bytes())
    assert isinstance(sheet, Sheet) and sheet.resource == resource
    told = json.loads(said(capsys, GOLDEN / name, "--json"))
    assert [form["dialect"] for form in told["forms"]] == dialects
    assert "Value by value" in said(capsys, GOLDEN / name)


def test_a_body_of_the_variant_comes_back_as_the_body_it_was_made_of(tmp_path, capsys):
    told = json.loads(said(capsys, GOLDEN / "wallet_pays_bank.transfer.json", "--json"))
    path = tmp_path / "transfer.iso.json"
    path.write_text(json.dumps(told["forms"][1]["body"]))
    again = json.loads(said(capsys, path, "--json"))
    assert again["forms"][1]["body"] == told["forms"][0]["body"]
    assert "<FIToFICstmrCdtTrf>" in again["forms"][2]["body"]


def test_a_refusal_becomes_a_pacs002_about_the_id_in_its_path(tmp_path, capsys):
    path = tmp_path / "error.json"
    path.write_text('{"errorInformation": {"errorCode": "5106", "errorDescription": "no such currency"}}')
    key = "0f2a3c4d-0000-4000-8000-000000000001"
    told = json.loads(said(capsys, path, "--json", "--id", key))
    assert "<TxSts>RJCT</TxSts>" in told["forms"][2]["body"] and key in told["forms"][2]["body"]


XSD = "urn:iso:std:iso:20022:tech:xsd:"
RETURN = (
    f'<Document xmlns="{XSD}pacs.004.001.09"><!-- first --><PmtRtr><GrpHdr><MsgId>M1</MsgId>'
    "<CreDtTm>2026-11-20T09:00:00Z</CreDtTm><NbOfTxs>2</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>"
    + 2
    * (
        "<TxInf><RtrId>R1</RtrId><OrgnlEndToEndId>E1</OrgnlEndToEndId><OrgnlUETR>8a562c67-ca16-48ba-b074-65581be6f011</OrgnlUETR>"
        '<RtrdIntrBkSttlmAmt Ccy="USD">10.00</RtrdIntrBkSttlmAmt><IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt>'
        "<InstgAgt><FinInstnId><BICFI>GRENDEFF</BICFI></FinInstnId></InstgAgt><RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf>"
        "<OrgnlTxRef><Dbtr><Pty><Nm>Ada Blue</Nm></Pty></Dbtr>"
        "<DbtrAgt><FinInstnId><Othr><Id>purse</Id></Othr></FinInstnId></DbtrAgt></OrgnlTxRef></TxInf>"
    )
    + "</PmtRtr></Document>"
)


@pytest.mark.parametrize("reversal", [False, True])
def test_a_return_is_the_refund_that_the_payers_dfsp_gets(reversal, tmp_path, capsys):
    text = RETURN
    for name, ours in (("pacs.004", "pacs.007"), ("PmtRtr", "FIToFIPmtRvsl"), ("RtrId", "RvslId"), ("Rtrd", "Rvsd"),
                       ("RtrRsnInf", "RvslRsnInf")) if reversal else ():  # fmt: skip
        text = text.replace(name, ours)
    path = tmp_path / "return.xml"
    path.write_text(text)
    _, quote, transfer, *variant = json.loads(said(capsys, path, "--json"))["forms"]
    kind = quote["body"]["transactionType"]
    assert (kind["scenario"], kind["refundInfo"]["refundReason"]) == ("REFUND", "AC04")
    assert (quote["body"]["payee"]["name"], transfer["body"]["payeeFsp"]) == ("Ada Blue", "purse")
    assert transfer["body"]["amount"] == {"amount": "10", "currency": "USD"}
    assert "1 more" in transfer["why"] and "GrpHdr.MsgId" in [loss["path"] for loss in transfer["losses"]]
    assert [form["title"] for form in variant] == ["POST /quotes", "POST /transfers"]
    assert "Value by value" in said(capsys, path)


def test_any_catalogued_message_is_told_value_by_value():
    catalogue = Catalogue()
    for name in {name[:8]: name for name in sorted(catalogue.messages())}.values():
        body = etree.tostring(instance(catalogue.model(name), Random(7)))
        found = translate_file(body)
        if isinstance(found, Sheet):
            assert len(json.loads(msgspec.json.encode(as_json(found)))["forms"]) > 1
            assert [row.path for row in found.rows] or len(etree.fromstring(body)[0]) == 0
        else:
            assert name[:8] in {"pacs.002", "pacs.008"}


def test_what_the_hub_does_not_read_of_a_message_is_named():
    text = (
        f'<Document xmlns="{XSD}camt.005.001.11"><GetTx><MsgHdr><MsgId>M</MsgId></MsgHdr>'
        "<TxQryDef><TxCrit><NewCrit><SchCrit><PmtSch><Prty><Cd>HIGH</Cd></Prty></PmtSch></SchCrit></NewCrit></TxCrit></TxQryDef></GetTx></Document>"
    )
    found = translate_file(text.encode())
    assert isinstance(found, Sheet)
    _, fspiop, read = found.forms
    assert fspiop.why == "FSPIOP has no message for it"
    assert [loss.path for loss in read.losses] == ["TxQryDef/TxCrit/NewCrit/SchCrit/PmtSch/Prty"]


def test_the_first_of_many_payments_and_the_first_five_answers_are_shown(tmp_path, capsys):
    start, mark, rest = FILE.read_text().partition("<CdtTrfTxInf>")
    payment, end, tail = rest.partition("</CdtTrfTxInf>")
    path = tmp_path / "many.xml"
    path.write_text(start.replace("<NbOfTxs>1<", "<NbOfTxs>2<") + 2 * (mark + payment + end) + tail)
    told = json.loads(said(capsys, path, "--json"))
    assert (told["others"], told["refusedFor"]) == (1, None)
    answer = (GOLDEN / "wallet_pays_bank.committed.pacs002.xml").read_text()
    start, mark, rest = answer.partition("<TxInfAndSts>")
    status, end, tail = rest.partition("</TxInfAndSts>")
    path.write_text(start + 7 * (mark + status + end) + tail)
    forms = json.loads(said(capsys, path, "--json"))["forms"]
    assert len(forms) == 1 + 2 * 5 and forms[1]["why"] == "and 6 more"


def test_a_header_alone_is_told_too():
    header = (
        f'<AppHdr xmlns="{XSD}head.001.001.02"><Fr><FIId><FinInstnId><BICFI>GRENDEFF</BICFI></FinInstnId>'
        "</FIId></Fr><To><FIId><FinInstnId><BICFI>BLUEDEFF</BICFI></FinInstnId></FIId></To><BizMsgIdr>B1</BizMsgIdr><MsgDefIdr>pacs.002.001.10</MsgDefIdr>"
        "<CreDt>2026-11-20T09:00:00Z</CreDt></AppHdr>"
    )
    found = translate_file(header.encode())
    assert isinstance(found, Sheet) and ("BizMsgIdr", "B1") in [(row.path, row.value) for row in found.rows]


@pytest.mark.parametrize(("body", "why"), [
    (b"no xml", "line 1"),
    (FILE.read_bytes().replace(b"<ChrgBr>SLEV</ChrgBr>", b""), "ChrgBr"),
    (b"[1]", "no JSON object"),
    (b'{"a": 1}', "--resource"),
    (b'{"transferState": "SETTLED"}', "has no ISO state"),
    (FILE.read_bytes().replace(b"<NbOfTxs>1<", b"<NbOfTxs>2<"), "AM18"),
])  # fmt: skip
def test_what_cannot_be_translated_is_explained(body, why, tmp_path, capsys):
    path = tmp_path / "message.xml"
    path.write_bytes(body)
    assert main(options(path)) == 1
    assert why in capsys.readouterr().out
