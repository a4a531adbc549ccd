"""`isoloop translate` shows one payment in both dialects, or says why it cannot."""

import argparse
import json

import pytest

from switch.translate import add_arguments, as_text, main, translate_file
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


def test_text_is_the_same_every_time():
    first, again = (as_text(translate_file(FILE.read_bytes())) for _ in range(2))
    assert first == again and "POST /quotes" in first and "do not reach the other side" in first


@pytest.mark.parametrize(("body", "why"), [
    (b"no xml", "line 1"),
    (FILE.read_bytes().replace(b"<ChrgBr>SLEV</ChrgBr>", b""), "ChrgBr"),
    ((GOLDEN / "wallet_pays_bank.committed.pacs002.xml").read_bytes(), "only pacs.008"),
    (FILE.read_bytes().replace(b"<NbOfTxs>1<", b"<NbOfTxs>2<"), "AM18"),
])  # fmt: skip
def test_what_cannot_be_translated_is_explained(body, why, tmp_path, capsys):
    path = tmp_path / "message.xml"
    path.write_bytes(body)
    assert main(options(path)) == 1
    assert why in capsys.readouterr().out
