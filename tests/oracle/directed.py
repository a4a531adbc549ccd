"""Mutations that know the schema: what is there twice, elsewhere or under another name, texts at the borders of facets.

A tree is changed in place and put right again, which keeps its lines.
"""

from collections.abc import Iterator
from copy import deepcopy
from random import Random

import msgspec
from lxml import etree

from schemas.xsd.model import Complex, Element, Schema, Simple
from tests.oracle.instances import value

_DATES = [
    "2026-02-29",
    "2024-02-29",
    "2026-13-01",
    "2026-00-10",
    "0000-01-01",
    "-0001-01-01",
    "12026-01-01",
    "2026-1-1",
]
_DATES += [
    "2026-11-20Z",
    "2026-11-20+14:00",
    "2026-11-20+14:01",
    "2026-11-20T00:00:00",
    " 2026-11-20\n",
    "20.11.2026",
    "",
]
_TIMES = [
    "24:00:00",
    "24:00:01",
    "23:59:60",
    "23:59:59.9999999",
    "10:00",
    "10:00:00Z",
    "10:00:00-00:00",
    "10:00:00+15:00",
]
_ODD = {
    "date": _DATES,
    "time": [*_TIMES, ""],
    "dateTime": [
        *(f"2026-11-20T{time}" for time in _TIMES),
        *(f"{date}T10:00:00Z" for date in _DATES),
        "2026-11-20 10:00",
    ],
    "boolean": ["true", "false", "1", "0", "TRUE", "yes", "", " true ", "01"],
    "gYear": ["2026", "0000", "99999", "-2026", "26", "2026Z", "2026-11", ""],
    "gYearMonth": ["2026-11", "2026-13", "2026-00", "2026", "2026-11Z", "2026-11-20", ""],
    "base64Binary": ["QUJD", "QUJ", "QQ==", "QQ=", "Q U J D", "QUJD=", "Q\u00e9", ""],
    "decimal": [
        "0",
        "-0",
        "-0.1",
        "+1",
        "1e5",
        "1,0",
        ".5",
        "5.",
        " 1 ",
        "0" * 30 + "1",
        "1.50000000000000000000",
        "NaN",
        "",
    ],
}


class Place(msgspec.Struct):
    """An element of a message, the child of the schema that it is, and the type around it."""

    node: etree._Element
    child: Element
    around: Complex


def places(root: etree._Element, schema: Schema) -> list[Place]:
    """All elements below `root` that the schema describes, in document order."""
    found: list[Place] = []
    _walk(root, schema, schema.type, found)
    return found


def _walk(node: etree._Element, schema: Schema, name: str, found: list[Place]) -> None:
    around = schema.types[name]
    children = {
        f"{{{schema.namespace}}}{child.name}": child for child in around.particles if isinstance(child, Element)
    }
    for inner in node:
        child = children.get(inner.tag)
        if child is not None:
            found.append(Place(inner, child, around))
            if isinstance(child.type, str):
                _walk(inner, schema, child.type, found)


def mutations(place: Place, schema: Schema, rng: Random) -> Iterator[str]:
    """Changes `place`, names the change and, when asked for the next one, takes it back."""
    yield from _structure(place, rng)
    type_ = place.child.type
    if isinstance(type_, str):
        complex_type = schema.types[type_]
        yield from _attributes(place.node, complex_type, rng)
        if complex_type.text is None:
            return
        type_ = complex_type.text
    node, before = place.node, place.node.text
    for text in dict.fromkeys(borders(type_, rng)):
        node.text = text
        yield f"text {text[:40]!r}"
    node.text = before
    node.append(node.makeelement(node.tag))
    yield "a child in a text"
    del node[-1]


def _structure(place: Place, rng: Random) -> Iterator[str]:
    node, parent = place.node, place.node.getparent()
    index = parent.index(node)
    parent.remove(node)
    yield "delete"
    parent.insert(index, node)
    room = min(place.child.most or 12, 12) - len(parent.findall(node.tag))
    # as many as may be, and one more
    for times in sorted({1, max(room, 1), max(room + 1, 1)}):
        copies = [deepcopy(node) for _ in range(times)]
        for copy in copies:
            parent.insert(index, copy)
        yield f"duplicate {times} times"
        for copy in copies:
            parent.remove(copy)
    following = node.getnext()
    if following is not None:
        parent.remove(node)
        parent.insert(index + 1, node)
        yield "swap"
        parent.remove(node)
        parent.insert(index, node)
    tag, name = node.tag, etree.QName(node)
    others = [child.name for child in place.around.particles if isinstance(child, Element)]
    for new in (
        f"{{{name.namespace}}}{rng.choice(others)}",
        f"{tag}x",
        f"{{urn:other}}{name.localname}",
        name.localname,
    ):
        node.tag = new
        yield f"rename to {new}"
    node.tag = tag


def _attributes(node: etree._Element, type_: Complex, rng: Random) -> Iterator[str]:
    node.set("Odd", "x")
    yield "an attribute nobody knows"
    del node.attrib["Odd"]
    for attribute in type_.attributes:
        before = node.get(attribute.name)
        for text in dict.fromkeys(borders(attribute.type, rng)):
            node.set(attribute.name, text)
            yield f"{attribute.name} {text[:40]!r}"
        node.attrib.pop(attribute.name, None)
        yield f"no {attribute.name}"
        if before is not None:
            node.set(attribute.name, before)


def borders(type_: Simple, rng: Random) -> list[str]:
    """Texts at the borders of the type, on both sides of them."""
    facets = dict(type_.facets)
    found = list(_ODD.get(type_.base, ()))
    if "enumeration" in facets:
        codes = [text for name, text in type_.facets if name == "enumeration"]
        code = rng.choice(codes)
        found += [codes[0], codes[-1], code.lower(), f" {code}", f"{code} ", code[:-1], f"{code}X", "ZZZZ", ""]
    elif "pattern" in facets:
        good = value(type_, rng)
        found += [good, f"{good}~", good[:-1], f"~{good[1:]}", good.swapcase(), f"{good}\n", good + good, ""]
    elif type_.base == "string":
        least, most = int(facets.get("minLength", 0)), int(facets.get("maxLength", 50))
        found += ["A" * size for size in (least - 1, least, most, most + 1) if size >= 0]
        found += ["\u00e9" * most, "\U0001f600" * most, "\U0001f600" * (most + 1), " " * most, "\n" * (least or 1)]
    if type_.base == "decimal":
        digits, fraction = int(facets.get("totalDigits", 18)), int(facets.get("fractionDigits", 5))
        whole = "9" * max(digits - fraction, 1)
        found += [
            "9" * digits,
            "9" * (digits + 1),
            f"0.{'1' * fraction}",
            f"0.{'1' * (fraction + 1)}",
            f"{whole}.{'9' * fraction}",
        ]
        found += [f"{whole}9.{'9' * fraction}", f"{whole}.{'9' * fraction}0", f"-{whole}"]
        found += [
            text
            for name in ("minInclusive", "maxInclusive")
            if name in facets
            for text in (facets[name], f"-{facets[name]}")
        ]
    return found
