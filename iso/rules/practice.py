"""What the packs of market practices share: makers of rules, and checks that each sets with its own figures."""

from datetime import date
from typing import Any

from iso.rules.model import Found, NodeCheck, Rule, Severity, TextCheck
from iso.rules.node import Node
from iso.rules.shapes import says_nothing
from iso.rules.sums import transactions
from iso.rules.values import number


class Pack:
    """Makes the rows of one pack: `row(101, what, check, todo, at=...)` is rule NAME-0101."""

    def __init__(self, name: str) -> None:
        self._name = name

    def row(self, number_: int, demand: str, check: NodeCheck, todo: str, **more: Any) -> Rule:
        """A rule about an element with its children."""
        return Rule(number=f"{self._name}-{number_:04}", demand=demand, node=check, todo=todo, **more)

    def word(self, number_: int, demand: str, check: TextCheck, todo: str, **more: Any) -> Rule:
        """A rule about the text of an element."""
        return Rule(number=f"{self._name}-{number_:04}", demand=demand, text=check, todo=todo, **more)


WARN = Severity.WARNING


def single(node: Node) -> Found:
    """One transaction a message; `node` is the message."""
    found = transactions(node)
    return (found[1], f"{len(found)} transactions") if len(found) > 1 else None


def only_currency(*codes: str) -> NodeCheck:
    """The amount is in one of these currencies."""

    def check(node: Node) -> Found:
        given = node.element.get("Ccy", "")
        return None if given in codes else given

    return check


def not_currency(codes: frozenset[str]) -> NodeCheck:
    """The amount is in none of these currencies."""

    def check(node: Node) -> Found:
        given = node.element.get("Ccy", "")
        return given if given in codes else None

    return check


def between(least: str, most: str) -> NodeCheck:
    """The amount lies between two, both included."""
    low, high = number(least), number(most)
    assert low is not None
    assert high is not None

    def check(node: Node) -> Found:
        given = number(node.element.text)
        return None if given is None or low <= given <= high else f"{given}"

    return check


def total_digits(most: int) -> NodeCheck:
    """The amount has at most so many digits."""

    def check(node: Node) -> Found:
        text = (node.element.text or "").strip().lstrip("0")
        digits = sum(char.isdigit() for char in text)
        return f"{digits} digits" if digits > most else None

    return check


def town_and_country(node: Node) -> Found:
    """An address with anything structured names town and country in elements of their own."""
    structured = any(name not in {"AdrLine", "AdrTp", "Ctry"} for name in node.kids)
    missing = [name for name in ("TwnNm", "Ctry") if name not in node.kids]
    return f"{missing[0]} is missing" if structured and missing else None


def lines(most_plain: int, long_plain: int, most_hybrid: int, long_hybrid: int) -> NodeCheck:
    """At most so many lines of such a length, in an address of lines and in a hybrid one."""

    def check(node: Node) -> Found:
        given = node.all("AdrLine")
        hybrid = "TwnNm" in node.kids and "Ctry" in node.kids
        most, long = (most_hybrid, long_hybrid) if hybrid else (most_plain, long_plain)
        if len(given) > most:
            return given[most], f"{len(given)} lines, {most} are taken"
        for line in given:
            if len((line.text or "").strip()) > long:
                return line, f"a line of {len((line.text or '').strip())} characters, {long} are taken"
        return None

    return check


def structured_from(first: date) -> NodeCheck:
    """From that day on no address of lines alone."""

    def check(node: Node) -> Found:
        alone = "AdrLine" in node.kids and not ("TwnNm" in node.kids and "Ctry" in node.kids)
        made = node.facts.created
        return (node.kids["AdrLine"], "AdrLine without TwnNm and Ctry") if alone and made and made >= first else None

    return check


def length_of(name: str, most: int) -> NodeCheck:
    """A child's text has at most so many characters."""

    def check(node: Node) -> Found:
        text = node.value(name) or ""
        return (node.kids[name], f"{len(text)} characters") if len(text) > most else None

    return check


def text_within(name: str, most: int) -> NodeCheck:
    """All that children of that name say has at most so many characters."""

    def check(node: Node) -> Found:
        given = node.all(name)
        said = sum(len(part.strip()) for each in given for part in each.itertext())
        return (given[0], f"{said} characters") if said > most else None

    return check


def has_original(*names: str) -> NodeCheck:
    """One of these references to the original says something."""

    def check(node: Node) -> Found:
        return None if any(not says_nothing(node.value(name)) for name in names) else f"{' or '.join(names)} is missing"

    return check
