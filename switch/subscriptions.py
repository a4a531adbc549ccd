"""What several steps ask about business days and reports: the calendar in force, and who wants reports. Pure."""

from typing import Final

from schemas.canonical.business_days import CALENDAR, SchemeCalendar
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant
from switch.calendar import Calendar, planned
from switch.state import State

MAKER: Final = FspId("@reports")
"""Who finds what reports hold, off the lane."""


def subscribed(participant: Participant | None, message: str) -> bool:
    """Whether a participant gets reports of a kind without asking."""
    return participant is not None and participant.iso is not None and message in participant.iso.reports


def calendar_of(state: State) -> Calendar:
    """The operator's calendar, else that of the settings."""
    plan = state.get(SchemeCalendar, CALENDAR)
    own = state.profile.calendar
    return own if plan is None or plan.removed else planned(plan, own.codes)
