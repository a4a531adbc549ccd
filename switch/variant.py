"""Messages of the ISO 20022 variant on their way in: typed as the other dialect has them, with their own bytes kept."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from fspiop.api.variant import VARIANTS
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.isojson.payments import CreditTransfer
from fspiop.isojson.reading import amount_of
from schemas.canonical.commands import AnswerParty, AnswerTerms, Command, RequestTerms
from schemas.canonical.faults import Fault
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.party import Party, PartyId, joined
from schemas.canonical.terms import Terms
from schemas.canonical.wire import Dialect, Envelope
from switch.crossing import came_in
from translator.fspiop import forwarding


class Read(NamedTuple):
    """A message with its body as FSPIOP JSON has it; `content` is that JSON, by which a repeat is told.

    The variant's own JSON has a new id and time in each repeat. `unfit` is why the body has no such form: it is then
    the variant's own, and only what the hub need not understand can go on.
    """

    message: IncomingFspiop
    content: bytes
    unfit: Fault | None = None


def in_fspiop(message: IncomingFspiop, now: datetime, conditions_optional: bool = False) -> Read:
    """The message as the other dialect has it; as it is if it is of that one, or has no body of its own."""
    original = message.original
    row = VARIANTS.get((message.resource, message.kind)) if message.dialect is Dialect.FSPIOP_ISO else None
    if row is None:
        return Read(message, original.body)
    found = came_in(message.resource, original, message.ids, now, conditions_optional)
    if isinstance(found, Fault):
        return Read(message, original.body, found)
    content = msgspec.json.encode(found)
    body = row.classic.read(content)
    if isinstance(body, Fault):
        return Read(message, content, body)
    return Read(msgspec.structs.replace(message, body=body), content)


def bare(read: Read, envelope: Envelope) -> Command | None:
    """The command to send a dialogue message on whose body the hub cannot take apart; None where it must."""
    message = read.message
    match message.resource, message.kind:
        case "quotes", Kind.POST:
            return _quote(message, envelope)
        case "quotes", Kind.PUT | Kind.PUT_ERROR as kind:
            return AnswerTerms(envelope, message.ids[0], fault=read.unfit if kind is Kind.PUT_ERROR else None)
        case "parties", Kind.PUT | Kind.PUT_ERROR as kind:
            fault = read.unfit if kind is Kind.PUT_ERROR else None
            return AnswerParty(envelope, PartyId(*message.ids), fault=fault)
        case "fxQuotes", kind:
            return forwarding.forward(message.resource, joined(message.ids), kind.value, None, envelope)
        case _:
            return None


def _quote(message: IncomingFspiop, envelope: Envelope) -> RequestTerms | None:
    """What the checks on a quote look at: the amount, and the FSPs that the headers name."""
    if not isinstance(message.body, CreditTransfer):
        return None
    payment, quote_id = message.body.cdt_trf_tx_inf, message.ids[0]
    settled = amount_of(payment.intr_bk_sttlm_amt)
    try:
        amount = Money.parse_fspiop(settled.amount, settled.currency)
    except MoneyError:
        return None
    payer, payee = Party(fsp=message.source), Party(fsp=message.destination)
    terms = Terms(payment.pmt_id.end_to_end_id or quote_id, amount, payer, payee, quote_id=quote_id)
    return RequestTerms(envelope, quote_id, terms)
