"""Seeded instances of a schema and seeded mutations of them, for comparing two schemas by what they accept."""

import re
from copy import deepcopy
from random import Random

from lxml import etree

from schemas.xsd.model import Element, Schema, Simple, Wildcard

_PARSED = re._parser  # the parser of the regular expressions, which all ISO 20022 patterns are in Python too
_VALUES = {
    "boolean": ["true", "false", "1", "0"],
    "date": ["2026-11-20", "2024-02-29", "2026-11-20Z", "2026-11-20+01:00"],
    "dateTime": ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00.123+03:00", "2026-11-20T24:00:00Z"],
    "time": ["10:00:00", "23:59:59.999Z"],
    "gYear": ["2026", "1999Z"],
    "gYearMonth": ["2026-11", "1999-01Z"],
    "base64Binary": ["QUJD", "QUJDRA=="],
}
BAD_TEXTS = [
    *("", " ", "x", "X" * 36, "X" * 400, "-1", "0", "1.123456", "12345678901234567890", "NaN", "INF", "1e3", "+1"),
    *("true", "2026-11-20", "2026-02-30", "2026-11-20T10:00:00", "2026-11-20T10:00:00Z", "2026", "2026-11", "20:00:00"),
    *(
        "ABCDEF",
        "abcdef",
        "USD",
        "US",
        "DEBT",
        "ABNANL2A",
        "NL91ABNA0417164300",
        "+31-6123",
        "QUJD",
        "Q",
        "\u00e9",
        "\n",
    ),
]


Covered = set[tuple[str, str]]
"""Types and their children that have been used."""


def instance(schema: Schema, rng: Random, covered: Covered | None = None) -> etree._Element:
    """A random element that the schema accepts, each optional part present in about half of all cases.

    With `covered` also every child of a type that is not in it yet, which a few instances exhaust.
    """
    root = etree.Element(f"{{{schema.namespace}}}{schema.root}", nsmap={None: schema.namespace})
    _fill(root, schema, schema.type, rng, 0, covered)
    return root


def mutant(element: etree._Element, schema: Schema, rng: Random) -> etree._Element:
    """A copy of `element` with one to three random changes of structure, names, text or attributes."""
    copy = deepcopy(element)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        _CHANGES[rng.randrange(len(_CHANGES))](rng.choice([*copy.iter("*")]), schema, rng)
    return copy


def value(simple: Simple, rng: Random) -> str:
    """A random text of the type, often at the border of a facet."""
    facets = dict(simple.facets)
    if "enumeration" in facets:
        return rng.choice([text for name, text in simple.facets if name == "enumeration"])
    if simple.base == "dateTime" and "pattern" in facets:
        return "2026-11-20T10:00:00Z"
    if "pattern" in facets:
        return _match(_PARSED.parse(facets["pattern"]), rng)
    if simple.base == "decimal":
        digits, fraction = int(facets.get("totalDigits", 18)), int(facets.get("fractionDigits", 5))
        whole = "9" * (digits - fraction) or "0"
        lowest = facets.get("minInclusive", "0")
        return rng.choice((lowest, "1", "9" * digits, f"{whole}.{'9' * fraction}" if fraction else "7"))
    if simple.base in _VALUES:
        return rng.choice(_VALUES[simple.base])
    shortest, longest = int(facets.get("minLength", 0)), int(facets.get("maxLength", 20))
    return "A" * rng.choice((shortest, longest, min(longest, shortest + 3)))


def _fill(
    node: etree._Element, schema: Schema, name: str, rng: Random, depth: int, covered: Covered | None = None
) -> None:
    complex_type = schema.types[name]
    for attribute in complex_type.attributes:
        node.set(attribute.name, value(attribute.type, rng))
    if complex_type.text is not None:
        node.text = value(complex_type.text, rng)
        return
    particles = complex_type.particles
    new = set() if covered is None else _fresh(schema, name, covered, {})
    if complex_type.kind == "choice":
        particles = (rng.choice([part for part in particles if getattr(part, "name", "") in new] or particles),)
    for particle in particles:
        if isinstance(particle, Wildcard):
            etree.SubElement(node, f"{{{_namespace(particle)}}}Any").text = "x"
            continue
        # deep trees stay small: what is optional there is mostly left out
        present = rng.random() < (0.5 if depth < 4 else 0.1)
        times = max(particle.least, int(present or particle.name in new))
        if covered is not None and times:
            covered.add((name, particle.name))
        if times and particle.most is None and rng.random() < 0.2:
            times += 1
        for _ in range(times):
            child = etree.SubElement(node, f"{{{schema.namespace}}}{particle.name}")
            if isinstance(particle.type, str):
                _fill(child, schema, particle.type, rng, depth + 1, covered)
            else:
                child.text = value(particle.type, rng)


