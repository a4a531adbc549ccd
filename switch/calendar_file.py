"""The calendar that the settings give a hub: a TOML file, or days without any weekend and holiday."""

import tomllib

import msgspec

from schemas.canonical.business_days import CutOff, Holiday, SchemeCalendar
from switch.calendar import Calendar, planned, wrong
from switch.config import ConfigError, Settings
from switch.scheme_rules import codes_of


class _CutOff(msgspec.Struct, forbid_unknown_fields=True):
    """One of `[[cut_offs]]`."""

    time: str
    currencies: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class _Holiday(msgspec.Struct, forbid_unknown_fields=True):
    """One of `[[holidays]]`."""

    date: str
    name: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file; what it leaves out is as the other settings say."""

    zone: str | None = None
    day_end: str | None = None
    weekend: tuple[str, ...] = ()
    holidays: tuple[_Holiday, ...] = ()
    cut_offs: tuple[_CutOff, ...] = ()
    opens_itself: bool = True
    announces: bool = True


def calendar_in(settings: Settings) -> Calendar:
    """The calendar of the settings; ConfigError says what is wrong in its file."""
    codes = codes_of(settings).broadcasts
    file = settings.business_calendar
    if file is None:
        return Calendar(settings.business_day_zone, settings.business_day_cutoff, codes=codes)
    try:
        plan = read_plan(file.read_text(encoding="utf-8"), settings.business_day_zone, settings.business_day_cutoff)
    except (OSError, ValueError) as error:
        raise ConfigError(f"business_calendar: {file}: {error}") from error
    return planned(plan, codes)


def read_plan(text: str, zone: str = "UTC", day_end: str = "00:00") -> SchemeCalendar:
    """The plan in a TOML text; ValueError says what is wrong in it."""
    given = msgspec.convert(tomllib.loads(text), _File)
    plan = SchemeCalendar(
        given.zone or zone, given.day_end or day_end, given.weekend,
        tuple(Holiday(each.date, each.name) for each in given.holidays),
        tuple(CutOff(each.time, each.currencies, each.models) for each in given.cut_offs),
        given.opens_itself, given.announces,
    )  # fmt: skip
    mistakes = list(wrong(plan))
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return plan
