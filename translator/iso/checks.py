"""The rules a bank's pacs.008 must keep beyond its schema; the first that is broken gives the fault (mapping 2.2, 2.4).

Nothing raises: a broken rule is a Fault, and the payment's id is kept with it.
"""

from datetime import date, datetime, timedelta

import msgspec

from iso.messages.pacs004 import Pacs004, ReturnedTransaction
from iso.messages.pacs008 import CreditTransfer, Pacs008
from iso.messages.pacs009 import InstitutionTransfer, Pacs009
from iso.messages.shape import Amount
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.scheme_rules import breach
from schemas.codes.events import EventCodes, usual
from translator.iso.agents import AgentIds, Directory, Unclear, ids_of
from translator.iso.moments import date_in, moment_in, time_on
from translator.outgoing import HubIdentity

Message = Pacs008 | Pacs009 | Pacs004
"""A message by which a bank gives money; the rules are the same for all."""
Paid = CreditTransfer | InstitutionTransfer | ReturnedTransaction


class Scheme(msgspec.Struct, frozen=True):
    """What the scheme decides for all banks: how the hub is named, how long a payment may take at most.

    `payments_max` is how many payments one message may hold, `events` are the codes of system events.
    """

    hub: HubIdentity = HubIdentity()
    payment_timeout: timedelta = timedelta(seconds=30)
    payments_max: int = 500
    events: EventCodes = msgspec.field(default_factory=usual)


def is_count(said: str, count: int) -> bool:
    """Whether a NbOfTxs is that number; some write zeros before it."""
    digits = said.strip()
    return digits.isascii() and digits.isdigit() and int(digits) == count


def several_transactions(message: Message) -> Fault | None:
    """One transaction per message is taken; the count in the header must be that of the message."""
    count = len(message.transactions)
    if not is_count(message.number_of_transactions, count):
        return breach("SCHEME-0001", f"NbOfTxs is {message.number_of_transactions[:15]}, the message holds {count}")
    if count != 1:
        return breach("SCHEME-0002", f"one transaction per message is taken here, this one holds {count}")
    return None


def settlement(message: Message, scheme: Scheme) -> Fault | None:
    """The hub settles in its own books only: CLRG, its own clearing system, no settlement account."""
    if message.settlement_method != "CLRG":
        return breach("SCHEME-0003", f"SttlmMtd must be CLRG, not {message.settlement_method}")
    if message.has_settlement_account:
        return breach("SCHEME-0004", "SttlmAcct has no place here: the hub settles in its own books")
    ours, given = scheme.hub.clearing_system, message.clearing_system
    if ours and given and given.value != ours:
        return breach("SCHEME-0005", f"ClrSys must be {ours} or absent, not {given.value}")
    return None


def amount(transfer: Paid) -> tuple[Money, Fault | None]:
    """The exact settlement amount; where it cannot be kept, nothing of that currency and why."""
    given = transfer.settlement_amount
    try:
        money = Money.parse_iso(given.text, given.currency)
    except MoneyError as error:
        return Money(0, given.currency), breach("SCHEME-0006", error.detail, error.fault)
    return money, None if money.units else breach("SCHEME-0007", "IntrBkSttlmAmt is zero")


def instructed(transfer: CreditTransfer) -> Fault | None:
    """An amount ordered in another currency than the one settled may be what the payee is to get: it must be exact."""
    given = transfer.instructed_amount
    if given is None or given.currency == transfer.settlement_amount.currency:
        return None
    try:
        money = Money.parse_iso(given.text, given.currency)
    except MoneyError as error:
        # A currency that nobody holds any more is nobody's: the amount then only informs.
        if error.fault == "UNKNOWN_CURRENCY":
            return None
        return breach("SCHEME-0008", f"InstdAmt: {error.detail}", error.fault)
    return None if money.units else breach("SCHEME-0008", "InstdAmt is zero", "ZERO_AMOUNT")


