"""`isoloop schemas` tells what is in force, writes it out and compares it; an operator's restriction comes first."""

import argparse
import json
from pathlib import Path

import pytest
from lxml import etree

from iso import schemas, validate
from schemas.catalogue import Catalogue, parse_xsd, regenerate
from schemas.xsd import official
from schemas.xsd.compare import differences
from schemas.xsd.model import Attribute, Complex, Element, Schema, Simple, Wildcard, digest

SHARED = Path(__file__).parents[4] / "shared" / "iso20022"
NS = "urn:iso:std:iso:20022:tech:xsd:"
MESSAGE = "admi.004.001.02"
DOCUMENT = f"""<Document xmlns="{NS}{MESSAGE}"><SysEvtNtfctn><EvtInf><EvtCd>OPEN</EvtCd><EvtDesc>of the day</EvtDesc>
</EvtInf></SysEvtNtfctn></Document>"""


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    parser = argparse.ArgumentParser()
    schemas.add_arguments(parser)
    status = schemas.main(parser.parse_args([str(argument) for argument in arguments]))
    out = capsys.readouterr()
    return status, out.out, out.err


@pytest.fixture
def restricted(tmp_path: Path) -> Path:
    """A folder with a usage guideline for admi.004: no description, codes instead of free text."""
    folder = tmp_path / "scheme"
    folder.mkdir()
    tree = parse_xsd(Catalogue().xsd(MESSAGE))
    xs = "{http://www.w3.org/2001/XMLSchema}"
    for element in tree.iter(f"{xs}element"):
        if element.get("name") == "EvtDesc":
            element.getparent().remove(element)
        if element.get("name") == "EvtCd":
            restriction = element.find(f".//{xs}restriction")
            restriction[:] = [restriction.makeelement(f"{xs}enumeration", value=code) for code in ("OPEN", "SHUT")]
    (folder / "scheme-events.xsd").write_bytes(etree.tostring(tree))
    return folder


def test_list_tells_source_and_proof(capsys):
    status, out, _ = run(capsys, "list", "--json")
    found = {one["message"]: (one["source"], one["proof"]) for one in json.loads(out)}
    assert status == 0
    assert sorted(found) == Catalogue().messages()
    assert found["pacs.008.001.08"] == ("pyiso20022", "official")
    assert found["camt.003.001.07"] == ("own", "official")
    assert found["camt.057.001.08"] == ("python_iso20022", "inferred")
    status, out, _ = run(capsys, "list", "camt.057", "pacs.008.001.08")
    assert (status, "inferred from official ones" in out, "2 schemas" in out) == (0, True, True)


def test_a_restriction_of_the_operator_is_in_force_and_list_says_so(capsys, restricted: Path, tmp_path: Path):
    status, out, _ = run(capsys, "list", MESSAGE, "admi.002", "--json", "--schemas", restricted)
    assert status == 0
    assert [(one["message"], one["proof"], one["relation"]) for one in json.loads(out)] == [
        ("admi.002.001.01", "official", ""),
        (MESSAGE, "operator", "restricts"),
    ]
    assert "is restricted" in run(capsys, "list", MESSAGE, "--schemas", restricted)[1]
    file = DOCUMENT.encode()
    assert validate.validate_bytes("x", file, Catalogue()).valid is True
    assert [error.path for error in validate.validate_bytes("x", file, Catalogue(restricted)).errors] == [
        "/Document/SysEvtNtfctn/EvtInf/EvtDesc"
    ]


def test_diff_shows_what_a_restriction_restricts(capsys, restricted: Path):
    status, out, _ = run(capsys, "diff", MESSAGE, "--schemas", restricted, "--json")
    report = json.loads(out)
    assert status == 1
    assert [(one["path"], one["what"], one["new"], one["narrower"]) for one in report["differences"]] == [
        ("/Document/SysEvtNtfctn/EvtInf/EvtCd", "text", "one of OPEN SHUT", True),
        ("/Document/SysEvtNtfctn/EvtInf/EvtDesc", "removed", "", True),
    ]
    file = restricted / "scheme-events.xsd"
    assert json.loads(run(capsys, "diff", file, "--json")[1])["differences"] == report["differences"]
    tree = run(capsys, "diff", file)[1]
    assert "- 0 to 1, string, 1 to 1000 characters" in tree
    assert "2 differences" in tree
    assert all(
        not one["narrower"] for one in json.loads(run(capsys, "diff", file, MESSAGE, "--json")[1])["differences"]
    )


