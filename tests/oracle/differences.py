"""Compares our schema of a message with the official XSD on samples, generated messages and mutations of both.

`python -m tests.oracle.differences [MUTANTS]` does it for every official XSD beside the repository and counts.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from lxml import etree

from iso.envelope import definition
from iso.validate import validate_bytes
from schemas.catalogue import MAX_ERRORS, Catalogue, CompiledSchema, parse_xsd
from schemas.errors import Finding, path_of
from schemas.xsd import official
from schemas.xsd.model import Schema
from tests.oracle.directed import Place, mutations, places
from tests.oracle.instances import Covered, instance, mutant

SHARED = Path(__file__).parents[3] / "shared" / "iso20022"
XSDS = sorted((SHARED / "xsd").glob("*.xsd")) if SHARED.is_dir() else []
CATALOGUE = Catalogue()
# lxml tells a type by its name where we have none
TYPE_NAME = re.compile(r"the (local )?(atomic|union) type( '[^']*')?")
_BASES = 6
_CHANGES = 20
"""About so many directed changes a place has."""
_PLACED = 7
"""Of one mutant of so many, line and element of each error are compared with what lxml itself tells."""
_WHOLE = 50
"""One mutant of so many goes the whole way as text: parsed, judged by `isoloop validate`, lines counted by lxml."""


class Count(msgspec.Struct):
    """What came out for one message: mutants tried, refused by the official schema, and what was told otherwise."""

    message: str
    tried: int = 0
    refused: int = 0
    differences: list[str] = []


def compare(path: Path, mutants: int, catalogue: Catalogue = CATALOGUE) -> Count:
    """Tries about `mutants` mutations of messages of the version whose official XSD is at `path`."""
    tree = parse_xsd(path.read_bytes(), path)
    count, judge, ours = Count(path.stem), etree.XMLSchema(tree), catalogue.schema(path.stem)
    told = CompiledSchema(path.stem, judge)
    for change, case in _cases(path.stem, official.read(tree), mutants):
        expected, found = told.validate(case), ours.validate(case)
        count.tried += 1
        count.refused += bool(expected)
        same = _comparable(found) == _comparable(expected)
        if same and expected and count.tried % _PLACED == 0:
            same = _places(found, case) == _raw_places(judge, case)
        if same and count.tried % _WHOLE == 0:
            text = etree.tostring(case)
            same = _lines(text) == _raw_lines(text, judge)
        if not same:
            count.differences.append(f"{change}: {etree.tostring(case).decode()}")
    return count


def valid_bases(message: str, model: Schema, rng: Random) -> list[etree._Element]:
    """Generated messages, laid out in lines, that the official schema accepts."""
    covered: Covered = set()
    made = [etree.tostring(instance(model, rng, covered), pretty_print=True) for _ in range(_BASES)]
    return [etree.fromstring(text) for text in made]


def _cases(message: str, model: Schema, mutants: int) -> Iterator[tuple[str, etree._Element]]:
    """What was changed and the changed message, half by chance, half by what the schema says of each place."""
    rng = Random(message)
    bases = valid_bases(message, model, rng)
    bases += [etree.parse(sample).getroot() for sample in sorted((SHARED / "samples").glob(f"*/{message}-*.xml"))]
    for base in bases:
        yield "nothing", base
        for _ in range(mutants // 2 // len(bases)):
            yield "chance", mutant(base, model, rng)
    # each child of each type gets its share, however often or seldom it occurs
    groups: dict[tuple[int, str], list[Place]] = {}
    for place in (place for base in bases for place in places(base, model)):
        groups.setdefault((id(place.around), place.child.name), []).append(place)
    share = mutants / 2 / max(len(groups), 1)
    for group in groups.values():
        if rng.random() >= share:
            continue
        place = rng.choice(group)
        for change in mutations(place, model, rng):
            if rng.random() < max(share, 1) / _CHANGES:
                yield change, place.node.getroottree().getroot()


def _comparable(findings: list[Finding]) -> list[Any]:
    return [(found.line, found.path, found.code, _text(found.text)) for found in findings]


def _text(text: str) -> str:
    # codes stand in another order, and where a long text is cut in its middle not all of them
    text = re.sub(r"the set \{.* \.\.\. .*", "", text)
    text = re.sub(r"the set \{(.*)\}", lambda match: f"the set {sorted(match[1].split(', '))}", text)
    # type names of other lengths move the cut
    return TYPE_NAME.sub("its type", text) if len(text) < 400 else text[:200]


def _places(findings: list[Finding], case: etree._Element) -> list[tuple[int, str]]:
    """Line and element of each of our findings, the element as lxml would write its place."""
    wanted = {found.path.partition("/@")[0] for found in findings}
    paths = {
        path: case.getroottree().getpath(node) for node in case.iter("*") if (path := path_of(node, case)) in wanted
    }
    return [(found.line, paths[found.path.partition("/@")[0]]) for found in findings]


def _raw_places(judge: etree.XMLSchema, case: etree._Element) -> list[tuple[int, str]]:
    """The same as lxml tells it."""
    judge.validate(case)
    return [(entry.line, entry.path) for entry in judge.error_log][:MAX_ERRORS]


def _lines(text: bytes) -> list[int]:
    """The lines that `isoloop validate` tells of a message given as text."""
    return [error.line for error in validate_bytes("", text, CATALOGUE).errors if error.code.startswith("cvc")]


def _raw_lines(text: bytes, judge: etree.XMLSchema) -> list[int]:
    root = etree.fromstring(text)
    # the command judges by the schema of the namespace, which a mutant may have lost with its root
    if not CATALOGUE.known(definition(root)):
        return []
    judge.validate(root)
    return [entry.line for entry in judge.error_log][:MAX_ERRORS]


def main() -> None:
    """Print the counts of every official XSD at hand; exit status 1 if anything differs."""
    mutants = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    total = Count("all")
    for path in XSDS:
        count = compare(path, mutants)
        print(
            f"{count.message}  {count.tried} tried  {count.refused} refused  {len(count.differences)} differences",
            flush=True,
        )
        total.tried += count.tried
        total.refused += count.refused
        total.differences += count.differences
    print(f"{len(XSDS)} messages  {total.tried} tried  {total.refused} refused  {len(total.differences)} differences")
    sys.exit(bool(total.differences))


if __name__ == "__main__":
    main()
