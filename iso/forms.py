"""What all messages with the same tags have in common, found out at the first of them and kept for the next.

A bank's payments differ in their texts; their tags, in the same order and with the same namespaces and currencies, come
again and again. Tags alone decide whether a text is plain (`plain.py`), whether it keeps the limits of the gate, which
field each text goes to, and which rules can be broken at all. A `Form` holds these answers; it never holds a text.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from lxml import etree

from iso.messages import head001, pacs002, pacs008
from iso.messages.business import BusinessMessage
from iso.messages.head001 import Head001
from iso.messages.placed import Placed, UnplacedError, placed
from iso.messages.reading import Reader
from iso.moulds import Moulds
from iso.rules.engine import plan_for
from iso.rules.placed import Checks, checks_of

_TEXT: Final = re.compile(rb">[^<>\r]+<")
_LONGEST: Final = 16_384
"""Bytes of a text that may have a form: one with many payments in it hardly comes twice."""
_KEPT: Final = 256
_READERS: Final[Mapping[str, Reader]] = {**pacs008.READERS, **pacs002.READERS}
"""The messages every payment consists of; others are too rare."""


def tags_of(text: bytes) -> bytes:
    """A message without its texts: what is left is the same for all messages of a form.

    Empty for a message that is too long to have one.
    """
    return _TEXT.sub(b"><", text) if len(text) <= _LONGEST else b""


class Form:
    """One form: how header and document are read, and what is left of the rules of each choice of packs."""

    def __init__(self, header: Placed, document: Placed, definition: str, envelope: str) -> None:
        self._header = header
        self._document = document
        self._definition = definition
        self._envelope = envelope
        self._checks: dict[tuple[tuple[str, ...], frozenset[str]], tuple[Checks, Checks]] = {}

    def fill(self, root: etree._Element, text: bytes) -> "Filled":
        """A message of this form, whose bytes are `text`."""
        texts = [element.text or "" for element in root.iter()]
        return Filled(self, root, texts, text.isascii() and b"\x7f" not in text)

    def header(self, texts: list[str]) -> Head001:
        """The typed header of a message with these texts."""
        made: Head001 = self._header.make(texts)
        return made

    def business(self, texts: list[str], header: Head001) -> BusinessMessage:
        """The typed message with these texts."""
        return BusinessMessage(header, self._document.make(texts), self._definition, header.definition, self._envelope)

    def checks(
        self, packs: tuple[str, ...], waived: frozenset[str], message: "Filled", header: Any, document: Any
    ) -> tuple[Checks, Checks]:
        """The checks of these packs for document and header, made of the first message that meets them."""
        found = self._checks.get((packs, waived))
        if found is None:
            places = {element: place for place, element in enumerate(message.root.iter())}
            found = self._checks[packs, waived] = (
                checks_of(plan_for(document, packs, waived), document, header, places),
                checks_of(plan_for(header, packs, waived), header, None, places),
            )
        return found


class Filled(NamedTuple):
    """A message of a known form: the texts of its elements in document order; `plain_letters`: all of them ASCII."""

    form: Form
    root: etree._Element
    texts: list[str]
    plain_letters: bool

    def keeps(
        self, packs: tuple[str, ...], waived: frozenset[str], header: etree._Element, document: etree._Element
    ) -> bool:
        """Whether the message surely breaks no rule of these packs; else `engine.judge` finds out what is wrong."""
        of_document, of_header = self.form.checks(packs, waived, self, header, document)
        ascii_only = self.plain_letters
        return of_document.kept(document, header, self, ascii_only=ascii_only) and of_header.kept(
            header, None, self, ascii_only=ascii_only
        )


class Forms:
    """The forms that came so far, by their tags. Only signed messages that are right in everything make one.

    `moulds` are those of their signatures.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Form | None] = {}
        self.moulds = Moulds()

    def get(self, tags: bytes) -> Form | None:
        """The form of messages with these tags, if one came before and they have one."""
        return self._known.get(tags)

    def learn(self, tags: bytes, root: etree._Element, header: etree._Element, document: etree._Element) -> None:
        """Keep the form of a message in canonical form that passed every check; its root holds just its two parts."""
        definition = _definition(document)
        reader = _READERS.get(definition)
        if reader is None or not tags or tags in self._known or header.getparent() is not root:
            return
        if len(self._known) >= _KEPT:
            # whoever sends a new form with every message costs the others one slower message each
            self._known.clear()
        places = {element: place for place, element in enumerate(root.iter())}
        try:
            read_header = placed(header, head001.READERS[_definition(header)], places)
            read_document = placed(document[0], reader, places)
        except UnplacedError:
            self._known[tags] = None
            return
        envelope = etree.QName(root).namespace or ""
        self._known[tags] = Form(read_header, read_document, definition, envelope)


def _definition(element: etree._Element) -> str:
    return (etree.QName(element).namespace or "").rpartition(":")[2]
