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
from iso.messages import business
from iso.messages.business import Document, Unknown
from iso.messages.pacs002 import Pacs002
from iso.messages.pacs004 import Pacs004
from iso.messages.whole import Whole
from schemas.canonical.faults import Fault
from schemas.canonical.wire import Dialect
from translator.convert import plain
from translator.forms import MESSAGE_ID, Form, UntranslatableError, bank_form, json_forms, status_json
from translator.iso.many_answers import each_alone
from translator.isojson.convert import Mode, Options, Source
from translator.isojson.envelope import items_of
from translator.isojson.extensions import leaves
from translator.isojson.model import Json
from translator.losses import Loss

# A moment of its own, so that the same file always gives the same translation.
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAID_OTHERWISE: Final = (".TxSts", ".GrpSts", ".AccptncDtTm")
_SHOWN: Final = 80
_PARTS: Final = 5
"""Payments of one report that are shown."""
_NO_FSPIOP: Final = "FSPIOP has no message for it"
_HEADER: Final = "a header alone; a DFSP gets sender, receiver and time in HTTP headers"
_REFUSED: Final = "the hub reads who sent what and refuses it: there are no direct debits"
_COUNTERPARTS: Final = {
    "acmt.023": "GET /parties for each question",
    "acmt.024": "PUT /parties for each answer",
    "camt.056": "no message: the operator speaks for a DFSP that is asked to give money back",
    "pacs.009": "no message: between institutions only; a conversion has POST /fxTransfers",
    "pacs.028": "GET /transfers/{ID} for each payment",
    "pain.001": "POST /quotes and POST /transfers for each payment to a DFSP",
    "pain.013": "POST /transactionRequests for each request",
    "pain.014": "PUT /transactionRequests/{ID} for each answer",
}
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
    """The forms of a bank's pacs.002, one of each for every payment it is about, or why there are none."""
    given = Form("pacs.002", Dialect.ISO_XML, document)
    parts = each_alone(message)
    forms: list[Form] = []
    name = ""
    for part in parts[:_PARTS]:
        read = status_json(part)
        if isinstance(read, Fault):
            return f"{read.description} ({read.iso})"
        options = Options(now=_EPOCH, new_id=lambda: MESSAGE_ID, mode=mode)
        forms += json_forms(read[0], Dialect.FSPIOP, Source(read[1]), options)
        name = name or read[0]
    held = {plain(value) for form in forms for _, value in _values(form)}
    lost = tuple(
        Loss(path, value)
        for path, value in _values(given)
        if plain(value) not in held and not path.endswith(_SAID_OTHERWISE) and ".StsRsnInf." not in path
    )
    classic, *rest = forms
    more = f"and {len(parts) - 1} more" if len(parts) > 1 else ""
    return _sheet(name, (given, msgspec.structs.replace(classic, losses=lost, why=more), *rest))


def of_return(message: Pacs004, document: bytes, forms: tuple[Form, ...] | Fault) -> Sheet | str:
    """A return or reversal beside `forms`, which are those of its first payment, or why there are none."""
    if isinstance(forms, Fault):
        return of_other(message, document, f"none: {forms.description} ({forms.iso})")
    given = Form(message.definition, Dialect.ISO_XML, document)
    held = {plain(value) for form in forms for _, value in _values(form)}
    lost = tuple(Loss(path, value) for path, value in _values(given) if plain(value) not in held)
    quote, transfer, *rest = forms
    more = "; ".join(filter(None, (transfer.why, _more(len(message.transactions)))))
    transfer = msgspec.structs.replace(transfer, losses=(*transfer.losses, *lost), why=more)
    return _sheet(message.definition, (given, quote, transfer, *rest))


def _more(number: int) -> str:
    return f"and {number - 1} more in the message" if number > 1 else ""


def of_other(message: Document, document: bytes, why: str = "") -> Sheet | str:
    """Any other message, value by value: what FSPIOP has for it, and it as the hub reads it, with what is not read."""
    if isinstance(message, Unknown):
        return f"{message.definition} is not a message that is known here"
    given = Form(message.definition, Dialect.ISO_XML, document)
    counterpart = Form("", Dialect.FSPIOP, why=why or _COUNTERPARTS.get(message.definition[:8], _NO_FSPIOP))
    return _sheet(message.definition, (given, counterpart, _as_read(message)))


def _as_read(message: Any) -> Form:
    if isinstance(message, Whole):
        return Form(
            "as it is kept",
            Dialect.ISO_XML,
            why=f"all of it is kept; the hub does not act upon {message.definition[:8]}",
        )
    write = getattr(business.MESSAGES[message.definition], "write", None)
    if write is None:
        return Form("as the hub reads it", Dialect.ISO_XML, why=_REFUSED)
    unread = tuple(Loss(path, "", "the hub keeps it, and decides nothing by it") for path in message.untyped)
    return Form("as the hub reads it", Dialect.ISO_XML, write(message, message.definition).body, unread)


def of_header(header: bytes) -> Sheet:
    """A header alone."""
    return _sheet("head.001", (Form("head.001", Dialect.ISO_XML, header), Form("", Dialect.FSPIOP, why=_HEADER)))


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
    parsed = gate.read(form.body, gate.Limits(plain=False))
    if parsed.document_el is not None:
        for message in parsed.document_el.iterchildren("*"):
            yield from _elements(message, "")
    elif parsed.header_el is not None:
        yield from _elements(parsed.header_el, "")


def _elements(element: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    for child in element.iterchildren("*"):
        name = etree.QName(child).localname
        below = f"{path}.{name}" if path else name
        if child.text and not child.text.isspace():
            yield below, child.text
        for key, value in child.attrib.items():
            yield f"{below}@{key!s}", str(value)
        yield from _elements(child, below)


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
                **({"why": form.why} if form.why else {}),
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
