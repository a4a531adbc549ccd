"""Any schema-valid message of a case is read, and written again as valid canonical XML of every edition."""

from random import Random

import pytest
from lxml import etree
from msgspec.structs import replace

from iso import gate
from iso.messages.cases import CASES
from iso.messages.shape import ShapeError
from schemas.catalogue import Catalogue, regenerate
from tests.oracle.instances import instance

CATALOGUE = Catalogue()
VERSIONS = [(module, version) for module in CASES for version in module.VERSIONS]
NAMES = tuple(f"{module.DEFAULT_VERSION[:8]}." for module in CASES)
SEEDS = range(5)


def parse(body: bytes) -> etree._Element:
    return gate.read(body).root


def test_every_catalogue_version_of_these_messages_has_a_typed_form():
    offered = {name for name in CATALOGUE.messages() if name.startswith(NAMES)}
    assert {name for _, name in VERSIONS} == offered


@pytest.mark.parametrize(("module", "version"), VERSIONS, ids=[version for _, version in VERSIONS])
def test_random_valid_messages_survive_every_edition(module, version: str):
    schema = regenerate(version)
    for seed in SEEDS:
        message = module.read(instance(schema, Random(seed)))
        for target in module.VERSIONS:
            written = _written(module, message, target)
            if written is None:
                assert target != version
                continue
            element = parse(written.body)
            assert CATALOGUE.schema(target).validate(element) == [], (seed, target)
            assert etree.tostring(element, method="c14n", exclusive=True) == written.body
            if target == version and not (written.lost and message.untyped):
                assert written.lost == ()
                assert replace(module.read(element), untyped=message.untyped) == message


def _written(module, message, target: str):
    """What older editions demand and newer ones leave out cannot be invented: such a message is not written."""
    try:
        return module.write(message, target)
    except ShapeError:
        return None
