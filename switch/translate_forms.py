"""`isoloop translate FILE` for every message that is not a pacs.008: its forms side by side, value by value."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from lxml import etree
from rich.console import Console, Group, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from fspiop import ilp
from fspiop.messages.json_gate import JsonError, read_json
from fspiop.messages.quotes import Transaction
from iso import gate
from iso.messages.pacs002 import Pacs002
from schemas.canonical.faults import Fault
from schemas.canonical.wire import Dialect
from translator.convert import plain
from translator.forms import MESSAGE_ID, Form, UntranslatableError, bank_form, json_forms, status_json
from translator.isojson.convert import Mode, Options, Source
from translator.isojson.envelope import items_of
from translator.isojson.extensions import leaves
from translator.isojson.model import Json
from translator.losses import Loss

# A moment of its own, so that the same file always gives the same translation.
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAID_OTHERWISE: Final = (".TxSts", ".GrpSts", ".AccptncDtTm")
_SHOWN: Final = 80
_EXAMPLE_ID: Final = "00000000-0000-4000-8000-000000000000"
_NAMES: Final = {
    Dialect.FSPIOP: "FSPIOP JSON", Dialect.FSPIOP_ISO: "FSPIOP-ISO JSON", Dialect.ISO_XML: "ISO 20022 XML",
}  # fmt: skip
# The member that tells what an FSPIOP body is.
_FSPIOP_MARKS: Final = (
    ("quoteId", "quotes.post"), ("transferAmount", "quotes.put"), ("transferId", "transfers.post"),
    ("transferState", "transfers.put"), ("conversionRequestId", "fxQuotes.post"), ("conversionTerms", "fxQuotes.put"),
    ("commitRequestId", "fxTransfers.post"), ("conversionState", "fxTransfers.put"),
    ("errorInformation", "transfers.putError"), ("party", "parties.put"),
)  # fmt: skip


class Row(msgspec.Struct, frozen=True):
    """One value of the message as given: its path there, and its places in each other form."""

    path: str
    value: str
    places: tuple[tuple[str, ...], ...]


class Sheet(msgspec.Struct, frozen=True):
    """A message in all its forms, the given one first, and where its values are in the others."""

    resource: str
    forms: tuple[Form, ...]
    rows: tuple[Row, ...]


def of_json(body: bytes, mode: Mode, resource: str | None, key: str) -> Sheet | str:
    """The forms of a JSON body of either dialect, or why there are none."""
    try:
        content, _ = read_json(body)
    except JsonError as error:
        return f"the file {error}"
    if not isinstance(content, dict):
        return "the file holds no JSON object"
    dialect, guess = _kind(content)
    name = resource or guess
    if name is None:
        return "the body does not say what it is; name it with --resource"
    options = Options(now=_EPOCH, new_id=lambda: MESSAGE_ID, mode=mode, testing_mode=True)
    try:
        forms = json_forms(name, dialect, Source(content, params={"ID": key or _EXAMPLE_ID}), options)
    except UntranslatableError as error:
        return str(error)
    classic = forms[0] if dialect is Dialect.FSPIOP else forms[1]
    bank = bank_form(name, msgspec.json.decode(classic.body), key or _EXAMPLE_ID, _EPOCH, _agreed)
    return _sheet(name, (*forms, bank))


def of_status(message: Pacs002, document: bytes, mode: Mode) -> Sheet | str:
    """The forms of a bank's pacs.002, or why there are none."""
    read = status_json(message)
    if isinstance(read, Fault):
        return f"{read.description} ({read.iso})"
    name, content = read
    options = Options(now=_EPOCH, new_id=lambda: MESSAGE_ID, mode=mode)
    given = Form("pacs.002", Dialect.ISO_XML, document)
    classic, variant = json_forms(name, Dialect.FSPIOP, Source(content), options)
    held = {plain(value) for _, value in _values(classic)}
    lost = tuple(
        Loss(path, value)
        for path, value in _values(given)
        if plain(value) not in held and not path.endswith(_SAID_OTHERWISE) and ".StsRsnInf." not in path
    )
    return _sheet(name, (given, msgspec.structs.replace(classic, losses=lost), variant))


