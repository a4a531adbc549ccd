"""Rules by places find a message right exactly where the engine finds nothing, whatever message they were made of."""

import pytest
from lxml import etree

from iso import gate
from iso.envelope import find_parts
from iso.rules.engine import plan_for
from iso.rules.packs import PACKS
from iso.rules.placed import checks_of
from tests.unit.iso.rules.test_rules import PAIRS


def parts(body: bytes, *, blank: bool = False) -> list[etree._Element]:
    """Header and Document; `blank` puts the same text into every element that has one."""
    root = gate.read_file(body)[0]
    for element in root.iter() if blank else ():
        element.text = "0" if element.text and not len(element) else element.text
    return find_parts(root)


def agreed(body: bytes, packs: tuple[str, ...]) -> bool:
    """Whether checks made of a message with other texts find this one right; the engine must be of that opinion."""
    right = True
    for part, other in zip(parts(body), parts(body, blank=True), strict=True):
        plan = plan_for(part, packs, frozenset())
        checks = checks_of(plan, other, None, {element: place for place, element in enumerate(other.iter())})
        elements = list(part.iter())
        kept = checks.kept(part, None, elements, [each.text or "" for each in elements], ascii_only=body.isascii())
        assert kept == (plan.judge(part) == []), plan.judge(part)
        right = right and kept
    return right


@pytest.mark.parametrize("number", PAIRS)
def test_tags_decide_only_what_texts_cannot_change(number: str):
    packs = tuple(pack for pack in PACKS if PACKS[pack])
    agreed(PAIRS[number].keeps, packs)
    assert not agreed(PAIRS[number].breaks, packs)


@pytest.mark.parametrize("pack", ["base", "cbpr", "instant", "fednow"])
def test_good_messages_are_found_right(pack: str):
    kept = [agreed(pair.keeps, (pack,)) for number, pair in PAIRS.items() if number.startswith(pack.upper())]
    assert any(kept)
