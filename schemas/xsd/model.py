"""What an ISO 20022 schema says, free of spelling: complex types, particles, facets; and its digest.

The same values are built from an official XSD (`official.py`) and from a package's typed models (`packaged.py`).
Names of types, annotations and the order of declarations are no part of the meaning and do not reach the digest;
a `sequence` that holds one sole `choice` is that choice.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Literal

import msgspec

Facet = tuple[str, str]


class SchemaShapeError(Exception):
    """A schema uses something this model cannot say: it must not be offered."""


class Simple(msgspec.Struct, frozen=True):
    """Text: an XML Schema built-in type (`string`, `decimal` ...) and its facets, sorted, enumerations included."""

    base: str
    facets: tuple[Facet, ...] = ()


class Element(msgspec.Struct, frozen=True):
    """A child element; `type` is a key of `Schema.types` or a `Simple`; `most` None is unbounded."""

    name: str
    type: str | Simple
    least: int = 1
    most: int | None = 1


class Wildcard(msgspec.Struct, frozen=True):
    """Exactly one element of any name (`xs:any`): namespace constraint and processContents."""

    namespace: str
    process: str


class Attribute(msgspec.Struct, frozen=True):
    """An attribute of an element with text."""

    name: str
    type: Simple
    required: bool


class Complex(msgspec.Struct, frozen=True):
    """A complex type: children in sequence or choice, or text with attributes (`kind` "text")."""

    kind: Literal["sequence", "choice", "text"]
    particles: tuple[Element | Wildcard, ...] = ()
    text: Simple | None = None
    attributes: tuple[Attribute, ...] = ()


class Schema(msgspec.Struct, frozen=True):
    """A message schema: target namespace, the one global element and its type, all complex types by some name."""

    namespace: str
    root: str
    type: str
    types: Mapping[str, Complex]


def digest(schema: Schema) -> str:
    """SHA-256 (hex) of the canonical form: equal for two schemas that say the same, whatever they call their types."""
    known: dict[str, str] = {}
    content = _content(schema, schema.type, known, ())
    return sha256(repr((schema.namespace, schema.root, content)).encode()).hexdigest()


def contents(schema: Schema) -> dict[str, str]:
    """Name of type -> digest of its content, for every complex type: equal for types that say the same."""
    known: dict[str, str] = {}
    for name in schema.types:
        _content(schema, name, known, ())
    return known


def _content(schema: Schema, name: str, known: dict[str, str], above: tuple[str, ...]) -> str:
    if name in known:
        return known[name]
    if name in above:
        raise SchemaShapeError(f"type {name} contains itself")
    complex_type = schema.types[name]
    above = (*above, name)
    particles = [
        ("any", particle.namespace, particle.process)
        if isinstance(particle, Wildcard)
        else (
            particle.name,
            particle.least,
            particle.most,
            _content(schema, particle.type, known, above) if isinstance(particle.type, str) else _simple(particle.type),
        )
        for particle in complex_type.particles
    ]
    text = _simple(complex_type.text) if complex_type.text else None
    attributes = sorted((a.name, a.required, _simple(a.type)) for a in complex_type.attributes)
    # one sole child is the same content in a sequence and in a choice
    kind = "sequence" if len(particles) == 1 and complex_type.kind == "choice" else complex_type.kind
    known[name] = sha256(repr((kind, particles, text, attributes)).encode()).hexdigest()
    return known[name]


def _simple(simple: Simple) -> tuple[str, tuple[Facet, ...]]:
    return simple.base, simple.facets
