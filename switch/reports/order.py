"""What may be asked of a report, and what is wrong in a question: limits, what it needs, who asks."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from switch.reports.catalog import REPORTS
from switch.reports.dataset import DAYS_MAX, Audience, Definition, Scope, Wanted

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_NAMES: Final = frozenset({"from", "to", "settlement", "window", "participant", "currency", "format", "page"})
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


class Format(StrEnum):
    """How a report is written."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"


class OrderError(ValueError):
    """A question that cannot be answered; `status` is its HTTP status."""

    def __init__(self, text: str, status: int = 400) -> None:
        """Say what to do instead."""
        super().__init__(text)
        self.status = status


class Order(msgspec.Struct, frozen=True):
    """A report as it is asked for; `own`: by a participant, which sees nothing but its own."""

    definition: Definition
    wanted: Wanted
    format: Format = Format.JSON
    page: int = 1
    own: bool = False


def read(name: str, given: Mapping[str, str], now: datetime, own: str | None = None) -> Order:
    """The order in the parameters of a request; `own` is the participant who asks. Raises OrderError."""
    definition = REPORTS.get(name)
    if definition is None or (own is not None and definition.audience is not Audience.PARTICIPANTS):
        known = [each.name for each in REPORTS.values() if own is None or each.audience is Audience.PARTICIPANTS]
        raise OrderError(f"there is no report {name[:40]}; there are {', '.join(known)}", 404)
    unknown = sorted(given.keys() - _NAMES)
    if unknown:
        raise OrderError(f"{unknown[0][:40]} is no parameter; there are {', '.join(sorted(_NAMES))}")
    participant = given.get("participant") or None
    if own is not None and participant not in (None, own):
        raise OrderError(f"participant {participant[:40] if participant else ''}: others' reports are not yours", 403)
    currency = given.get("currency") or None
    if currency is not None and not _CURRENCY.fullmatch(currency):
        raise OrderError(f"currency: {currency[:8]} is no code of three letters")
    since, until = _period(definition, given, now)
    wanted = Wanted(
        _whole(given, "settlement"), _whole(given, "window"), own or participant, currency, since, until
    )  # fmt: skip
    _complete(definition, wanted)
    try:
        form = Format(given.get("format") or Format.JSON)
    except ValueError:
        raise OrderError(f"format: {given['format'][:10]} is none of {', '.join(Format)}") from None
    return Order(definition, wanted, form, _whole(given, "page") or 1, own is not None)


def _whole(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name)
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise OrderError(f"{name}: {text[:20]} is no number from 1 on")
    return int(text)


def _complete(definition: Definition, wanted: Wanted) -> None:
    if definition.scope is Scope.SETTLEMENT and wanted.settlement is None:
        raise OrderError(f"{definition.name} is of one settlement: say which with settlement=")
    if definition.needs_participant and wanted.participant is None:
        raise OrderError(f"{definition.name} is of one participant: say whose with participant=")


def _period(
    definition: Definition, given: Mapping[str, str], now: datetime
) -> tuple[datetime | None, datetime | None]:
    """From when to when; without both the last day. A report of one window or settlement needs no time."""
    wants = definition.scope is Scope.PERIOD or (definition.scope is Scope.WINDOWS and not given.get("window"))
    if not wants:
        return None, None
    until = _moment(given, "to", end=True) or now
    since = _moment(given, "from", end=False) or until - timedelta(days=1)
    if since >= until:
        raise OrderError("from must be before to")
    if until - since > timedelta(days=DAYS_MAX):
        raise OrderError(f"from and to are more than {DAYS_MAX} days apart: ask for less at once")
    return since, until


def _moment(given: Mapping[str, str], name: str, *, end: bool) -> datetime | None:
    """A moment (UTC if it says nothing else); a day stands for its begin, or as an end for the begin of the next."""
    text = (given.get(name) or "").replace(" ", "+")
    if not text:
        return None
    try:
        if len(text) == len("2026-11-20"):
            return datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=end)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise OrderError(f"{name}: {text[:40]} is neither a day YYYY-MM-DD nor a time YYYY-MM-DDTHH:MM:SS") from None
