"""Questions about balances, limits, payments and reports, as the ledger lane decides them. Pure.

What the accounts themselves say is answered at once, exactly as it is at that moment. What must be read from the
entries is asked of the maker of reports by an event, taken once; its answer comes back as a command, and only then is
the participant told.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from schemas.canonical.commands import Command
from schemas.canonical.events import Event, EventBody
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import LedgerAccount, Participant
from schemas.canonical.reporting import (
    AskBalances,
    AskPayments,
    AskReports,
    PaymentChoice,
    Question,
    ReportRequest,
    SetThresholds,
    TellPayments,
    TellReports,
)
from schemas.canonical.reporting_events import (
    BalancesTold,
    LimitsTold,
    PaymentsAsked,
    PaymentsTold,
    ReportAsked,
    ReportTold,
    RequestHandled,
)
from schemas.canonical.reporting_records import BUSINESS_DAY, BusinessDay, PaymentSearch, ReportCount, Threshold
from schemas.canonical.reports import Asked, ReportKind
from schemas.canonical.wire import Envelope
from switch.accounts import refused
from switch.balances import balances, chosen, limit_use
from switch.bookings import reported
from switch.business_day import STATEMENTS
from switch.movements import crossed
from switch.questions import REPEATED, repeated
from switch.reporting_choice import shown
from switch.state import State
from switch.subscriptions import MAKER, calendar_of, subscribed

DONE: Final = "ANSWERED"
ASKED: Final = "ASKED"
REJECTED: Final = "RJCT"
_NAME_LENGTH: Final = 32
_LONGEST: Final = timedelta(days=32)
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LIFE: Final = timedelta(days=1)
"""How long a payment lives at most before its end."""


def step(state: State, command: Command) -> Outcome:
    """Decide a question, or what the maker of reports found for one."""
    if repeated(state, command):
        return Outcome(state=REPEATED)
    match command:
        case AskBalances():
            return _balances(state, command)
        case AskPayments():
            return _payments(state, command)
        case AskReports():
            return _reports(state, command)
        case TellReports():
            return _tell_reports(state, command)
        case TellPayments():
            return _tell_payments(command)
        case SetThresholds():
            return _thresholds(state, command)
        case _:
            raise TypeError(f"{type(command).__name__} asks for no report")


def _to(question: Question, body: BalancesTold | LimitsTold | PaymentsTold | RequestHandled) -> Event:
    return Event(question.envelope.sender, body, order=question.key)


def _later(receiver: FspId, asked: Asked | None, body: EventBody, order: str) -> Event:
    """What is told after the maker of reports was asked: to a question under its header."""
    return Event(receiver, body, order=asked.message_id if asked else order, related=asked.header if asked else None)


def _balances(state: State, command: AskBalances) -> Outcome:
    found = chosen(state, command.envelope.sender, command.choices) if command.fault is None else []
    wrong = command.fault or (None if found else fault("UNKNOWN_ACCOUNT", "none of your accounts fits"))
    told = BalancesTold(tuple(balances(state, each, command.balances) for each in found), command.asked, fault=wrong)
    return Outcome(events=(_to(command, told),), state=DONE)


def _payments(state: State, command: AskPayments) -> Outcome:
    asker, asked = command.envelope.sender, command.asked
    wrong, search = command.fault, None
    if wrong is None and command.query is not None:
        search = state.get(PaymentSearch, command.query)
        if search is None or search.asker != asker:
            wrong = fault("VALIDATION", f"there is no search called {command.query}")
    if wrong is not None:
        return Outcome(events=(_to(command, PaymentsTold(asked, fault=wrong)),), state=DONE)
    if search is not None:
        asked = msgspec.structs.replace(asked, without=search.without)
        body = PaymentsAsked(asker, asked, search.name, search.choices, search.page, search.after)
    else:
        body = PaymentsAsked(asker, asked, _search_name(command.envelope), _bounded(state, asker, command.choices))
    return Outcome(events=(Event(MAKER, body, order=asked.message_id),), state=ASKED)


def _bounded(state: State, asker: FspId, choices: tuple[PaymentChoice, ...]) -> tuple[PaymentChoice, ...]:
    """What is asked for without ids or a time is of this business day; nothing is of a time to come.

    What is asked for up to a time only is of all time before it.
    """
    day = state.get(BusinessDay, BUSINESS_DAY)
    today = day.since if day is not None else state.now
    found: list[PaymentChoice] = []
    for choice in choices or (PaymentChoice(),):
        given = choice.since or choice.completed_since
        since = today if choice.until is None and choice.completed_until is None else _EVER
        begins = None if choice.named and given is None else _begin(state, asker, given or since, choice)
        ends = min(choice.until or state.now, state.now)
        open_end = choice.named and choice.until is None
        found.append(msgspec.structs.replace(choice, since=begins, until=None if open_end else ends))
    return tuple(found)


def _begin(state: State, asker: FspId, since: datetime, choice: PaymentChoice) -> datetime:
    """Where a search in time begins: never before the asker was there; a payment may end a while after its begin."""
    opened = [each.created for each in state.all(LedgerAccount) if each.owner == asker and each.created is not None]
    first = min(opened, default=since)
    late = choice.since is None and choice.completed_since is not None
    return max(since, first + _LIFE) - _LIFE if late else max(since, first)


def _search_name(envelope: Envelope) -> str:
    """A name nobody else's search has."""
    text = f"{envelope.sender}\n{envelope.message_id}"
    return hashlib.sha256(text.encode()).hexdigest()[:_NAME_LENGTH]


