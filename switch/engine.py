"""Running a batch: inbox, step, ledger, in order. Pure: the same state and commands give the same batch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache

import msgspec

from schemas.canonical.bulk import AbortBulk, AnswerBulk, Bulk, PrepareBulk, QueryBulk, RejectBulk
from schemas.canonical.cases import (
    AnswerCases,
    CancelPayment,
    Case,
    CaseName,
    CaseReply,
    CaseRequest,
    OpenCases,
    PaymentCases,
)
from schemas.canonical.commands import (
    AnswerParty,
    AnswerTerms,
    Command,
    Expire,
    Fulfil,
    LookUpParticipant,
    LookUpParty,
    Note,
    OracleAnswered,
    Prepare,
    Query,
    QueryTerms,
    RecordFunds,
    RegisterParties,
    RegisterParty,
    Reject,
    RequestTerms,
    Undeliverable,
)
from schemas.canonical.conversion import Conversions
from schemas.canonical.dialogue import Journey, OracleQuestion, Quote
from schemas.canonical.events import Event, Refused
from schemas.canonical.exchange import FX_QUOTES, AnswerRate, ConversionSettled
from schemas.canonical.faults import fault
from schemas.canonical.forwarding import Asked, Forward
from schemas.canonical.funds import FundsMovement
from schemas.canonical.initiation import Initiation
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.participants import LedgerAccount, RegistryEntry
from schemas.canonical.payments import PreparePayments
from schemas.canonical.reporting import AskPayments, MoveLiquidity
from schemas.canonical.reporting_records import BusinessDay, LiquidityOrder, PaymentSearch
from schemas.canonical.requests import PayRequest
from schemas.canonical.returns import Returns
from schemas.canonical.settlement import (
    AbortSettlement,
    CloseWindow,
    CreateSettlement,
    PostNets,
    Settlement,
    SettlementWindow,
    UpdateSettlement,
)
from schemas.canonical.statuses import Enquire
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Envelope, Original, Receipt
from settlement.ledger import Entry, apply
from switch.bulk_items import parts
from switch.message_ids import message_key, named_object
from switch.order_records import records_of
from switch.spelling import both, meant, to_its_sender
from switch.state import InboxEntry, RecordKey, State
from switch.touched import dues, further

Step = Callable[[State, Command], Outcome]
"""Decide one command on the state as it is now."""


class Parcel(msgspec.Struct, frozen=True):
    """A command on its way to a lane; `hand` is `lane:seq` when another lane hands it on, so it counts once."""

    command: Command
    hand: str | None = None


class HistoryRow(msgspec.Struct, frozen=True):
    """One change of a transfer's state: numbers start at 1 and have no gap."""

    transfer_id: str
    number: int
    state: str
    at: datetime


class ArchiveRow(msgspec.Struct, frozen=True):
    """A message received, with what it can be found by."""

    original: Original
    sender: str
    message_id: str
    reference: str


class Batch(msgspec.Struct, frozen=True):
    """All that one transaction writes, and the receipts to release after it."""

    now: datetime
    puts: tuple[Stored, ...]
    entries: tuple[Entry, ...]
    history: tuple[HistoryRow, ...]
    events: tuple[Event, ...]
    inbox: tuple[InboxEntry, ...]
    archive: tuple[ArchiveRow, ...]
    receipts: tuple[Receipt, ...]


def envelope_of(command: Command) -> Envelope | None:
    """The envelope of a participant's command; commands of the hub itself have none."""
    return getattr(command, "envelope", None)


def reference_of(command: Command) -> str:
    """The id of the object a command is about: transfer, quote, party, participant."""
    for name in _names_of(type(command)):
        value = getattr(command, name)
        if value:
            return str(value)
    party = getattr(command, "party_id", None)
    return f"{party.type}/{party.identifier}" if party else ""


@cache
def _names_of(kind: type) -> tuple[str, ...]:
    """By which of these commands of a kind may name their object."""
    names = ("bulk_id", "transfer_id", "quote_id", "request_id", "dialogue", "key", "name")
    return tuple(name for name in names if hasattr(kind, name))