def sums(message: Message, settled: Money) -> Fault | None:
    """TtlIntrBkSttlmAmt and CtrlSum, where given, must be the amount of the one transaction."""
    total = message.total_amount
    if total is not None and not _equal(total, settled):
        text = f"TtlIntrBkSttlmAmt is {total.text} {total.currency}, the transaction {settled.iso}"
        return breach("SCHEME-0009", text)
    if message.control_sum is not None and not _equal(Amount(message.control_sum, settled.currency), settled):
        return breach("SCHEME-0010", f"CtrlSum is {message.control_sum}, the transaction {settled.iso}")
    return None


def settlement_day(message: Message, transfer: Paid, now: datetime | None, scheme: Scheme) -> Fault | None:
    """The settlement date, if given, is today; around midnight also the day the payment was made or may end."""
    text = transfer.settlement_date or message.settlement_date
    if text is None or now is None:
        return None
    day = date_in(text)
    first, last = (now - scheme.payment_timeout).date(), (now + scheme.payment_timeout).date()
    if day is None or day < first:
        return breach("SCHEME-0011", f"IntrBkSttlmDt {text[:10]} is not {now.date()}")
    return breach("SCHEME-0012", f"IntrBkSttlmDt {text[:10]} is after {now.date()}") if day > last else None


def expiry(message: Message, transfer: Paid, now: datetime | None, scheme: Scheme) -> datetime | None:
    """The earliest of expiry, reject time and scheme limit; None if the message has no readable time at all."""
    begun = moment_in(transfer.accepted) or moment_in(message.created)
    if begun is not None and now is not None:
        begun = min(begun, now)
    day = date_in(transfer.settlement_date or message.settlement_date) or _day(begun or now)
    ends = [
        moment_in(message.expiry),
        moment_in(transfer.expiry),
        time_on(day, transfer.reject_time) if day else None,
        begun + scheme.payment_timeout if begun else None,
    ]
    return min((end for end in ends if end is not None), default=None)


def sender_agents(message: Message, transfer: Paid, sender: FspId, directory: Directory) -> Fault | None:
    """Who instructs and whose customer pays must be the sender."""
    for name, agent in (
        ("GrpHdr/InstgAgt", message.instructing_agent),
        ("InstgAgt", transfer.instructing_agent),
        ("DbtrAgt", transfer.debtor_agent),
    ):
        ids = ids_of(agent)
        if ids.given and directory.resolve(ids) != sender:
            return breach("SCHEME-0013", f"{name} {ids.text} is not the sender {sender}")
    return None


def payee(
    message: Message, transfer: Paid, addressed: AgentIds, directory: Directory, scheme: Scheme
) -> tuple[FspId | None, Fault | None]:
    """The payee's FSP: the creditor's agent, and nobody else may be instructed or addressed except the hub.

    None without a fault: no agent is named, so the party's identifier must lead to one. `addressed` is the header's To.
    """
    found: FspId | None = None
    for name, ids in (
        ("CdtrAgt", ids_of(transfer.creditor_agent)),
        ("InstdAgt", ids_of(transfer.instructed_agent)),
        ("GrpHdr/InstdAgt", ids_of(message.instructed_agent)),
        ("To", addressed),
    ):
        if not ids.given:
            continue
        meant = directory.resolve(ids)
        if isinstance(meant, Unclear):
            return found, breach("SCHEME-0014", f"{name} {ids.text}: {meant}")
        if meant == scheme.hub.name and name != "CdtrAgt":
            continue
        if meant is None or meant == scheme.hub.name:
            return found, _unknown(name, ids)
        if found is not None and meant != found:
            return found, breach("SCHEME-0014", f"{name} {ids.text} is {meant}, not {found}")
        found = meant
    account = transfer.creditor_account if isinstance(transfer, CreditTransfer) else None
    if found is None and account is not None and account.iban:
        # An IBAN says whose account it is, where the scheme has registered the bank's code.
        found = directory.holder(account.iban)
    return found, None


def _unknown(name: str, ids: AgentIds) -> Fault:
    return breach("SCHEME-0015", f"{name} {ids.text} is no participant")


def _equal(given: Amount, settled: Money) -> bool:
    try:
        return Money.parse_iso(given.text, given.currency) == settled
    except MoneyError:
        return False


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
