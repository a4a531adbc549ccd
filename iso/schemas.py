"""`isoloop schemas`: which schemas are in force and why they are believed, written out, and compared."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec
from lxml import etree
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from schemas.catalogue import Catalogue, CatalogueError, parse_xsd
from schemas.xsd import official
from schemas.xsd.compare import Difference, differences
from schemas.xsd.model import Schema, SchemaShapeError

_WORDS = {
    "official": "equal to the official schema",
    "inferred": "inferred from official ones",
    "operator": "taken as it is",
}
_SHOWN = 3
"""Other places of a difference that are shown before they are only counted."""


class Listed(msgspec.Struct, frozen=True):
    """A schema in force. `relation`: what an operator's file does to the built-in schema, empty if there is none.

    "equal", "restricts" (accepts less, nothing more), "differs", "only here", or "not comparable: ..." with the reason.
    """

    message: str
    source: str
    proof: str
    relation: str = ""


class Report(msgspec.Struct, frozen=True):
    """A comparison: what was compared, and the differences from the first to the second."""

    old: str
    new: str
    differences: tuple[Difference, ...]


def listed(catalogue: Catalogue, wanted: Iterable[str] = ()) -> list[Listed]:
    """The schemas in force, of all messages or of those that begin with one of `wanted`."""
    starts = tuple(wanted) or ("",)
    found = []
    for message in catalogue.messages():
        if message.startswith(starts):
            origin = catalogue.origin(message)
            relation = _relation(catalogue, message) if origin.proof == "operator" else ""
            found.append(Listed(message, origin.source, origin.proof, relation))
    return found


def _relation(catalogue: Catalogue, message: str) -> str:
    if not Catalogue().known(message):
        return "only here"
    try:
        found = differences(catalogue.widest(message), catalogue.model(message))
    except SchemaShapeError as error:
        return f"not comparable: {error}"
    return "equal" if not found else "restricts" if all(one.narrower for one in found) else "differs"


def export(catalogue: Catalogue, folder: Path, wanted: Iterable[str] = (), *, force: bool = False) -> list[Path]:
    """Writes the schemas in force as `<message>.xsd`; a file there that says something else is kept unless `force`."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {folder / f"{one.message}.xsd": catalogue.xsd(one.message) for one in listed(catalogue, wanted)}
    other = [path for path, text in texts.items() if path.exists() and path.read_bytes() != text]
    if other and not force:
        raise CatalogueError(f"{other[0]} is there and is another ({len(other)} in all); --force overwrites")
    for path, text in texts.items():
        path.write_bytes(text)
    return list(texts)


def compare(catalogue: Catalogue, old: str, new: str | None) -> Report:
    """The differences between two schemas, each a message version or an XSD file; `new` None: see `_sides`."""
    before, after = _sides(catalogue, old, new)
    try:
        found = differences(_model(catalogue, before), _model(catalogue, after))
    except SchemaShapeError as error:
        raise CatalogueError(f"a schema says things in a way that cannot be compared: {error}") from error
    return Report(before, after, tuple(found))


def _sides(catalogue: Catalogue, old: str, new: str | None) -> tuple[str, str]:
    """What is compared: with one file the built-in schema with the file, with one message that with the operator's."""
    if new is not None:
        return old, new
    if _is_file(old):
        namespace = parse_xsd(Path(old).read_bytes(), Path(old)).get("targetNamespace") or ""
        return f"built-in:{namespace.rpartition(':')[2]}", old
    origin = _known(catalogue, old)
    if origin != "operator":
        raise CatalogueError(
            f"{old} is built in: compare it with what? Name a second version, a file, or --schemas DIR"
        )
    return f"built-in:{old}", old


def _model(catalogue: Catalogue, name: str) -> Schema:
    if name.startswith("built-in:"):
        catalogue, name = Catalogue(), name.removeprefix("built-in:")
    elif _is_file(name):
        return official.read(parse_xsd(Path(name).read_bytes(), Path(name)))
    _known(catalogue, name)
    return catalogue.model(name)


def _is_file(name: str) -> bool:
    return Path(name).is_file()


def _known(catalogue: Catalogue, message: str) -> str:
    if not catalogue.known(message):
        raise CatalogueError(f"no schema for {message}, and no file; `isoloop schemas list` shows what there is")
    return catalogue.origin(message).proof


