"""Business days: their ends in any zone, and statements that chain and add up, whatever is booked and however late."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.canonical.commands import Expire, RecordFunds, SetLimit
from schemas.canonical.events import Event
from schemas.canonical.identity import TransferId
from schemas.canonical.participants import LedgerAccount, Participant
from schemas.canonical.reporting_events import ReportAsked
from schemas.canonical.reporting_records import BUSINESS_DAY, BusinessDay, DayStatement
from schemas.canonical.reports import ReportKind
from switch.business_day import MAKER
from switch.calendar import Calendar
from switch.engine import deadlines
from switch.profile import Profile
from tests.unit.switch.scene import CREDITOR, KEYS, NOW, PAYEE, PAYER, Scene, fulfil, prepare, usd

ZONES = ("UTC", "Africa/Nairobi", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu")
DAY = timedelta(days=1)
WAKE = Expire("business_day", BUSINESS_DAY)


@given(
    day=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    zone=st.sampled_from(ZONES),
    cutoff=st.sampled_from(("00:00", "02:30", "17:00", "23:59")),
)
def test_days_follow_each_other_without_gap(day: date, zone: str, cutoff: str) -> None:
    calendar = Calendar(zone, cutoff)
    assert calendar.end_of(day) == calendar.begin_of(day + DAY)
    assert calendar.day_of(calendar.begin_of(day)) == day
    assert calendar.day_of(calendar.end_of(day) - timedelta(microseconds=1)) == day


def test_what_comes_after_the_cut_off_belongs_to_the_next_day() -> None:
    calendar = Calendar("Africa/Nairobi", "17:00")
    assert calendar.day_of(datetime(2026, 11, 20, 13, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert calendar.day_of(datetime(2026, 11, 20, 14, 0, tzinfo=UTC)) == date(2026, 11, 21)
    assert Calendar().day_of(datetime(2026, 11, 20, 0, 0, tzinfo=UTC)) == date(2026, 11, 20)


class Ledger(Scene):
    """A scene that keeps every entry and every statement."""

    def __init__(self, **profile):
        super().__init__(profile=Profile(hub_keys=KEYS, **profile))
        self.entries, self.statements, self.events = [], defaultdict(list), list[Event]()
        for account in self.resident.all(LedgerAccount):
            # what a scene's accounts hold from the start was never booked
            self.change(account, debits_posted=0, credits_posted=0, created=NOW)

    def do(self, command, hand=None):
        batch = super().do(command, hand)
        self.entries += batch.entries
        self.events += batch.events
        for put in batch.puts:
            if isinstance(put, DayStatement):
                self.statements[put.account].append(put)
        return batch

    def fund(self, number, amount):
        key = TransferId(f"b51ec534-ee48-4575-b6a9-{number:012d}")
        self.do(RecordFunds(PAYER, 2, key, "recordFundsIn", usd(amount)))

    def pay(self, number, amount):
        key = TransferId(f"b51ec534-ee48-4575-b6a9-{number + 10**6:012d}")
        expiry = self.now + timedelta(seconds=30)
        self.do(prepare(amount=amount, transfer_id=key, expiry=expiry))
        answer = fulfil(sender=PAYEE, receiver=PAYER)
        self.do(type(answer)(answer.envelope, key, answer.answered, answer.fulfilment))


def _sound(ledger: Ledger) -> None:
    """By a count of its own: numbers, times and balances chain, and each booking of a past day is in one statement."""
    day = ledger.get(BusinessDay, BUSINESS_DAY)
    for account, statements in ledger.statements.items():
        opening, since = 0, NOW
        for number, each in enumerate(statements, 1):
            inside = [
                entry for entry in ledger.entries if entry.account == account and each.since <= entry.at < each.until
            ]
            booked = sum(entry.credits_posted - entry.debits_posted for entry in inside)
            assert (each.number, each.opening, each.since) == (number, opening, since)
            assert each.closing == each.opening + booked
            opening, since = each.closing, each.until
        assert since == day.since
    over = [entry for entry in ledger.entries if entry.at < day.since]
    assert all(entry.account in ledger.statements for entry in over)


STEPS = st.lists(
    st.tuples(st.sampled_from(("fund", "pay", "wait", "sleep", "wake")), st.integers(1, 40)), min_size=1, max_size=25
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, cutoff=st.sampled_from(("00:00", "13:00")))
def test_statements_chain_and_add_up(steps, cutoff) -> None:
    ledger = Ledger(calendar=Calendar("Africa/Nairobi", cutoff))
    ledger.do(SetLimit(PAYER, usd(1000)))
    for number, (what, much) in enumerate(steps):
        if what == "wait":
            ledger.now += timedelta(hours=much)
        elif what == "sleep":
            ledger.now += timedelta(days=much)
        elif what == "wake":
            ledger.do(WAKE)
        else:
            getattr(ledger, what)(number, much)
        if ledger.get(BusinessDay, BUSINESS_DAY):
            _sound(ledger)


def test_the_end_of_a_day_wakes_the_lane_and_comes_before_what_is_booked_then() -> None:
    ledger = Ledger()
    ledger.fund(1, 100)
    (due,) = [due for due, expire in deadlines([ledger.get(BusinessDay, BUSINESS_DAY)]) if expire == WAKE]
    assert due == datetime(2026, 1, 16, tzinfo=UTC)
    ledger.now = due
    ledger.fund(2, 50)
    (statement,) = ledger.statements[2]
    assert (statement.day, statement.closing, statement.until) == ("2026-01-15", 1_000_000, due)
    assert ledger.do(WAKE).puts == ()


def test_an_early_deadline_ends_no_day() -> None:
    ledger = Ledger()
    ledger.fund(1, 100)
    assert ledger.do(WAKE).puts == ()


def test_a_long_absence_gives_statements_of_the_last_days_and_loses_no_booking() -> None:
    ledger = Ledger()
    ledger.fund(1, 100)
    ledger.now += timedelta(days=100)
    ledger.do(WAKE)
    assert len(ledger.statements[2]) == 32
    assert ledger.statements[2][0].closing == 1_000_000
    _sound(ledger)


@pytest.mark.parametrize(("reports", "asked"), [((), 0), (("camt.053",), 1), (("camt.054",), 0)])
def test_who_wants_statements_gets_them_when_the_day_is_over(reports, asked) -> None:
    ledger = Ledger()
    bank = ledger.get(Participant, CREDITOR)
    ledger.change(bank, iso=type(bank.iso)(bic="BANKGB22", callback_url="http://b", reports=reports))
    ledger.fund(1, 100)
    ledger.now += DAY
    ledger.do(WAKE)
    bodies = [event.body for event in ledger.events if event.receiver == MAKER]
    assert len(bodies) == asked
    for body in bodies:
        assert body == ReportAsked(CREDITOR, ReportKind.DAY, (9, 10), days=("2026-01-15", "2026-01-15"))
