"""`isoloop validate`: the verdict of the official schemas on files, without a server.

A verdict is about schemas: what the switch's gate would refuse besides (a comment, an odd envelope, a MsgDefIdr that
does not fit) is told as a warning.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from lxml import etree
from rich.console import Console
from rich.table import Table
from rich.text import Text

from iso import gate
from iso.envelope import definition, find_parts, split
from schemas.catalogue import Catalogue, CatalogueError
from schemas.errors import Finding

if TYPE_CHECKING:
    from iso.validate_rules import HubRules

_EXAMPLE = "example: isoloop validate --json payments/ statement.xml"


class Verdict(msgspec.Struct, frozen=True):
    """What is known of one file; `valid` None: there is no schema for its message (code UNSUPPORTED in the errors)."""

    file: str
    message: str | None
    valid: bool | None
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()


def validate_file(path: Path, catalogue: Catalogue) -> Verdict:
    """The verdict on the file at `path`."""
    try:
        body = path.read_bytes()
    except OSError as error:
        return Verdict(str(path), None, False, (Finding(0, "/", "UNREADABLE", error.strerror or str(error)),))
    return validate_bytes(str(path), body, catalogue)


def validate_bytes(file: str, body: bytes, catalogue: Catalogue) -> Verdict:
    """The verdict on a message; header and document of an envelope are both put before their schemas."""
    try:
        root, warnings = gate.read_file(body)
    except gate.Refused as refused:
        return Verdict(file, None, False, refused.findings)
    parts = find_parts(root)
    message = _message(parts)
    errors: list[Finding] = []
    for element in parts if root in parts or not catalogue.known(definition(root)) else [root, *parts]:
        errors += gate.check_element(element, definition(element), catalogue)
    if not parts and not catalogue.known(definition(root)):
        text = f"neither AppHdr nor Document in {split(root)[1]}"
        errors.append(Finding(1, f"/{split(root)[1]}", gate.Code.UNSUPPORTED.value, text))
    headers = [part for part in parts if split(part)[1] == "AppHdr"]
    if len(headers) == 1 and len(parts) == 2:  # one header for one document
        warnings += tuple(gate.check_definition(headers[0], message or ""))
    errors = gate.exact_lines(errors, body)
    warnings += _inferred(message, errors, catalogue)
    valid: bool | None = not errors
    if errors and all(error.code == gate.Code.UNSUPPORTED for error in errors):
        valid = None
    return Verdict(file, message or definition(root) or None, valid, tuple(errors), warnings)


def _inferred(message: str | None, errors: list[Finding], catalogue: Catalogue) -> tuple[Finding, ...]:
    """A warning that a document was found wrong by a schema that no official one proves."""
    told = any(error.path.startswith("/Document") and error.code.startswith("cvc") for error in errors)
    if not told or not message or not catalogue.known(message) or catalogue.origin(message).proof != "inferred":
        return ()
    text = f"the schema of {message} is inferred; give the official XSD in a folder with --schemas to be certain"
    return (Finding(1, "/Document", "INFERRED", text),)


def _message(parts: list[etree._Element]) -> str | None:
    """The message of a file: definition, or else namespace, of the first document, or of the header if alone."""
    documents = [part for part in parts if split(part)[1] == "Document"]
    for part in documents or parts:
        return definition(part) or split(part)[0] or None
    return None


def files_below(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and the *.xml files of the folders named and of those inside them, sorted."""
    for path in paths:
        if path.is_dir():
            yield from sorted(inner for inner in path.rglob("*") if inner.suffix.lower() == ".xml" and inner.is_file())
        else:
            yield path


def run(paths: Iterable[Path], schemas: Path | None = None, *, json: bool = False) -> int:
    """Print the verdicts on stdout, a JSON line each or a table; 1 if a file is invalid, 2 if `schemas` is unusable."""
    try:
        catalogue = catalogue_of(schemas)
        verdicts = (validate_file(path, catalogue) for path in files_below(paths))
        shown = _lines(verdicts) if json else _table(verdicts)
    except CatalogueError as error:
        sys.stderr.write(f"isoloop validate: {error}\n")
        return 2
    return 1 if shown[False] else 0


def catalogue_of(schemas: Path | None) -> Catalogue:
    """The catalogue, with the schemas of that folder before its own; CatalogueError if it is no folder."""
    if schemas is not None and not schemas.is_dir():
        raise CatalogueError(f"{schemas} is no folder")
    return Catalogue(schemas)


def _lines(verdicts: Iterable[Verdict]) -> Counter[bool | None]:
    shown: Counter[bool | None] = Counter()
    for verdict in verdicts:
        shown[verdict.valid] += 1
        sys.stdout.write(msgspec.json.encode(verdict).decode() + "\n")
    return shown


def _table(verdicts: Iterable[Verdict]) -> Counter[bool | None]:
    words = {True: Text("valid", "green"), False: Text("invalid", "bold red"), None: Text("unsupported", "yellow")}
    table = Table("file", "message", "verdict", "line", "first error")
    table.columns[0].overflow = "fold"
    shown: Counter[bool | None] = Counter()
    for verdict in verdicts:
        shown[verdict.valid] += 1
        first = next(iter((*verdict.errors, *verdict.warnings)), None)
        where = Text("\n".join(filter(None, (first.path, first.text))) if first else "")
        if first and not verdict.errors:
            where = Text("warning: ", "yellow") + where
        line = str(first.line) if first else ""
        table.add_row(Text(verdict.file), verdict.message or "", words[verdict.valid], line, where)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    console.print(f"{shown[True]} valid, {shown[False]} invalid, {shown[None]} without a schema")
    return shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `isoloop validate` on the parser of the subcommand."""
    parser.description = "Validate ISO 20022 messages against the official schemas. Exit status 1 if one is invalid."
    parser.epilog = _EXAMPLE
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder with *.xml files")
    parser.add_argument("--json", action="store_true", help="one JSON line per file: file, message, valid, errors")
    parser.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="PACK",
        help="also explain which rules are broken: base, cbpr, instant, fednow, scheme, or auto for base and what the "
        "header asks for; several with commas, or again",
    )
    parser.add_argument("--schemas", type=Path, metavar="DIR", help="a folder of XSD files that come before our own")


def main(args: argparse.Namespace, hub: "HubRules | None" = None) -> int:
    """Run `isoloop validate` with parsed arguments; the exit status. `hub` judges by the hub's own rules."""
    if not args.rules:
        return run(args.paths, args.schemas, json=args.json)
    from iso import validate_rules  # noqa: PLC0415 - nobody else needs the rules

    return validate_rules.run(args.paths, args.rules, args.schemas, json=args.json, hub=hub)
