"""What the operator does with the business day and the calendar, by a table of states. Pure."""

from datetime import timedelta
from typing import Final

import msgspec

from schemas.canonical.business_days import (
    Actor,
    CutOff,
    DayAction,
    DayChange,
    DayState,
    SetCalendar,
    TurnDay,
)
from schemas.canonical.commands import Command
from schemas.canonical.faults import fault
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import SettlementModel
from schemas.canonical.reporting_records import BUSINESS_DAY, BusinessDay
from switch.accounts import refused
from switch.calendar import wrong
from switch.cut_offs import announced, changed, cut, joined, taken
from switch.state import State
from switch.subscriptions import calendar_of

_TICK: Final = timedelta(microseconds=1)
DONE: Final = "DONE"
TABLE: Final[dict[DayAction, dict[DayState, DayState]]] = {
    DayAction.START: {DayState.PENDING: DayState.STARTED},
    DayAction.OPEN: {
        DayState.PENDING: DayState.OPEN,
        DayState.STARTED: DayState.OPEN,
        DayState.CUT_OFF: DayState.OPEN,
    },
    DayAction.CUT_OFF: {
        DayState.STARTED: DayState.CUT_OFF,
        DayState.OPEN: DayState.CUT_OFF,
        DayState.CUT_OFF: DayState.CUT_OFF,
    },
    DayAction.END: {
        DayState.STARTED: DayState.ENDED,
        DayState.OPEN: DayState.ENDED,
        DayState.CUT_OFF: DayState.ENDED,
    },
}
"""What may be done in which state, and the state that follows."""
_WORDS: Final = {DayAction.START: "has started", DayAction.OPEN: "is open"}


def step(state: State, command: Command) -> Outcome:
    """Decide a command about business days."""
    match command:
        case SetCalendar():
            return _calendar(state, command)
        case TurnDay():
            return _turn(state, command)
        case _:
            raise TypeError(f"{type(command).__name__} is not about business days")


def _day(state: State) -> BusinessDay:
    day = state.get(BusinessDay, BUSINESS_DAY)
    if day is None:
        raise LookupError("the ledger is in no business day")
    return day


def _calendar(state: State, command: SetCalendar) -> Outcome:
    """Cut-offs count from now on; the day that has begun ends as it was told."""
    plan = command.calendar
    mistakes = [] if plan.removed else [*wrong(plan)]
    known = {model.name for model in state.all(SettlementModel)}
    unknown = [name for off in plan.cut_offs for name in off.models if name not in known and not plan.removed]
    if unknown:
        mistakes.append(f"cutOffs: there is no settlement model {unknown[0][:30]}")
    if mistakes:
        return refused(fault("VALIDATION", mistakes[0]))
    state.put(plan)
    following = calendar_of(state).next_cut(state.now)
    day = msgspec.structs.replace(_day(state), next_cut=None if following is None else following.at)
    return Outcome((plan, day), state=DONE)


def _turn(state: State, command: TurnDay) -> Outcome:
    day = _day(state)
    after = TABLE[command.action].get(day.state)
    if after is None or day.ending:
        current = "ending" if day.ending else day.state.value
        return refused(fault("VALIDATION", f"{command.action} is not possible: business day {day.day} is {current}"))
    reason = command.reason or f"{command.action} by the operator"
    change = DayChange(command.action, after, state.now, Actor.OPERATOR, reason)
    if command.action is DayAction.CUT_OFF:
        return msgspec.structs.replace(cut(state, day, change, _offs(state, command)), state=DONE, notes=(day.day,))
    if command.action is DayAction.END:
        return _end(day, change)
    done = taken(state, Outcome((changed(day, change),), state=DONE, notes=(day.day,)))
    text = f"Business day {day.day} {_WORDS[command.action]}: {reason}"
    return msgspec.structs.replace(joined(done, *announced(state, "opening", day.day, text, state.now)), state=DONE)


def _end(day: BusinessDay, change: DayChange) -> Outcome:
    """The day ends right after what is decided together with this, so that no booking falls between two statements."""
    remembered = (*day.changes, change)
    until = change.at + _TICK
    return Outcome(
        (msgspec.structs.replace(day, until=until, ending=True, changes=remembered),), state=DONE, notes=(day.day,)
    )


def _offs(state: State, command: TurnDay) -> list[CutOff]:
    if command.models is not None:
        return [CutOff("", command.currencies, command.models)]
    wanted, planned = set(command.currencies), calendar_of(state).cut_offs
    return [off for off in planned if not wanted or not off.currencies or wanted & set(off.currencies)]
