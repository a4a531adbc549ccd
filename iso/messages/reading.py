"""Reading: one walk over an lxml element fills the struct of a shape."""

from copy import deepcopy
from functools import cached_property
from typing import Any

from lxml import etree
from msgspec import Struct

from iso.messages.shape import (
    AMOUNT,
    ENVELOPE,
    FLAG,
    INSIDE,
    NAMESPACE,
    PART,
    PARTS,
    SEEN,
    TEXT,
    TEXTS,
    TOKEN,
    Amount,
    Shape,
    ShapeError,
    SupplementaryData,
)


class Table(Struct):
    """The compiled reader of one shape in one edition: qualified tag -> what to do with the element."""

    type: Any
    path: str
    steps: dict[str, tuple[int, str, Any, tuple[str, str] | None]]
    lists: tuple[str, ...]


class Reader:
    """Reads elements of one message definition (`pacs.008.001.08`) into the struct of `shape`."""

    def __init__(self, shape: Shape, definition: str, edition: int) -> None:
        self.definition = definition
        self._shape = shape
        self._edition = edition

    @cached_property
    def table(self) -> Table:
        """How elements are read."""
        # Compiled on first use: a start must not pay for every edition of every message.
        return _compile(self._shape, self._edition, "{" + NAMESPACE + self.definition + "}", "")

    def read(self, element: etree._Element) -> Any:
        """The typed form of `element`; its `definition` and `untyped` (paths the type does not hold) are filled in."""
        untyped: list[str] = []
        values: dict[str, Any] = {"definition": self.definition}
        try:
            _fill(element, self.table, values, untyped)
            if untyped:
                values["untyped"] = tuple(untyped)
            return _build(self.table, values)
        except TypeError as error:
            raise ShapeError(f"{self.definition}: {error}") from error

    def read_part(self, element: etree._Element) -> Any:
        """The typed form of an element that is only part of a message; elements that it does not hold are left out."""
        values: dict[str, Any] = {}
        try:
            _fill(element, self.table, values, [])
            return _build(self.table, values)
        except TypeError as error:
            raise ShapeError(f"{self.definition}: {error}") from error


def _compile(shape: Shape, edition: int, prefix: str, path: str) -> Table:
    table = Table(shape.type, path, {}, ())
    lists: list[str] = []
    for step in shape.steps:
        if not step.since <= edition <= step.until:
            continue
        inner = None if step.inner is None else _compile(step.inner, edition, prefix, f"{path}{step.tag}/")
        if inner is not None and step.kind == INSIDE:
            lists += inner.lists
        if step.kind in (PARTS, TEXTS, ENVELOPE):
            lists.append(step.field)
        table.steps[prefix + step.tag] = (step.kind, step.field, inner, step.when)
    table.lists = tuple(lists)
    return table


def _fill(element: etree._Element, table: Table, values: dict[str, Any], untyped: list[str]) -> None:
    steps = table.steps
    for child in element[:]:  # type: ignore[index]  # lxml gives a slice faster than it iterates
        step = steps.get(child.tag)
        if step is None:
            untyped.append(table.path + str(child.tag).rpartition("}")[2])
            continue
        kind, field, inner, when = step
        if kind == TEXT:
            values[field] = child.text or ""
        elif kind == INSIDE:
            if when is not None:
                values[when[0]] = when[1]
            _fill(child, inner, values, untyped)
        elif kind == TOKEN:
            values[field] = (child.text or "").strip()
        elif kind <= PARTS:
            own: dict[str, Any] = {}
            _fill(child, inner, own, untyped)
            if kind == PART:
                values[field] = _build(inner, own)
            else:
                values.setdefault(field, []).append(_build(inner, own))
        elif kind == AMOUNT:
            values[field] = Amount((child.text or "").strip(), child.get("Ccy", ""))
        else:
            _seldom(child, kind, field, values)


def _seldom(child: etree._Element, kind: int, field: str, values: dict[str, Any]) -> None:
    if kind == TEXTS:
        values.setdefault(field, []).append(child.text or "")
    elif kind == FLAG:
        values[field] = (child.text or "").strip() in ("true", "1")
    elif kind == SEEN:
        values[field] = True
    else:
        values.setdefault(field, []).append(_envelope(child))


def _build(table: Table, values: dict[str, Any]) -> Any:
    for name in table.lists:
        if name in values:
            values[name] = tuple(values[name])
    return table.type(**values)


def _envelope(element: etree._Element) -> SupplementaryData:
    # the content is moved under an element of a foreign default namespace, so that its canonical form carries every
    # namespace declaration it needs and can be put under any other parent
    place = None
    holder = etree.Element("{urn:held}E", nsmap={None: "urn:held"})  # type: ignore[dict-item]
    for child in element:
        if str(child.tag).endswith("}Envlp"):
            holder.extend(deepcopy(inner) for inner in child)
        else:
            place = child.text or ""
    try:
        whole: bytes = etree.tostring(holder, method="c14n", exclusive=True)
    except etree.C14NError as error:
        raise ShapeError("the content of Envlp has no canonical form (a relative namespace?)") from error
    return SupplementaryData(place, whole[len(b'<E xmlns="urn:held">') : -len(b"</E>")])


def reader_of(element: etree._Element, readers: dict[str, Reader]) -> Reader:
    """The reader of the namespace of `element`; ShapeError if there is none."""
    definition = etree.QName(element).namespace or ""
    reader = readers.get(definition.removeprefix(NAMESPACE))
    if reader is None:
        raise ShapeError(f"{definition or 'no namespace'} is not one of {', '.join(readers)}")
    return reader


def read_element(element: etree._Element, readers: dict[str, Reader]) -> Any:
    """Read `element` by the reader of its namespace; ShapeError if there is none."""
    return reader_of(element, readers).read(element)


def read_message(document: etree._Element, readers: dict[str, Reader]) -> Any:
    """Read the message in a `Document`; ShapeError if it is not exactly one of those that `readers` knows."""
    if len(document) != 1:
        raise ShapeError("a Document holds exactly one message")
    return read_element(document[0], readers)
