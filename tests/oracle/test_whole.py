"""Wire, typed, wire: the form made from a schema keeps every element and attribute, of samples and of any version."""

from pathlib import Path
from random import Random

import pytest
from lxml import etree

from iso.messages.whole import FORMS
from schemas.catalogue import Catalogue, regenerate
from schemas.xsd.model import Element
from tests.oracle.instances import Covered, instance

SAMPLES = Path(__file__).parents[3] / "shared" / "iso20022" / "samples" / "valid"
CATALOGUE = Catalogue()


def content(element):
    """What an element says: name, attributes, and its text or its children, without white space between these."""
    children = [child for child in element if isinstance(child.tag, str)]
    inner = [content(child) for child in children] if children else "".join(element.itertext())
    return element.tag, sorted(element.attrib.items()), inner


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_every_valid_sample_is_kept():
    read = 0
    for path in sorted(SAMPLES.glob("*.xml")):
        for element in etree.parse(path).getroot().iter("{*}AppHdr", "{*}Document"):
            if not CATALOGUE.known(etree.QName(element).namespace.rpartition(":")[2]):
                continue
            value = FORMS.read(element)
            written = FORMS.write(value)
            back = etree.fromstring(written)
            assert content(back) == content(element), path.name
            assert etree.tostring(back, method="c14n", exclusive=True) == written, path.name
            assert FORMS.read(back) == value
            assert value.untyped == ()
            read += 1
    assert read >= 80


@pytest.mark.parametrize("message", CATALOGUE.messages())
def test_every_element_of_every_version_comes_back_in_canonical_form(message: str):
    model, rng = regenerate(message), Random(message)
    form = FORMS.form(message)
    covered: Covered = set()
    children = [(name, part) for name, type_ in model.types.items() for part in type_.particles]
    wanted = {(name, part.name) for name, part in children if isinstance(part, Element)}
    while covered != wanted:
        element = instance(model, rng, covered)
        value = form.read(element)
        assert value.untyped == ()
        assert form.write(value) == etree.tostring(element, method="c14n", exclusive=True)
