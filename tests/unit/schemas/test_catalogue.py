"""Only proved schemas are offered; an operator's folder comes first; many threads may compile and validate."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from schemas.catalogue import Catalogue, CatalogueError, parse_xsd, rebuild, regenerate
from schemas.xsd import official, packaged
from schemas.xsd.model import Complex, Element, Schema, SchemaShapeError, Simple, digest
from schemas.xsd.write import xsd_text

CATALOGUE = Catalogue()
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
ADMI = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:admi.002.001.01"><admi.002.001.01>
<RltdRef><Ref>{ref}</Ref></RltdRef><Rsn><RjctgPtyRsn>FF01</RjctgPtyRsn></Rsn></admi.002.001.01></Document>"""
OWN = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{ns}" targetNamespace="{ns}"
elementFormDefault="qualified">{more}<xs:element name="Document" type="xs:{type}"/></xs:schema>"""


def own(name: str = NAMESPACE + "admi.002.001.01", kind: str = "date", more: str = "") -> bytes:
    return OWN.format(ns=name, type=kind, more=more).encode()


@pytest.mark.parametrize("message", CATALOGUE.messages())
def test_every_offered_schema_rebuilds_to_its_digest_and_compiles(message: str):
    schema = regenerate(message)
    assert schema.namespace == NAMESPACE + message
    assert digest(official.read(parse_xsd(xsd_text(schema).encode()))) == digest(schema)
    assert CATALOGUE.schema(message).message == message


def test_the_messages_of_the_main_job_are_there():
    for message in ("head.001.001.01", "head.001.001.02", "head.001.001.03", "head.001.001.04", "admi.002.001.01"):
        assert CATALOGUE.known(message)
    assert [m for m in CATALOGUE.messages() if m.startswith("pacs.008")] == [
        f"pacs.008.001.{version:02}" for version in range(2, 14)
    ]
    assert CATALOGUE.known("acmt.023.001.04")
    assert CATALOGUE.known("camt.003.001.08")


@pytest.mark.parametrize("message", ["pacs.008.001.01", "pacs.008.001.99", "", "pacs.008", "colr.003.001.03"])
def test_unproved_messages_are_not_offered(message: str):
    assert not CATALOGUE.known(message)
    with pytest.raises(LookupError):
        CATALOGUE.schema(message)


def test_a_first_edition_that_the_models_cannot_say_differs_from_every_digest():
    proved = {digest(regenerate(message)) for message in CATALOGUE.messages()}
    assert digest(rebuild("pyiso20022", "pacs.008.001.01")) not in proved


def test_a_package_without_the_message_is_told():
    with pytest.raises(CatalogueError, match="has no"):
        rebuild("pyiso20022", "pacs.008.001.99")
    with pytest.raises(SchemaShapeError, match="not installed"):
        packaged.read("no_such_package.pacs", "pacs.008.001.08")


SIMPLE = Simple("string", (("maxLength", "35"),))
BASE = {"Document": Complex("sequence", (Element("A", "B"), Element("C", SIMPLE, 0))), "B": Complex("sequence", ())}


def schema(**types: Complex) -> Schema:
    return Schema("urn:x", "Document", "Document", BASE | types)


def test_the_digest_forgets_names_of_types():
    renamed = Schema("urn:x", "Document", "D", {"D": Complex("sequence", (Element("A", "Q"), Element("C", SIMPLE, 0)))})
    other = msgspec.structs.replace(renamed, types={**renamed.types, "Q": Complex("sequence", ())})
    assert digest(other) == digest(schema())


@pytest.mark.parametrize(
    "document",
    [
        Complex("choice", (Element("A", "B"), Element("C", SIMPLE, 0))),
        Complex("sequence", (Element("C", SIMPLE, 0), Element("A", "B"))),
        Complex("sequence", (Element("A", "B"), Element("C", SIMPLE))),
        Complex("sequence", (Element("A", "B"), Element("C", SIMPLE, 0, None))),
        Complex("sequence", (Element("A", "B"), Element("C", Simple("string", (("maxLength", "36"),)), 0))),
        Complex("sequence", (Element("A", "B"), Element("C", Simple("date"), 0))),
    ],
)
def test_the_digest_sees_every_change_of_meaning(document: Complex):
    assert digest(schema(Document=document)) != digest(schema())


def test_a_recursive_schema_is_refused():
    with pytest.raises(SchemaShapeError, match="contains itself"):
        digest(schema(B=Complex("sequence", (Element("A", "B"),))))


def test_an_official_schema_that_says_more_than_the_model_is_refused():
    for more in ('<xs:attributeGroup name="g"/>', '<xs:element name="Second" type="xs:date"/>'):
        with pytest.raises(SchemaShapeError):
            official.read(parse_xsd(own(more=more)))


def test_the_operators_folder_comes_first(tmp_path: Path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "restricted.xsd").write_bytes(own())
    (tmp_path / "other.xsd").write_bytes(own(NAMESPACE + "camt.999.001.01"))
    catalogue = Catalogue(tmp_path)
    assert {"camt.999.001.01", "pacs.008.001.08"} <= set(catalogue.messages())
    document = etree.fromstring(ADMI.format(ref="x"))
    assert CATALOGUE.schema("admi.002.001.01").validate(document) == []
    assert catalogue.schema("admi.002.001.01").validate(document) != []


def test_of_two_files_for_a_namespace_the_one_named_like_the_message_counts(tmp_path: Path):
    (tmp_path / "a.xsd").write_bytes(own(kind="date"))
    (tmp_path / "admi.002.001.01.xsd").write_bytes(own(kind="string"))
    (tmp_path / "z.xsd").write_bytes(own(kind="date"))
    text = etree.fromstring(f'<Document xmlns="{NAMESPACE}admi.002.001.01">words</Document>')
    assert Catalogue(tmp_path).schema("admi.002.001.01").validate(text) == []
    (tmp_path / "admi.002.001.01.xsd").unlink()
    with pytest.raises(CatalogueError, match="both for"):
        Catalogue(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"<xs:schema", "not well-formed"),
        (b"<!DOCTYPE s [<!ENTITY e 'x'>]>" + own(), "document type"),
        (own(more='<xs:import namespace="u" schemaLocation="http://127.0.0.1:9/x.xsd"/>'), "refers to"),
        (own(more='<xs:include schemaLocation="../../etc/x.xsd"/>'), "refers to"),
        (own(more='<xs:include schemaLocation="missing.xsd"/>'), "refers to"),
    ],
)
def test_a_faulty_or_outgoing_file_of_the_operator_is_refused(tmp_path: Path, text: bytes, reason: str):
    (tmp_path / "x.xsd").write_bytes(text)
    with pytest.raises(CatalogueError, match=reason):
        Catalogue(tmp_path)


def test_a_file_that_is_no_valid_schema_is_told_when_it_is_used(tmp_path: Path):
    (tmp_path / "x.xsd").write_bytes(own(kind="nonsense"))
    with pytest.raises(CatalogueError, match="no usable schema"):
        Catalogue(tmp_path).schema("admi.002.001.01")


def test_validation_from_many_threads_keeps_errors_apart():
    catalogue = Catalogue()

    def errors(number: int) -> tuple[int, list[str]]:
        text = ADMI.format(ref="x" if number % 2 else "long" * number)
        return number, [found.text for found in catalogue.schema("admi.002.001.01").validate(etree.fromstring(text))]

    with ThreadPoolExecutor(8) as pool:
        for number, texts in pool.map(errors, range(40, 400)):
            assert len(texts) == (number + 1) % 2
            assert all(f"length of '{4 * number}'" in text for text in texts)
