"""`isoloop validate --rules`: which rules of which packs a file breaks, with line, path, number and what to do."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from lxml import etree
from rich.console import Console
from rich.text import Text

from iso import gate
from iso.envelope import find_parts, split
from iso.rules.choice import known, packs_for
from iso.rules.engine import judge, judge_alone
from iso.rules.model import Broken, Severity
from iso.validate import catalogue_of, files_below, validate_file
from schemas.catalogue import Catalogue, CatalogueError
from schemas.errors import Finding

AUTO: Final = "auto"
"""Stands for `base` and the packs that a header asks for."""
_ALWAYS: Final = ("base",)
HubRules = Callable[[etree._Element, etree._Element | None], list[Broken]]  # noqa: SLF001 - the stubs call elements so
"""The pack `scheme`, judged by the hub's own code."""


class Judged(msgspec.Struct, frozen=True):
    """What schemas and rules say of one file; `valid` is the verdict of the schemas."""

    file: str
    message: str | None
    valid: bool | None
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    packs: tuple[str, ...]
    rules: tuple[Broken, ...]

    @property
    def refused(self) -> bool:
        """Whether a schema or an error of a rule refuses it."""
        return self.valid is False or any(found.severity is Severity.ERROR for found in self.rules)


def packs_of(given: Sequence[str]) -> tuple[str, ...]:
    """The packs that the options name, separated by commas or repeated; ValueError for one that there is not."""
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    known(name for name in names if name != AUTO)
    return tuple(dict.fromkeys(names))


def findings(body: bytes, chosen: tuple[str, ...], hub: HubRules | None = None) -> tuple[tuple[str, ...], list[Broken]]:
    """The packs that counted and the rules that were broken; none of a file that cannot be read."""
    try:
        root, _ = gate.read_file(body)
    except gate.Refused:
        return (), []
    used: list[str] = []
    broken: list[Broken] = []
    for header, document in _pairs(find_parts(root)):
        packs = _packs(header, chosen)
        used += packs
        if document is not None:
            broken += judge(document, header, packs)
            if hub is not None and "scheme" in packs:
                broken += hub(document, header)
        elif header is not None:
            broken += judge_alone(header, packs)
    return tuple(dict.fromkeys(used)), broken


def _pairs(parts: list[etree._Element]) -> Iterator[tuple[etree._Element | None, etree._Element | None]]:
    """Each header with the document that follows it; a header or document alone by itself."""
    header: etree._Element | None = None
    for part in parts:
        if split(part)[1] == "Document":
            yield header, part
            header = None
        else:
            if header is not None:
                yield header, None
            header = part
    if header is not None:
        yield header, None


def _packs(header: etree._Element | None, chosen: tuple[str, ...]) -> tuple[str, ...]:
    if AUTO not in chosen:
        return chosen
    said = [None if header is None else header.findtext("/".join(f"{{*}}{name}" for name in path)) for path in _ASKED]
    found = packs_for(*said)
    return tuple(dict.fromkeys((*_ALWAYS, *found, *(name for name in chosen if name != AUTO))))


_ASKED: Final = (("BizSvc",), ("MktPrctc", "Regy"), ("MktPrctc", "Id"))


def run(
    paths: Iterable[Path],
    rules: Sequence[str],
    schemas: Path | None = None,
    *,
    json: bool = False,
    hub: HubRules | None = None,
) -> int:
    """Print what schemas and rules say, a JSON line each or for people; 1 if one is refused, 2 for a wrong option."""
    try:
        packs, catalogue = packs_of(rules), catalogue_of(schemas)
        judged = (_judged(path, catalogue, packs, hub) for path in files_below(paths))
        return 1 if (_lines(judged) if json else _told(judged)) else 0
    except (CatalogueError, ValueError) as error:
        sys.stderr.write(f"isoloop validate: {error}\n")
        return 2


def _judged(path: Path, catalogue: Catalogue, packs: tuple[str, ...], hub: HubRules | None) -> Judged:
    try:
        body = path.read_bytes()
    except OSError:
        body = b""
    verdict = validate_file(path, catalogue)
    used, broken = findings(body, packs, hub)
    told = (verdict.file, verdict.message, verdict.valid, verdict.errors, verdict.warnings)
    return Judged(*told, used, tuple(broken))


def _lines(judged: Iterable[Judged]) -> bool:
    refused = False
    for one in judged:
        refused = refused or one.refused
        sys.stdout.write(msgspec.json.encode(one).decode() + "\n")
    return refused


def _told(judged: Iterable[Judged]) -> bool:
    console = Console(width=None if sys.stdout.isatty() else 160)
    ends: Counter[bool] = Counter()
    for one in judged:
        ends[one.refused] += 1
        verdict = Text("refused", "bold red") if one.refused else Text("keeps the rules", "green")
        packs = ", ".join(one.packs) or "none"
        console.print(Text.assemble((one.file, "bold"), f"  {one.message or 'no message'}  packs: {packs}  ", verdict))
        for error in one.errors:
            console.print(Text.assemble(f"  line {error.line}  ", ("schema", "bold red"), f"  {error.path}"))
            console.print(Text(f"    {error.text}"))
        for found in sorted(one.rules, key=lambda found: (found.severity, found.line)):
            colour = "bold red" if found.severity is Severity.ERROR else "yellow"
            word = (found.severity.value, colour)
            console.print(Text.assemble(f"  line {found.line}  ", word, f"  {found.number}  {found.path}"))
            console.print(Text(f"    {found.text}\n    → {found.todo} (reason {found.reason})"))
    console.print(f"{ends[False]} kept, {ends[True]} refused")
    return ends[True] > 0
