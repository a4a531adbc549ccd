"""`isoloop validate --rules` explains each broken rule; `isoloop rules` lists them for people and programs."""

import argparse
import json
from pathlib import Path

import pytest

from iso.rules import listing
from iso.rules.packs import PACKS
from iso.validate_rules import packs_of
from switch import validate
from tests.unit.iso.rules.templates import HEAD, P8, P8C, P8F

WRONG = P8.replace("DE89370400440532013000", "DE88370400440532013000").replace("<DbtrAcct>", "\n\n<DbtrAcct>")


def validated(capsys, *arguments: object) -> tuple[int, str]:
    parser = argparse.ArgumentParser()
    validate.add_arguments(parser)
    status = validate.main(parser.parse_args([str(one) for one in arguments]))
    return status, capsys.readouterr().out


def listed(capsys, *arguments: str) -> tuple[int, str]:
    parser = argparse.ArgumentParser()
    listing.add_arguments(parser)
    return listing.main(parser.parse_args(arguments)), capsys.readouterr().out


@pytest.fixture
def write(tmp_path: Path):
    def put(text: str, name: str = "a.xml") -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return put


def test_a_finding_has_line_path_number_text_and_what_to_do(capsys, write):
    status, out = validated(capsys, "--rules", "base", write(WRONG))
    assert status == 1
    assert "line 3  error  BASE-0001  /Document/FIToFICstmrCdtTrf/CdtTrfTxInf/DbtrAcct/Id/IBAN" in out
    assert "the check digits of DE88370400440532013000 do not fit" in out
    assert "→ Ask the customer for the IBAN again" in out
    assert "(reason AC01)" in out
    assert "0 kept, 1 refused" in out


def test_the_same_for_machines(capsys, write):
    path = write(WRONG)
    status, out = validated(capsys, "--json", "--rules", "base", path)
    told = json.loads(out)
    assert (status, told["file"], told["valid"], told["packs"], told["errors"]) == (1, str(path), True, ["base"], [])
    (rule,) = told["rules"]
    assert (rule["number"], rule["severity"], rule["line"], rule["reason"]) == ("BASE-0001", "error", 3, "AC01")
    assert rule["path"].endswith("/IBAN")
    assert rule["todo"]


def test_warnings_refuse_nothing(capsys, write):
    status, out = validated(capsys, "--rules", "base", write(P8.replace("Wanjiru", "Вандзиру")))
    assert status == 0
    assert "warning  BASE-0020" in out
    assert "1 kept, 0 refused" in out


def test_auto_is_base_and_what_the_header_asks_for(capsys, write):
    for text, packs in ((P8C, ["base", "cbpr"]), (P8F, ["base", "fednow"]), (P8, ["base"]), (HEAD, ["base", "cbpr"])):
        status, out = validated(capsys, "--json", "--rules", "auto", write(text))
        assert (status, json.loads(out)["packs"], json.loads(out)["rules"]) == (0, packs, [])


def test_several_packs_in_one_option_or_in_several(capsys, write):
    for options in (["--rules", "base,instant"], ["--rules", "base", "--rules", "instant"]):
        assert json.loads(validated(capsys, "--json", *options, write(P8))[1])["packs"] == ["base", "instant"]


def test_the_hubs_own_rules_are_judged_by_the_hubs_own_code(capsys, write):
    wrong = P8.replace("<SttlmMtd>CLRG", "<SttlmMtd>COVE").replace(">1250.50</TtlIntr", ">1250.60</TtlIntr")
    status, out = validated(capsys, "--json", "--rules", "scheme", write(wrong))
    found = json.loads(out)["rules"]
    assert (status, [one["number"] for one in found]) == (1, ["SCHEME-0003", "SCHEME-0009"])
    assert found[0]["path"].endswith("/SttlmInf/SttlmMtd")
    assert "SttlmMtd must be CLRG, not COVE" in found[0]["text"]
    assert json.loads(validated(capsys, "--json", "--rules", "scheme", write(P8))[1])["rules"] == []


def test_what_the_schema_refuses_is_refused(capsys, write):
    status, out = validated(capsys, "--rules", "base", write(P8.replace("<NbOfTxs>1<", "<NbOfTxs>one<")))
    assert status == 1
    assert "schema  /Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs" in out


def test_what_cannot_be_read_has_no_rules(capsys, write, tmp_path):
    for path in (write("<x"), tmp_path / "none.xml"):
        status, out = validated(capsys, "--json", "--rules", "base", path)
        assert (status, json.loads(out)["valid"], json.loads(out)["rules"]) == (1, False, [])


def test_an_unknown_pack_is_named(capsys, write):
    parser = argparse.ArgumentParser()
    validate.add_arguments(parser)
    assert validate.main(parser.parse_args(["--rules", "cbprplus", str(write(P8))])) == 2
    assert "cbprplus is no pack of rules; there are base, cbpr" in capsys.readouterr().err


def test_auto_may_stand_beside_packs():
    assert packs_of(["auto, instant", "auto"]) == ("auto", "instant")


def test_rules_are_listed_by_pack_message_and_severity(capsys):
    status, out = listed(capsys, "--json", "--pack", "cbpr", "--message", "pacs.008.001.08", "--severity", "warning")
    found = json.loads(out)
    assert status == 0
    assert {rule["pack"] for rule in found} == {"cbpr"}
    assert {rule["severity"] for rule in found} == {"warning"}
    assert "CBPR-0129" in {rule["number"] for rule in found}
    assert "CBPR-0208" not in {rule["number"] for rule in found}


def test_all_rules_are_listed_for_people(capsys):
    status, out = listed(capsys)
    assert status == 0
    assert f"{sum(map(len, PACKS.values()))} rules" in out
    assert "FEDNOW-0016" in out


def test_a_list_of_nothing_says_so(capsys):
    assert listed(capsys, "--pack", "instant", "--message", "camt.999")[0] == 1
