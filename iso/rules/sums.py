"""Counts and sums: what a header says of its transactions is true."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from lxml import etree

from iso.rules.model import Found, NodeCheck
from iso.rules.node import Node
from iso.rules.shapes import Told, of_tags, of_texts, only_with
from iso.rules.values import number

Members: TypeAlias = "Callable[[Node], list[etree._Element]]"  # noqa: SLF001 - the stubs call elements so


def transactions(node: Node) -> list[etree._Element]:
    """The transactions of a pacs message."""
    return node.facts.transactions


def beneath(*path: str) -> Members:
    """The elements at a path below the message."""

    def members(node: Node) -> list[etree._Element]:
        start = node.facts.message.element
        return start.findall("/".join(node.facts.prefix + name for name in path))

    return members


def own(*path: str) -> Members:
    """The elements at a path below the element itself."""

    def members(node: Node) -> list[etree._Element]:
        return node.element.findall("/".join(node.facts.prefix + name for name in path))

    return members


def counted(name: str, members: Members) -> NodeCheck:
    """The number in the child `name` is that of the members; a message that carries none of them is not counted."""

    def check(node: Node) -> Found:
        said = node.value(name)
        if said is None:
            return None
        count = len(members(node))
        if not count or said == str(count) or number(said) == count:
            return None
        return node.kids[name], f"{name} is {said}, there are {count}"

    def told(node: Node) -> list[Told]:
        count = str(len(members(node)))
        return [(lambda said: None if said == count else said, (node.kids[name],))]

    return of_texts(only_with(check, name), told)


def summed(name: str, members: Members, *path: str) -> NodeCheck:
    """The sum in the child `name` is that of the amounts at the path below the members, whatever their currencies."""

    def amounts(node: Node) -> list[etree._Element]:
        inner = members(node)
        for step in path:
            tag = node.facts.prefix + step
            inner = [next(each.iterchildren(tag), each) for each in inner]
        return inner

    def check(node: Node) -> Found:
        said = node.value(name)
        if said is None:
            return None
        texts = [(each.text or "").strip() for each in amounts(node)]
        if texts == [said]:
            return None
        found = [number(text) for text in texts]
        given = [amount for amount in found if amount is not None]
        if not given or len(given) < len(found) or sum(given, Decimal(0)) == number(said):
            return None
        return node.kids[name], f"{name} is {said}, the amounts add up to {sum(given, Decimal(0))}"

    return of_texts(only_with(check, name), lambda node: [(_sum_of_one, (node.kids[name], *amounts(node)))])


def _sum_of_one(said: str, *amounts: str) -> str | None:
    """A sum of one amount that is written like it is right; others are to be added up."""
    return None if amounts == (said,) else said


def one_currency(name: str, amount: str) -> NodeCheck:
    """Every transaction is in the currency of the total `name`."""

    def check(node: Node) -> Found:
        total = node.kids.get(name)
        if total is None:
            return None
        tag = node.facts.prefix + amount
        for each in transactions(node):
            found = next(each.iterchildren(tag), None)
            if found is not None and found.get("Ccy") != total.get("Ccy"):
                return found, f"{found.get('Ccy')} under a total in {total.get('Ccy')}"
        return None

    return of_tags(only_with(check, name))
