"""Business days as a scheme plans them, and what is done with one: its calendar, cut-offs, states and commands."""

from datetime import datetime
from enum import StrEnum

import msgspec

CALENDAR = "scheme"
"""The key of the one SchemeCalendar."""


class DayState(StrEnum):
    """Where a business day stands. Payments are booked in every state: it says what banks were told, not what they may.

    PENDING: the day before has ended. STARTED: announced. OPEN. CUT_OFF: its last cut-off has passed. ENDED: it has its
    statements.
    """

    PENDING = "PENDING"
    STARTED = "STARTED"
    OPEN = "OPEN"
    CUT_OFF = "CUT_OFF"
    ENDED = "ENDED"


class DayAction(StrEnum):
    """What can be done with a business day, by its calendar or by the operator."""

    START = "start"
    OPEN = "open"
    CUT_OFF = "cutOff"
    END = "end"


class Actor(StrEnum):
    """Who did it."""

    CALENDAR = "calendar"
    OPERATOR = "operator"


class CutOff(msgspec.Struct, frozen=True, omit_defaults=True):
    """A local time (HH:MM) at which the open window is closed on business days.

    `models` are the settlement models of which a settlement is made then, of these `currencies` (none: of all).
    """

    time: str
    currencies: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class Holiday(msgspec.Struct, frozen=True, omit_defaults=True):
    """A day that is no business day: YYYY-MM-DD once, MM-DD in every year."""

    date: str
    name: str = ""


class SchemeCalendar(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="scheme_calendar"):
    """When business days are: data that the operator may change (PUT /calendar), or a file of the settings.

    `zone` is an IANA name; `day_end` (HH:MM) the local time at which a business day ends, 00:00 being its midnight.
    `weekend` are names of days (MON to SUN). `opens_itself`: a day is started and opened when the one before ends.
    `announces`: banks are told of starts, cut-offs and ends (admi.004). `removed`: the settings are in force again.
    """

    zone: str = "UTC"
    day_end: str = "00:00"
    weekend: tuple[str, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    cut_offs: tuple[CutOff, ...] = ()
    opens_itself: bool = True
    announces: bool = True
    removed: bool = False

    @property
    def key(self) -> str:
        """There is one."""
        return CALENDAR

    @property
    def open(self) -> bool:
        """Whether it is in force."""
        return not self.removed


class DayChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was done with a business day, and in which state it was then; `window` is the one that was closed."""

    action: DayAction
    state: DayState
    at: datetime
    by: Actor
    reason: str = ""
    window: int | None = None


class AwaitedSettlement(msgspec.Struct, frozen=True, omit_defaults=True):
    """A settlement that is made as soon as the nets of a window are known."""

    window: int
    reason: str
    models: tuple[str, ...]
    currencies: tuple[str, ...] = ()


class SetCalendar(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_calendar"):
    """Put a calendar in force (PUT /calendar): cut-offs from now on, days from the next one on."""

    calendar: SchemeCalendar


class TurnDay(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="turn_day"):
    """Do something with the business day now (POST /businessDays).

    Of a cut-off: `models` None takes those that the calendar's cut-offs name; `currencies` none given: all.
    """

    action: DayAction
    reason: str = ""
    models: tuple[str, ...] | None = None
    currencies: tuple[str, ...] = ()


DayCommand = SetCalendar | TurnDay
"""Commands about business days; the ledger lane decides them."""
