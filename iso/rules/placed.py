"""Rules by places: of a message with known tags only the checks are left that its texts can still break.

Which checks an element meets, and which of them its tags alone decide, is worked out once for all messages that have
the same tags (`Checks`). That something is broken is all it tells: `engine.judge` then finds out what.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, cast

from lxml import etree
from msgspec import Struct

from iso.rules.engine import Plan, Row
from iso.rules.model import LookCheck, MoneyCheck, NodeCheck, TextCheck
from iso.rules.node import Facts, Node
from iso.rules.shapes import Told, may_break, told_by

Places = Mapping[etree._Element, int]  # noqa: SLF001 - the stubs call elements so
"""Element -> its place in document order."""


class Spot(Struct, frozen=True):
    """An element to look at with its children: their places by name, and the checks."""

    place: int
    kids: dict[str, int]
    checks: tuple[NodeCheck, ...]


class Checks(Struct, frozen=True):
    """The checks of a plan for a Document or AppHdr with certain tags, each with the place of its element.

    `texts` and `several` are functions of one text and of some, which are nearly all; `looks` and `spots` need a tree.
    """

    plan: Plan
    texts: list[tuple[TextCheck, int]]
    several: list[tuple[Callable[..., object], tuple[int, ...]]]
    money: list[tuple[MoneyCheck, int, str]]
    looks: list[tuple[LookCheck, int]]
    spots: list[Spot]

    def kept(self, part: etree._Element, around: etree._Element | None, whole: "Whole", *, ascii_only: bool) -> bool:
        """Whether a Document or AppHdr surely keeps every rule; places are counted in the `whole` it is a part of."""
        texts = whole.texts
        for check, place in self.texts:
            if check(texts[place].strip()) is not None:
                return False
        for weigh, place, currency in self.money:
            if weigh(texts[place].strip(), currency) is not None:
                return False
        for tell, places in self.several:
            if tell(*[texts[place].strip() for place in places]) is not None:
                return False
        if (self.looks or self.spots) and not self._seen(part, around, list(whole.root.iter())):
            return False
        return self.plan.letters_fit(part, ascii_only=ascii_only)

    def _seen(self, part: etree._Element, around: etree._Element | None, elements: list[etree._Element]) -> bool:
        with Facts(part, self.plan.definition, around) as facts:
            for look, place in self.looks:
                if look(elements[place], facts) is not None:
                    return False
            for spot in self.spots:
                kids = {name: elements[place] for name, place in spot.kids.items()}
                node = Node.of(elements[spot.place], facts, kids)
                if any(examine(node) is not None for examine in spot.checks):
                    return False
        return True

    def add_told(self, told: Sequence[Told], places: Places) -> None:
        """What tells by texts alone that a check is kept."""
        for tell, elements in told:
            if len(elements) == 1:
                self.texts.append((cast("TextCheck", tell), places[elements[0]]))
            else:
                self.several.append((tell, tuple(places[element] for element in elements)))


class Whole(Protocol):
    """A message: its root, and the texts of all its elements in document order."""

    @property
    def root(self) -> etree._Element:
        """The root."""

    @property
    def texts(self) -> Sequence[str]:
        """The texts; empty where an element has none."""


def checks_of(plan: Plan, part: etree._Element, around: etree._Element | None, places: Places) -> Checks:
    """The checks that a message with the tags of this one can break, whatever its texts are."""
    made = Checks(plan, [], [], [], [], [])
    with Facts(part, plan.definition, around) as facts:
        for element in part.iter():
            row, currency = plan.rows.get(str(element.tag)), element.get("Ccy")
            if currency is not None:
                money = [*(row.money if row else ()), *plan.money]
                made.money.extend((check, places[element], currency) for check, _ in money)
            if row is not None:
                made.texts.extend((check, places[element]) for check, _ in row.texts)
                _add_looks(made, row, element, facts, places)
                _add_spot(made, row, Node(element, facts), places)
    return made


def _add_looks(made: Checks, row: Row, element: etree._Element, facts: Facts, places: Places) -> None:
    for look, _ in row.looks:
        if may_break(look, element, facts):
            told = told_by(look, element, facts)
            if told is None:
                made.looks.append((look, places[element]))
            else:
                made.add_told(told, places)


def _add_spot(made: Checks, row: Row, node: Node, places: Places) -> None:
    left = []
    for check, _ in row.due(node):
        if may_break(check, node):
            told = told_by(check, node)
            if told is None:
                left.append(check)
            else:
                made.add_told(told, places)
    if left:
        kids = {name: places[child] for name, child in node.kids.items()}
        made.spots.append(Spot(places[node.element], kids, tuple(left)))
