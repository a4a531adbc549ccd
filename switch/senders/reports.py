"""The maker of reports: reads the books for what the ledger lane asks, and reads a page when it is delivered.

Each question is a row of the outbox: it is asked again until it is answered, and the answer is taken once.
"""

from contextlib import AsyncExitStack
from typing import Final

import msgspec

from schemas.canonical.faults import Fault, fault
from schemas.canonical.reporting import Cut, TellPayments, TellReports
from schemas.canonical.reporting_events import PaymentsAsked, ReportAsked, Reported, ReportTold
from schemas.canonical.reporting_records import DayStatement
from schemas.canonical.reports import Report, ReportKind
from switch.bus.port import Bus, BusyError
from switch.delivery_policy import Sent
from switch.engine import Parcel
from switch.reports.reader import Reader
from switch.store.books import EVERYTHING, Books
from switch.store.payments import PAGE, PaymentBook
from switch.store.port import LEDGER, OutboxRow, StoreDownError

_STATEMENTS_MAX: Final = 100
_TOO_LONG: Final = "statement timeout"


class ReportMaker:
    """Answers the ledger lane's questions about the books."""

    def __init__(self, books: Books, payments: PaymentBook, bus: Bus, named: Reader) -> None:
        """Read there, and answer over the bus; `named` reads reports by their names."""
        self.named = named
        self.books = books
        self._payments = payments
        self._bus = bus

    async def send(self, row: OutboxRow) -> Sent:
        """Find what is asked, then hand it to the ledger lane, once however often this row is delivered."""
        try:
            command = await self._found(row)
        except StoreDownError as error:
            # Whatever is asked again for ever would be in the way of all other questions.
            if _TOO_LONG not in str(error):
                raise
            command = _refused(row)
        try:
            await self._bus.ask_lane(LEDGER, Parcel(command, hand=row.id))
        except BusyError as busy:
            return Sent(ok=False, reason=str(busy))
        return Sent(ok=True)

    async def _found(self, row: OutboxRow) -> TellReports | TellPayments:
        match row.event.body:
            case ReportAsked() as asked:
                return await self.reports(asked)
            case PaymentsAsked() as asked_for:
                return await self.payments(asked_for)
            case _:
                raise TypeError(f"row {row.id} asks for no report")

    async def reports(self, asked: ReportAsked) -> TellReports:
        """The reports that are asked for, cut into pages."""
        cuts: list[Cut] = []
        wrong: Fault | None = None
        if asked.kind is ReportKind.DAY:
            statements = [each for account in asked.accounts for each in await self._chosen(account, asked)]
            if len(statements) > _STATEMENTS_MAX and asked.asked is not None:
                wrong = fault("NO_REPORT", f"these are {len(statements)} statements; ask for {_STATEMENTS_MAX} or less")
            elif not statements:
                wrong = fault("NO_REPORT", "no business day that is over fits; ask for a camt.052 of the day so far")
            else:
                cuts = [await self._statement(each) for each in statements]
        else:
            cuts = [await self._so_far(account, asked) for account in asked.accounts]
        return TellReports(
            asked.receiver, asked.kind, asked.asked, tuple(cuts), wrong if asked.asked else None, asked.repeated,
            asked.balances,
        )  # fmt: skip

    async def _chosen(self, account: int, asked: ReportAsked) -> list[DayStatement]:
        found = await self.books.statements(account)
        if asked.days is None and not asked.numbers and not asked.not_numbers:
            return found[-1:]
        return [each for each in found if _wanted(each, asked)]

    async def _statement(self, day: DayStatement) -> Cut:
        pages, totals = await self.books.pages(day.account, day.since, day.until, day.opening)
        if pages[-1].closing != day.closing:
            raise ValueError(f"statement {day.key}: {day.opening} and {totals.net} booked do not give {day.closing}")
        return Cut(day.account, day.since, day.until, pages, totals, day.number, day.day, day.value, day.cap)

    async def _so_far(self, account: int, asked: ReportAsked) -> Cut:
        if asked.since is None or asked.until is None:
            raise ValueError("a report of a time needs its begin and its end")
        opening = await self.books.opening(account, asked.since)
        shown = asked.shown.get(str(account), EVERYTHING)
        pages, totals = await self.books.pages(account, asked.since, asked.until, opening, shown)
        closing = asked.closings.get(str(account))
        if closing is not None and pages[-1].closing != closing:
            text = f"window {asked.window} of account {account}: {opening} and {totals.net} booked"
            raise ValueError(f"{text} do not give {closing}")
        value = await self.books.value(account, asked.until)
        number = asked.numbered.get(str(account))
        return Cut(account, asked.since, asked.until, pages, totals, number, None, value, shown=shown)

    async def payments(self, asked: PaymentsAsked) -> TellPayments:
        """One page of payments, and where the next begins."""
        found = await self._payments.search(asked.receiver, asked.choices, asked.after, PAGE + 1)
        facts = found[:PAGE]
        after = (facts[-1].created, facts[-1].id) if len(found) > PAGE else None
        return TellPayments(
            asked.receiver, asked.asked, asked.page, tuple(facts), asked.query, asked.choices, after
        )  # fmt: skip

    async def filled(self, row: OutboxRow) -> OutboxRow:
        """A row as it can be rendered: a page of a report with what was booked on it, any other as it is."""
        told = row.event.body
        if not isinstance(told, ReportTold):
            return row
        event = msgspec.structs.replace(row.event, body=Reported(await self.whole(told)))
        return msgspec.structs.replace(row, event=event)

    async def whole(self, told: ReportTold) -> Report:
        """A page with what was booked on it."""
        movements = await self.books.movements(told.account, told.page, told.shown)
        return Report(
            told.kind, told.account, told.since, told.until, told.page, told.totals, tuple(movements), told.number,
            told.day, told.value, told.cap, told.asked, told.repeated, told.balances,
            told.shown,
        )  # fmt: skip


def _refused(row: OutboxRow) -> TellReports | TellPayments:
    """What is told where so much fits that the database gave up."""
    wrong, asked = fault("NO_REPORT", "this is too much at once; ask for a shorter time"), row.event.body
    if isinstance(asked, PaymentsAsked):
        return TellPayments(asked.receiver, asked.asked, asked.page, (), asked.query, asked.choices, fault=wrong)
    if not isinstance(asked, ReportAsked) or asked.asked is None:
        raise StoreDownError(f"row {row.id} takes the database too long")
    return TellReports(asked.receiver, asked.kind, asked.asked, (), wrong)


def open_reports(database_url: str, bus: Bus, stack: AsyncExitStack, *, allow_unsafe: bool) -> ReportMaker:
    """A maker with connections of its own, which `stack` gives back."""
    books = Books(database_url, allow_unsafe=allow_unsafe)
    payments = PaymentBook(database_url, allow_unsafe=allow_unsafe)
    stack.push_async_callback(books.close)
    stack.push_async_callback(payments.close)
    return ReportMaker(books, payments, bus, Reader(database_url))


def _wanted(statement: DayStatement, asked: ReportAsked) -> bool:
    first, last = asked.days or ("", None)
    if statement.day < first or (last is not None and statement.day > last):
        return False
    if asked.numbers and not any(first <= statement.number <= last for first, last in asked.numbers):
        return False
    return statement.number not in asked.not_numbers