def _tell_payments(command: TellPayments) -> Outcome:
    receiver, asked, after = command.receiver, command.asked, command.after
    if after is None:
        told = PaymentsTold(asked, command.page, command.facts, fault=command.fault)
        return Outcome(events=(_later(receiver, asked, told, ""),), state=DONE)
    # The name changes with the page, so that a question which is asked again is answered the same again.
    following = f"{command.query[: _NAME_LENGTH - 4]}{command.page + 1:04d}"
    search = PaymentSearch(following, receiver, command.choices, command.page + 1, after, asked.without)
    event = _later(receiver, asked, PaymentsTold(asked, command.page, command.facts, following), "")
    return Outcome((search,), events=(event,), state=DONE)


def _reports(state: State, command: AskReports) -> Outcome:
    if command.fault is not None:
        return Outcome(events=(_refusal(command, None, command.fault),), state=DONE)
    counts: dict[int, int] = {}
    events = [_report(state, command, request, counts) for request in command.requests]
    puts = tuple(ReportCount(account, number) for account, number in counts.items())
    return Outcome(puts, events=tuple(events), state=ASKED)


def _report(state: State, command: AskReports, request: ReportRequest, counts: dict[int, int]) -> Event:
    asker, asked = command.envelope.sender, command.asked
    if request.fault is not None:
        return _refusal(command, request, request.fault)
    accounts = chosen(state, asker, (request.accounts,))
    if not accounts:
        return _refusal(command, request, fault("UNKNOWN_ACCOUNT", "it is none of your accounts"))
    if request.kind is None:
        uses = tuple(use for each in accounts if (use := limit_use(each)) is not None)
        return _to(command, LimitsTold(uses, asked))
    body = ReportAsked(
        asker, request.kind, tuple(each.id for each in accounts), asked, balances=request.balances
    )  # fmt: skip
    if request.kind is ReportKind.DAY:
        repeated = subscribed(state.get(Participant, asker), STATEMENTS)
        body = msgspec.structs.replace(
            body, days=request.days, numbers=request.numbers, not_numbers=request.not_numbers, repeated=repeated
        )
        return Event(MAKER, body, order=asked.message_id)
    choice = shown(request, accounts)
    if isinstance(choice, Fault):
        return _refusal(command, request, choice)
    body = msgspec.structs.replace(body, shown=choice)
    since, until = _period(state, request)
    if since >= until:
        return _refusal(command, request, fault("WRONG_DATE", "the period is empty, or has not begun yet"))
    if until - since > _LONGEST:
        text = f"at most {_LONGEST.days} days are reported at once; ask for the camt.053 of the days before"
        return _refusal(command, request, fault("WRONG_DATE", text))
    if request.kind is ReportKind.INTRADAY:
        for each in accounts:
            known = state.get(ReportCount, str(each.id))
            counts[each.id] = counts.get(each.id, known.number if known is not None else 0) + 1
        numbered = {str(each.id): counts[each.id] for each in accounts}
        body = msgspec.structs.replace(body, numbered=numbered)
    return Event(MAKER, msgspec.structs.replace(body, since=since, until=until), order=asked.message_id)


def _period(state: State, request: ReportRequest) -> tuple[datetime, datetime]:
    """From when to when; without a period the business day so far. What was booked at this very moment comes next."""
    day = state.get(BusinessDay, BUSINESS_DAY)
    if day is None:
        raise LookupError("the ledger is in no business day")
    calendar = calendar_of(state)
    since, until = day.since, state.now
    if request.days is not None:
        first, last = request.days
        since = calendar.begin_of(date.fromisoformat(first))
        until = calendar.end_of(date.fromisoformat(last)) if last is not None else until
    return request.since or since, min(request.until or until, state.now)


def _refusal(command: AskReports, request: ReportRequest | None, reason: Fault) -> Event:
    reference = request.reference if request is not None else None
    body = RequestHandled(command.asked, REJECTED, reason, reference)
    return _to(command, body)


def _tell_reports(state: State, command: TellReports) -> Outcome:
    """A page is a message of its own, so that no report is too long for its receiver or for the others who wait."""
    events = tuple(_pages(state, command))
    if command.fault is not None and command.asked is not None:
        refusal = RequestHandled(command.asked, REJECTED, command.fault)
        events = (_later(command.receiver, command.asked, refusal, ""), *events)
    return Outcome(events=events, state=DONE)


def _pages(state: State, command: TellReports) -> Iterator[Event]:
    for cut in command.cuts:
        account = state.get(LedgerAccount, str(cut.account))
        if account is None or account.owner != command.receiver:
            raise LookupError(f"account {cut.account} is not {command.receiver}'s")
        for page in cut.pages:
            told = ReportTold(
                command.kind, reported(account), cut.since, cut.until, page, cut.totals, cut.number, cut.day,
                cut.value, account.cap if cut.day is None else cut.cap, command.asked, command.repeated,
                command.balances, cut.shown,
            )  # fmt: skip
            yield _later(command.receiver, command.asked, told, f"report {account.id}")


def _thresholds(state: State, command: SetThresholds) -> Outcome:
    account = state.get(LedgerAccount, str(command.account))
    if account is None or account.owner != command.name:
        return refused(fault("ID_NOT_FOUND", "Account not found"))
    if command.floor is not None and command.ceiling is not None and command.floor > command.ceiling:
        return refused(fault("VALIDATION", '"floor" must not be above "ceiling"'))
    fresh = Threshold(account.id, command.floor, command.ceiling)
    for changed, event in crossed(state, fresh, account):
        return Outcome((changed,), events=(event,) if event is not None else (), state="DONE")
    return Outcome((fresh,), state="DONE")
