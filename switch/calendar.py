"""Business days: where each begins and ends, by the scheme's zone, weekend and holidays; and its cut-offs. Pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from schemas.canonical.business_days import CutOff, Holiday, SchemeCalendar
from schemas.codes import currencies

WEEKDAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
CUT_OFFS_MAX: Final = 48
HOLIDAYS_MAX: Final = 1000
_DAY: Final = timedelta(days=1)
_FAR: Final = 800
"""Days that are looked at for the next business day: a calendar without one in them is refused."""
_BACK: Final = 31
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_YEARLY: Final = re.compile(r"[0-9]{2}-[0-9]{2}")


class Cut(msgspec.Struct, frozen=True):
    """One time of one business day at which the window is closed; `last`: no other follows on that day."""

    at: datetime
    day: date
    time: str
    offs: tuple[CutOff, ...]
    last: bool


class Calendar(msgspec.Struct, frozen=True):
    """`zone` is an IANA name, `cutoff` the local time (HH:MM) at which days end. At midnight it is the calendar day's.

    At any other time a business day is the one on which it ends: what comes later belongs to the next. What is booked
    on days that are none belongs to the next business day. `codes` are the scheme's codes of broadcasts, by word.
    """

    zone: str = "UTC"
    cutoff: str = "00:00"
    weekend: tuple[str, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    cut_offs: tuple[CutOff, ...] = ()
    opens_itself: bool = True
    announces: bool = False
    codes: Mapping[str, str] = {}

    def is_business_day(self, day: date) -> bool:
        """Whether it is neither weekend nor holiday."""
        if WEEKDAYS[day.weekday()] in self.weekend:
            return False
        once, yearly = day.isoformat(), f"{day:%m-%d}"
        return not any(each.date in (once, yearly) for each in self.holidays)

    def next_day(self, day: date) -> date:
        """The first business day after a day."""
        return next(self._from(day + _DAY))

    def day_of(self, moment: datetime) -> date:
        """The business day that a moment belongs to."""
        first = moment.astimezone(ZoneInfo(self.zone)).date() - _DAY
        # By the ends themselves, so that clocks which are changed leave no gap.
        return next(day for day in self._from(first) if moment < self.end_of(day))

    def end_of(self, day: date) -> datetime:
        """When a business day ends, in UTC; the next begins then."""
        at = time.fromisoformat(self.cutoff)
        last = day + _DAY if at == time() else day
        return datetime.combine(last, at, ZoneInfo(self.zone)).astimezone(UTC)

    def begin_of(self, day: date) -> datetime:
        """When a business day begins, in UTC: at the end of the business day before it."""
        return self.end_of(self.day_before(day))

    def day_before(self, day: date) -> date:
        """The last business day before a day."""
        return next(each for back in range(1, _FAR) if self.is_business_day(each := day - back * _DAY))

    def next_cut(self, after: datetime) -> Cut | None:
        """The first cut-off later than a moment; None if there are none at all."""
        if not self.cut_offs:
            return None
        first = after.astimezone(ZoneInfo(self.zone)).date() - _DAY
        return next(cut for day in self._from(first) for cut in self._of_day(day) if cut.at > after)

    def cuts(self, since: datetime, until: datetime) -> list[Cut]:
        """The cut-offs from one moment to another, both of them included, of at most the last 31 days."""
        if not self.cut_offs:
            return []
        zone = ZoneInfo(self.zone)
        last = until.astimezone(zone).date()
        day = max(since.astimezone(zone).date(), last - _BACK * _DAY)
        found: list[Cut] = []
        while day <= last:
            if self.is_business_day(day):
                found += [cut for cut in self._of_day(day) if since <= cut.at <= until]
            day += _DAY
        return found

    def _from(self, day: date) -> Iterator[date]:
        """Business days in their order, that day first if it is one."""
        return (each for ahead in range(_FAR) if self.is_business_day(each := day + ahead * _DAY))

    def _of_day(self, day: date) -> list[Cut]:
        """By the moments they come at: where clocks are put forward, two times can be one moment, or change places."""
        zone, found = ZoneInfo(self.zone), dict[datetime, list[CutOff]]()
        for each in sorted(self.cut_offs, key=lambda each: each.time):
            at = datetime.combine(day, time.fromisoformat(each.time), zone).astimezone(UTC)
            found.setdefault(at, []).append(each)
        last = max(found, default=None)
        return [
            Cut(at, day, " and ".join(dict.fromkeys(each.time for each in found[at])), tuple(found[at]), at == last)
            for at in sorted(found)
        ]


def planned(plan: SchemeCalendar, codes: Mapping[str, str]) -> Calendar:
    """The calendar that a scheme's plan makes."""
    return Calendar(
        plan.zone, plan.day_end, plan.weekend, plan.holidays, plan.cut_offs, plan.opens_itself, plan.announces, codes
    )  # fmt: skip


def wrong(plan: SchemeCalendar) -> Iterator[str]:
    """What is wrong in a plan, in words for its author."""
    try:
        ZoneInfo(plan.zone)
    except (OSError, ValueError, KeyError):
        yield f"zone: {plan.zone[:40]} is no time zone"
    if not _CLOCK.fullmatch(plan.day_end):
        yield f"dayEnd: {plan.day_end[:10]} is no time HH:MM"
    strange = [each for each in plan.weekend if each not in WEEKDAYS]
    if strange:
        yield f"weekend: {strange[0][:10]} is none of {', '.join(WEEKDAYS)}"
    if set(WEEKDAYS) <= set(plan.weekend):
        yield "weekend: some day must be a business day"
    if len(plan.holidays) > HOLIDAYS_MAX or len(plan.cut_offs) > CUT_OFFS_MAX:
        yield f"at most {HOLIDAYS_MAX} holidays and {CUT_OFFS_MAX} cut-offs"
        return
    for holiday in plan.holidays:
        if not _is_date(holiday.date):
            yield f"holidays: {holiday.date[:12]} is neither a day YYYY-MM-DD nor MM-DD"
    for cut in plan.cut_offs:
        if not _CLOCK.fullmatch(cut.time):
            yield f"cutOffs: {cut.time[:10]} is no time HH:MM"
        unknown = [code for code in cut.currencies if currencies.minor_units(code) is None]
        if unknown:
            yield f"cutOffs: {unknown[0][:8]} is no currency"
        if cut.currencies and not cut.models:
            yield f"cutOffs: {cut.time[:10]}: currencies need models; a window is closed for all of them"


def _is_date(text: str) -> bool:
    try:
        # 2000 had a 29 February.
        return date.fromisoformat(f"2000-{text}" if _YEARLY.fullmatch(text) else text).isoformat().endswith(text)
    except ValueError:
        return False