def test_diff_of_two_editions_tells_a_shared_type_once(capsys):
    status, out, _ = run(capsys, "diff", "pacs.008.001.08", "pacs.008.001.12", "--json")
    found = {one["path"]: one for one in json.loads(out)["differences"]}
    settlement = "/Document/FIToFICstmrCdtTrf/GrpHdr/SttlmInf"
    account = found[f"{settlement}/SttlmAcct/Id"]
    assert (status, account["what"], account["old"], account["new"]) == (1, "occurs", "1 to 1", "0 to 1")
    assert f"{settlement}/InstgRmbrsmntAgtAcct/Id" in account["also"]
    assert f"{settlement}/InstgRmbrsmntAgtAcct/Id" not in found
    street = found[f"{settlement}/InstgRmbrsmntAgt/FinInstnId/PstlAdr/StrtNm"]
    assert (street["old"], street["new"]) == ("string, 1 to 70 characters", "string, 1 to 140 characters")
    assert "and at 10 other places" in run(capsys, "diff", "pacs.008.001.08", "pacs.008.001.12")[1]


def test_equal_schemas_have_no_differences(capsys):
    assert run(capsys, "diff", "camt.054.001.08", "camt.054.001.08") [0] == 0  # fmt: skip
    assert differences(regenerate("camt.029.001.09"), regenerate("camt.029.001.09")) == []


def test_export_writes_what_is_in_force(capsys, restricted: Path, tmp_path: Path):
    status, out, _ = run(capsys, "export", tmp_path / "out", "admi", "acmt.023.001.02", "--schemas", restricted)
    assert status == 0
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"admi.002.001.01.xsd", f"{MESSAGE}.xsd", "acmt.023.001.02.xsd"} <= written
    assert len(out.splitlines()) == len(written)
    assert (tmp_path / "out" / f"{MESSAGE}.xsd").read_bytes() == (restricted / "scheme-events.xsd").read_bytes()
    back = Catalogue(tmp_path / "out")
    assert all(back.schema(name.removesuffix(".xsd")) for name in written)
    assert digest(back.model("acmt.023.001.02")) == digest(regenerate("acmt.023.001.02"))
    assert back.schema("admi.002.001.01").validate(etree.fromstring(f'<Document xmlns="{NS}admi.002.001.01"/>'))


