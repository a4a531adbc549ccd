"""A report as data: columns with types, rows of exact values, and checks that hold or do not. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec

from schemas.codes.currencies import minor_units

PAGE: Final = 500
"""Rows on a page of JSON."""
DAYS_MAX: Final = 92
"""Days that one report may be about."""
_SCALE: Final = 4
Cell = str | int | Decimal | datetime | None
"""A value of a row; amounts are exact, in the currency that the row names."""
Row = tuple[Cell, ...]
"""A row: a value for each column."""


class ColumnKind(StrEnum):
    """What a column holds. MONEY is read as units of 10^-4 and shown in the currency of the row."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    TIME = "time"


class Column(msgspec.Struct, frozen=True):
    """One column: its name in JSON and CSV, the heading for people, and what it holds."""

    name: str
    title: str
    kind: ColumnKind = ColumnKind.TEXT


class Audience(StrEnum):
    """Who may read a report: the operator alone, or also each participant of what concerns it."""

    OPERATOR = "operator"
    PARTICIPANTS = "participants"


class Scope(StrEnum):
    """What a report is of: one settlement, windows (one, or of a time), a time, or the books as they are now."""

    SETTLEMENT = "settlement"
    WINDOWS = "windows"
    PERIOD = "period"
    NOW = "now"


class CheckQuery(msgspec.Struct, frozen=True):
    """Figures that must agree: rows of subject, expected, found and currency (NULL: a count).

    `own`: a participant may see it of its own report.
    """

    name: str
    statement: str
    own: bool = False


class Definition(msgspec.Struct, frozen=True):
    """One report: what it is called, whom it is for, its columns, and the SQL of rows and checks.

    Statements take settlement, window, participant, currency, since and until, each of them NULL if it is not given.
    `needs_participant`: it is about one participant.
    """

    name: str
    title: str
    summary: str
    scope: Scope
    audience: Audience
    columns: tuple[Column, ...]
    rows: str
    checks: tuple[CheckQuery, ...] = ()
    needs_participant: bool = False


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked for. `since` belongs to it, `until` does not."""

    settlement: int | None = None
    window: int | None = None
    participant: str | None = None
    currency: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def parameters(self) -> dict[str, Any]:
        """The values for the statements."""
        settlement = None if self.settlement is None else str(self.settlement)
        return {**msgspec.structs.asdict(self), "settlement": settlement}


class Check(msgspec.Struct, frozen=True):
    """Two figures that must agree."""

    name: str
    subject: str
    expected: Decimal
    found: Decimal

    @property
    def holds(self) -> bool:
        """Whether they do."""
        return self.expected == self.found


class Head(msgspec.Struct, frozen=True):
    """What stands above the rows of a report."""

    definition: Definition
    wanted: Wanted
    made: datetime
    checks: tuple[Check, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


def amount(units: int | Decimal, currency: str | None) -> Decimal:
    """Units of 10^-4 as an amount with the decimals of its currency, and more only where it has more."""
    whole = int(units)
    if whole != units:
        raise ValueError(f"{units} is no whole number of units")
    least = minor_units(currency) if currency else 0
    digits = min(_SCALE, _SCALE if least is None else least)
    while digits < _SCALE and whole % 10 ** (_SCALE - digits):
        digits += 1
    negative, text = whole < 0, str(abs(whole) // 10 ** (_SCALE - digits))
    return Decimal((int(negative), tuple(int(digit) for digit in text), -digits))


def row_of(definition: Definition, values: Sequence[Any]) -> Row:
    """A row as the database gives it, with amounts in their currency."""
    if len(values) != len(definition.columns):
        raise ValueError(f"{definition.name}: {len(values)} values for {len(definition.columns)} columns")
    currency = next(
        (value for column, value in zip(definition.columns, values, strict=True) if column.name == "currency"), None
    )
    return tuple(
        _cell(column.kind, value, currency) for column, value in zip(definition.columns, values, strict=True)
    )


def _cell(kind: ColumnKind, value: Any, currency: str | None) -> Cell:
    if value is None:
        return None
    match kind:
        case ColumnKind.MONEY:
            return amount(value, currency)
        case ColumnKind.COUNT:
            return int(value)
        case ColumnKind.TIME:
            if not isinstance(value, datetime):
                raise TypeError(f"{value!r} is no time")
            return value
        case _:
            return str(value)


def check_of(query: CheckQuery, values: Sequence[Any]) -> Check:
    """One row of a check."""
    subject, expected, found, currency = values
    if currency is None:
        return Check(query.name, str(subject), Decimal(int(expected)), Decimal(int(found)))
    return Check(query.name, str(subject), amount(expected, currency), amount(found, currency))


def instant(moment: datetime | date) -> str:
    """A moment as reports write it: UTC, with milliseconds."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