def touches(command: Command) -> tuple[RecordKey, ...]:
    """The records that are not resident and must be loaded before the command can be decided, by either spelling."""
    return both(command, _of_cases(command) or _touches(command))


def _touches(command: Command) -> tuple[RecordKey, ...]:
    """The records a command names.

    A RegistryEntry key `<type>/<identifier>/` stands for all entries of that party; a Conversions key, be it of a
    transfer or of one of its conversions, also for the transfer and all its conversions.
    """
    match command:
        case Prepare(transfer_id=key, determines=None, returns=original) if original is not None:
            mine = ((Transfer, key), (Journey, key), (FundsMovement, key), (Conversions, key))
            return (*mine, (Transfer, original), (Returns, original))
        case Enquire(payments=asked):
            named = [one.transfer_id for one in asked if one.transfer_id is not None]
            return tuple((kind, key) for key in named for kind in (Transfer, Journey, Returns))
        case Prepare(transfer_id=key, determines=None):
            return ((Transfer, key), (Journey, key), (FundsMovement, key), (Conversions, key))
        case Prepare(transfer_id=key, determines=waiting):
            tied = ((Transfer, waiting), (Conversions, waiting)) if waiting else ()
            return ((Transfer, key), (FundsMovement, key), *tied)
        case Query(transfer_id=key):
            return ((Transfer, key), (Journey, key), (FundsMovement, key))
        case Fulfil(transfer_id=key) | Reject(transfer_id=key) | CancelPayment(transfer_id=key):
            return ((Transfer, key), (Journey, key), (Conversions, key))
        case Note(transfer_id=key):
            return ((Transfer, key), (Journey, key))
        case RecordFunds(transfer_id=key) | MoveLiquidity(funds_id=key):
            return ((FundsMovement, key), (Transfer, key), (LiquidityOrder, key))
        case Expire(kind="transfer", key=key):
            return ((Transfer, key), (Conversions, key))
        case RequestTerms(quote_id=key) | AnswerTerms(quote_id=key) | QueryTerms(quote_id=key):
            return ((Quote, key),)
        case LookUpParty(party_id=party) | LookUpParticipant(party_id=party) | RegisterParty(party_id=party):
            return ((RegistryEntry, f"{party.type}/{party.identifier}/"),)
        case RegisterParties(entries=entries):
            return tuple((RegistryEntry, f"{party.type}/{party.identifier}/") for party, _ in entries)
        case OracleAnswered(dialogue=key):
            return ((OracleQuestion, key),)
        case AnswerParty():
            return ()
        case PrepareBulk() | AnswerBulk() | AbortBulk():
            return ((Bulk, command.bulk_id), *(key for part in parts(command) for key in touches(part)))
        case RejectBulk(bulk_id=key) | QueryBulk(bulk_id=key):
            return ((Bulk, key),)
        case CloseWindow(window=number) | PostNets(window=number):
            return ((SettlementWindow, str(number)),)
        case CreateSettlement(windows=numbers):
            return tuple((SettlementWindow, str(number)) for number in numbers)
        case UpdateSettlement(settlement=number) | AbortSettlement(settlement=number):
            return ((Settlement, str(number)),)
        case Undeliverable(resource="quotes", key=key):
            return ((Quote, key),)
        case Undeliverable(resource=resource, key=key) if resource == FX_QUOTES:
            return ((Asked, f"{resource}/{key}"),)
        case Forward() | AnswerRate():
            return ((Asked, command.dialogue),)
        case AskPayments(query=str() as key):
            return ((PaymentSearch, key),)
        case ConversionSettled(transfer_id=key):
            return ((Journey, key),)
        case _:
            return further(command) or records_of(command)


def _of_cases(command: Command) -> tuple[RecordKey, ...]:
    match command:
        case OpenCases(requests=requests):
            return tuple(key for request in requests for key in _asked_about(request))
        case AnswerCases(replies=replies):
            return tuple(key for reply in replies for key in _replied_to(reply))
        case _:
            return ()


