"""An element as rules see it: its children by local name, and the message it belongs to."""

from datetime import date
from functools import cached_property
from typing import Final, Self

from lxml import etree

TRANSACTIONS: Final = {
    "pacs.008": "CdtTrfTxInf", "pacs.009": "CdtTrfTxInf", "pacs.003": "DrctDbtTxInf", "pacs.004": "TxInf",
    "pacs.007": "TxInf",
}  # fmt: skip
"""Message -> the name of its transactions."""


class Node:
    """One element of a message. `kids` holds the first child of each local name."""

    __slots__ = ("element", "facts", "kids")

    def __init__(self, element: etree._Element, facts: "Facts") -> None:
        self.element = element
        self.facts = facts
        start = facts.start
        try:
            # from the last to the first, so that the first of a name stays
            self.kids = {child.tag[start:]: child for child in element[::-1]}  # type: ignore[index]
        except TypeError:  # a comment among them has a function for a tag
            self.kids = {str(child.tag)[start:]: child for child in reversed(list(element.iterchildren("*")))}

    @classmethod
    def of(cls, element: etree._Element, facts: "Facts", kids: dict[str, etree._Element]) -> Self:
        """A node whose children are known."""
        node = cls.__new__(cls)
        node.element, node.facts, node.kids = element, facts, kids
        return node

    def value(self, name: str) -> str | None:
        """The text of a child, without white space around it; None if it is not there."""
        child = self.kids.get(name)
        return None if child is None else (child.text or "").strip()

    def all(self, name: str) -> list[etree._Element]:
        """All children of that name."""
        return self.element.findall(self.facts.prefix + name) if name in self.kids else []

    def child(self, name: str) -> "Node | None":
        """A child as a node."""
        found = self.kids.get(name)
        return None if found is None else Node(found, self.facts)

    def find(self, *path: str) -> etree._Element | None:
        """The first element at that path of local names."""
        found = self.kids.get(path[0])
        for name in path[1:]:
            if found is None:
                return None
            found = found.find(self.facts.prefix + name)
        return found

    def said(self, *path: str) -> str | None:
        """The text at that path."""
        found = self.find(*path)
        return None if found is None else (found.text or "").strip()


class Facts:
    """What is known of the whole message; each part is looked up when a rule first asks for it.

    `around` is the AppHdr the Document came with, None without one. At the end of a `with` it forgets all parts: they
    point back at it, and the tree of every message would wait for the garbage collector.
    """

    def __init__(self, document: etree._Element, definition: str, around: etree._Element | None = None) -> None:
        self.document = document
        self.definition = definition
        self.around = around
        tag = str(document.tag)
        self.prefix = tag[: tag.find("}") + 1]
        self.start = len(self.prefix)

    def __enter__(self) -> Self:
        """Nothing is looked up yet."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Forget everything."""
        self.__dict__.clear()

    @cached_property
    def message(self) -> Node:
        """The one element in the Document."""
        return Node(next(self.document.iterchildren("*"), self.document), self)

    @cached_property
    def group(self) -> Node:
        """GrpHdr (Assgnmt in investigations); the message itself where there is none."""
        return self.message.child("GrpHdr") or self.message.child("Assgnmt") or self.message

    @cached_property
    def transactions(self) -> list[etree._Element]:
        """The transactions of a pacs message, which lie beside the group header."""
        name = TRANSACTIONS.get(self.definition[:8])
        inner = next(self.document.iterchildren("*"), None)
        return [] if name is None or inner is None else list(inner.iterchildren(self.prefix + name))

    @cached_property
    def created(self) -> date | None:
        """The day the message was made; None if it cannot be read."""
        return day_of(self.group.value("CreDtTm"))

    def header(self, name: str) -> str | None:
        """The text of an element directly in the AppHdr around the Document."""
        found = None if self.around is None else self.around.find("{*}" + name)
        return None if found is None else (found.text or "").strip()


def day_of(text: str | None) -> date | None:
    """The date that an ISODate or ISODateTime begins with; None if it is none."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
