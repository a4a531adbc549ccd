"""One message alone in the forms other dialects have for it, for people to look at: no record, no hub behind it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from fspiop.messages.quotes import Transaction
from fspiop.messages.transfers import TransfersPost
from iso.messages.pacs002 import Pacs002
from schemas.canonical.events import Event, Reserved
from schemas.canonical.faults import Fault, participant_fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import IsoProfile, Participant
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect, Envelope
from schemas.codes.reasons import iso_reason
from schemas.codes.statuses import REFUSING, REJECTED, STATUS_OF, WAITING
from translator.faults import fault_of
from translator.fspiop import transfers
from translator.fspiop.errors import error_body
from translator.fspiop.values import moment_out
from translator.iso import letters
from translator.iso.moments import moment_in
from translator.iso.reports import render_word, status_of
from translator.isojson.convert import Options, Source, UntranslatableError, to_fspiop, to_iso
from translator.isojson.model import Json
from translator.losses import Loss
from translator.outgoing import RenderContext, Task

MESSAGE_ID: Final = "0" * 26
"""The id of a message that is only looked at."""
_RECEIVED: Final = "RCVD"
_NO_XML: Final = "bank XML has no message for it"
_STATES: Final = {"RESERVED": STATUS_OF[TransferState.RESERVED], "COMMITTED": STATUS_OF[TransferState.COMMITTED]}
_STATUSES: Final = {
    "transfers.put": "transferState", "transfers.patch": "transferState",
    "fxTransfers.put": "conversionState", "fxTransfers.patch": "conversionState",
}  # fmt: skip
_METHODS: Final = {"post": "POST", "put": "PUT", "patch": "PATCH", "putError": "PUT"}


class Form(msgspec.Struct, frozen=True):
    """The message in one dialect, what that dialect could not hold, or (without a body) why it has no form there."""

    title: str
    dialect: Dialect
    body: bytes = b""
    losses: tuple[Loss, ...] = ()
    why: str = ""


def title_of(resource: str) -> str:
    """`transfers.putError` as `PUT /transfers/{ID}/error`."""
    name, _, method = resource.partition(".")
    path = f"/{name}" if method == "post" else f"/{name}/{{ID}}"
    return f"{_METHODS[method]} {path}{'/error' if method == 'putError' else ''}"


def json_forms(resource: str, dialect: Dialect, source: Source, options: Options) -> tuple[Form, Form]:
    """A JSON body in both JSON dialects, the given one first; raises UntranslatableError if there is no other."""
    title = title_of(resource)
    given = Form(title, dialect, msgspec.json.encode(source.body))
    if dialect is Dialect.FSPIOP:
        made, other = to_iso(resource, source, options), Dialect.FSPIOP_ISO
    else:
        made, other = to_fspiop(resource, source, options), Dialect.FSPIOP
    return given, Form(title, other, msgspec.json.encode(made.body), made.losses)


def bank_form(
    resource: str, body: Json, transfer_id: str, now: datetime, agreed: Callable[[str], Transaction | None]
) -> Form:
    """An FSPIOP body as a bank would get it; `agreed` reads the agreement inside an ILP packet."""
    context = RenderContext(now, MESSAGE_ID, lambda _: None)
    try:
        if resource == "transfers.post":
            return _payment(msgspec.convert(body, TransfersPost), context, agreed)
        if resource in _STATUSES or resource.endswith("Error"):
            return _status(resource, body, transfer_id, context)
    except (msgspec.ValidationError, ValueError) as error:
        return Form("pacs", Dialect.ISO_XML, why=str(error))
    return Form("pacs", Dialect.ISO_XML, why=_NO_XML)


def _payment(body: TransfersPost, context: RenderContext, agreed: Callable[[str], Transaction | None]) -> Form:
    transaction = agreed(body.ilp_packet)
    if transaction is None:
        return Form("pacs.008", Dialect.ISO_XML, why="who pays whom stands in the ILP packet, which cannot be read")
    payee = FspId(body.payee_fsp)
    command = transfers.prepare(body, Envelope(FspId(body.payer_fsp), Dialect.FSPIOP), transaction)
    if command.fault is not None:
        return Form("pacs.008", Dialect.ISO_XML, why=command.fault.description)
    reserved = Transfer(
        command.transfer_id, FspId(body.payer_fsp), payee, command.amount, command.expiry, command.terms,
        TransferState.RESERVED, b"", context.now, condition=command.condition,
    )  # fmt: skip
    bank = Participant(payee, iso=IsoProfile())
    made = letters.render(Event(bank.name, Reserved(reserved)), Task(bank, context, []))
    return Form("pacs.008", Dialect.ISO_XML, made.body, made.losses)


def _status(resource: str, body: Json, transfer_id: str, context: RenderContext) -> Form:
    task = Task(Participant(FspId("bank"), iso=IsoProfile()), context, [])
    if resource.endswith("Error"):
        told = body.get("errorInformation") or {}
        code, text = str(told.get("errorCode", "")), str(told.get("errorDescription", ""))
        status, reason = REJECTED, participant_fault(code, iso_reason(code), text)
    else:
        state = body.get(_STATUSES[resource])
        status = REJECTED if state == "ABORTED" else _STATES.get(str(state), _RECEIVED)
        reason = None
    document = render_word(None, transfer_id, status, reason, task)
    return Form("pacs.002", Dialect.ISO_XML, document, tuple(task.losses))


def status_json(message: Pacs002) -> tuple[str, Json] | Fault:
    """A pacs.002 as resource and body of FSPIOP; without the fulfilment, which no bank knows."""
    read = status_of(message)
    if isinstance(read, Fault):
        return read
    _, status, reasons = read
    if status in REFUSING:
        return "transfers.putError", msgspec.json.decode(error_body(fault_of(reasons)))
    word = "RECEIVED" if status in WAITING else "RESERVED" if status == _STATES["RESERVED"] else "COMMITTED"
    body: dict[str, Any] = {"transferState": word}
    accepted = message.transactions[0].accepted if message.transactions else None
    moment = moment_in(accepted)
    if moment is not None:
        body["completedTimestamp"] = moment_out(moment)
    return "transfers.put", body


__all__ = [
    "Form", "UntranslatableError", "bank_form", "json_forms", "status_json", "title_of",
]  # fmt: skip
