"""Makers of checks on what an element holds: this must be there, this must not, these only together."""

from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

from lxml import etree

from iso.rules.model import Found, LookCheck, NodeCheck
from iso.rules.node import Node

_NOT_PROVIDED: Final = "NOTPROVIDED"
_TRIGGERS: Final[dict[NodeCheck, frozenset[str]]] = {}
_Check = TypeVar("_Check", NodeCheck, LookCheck)
_POSSIBLE: Final[dict[object, Callable[..., bool]]] = {}
Told: TypeAlias = "tuple[Callable[..., object], tuple[etree._Element, ...]]"  # noqa: SLF001 - the stubs call elements so
"""A function that answers None if the texts of these elements are right."""
_TOLD: Final[dict[object, Callable[..., list[Told]]]] = {}


def only_with(check: NodeCheck, *names: str) -> NodeCheck:
    """The check, which finds nothing where none of these children is: it need not be asked there."""
    _TRIGGERS[check] = frozenset(names)
    return check


def triggers(check: NodeCheck) -> frozenset[str]:
    """The children one of which must be there for the check to find anything; empty: it must always be asked."""
    return _TRIGGERS.get(check, frozenset())


def of_tags(check: _Check) -> _Check:
    """A check that reads no text, only which elements and attributes there are: tags alone decide it."""
    _POSSIBLE[check] = lambda *seen: check(*seen) is not None
    return check


def may_break(check: NodeCheck | LookCheck, *seen: object) -> bool:
    """Whether a message with the tags around what is `seen` can break the check, whatever its texts say."""
    possible = _POSSIBLE.get(check)
    return True if possible is None else possible(*seen)


def of_texts(check: _Check, told: Callable[..., list[Told]]) -> _Check:
    """A check that a few texts decide: it finds nothing where each of what is `told` finds nothing.

    `told` gets what the check gets, looks at tags alone, and may give what is stricter than the check.
    """
    _TOLD[check] = told
    return check


def told_by(check: NodeCheck | LookCheck, *seen: object) -> list[Told] | None:
    """What tells by texts alone that a check is kept, with the tags around what is `seen`; None if nothing does."""
    told = _TOLD.get(check)
    return None if told is None else told(*seen)


def of_value(name: str, examine: Callable[[str], str | None]) -> NodeCheck:
    """The text of a child, where it is, keeps a check."""

    def check(node: Node) -> Found:
        text = node.value(name)
        found = None if text is None else examine(text)
        return None if found is None else (node.kids[name], found)

    return of_texts(only_with(check, name), lambda node: [(examine, (node.kids[name],))])


def needs(*names: str) -> NodeCheck:
    """At least one of these children is there."""
    said = " or ".join(names)

    def check(node: Node) -> Found:
        return None if any(name in node.kids for name in names) else f"{said} is missing"

    return of_tags(check)


def needs_path(*path: str) -> NodeCheck:
    """The element at that path is there."""
    said = "/".join(path)

    def check(node: Node) -> Found:
        return None if node.find(*path) is not None else f"{said} is missing"

    return of_tags(check)


def lacks(*names: str) -> NodeCheck:
    """None of these children is there."""

    def check(node: Node) -> Found:
        for name in names:
            if name in node.kids:
                return node.kids[name], f"{name} is there"
        return None

    return of_tags(only_with(check, *names))


def lacks_path(*path: str) -> NodeCheck:
    """Nothing is at that path."""
    said = "/".join(path)

    def check(node: Node) -> Found:
        found = node.find(*path)
        return None if found is None else (found, f"{said} is there")

    return of_tags(only_with(check, path[0]))


def follows(name: str, *needed: str) -> NodeCheck:
    """Where `name` is, all of these are."""

    def check(node: Node) -> Found:
        if name in node.kids:
            for other in needed:
                if other not in node.kids:
                    return node.kids[name], f"{name} without {other}"
        return None

    return of_tags(only_with(check, name))


