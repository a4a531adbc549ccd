"""Operator routes for business days: the calendar in force, the day the hub is in, and what is done with it."""

import asyncio
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Request, Response
from msgspec import Meta

from schemas.canonical.business_days import (
    CALENDAR,
    CutOff,
    DayAction,
    DayChange,
    DayState,
    Holiday,
    SchemeCalendar,
    SetCalendar,
    TurnDay,
)
from schemas.canonical.faults import fault
from schemas.canonical.reporting_records import BUSINESS_DAY, BusinessDay, PastDay
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant
from switch.admin.openapi import tells
from switch.business_days import TABLE
from switch.calendar import Calendar, planned, wrong

_SHOWN: Final = 500
_AHEAD: Final = 10
_TRIES: Final = 100
_PAUSE_S: Final = 0.02
_DAY: Final = timedelta(days=1)
Code = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Reason = Annotated[str, Meta(max_length=500)]


class CutOffBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A local time HH:MM; `models` are settled then, of these currencies or of all."""

    time: str
    currencies: tuple[Code, ...] = ()
    models: tuple[Name, ...] = ()


class HolidayBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """YYYY-MM-DD for once, MM-DD for every year."""

    date: str
    name: Annotated[str, Meta(max_length=128)] = ""


class CalendarBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """PUT /calendar: the whole calendar."""

    zone: str = "UTC"
    day_end: str = "00:00"
    weekend: tuple[str, ...] = ()
    holidays: tuple[HolidayBody, ...] = ()
    cut_offs: tuple[CutOffBody, ...] = ()
    opens_itself: bool = True
    announces: bool = True


class CutShown(msgspec.Struct, rename="camel"):
    """A cut-off to come."""

    at: str | None
    day: str
    time: str


class CalendarShown(CalendarBody, rename="camel"):
    """The calendar in force, whose it is, and what follows from it: days and cut-offs to come."""

    source: str = "settings"
    next_days: tuple[str, ...] = ()
    next_cut_offs: tuple[CutShown, ...] = ()


class ChangeShown(msgspec.Struct, rename="camel"):
    """Something that was done with a day."""

    action: str
    state: str
    at: str | None
    by: str
    reason: str
    window: int | None = None


class DayShown(msgspec.Struct, rename="camel"):
    """A business day; `possible` are the actions that its state allows."""

    day: str
    state: str
    since: str | None
    until: str | None
    next_cut_off: str | None = None
    possible: tuple[str, ...] = ()
    history: tuple[ChangeShown, ...] = ()


class TurnBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /businessDays. A cut-off settles `models`; without them those that the calendar's cut-offs name."""

    action: DayAction
    reason: Reason = ""
    models: tuple[Name, ...] | None = None
    currencies: tuple[Code, ...] = ()


