"""Business days: where each begins and ends, by the scheme's time zone and cut-off time. Every day is one."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

_DAY = timedelta(days=1)


class Calendar(msgspec.Struct, frozen=True):
    """`zone` is an IANA name, `cutoff` a local time (HH:MM). At midnight a business day is the calendar day.

    At any other time it is the day on which it ends: what comes after the cut-off belongs to the next.
    """

    zone: str = "UTC"
    cutoff: str = "00:00"

    def day_of(self, moment: datetime) -> date:
        """The business day that a moment belongs to."""
        local = moment.astimezone(ZoneInfo(self.zone))
        first = local.date() - _DAY
        # By the ends themselves, so that clocks which are changed leave no gap.
        return next(day for day in (first, first + _DAY, first + 2 * _DAY) if moment < self.end_of(day))

    def end_of(self, day: date) -> datetime:
        """When a business day ends, in UTC; the next begins then."""
        at = time.fromisoformat(self.cutoff)
        last = day + _DAY if at == time() else day
        return datetime.combine(last, at, ZoneInfo(self.zone)).astimezone(UTC)

    def begin_of(self, day: date) -> datetime:
        """When a business day begins, in UTC."""
        return self.end_of(day - _DAY)