def test_export_keeps_a_file_that_says_something_else(capsys, tmp_path: Path):
    run(capsys, "export", tmp_path, "admi.002")
    assert run(capsys, "export", tmp_path, "admi.002", "--json")[:2] == (0, f'["{tmp_path}/admi.002.001.01.xsd"]\n')
    (tmp_path / "admi.002.001.01.xsd").write_bytes(b"mine")
    status, _, error = run(capsys, "export", tmp_path, "admi.002")
    assert (status, (tmp_path / "admi.002.001.01.xsd").read_bytes()) == (2, b"mine")
    assert "--force" in error
    assert run(capsys, "export", tmp_path, "admi.002", "--force")[0] == 0
    assert b"xs:schema" in (tmp_path / "admi.002.001.01.xsd").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("list", "pacs.099"), "no schema for pacs.099"),
        (("list", "--schemas", "/no/folder"), "is no folder"),
        (("export", "/tmp/never", "pacs.099"), "no schema for pacs.099"),
        (("diff", "pacs.008.001.08"), "Name a second version"),
        (("diff", "pacs.008.001.08", "pacs.008.001.99"), "no schema for pacs.008.001.99, and no file"),
        (("diff", __file__), "not well-formed"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(capsys, arguments, reason: str):
    status, out, error = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert reason in error


@pytest.mark.skipif(not SHARED.is_dir(), reason="the official schemas are not here")
def test_the_official_schemas_in_a_folder_say_what_the_built_in_ones_say(capsys):
    status, out, _ = run(capsys, "list", "--json", "--schemas", SHARED / "xsd")
    found = json.loads(out)
    assert status == 0
    operators = [one for one in found if one["proof"] == "operator"]
    assert len(operators) == len(list((SHARED / "xsd").glob("*.xsd")))
    assert {one["relation"] for one in operators} == {"equal"}


def test_what_an_operator_writes_in_unusual_ways_is_told(capsys, tmp_path: Path):
    text = Catalogue().xsd(MESSAGE).decode().replace("</xs:schema>", '<xs:attributeGroup name="g"/></xs:schema>')
    (tmp_path / "x.xsd").write_text(text)
    (one,) = json.loads(run(capsys, "list", MESSAGE, "--json", "--schemas", tmp_path)[1])
    assert one["relation"].startswith("not comparable")
    assert run(capsys, "diff", MESSAGE, "--schemas", tmp_path)[0] == 2


TEXT = Simple("string", (("maxLength", "35"), ("minLength", "1")))
CODES = Simple("string", (("enumeration", "A"), ("enumeration", "BC")))
COUNTRY = Simple("string", (("pattern", "[A-Z]{2,2}"),))
AMOUNT = Simple("decimal", (("fractionDigits", "5"), ("minInclusive", "0"), ("totalDigits", "18")))


def one(child: Element | Wildcard, kind: str = "sequence", **types: Complex) -> Schema:
    first = Element("First", Simple("string"))
    return Schema("urn:x", "Document", "D", {"D": Complex(kind, (first, child)), **types})


def text(simple: Simple) -> Schema:
    return one(Element("E", simple))


MONEY = {"M": Complex("text", text=AMOUNT, attributes=(Attribute("Ccy", COUNTRY, required=True),))}
FREE = {"M": Complex("text", text=AMOUNT, attributes=(Attribute("Ccy", COUNTRY, required=False),))}


@pytest.mark.parametrize(
    ("old", "new", "what", "narrower"),
    [
        (text(TEXT), text(Simple("string", (("maxLength", "34"), ("minLength", "1")))), "text", True),
        (text(TEXT), text(Simple("string", (("maxLength", "36"), ("minLength", "1")))), "text", False),
        (text(TEXT), text(Simple("string", (("maxLength", "35"),))), "text", False),
        (text(TEXT), text(CODES), "text", True),
        (text(CODES), text(TEXT), "text", False),
        (text(CODES), text(Simple("string", (("enumeration", "A"),))), "text", True),
        (text(CODES), text(Simple("string", (("enumeration", "C"),))), "text", False),
        (text(COUNTRY), text(CODES), "text", False),
        (text(COUNTRY), text(Simple("string", (("enumeration", "NL"),))), "text", True),
        (text(COUNTRY), text(Simple("string", (("pattern", "[A-Z]{2,3}"),))), "text", False),
        (text(AMOUNT), text(Simple("decimal", (*AMOUNT.facets[:2], ("totalDigits", "17")))), "text", True),
        (text(AMOUNT), text(Simple("decimal", (AMOUNT.facets[0], AMOUNT.facets[2]))), "text", False),
        (text(TEXT), text(Simple("date")), "text", False),
        (one(Element("E", TEXT, 0)), one(Element("E", TEXT, 1)), "occurs", True),
        (one(Element("E", TEXT, 1)), one(Element("E", TEXT, 0)), "occurs", False),
        (one(Element("E", TEXT, 0, None)), one(Element("E", TEXT, 0, 3)), "occurs", True),
        (one(Element("E", TEXT, 0)), one(Element("F", TEXT, 0)), "added", False),
        (one(Element("E", TEXT)), one(Element("E", "M"), **MONEY), "kind", False),
        (one(Element("E", "M"), **FREE), one(Element("E", "M"), **MONEY), "attribute", True),
        (one(Element("E", "M"), **MONEY), one(Element("E", "M"), **FREE), "attribute", False),
        (one(Element("E", TEXT)), one(Element("E", TEXT), "choice"), "kind", False),
        (one(Wildcard("##any", "lax")), one(Wildcard("##other", "lax")), "kind", False),
    ],
)
def test_each_kind_of_difference_is_told_and_known_as_narrower_or_not(old, new, what: str, narrower: bool):
    found = differences(old, new)[0]
    assert (found.what, found.narrower) == (what, narrower)
    assert differences(old, old) == []


def test_another_order_is_a_difference():
    parts = (Element("A", TEXT), Element("B", TEXT))
    old, new = (Schema("urn:x", "D", "D", {"D": Complex("sequence", order)}) for order in (parts, parts[::-1]))
    assert [(found.what, found.old, found.new) for found in differences(old, new)] == [("order", "A B", "B A")]
    assert digest(official.read(parse_xsd(Catalogue().xsd(MESSAGE)))) == digest(regenerate(MESSAGE))
