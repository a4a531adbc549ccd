"""What a settlement agent says of what it was told to book (pacs.002), and what it has booked (camt.052 to .054)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from iso.messages.pacs002 import Pacs002, TransactionStatus
from iso.messages.statements import Balance, Entry, Report, Statement, Transaction
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.instruction_ids import Named, NamedLeg, named, named_leg
from schemas.canonical.instructions import (
    AgentBooking,
    AgentDecides,
    AgentStatement,
    AgentWord,
    HearAgent,
    TellBookings,
)
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.terms import IsoReferences
from schemas.canonical.wire import Envelope
from translator.faults import fault_of
from translator.iso.agents import Directory, Unclear, ids_of
from translator.iso.asked import identified
from translator.iso.reports import OriginalIds, status_of, transfer_named
from translator.iso.terms import bare_terms

_PART: Final = "PART"
_DAY: Final = "camt.053"
_BOOKED: Final = frozenset({"BOOK", None})
_CREDIT: Final = "CRDT"
_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)
_NO_CURRENCY: Final = "XXX"


def hear(message: Pacs002, envelope: Envelope) -> HearAgent | None:
    """An agent's words about instructions; None if it names none. Single movements come before the whole."""
    words = tuple(_words(message))
    if not words:
        return None
    references = IsoReferences(
        message_id=message.message_id, message_name=message.definition, business_message_id=envelope.message_id,
        header=envelope.header,
    )  # fmt: skip
    key = words[0].movement or words[0].key
    terms = bare_terms(references, key, _NO_CURRENCY)
    return HearAgent(identified(envelope, message), key, words, terms)


def decide(message: Pacs002, envelope: Envelope) -> AgentDecides | None:
    """An agent's word about one payment that it books, or one leg of it; None if it names none."""
    read = status_of(message)
    found = None if isinstance(read, Fault) else _payment(read[0])
    if isinstance(read, Fault) or found is None:
        return None
    ids, status, reasons = read
    if status is None:
        return None
    terms = bare_terms(ids.references, found.transfer_id, _NO_CURRENCY)
    reason = fault_of(reasons) if reasons else None
    return AgentDecides(
        identified(envelope, message), found.transfer_id, status, reason, terms, place=found.place, back=found.back
    )


def _payment(ids: OriginalIds) -> NamedLeg | None:
    """What is named by an id of the hub's making: one that tells a leg or a return goes before a bare UETR."""
    texts = (ids.transaction_id, ids.instruction_id, ids.message_id)
    known = [one for one in map(named_leg, texts) if one is not None]
    single = next((one for one in known if one.place or one.back), None)
    named_one = transfer_named(ids)
    if single is None and named_one is not None:
        return NamedLeg(named_one, 0, 0)
    return single or next(iter(known), None)


def _words(message: Pacs002) -> Iterator[AgentWord]:
    group = message.groups[0] if len(message.groups) == 1 else None
    for one in message.transactions:
        meant = _meant(one, group.original_message_id if group else None)
        status = one.status or (group.status if group else None)
        if meant is not None and status is not None:
            reasons = one.reasons or (group.reasons if group else ())
            yield _word(meant, status, fault_of(reasons) if reasons else None)
    for each in message.groups:
        meant = named(each.original_message_id)
        if meant is not None and each.status not in {None, _PART}:
            yield _word(meant, each.status or "", fault_of(each.reasons) if each.reasons else None)


def _word(meant: Named, status: str, reason: Fault | None) -> AgentWord:
    return AgentWord(status, meant.key, meant.attempt, meant.movement, meant.back, reason)


def _meant(status: TransactionStatus, message_id: str | None) -> Named | None:
    """What a status is about: the movement it names, else the instruction."""
    given = (
        status.original_transaction_id, status.original_instruction_id, status.original_message_id or message_id,
    )  # fmt: skip
    found = [one for one in map(named, given) if one is not None]
    return next((one for one in found if one.movement), found[0] if found else None)


def bookings(message: Report, envelope: Envelope, received: datetime, directory: Directory) -> TellBookings:
    """What an agent has booked; statements of a day are remembered, with where the message is found again."""
    found = tuple(read_bookings(message, directory))
    references = (named(text) for booking in found for text in booking.references)
    keys = dict.fromkeys(one.key for one in references if one is not None)
    digest = envelope.original.digest if envelope.original is not None else ""
    kept = tuple(
        _statement(one, message.page, envelope.sender, digest, received) for one in message.statements
    ) if message.definition.startswith(_DAY) else ()  # fmt: skip
    return TellBookings(identified(envelope, message), message.message_id, found, kept, tuple(keys))