def _kind(body: Json) -> tuple[Dialect, str | None]:
    """Dialect and resource of a body, as far as they can be told; pacs.002 and pacs.008 have several uses."""
    if "Assgnmt" in body or "Rpt" in body:
        found = (body.get("Rpt") or {}).get("Vrfctn") is not False
        return Dialect.FSPIOP_ISO, "parties.put" if found else "parties.putError"
    status = body.get("TxInfAndSts")
    if isinstance(status, dict):
        error = "StsRsnInf" in status and "TxSts" not in status
        return Dialect.FSPIOP_ISO, "transfers.putError" if error else "transfers.put"
    tx = body.get("CdtTrfTxInf")
    if isinstance(tx, dict):
        sealed = "VrfctnOfTerms" in tx
        if "UndrlygCstmrCdtTrf" in tx:
            asks = "InstrId" in (tx.get("PmtId") or {})
            return Dialect.FSPIOP_ISO, ("fxQuotes.put" if sealed else "fxQuotes.post") if asks else "fxTransfers.post"
        answered = "ChrgsInf" in tx or "InstdAmt" in tx
        return Dialect.FSPIOP_ISO, ("quotes.put" if answered else "transfers.post") if sealed else "quotes.post"
    return Dialect.FSPIOP, next((name for mark, name in _FSPIOP_MARKS if mark in body), None)


def _agreed(packet: str) -> Transaction | None:
    try:
        return msgspec.json.decode(ilp.decode(packet).data, type=Transaction)
    except (ilp.IlpError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _sheet(resource: str, forms: tuple[Form, ...]) -> Sheet:
    places: list[dict[str, list[str]]] = []
    for form in forms[1:]:
        found: dict[str, list[str]] = {}
        for path, value in _values(form):
            found.setdefault(plain(value), []).append(path)
        places.append(found)
    rows = tuple(
        Row(path, value, tuple(tuple(found.get(plain(value), ())) for found in places))
        for path, value in _values(forms[0])
    )
    return Sheet(resource, forms, rows)


def _values(form: Form) -> Iterator[tuple[str, str]]:
    if not form.body:
        return
    if form.dialect is not Dialect.ISO_XML:
        body = msgspec.json.decode(form.body)
        for path, value in leaves(body):
            if not path.startswith("SplmtryData."):
                yield path, str(value)
        for item in items_of(body) or ():
            if item["Type"] == "s":
                yield f"SplmtryData {item['Path']}", item["Value"]
        return
    document = gate.read(form.body, gate.Limits(plain=False)).document_el
    if document is not None:
        yield from _elements(document[0], "")


def _elements(element: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    for child in element:
        name = etree.QName(child).localname
        below = f"{path}.{name}" if path else name
        if len(child):
            yield from _elements(child, below)
        elif child.text:
            yield below, child.text


def as_json(sheet: Sheet) -> dict[str, Any]:
    """The sheet as one JSON value: bodies of JSON dialects as JSON, of XML as text."""
    return {
        "resource": sheet.resource,
        "forms": [
            {
                "dialect": _NAMES[form.dialect],
                "title": form.title,
                "body": form.body.decode() if form.dialect is Dialect.ISO_XML else msgspec.json.decode(form.body),
                "losses": msgspec.to_builtins(form.losses),
            }
            if form.body
            else {"dialect": _NAMES[form.dialect], "title": form.title, "body": None, "why": form.why}
            for form in sheet.forms
        ],
        "paths": msgspec.to_builtins(sheet.rows),
    }


def as_view(sheet: Sheet) -> RenderableType:
    """The sheet for people: every form, then a row for each value, then what is lost."""
    parts: list[RenderableType] = []
    for form in sheet.forms:
        parts.append(Text.assemble((_NAMES[form.dialect], "bold"), f"  {form.title}  {form.why}"))
        if form.body:
            parts.append(_pretty(form))
    table = Table(title="Value by value", title_style="bold")
    table.add_column(_NAMES[sheet.forms[0].dialect], overflow="fold")
    table.add_column("value", overflow="fold", max_width=44)
    for form in sheet.forms[1:]:
        table.add_column(_NAMES[form.dialect], overflow="fold")
    for row in sheet.rows:
        table.add_row(row.path, Text(_short(row.value)), *("\n".join(found) or "-" for found in row.places))
    parts.append(table)
    for form in sheet.forms[1:]:
        if form.body:
            parts.append(f"{len(form.losses)} values are not in {_NAMES[form.dialect]}")
            parts += [Text(f"  {loss.path}: {loss.value[:60]} ({loss.reason})") for loss in form.losses]
    return Group(*parts)


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"


def _pretty(form: Form) -> RenderableType:
    if form.dialect is Dialect.ISO_XML:
        element = gate.read(form.body, gate.Limits(plain=False)).root
        return Syntax(etree.tostring(element, pretty_print=True).decode(), "xml", word_wrap=True)
    return Syntax(msgspec.json.format(form.body).decode(), "json", word_wrap=True)


def show(view: RenderableType) -> None:
    """Print a view; wide if nobody looks through a window."""
    console = Console()
    if not console.is_terminal:
        console.width = 160
    console.print(view)
