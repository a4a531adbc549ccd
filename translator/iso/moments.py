"""Dates and times of ISO 20022 messages: texts of the wire to UTC and back; without an offset they mean UTC."""

from datetime import UTC, date, datetime, time
from functools import lru_cache


def moment_in(text: str | None) -> datetime | None:
    """An ISODateTime in UTC; None for one that no calendar or clock here can hold (24:00, year 10000)."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is UTC:
            return moment
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def date_in(text: str | None) -> date | None:
    """An ISODate; an offset behind it changes nothing."""
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def time_on(day: date, text: str | None) -> datetime | None:
    """An ISOTime on that day, in UTC."""
    if not text:
        return None
    try:
        moment = datetime.combine(day, time.fromisoformat(text))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def moment_out(moment: datetime) -> str:
    """An ISODateTime in UTC with milliseconds; the same few are told by all messages of a commit."""
    there = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{there.isoformat('T', 'milliseconds')[:-6]}Z"  # without +00:00


def date_out(moment: datetime) -> str:
    """The ISODate of a moment in UTC."""
    there = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return there.date().isoformat()


def time_out(moment: datetime) -> str:
    """The ISOTime of a moment in UTC with milliseconds."""
    return moment_out(moment)[11:]
