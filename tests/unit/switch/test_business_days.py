"""Cut-offs and commands of business days: one exact cut, once, late if need be; settlements, reports and broadcasts."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from schemas.canonical.business_days import (
    CALENDAR,
    CutOff,
    DayAction,
    DayState,
    Holiday,
    SchemeCalendar,
    SetCalendar,
    TurnDay,
)
from schemas.canonical.commands import Command, Expire
from schemas.canonical.participants import IsoProfile, LedgerAccount, Participant, SettlementModel
from schemas.canonical.reporting_events import ReportAsked
from schemas.canonical.reporting_records import BUSINESS_DAY, BusinessDay, DayStatement, PastDay, ReportCount
from schemas.canonical.reports import ReportKind
from schemas.canonical.settlement import CloseWindow, Net, OpenWindow, PostNets, Settlement, SettlementWindow
from schemas.canonical.system import EventTold
from switch.business_days import TABLE
from switch.calendar import Calendar
from switch.engine import Parcel, deadlines, run
from switch.lanes import STEPS
from switch.profile import Profile
from switch.state import State
from tests.unit.switch.scene import (
    BANK,
    CREDITOR,
    ID,
    KEYS,
    NOW,
    PAYEE,
    PAYER,
    Scene,
    accept,
    bank_prepare,
    fulfil,
    prepare,
)

WAKE = Expire("business_day", BUSINESS_DAY)
CODES = {"cut_off": "CUTO", "opening": "OPNG", "closing": "CLSG"}
NOON, EVENING = datetime(2026, 1, 15, 12, 30, tzinfo=UTC), datetime(2026, 1, 15, 17, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Days(Scene):
    """A ledger with a calendar; NOW is a Thursday at noon."""

    def __init__(self, *cut_offs: CutOff, **calendar):
        held = Calendar(cut_offs=cut_offs, codes=CODES, **calendar)
        super().__init__(profile=Profile(hub_keys=KEYS, calendar=held))
        self.statements, self.asked, self.told = defaultdict(list), [], []
        self.paid = 0
        for account in self.resident.all(LedgerAccount):
            self.change(account, debits_posted=0, credits_posted=0, created=NOW)
        self.do(OpenWindow())

    def do(self, command, hand=None):
        batch = super().do(command, hand)
        self.asked += [event.body for event in batch.events if isinstance(event.body, ReportAsked)]
        self.told += [event for event in batch.events if isinstance(event.body, EventTold)]
        for put in batch.puts:
            if isinstance(put, DayStatement):
                self.statements[put.account].append(put)
        return batch

    def wake(self, at):
        self.now = at
        return self.do(WAKE)

    def pay(self, amount=10):
        """Leave the open window with something in it."""
        if not self.paid:
            self.change(self.get(LedgerAccount, 2), credits_posted=10**9)
        self.paid += 1
        key = type(ID)(f"b51ec534-ee48-4575-b6a9-{self.paid:012d}")
        self.do(prepare(amount=amount, transfer_id=key, expiry=self.now + timedelta(seconds=30)))
        answer = fulfil(sender=PAYEE, receiver=PAYER)
        self.do(type(answer)(answer.envelope, key, answer.answered, answer.fulfilment))

    def nets(self, window, units=100_000):
        return self.do(PostNets(window, (Net(1, units), Net(3, -units))))

    @property
    def day(self) -> BusinessDay:
        return self.get(BusinessDay, BUSINESS_DAY)

    def window(self, number) -> SettlementWindow:
        return self.get(SettlementWindow, number)

    def act(self, action, **more):
        return self.do(TurnDay(DayAction(action), **more)).receipts[0]


def test_a_cut_off_closes_the_window_at_its_time_before_anything_else_of_that_moment() -> None:
    days = Days(CutOff("17:00"))
    days.pay()
    assert deadlines([days.day]) == [(EVENING, WAKE)]
    days.now = EVENING - timedelta(microseconds=1)
    days.pay()
    assert days.window(2) is None
    days.now = EVENING
    days.pay()
    assert (days.window(1).state.value, days.window(1).reason) == ("PROCESSING", "cut-off 17:00")
    assert days.window(2).created == EVENING + MOMENT
    assert days.day.state is DayState.CUT_OFF
    assert days.day.next_cut == EVENING + DAY


def test_an_empty_window_stays_open() -> None:
    days = Days(CutOff("17:00"))
    days.wake(EVENING)
    assert days.window(2) is None
    assert [(each.action, each.window) for each in days.day.changes] == [(DayAction.CUT_OFF, None)]


def test_only_the_last_cut_off_of_a_day_changes_its_state() -> None:
    days = Days(CutOff("12:30"), CutOff("17:00"))
    days.pay()
    days.wake(NOON)
    assert (days.day.state, days.window(1).reason) == (DayState.OPEN, "cut-off 12:30")
    days.pay()
    days.wake(EVENING)
    assert (days.day.state, days.window(2).reason) == (DayState.CUT_OFF, "cut-off 17:00")


def test_a_cut_off_that_was_missed_is_done_once_and_says_so() -> None:
    days = Days(CutOff("12:30"), CutOff("17:00"))
    days.pay()
    days.now = NOW + 2 * DAY + 3 * HOUR
    days.do(OpenWindow())
    assert days.window(1).reason == "cut-off 12:30 of 2026-01-17, caught up: 5 missed while the hub was away"
    assert days.window(3) is None
    assert days.day.next_cut == EVENING + 2 * DAY
    days.do(OpenWindow())
    assert days.window(3) is None


def test_no_window_is_closed_on_weekends_and_holidays() -> None:
    days = Days(CutOff("17:00"), weekend=("SAT", "SUN"), holidays=(Holiday("01-16"),))
    days.pay()
    days.wake(EVENING)
    days.pay()
    assert days.day.next_cut == datetime(2026, 1, 19, 17, tzinfo=UTC)
    for number in range(1, 4):
        days.wake(EVENING + number * DAY)
    assert days.window(3) is None
    assert days.day.day == "2026-01-19"
    assert [each.day for each in days.statements[1]] == ["2026-01-15"]


def test_what_was_planned_before_counts_not_what_a_new_calendar_says_of_the_past() -> None:
    days = Days(CutOff("17:00"))
    days.pay()
    days.now = NOW + HOUR
    plan = SchemeCalendar(cut_offs=(CutOff("12:30"),))
    assert days.do(SetCalendar(plan)).receipts[0].fault is None
    assert (days.window(2), days.day.next_cut) == (None, NOON + DAY)
    days.wake(EVENING)
    assert days.window(2) is None
    days.do(SetCalendar(SchemeCalendar(removed=True)))
    days.resident.drop(days.get(SchemeCalendar, CALENDAR))
    assert days.day.next_cut == EVENING + DAY


def test_settlements_are_made_when_the_nets_are_known_and_once() -> None:
    days = Days(CutOff("17:00", models=("NET",)))
    days.pay()
    days.wake(EVENING)
    assert days.get(Settlement, 1) is None
    days.nets(1)
    settlement = days.get(Settlement, 1)
    assert (settlement.model, settlement.reason, settlement.windows) == ("NET", "cut-off 17:00", (1,))
    assert days.window(1).state.value == "PENDING_SETTLEMENT"
    days.nets(1)
    assert (days.get(Settlement, 2), days.day.awaited) == (None, ())


def test_an_empty_cut_off_waits_for_the_nets_of_the_one_before() -> None:
    days = Days(CutOff("16:59"), CutOff("17:00", models=("NET",)))
    days.pay()
    days.wake(EVENING - timedelta(minutes=1))
    days.wake(EVENING)
    assert (days.get(Settlement, 1), days.window(3), days.window(1).state.value) == (None, None, "PROCESSING")
    days.nets(1)
    assert days.get(Settlement, 1).windows == (1,)
    assert days.day.awaited == ()
    days.wake(EVENING + DAY)
    assert days.get(Settlement, 2) is None


def test_a_cut_off_of_some_currencies_settles_only_those() -> None:
    days = Days(CutOff("12:30", ("EUR",), ("NET",)), CutOff("17:00", ("USD",), ("NET",)))
    days.pay()
    days.wake(NOON)
    days.nets(1)
    assert (days.get(Settlement, 1), days.window(1).state.value) == (None, "CLOSED")
    days.wake(EVENING)
    # nothing came since, so nothing is closed; what is left of the window before is settled
    assert days.get(Settlement, 1).windows == (1,)


def test_models_that_are_gone_or_settle_at_once_are_passed_over() -> None:
    days = Days(CutOff("17:00", models=("NONE", "GROSS")))
    days.resident.put(SettlementModel("GROSS", "GROSS", "BILATERAL", "IMMEDIATE", "EUR"))
    days.pay()
    days.wake(EVENING)
    days.nets(1)
    assert (days.get(Settlement, 1), days.window(1).state.value) == (None, "CLOSED")


def _subscribe(days, *reports) -> None:
    bank = days.get(Participant, CREDITOR)
    days.change(bank, iso=IsoProfile(bic="BANKGB22", callback_url="http://b", reports=reports))


def test_who_wants_reports_at_the_close_gets_them_numbered_and_without_gap() -> None:
    days = Days(CutOff("12:30"), CutOff("17:00"))
    _subscribe(days, "camt.052")
    days.pay()
    days.wake(NOON)
    days.pay()
    days.do(CloseWindow(2, "by hand"))
    first, second = days.asked
    assert first == ReportAsked(
        CREDITOR, ReportKind.INTRADAY, (9, 10), since=NOW, until=NOON + MOMENT, numbered={"9": 1, "10": 1}, window=1,
        closings={"9": 0, "10": 0},
    )  # fmt: skip
    assert (second.since, second.until, second.numbered) == (first.until, days.now + MOMENT, {"9": 2, "10": 2})
    assert days.get(ReportCount, 9).number == 2


def test_a_window_is_cut_between_payments_of_one_batch() -> None:
    """What is booked before the close in its transaction is of the window and its time, what comes after is not."""
    days = Days()
    _subscribe(days, "camt.052")
    days.change(days.get(LedgerAccount, 8), credits_posted=10**9)
    commands: list[Command] = []
    for number in range(4):
        key = type(ID)(f"b51ec534-ee48-4575-b6a9-{number:012d}")
        answer = msgspec.structs.replace(accept(), transfer_id=key)
        commands += [bank_prepare(amount=10 + number, transfer_id=key), answer]
        commands += [CloseWindow(number, "now")] if number else []
    state = State(days.now, days.profile, days.resident)
    batch = run(state, STEPS["ledger"], [Parcel(command) for command in commands])
    asked = [event.body for event in batch.events if isinstance(event.body, ReportAsked)]
    assert ([one.window for one in asked], batch.now) == ([1, 2, 3], NOW + 3 * MOMENT)
    booked = [each for each in batch.entries if each.account == 9 and each.credits_posted]
    closing = 0
    for report in asked:
        within = [each for each in booked if report.since <= each.at < report.until]
        assert {each.window for each in within} == {report.window}
        closing += sum(each.credits_posted for each in within)
        assert report.closings["9"] == closing
    assert closing == 460_000


def test_banks_are_told_of_cut_offs_and_turns_if_the_calendar_says_so() -> None:
    days = Days(CutOff("17:00"), announces=True)
    days.wake(EVENING)
    days.wake(NOW.replace(hour=0) + DAY)
    told = [(event.receiver, event.body.event.code, event.body.event.parameters) for event in days.told]
    assert told == [
        (bank, code, (day,))
        for code, day in (("CUTO", "2026-01-15"), ("CLSG", "2026-01-15"), ("OPNG", "2026-01-16"))
        for bank in (BANK, CREDITOR)
    ]
    quiet = Days(CutOff("17:00"))
    quiet.wake(EVENING)
    assert quiet.told == []


def test_a_day_that_is_ended_by_hand_has_its_statement_at_once_and_the_next_one_begins() -> None:
    days = Days()
    days.pay()
    assert days.act("end", reason="early closing").notes == ("2026-01-15",)
    assert days.act("cutOff").fault is not None
    (due,) = [due for due, _ in deadlines([days.day])]
    days.wake(due)
    (statement,) = days.statements[1]
    assert (statement.day, statement.closing, statement.until) == ("2026-01-15", -100_000, due)
    past = days.do(WAKE) and days.day
    assert (past.day, past.since, past.until, past.state) == (
        "2026-01-16", due, datetime(2026, 1, 17, tzinfo=UTC), DayState.OPEN,
    )  # fmt: skip
    days.wake(datetime(2026, 1, 16, tzinfo=UTC))
    assert days.day.day == "2026-01-16"
    days.wake(datetime(2026, 1, 17, tzinfo=UTC))
    assert [each.number for each in days.statements[1]] == [1, 2]


def test_what_was_done_with_a_day_is_kept() -> None:
    days = Days(CutOff("17:00"))
    days.pay()
    days.wake(EVENING)
    days.act("open", reason="late payments")
    batch = days.wake(NOW.replace(hour=0) + DAY)
    (past,) = [put for put in batch.puts if isinstance(put, PastDay)]
    assert [(each.action.value, each.by.value, each.reason, each.window) for each in past.changes] == [
        ("cutOff", "calendar", "cut-off 17:00", 1),
        ("open", "operator", "late payments", None),
        ("end", "calendar", "end of 2026-01-15", None),
    ]
    assert not past.open


def test_a_day_waits_for_the_operator_where_it_does_not_open_itself() -> None:
    days = Days(CutOff("17:00"), opens_itself=False)
    days.wake(NOW.replace(hour=0) + DAY)
    assert days.day.state is DayState.PENDING
    days.pay()
    days.wake(EVENING + DAY)
    assert (days.day.state, days.window(1).reason) == (DayState.PENDING, "cut-off 17:00")
    assert [days.act(action).fault for action in ("start", "open")] == [None, None]
    assert days.day.state is DayState.OPEN


@pytest.mark.parametrize("action", list(DayAction))
@pytest.mark.parametrize("state", list(DayState))
def test_the_table_says_what_may_be_done(action: DayAction, state: DayState) -> None:
    days = Days()
    days.change(days.day, state=state)
    fault = days.act(action).fault
    assert (fault is None) is (state in TABLE[action])
    if fault is None and action is not DayAction.END:
        assert days.day.state is TABLE[action][state]
    if fault is not None:
        assert f"business day 2026-01-15 is {state}" in fault.description


def test_a_cut_off_by_hand_settles_the_models_it_is_given_or_those_of_the_calendar() -> None:
    days = Days(CutOff("17:00", models=("NET",)))
    days.pay()
    days.act("cutOff", reason="now")
    days.nets(1)
    assert (days.window(1).state.value, days.get(Settlement, 1).reason) == ("PENDING_SETTLEMENT", "now")
    days.pay()
    days.act("cutOff", models=())
    days.nets(2)
    assert (days.get(Settlement, 2), days.window(2).state.value) == (None, "CLOSED")


def test_a_calendar_with_mistakes_or_unknown_models_is_refused() -> None:
    days = Days()
    for plan in (SchemeCalendar(weekend=("X",)), SchemeCalendar(cut_offs=(CutOff("17:00", models=("NONE",)),))):
        assert days.do(SetCalendar(plan)).receipts[0].fault.name == "VALIDATION"
    assert days.get(SchemeCalendar, CALENDAR) is None


def test_the_end_of_a_day_and_bookings_decided_with_it_keep_statements_exact() -> None:
    days = Days()
    days.pay()
    days.act("end")
    days.pay()
    days.wake(days.day.until)
    days.pay()
    days.now += DAY
    days.wake(days.day.until)
    first, second = days.statements[1]
    assert (first.closing, second.opening, second.closing) == (-200_000, -200_000, -300_000)
    assert msgspec.structs.asdict(first)["until"] == second.since
