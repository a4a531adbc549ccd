"""How long a scheme lets its members recall, and how long it waits for their answers: data, read from JSON. Pure.

Shipped are the times of credit transfers between banks in Europe (EPC rulebooks, recalls and requests for recall):
10 working days for a payment sent twice or by a technical error, 13 months for the rest, 15 working days to answer.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

_Count = Annotated[int, Meta(ge=0, le=100_000)]
_SATURDAY: Final = 5
_MONTHS: Final = 12


class RecallRulesError(ValueError):
    """The file is not as it must be; the message says where."""


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """A length of time; its parts add up."""

    months: _Count = 0
    business_days: _Count = 0
    days: _Count = 0
    seconds: _Count = 0


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """For these reasons (none: any other) a payment may be recalled that long after it was committed."""

    within: Span
    reasons: tuple[str, ...] = ()


class RecallRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """`windows` in order, the first that knows the reason counts; `holidays` are no business days, nor are weekends."""

    windows: tuple[Window, ...]
    answer: Span
    investigation: Span
    holidays: tuple[date, ...] = ()

    def latest(self, committed: datetime, reason: str | None) -> datetime:
        """Until when a payment may be recalled for that reason; without a rule for it, always."""
        for window in self.windows:
            if not window.reasons or reason in window.reasons:
                return after(committed, window.within, self.holidays)
        return datetime.max.replace(tzinfo=UTC)

    def due(self, opened: datetime, *, recalls: bool) -> datetime:
        """Until when a case must be answered: a recall, or any other."""
        return after(opened, self.answer if recalls else self.investigation, self.holidays)


def after(moment: datetime, span: Span, holidays: Iterable[date] = ()) -> datetime:
    """The moment that much later, in UTC; a month's last day stands for days that the month lacks."""
    found = moment.astimezone(UTC)
    if span.months:
        found = _months_later(found, span.months)
    free, left = frozenset(holidays), span.business_days
    while left:
        found += timedelta(days=1)
        left -= found.weekday() < _SATURDAY and found.date() not in free
    return found + timedelta(days=span.days, seconds=span.seconds)


def _months_later(moment: datetime, months: int) -> datetime:
    count = moment.year * _MONTHS + moment.month - 1 + months
    year, month = divmod(count, _MONTHS)
    for day in range(moment.day, 0, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise ValueError("a month has a first day")


SHIPPED: Final = RecallRules(
    (Window(Span(business_days=10), ("DUPL", "TECH")), Window(Span(months=13))),
    answer=Span(business_days=15),
    investigation=Span(business_days=15),
)
"""The rules of a scheme that has none of its own."""


def rules_in(text: bytes | None) -> RecallRules:
    """The rules of a JSON file, the shipped ones without a file; raises RecallRulesError."""
    if text is None:
        return SHIPPED
    try:
        return msgspec.json.decode(text, type=RecallRules)
    except msgspec.MsgspecError as error:
        raise RecallRulesError(f"recall_rules: {error}") from error
