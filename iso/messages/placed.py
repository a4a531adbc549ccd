"""Reading by places: which field each text of a message goes to depends on its tags alone, so it is found out once.

A message is then a list of texts, one for each element in document order; `Placed` fills the structs from it. What it
makes is what `reading.py` makes of the same elements.
"""

from collections.abc import Mapping
from typing import Any

from lxml import etree
from msgspec import Struct

from iso.messages.reading import Reader, Table
from iso.messages.shape import AMOUNT, FLAG, INSIDE, PART, PARTS, SEEN, TEXT, TEXTS, TOKEN, Amount

Places = Mapping[etree._Element, int]  # noqa: SLF001 - the stubs call elements so
"""Element -> its place in document order."""


class UnplacedError(Exception):
    """The message holds something whose form depends on more than its tags."""


class Placed(Struct):
    """One struct: `constant` fields, and for the others the places of their texts; many have nothing but texts."""

    type: Any
    constant: dict[str, Any]
    texts: list[tuple[str, int]]
    tokens: list[tuple[str, int]]
    flags: list[tuple[str, int]]
    amounts: list[tuple[str, int, str]]
    parts: list[tuple[str, "Placed"]]
    several: dict[str, "list[int | Placed]"]
    only_texts: bool = False

    def make(self, texts: list[str]) -> Any:
        """The struct of a message with these texts."""
        values = self.constant.copy()
        for field, place in self.texts:
            values[field] = texts[place]
        if self.only_texts:
            return self.type(**values)
        for field, place in self.tokens:
            values[field] = texts[place].strip()
        for field, place, currency in self.amounts:
            values[field] = Amount(texts[place].strip(), currency)
        for field, part in self.parts:
            values[field] = part.make(texts)
        for field, place in self.flags:
            values[field] = texts[place].strip() in ("true", "1")
        for field, members in self.several.items():
            values[field] = tuple([texts[one] if isinstance(one, int) else one.make(texts) for one in members])
        return self.type(**values)

    @property
    def fields(self) -> list[str]:
        """The fields that are filled, in no order."""
        named = (self.texts, self.tokens, self.flags, self.amounts, self.parts)
        return [*self.constant, *self.several, *(row[0] for rows in named for row in rows)]


def placed(element: etree._Element, reader: Reader, places: Places) -> Placed:
    """How messages with the tags of `element` are read; UnplacedError if that depends on more."""
    made = _empty(reader.table)
    untyped: list[str] = []
    _fill(element, reader.table, made, places, untyped)
    made.constant["definition"] = reader.definition
    if untyped:
        made.constant["untyped"] = tuple(untyped)
    return _checked(made)


def _empty(table: Table) -> Placed:
    return Placed(table.type, {}, [], [], [], [], [], {})


def _checked(made: Placed) -> Placed:
    """A field that two elements fill is left to the reader, which knows which of them comes last."""
    if len(made.fields) != len(set(made.fields)):
        raise UnplacedError
    made.only_texts = not (made.tokens or made.flags or made.amounts or made.parts or made.several)
    return made


def _fill(element: etree._Element, table: Table, made: Placed, places: Places, untyped: list[str]) -> None:
    for child in element:
        step = table.steps.get(str(child.tag))
        if step is None:
            untyped.append(table.path + str(child.tag).rpartition("}")[2])
            continue
        kind, field, inner, when = step
        place = places[child]
        if kind == INSIDE:
            if when is not None:
                made.constant[when[0]] = when[1]
            _fill(child, inner, made, places, untyped)
        elif kind in (PART, PARTS):
            part = _empty(inner)
            _fill(child, inner, part, places, untyped)
            if kind == PART:
                made.parts.append((field, _checked(part)))
            else:
                made.several.setdefault(field, []).append(_checked(part))
        elif kind == TEXTS:
            made.several.setdefault(field, []).append(place)
        elif kind == AMOUNT:
            made.amounts.append((field, place, child.get("Ccy", "")))
        elif kind == SEEN:
            made.constant[field] = True
        else:
            rows = {TEXT: made.texts, TOKEN: made.tokens, FLAG: made.flags}.get(kind)
            if rows is None:  # supplementary data, which is kept as bytes
                raise UnplacedError
            rows.append((field, place))
