"""The turn of the business day: at its end every account gets its statement, numbered, before anything else is booked.

The ledger lane runs this before each command, on the database's clock, so that a statement holds exactly what was
booked before the end of its day, and closes with the balance of that moment.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from schemas.canonical.commands import Command, Expire
from schemas.canonical.events import Event
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.participants import LedgerAccount, Participant
from schemas.canonical.reporting_events import ReportAsked
from schemas.canonical.reporting_records import BUSINESS_DAY, BusinessDay, DayEnd, DayStatement
from schemas.canonical.reports import ReportKind, booked
from switch.calendar import Calendar
from switch.engine import Step
from switch.state import State

MAKER: Final = FspId("@reports")
"""Who finds what reports hold, off the lane."""
STATEMENTS: Final = "camt.053"
_DAYS_MAX: Final = timedelta(days=31)
"""Days that went by unseen have statements of their own up to this many; those before them are in the first."""


def dated(step: Step) -> Step:
    """The step with the turn of the day before it."""

    def decide(state: State, command: Command) -> Outcome:
        day = state.get(BusinessDay, BUSINESS_DAY)
        if day is not None and state.now < day.until:
            # A deadline that comes early by another clock: the day is not over.
            return Outcome() if _is_deadline(command) else step(state, command)
        turned, events = _turn(state, day)
        for record in turned:
            state.put(record)
        outcome = Outcome() if _is_deadline(command) else step(state, command)
        return msgspec.structs.replace(outcome, puts=(*turned, *outcome.puts), events=(*events, *outcome.events))

    return decide


def _is_deadline(command: Command) -> bool:
    """The deadline of a day only wakes the lane."""
    return isinstance(command, Expire) and command.kind == "business_day"


def _turn(state: State, day: BusinessDay | None) -> tuple[tuple[Stored, ...], tuple[Event, ...]]:
    calendar = state.profile.calendar
    today = calendar.day_of(state.now)
    if day is None:
        return (BusinessDay(today.isoformat(), calendar.begin_of(today), calendar.end_of(today)),), ()
    accounts = state.all(LedgerAccount)
    ends = {end.account: end for end in day.ends}
    statements: list[DayStatement] = []
    begins = day.since
    for over, since, until in _days(day, today, state.now, calendar):
        for account in accounts:
            statement = _statement(account, ends.get(account.id), over, since, until)
            statements.append(statement)
            ends[account.id] = DayEnd(account.id, statement.number, statement.closing, account.value)
        begins = until
    following = BusinessDay(today.isoformat(), begins, calendar.end_of(today), tuple(ends.values()))
    return (*statements, following), tuple(_asked(state, accounts, statements))


def _days(day: BusinessDay, today: date, now: datetime, calendar: Calendar) -> Iterator[tuple[str, datetime, datetime]]:
    """The days that are over, each from where the one before ended; several, if the hub was away."""
    name, since, until = day.day, day.since, day.until
    earliest = today - _DAYS_MAX
    if calendar.begin_of(earliest) > until:
        name, until = (earliest - timedelta(days=1)).isoformat(), calendar.begin_of(earliest)
    while now >= until:
        yield name, since, until
        following = calendar.day_of(until)
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


def subscribed(participant: Participant | None, message: str) -> bool:
    """Whether a participant gets reports of a kind without asking."""
    return participant is not None and participant.iso is not None and message in participant.iso.reports
