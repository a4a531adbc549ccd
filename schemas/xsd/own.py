"""Message versions that no package has, described in tables of our own (`own/*.toml`) that borrow what others share.

A table names versions whose types it takes over (`like`) and spells only those that are new in it: children separated
by commas, each `Name Type`, how often behind the name where it is not once (`?` none or one, `*` any, `+` at least one,
`{2-7}`). Types that end in Choice are choices. A text (`[texts]` of the file) is a list: its base, then its facets.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from msgspec import Struct

from schemas.xsd.model import Complex, Element, Schema, SchemaShapeError, Simple

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_CHILD = re.compile(r"(\w+)(\?|\*|\+|\{(\d+)-(\d*)\})? (\S+)")
_TIMES: Mapping[str | None, tuple[int, int | None]] = {None: (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None)}
Load = Callable[[str], Schema]


class Table(Struct, frozen=True):
    """One described version: its message (element and type), the versions it borrows from, its own types and texts."""

    message: str
    like: tuple[str, ...]
    types: dict[str, str]
    texts: dict[str, list[str]]


@cache
def tables() -> dict[str, Table]:
    """All described versions."""
    found: dict[str, Table] = {}
    for path in (files("schemas.xsd") / "own").iterdir():
        if path.name.endswith(".toml"):
            described = tomllib.loads(path.read_text(encoding="utf-8"))
            texts = described.pop("texts")
            for message, table in described.items():
                found[message] = Table(table["message"], tuple(table["like"]), table["types"], texts)
    return found


def read(message: str, load: Load) -> Schema:
    """The schema a table describes; `load` gives those of the versions it borrows from."""
    table = tables().get(message)
    if table is None:
        raise SchemaShapeError(f"{message} is not described")
    return _Reader(message, table, [_named(version, load(version)) for version in table.like]).schema()


def iso_name(name: str, version: str) -> str:
    """The name of a type without what a package adds to it."""
    return name.removesuffix(version.title().replace(".", "")) or name


def _named(version: str, schema: Schema) -> dict[str, tuple[Schema, str]]:
    return {iso_name(name, version): (schema, name) for name in schema.types}


class _Reader:
    def __init__(self, message: str, table: Table, lenders: list[dict[str, tuple[Schema, str]]]) -> None:
        self.message = message
        self.table = table
        self.lenders = lenders
        self.types: dict[str, Complex] = {}

    def schema(self) -> Schema:
        self.types["Document"] = Complex("sequence", (self._child(self.table.message),))
        return Schema(NAMESPACE + self.message, "Document", "Document", self.types)

    def _type(self, name: str) -> str | Simple:
        if name in self.table.texts:
            return _text(self.table.texts[name])
        if name in self.types:
            return name
        if name in self.table.types:
            children = tuple(self._child(line) for line in self.table.types[name].replace("\n", " ").split(", "))
            self.types[name] = Complex("choice" if name.endswith("Choice") else "sequence", children)
            return name
        for lender in self.lenders:
            if name in lender:
                self._borrow(*lender[name], name)
                return name
        if name[0].islower():  # a type of XML Schema itself
            return Simple(name)
        raise SchemaShapeError(f"{self.message}: {name} is neither described nor borrowed")

    def _borrow(self, schema: Schema, theirs: str, name: str) -> None:
        taken = schema.types[theirs]
        particles = []
        for particle in taken.particles:
            if isinstance(particle, Element) and isinstance(particle.type, str):
                inner = self._type(self._ours(schema, particle.type))
                particle = Element(particle.name, inner, particle.least, particle.most)
            particles.append(particle)
        self.types[name] = Complex(taken.kind, tuple(particles), taken.text, taken.attributes)

    def _ours(self, schema: Schema, name: str) -> str:
        return iso_name(name, schema.namespace.removeprefix(NAMESPACE))

    def _child(self, line: str) -> Element:
        parsed = _CHILD.fullmatch(line)
        if parsed is None:
            raise SchemaShapeError(f"{self.message}: {line!r} describes no child")
        name, times, least, most, type_ = parsed.groups()
        span = (int(least), int(most) if most else None) if least else _TIMES[times]
        return Element(name, self._type(type_), *span)


def _text(lines: list[str]) -> Simple:
    base, *facets = lines
    pairs = (facet.partition(" ") for facet in facets)
    return Simple(base, tuple(sorted((name, value) for name, _, value in pairs)))
