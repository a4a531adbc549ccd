"""Describes a version that no package has in our own terms: `python -m schemas.xsd.describe XSD ...` prints tables.

Of an official XSD only what no proven version shares is told, by name of type and content; the table then has to give
the official digest again (`prove.py`).
"""

import json
import sys
import textwrap
from pathlib import Path

from schemas.catalogue import Catalogue, parse_xsd, regenerate
from schemas.xsd import official, own
from schemas.xsd.model import Complex, Element, Schema, Simple, contents

_TIMES = {(1, 1): "", (0, 1): "?", (0, None): "*", (1, None): "+"}


Lenders = dict[str, dict[str, str]]
"""Version -> name of type -> content, for all that may be borrowed from."""


def describe(schema: Schema, message: str, lenders: Lenders, texts: dict[str, Simple]) -> str:
    """The table of `schema` in TOML; texts it needs are added to `texts`, which all tables of a file share."""
    mine = contents(schema)
    like: list[str] = []
    missing = set(mine) - {schema.type}
    # the version that lends most first: the fewest modules are read to rebuild the schema
    while True:
        best = max(sorted(lenders), key=lambda name: len(_lent(lenders[name], mine, missing)))
        lent = _lent(lenders[best], mine, missing)
        if not lent:
            break
        like.append(best)
        missing -= lent
    root = _line(schema.types[schema.type].particles[0], texts)
    told = [f'{name} = """\n{_joined(schema.types[name], texts)}"""' for name in mine if name in missing]
    head = [f'["{message}"]', f"message = {json.dumps(root)}", f"like = {json.dumps(like)}", ""]
    return "\n".join([*head, f'["{message}".types]', *told]) + "\n"


def _lent(lender: dict[str, str], mine: dict[str, str], missing: set[str]) -> set[str]:
    return {name for name in missing if lender.get(name) == mine[name]}


def _joined(type_: Complex, texts: dict[str, Simple]) -> str:
    if type_.text is not None:
        raise ValueError("a text with attributes is not described here")
    lines = ", ".join(_line(particle, texts) for particle in type_.particles)
    return "\n".join(textwrap.wrap(lines, 118, break_long_words=False))


def _line(particle: object, texts: dict[str, Simple]) -> str:
    if not isinstance(particle, Element):
        raise TypeError("a wildcard is not described here")
    span = (particle.least, particle.most)
    times = _TIMES.get(span, f"{{{span[0]}-{span[1] or ''}}}")
    return f"{particle.name}{times} {_named(particle.type, texts)}"


def _named(type_: str | Simple, texts: dict[str, Simple]) -> str:
    if isinstance(type_, str):
        return type_
    if not type_.facets:
        return type_.base
    name = _text_name(type_)
    while texts.setdefault(name, type_) != type_:
        name += "_"
    return name


def _text_name(text: Simple) -> str:
    """A name that tells what the text is: String1to35, Decimal18_5, CodesCD (initials), Pattern with a check number."""
    facets = dict(text.facets)
    if "enumeration" in facets:
        return "Codes" + "".join(value[0] for name, value in text.facets if name == "enumeration")[:12]
    if "pattern" in facets:
        return f"Pattern{sum(map(ord, facets['pattern'])) % 1000}"
    if "maxLength" in facets:
        return f"{text.base.capitalize()}{facets.get('minLength', 0)}to{facets['maxLength']}"
    return f"{text.base.capitalize()}{facets.get('totalDigits', '')}_{facets.get('fractionDigits', '')}"


def main() -> None:
    """Print the tables of the XSDs named, a file for all; a later one may borrow from an earlier one."""
    lenders: Lenders = {}
    for message in Catalogue().messages():
        if message not in own.tables():
            names = contents(regenerate(message)).items()
            lenders[message] = {own.iso_name(name, message): content for name, content in names}
    texts: dict[str, Simple] = {}
    for name in sys.argv[1:]:
        path = Path(name)
        schema = official.read(parse_xsd(path.read_bytes(), path))
        sys.stdout.write(describe(schema, path.stem, lenders, texts) + "\n")
        lenders[path.stem] = contents(schema)
    sys.stdout.write("[texts]\n")
    for name, text in sorted(texts.items()):
        sys.stdout.write(f"{name} = {json.dumps([text.base, *map(' '.join, text.facets)], ensure_ascii=False)}\n")


if __name__ == "__main__":
    main()
