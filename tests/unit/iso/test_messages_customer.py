"""Any valid message between customers and banks is read in every edition, and written again as valid in every other."""

from random import Random

import pytest
from lxml import etree
from msgspec.structs import replace

from iso import gate
from iso.messages import pain001, pain002, pain008, pain013, pain014
from schemas.catalogue import Catalogue, regenerate
from tests.oracle.instances import instance

CATALOGUE = Catalogue()
MODULES = (pain001, pain002, pain013, pain014)
CASES = [(module, version) for module in MODULES for version in module.VERSIONS]
SEEDS = range(2)


def parse(body: bytes) -> etree._Element:
    return gate.read(body).root


def test_every_catalogue_version_of_these_messages_is_known():
    known = {version for module in (*MODULES, pain008) for version in module.VERSIONS}
    families = ("pain.001.", "pain.002.", "pain.007.", "pain.008.", "pain.013.", "pain.014.")
    assert known == {name for name in CATALOGUE.messages() if name.startswith(families)}


@pytest.mark.parametrize(("module", "version"), CASES, ids=[version for _, version in CASES])
def test_random_valid_messages_survive_and_fit_every_edition(module, version: str):
    schema = regenerate(version)
    for seed in SEEDS:
        message = module.read(instance(schema, Random(seed)))
        written = module.write(message, version)
        assert written.lost == ()
        assert replace(module.read(parse(written.body)), untyped=message.untyped) == message
        for target in module.VERSIONS:
            body = module.write(message, target).body
            element = parse(body)
            assert CATALOGUE.schema(target).validate(element) == [], (seed, target)
            assert etree.tostring(element, method="c14n", exclusive=True) == body


@pytest.mark.parametrize("version", pain008.VERSIONS)
def test_of_direct_debits_the_header_is_read(version: str):
    element = instance(regenerate(version), Random(1))
    message = pain008.read(element)
    assert (message.definition, message.message_id) == (version, element.findtext(".//{*}GrpHdr/{*}MsgId"))


def test_real_messages_survive_too(shared):
    for path in sorted((shared / "iso20022/samples/valid").glob("pain*.xml")):
        root = gate.read(path.read_bytes(), replace(gate.STRICT, plain=False)).root
        element = next(root.iter("{*}Document"))
        definition = etree.QName(element).namespace.rpartition(":")[2]
        module = next((module for module, version in CASES if version == definition), None)
        if module is not None and not any(isinstance(part, etree._Comment) for part in element.iter()):
            message = module.read(element)
            again = module.read(parse(module.write(message, definition).body))
            assert replace(again, untyped=message.untyped) == message, path.name
