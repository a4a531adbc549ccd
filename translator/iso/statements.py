"""Reports: camt.060 as a request, and the data set of a report as camt.052, camt.053 or camt.054."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from types import ModuleType
from typing import Final

from iso.messages import camt052, camt053, camt054
from iso.messages.camt060 import Camt060, Requested
from iso.messages.shape import Amount
from iso.messages.statements import (
    Balance,
    Entry,
    EntryDetails,
    Statement,
    StatementAccount,
    Summary,
    Transaction,
    TransactionCode,
)
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, TransferId, is_ulid, is_uuid, iso_reference
from schemas.canonical.money import Money
from schemas.canonical.reporting import AccountChoice, AskReports, ReportRequest
from schemas.canonical.reporting_events import Booked
from schemas.canonical.reports import Movement, Page, Report, ReportKind, Totals
from schemas.canonical.wire import Envelope
from schemas.codes.bookings import transaction_code
from translator.iso.agents import Directory, hub_institution, institution_of
from translator.iso.asked import account_type, asked_of, identified, number_of, owner_refusal, types_of, unread
from translator.iso.balances import CREDIT, body_of, direction_of, owner_of, query_of
from translator.iso.moments import date_in, date_out, moment_out, time_on
from translator.outgoing import Task

_MODULES: Final[dict[ReportKind, ModuleType]] = {
    ReportKind.INTRADAY: camt052,
    ReportKind.DAY: camt053,
    ReportKind.NOTICE: camt054,
}
_KINDS: Final = {f"camt.{kind.value}": kind for kind in ReportKind}
_LIMITS: Final = "camt.010"
_ALL: Final = "ALLL"
_BOOKED: Final = "BOOK"
_NUMBER_MAX: Final = 10**9
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9999, 1, 1)
_REFERENCE_MAX: Final = 35
_REQUESTS_MAX: Final = 100
_NO_STATEMENT_PAGES: Final = "02"
_INTERMEDIATE: Final = "INTM"


def ask(message: Camt060, envelope: Envelope, directory: Directory) -> AskReports:
    """A request for reports; each is answered by itself, also where it is refused."""
    requests = tuple(_request(each, envelope.sender, directory) for each in message.requests)
    wrong = unread(message)
    if len(requests) > _REQUESTS_MAX:
        requests, wrong = (), fault("TOO_MANY_ELEMENTS", f"at most {_REQUESTS_MAX} RptgReq are taken in one message")
    return AskReports(identified(envelope, message), asked_of(message, envelope), requests, wrong)


def _request(given: Requested, asker: FspId, directory: Directory) -> ReportRequest:
    name = given.message_name.strip()
    account = given.account
    number = number_of(account)
    choice = AccountChoice(
        ids=(number,) if number else (),
        types=types_of((account.type,)) if account is not None and account.type is not None and not number else (),
        currencies=(account.currency,) if account is not None and account.currency else (),
    )
    days, wrong_days = _days(given)
    numbers, wrong_numbers = _numbers(given)
    since, until = _times(given)
    wrong = (
        owner_refusal(given.owner or given.owner_agent, asker, directory)
        or _unknown(name)
        or _refusal(given)
        or wrong_days
        or wrong_numbers
    )
    return ReportRequest(
        _KINDS.get(name[:8]), choice, days, since, until, numbers, _excluded(given),
        tuple(each.code or each.proprietary or "" for each in given.balances), given.entry_direction, given.id, wrong,
    )  # fmt: skip


def _unknown(name: str) -> Fault | None:
    if name[:8] in _KINDS or name[:8] == _LIMITS:
        return None
    return fault("NOT_IMPLEMENTED", f"ReqdMsgNmId {name[:35]}: reports are camt.052, camt.053, camt.054, camt.010")


def _refusal(given: Requested) -> Fault | None:
    if given.query_type not in {None, _ALL}:
        return fault("NOT_IMPLEMENTED", f"RptgPrd/Tp {given.query_type}: reports are whole (ALLL)")
    if given.entry_status not in {None, _BOOKED}:
        return fault("NOT_IMPLEMENTED", f"ReqdTxTp/Sts {given.entry_status}: reports are of what is booked (BOOK)")
    return None


def _days(given: Requested) -> tuple[tuple[str, str | None] | None, Fault | None]:
    if given.from_day is None:
        return None, None
    first, last = date_in(given.from_day), date_in(given.to_day)
    if first is None or not _FIRST_DAY <= first < _LAST_DAY or (given.to_day is not None and last is None):
        return None, fault("WRONG_DATE", f"RptgPrd begins at {given.from_day}")
    if last is not None and last < first:
        return None, fault("WRONG_DATE", "RptgPrd ends before it begins")
    return (first.isoformat(), last.isoformat() if last is not None and last < _LAST_DAY else None), None


def _times(given: Requested) -> tuple[datetime | None, datetime | None]:
    """The moments that times of day name, where they are given."""
    first, last = date_in(given.from_day), date_in(given.to_day)
    since = time_on(first, given.from_time) if first is not None else None
    until = time_on(last, given.to_time) if last is not None else None
    midnight = since is not None and since == datetime.combine(since.date(), time(), UTC) and until is None
    # From midnight on is no time of day, but how a version that demands one says: the whole day.
    return (None, None) if midnight else (since, until)


def _numbers(given: Requested) -> tuple[tuple[tuple[int, int], ...], Fault | None]:
    texts = [(each.first, each.last) for each in given.ranges] + [(each, each) for each in given.sequences]
    if given.from_sequence is not None:
        texts.append((given.from_sequence, str(_NUMBER_MAX)))
    if given.to_sequence is not None:
        texts.append(("1", given.to_sequence))
    odd = next((text for pair in (*texts, *((each, each) for each in given.not_sequences)) for text in pair
                if not _plain(text)), None)  # fmt: skip
    if odd is not None:
        return (), fault("VALIDATION", f"RptgSeq {odd}: reports have whole numbers from 1 on")
    return tuple((int(first), int(last)) for first, last in texts), None


def _excluded(given: Requested) -> tuple[int, ...]:
    return tuple(int(text) for text in given.not_sequences if _plain(text))


def _plain(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(_NUMBER_MAX))


def notice(booked: Booked) -> Report:
    """The report of one booking, told when it was booked."""
    movement = booked.movement
    page = Page(1, True, 0, 0, 0, movement.units)
    totals = Totals(1, movement.units, 0, 0) if movement.units >= 0 else Totals(0, 0, 1, -movement.units)
    return Report(ReportKind.NOTICE, booked.account, movement.at, movement.at, page, totals, (movement,))


def message_of(kind: ReportKind) -> str:
    """The message that a kind of report is written as."""
    return f"camt.{kind.value}"


def render(report: Report, task: Task) -> bytes:
    """The Document of a report, in the version its receiver registered."""
    version, context = task.definition(message_of(report.kind)), task.context
    module = _MODULES[report.kind]
    kind: type[camt052.Camt052] = getattr(module, f"Camt{report.kind.value}")
    paged = not (report.page.number == 1 and report.page.last and report.kind is ReportKind.NOTICE)
    in_header = paged and version.endswith(_NO_STATEMENT_PAGES)
    message = kind(
        message_id=context.message_id,
        created=moment_out(context.now),
        page=str(report.page.number) if in_header else None,
        last_page=report.page.last if in_header else None,
        **(query_of(report.asked) if not in_header else {}),
        statements=(_statement(report, task, paged=paged and not in_header),),
        definition=version,
    )
    return body_of(module.write(message, version), version, task)


def _statement(report: Report, task: Task, *, paged: bool) -> Statement:
    context, account = task.context, report.account
    number = report.number
    moment = report.since == report.until
    return Statement(
        id=f"{report.kind.value}-{account.id}-{number}" if number is not None else context.message_id,
        page=str(report.page.number) if paged else None,
        last_page=report.page.last if paged else None,
        sequence=str(number) if number is not None else None,
        legal_sequence=str(number) if number is not None and report.kind is ReportKind.DAY else None,
        created=moment_out(context.now),
        since=None if moment else moment_out(report.since),
        until=None if moment else moment_out(report.until),
        copy="DUPL" if report.repeated else None,
        account=StatementAccount(
            other_id=str(account.id),
            type=account_type(account.type),
            currency=account.currency,
            name=f"{account.owner} {account.type}"[:70],
            owner=owner_of(account.owner, task),
            servicer=hub_institution(context.hub),
        ),
        balances=tuple(_balances(report)) if report.kind is not ReportKind.NOTICE else (),
        summary=_summary(report.totals, account.currency),
        entries=tuple(_entry(each, report, task) for each in report.movements),
    )


def _balances(report: Report) -> Iterator[Balance]:
    """Opening and closing of this page, marked where they lie between pages; and what is available at the end."""
    whole = report.kind is ReportKind.DAY
    page, at_end = report.page, report.page.last
    wanted = frozenset(report.balances)
    found: list[tuple[str, str | None, int, datetime]] = [
        ("OPBD", None if page.number == 1 else _INTERMEDIATE, page.opening, report.since),
        ("CLBD" if whole else "ITBD", None if at_end or not whole else _INTERMEDIATE, page.closing, report.until),
    ]
    if at_end and report.available is not None:
        found.append(("CLAV" if whole else "ITAV", None, report.available, report.until))
    if at_end and report.reserved is not None and report.reserved:
        found.append(("XPCD", None, page.closing - report.reserved, report.until))
    chosen = [each for each in found if each[0] in wanted] or found
    for code, part, units, at in chosen:
        day = report.day if whole else None
        yield Balance(
            code=code,
            sub_type=part,
            amount=_amount(units, report),
            direction=direction_of(units),
            date=day,
            moment=None if day else moment_out(at),
        )


def _amount(units: int, report: Report) -> Amount:
    currency = report.account.currency
    return Amount(Money(abs(units), currency).iso, currency)


def _summary(totals: Totals, currency: str) -> Summary:
    def decimal(units: int) -> str:
        return Money(abs(units), currency).iso

    return Summary(
        count=str(totals.credits + totals.debits),
        total=decimal(totals.credit_units + totals.debit_units),
        net=decimal(totals.net),
        net_direction=direction_of(totals.net),
        credit_count=str(totals.credits),
        credit_total=decimal(totals.credit_units),
        debit_count=str(totals.debits),
        debit_total=decimal(totals.debit_units),
    )


def _entry(movement: Movement, report: Report, task: Task) -> Entry:
    direction, amount = direction_of(movement.units), _amount(movement.units, report)
    domain, family, sub_family = transaction_code(movement.kind, credit=movement.units >= 0)
    return Entry(
        reference=str(movement.number) if movement.number else None,
        amount=amount,
        direction=direction,
        status=_BOOKED,
        booking_moment=moment_out(movement.at),
        value_date=date_out(movement.at),
        servicer_reference=servicer_reference(movement.reference),
        code=TransactionCode(domain, family, sub_family, movement.kind.value, str(task.context.hub.name)),
        details=_details(movement, amount, direction, task),
    )


def _details(movement: Movement, amount: Amount, direction: str, task: Task) -> tuple[EntryDetails, ...]:
    known = movement.references
    if known is None:
        return ()
    owner, other = task.receiver.name, movement.counterparty
    agents = (other, owner) if direction == CREDIT else (owner, other)
    debtor, creditor = (institution_of(task.context.participant(name), name) if name else None for name in agents)
    told = Transaction(
        message_id=known.message_id,
        servicer_reference=servicer_reference(movement.reference),
        instruction_id=known.instruction_id,
        end_to_end_id=known.end_to_end_id,
        uetr=known.uetr,
        transaction_id=known.transaction_id,
        clearing_reference=iso_reference(TransferId(movement.transfer)) if movement.transfer else None,
        amount=amount,
        direction=direction,
        debtor_agent=debtor if other else None,
        creditor_agent=creditor if other else None,
    )
    return (EntryDetails(transactions=(told,)),)


def servicer_reference(reference: str) -> str:
    """What the hub calls a booking, the same in every report of it."""
    if is_uuid(reference) or is_ulid(reference):
        return iso_reference(TransferId(reference))
    if len(reference) <= _REFERENCE_MAX:
        return reference
    return hashlib.sha256(reference.encode()).hexdigest()[:_REFERENCE_MAX]