def read_bookings(message: Report, directory: Directory | None = None) -> Iterator[AgentBooking]:
    """Every booking in a report, payment by payment where it says the amounts of single ones.

    With a `directory` each says whose money it was, if that is a participant: the debtor's agent, or who is named as
    the reference.
    """
    for statement in message.statements:
        for entry in statement.entries:
            if entry.status in _BOOKED:
                yield from _entry(statement, entry, directory)


def _entry(statement: Statement, entry: Entry, directory: Directory | None) -> Iterator[AgentBooking]:
    payments = [one for details in entry.details for one in details.transactions]
    batches = [details.batch_message_id for details in entry.details if details.batch_message_id]
    own = (*batches, entry.reference, entry.servicer_reference)
    if len(payments) > 1 and all(one.amount is not None for one in payments):
        for one in payments:
            yield from _booking(statement, entry, _references(one), one, _payer([one], directory))
        return
    references = (*(text for one in payments for text in _references(one)), *own)
    yield from _booking(statement, entry, references, None, _payer(payments, directory))


def _payer(payments: Sequence[Transaction], directory: Directory | None) -> FspId | None:
    if directory is None or len(payments) != 1:
        return None
    (payment,) = payments
    ids = ids_of(payment.debtor_agent)
    found = directory.resolve(ids) if ids.given else None
    if found is not None and not isinstance(found, Unclear):
        return found
    texts = (payment.end_to_end_id, payment.instruction_id)
    named_here = (directory.participant(FspId(text)) for text in texts if text)
    return next((one.name for one in named_here if one is not None), None)


def _booking(
    statement: Statement,
    entry: Entry,
    references: tuple[str | None, ...],
    payment: Transaction | None,
    payer: FspId | None,
) -> Iterator[AgentBooking]:
    amount = payment.amount if payment is not None and payment.amount is not None else entry.amount
    direction = (payment.direction if payment is not None else None) or entry.direction
    try:
        units = Money.parse_iso(amount.text, amount.currency).units
    except MoneyError:
        # An amount that no account here can hold is of nothing that was booked here.
        return
    yield AgentBooking(
        account_of(statement),
        units if direction == _CREDIT else -units,
        amount.currency,
        tuple(dict.fromkeys(text for text in references if text)),
        (payment.servicer_reference if payment is not None else None) or entry.servicer_reference or "",
        entry.booking_moment or entry.booking_date or entry.value_date or "",
        payer,
    )


def _references(payment: Transaction) -> tuple[str | None, ...]:
    return (
        payment.transaction_id, payment.instruction_id, payment.end_to_end_id, payment.message_id, payment.uetr,
        payment.clearing_reference, payment.servicer_reference,
    )  # fmt: skip


def account_of(statement: Statement) -> str:
    """The number of a statement's account."""
    return statement.account.iban or statement.account.other_id or statement.account.proxy_id or ""


def currency_of(statement: Statement) -> str:
    """Its currency: its own word, or that of its balances or entries."""
    amounts = [one.amount for one in statement.balances] + [one.amount for one in statement.entries]
    return statement.account.currency or (amounts[0].currency if amounts else "")


def balance(statement: Statement, codes: tuple[str, ...]) -> int | None:
    """A balance of a statement in units, as the agent sees the account: credit is positive."""
    found = next((one for one in statement.balances if one.code in codes and one.sub_type is None), None)
    return None if found is None else _signed(found)


def opening(statement: Statement) -> int | None:
    """What it opens with."""
    return balance(statement, _OPENING)


def closing(statement: Statement) -> int | None:
    """What it closes with."""
    return balance(statement, _CLOSING)


def _signed(found: Balance) -> int | None:
    try:
        units = Money.parse_iso(found.amount.text, found.amount.currency).units
    except MoneyError:
        return None
    return units if found.direction == _CREDIT else -units


def _statement(
    statement: Statement, page: str | None, sender: FspId, digest: str, received: datetime
) -> AgentStatement:
    return AgentStatement(
        sender, statement.id, account_of(statement), currency_of(statement), digest, received,
        statement.since or "", statement.until or "", opening(statement), closing(statement), len(statement.entries),
        statement.page or page or "",
    )  # fmt: skip