def _asked_about(request: CaseRequest) -> tuple[RecordKey, ...]:
    kinds = (Transfer, Journey, PaymentCases, Returns, Conversions)
    names = ((CaseName, name) for name in request.references.names)
    return ((Case, request.key), *names, *((kind, each) for each in request.payments for kind in kinds))


def _replied_to(reply: CaseReply) -> tuple[RecordKey, ...]:
    listed: tuple[RecordKey, ...] = tuple((PaymentCases, each) for each in reply.payments)
    named: tuple[RecordKey, ...] = tuple((CaseName, name) for name in reply.names)
    return (((Case, reply.key),) if reply.key is not None else ()) + listed + named


def run(state: State, step: Step, parcels: Sequence[Parcel]) -> Batch:
    """Step through the parcels in order; each sees what the ones before it did."""
    entries: list[Entry] = []
    history: list[HistoryRow] = []
    events: list[Event] = []
    inbox: list[InboxEntry] = []
    archive: list[ArchiveRow] = []
    receipts: list[Receipt] = []
    for given in parcels:
        parcel = _by_its_id(state, given)
        envelope = envelope_of(parcel.command)
        entry, named = _inbox_entry(parcel, envelope), _named_entry(parcel, envelope)
        seen = state.seen(entry.sender, entry.message_id) if entry else None
        if parcel.hand is not None and seen is not None:
            receipts.append(Receipt(state="REPEATED"))
            continue
        if _otherwise(seen, entry):
            outcome, named = _used(parcel.command, "MODIFIED"), None
        elif named is not None and _another(state.seen(named.sender, named.message_id), named):
            outcome, named = _used(parcel.command, "DUPLICATE_MESSAGE"), None
        else:
            outcome = step(state, parcel.command)
        for new in (entry, named):
            if new is not None and state.seen(new.sender, new.message_id) is None:
                state.take(new)
                inbox.append(new)
        # A command that another lane hands on was archived there, when it came in.
        if envelope is not None and envelope.original is not None and parcel.hand is None:
            archive.append(_archive_row(parcel.command, envelope, envelope.original))
            archive.extend(_pieces(parcel.command) if seen is None else ())
        absorb(state, outcome, entries, history)
        events.extend(to_its_sender(outcome.events, envelope))
        receipts.append(_receipt(parcel.command, envelope, outcome))
    return Batch(
        state.now, tuple(state.changed()), tuple(entries), tuple(history),
        tuple(events), tuple(inbox), tuple(archive), tuple(receipts),
    )  # fmt: skip


def _by_its_id(state: State, parcel: Parcel) -> Parcel:
    command = meant(state, parcel.command)
    return parcel if command is parcel.command else Parcel(command, parcel.hand)


def inbox_keys(parcel: Parcel) -> Iterator[tuple[str, str]]:
    """What the inbox must be asked for: the message, and the MsgId of its group header."""
    named = message_key(parcel.command) if parcel.hand is None else None
    return (key for key in (_inbox_key(parcel), named) if key is not None)


def _inbox_key(parcel: Parcel) -> tuple[str, str] | None:
    """The (sender, message id) under which the inbox knows a parcel; None where the dialect has no such id."""
    if parcel.hand is not None:
        return "@lane", parcel.hand
    envelope = envelope_of(parcel.command)
    return None if envelope is None or envelope.message_id is None else (envelope.sender, envelope.message_id)


def _inbox_entry(parcel: Parcel, envelope: Envelope | None) -> InboxEntry | None:
    key = _inbox_key(parcel)
    if key is None:
        return None
    content_hash = b"" if parcel.hand is not None or envelope is None else envelope.content_hash
    return InboxEntry(*key, content_hash, reference_of(parcel.command))


def _named_entry(parcel: Parcel, envelope: Envelope | None) -> InboxEntry | None:
    """The entry of the message's MsgId, as long as that counts."""
    if envelope is None or parcel.hand is not None:
        return None
    key = message_key(parcel.command)
    if key is None:
        return None
    return InboxEntry(*key, envelope.content_hash, named_object(parcel.command))


def _otherwise(seen: InboxEntry | None, entry: InboxEntry | None) -> bool:
    """Whether an id was seen before, with other content."""
    return seen is not None and entry is not None and seen.content_hash != entry.content_hash


