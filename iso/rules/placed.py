"""Rules by places: of a message with known tags only the checks are left that its texts can still break.

Which checks an element meets, and which of them its tags alone decide, is worked out once for all messages that have
the same tags (`Checks`). That something is broken is all it tells: `engine.judge` then finds out what.
"""

from collections.abc import Mapping, Sequence

from lxml import etree
from msgspec import Struct

from iso.rules.engine import Plan, Row
from iso.rules.model import LookCheck, MoneyCheck, NodeCheck, TextCheck
from iso.rules.node import Facts, Node
from iso.rules.shapes import may_break

Places = Mapping[etree._Element, int]  # noqa: SLF001 - the stubs call elements so
"""Element -> its place in document order."""


class Spot(Struct, frozen=True):
    """An element to look at with its children: their places by name, the checks, and whether it is the group header."""

    place: int
    kids: dict[str, int]
    checks: tuple[NodeCheck, ...]
    group: bool


class Checks(Struct, frozen=True):
    """The checks of a plan for a Document or AppHdr with certain tags, each with the place of its element."""

    plan: Plan
    texts: list[tuple[TextCheck, int]]
    money: list[tuple[MoneyCheck, int, str]]
    looks: list[tuple[LookCheck, int]]
    spots: list[Spot]

    def kept(
        self,
        root: etree._Element,
        around: etree._Element | None,
        elements: Sequence[etree._Element],
        texts: Sequence[str],
        *,
        ascii_only: bool,
    ) -> bool:
        """Whether a message keeps every rule; `texts` are those of its elements, both in document order."""
        for check, place in self.texts:
            if check(texts[place].strip()) is not None:
                return False
        for weigh, place, currency in self.money:
            if weigh(texts[place].strip(), currency) is not None:
                return False
        with Facts(root, self.plan.definition, around) as facts:
            for spot in self.spots:
                kids = {name: elements[place] for name, place in spot.kids.items()}
                node = Node.of(elements[spot.place], facts, kids)
                if spot.group:
                    facts.group = node
                for examine in spot.checks:
                    if examine(node) is not None:
                        return False
            for look, place in self.looks:
                if look(elements[place], facts) is not None:
                    return False
        return self.plan.letters_fit(root, ascii_only=ascii_only)


def checks_of(
    plan: Plan,
    root: etree._Element,
    around: etree._Element | None,
    places: Places,
) -> Checks:
    """The checks that a message with the tags of this one can break, whatever its texts are."""
    made = Checks(plan, [], [], [], [])
    with Facts(root, plan.definition, around) as facts:
        for element in root.iter():
            place, currency = places[element], element.get("Ccy")
            row = plan.rows.get(str(element.tag))
            if currency is not None:
                money = [*(row.money if row else ()), *plan.money]
                made.money.extend((check, place, currency) for check, _ in money)
            if row is not None:
                made.texts.extend((check, place) for check, _ in row.texts)
                made.looks.extend((look, place) for look, _ in row.looks if may_break(look, element, facts))
                _add_spot(made, row, Node(element, facts), places)
    return made


def _add_spot(made: Checks, row: Row, node: Node, places: Places) -> None:
    if row.group:
        node.facts.group = node
    checks = tuple(check for check, _ in row.due(node) if may_break(check, node))
    if checks or row.group:
        kids = {name: places[child] for name, child in node.kids.items()}
        made.spots.append(Spot(places[node.element], kids, checks, row.group))
