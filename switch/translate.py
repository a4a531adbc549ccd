"""`isoloop translate FILE`: one pacs.008 as the quote and transfer a DFSP would get, and back, losses named."""

import argparse
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from fspiop import ilp
from iso import gate
from iso.messages import business
from iso.messages.pacs008 import Pacs008
from schemas.canonical.faults import Fault
from schemas.canonical.money import UNITS_PER_ONE
from schemas.canonical.terms import Terms
from schemas.canonical.wire import Dialect, Original
from schemas.catalogue import Catalogue
from schemas.codes.currencies import minor_units
from switch.fulfilments import sealed
from switch.profile import HubKey
from translator.convert import Conversion, convert
from translator.fspiop.quotes import transaction
from translator.iso.moments import moment_in

_LENIENT: Final = gate.Limits(plain=False)
# Nothing is paid with it: a DFSP's own condition would stand here.
_SAMPLE_KEY: Final = HubKey("sample", b"isoloop translate")
# The time of the message stands for the hub's clock, so that the same file always gives the same translation.
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WIDTH: Final = 46


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("file", type=Path, help="a pacs.008 in XML, with or without its header")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")


def main(options: argparse.Namespace) -> int:
    """Print the translation; exit status 1 if the file is no payment that can be translated."""
    result = translate_file(options.file.read_bytes())
    if isinstance(result, str):
        _say(result)
        return 1
    _say(msgspec.json.format(msgspec.json.encode(as_json(result))).decode() if options.json else as_text(result))
    return 0


def translate_file(body: bytes) -> Conversion | str:
    """The translation of a message, or why there is none."""
    try:
        parsed = gate.read(body, _LENIENT)
    except gate.Refused as refused:
        return str(refused)
    findings = gate.check(parsed, Catalogue())
    if findings:
        return "\n".join(f"line {found.line}: {found.path}: {found.text}" for found in findings)
    if parsed.document_el is None:
        return "the file holds a header and no document"
    document = business.read(parsed.header_el, parsed.document_el).document
    if not isinstance(document, Pacs008):
        return f"{parsed.message_def} is not translated, only pacs.008"
    digest = hashlib.sha256(body).hexdigest()
    original = Original(Dialect.ISO_XML, "POST", parsed.message_def, (), body, digest)
    result = convert(document, original, moment_in(document.created) or _EPOCH, _seal)
    return f"{result.description} ({result.iso})" if isinstance(result, Fault) else result


def as_json(result: Conversion) -> dict[str, Any]:
    """The translation as one JSON value."""
    return {
        "quote": msgspec.json.decode(result.quote),
        "transfer": msgspec.json.decode(result.transfer),
        "back": result.back.decode(),
        "paths": msgspec.to_builtins(result.rows),
        "losses": msgspec.to_builtins(result.losses),
        "refusedFor": msgspec.to_builtins(result.fault),
    }


def as_text(result: Conversion) -> str:
    """The translation for people: both bodies, the table of paths, the losses."""
    lines = ["POST /quotes", msgspec.json.format(result.quote).decode()]
    lines += ["", "POST /transfers", msgspec.json.format(result.transfer).decode(), ""]
    lines += [f"{'pacs.008':{_WIDTH}} {'value':{_WIDTH}} FSPIOP"]
    for row in result.rows:
        path = row.path.removeprefix("transactions.0.")
        lines.append(f"{path:{_WIDTH}} {row.value[:_WIDTH]:{_WIDTH}} {', '.join(row.fspiop) or '-'}")
    lines += ["", f"{len(result.losses)} values do not reach the other side:"]
    lines += [f"  {loss.path}: {loss.value[:_WIDTH]} ({loss.reason})" for loss in result.losses]
    if result.fault:
        lines += ["", f"The hub would refuse this payment: {result.fault.description} ({result.fault.iso})"]
    return "\n".join(lines)


def _seal(terms: Terms) -> tuple[str, str]:
    amount = terms.amount.units * 10 ** (minor_units(terms.amount.currency) or 0) // UNITS_PER_ONE
    packet = ilp.Prepare(int(amount), terms.expiry or _EPOCH, "A" * 43, msgspec.json.encode(transaction(terms)))
    return sealed(_SAMPLE_KEY, packet)


def _say(text: str) -> None:
    print(text)  # noqa: T201  (a command prints)
