"""`isoloop translate FILE` shows one message of any dialect in the others, or says why it cannot."""

import argparse
import json

import pytest

from switch.translate import add_arguments, main, translate_file
from switch.translate_forms import Sheet
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
