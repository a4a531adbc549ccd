"""Pieces of a tree that is read bit by bit, and what the gate says of it."""

from copy import deepcopy
from typing import Any

from lxml import etree

from iso import gate
from iso.envelope import Parts, ShapeError, open_envelope
from iso.limits import Code
from schemas.errors import Finding, line_of, short


def same(element: etree._Element) -> etree._Element:
    """An empty element of the same name, with the same attributes."""
    namespaces: Any = element.nsmap
    attributes: Any = element.attrib
    return etree.Element(element.tag, attributes, nsmap=namespaces)


def copied(element: etree._Element) -> etree._Element:
    """The element with all that is in it, and nothing behind it."""
    found = deepcopy(element)
    found.tail = None
    return found


def envelope_of(root: etree._Element) -> Parts:
    """Header and document of a tree that may still grow; Refused if it is none of the shapes."""
    try:
        return open_envelope(root)
    except ShapeError as error:
        raise gate.Refused(Finding(line_of(error.element), "/", Code.SHAPE.value, short(error.text))) from None


def malformed(error: etree.XMLSyntaxError) -> gate.Refused:
    """The gate's refusal of what the parser cannot read."""
    return gate.Refused(Finding(error.lineno or 1, "/", Code.MALFORMED.value, short(error.msg or "not well-formed")))
