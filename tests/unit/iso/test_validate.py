"""`isoloop validate` gives the right verdict, line and path on files and folders, as JSON lines and as a table."""

import argparse
import json
from pathlib import Path

import pytest

from iso import validate
from schemas.catalogue import Catalogue

SHARED = Path(__file__).parents[4] / "shared" / "iso20022"
CATALOGUE = Catalogue()
NS = "urn:iso:std:iso:20022:tech:xsd:"
DOC = f"""<Document xmlns="{NS}admi.002.001.01"><admi.002.001.01>
<RltdRef><Ref>R1</Ref></RltdRef>
<Rsn><RjctgPtyRsn>FF01</RjctgPtyRsn></Rsn>
</admi.002.001.01></Document>"""
PARTY = "<FIId><FinInstnId><BICFI>BANKBEBB</BICFI></FinInstnId></FIId>"
HEAD = (
    f'<AppHdr xmlns="{NS}head.001.001.02"><Fr>{PARTY}</Fr><To>{PARTY}</To><BizMsgIdr>B1</BizMsgIdr>'
    "<MsgDefIdr>admi.002.001.01</MsgDefIdr><CreDt>2026-11-20T10:00:00Z</CreDt></AppHdr>"
)
XSD = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{NS}test.001.001.01"
targetNamespace="{NS}test.001.001.01" elementFormDefault="qualified"><xs:element name="Document" type="xs:date"/>
</xs:schema>"""


def run(capsys, *arguments: object) -> tuple[int, list[dict]]:
    parser = argparse.ArgumentParser()
    validate.add_arguments(parser)
    status = validate.main(parser.parse_args(["--json", *map(str, arguments)]))
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def verdict(text: str) -> validate.Verdict:
    return validate.validate_bytes("x.xml", text.encode(), CATALOGUE)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the samples are not here")
def test_every_sample_gets_the_right_verdict(capsys):
    status, verdicts = run(capsys, SHARED / "samples")
    assert status == 1
    assert len(verdicts) == 100
    assert [found for found in verdicts if found["valid"] != ("/valid/" in found["file"])] == []
    status, verdicts = run(capsys, "--schemas", SHARED / "xsd", SHARED / "samples")
    assert status == 1
    assert [found for found in verdicts if found["valid"] != ("/valid/" in found["file"])] == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="the samples are not here")
def test_errors_are_where_the_collector_of_the_samples_found_them(capsys):
    index = (SHARED / "samples" / "INDEX.md").read_text()
    _, verdicts = run(capsys, "--schemas", SHARED / "xsd", SHARED / "samples" / "invalid")
    for found in verdicts:
        (row,) = (line for line in index.splitlines() if line.startswith(f"| {Path(found['file']).name} |"))
        assert f"line {found['errors'][0]['line']}: " in row


def test_a_valid_file(tmp_path: Path, capsys):
    (tmp_path / "a.xml").write_text(DOC)
    expected = {
        "file": str(tmp_path / "a.xml"),
        "message": "admi.002.001.01",
        "valid": True,
        "errors": [],
        "warnings": [],
    }
    assert run(capsys, tmp_path / "a.xml") == (0, [expected])


def test_an_error_has_line_path_code_and_text():
    found = verdict(DOC.replace("FF01", ""))
    assert found.valid is False
    (error,) = found.errors
    assert (error.line, error.path) == (3, "/Document/admi.002.001.01/Rsn/RjctgPtyRsn")
    assert error.code == "cvc-minLength-valid"
    assert "minLength" in error.text


@pytest.mark.parametrize("shape", ["<E>{}{}</E>", '<E xmlns="u"><Deep>{}{}</Deep></E>'])
def test_header_and_document_of_an_envelope_are_both_checked(shape):
    assert verdict(shape.format(HEAD, DOC)).valid is True
    found = verdict(shape.format(HEAD.replace("B1", ""), DOC.replace("FF01", "")))
    assert found.message == "admi.002.001.01"
    assert [error.path for error in found.errors] == ["/AppHdr/BizMsgIdr", "/Document/admi.002.001.01/Rsn/RjctgPtyRsn"]


def test_a_header_alone_is_checked():
    assert verdict(HEAD).message == "head.001.001.02"
    assert verdict(HEAD).valid is True
    assert verdict(HEAD.replace("2026", "26")).errors[0].path == "/AppHdr/CreDt"


def test_what_only_the_switch_minds_is_a_warning():
    found = verdict(f"<!-- c --><E>{HEAD.replace('admi', 'pacs')}{DOC}</E>")
    assert found.valid is True
    assert [warning.code for warning in found.warnings] == ["COMMENT", "MSG_DEF_IDR"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("<Document>", "MALFORMED"), ("", "MALFORMED"), (f"<!DOCTYPE a>{DOC}", "DOCTYPE"), ("\0", "MALFORMED")],
)
def test_what_is_no_xml_is_invalid(text, code):
    found = verdict(text)
    assert (found.message, found.valid) == (None, False)
    assert found.errors[0].code == code


@pytest.mark.parametrize("text", ["<html/>", "<Document/>", f'<Document xmlns="{NS}camt.999.001.01"/>'])
def test_what_has_no_schema_is_neither_valid_nor_invalid(text, tmp_path: Path, capsys):
    (tmp_path / "a.xml").write_text(text)
    status, (found,) = run(capsys, tmp_path)
    assert (status, found["valid"], found["errors"][0]["code"]) == (0, None, "UNSUPPORTED")


def test_an_invalid_header_makes_an_unsupported_document_invalid():
    unknown = DOC.replace("admi.002.001.01", "camt.999.001.01")
    assert verdict(f"<E>{HEAD}{unknown}</E>").valid is None
    assert verdict(f"<E>{HEAD.replace('B1', '')}{unknown}</E>").valid is False


def test_a_folder_of_schemas_gives_a_verdict_on_other_messages(tmp_path: Path, capsys):
    (tmp_path / "own.xsd").write_text(XSD)
    (tmp_path / "good.xml").write_text(f'<Document xmlns="{NS}test.001.001.01">2026-11-20</Document>')
    (tmp_path / "wrong.xml").write_text(f'<Document xmlns="{NS}test.001.001.01">today</Document>')
    status, verdicts = run(capsys, "--schemas", tmp_path, tmp_path)
    assert (status, [found["valid"] for found in verdicts]) == (1, [True, False])


def test_folders_are_searched_to_their_ground(tmp_path: Path, capsys):
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("b/c/1.xml", "b/2.XML", "0.xml", "b/not.txt"):
        (tmp_path / name).write_text(DOC)
    status, verdicts = run(capsys, tmp_path)
    assert status == 0
    assert [Path(found["file"]).name for found in verdicts] == ["0.xml", "2.XML", "1.xml"]


def test_a_missing_file_is_told(tmp_path: Path, capsys):
    status, (found,) = run(capsys, tmp_path / "none.xml")
    assert (status, found["valid"], found["errors"][0]["code"]) == (1, False, "UNREADABLE")


def test_an_unusable_folder_of_schemas_is_told(tmp_path: Path, capsys):
    assert validate.run([tmp_path], tmp_path / "none") == 2
    (tmp_path / "x.xsd").write_text("<no")
    assert validate.run([tmp_path], tmp_path) == 2
    assert "not well-formed" in capsys.readouterr().err


def test_the_table_shows_verdict_line_and_path(tmp_path: Path, capsys):
    (tmp_path / "a.xml").write_text(DOC.replace("FF01", ""))
    (tmp_path / "b.xml").write_text(f"<!-- c -->{DOC}")
    assert validate.run([tmp_path]) == 1
    shown = capsys.readouterr().out
    assert "invalid" in shown
    assert "/Document/admi.002.001.01/Rsn/RjctgPtyRsn" in shown
    assert "warning: " in shown
    assert "1 valid, 1 invalid, 0 without a schema" in shown


def test_an_error_by_an_inferred_schema_comes_with_a_warning():
    found = verdict(f'<Document xmlns="{NS}admi.006.001.01"><RsndReq/></Document>')
    assert (found.valid, [warning.code for warning in found.warnings]) == (False, ["INFERRED"])
    assert verdict(f'<Document xmlns="{NS}admi.004.001.02"><A/></Document>').warnings == ()
