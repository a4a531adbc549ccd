"""Every schema we rebuild says what the official XSD says: by digest, and by verdicts, errors and lines on mutants."""

import re
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from schemas.catalogue import Catalogue, CompiledSchema, parse_xsd, regenerate
from schemas.xsd import official
from schemas.xsd.model import digest
from tests.oracle.differences import CATALOGUE, SHARED, XSDS, compare, valid_bases

MUTANTS, MANY = 400, 12_000
"""Mutants of a message, and with `--hypothesis-profile=long`."""

pytestmark = pytest.mark.skipif(not XSDS, reason="the official schemas are not here")
each = pytest.mark.parametrize("path", XSDS, ids=lambda path: path.stem)


def test_every_official_schema_is_offered_and_has_its_digest_on_file():
    assert {path.stem for path in XSDS if CATALOGUE.origin(path.stem).proof != "official"} == set()


@each
def test_equal_digest(path: Path):
    assert digest(official.read(parse_xsd(path.read_bytes(), path))) == digest(regenerate(path.stem))


@each
def test_equal_behaviour(path: Path, request: pytest.FixtureRequest):
    many = request.config.getoption("--hypothesis-profile") == "long"
    count = compare(path, MANY if many else MUTANTS)
    assert count.differences == []
    assert count.tried > (MANY if many else MUTANTS) * 0.5
    assert count.refused > count.tried / 3, "the mutants are mostly wrong"


@each
def test_generated_messages_are_valid(path: Path):
    tree = parse_xsd(path.read_bytes(), path)
    judge = CompiledSchema(path.stem, etree.XMLSchema(tree))
    found = [judge.validate(base) for base in valid_bases(path.stem, official.read(tree), Random(path.stem))]
    assert found == [[]] * len(found) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<xs:element name="CtrlSum" minOccurs="0"', "1"),
        ('name="AdrLine" minOccurs="0" maxOccurs="7"', "6"),
    ],
)
def test_a_small_change_of_a_schema_makes_differences(tmp_path: Path, old: str, new: str):
    text = CATALOGUE.xsd("pacs.008.001.08").decode()
    assert old in text
    (tmp_path / "x.xsd").write_text(text.replace(old, re.sub(r'"[^"]*"$', f'"{new}"', old)))
    assert compare(SHARED / "xsd" / "pacs.008.001.08.xsd", 5_000, Catalogue(tmp_path)).differences


def test_the_official_schemas_as_an_operators_folder_are_in_force():
    folder = Catalogue(SHARED / "xsd")
    assert {folder.origin(path.stem).proof for path in XSDS} == {"operator"}
    assert folder.messages() == CATALOGUE.messages()
    for path in XSDS[::10]:
        assert digest(folder.model(path.stem)) == digest(folder.widest(path.stem))
        assert parse_xsd(folder.xsd(path.stem)).get("targetNamespace", "").endswith(path.stem)