def _fresh(schema: Schema, name: str, covered: Covered, known: dict[str, set[str]]) -> set[str]:
    """The children of a type that lead to something not used yet."""
    if name not in known:
        parts = [part for part in schema.types[name].particles if isinstance(part, Element)]
        known[name] = {
            part.name
            for part in parts
            if (name, part.name) not in covered
            or (isinstance(part.type, str) and _fresh(schema, part.type, covered, known))
        }
    return known[name]


def _namespace(wildcard: Wildcard) -> str:
    return "urn:any" if wildcard.namespace == "##any" else wildcard.namespace


def _match(pattern, rng: Random) -> str:
    """A random text that the parsed regular expression matches."""
    out = []
    for kind, argument in pattern:
        match str(kind):
            case "LITERAL":
                out.append(chr(argument))
            case "ANY":
                out.append("A")
            case "IN":
                out.append(_member(rng.choice(argument)))
            case "MAX_REPEAT":
                least, most, inner = argument
                most = min(int(most), least + 3 if rng.random() < 0.5 else max(least, 30))
                out += [_match(inner, rng) for _ in range(rng.choice((least, most)))]
            case "SUBPATTERN":
                out.append(_match(argument[-1], rng))
            case "BRANCH":
                out.append(_match(rng.choice(argument[1]), rng))
    return "".join(out)


def _member(choice) -> str:
    kind, argument = choice
    return chr(argument[0] if str(kind) == "RANGE" else argument)


def _delete(node: etree._Element, _schema: Schema, _rng: Random) -> None:
    if node.getparent() is not None:
        node.getparent().remove(node)


def _double(node: etree._Element, _schema: Schema, rng: Random) -> None:
    if node.getparent() is not None:
        for _ in range(rng.choice((1, 1, 2, 11))):
            node.addnext(deepcopy(node))


def _swap(node: etree._Element, _schema: Schema, _rng: Random) -> None:
    if node.getnext() is not None:
        node.getnext().addnext(node)


def _rename(node: etree._Element, schema: Schema, rng: Random) -> None:
    names = [p.name for t in schema.types.values() for p in t.particles if not isinstance(p, Wildcard)]
    namespace = rng.choice((schema.namespace, schema.namespace, schema.namespace, "urn:other", ""))
    node.tag = f"{{{namespace}}}{rng.choice(names)}" if namespace else rng.choice(names)


def _insert(node: etree._Element, schema: Schema, rng: Random) -> None:
    name = rng.choice([child.tag for child in node.getroottree().iter("*")] + [f"{{{schema.namespace}}}Odd"])
    node.insert(rng.randint(0, len(node)), node.makeelement(name))


def _text(node: etree._Element, _schema: Schema, rng: Random) -> None:
    node.text = rng.choice(BAD_TEXTS)


def _stretch(node: etree._Element, _schema: Schema, rng: Random) -> None:
    if node.text:
        node.text = rng.choice((node.text + node.text[-1], node.text[:-1], node.text.lower(), f" {node.text} "))


def _refill(node: etree._Element, schema: Schema, rng: Random) -> None:
    """Another valid or half valid content: a random type of the schema instead of its own."""
    for child in [*node]:
        node.remove(child)
    _fill(node, schema, rng.choice([*schema.types]), rng, 4)


def _attribute(node: etree._Element, _schema: Schema, rng: Random) -> None:
    if node.attrib and rng.random() < 0.7:
        name = rng.choice([*node.attrib])
        if rng.random() < 0.3:
            del node.attrib[name]
        else:
            node.set(name, rng.choice(BAD_TEXTS).strip("\n"))
    else:
        node.set(rng.choice(("Ccy", "Id", "{urn:other}Ccy")), "USD")


_CHANGES = [_delete, _double, _swap, _rename, _insert, _text, _text, _stretch, _stretch, _refill, _attribute]