def follow(*rows: tuple[str, ...]) -> NodeCheck:
    """Of each row: where the first is, the others are."""
    wanted = {row[0]: row[1:] for row in rows}
    names = frozenset(wanted)

    def check(node: Node) -> Found:
        if names.isdisjoint(node.kids):
            return None
        for name, needed in wanted.items():
            for other in needed:
                if name in node.kids and other not in node.kids:
                    return node.kids[name], f"{name} without {other}"
        return None

    return of_tags(only_with(check, *wanted))


def excludes(name: str, *others: str) -> NodeCheck:
    """Where `name` is, none of these is."""

    def check(node: Node) -> Found:
        if name in node.kids:
            for other in others:
                if other in node.kids:
                    return node.kids[other], f"{other} beside {name}"
        return None

    return of_tags(only_with(check, name))


def once(name: str, most: int = 1) -> NodeCheck:
    """A child is there at most so many times."""

    def check(node: Node) -> Found:
        found = node.all(name)
        return None if len(found) <= most else (found[most], f"{len(found)} times {name}")

    return of_tags(only_with(check, name))


def said_once(inner: str, name: str) -> NodeCheck:
    """What the group header says of all is not said again of one: `name` stands above or in `inner`, not in both."""

    def check(node: Node) -> Found:
        if name not in node.facts.group.kids or name not in node.kids:
            return None
        return node.kids[name], f"{name} in the group header and in {inner}"

    return of_tags(only_with(check, name))


def value_in(name: str, *allowed: str) -> NodeCheck:
    """A child, where it is, has one of these values."""
    return of_value(name, lambda text: None if text in allowed else f"{name} is {text[:40]}")


def path_in(path: tuple[str, ...], allowed: frozenset[str] | tuple[str, ...]) -> NodeCheck:
    """What is at the path, where it is, has one of these values."""

    def check(node: Node) -> Found:
        place = node.find(*path)
        if place is None:
            return None
        text = (place.text or "").strip()
        return None if text in allowed else (place, f"{path[-1]} is {text[:40]}")

    return only_with(check, path[0])


def when(name: str, values: frozenset[str] | tuple[str, ...], then: NodeCheck) -> NodeCheck:
    """Where a child has one of these values, the other check counts."""

    def check(node: Node) -> Found:
        child = node.kids.get(name)
        return then(node) if child is not None and (child.text or "").strip() in values else None

    def another(text: str) -> str | None:
        return text if text in values else None

    _POSSIBLE[check] = lambda node: name in node.kids and may_break(then, node)
    return of_texts(only_with(check, name), lambda node: [(another, (node.kids[name],))])


def within(path: tuple[str, ...], then: NodeCheck) -> NodeCheck:
    """The check of the element at the path, where there is one."""

    def check(node: Node) -> Found:
        place = node.find(*path)
        return None if place is None else then(Node(place, node.facts))

    return only_with(check, path[0])


def under(parents: frozenset[str], then: NodeCheck) -> NodeCheck:
    """The check of an element that lies directly in one of these."""

    def check(node: Node) -> Found:
        parent = node.element.getparent()
        return then(node) if parent is not None and local(parent) in parents else None

    return check


def all_of(name: str, check_text: Callable[[str], str | None]) -> NodeCheck:
    """Every child of that name keeps a check of its text."""

    def check(node: Node) -> Found:
        for child in node.all(name):
            found = check_text((child.text or "").strip())
            if found is not None:
                return child, found
        return None

    return only_with(check, name)


def first(element: etree._Element) -> str:
    """The tag of the first child; empty if there is none."""
    try:
        tag = element[0].tag
    except IndexError:
        return ""
    return tag if isinstance(tag, str) else str(next((child.tag for child in element.iterchildren("*")), ""))


def local(element: etree._Element) -> str:
    """The local name."""
    return str(element.tag).rpartition("}")[2]


def says_nothing(text: str | None) -> bool:
    """Whether a text is the word for what was not provided."""
    return text is None or text == _NOT_PROVIDED
