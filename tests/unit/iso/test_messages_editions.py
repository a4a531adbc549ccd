"""Any schema-valid message of any edition is read, and written again as valid canonical XML of every edition."""

from random import Random

import pytest
from lxml import etree
from msgspec.structs import replace

from iso import gate
from iso.messages import admi002, head001, pacs002, pacs004, pacs007, pacs008, pacs009, pacs010, pacs028, pacs029
from schemas.catalogue import Catalogue, regenerate
from tests.oracle.instances import instance

CATALOGUE = Catalogue()
MODULES = (pacs008, pacs002, pacs004, pacs007, pacs009, pacs010, pacs028, pacs029, admi002, head001)
CASES = [(module, version) for module in MODULES for version in module.VERSIONS]
SEEDS = range(8)


def typed(module, element: etree._Element):
    message = module.read(element)
    return replace(message, signed=False) if module is head001 else message


def parse(body: bytes) -> etree._Element:
    return gate.read(body).root


def test_every_catalogue_version_of_these_messages_has_a_typed_form():
    names = tuple({name.rpartition(".001.")[0] + "." for _, name in CASES})
    assert {name for _, name in CASES} == {name for name in CATALOGUE.messages() if name.startswith(names)}


@pytest.mark.parametrize(("module", "version"), CASES, ids=[version for _, version in CASES])
def test_random_valid_messages_survive_their_own_edition(module, version: str):
    schema = regenerate(version)
    for seed in SEEDS:
        message = typed(module, instance(schema, Random(seed)))
        written = module.write(message, version)
        assert written.lost == ()
        assert replace(typed(module, parse(written.body)), untyped=message.untyped) == message


@pytest.mark.parametrize(("module", "version"), CASES, ids=[version for _, version in CASES])
def test_what_is_written_is_valid_and_canonical_in_every_edition(module, version: str):
    schema = regenerate(version)
    for seed in SEEDS:
        message = typed(module, instance(schema, Random(seed)))
        for target in module.VERSIONS:
            body = module.write(message, target).body
            element = parse(body)
            assert CATALOGUE.schema(target).validate(element) == [], (seed, target)
            assert etree.tostring(element, method="c14n", exclusive=True) == body


def test_real_messages_survive_too(shared):
    for path in sorted((shared / "iso20022/samples/valid").glob("*.xml")):
        root = gate.read(path.read_bytes(), replace(gate.STRICT, plain=False)).root
        for element in root.iter("{*}Document", "{*}AppHdr"):
            definition = etree.QName(element).namespace.rpartition(":")[2]
            module = next((module for module, version in CASES if version == definition), None)
            if module is not None and not any(isinstance(part, etree._Comment) for part in element.iter()):
                message = typed(module, element)
                for target in module.VERSIONS:
                    written = parse(module.write(message, target).body)
                    assert CATALOGUE.schema(target).validate(written) == [], (path.name, target)
                again = typed(module, parse(module.write(message, definition).body))
                assert replace(again, untyped=message.untyped) == message, path.name
