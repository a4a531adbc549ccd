"""Calendars: weekends, holidays and cut-offs in any zone, over changes of the clocks, and what is wrong in one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical.business_days import CutOff, Holiday, SchemeCalendar
from switch.calendar import Calendar, wrong
from switch.calendar_file import read_plan

DAY = timedelta(days=1)
NAIROBI = Calendar(
    "Africa/Nairobi", "17:00", ("SAT", "SUN"), (Holiday("2026-11-24", "once"), Holiday("12-25", "every year")),
    (CutOff("12:00"), CutOff("17:00")),
)  # fmt: skip
ANY = st.builds(
    Calendar,
    zone=st.sampled_from(("UTC", "Africa/Nairobi", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati")),
    cutoff=st.sampled_from(("00:00", "02:30", "17:00", "23:59")),
    weekend=st.sampled_from(((), ("SAT", "SUN"), ("FRI", "SAT"), ("SUN",))),
    holidays=st.sampled_from(((), (Holiday("12-25"), Holiday("12-26")), (Holiday("2026-03-29"), Holiday("02-29")))),
    cut_offs=st.sampled_from(((CutOff("02:30"),), (CutOff("00:00"), CutOff("12:00")), (CutOff("23:59"),))),
)
# hypothesis draws moments without zone and adds it
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(calendar=ANY, moment=MOMENTS)
def test_every_moment_is_in_one_business_day(calendar: Calendar, moment: datetime) -> None:
    day = calendar.day_of(moment)
    assert calendar.is_business_day(day)
    assert calendar.begin_of(day) <= moment < calendar.end_of(day)
    assert calendar.begin_of(calendar.next_day(day)) == calendar.end_of(day)
    assert calendar.day_before(calendar.next_day(day)) == day


@given(calendar=ANY, moment=MOMENTS)
def test_the_next_cut_off_is_the_first_of_those_to_come(calendar: Calendar, moment: datetime) -> None:
    found = calendar.next_cut(moment)
    assert found is not None and found.at > moment and calendar.is_business_day(found.day)
    assert calendar.cuts(moment + timedelta(microseconds=1), found.at)[:1] == [found]
    assert calendar.cuts(moment + timedelta(microseconds=1), found.at - timedelta(microseconds=1)) == []


def test_weekends_and_holidays_belong_to_the_next_business_day() -> None:
    friday, monday = date(2026, 11, 20), date(2026, 11, 23)
    assert NAIROBI.day_of(datetime(2026, 11, 20, 13, 59, tzinfo=UTC)) == friday
    assert NAIROBI.day_of(datetime(2026, 11, 20, 14, tzinfo=UTC)) == monday
    assert NAIROBI.day_of(datetime(2026, 11, 22, 9, tzinfo=UTC)) == monday
    assert NAIROBI.next_day(monday) == date(2026, 11, 25)
    assert [NAIROBI.is_business_day(date(year, 12, 25)) for year in (2026, 2028)] == [False, False]
    assert [NAIROBI.is_business_day(date(year, 11, 24)) for year in (2026, 2027)] == [False, True]


def test_cut_offs_of_a_day_know_which_is_the_last() -> None:
    first = NAIROBI.next_cut(datetime(2026, 11, 20, 8, tzinfo=UTC))
    assert first is not None
    last = NAIROBI.next_cut(first.at)
    assert last is not None
    cuts = [(each.at.hour, each.time, each.last) for each in (first, last)]
    assert cuts == [(9, "12:00", False), (14, "17:00", True)]
    following = NAIROBI.next_cut(last.at)
    assert following is not None and following.day == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        (date(2026, 3, 28), "02:30", "01:30"),
        # 02:30 does not exist that night: the clock shows 03:30
        (date(2026, 3, 29), "02:30", "01:30"),
        (date(2026, 3, 30), "02:30", "00:30"),
        # it comes twice that night: the first counts
        (date(2026, 10, 25), "02:30", "00:30"),
        (date(2026, 10, 26), "02:30", "01:30"),
        (date(2026, 3, 29), "17:00", "15:00"),
        (date(2026, 10, 25), "17:00", "16:00"),
    ],
)
def test_each_cut_off_comes_once_when_clocks_are_changed(day: date, clock: str, utc: str) -> None:
    calendar = Calendar("Europe/Berlin", cut_offs=(CutOff(clock),))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = [each for each in calendar.cuts(midnight - DAY, midnight + DAY) if each.day == day]
    assert [f"{each.at:%H:%M}" for each in found] == [utc]


GAPS = (
    ("Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC)), ("America/New_York", datetime(2026, 3, 7, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, tzinfo=UTC)), ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC)), ("Asia/Kolkata", datetime(2026, 3, 28, tzinfo=UTC)),
)  # fmt: skip
CLOCKS = st.lists(st.times().map(lambda clock: f"{clock.hour % 5:02d}:{clock.minute // 15 * 15:02d}"), min_size=1,
                  max_size=8, unique=True)  # fmt: skip


@given(gap=st.sampled_from(GAPS), clocks=CLOCKS)
def test_no_cut_off_is_passed_over_when_clocks_are_changed(gap: tuple[str, datetime], clocks: list[str]) -> None:
    zone, since = gap
    calendar = Calendar(zone, cut_offs=tuple(CutOff(clock) for clock in clocks))
    walked, at = [], since
    while (cut := calendar.next_cut(at)) is not None and cut.at < since + 3 * DAY:
        assert cut.at > at
        walked.append(cut)
        at = cut.at
    assert walked == calendar.cuts(since + timedelta(microseconds=1), at)
    by_day: dict[date, list[str]] = {}
    for cut in walked:
        by_day.setdefault(cut.day, []).extend(off.time for off in cut.offs)
    assert all(sorted(found) == sorted(clocks) for found in list(by_day.values())[1:-1])
    for day in list(by_day)[1:-1]:
        assert [cut.last for cut in walked if cut.day == day][-1:] == [True]
        assert sum(cut.last for cut in walked if cut.day == day) == 1


def test_two_times_that_are_one_moment_are_one_cut_off() -> None:
    calendar = Calendar("Europe/Berlin", cut_offs=(CutOff("02:30", (), ("A",)), CutOff("03:30", (), ("B",))))
    night = calendar.cuts(datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC))
    assert [(each.time, len(each.offs), each.last) for each in night] == [("02:30 and 03:30", 2, True)]
    calendar = Calendar("Europe/Berlin", cut_offs=(CutOff("02:45"), CutOff("03:15")))
    night = calendar.cuts(datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC))
    assert [(each.time, each.last) for each in night] == [("03:15", False), ("02:45", True)]


def test_without_cut_offs_nothing_is_due() -> None:
    assert Calendar().next_cut(datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert Calendar().cuts(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)) == []


def test_a_long_absence_looks_back_a_month() -> None:
    calendar = Calendar(cut_offs=(CutOff("12:00"),))
    found = calendar.cuts(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 13, tzinfo=UTC))
    assert (len(found), found[-1].at) == (32, datetime(2026, 1, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (SchemeCalendar("Mars/Base"), "zone: Mars/Base is no time zone"),
        (SchemeCalendar(day_end="24:00"), "dayEnd: 24:00 is no time"),
        (SchemeCalendar(weekend=("Sunday",)), "weekend: Sunday is none of"),
        (SchemeCalendar(weekend=("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")), "some day must be"),
        (SchemeCalendar(holidays=(Holiday("2026-02-29"),)), "holidays: 2026-02-29 is neither"),
        (SchemeCalendar(holidays=(Holiday("13-01"),)), "holidays: 13-01 is neither"),
        (SchemeCalendar(holidays=(Holiday("20261224"),)), "holidays: 20261224 is neither"),
        (SchemeCalendar(cut_offs=(CutOff("5pm"),)), "cutOffs: 5pm is no time"),
        (SchemeCalendar(cut_offs=(CutOff("17:00", ("ZZZ",), ("NET",)),)), "ZZZ is no currency"),
        (SchemeCalendar(cut_offs=(CutOff("17:00", ("USD",)),)), "currencies need models"),
    ],
)
def test_what_is_wrong_in_a_calendar_is_told(plan: SchemeCalendar, words: str) -> None:
    assert words in "; ".join(wrong(plan))


def test_a_calendar_file_is_read_with_what_the_settings_say_besides() -> None:
    text = """
    weekend = ["SAT", "SUN"]
    [[holidays]]
    date = "02-29"
    [[cut_offs]]
    time = "17:00"
    currencies = ["USD"]
    models = ["NET"]
    """
    plan = read_plan(text, "Europe/Berlin", "18:00")
    assert plan == SchemeCalendar(
        "Europe/Berlin", "18:00", ("SAT", "SUN"), (Holiday("02-29"),), (CutOff("17:00", ("USD",), ("NET",)),)
    )


@pytest.mark.parametrize("text", ["weekends = []", "weekend = 5", "zone = 'Mars'", "[[cut_offs]]\nat = '17:00'", "="])
def test_a_wrong_calendar_file_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_plan(text)