def _another(seen: InboxEntry | None, entry: InboxEntry) -> bool:
    """Whether a MsgId was used for something else; what else comes under the id of one payment is that payment's."""
    same = seen is not None and seen.reference == entry.reference != ""
    return not same and _otherwise(seen, entry)


def _used(command: Command, name: str) -> Outcome:
    """The sender used a message id again for other content: it is told so, and nothing else happens."""
    envelope = envelope_of(command)
    if envelope is None:
        raise ValueError("only a participant's message can be modified")
    terms: Terms | None = getattr(command, "terms", None)
    references = terms.references if terms is not None and name != "MODIFIED" else None
    used = f"message id {envelope.message_id}" if references is None else f"MsgId {references.message_id}"
    reason = fault(name, f"{used} was used before for other content")
    if isinstance(command, OpenCases | AnswerCases):
        told = command.refused(reason)
        return Outcome(events=(Event(envelope.sender, told, order=command.key),), state=name)
    resource: str = getattr(command, "resource", "transfers")
    body = Refused(resource, reference_of(command), reason, terms)
    return Outcome(events=(Event(envelope.sender, body, order=reference_of(command)),), state=name)


def absorb(state: State, outcome: Outcome, entries: list[Entry], history: list[HistoryRow]) -> None:
    """Let the commands that follow see an outcome; `entries` and `history` get what is to be written of it."""
    for record in outcome.puts:
        if isinstance(record, Transfer):
            before = state.get(Transfer, record.key)
            if before is None or before.history != record.history:
                history.append(HistoryRow(record.id, record.history, record.state.value, state.now))
        state.put(record)
    for posting in outcome.postings:
        debit, credit = (_account(state, number) for number in (posting.debit, posting.credit))
        moved = apply(posting, debit, credit, state.now)
        state.put(moved.debit)
        state.put(moved.credit)
        entries.extend(moved.entries)


def _account(state: State, number: int) -> LedgerAccount:
    account = state.get(LedgerAccount, str(number))
    if account is None:
        raise LookupError(f"posting names account {number}, which does not exist")
    return account


def _archive_row(command: Command, envelope: Envelope, original: Original) -> ArchiveRow:
    return ArchiveRow(original, envelope.sender, envelope.message_id or "", reference_of(command))


def _pieces(command: Command) -> Iterable[ArchiveRow]:
    """What was cut out of a message of many payments, since each goes on as a message of its own."""
    if not isinstance(command, PreparePayments):
        return ()
    sender = command.envelope.sender
    return (ArchiveRow(one.original, sender, "", one.transfer_id) for one in command.payments)


def _receipt(command: Command, envelope: Envelope | None, outcome: Outcome) -> Receipt:
    original = envelope.original if envelope else None
    message_id = (envelope.message_id if envelope else None) or reference_of(command)
    return Receipt(message_id, original.digest if original else "", outcome.state, outcome.fault, notes=outcome.notes)


def deadlines(puts: Iterable[Stored]) -> list[tuple[datetime, Expire]]:
    """The deadlines that new values of records set: expiring transfers, open dialogues."""
    found: list[tuple[datetime, Expire]] = []
    for record in puts:
        match record:
            case Transfer() if not record.final:
                found.append((record.due, Expire("transfer", record.key)))
                if record.ask is not None:
                    found.append((record.ask, Expire("agent_leg", record.key)))
            case Journey() if record.open:
                found.append((record.deadline, Expire("journey", record.key)))
            case BusinessDay():
                found.append((record.due, Expire("business_day", record.key)))
            case Case(open=True, deadline=datetime() as due):
                found.append((due, Expire("case", record.key)))
            case OracleQuestion(done=False):
                found.append((record.deadline, Expire("oracle_question", record.key)))
            case Initiation(open=True, deadline=datetime() as due):
                found.append((due, Expire("initiation", record.key)))
            case PayRequest(open=True, deadline=datetime() as due):
                found.append((due, Expire("pay_request", record.key)))
            case _:
                found.extend(dues(record))
    return found
