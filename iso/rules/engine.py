"""Applies packs to a message: one pass over the tree, in which each element meets the rules that look at its name.

Which rules those are is worked out once for each message definition and choice of packs.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, cast

from lxml import etree

from iso.rules.model import Broken, Found, LookCheck, MoneyCheck, NodeCheck, Rule, TextCheck
from iso.rules.names import ONLY_IN
from iso.rules.node import Facts, Node
from iso.rules.packs import PACKS
from iso.rules.shapes import triggers
from schemas.errors import line_of, path_of

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_COPIES = frozenset({"OrgnlTxRef", "SplmtryData", "Rltd"})
"""What repeats another message, faults and all, or belongs to somebody else: no rule of ours is about it."""
_ASCII = "\t\n\r" + "".join(map(chr, range(32, 127)))
"""What an ASCII text of XML can hold, but DEL."""
_PAID = etree.XPath(".//*[@Ccy]")


class Row:
    """The checks for elements of one name."""

    __slots__ = ("by_child", "group", "looks", "money", "nodes", "texts")

    def __init__(self, *, group: bool) -> None:
        self.group = group
        self.texts: list[tuple[TextCheck, Rule]] = []
        self.money: list[tuple[MoneyCheck, Rule]] = []
        self.looks: list[tuple[LookCheck, Rule]] = []
        self.nodes: list[tuple[NodeCheck, Rule]] = []
        self.by_child: dict[str, list[tuple[NodeCheck, Rule]]] = {}

    def add(self, check: NodeCheck, rule: Rule) -> None:
        """A check of the element with its children: asked always, or where one of some children is there."""
        names = triggers(check)
        if not names:
            self.nodes.append((check, rule))
        for name in names:
            self.by_child.setdefault(name, []).append((check, rule))

    def due(self, node: Node) -> list[tuple[NodeCheck, Rule]]:
        """The checks to ask about a node, each once."""
        by_child = self.by_child
        hit = [by_child[name] for name in node.kids if name in by_child]
        if not hit:
            return self.nodes
        # by the function: the hash of a rule is that of all it says
        return list(dict([*self.nodes, *(each for checks in hit for each in checks)]).items())


class Plan:
    """The rules of some packs for one message definition, by the names of the elements they look at."""

    def __init__(self, rules: Iterable[Rule], definition: str) -> None:
        self.definition = definition
        prefix = "{" + NAMESPACE + definition + "}"
        self.rows: dict[str, Row] = {}
        self.money: list[tuple[MoneyCheck, Rule]] = []
        self.letters: list[tuple[re.Pattern[str], Rule]] = []
        self.beyond_ascii = True
        for rule in rules:
            if rule.money is not None and not rule.at:
                self.money.append((rule.money, rule))
            if rule.letters is not None:
                self.letters.append((rule.letters, rule))
                self.beyond_ascii = self.beyond_ascii and rule.letters.fullmatch(_ASCII) is not None
            for name in rule.at:
                if not definition.startswith(ONLY_IN.get(name, ("",))):
                    continue  # each further name costs every message
                row = self.rows.setdefault(prefix + name, Row(group=name == "GrpHdr"))
                if rule.text is not None:
                    row.texts.append((rule.text, rule))
                if rule.money is not None:
                    row.money.append((rule.money, rule))
                if rule.look is not None:
                    row.looks.append((rule.look, rule))
                if rule.node is not None:
                    row.add(rule.node, rule)
        self.tags = tuple(self.rows)

    def judge(
        self,
        root: etree._Element,
        around: etree._Element | None = None,
        held: Sequence[etree._Element] | None = None,
    ) -> list[Broken]:
        """The rules that the tree breaks, in the order of the pass; `held`: all its elements, where they are held."""
        broken: list[Broken] = []
        if self.rows:
            with Facts(root, self.definition, around) as facts:
                self._pass(root.iter(*self.tags) if held is None else held, facts, broken)
        if self.money:
            self._amounts(root, broken)
        if self.letters:
            self._letters(root, broken)
        return broken

    def _pass(self, elements: Iterable[etree._Element], facts: Facts, broken: list[Broken]) -> None:
        root, row_of = facts.document, self.rows.get
        for element in elements:
            row = row_of(element.tag)
            if row is None:
                continue
            if row.texts:
                text = (element.text or "").strip()
                for check, rule in row.texts:
                    found = check(text)
                    if found is not None:
                        _tell(broken, rule, element, found, root)
            if row.money:
                _weigh(row.money, element, broken, root)
            for look, rule in row.looks:
                seen = look(element, facts)
                if seen is not None:
                    _tell(broken, rule, element, seen, root)
            if row.nodes or row.by_child:
                node = Node(element, facts)
                if row.group:
                    facts.group = node
                for examine, rule in row.due(node):
                    seen = examine(node)
                    if seen is not None:
                        _tell(broken, rule, element, seen, root)

    def _amounts(self, root: etree._Element, broken: list[Broken]) -> None:
        for element in cast("Any", _PAID(root)):
            _weigh(self.money, element, broken, root)

    def letters_fit(self, root: etree._Element, *, ascii_only: bool) -> bool:
        """Whether all texts are in the letters that the rules allow; `ascii_only`: the message is known to be ASCII."""
        if not self.letters or (ascii_only and self.beyond_ascii):
            return True
        broken: list[Broken] = []
        self._letters(root, broken)
        return not broken

    def _letters(self, root: etree._Element, broken: list[Broken]) -> None:
        whole = str(etree.tostring(root, method="text", encoding="unicode"))
        if self.beyond_ascii and whole.isascii() and "\x7f" not in whole:  # XML has no other control characters
            return
        for pattern, rule in self.letters:
            if pattern.fullmatch(whole):
                continue
            for element in root.iter("{*}*"):
                text = element.text or ""
                odd = None if pattern.fullmatch(text) else next(char for char in text if not pattern.fullmatch(char))
                if odd is not None:
                    _tell(broken, rule, element, f"{odd!r} (U+{ord(odd):04X})", root)


def _weigh(
    checks: list[tuple[MoneyCheck, Rule]], element: etree._Element, broken: list[Broken], root: etree._Element
) -> None:
    code = element.get("Ccy")
    if code is None:  # a choice of amounts is called Amt too
        return
    text = (element.text or "").strip()
    for check, rule in checks:
        found = check(text, code)
        if found is not None:
            _tell(broken, rule, element, found, root)


def _tell(broken: list[Broken], rule: Rule, element: etree._Element, found: Found, root: etree._Element) -> None:
    place, detail = found if isinstance(found, tuple) else (element, found or "")
    if any(str(above.tag).rpartition("}")[2] in _COPIES for above in place.iterancestors()):
        return
    text = f"{rule.demand}: {detail}" if detail else rule.demand
    broken.append(
        Broken(rule.number, rule.severity, line_of(place), path_of(place, root), rule.reason, text, rule.todo)
    )


@lru_cache(maxsize=512)
def plan_of(packs: tuple[str, ...], definition: str, waived: frozenset[str] = frozenset()) -> Plan:
    """The plan of some packs for a message or header definition, without the rules of those numbers."""
    rules = [rule for pack in packs for rule in PACKS[pack] if rule.applies(definition) and rule.number not in waived]
    return Plan(rules, definition)


def judge(
    document: etree._Element,
    header: etree._Element | None,
    packs: Sequence[str],
    waived: frozenset[str] = frozenset(),
    held: tuple[Sequence[etree._Element], Sequence[etree._Element]] | None = None,
) -> list[Broken]:
    """The rules of these packs that a Document and the AppHdr around it break; the Document's come first.

    `held` are all elements of both, header first: who has them spares the walk over the trees.
    """
    of_header, of_document = held or (None, None)
    broken = plan_for(document, packs, waived).judge(document, header, of_document)
    if header is not None:
        broken += plan_for(header, packs, waived).judge(header, None, of_header)
    return broken


def judge_alone(part: etree._Element, packs: Sequence[str], waived: frozenset[str] = frozenset()) -> list[Broken]:
    """The same for an AppHdr without a Document."""
    return plan_for(part, packs, waived).judge(part)


def plan_for(part: etree._Element, packs: Sequence[str], waived: frozenset[str]) -> Plan:
    """The plan of these packs for a Document or an AppHdr."""
    namespace = str(part.tag)[1:].partition("}")[0]
    return plan_of(tuple(packs), namespace.removeprefix(NAMESPACE), waived)
