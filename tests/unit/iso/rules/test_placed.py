"""Rules by places find a message right only where the engine finds nothing, whatever message they were made of."""

from typing import NamedTuple

import pytest
from lxml import etree

from iso import gate
from iso.envelope import find_parts
from iso.rules.engine import plan_for
from iso.rules.packs import PACKS
from iso.rules.placed import checks_of
from tests.unit.iso.rules import templates
from tests.unit.iso.rules.test_rules import FITTING, PAIRS


class Message(NamedTuple):
    """A part as if it were all."""

    root: etree._Element
    texts: list[str]


def parts(body: bytes, *, blank: bool = False) -> list[etree._Element]:
    """Header and Document; `blank` puts the same text into every element that has one."""
    root = gate.read_file(body)[0]
    for element in root.iter() if blank else ():
        element.text = "0" if element.text and not len(element) else element.text
    return find_parts(root)


def agreed(body: bytes, packs: tuple[str, ...]) -> bool:
    """Whether checks made of a message with other texts find this one right; then the engine finds nothing."""
    right = True
    for part, other in zip(parts(body), parts(body, blank=True), strict=True):
        plan = plan_for(part, packs, frozenset())
        checks = checks_of(plan, other, None, {element: place for place, element in enumerate(other.iter())})
        whole = Message(part, [each.text or "" for each in part.iter()])
        kept = checks.kept(part, None, whole, ascii_only=body.isascii())
        assert not kept or plan.judge(part) == []
        right = right and kept
    return right


@pytest.mark.parametrize("number", PAIRS)
def test_tags_decide_only_what_texts_cannot_change(number: str):
    packs = tuple(pack for pack in PACKS if PACKS[pack])
    agreed(PAIRS[number].keeps, packs)
    assert not agreed(PAIRS[number].breaks, packs)


@pytest.mark.parametrize(("pack", "name"), [(pack, name) for pack, names in FITTING.items() for name in names])
def test_good_messages_are_found_right(pack: str, name: str):
    assert agreed(getattr(templates, name).encode(), (pack,))