def add(routes: APIRouter, desk: Desk, settings: Calendar) -> None:
    """Add the routes; `settings` is the calendar that holds while the operator has put none."""

    @routes.get("/calendar")
    @tells(200, CalendarShown)
    async def calendar() -> Response:
        """The calendar in force, with the business days and cut-offs that come next."""
        plan: SchemeCalendar | None = await desk.store.record(SchemeCalendar, CALENDAR)
        return answer(_calendar(plan, settings, desk.clock()))

    @routes.put("/calendar")
    @tells(200, CalendarShown, body=CalendarBody)
    async def set_calendar(request: Request) -> Response:
        """Put a calendar in force: cut-offs hold from now on, ends of days from the next one on."""
        body = await body_of(request, CalendarBody)
        plan = SchemeCalendar(
            body.zone, body.day_end, body.weekend, tuple(Holiday(each.date, each.name) for each in body.holidays),
            tuple(CutOff(each.time, each.currencies, each.models) for each in body.cut_offs), body.opens_itself,
            body.announces,
        )  # fmt: skip
        for mistake in wrong(plan):
            raise RefusalError(fault("VALIDATION", mistake))
        await desk.do(SetCalendar(plan))
        return await calendar()

    @routes.delete("/calendar")
    @tells(200, CalendarShown)
    async def remove_calendar() -> Response:
        """Go back to the calendar of the settings."""
        await desk.do(SetCalendar(SchemeCalendar(removed=True)))
        return await calendar()

    @routes.get("/businessDays")
    @tells(200, list[DayShown])
    async def days(
        since: Annotated[date | None, Query(alias="from")] = None,
        until: Annotated[date | None, Query(alias="to")] = None,
    ) -> Response:
        """Business days with all that was done with them, the newest first, the one the hub is in among them."""
        found = await _days(desk)
        wanted = [
            day for day in found
            if (since is None or day.day >= since.isoformat()) and (until is None or day.day <= until.isoformat())
        ]  # fmt: skip
        return answer(wanted[:_SHOWN])

    @routes.get("/businessDays/{day}")
    @tells(200, DayShown)
    async def one_day(day: str) -> Response:
        """One business day, or `current`."""
        for found in await _days(desk):
            if day == found.day or (day == "current" and found.state != DayState.ENDED):
                return answer(found)
        raise RefusalError(fault("ID_NOT_FOUND", f"there is no business day {day[:20]}"))

    @routes.post("/businessDays")
    @tells(200, DayShown, body=TurnBody)
    async def turn(request: Request) -> Response:
        """Start or open the business day, do a cut-off now, or end it: the answer is that day."""
        body = await body_of(request, TurnBody)
        receipt = await desk.do(TurnDay(body.action, body.reason, body.models, body.currencies))
        (day,) = receipt.notes
        for _ in range(_TRIES):
            found = await one(day)
            if body.action is not DayAction.END or found.state == DayState.ENDED:
                return answer(found)
            # Its end is decided; statements are written right behind it.
            await asyncio.sleep(_PAUSE_S)
        return answer(await one(day), 202)

    async def one(day: str) -> DayShown:
        return next(found for found in await _days(desk) if found.day == day)


async def _days(desk: Desk) -> list[DayShown]:
    current: BusinessDay | None = await desk.store.record(BusinessDay, BUSINESS_DAY)
    past = sorted(await desk.records(PastDay), key=lambda each: each.day, reverse=True)
    shown = [] if current is None else [_current(current)]
    return shown + [
        DayShown(each.day, DayState.ENDED, instant(each.since), instant(each.until), history=_history(each.changes))
        for each in past
    ]


def _current(day: BusinessDay) -> DayShown:
    possible = [] if day.ending else [action.value for action, states in TABLE.items() if day.state in states]
    return DayShown(
        day.day, day.state.value, instant(day.since), instant(day.until), instant(day.next_cut), tuple(possible),
        _history(day.changes),
    )  # fmt: skip


def _history(changes: Iterable[DayChange]) -> tuple[ChangeShown, ...]:
    return tuple(
        ChangeShown(each.action, each.state, instant(each.at), each.by, each.reason, each.window) for each in changes
    )


def _calendar(plan: SchemeCalendar | None, settings: Calendar, now: datetime) -> CalendarShown:
    own = plan is not None and not plan.removed
    used = planned(plan, settings.codes) if plan is not None and own else settings
    day, days = used.day_of(now), list[str]()
    cuts, moment = list[CutShown](), now
    for _ in range(_AHEAD):
        days.append(day.isoformat())
        day = used.next_day(day)
        following = used.next_cut(moment)
        if following is not None:
            cuts.append(CutShown(instant(following.at), following.day.isoformat(), following.time))
            moment = following.at
    return CalendarShown(
        used.zone, used.cutoff, used.weekend, tuple(HolidayBody(each.date, each.name) for each in used.holidays),
        tuple(CutOffBody(each.time, each.currencies, each.models) for each in used.cut_offs), used.opens_itself,
        used.announces, "operator" if own else "settings", tuple(days), tuple(cuts),
    )  # fmt: skip