def _json(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 200, highlight=False)


def _show_list(found: list[Listed]) -> None:
    table = Table("message", "source", "proof", "the built-in schema")
    for one in found:
        style = {"inferred": "yellow", "operator": "cyan"}.get(one.proof, "")
        words = {"restricts": "is restricted", "equal": "says the same", "differs": "says otherwise"}
        relation = words.get(one.relation, one.relation)
        table.add_row(one.message, escape(one.source), f"[{style}]{_WORDS[one.proof]}" if style else _WORDS[one.proof],
                      escape(relation))  # fmt: skip
    console = _console()
    console.print(table)
    console.print(f"{len(found)} schemas")


def _show_differences(report: Report) -> None:
    tree = Tree(f"[bold]{escape(report.old)} → {escape(report.new)}")
    branches: dict[str, Tree] = {"": tree}
    for one in report.differences:
        node = _branch(branches, one.path)
        node.add(_line(one))
        for place in one.also[:_SHOWN]:
            node.add(f"[dim]also at {place}")
        if len(one.also) > _SHOWN:
            node.add(f"[dim]and at {len(one.also) - _SHOWN} other places")
    console = _console()
    console.print(tree)
    console.print(f"{len(report.differences)} differences" if report.differences else "they say the same")


def _branch(branches: dict[str, Tree], path: str) -> Tree:
    if path not in branches:
        above, _, name = path.rpartition("/")
        branches[path] = _branch(branches, above).add(escape(name))
    return branches[path]


def _line(one: Difference) -> str:
    old, new = escape(one.old), escape(one.new)
    if one.what == "added":
        return f"[green]+ {new}"
    if one.what == "removed":
        return f"[red]- {old}"
    return f"[yellow]~ {one.what}:[/] {old or 'nothing'} → {new or 'nothing'}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `isoloop schemas` on the parser of the subcommand."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    shown = verbs.add_parser("list", help="what is in force, where it comes from, what shows that it is right")
    shown.add_argument("messages", nargs="*", metavar="MESSAGE", help="a message or version, such as pacs.008 (all)")
    written = verbs.add_parser("export", help="write the XSD in force of all or chosen messages into a folder")
    written.add_argument("folder", type=Path, metavar="DIR", help="where to write; made if it is not there")
    written.add_argument("messages", nargs="*", metavar="MESSAGE", help="a message or version, such as pacs.008 (all)")
    written.add_argument("--force", action="store_true", help="overwrite files that say something else")
    compared = verbs.add_parser("diff", help="what two schemas say differently; exit status 1 if they do")
    compared.add_argument("old", metavar="A", help="a version such as pacs.008.001.08, or an XSD file")
    compared.add_argument("new", nargs="?", metavar="B", help="the same; without it A is compared with the built-in")
    for verb in (shown, written, compared):
        verb.add_argument("--json", action="store_true", help="one JSON document on stdout")
        verb.add_argument("--schemas", type=Path, metavar="DIR", help="a folder of XSD files that come before our own")


def main(args: argparse.Namespace) -> int:
    """Run `isoloop schemas` with parsed arguments; the exit status."""
    try:
        if args.schemas is not None and not args.schemas.is_dir():
            raise CatalogueError(f"{args.schemas} is no folder")
        return _run(args, Catalogue(args.schemas))
    except (CatalogueError, OSError, etree.XMLSyntaxError) as error:
        sys.stderr.write(f"isoloop schemas {args.verb}: {error}\n")
        return 2


def _run(args: argparse.Namespace, catalogue: Catalogue) -> int:
    if args.verb == "diff":
        report = compare(catalogue, args.old, args.new)
        _json(report) if args.json else _show_differences(report)
        return 1 if report.differences else 0
    found = listed(catalogue, args.messages)
    if not found:
        raise CatalogueError(f"no schema for {' '.join(args.messages)}; `isoloop schemas list` shows what there is")
    if args.verb == "list":
        _json(found) if args.json else _show_list(found)
        return 0
    paths = export(catalogue, args.folder, args.messages, force=args.force)
    _json([str(path) for path in paths]) if args.json else _show_paths(paths)
    return 0


def _show_paths(paths: list[Path]) -> None:
    sys.stdout.write("".join(f"{path}\n" for path in paths))
