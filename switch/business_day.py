"""The turn of the business day: at its end every account gets its statement, numbered, before anything else is booked.

The ledger lane runs this before each command, on the database's clock, so that a statement holds exactly what was
booked before the end of its day, and closes with the balance of that moment. Cut-offs are done in the same place.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from schemas.canonical.business_days import Actor, DayAction, DayChange, DayState
from schemas.canonical.commands import Command, Expire
from schemas.canonical.events import Event
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import LedgerAccount, Participant
from schemas.canonical.reporting_events import ReportAsked
from schemas.canonical.reporting_records import BUSINESS_DAY, BusinessDay, DayEnd, DayStatement, PastDay
from schemas.canonical.reports import ReportKind, booked
from schemas.canonical.settlement import OpenWindow
from switch.calendar import Calendar
from switch.cut_offs import announced, by_calendar, changed, joined, taken
from switch.engine import Step
from switch.state import State
from switch.subscriptions import MAKER, calendar_of, subscribed

__all__ = ["MAKER", "STATEMENTS", "dated", "subscribed"]

STATEMENTS: Final = "camt.053"
_DAYS_MAX: Final = timedelta(days=31)
"""Days that went by unseen have statements of their own up to this many; those before them are in the first."""


def dated(step: Step) -> Step:
    """The step with the turn of the day before it, and with cut-offs."""

    def decide(state: State, command: Command) -> Outcome:
        day = state.get(BusinessDay, BUSINESS_DAY)
        # A hub that starts may have another calendar than before.
        if day is not None and state.now < day.due and not isinstance(command, OpenWindow):
            # A deadline that comes early by another clock: the day is not over.
            return Outcome() if _is_deadline(command) else step(state, command)
        turned = list(_turned(state, day))
        outcome = Outcome() if _is_deadline(command) else step(state, command)
        return joined(*turned, outcome)

    return decide


def _is_deadline(command: Command) -> bool:
    """The deadline of a day only wakes the lane."""
    return isinstance(command, Expire) and command.kind == "business_day"


def _turned(state: State, day: BusinessDay | None) -> Iterator[Outcome]:
    """What is due: cut-offs, then the end of the day. Each outcome is visible to the next."""
    calendar = calendar_of(state)
    if day is None:
        today = calendar.day_of(state.now)
        first = BusinessDay(today.isoformat(), calendar.begin_of(today), calendar.end_of(today))
        yield taken(state, Outcome((_watched(first, calendar, state.now),)))
        return
    if day.next_cut is not None and state.now >= day.next_cut:
        cuts = calendar.cuts(day.next_cut, state.now)
        if cuts:
            yield taken(state, by_calendar(state, day, cuts))
    day = _held(state)
    if state.now >= day.until:
        yield from _ended(state, day, calendar)
        day = _held(state)
    planned = _watched(day, calendar, state.now)
    if planned != day:
        yield taken(state, Outcome((planned,)))


def _held(state: State) -> BusinessDay:
    day = state.get(BusinessDay, BUSINESS_DAY)
    if day is None:
        raise LookupError("the ledger is in no business day")
    return day


def _watched(day: BusinessDay, calendar: Calendar, now: datetime) -> BusinessDay:
    following = calendar.next_cut(now)
    return msgspec.structs.replace(day, next_cut=None if following is None else following.at)


def _ended(state: State, day: BusinessDay, calendar: Calendar) -> Iterator[Outcome]:
    """Statements of the days that are over, their history, and the next day, which opens by itself or waits."""
    accounts = state.all(LedgerAccount)
    ends = {end.account: end for end in day.ends}
    statements: list[DayStatement] = []
    past: list[PastDay] = []
    changes, begins, last = day.changes, day.since, day.day
    for over, since, until in _days(day, state.now, calendar):
        for account in accounts:
            statement = _statement(account, ends.get(account.id), over, since, until)
            statements.append(statement)
            ends[account.id] = DayEnd(account.id, statement.number, statement.closing, account.value)
        if not (day.ending and over == day.day):
            end = DayChange(DayAction.END, DayState.ENDED, state.now, Actor.CALENDAR, f"end of {over}")
            changes = (*changes, end)
        past.append(PastDay(over, since, until, changes))
        changes, begins, last = (), until, over
    today = _after(last, begins, calendar)
    following = BusinessDay(
        today.isoformat(), begins, calendar.end_of(today), tuple(ends.values()), DayState.PENDING,
        awaited=day.awaited,
    )  # fmt: skip
    if calendar.opens_itself:
        opened = DayChange(DayAction.OPEN, DayState.OPEN, state.now, Actor.CALENDAR, f"end of {last}")
        following = changed(following, opened)
    yield taken(state, Outcome((*past, *statements, following), events=tuple(_asked(state, accounts, statements))))
    yield from announced(state, "closing", last, f"Business day {last} has ended", begins)
    if calendar.opens_itself:
        yield from announced(state, "opening", following.day, f"Business day {following.day} is open", begins)


def _after(day: str, moment: datetime, calendar: Calendar) -> date:
    """The business day that follows one which ended, perhaps before its time, at that moment."""
    return max(calendar.day_of(moment), calendar.next_day(date.fromisoformat(day)))


def _days(day: BusinessDay, now: datetime, calendar: Calendar) -> Iterator[tuple[str, datetime, datetime]]:
    """The days that are over, each from where the one before ended; several, if the hub was away."""
    name, since, until = day.day, day.since, day.until
    earliest = calendar.day_of(now) - _DAYS_MAX
    if calendar.begin_of(earliest) > until:
        name, until = calendar.day_before(earliest).isoformat(), calendar.begin_of(earliest)
    while now >= until:
        yield name, since, until
        following = _after(name, until, calendar)
        name, since, until = following.isoformat(), until, calendar.end_of(following)


def _statement(account: LedgerAccount, end: DayEnd | None, day: str, since: datetime, until: datetime) -> DayStatement:
    """The statement of an account; its first one begins when the account was opened."""
    return DayStatement(
        account.id,
        1 if end is None else end.number + 1,
        day,
        account.created or since if end is None else since,
        until,
        0 if end is None else end.closing,
        booked(account.debits_posted, account.credits_posted),
        account.value,
        account.cap,
    )


def _asked(state: State, accounts: Iterable[LedgerAccount], statements: list[DayStatement]) -> Iterator[Event]:
    """For who wants statements without asking: the maker finds what is in them."""
    owned: dict[FspId, list[int]] = {}
    for account in accounts:
        owned.setdefault(account.owner, []).append(account.id)
    for owner, numbers in owned.items():
        if subscribed(state.get(Participant, owner), STATEMENTS):
            days = statements[0].day, statements[-1].day
            asked = ReportAsked(owner, ReportKind.DAY, tuple(numbers), days=days)
            yield Event(MAKER, asked, order=owner)
