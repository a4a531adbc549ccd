"""`isoloop translate FILE`: one message in the other dialects, losses named.

A pacs.008 is shown as the quote and transfer a DFSP would get, and back, a return as the refund it is there; any other
message as it is in each dialect, or value by value with what the hub does not read of it.
"""

import argparse
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from lxml import etree
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fspiop import ilp
from iso import gate
from iso.messages import business
from iso.messages.pacs002 import Pacs002
from iso.messages.pacs004 import Pacs004
from iso.messages.pacs008 import Pacs008
from iso.messages.shape import ShapeError
from schemas.canonical.faults import Fault
from schemas.canonical.money import UNITS_PER_ONE
from schemas.canonical.terms import Terms
from schemas.canonical.wire import Dialect, Original
from schemas.catalogue import Catalogue
from schemas.codes.currencies import minor_units
from switch import translate_forms, translate_lines
from switch.fulfilments import sealed
from switch.profile import HubKey
from switch.translate_forms import Sheet, show
from translator.convert import Conversion, convert
from translator.fspiop.quotes import transaction
from translator.iso.moments import moment_in
from translator.isojson.convert import RESOURCES, Mode
from translator.refunds import refund_forms

_LENIENT: Final = gate.Limits(plain=False)
# Nothing is paid with it: a DFSP's own condition would stand here.
_SAMPLE_KEY: Final = HubKey("sample", b"isoloop translate")
# The time of the message stands for the hub's clock, so that the same file always gives the same translation.
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WIDTH: Final = 46


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        help="a message in XML (pacs.008, pacs.004, any), or a body of either JSON dialect",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    parser.add_argument("--jsonl", action="store_true", help="translate one JSON object a line from stdin to stdout")
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.FULL, help="of JSON (default: full)")
    parser.add_argument("--id", default="", help="the ID in the path of a JSON body that has none inside")
    parser.add_argument("--resource", choices=list(RESOURCES), help="what a JSON body is, if it does not say so itself")


def main(options: argparse.Namespace) -> int:
    """Print the translation; exit status 1 if the file is no payment that can be translated."""
    if options.jsonl:
        return translate_lines.run(options.mode)
    if options.file is None:
        _say("name a file, or give --jsonl and write to stdin")
        return 2
    result = translate_file(options.file.read_bytes(), options.mode, options.resource, options.id)
    if isinstance(result, str):
        _say(result)
        return 1
    told = translate_forms.as_json(result) if isinstance(result, Sheet) else as_json(result)
    if options.json:
        _say(msgspec.json.format(msgspec.json.encode(told)).decode())
    else:
        show(translate_forms.as_view(result) if isinstance(result, Sheet) else as_view(result))
    return 0


def translate_file(
    body: bytes, mode: Mode = Mode.FULL, resource: str | None = None, key: str = ""
) -> Conversion | Sheet | str:
    """The translation of a message, or why there is none."""
    if body.lstrip()[:1] in (b"{", b"["):
        return translate_forms.of_json(body, mode, resource, key)
    try:
        parsed = gate.read(body, _LENIENT)
    except gate.Refused as refused:
        return str(refused)
    findings = gate.check(parsed, Catalogue())
    if findings:
        return "\n".join(f"line {found.line}: {found.path}: {found.text}" for found in findings)
    if parsed.document_el is None:
        return translate_forms.of_header(body)
    return _translated(parsed, parsed.document_el, body, mode)


def _translated(parsed: gate.Parsed, document_el: etree._Element, body: bytes, mode: Mode) -> Conversion | Sheet | str:
    """A message that keeps its schema; what has no other form is told value by value all the same."""
    # A file may have comments, which no message that the hub takes has.
    etree.strip_tags(document_el, etree.Comment, etree.PI)
    try:
        document = business.read(None, document_el).document
    except ShapeError as error:
        return str(error)
    if isinstance(document, Pacs002):
        return translate_forms.of_status(document, body, mode)
    digest = hashlib.sha256(body).hexdigest()
    original = Original(Dialect.ISO_XML, "POST", parsed.message_def, (), body, digest)
    if isinstance(document, Pacs004):
        forms = refund_forms(document, original, moment_in(document.created) or _EPOCH, _seal)
        return translate_forms.of_return(document, body, forms)
    if not isinstance(document, Pacs008):
        return translate_forms.of_other(document, body)
    result = convert(document, original, moment_in(document.created) or _EPOCH, _seal)
    return f"{result.description} ({result.iso})" if isinstance(result, Fault) else result


def translate_wire(method: str, path: str, body: bytes) -> Conversion | Sheet | str:
    """The translation of a message as it was on the wire, whose path says what a JSON body is."""
    resource, *rest = path.partition("?")[0].strip("/").split("/")
    kind = f"{resource}.{method.lower()}{'Error' if rest[-1:] == ['error'] else ''}"
    named = kind if kind in RESOURCES else None
    return translate_file(body, Mode.FULL, named, rest[0] if rest else "")


def as_json(result: Conversion) -> dict[str, Any]:
    """The translation as one JSON value."""
    return {
        "quote": msgspec.json.decode(result.quote),
        "transfer": msgspec.json.decode(result.transfer),
        "isoQuote": msgspec.json.decode(result.iso_quote),
        "isoTransfer": msgspec.json.decode(result.iso_transfer),
        "back": result.back.decode(),
        "paths": msgspec.to_builtins(result.rows),
        "losses": msgspec.to_builtins(result.losses),
        "refusedFor": msgspec.to_builtins(result.fault),
        "others": result.others,
    }


def as_view(result: Conversion) -> RenderableType:
    """The translation for people: the bodies, a row for each value, the losses."""
    parts: list[RenderableType] = []
    for title, classic, variant in (
        ("POST /quotes", result.quote, result.iso_quote),
        ("POST /transfers", result.transfer, result.iso_transfer),
    ):
        beside = Table(show_header=True, expand=True)
        beside.add_column(f"{title}, FSPIOP", ratio=1)
        beside.add_column(f"{title}, FSPIOP-ISO", ratio=1)
        beside.add_row(*(Text(msgspec.json.format(body).decode()) for body in (classic, variant)))
        parts.append(beside)
    table = Table(title="Value by value", title_style="bold")
    for name in ("pacs.008", "value", "FSPIOP", "FSPIOP-ISO", "comes back"):
        table.add_column(name, overflow="fold")
    for row in result.rows:
        path = row.path.removeprefix("transactions.0.")
        places = ("\n".join(found) or "-" for found in (row.fspiop, row.iso_json))
        table.add_row(path, Text(row.value), *places, "yes" if row.back is not None else "-")
    parts += [table, f"{len(result.losses)} values do not reach the other side:"]
    parts += [Text(f"  {loss.path}: {loss.value[:_WIDTH]} ({loss.reason})") for loss in result.losses]
    if result.others:
        parts.append(f"{result.others} more payments of the message are translated alike.")
    if result.fault:
        parts.append(Text(f"The hub would refuse this payment: {result.fault.description} ({result.fault.iso})"))
    return Group(*parts)


def _seal(terms: Terms) -> tuple[str, str]:
    amount = terms.amount.units * 10 ** (minor_units(terms.amount.currency) or 0) // UNITS_PER_ONE
    packet = ilp.Prepare(int(amount), terms.expiry or _EPOCH, "A" * 43, msgspec.json.encode(transaction(terms)))
    return sealed(_SAMPLE_KEY, packet)


def _say(text: str) -> None:
    print(text)  # noqa: T201  (a command prints)
