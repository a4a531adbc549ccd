"""Cut-offs: the open window is closed, banks hear of it, and settlements are made of what it held.

A cut only turns the window's number and writes what shall follow; nets are computed beside the lane, and with their
command come the settlements that a cut-off's models ask for.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from schemas.canonical.business_days import Actor, AwaitedSettlement, CutOff, DayAction, DayChange, DayState
from schemas.canonical.commands import Command
from schemas.canonical.events import Event
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.participants import LedgerAccount, Participant, SettlementModel
from schemas.canonical.reporting_events import ReportAsked
from schemas.canonical.reporting_records import BUSINESS_DAY, BusinessDay, ReportCount
from schemas.canonical.reports import ReportKind, booked
from schemas.canonical.settlement import (
    CYCLE,
    CloseWindow,
    CreateSettlement,
    Cycle,
    PostNets,
    SettlementWindow,
    WindowState,
)
from schemas.canonical.system import SendBroadcast, SystemEvent
from settlement import netting, windows
from switch import settling, system
from switch.calendar import Calendar, Cut
from switch.state import State
from switch.subscriptions import MAKER, calendar_of, subscribed

REPORTED: Final = "camt.052"
"""Who has this among its reports gets one of each account when a window is closed."""
CHANGES_MAX: Final = 500
"""Changes of one day that are kept."""
_LATE: Final = timedelta(minutes=1)
"""A cut-off that comes later than this was missed, and says so."""


def step(state: State, command: Command) -> Outcome:
    """Windows and settlements, with what follows from a window that was closed or got its nets."""
    outcome = settling.step(state, command)
    if outcome.fault is not None:
        return outcome
    if isinstance(command, CloseWindow):
        return _reported(state, command.window, outcome)
    if isinstance(command, PostNets):
        return _settled(state, command.window, outcome)
    return outcome


def taken(state: State, outcome: Outcome) -> Outcome:
    """The outcome, visible to what follows in the same step."""
    for record in outcome.puts:
        state.put(record)
    return outcome


def joined(*outcomes: Outcome) -> Outcome:
    """Several outcomes in their order as one, with the words of the last."""
    *before, last = outcomes
    puts = tuple(put for one in outcomes for put in one.puts)
    events = tuple(event for one in outcomes for event in one.events)
    postings = tuple(posting for one in outcomes for posting in one.postings)
    return msgspec.structs.replace(last, puts=puts, events=events, postings=postings) if before else last


def changed(day: BusinessDay, change: DayChange) -> BusinessDay:
    """The day in the state of a change, which it remembers."""
    return msgspec.structs.replace(day, state=change.state, changes=(*day.changes, change)[-CHANGES_MAX:])


def missed(state: State, cuts: list[Cut]) -> str:
    """The reason of a cut that a calendar asked for; several at once are one, since nothing was booked between them."""
    first, latest = cuts[0], cuts[-1]
    text = f"cut-off {latest.time}"
    if state.now - first.at <= _LATE:
        return text
    text += f" of {latest.day.isoformat()}"
    return f"{text}, caught up: {len(cuts)} missed while the hub was away"


def by_calendar(state: State, day: BusinessDay, cuts: list[Cut]) -> Outcome:
    """Do the cut-offs that are due."""
    offs = [off for one in cuts for off in one.offs]
    final = day.state is not DayState.PENDING and any(one.last for one in cuts)
    after = DayState.CUT_OFF if final else day.state
    return cut(state, day, DayChange(DayAction.CUT_OFF, after, state.now, Actor.CALENDAR, missed(state, cuts)), offs)


def cut(state: State, day: BusinessDay, change: DayChange, offs: Iterable[CutOff]) -> Outcome:
    """Close the open window unless nothing is in it; settlements of it are made when its nets are known.

    Where nothing is in it, what earlier windows left for these models is settled at once; the one before may still
    wait for its nets, and then these settlements wait too.
    """
    cycle = state.get(Cycle, CYCLE) or Cycle()
    number, outcomes = cycle.window, list[Outcome]()
    awaited = [
        AwaitedSettlement(number, change.reason, off.models, off.currencies) for off in offs if off.models
    ]  # fmt: skip
    if cycle.filled:
        outcomes.append(taken(state, step(state, CloseWindow(number, change.reason))))
        change = msgspec.structs.replace(change, window=number)
        day = msgspec.structs.replace(day, awaited=(*day.awaited, *awaited))
    else:
        outcomes += [taken(state, one) for each in awaited for one in _settlements(state, each)]
        before = state.get(SettlementWindow, str(number - 1))
        if before is not None and before.state is WindowState.PROCESSING:
            late = [msgspec.structs.replace(each, window=before.id) for each in awaited]
            day = msgspec.structs.replace(day, awaited=(*day.awaited, *late))
    outcomes.append(taken(state, Outcome((changed(day, change),))))
    text = f"Cut-off: {change.reason}"
    outcomes += announced(state, "cut_off", day.day, text, change.at)
    return joined(*outcomes)


def announced(state: State, word: str, day: str, text: str, at: datetime) -> Iterator[Outcome]:
    """Tell all banks (admi.004), if the calendar says so and the scheme has a code for it."""
    calendar: Calendar = calendar_of(state)
    code = calendar.codes.get(word)
    if not calendar.announces or code is None:
        return
    event = SystemEvent(code, (day,), text[:1000], f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z")
    told = system.step(state, SendBroadcast(f"{code} {at:%Y%m%dT%H%M%S%f}", event))
    if told.fault is None:
        yield taken(state, told)


def _reported(state: State, number: int, outcome: Outcome) -> Outcome:
    """Ask the maker of reports for what was booked in the window, for those who want it.

    The window's time begins and ends where no booking is: whatever is decided after the cut is of a later moment.
    """
    window = next(put for put in outcome.puts if isinstance(put, SettlementWindow) and put.id == number)
    puts: list[Stored] = []
    events: list[Event] = []
    owned: dict[FspId, list[int]] = {}
    wanting = {each.name for each in state.all(Participant) if subscribed(each, REPORTED)}
    for account in state.all(LedgerAccount) if wanting else ():
        if account.owner in wanting:
            owned.setdefault(account.owner, []).append(account.id)
    for owner, accounts in owned.items():
        counts = [state.get(ReportCount, str(each)) or ReportCount(each) for each in accounts]
        counts = [ReportCount(each.account, each.number + 1) for each in counts]
        puts += counts
        numbered = {each.key: each.number for each in counts}
        held = [found for key in accounts if (found := state.get(LedgerAccount, str(key))) is not None]
        # The first window may have been used before it was written down.
        opened = [each.created for each in held if each.created is not None and window.id == 1]
        asked = ReportAsked(
            owner, ReportKind.INTRADAY, tuple(accounts), since=min([window.created, *opened]), until=state.now,
            numbered=numbered, window=window.id,
            closings={each.key: booked(each.debits_posted, each.credits_posted) for each in held},
        )  # fmt: skip
        events.append(Event(MAKER, asked, order=owner))
    return msgspec.structs.replace(outcome, puts=(*outcome.puts, *puts), events=(*outcome.events, *events))


def _settled(state: State, number: int, outcome: Outcome) -> Outcome:
    """Make the settlements that waited for these nets."""
    day = state.get(BusinessDay, BUSINESS_DAY)
    due = [each for each in day.awaited if each.window <= number] if day is not None else []
    if day is None or not due:
        return outcome
    taken(state, outcome)
    made = [one for each in due for one in _settlements(state, each)]
    left = tuple(each for each in day.awaited if each not in due)
    following = msgspec.structs.replace(day, awaited=left)
    whole = joined(outcome, *made, Outcome((following,)))
    return msgspec.structs.replace(whole, state=outcome.state, notes=outcome.notes)


def _settlements(state: State, awaited: AwaitedSettlement) -> Iterator[Outcome]:
    """One settlement for each model that has something left to settle in windows that are closed."""
    models = state.all(SettlementModel)
    for name in awaited.models:
        model = next((each for each in models if each.name == name and each.active), None)
        if model is None or model.delay == netting.IMMEDIATE:
            continue
        numbers = tuple(sorted(_free(state, model, awaited.currencies)))
        if numbers:
            command = CreateSettlement(model.name, awaited.reason, numbers, awaited.currencies)
            yield taken(state, settling.step(state, command))


def _free(state: State, model: SettlementModel, currencies: tuple[str, ...]) -> Iterator[int]:
    models = state.all(SettlementModel)
    for window in state.all(SettlementWindow):
        for content in windows.free(window, lambda _: True):
            fits = not currencies or content.currency in currencies
            if fits and netting.takes(model, models, content.ledger_account_type, content.currency):
                yield window.id
                break
