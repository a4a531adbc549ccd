"""The wire of the simulation: canonical commands as JSON, so that forwarded bytes can be read at the other end."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from fspiop import ilp
from schemas.canonical.bulk import AnswerBulk, AnsweredItem, Bulk, PrepareBulk, PreparedItem, QueryBulk, RejectBulk
from schemas.canonical.commands import (
    AnswerParty,
    AnswerTerms,
    Command,
    Fulfil,
    LookUpParty,
    Note,
    Prepare,
    Query,
    Reject,
    RequestTerms,
)
from schemas.canonical.conversion import FX_TRANSFERS
from schemas.canonical.faults import Fault
from schemas.canonical.identity import HUB, FspId, MessageId
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered
from schemas.canonical.wire import Dialect, Envelope, Original
from tests.simulation.cast import BY_NAME, Plan, preimage
from tests.simulation.trades import Trade, terms_of

_ENCODE = msgspec.json.Encoder(order="deterministic").encode
_READ = msgspec.json.Decoder(
    Prepare | Fulfil | Reject | Note | Query | LookUpParty | AnswerParty | RequestTerms | AnswerTerms | PrepareBulk
).decode


def sealed(command: Any, sender: FspId, receiver: FspId | None, message: str | None, version: str = "2.0") -> Any:
    """The command in its envelope: content hash over the business content, original bytes, the dialect's id."""
    bank = BY_NAME[sender].bank
    dialect = Dialect.ISO_XML if bank else Dialect.FSPIOP
    content_hash = hashlib.sha256(_ENCODE(command)).digest()
    number = MessageId(message) if bank and message else None
    plain = Envelope(
        sender, dialect, HUB if bank else receiver, number, content_hash, version=None if bank else version
    )
    body = _ENCODE(msgspec.structs.replace(command, envelope=plain))
    kind = str(command.__struct_config__.tag)
    original = Original(dialect, "POST", kind, (), body, hashlib.sha256(body).hexdigest())
    return msgspec.structs.replace(command, envelope=msgspec.structs.replace(plain, original=original))


def read(original: Original) -> Command:
    """The command in bytes that were forwarded."""
    return _READ(original.body)


def _bare(sender: FspId) -> Envelope:
    return Envelope(sender, Dialect.INTERNAL)


def prepare(plan: Plan, terms: Terms, expiry: datetime, *, message: str, sender: FspId | None = None) -> Prepare:
    """A payment order; a bank that pays a DFSP names only the party, all others name the payee's FSP."""
    payee = None if plan.kind == "bank to dfsp" else plan.payee.name
    command = Prepare(
        _bare(plan.payer.name), plan.id, plan.payer.name, payee, terms.amount, expiry, terms, condition=terms.condition
    )
    return sealed(command, sender or plan.payer.name, payee, message)


def convert(trade: Trade, expiry: datetime) -> Prepare:
    """The order of a conversion."""
    packet = f"converted-{trade.id}"
    terms = terms_of(trade, ilp.condition_of(preimage(trade.provider.name, packet)), packet)
    name, provider = trade.initiator.name, trade.provider.name
    command = Prepare(
        _bare(name), trade.id, name, provider, trade.given, expiry, terms, terms.condition,
        determines=trade.plan.id, target=trade.got,
    )  # fmt: skip
    return sealed(command, name, provider, None)


def ask(sender: FspId, trade: Trade) -> Query:
    """Ask for the state of a conversion."""
    return sealed(Query(_bare(sender), trade.id, FX_TRANSFERS), sender, trade.provider.name, None)


def fulfil(
    sender: FspId, transfer: Any, word: Answered, *, preimage: str | None, message: str, status: str = "ACCP",
    version: str = "2.0",
) -> Fulfil:  # fmt: skip
    """The payee accepts."""
    bank = BY_NAME[sender].bank
    command = Fulfil(
        _bare(sender), transfer.id, word, None if bank else preimage, None, status if bank else None, transfer.resource
    )
    return sealed(command, sender, transfer.payer, message, version)


def reject(sender: FspId, transfer: Any, reason: Fault, *, message: str) -> Reject:
    """The payee refuses."""
    return sealed(Reject(_bare(sender), transfer.id, reason, transfer.resource), sender, transfer.payer, message)


def note(sender: FspId, transfer: Any, *, message: str) -> Note:
    """A bank says that it is working on it."""
    return sealed(Note(_bare(sender), transfer.id, "PDNG"), sender, transfer.payer, message)


def query(sender: FspId, plan: Plan, *, message: str) -> Query:
    """Ask for the state."""
    return sealed(Query(_bare(sender), plan.id), sender, plan.payee.name, message)


def prepare_bulk(
    bulk_id: str, payer: FspId, payee: FspId, expiry: datetime, items: Iterable[PreparedItem], *,
    sender: FspId | None = None,
) -> PrepareBulk:  # fmt: skip
    """Many payments in one order."""
    command = PrepareBulk(_bare(payer), bulk_id, payer, payee, expiry, tuple(items))
    return sealed(command, sender or payer, payee, None)


def answer_bulk(
    sender: FspId, bulk: Bulk, items: Iterable[AnsweredItem], *, word: str = "COMPLETED",
    receiver: FspId | None = None, wrong: Fault | None = None,
) -> AnswerBulk:  # fmt: skip
    """The payee's word on each item; `wrong` is what the edge thinks of it."""
    command = AnswerBulk(_bare(sender), bulk.id, word, tuple(items), None, wrong)
    return sealed(command, sender, receiver or bulk.payer, None)


def reject_bulk(sender: FspId, bulk: Bulk, reason: Fault) -> RejectBulk:
    """The payee refuses the whole."""
    return sealed(RejectBulk(_bare(sender), bulk.id, reason), sender, bulk.payer, None)


def query_bulk(sender: FspId, bulk_id: str) -> QueryBulk:
    """Ask for the state of a bulk."""
    return sealed(QueryBulk(_bare(sender), bulk_id), sender, HUB, None)


def look_up(plan: Plan, receiver: FspId | None) -> LookUpParty:
    """Who is the payee."""
    command = LookUpParty(_bare(plan.payer.name), plan.payee.customer, plan.amount.currency)
    return sealed(command, plan.payer.name, receiver, None)


def request_terms(plan: Plan, quote_id: str, terms: Terms, expiry: datetime) -> RequestTerms:
    """What would it cost."""
    asked = msgspec.structs.replace(terms, quote_id=quote_id, expiry=expiry, packet=None, condition=None)
    return sealed(RequestTerms(_bare(plan.payer.name), quote_id, asked), plan.payer.name, plan.payee.name, None)
