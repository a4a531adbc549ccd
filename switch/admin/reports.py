"""Operator routes for reports: what was booked on an account, and the thresholds of its balance."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from schemas.canonical.faults import fault
from schemas.canonical.participants import LedgerAccount
from schemas.canonical.reporting import SetThresholds
from schemas.canonical.reporting_events import ReportAsked, ReportTold
from schemas.canonical.reporting_records import BUSINESS_DAY, BusinessDay, Threshold
from schemas.canonical.reports import Report, ReportKind
from switch.admin import business_days, named_reports
from switch.admin.desk import Desk, RefusalError, answer, body_of, money, number
from switch.admin.openapi import Number, tells
from switch.admin.report_forms import as_csv, as_json
from switch.bookings import reported
from switch.calendar import Calendar
from switch.senders.reports import ReportMaker

_CSV = "text/csv"
_SETTLED = timedelta(seconds=1)


class Thresholds(msgspec.Struct, forbid_unknown_fields=True):
    """Floor and ceiling of a balance as its owner sees it (negative: owed); null: none."""

    floor: Decimal | None = None
    ceiling: Decimal | None = None


class ThresholdsShown(msgspec.Struct, rename="camel"):
    """Thresholds, and whether the balance is beyond one of them now."""

    floor: Decimal | None
    ceiling: Decimal | None
    below_floor: bool
    above_ceiling: bool


def router(desk: Desk, maker: ReportMaker, calendar: Calendar) -> APIRouter:
    """The routes under /participants/{name}/accounts/{account} that concern reports, and those of business days."""
    routes = APIRouter(tags=["reports"])
    business_days.add(routes, desk, calendar)
    named_reports.add(routes, desk, maker.named)

    @routes.get("/participants/{name}/accounts/{account}/report")
    async def report(
        name: str,
        account: Number,
        kind: ReportKind = ReportKind.INTRADAY,
        since: Annotated[date | datetime | None, Query(alias="from")] = None,
        until: Annotated[date | datetime | None, Query(alias="to")] = None,
        accept: Annotated[str, Header()] = "",
    ) -> Response:
        """What was booked on an account, as JSON or (Accept: text/csv) as CSV; the same data as in camt.05x.

        kind=053: the statements of the business days from and to; else what was booked from and to these times.
        """
        owned = await _account(desk, name, account)
        pages = _pages(maker, await _asked(desk, maker, owned, kind, since, until), owned)
        if _CSV in accept:
            return StreamingResponse(as_csv(pages), media_type=_CSV)
        return StreamingResponse(as_json(pages), media_type="application/json")

    @routes.put("/participants/{name}/accounts/{account}/thresholds")
    @tells(200, ThresholdsShown, body=Thresholds)
    async def set_thresholds(name: str, account: Number, request: Request) -> Response:
        """Set floor and ceiling of an account's balance; its owner is told once when the balance passes one."""
        body = await body_of(request, Thresholds)
        owned = await _account(desk, name, account)
        floor, ceiling = (_units(value, owned.currency) for value in (body.floor, body.ceiling))
        await desk.do(SetThresholds(owned.owner, owned.id, floor, ceiling))
        return await thresholds(name, account)

    @routes.get("/participants/{name}/accounts/{account}/thresholds")
    @tells(200, ThresholdsShown)
    async def thresholds(name: str, account: Number) -> Response:
        """Floor and ceiling of an account's balance."""
        owned = await _account(desk, name, account)
        found: Threshold = await desk.store.record(Threshold, str(owned.id)) or Threshold(owned.id)
        floor, ceiling = (None if units is None else number(units) for units in (found.floor, found.ceiling))
        return answer(ThresholdsShown(floor, ceiling, found.below, found.above))

    return routes


async def _account(desk: Desk, name: str, account: int) -> LedgerAccount:
    owner = (await desk.participant(name)).name
    found = next((each for each in await desk.accounts(owner) if each.id == account), None)
    if found is None:
        raise RefusalError(fault("ID_NOT_FOUND", "Account not found"))
    return found


def _units(value: Decimal | None, currency: str) -> int | None:
    """Units of a balance, which may be negative."""
    if value is None:
        return None
    units = money(abs(value), currency).units
    return -units if value < 0 else units


async def _asked(
    desk: Desk, maker: ReportMaker, account: LedgerAccount, kind: ReportKind, since: Any, until: Any
) -> ReportAsked:
    """The question that the maker is asked; nothing is numbered by it."""
    if kind is ReportKind.DAY:
        first, last = (_day(each) for each in (since, until))
        days = (first or "", last) if first or last else ("", None)
        return ReportAsked(account.owner, kind, (account.id,), days=days)
    day: BusinessDay | None = await desk.store.record(BusinessDay, BUSINESS_DAY)
    now = await maker.books.now() or desk.clock()
    begin = _moment(since) or (day.since if day is not None else account.created) or now
    whole_day = until is not None and not isinstance(until, datetime)
    end = min((_moment(until) or now) + timedelta(days=whole_day), now)
    return ReportAsked(account.owner, kind, (account.id,), since=begin, until=max(begin, end))


def _day(value: datetime | date | None) -> str | None:
    return None if value is None else (value.date() if isinstance(value, datetime) else value).isoformat()


def _moment(value: datetime | date | None) -> datetime | None:
    """A moment; a day stands for its beginning in UTC."""
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


async def _pages(maker: ReportMaker, asked: ReportAsked, account: LedgerAccount) -> AsyncIterator[Report]:
    """Page by page, so that a long report is never in memory as a whole."""
    told = await maker.reports(asked)
    for cut in told.cuts:
        for page in cut.pages:
            cap = account.cap if cut.day is None else cut.cap
            yield await maker.whole(
                ReportTold(
                    asked.kind, reported(account), cut.since, cut.until, page, cut.totals, cut.number, cut.day,
                    cut.value, cap,
                )
            )  # fmt: skip
