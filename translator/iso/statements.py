"""Reports: the data set of a report as camt.052, camt.053 or camt.054."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from types import ModuleType
from typing import Final

from iso.messages import camt052, camt053, camt054
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
from schemas.canonical.identity import TransferId, is_ulid, is_uuid, iso_reference
from schemas.canonical.money import Money
from schemas.canonical.reporting_events import Booked
from schemas.canonical.reports import Movement, Page, Report, ReportKind, Shown, Totals
from schemas.codes.bookings import transaction_code
from translator.iso.agents import hub_institution, institution_of
from translator.iso.asked import account_type
from translator.iso.balances import CREDIT, body_of, direction_of, owner_of, query_of
from translator.iso.moments import date_out, moment_out
from translator.outgoing import Task

_MODULES: Final[dict[ReportKind, ModuleType]] = {
    ReportKind.INTRADAY: camt052,
    ReportKind.DAY: camt053,
    ReportKind.NOTICE: camt054,
}
_BOOKED: Final = "BOOK"
_REFERENCE_MAX: Final = 35
_NO_STATEMENT_PAGES: Final = "02"
_INTERMEDIATE: Final = "INTM"
PENDING, PREVIOUS = "XPCD", "PRCD"
BALANCES: Final[dict[ReportKind, tuple[str, ...]]] = {
    ReportKind.INTRADAY: ("OPBD", PREVIOUS, "ITBD", "ITAV", PENDING),
    ReportKind.DAY: ("OPBD", PREVIOUS, "CLBD", "CLAV", PENDING),
}
"""The types of balances that a kind of report has."""


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
        additional=_left_out(report.shown, account.currency),
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
    if at_end and report.reserved is not None and (report.reserved or PENDING in wanted):
        found.append((PENDING, None, page.closing - report.reserved, report.until))
    if page.number == 1 and PREVIOUS in wanted:
        found.append((PREVIOUS, None, page.opening, report.since))
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


def _left_out(shown: Shown, currency: str) -> str | None:
    """Which entries there are, where these are not all that was booked."""
    if shown.all:
        return None
    sides = (("credits", shown.credits), ("debits", shown.debits))
    told = (f"{name} of {Money(units, currency).iso} or more" for name, units in sides if units is not None)
    return f"Entries and their sums: {' and '.join(told)} {currency}. Balances are of everything booked."


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
