"""Lists of records that operators ask for: filtered, ordered and cut into pages by the database.

Each filter is a value; `statement` makes the query of it, `kept` does the same with records in memory. Only what is
given is a condition. `after` is the id of the last record of the page before. Moments are compared as they are shown,
in whole milliseconds, so that who repeats a shown moment as a bound finds what had it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from schemas.canonical.cases import Case
from schemas.canonical.settlement import Settlement, SettlementAccount, SettlementWindow
from switch.store.kinds import NAMES
from switch.store.packing import numbers

_MILLI: Final = 1000


class CaseList(msgspec.Struct, frozen=True):
    """Cases, the newest first: of a participant (who asks or is to answer), in a state, of a kind, of a payment."""

    participant: str | None = None
    state: str | None = None
    kind: str | None = None
    payment: str | None = None
    limit: int | None = None
    after: str | None = None


class WindowList(msgspec.Struct, frozen=True):
    """Windows in the order they were opened; `accounts`: one of these has a net in it. `ids` are those of windows."""

    state: str | None = None
    currency: str | None = None
    accounts: tuple[int, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    after: int | None = None
    ids: tuple[int, ...] | None = None


class SettlementList(msgspec.Struct, frozen=True):
    """Settlements in the order they were made; currency, participant and account must fit one account together."""

    state: str | None = None
    window: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    windows_since: datetime | None = None
    windows_until: datetime | None = None
    currency: str | None = None
    participant: int | None = None
    account: int | None = None
    limit: int | None = None
    after: int | None = None

    def fits(self, account: SettlementAccount) -> bool:
        """Whether an account of a settlement is one that is asked for."""
        return (
            self.currency in (None, account.currency)
            and self.participant in (None, account.participant)
            and self.account in (None, account.account)
        )


Wanted = CaseList | WindowList | SettlementList
Condition = tuple[str, tuple[Any, ...]]
"""SQL with a `{}` for each of its parameters."""

# Without its Z a moment of a whole second comes before those within it.
_OPENED: Final = "rtrim(body ->> 'opened', 'Z') COLLATE \"C\""
_OF_PARTICIPANT: Final = (
    "key IN (SELECT key FROM records WHERE kind = 'case' AND body ->> 'asker' = {}"
    " UNION ALL SELECT key FROM records WHERE kind = 'case' AND body ->> 'answerer' = {})"
)
_BEHIND: Final = f"({_OPENED}, key) < (SELECT {_OPENED}, key FROM records WHERE kind = 'case' AND key = {{}})"  # noqa: S608
_NUMBER: Final = "(body ->> 'id')::bigint"
_CREATED: Final = "date_trunc('milliseconds', ({}body ->> 'created')::timestamptz)"


def statement(wanted: Wanted) -> tuple[str, list[Any]]:
    """The query that gives the bodies, as JSON text, and its parameters."""
    parameters: list[Any] = []

    def placed(text: str, values: tuple[Any, ...]) -> str:
        first = len(parameters) + 1
        parameters.extend(values)
        return text.format(*(f"${number}" for number in range(first, first + len(values))))

    kind, order, conditions = _QUERIES[type(wanted)]
    where = [f"kind = '{NAMES[kind]}'", *(placed(*each) for each in conditions(wanted))]
    text = f"SELECT body::text FROM records WHERE {' AND '.join(where)} ORDER BY {order}"  # noqa: S608 - all ours
    return (text if wanted.limit is None else f"{text} {placed('LIMIT {}', (wanted.limit,))}"), parameters


def _given(*conditions: tuple[str, Any]) -> Iterator[Condition]:
    return ((text, (value,)) for text, value in conditions if value is not None)


def _cases(wanted: CaseList) -> Iterator[Condition]:
    if wanted.participant is not None:
        yield _OF_PARTICIPANT, (wanted.participant, wanted.participant)
    yield from _given(
        ("body ->> 'state' = {}", wanted.state),
        ("body ->> 'kind' = {}", wanted.kind),
        ("body ->> 'payment' = {}", wanted.payment),
        (_BEHIND, wanted.after),
    )


def _windows(wanted: WindowList) -> Iterator[Condition]:
    created, contents = _CREATED.format(""), "json_array_elements(body -> 'contents') AS c(content)"
    yield from _given(
        ("body ->> 'state' = {}", wanted.state),
        (f"EXISTS (SELECT FROM {contents} WHERE content ->> 'currency' = {{}})", wanted.currency),
        (f"{created} >= {{}}", wanted.since),
        (f"{created} <= {{}}", wanted.until),
        (f"{_NUMBER} > {{}}", wanted.after),
    )
    if wanted.ids is not None:
        yield f"{_NUMBER} = ANY ({{}}::bigint[])", (numbers(wanted.ids),)
    if wanted.accounts is not None:
        nets = f"{contents}, json_array_elements(content -> 'nets') AS n(net)"
        yield f"EXISTS (SELECT FROM {nets} WHERE (net ->> 'account')::bigint = ANY ({{}}::bigint[]))", (
            numbers(wanted.accounts),
        )


def _settlements(wanted: SettlementList) -> Iterator[Condition]:
    created, opened = _CREATED.format(""), _CREATED.format("w.")
    windows = "json_array_elements_text(body -> 'windows') AS i(id)"
    yield from _given(
        ("body ->> 'state' = {}", wanted.state),
        (f"EXISTS (SELECT FROM {windows} WHERE i.id::bigint = {{}})", wanted.window),
        (f"{created} >= {{}}", wanted.since),
        (f"{created} <= {{}}", wanted.until),
        (f"{_NUMBER} > {{}}", wanted.after),
    )
    spans = tuple(_given((f"{opened} >= {{}}", wanted.windows_since), (f"{opened} <= {{}}", wanted.windows_until)))
    if spans:
        held = f"{windows} JOIN records w ON w.kind = 'settlement_window' AND w.key = i.id"
        yield f"EXISTS (SELECT FROM {held} WHERE {_all(spans)})", _values(spans)
    one = tuple(
        _given(
            ("account ->> 'currency' = {}", wanted.currency),
            ("(account ->> 'participant')::bigint = {}", wanted.participant),
            ("(account ->> 'account')::bigint = {}", wanted.account),
        )
    )
    if one:
        accounts = "json_array_elements(body -> 'accounts') AS a(account)"
        yield f"EXISTS (SELECT FROM {accounts} WHERE {_all(one)})", _values(one)


def _all(conditions: tuple[Condition, ...]) -> str:
    return " AND ".join(text for text, _ in conditions)


def _values(conditions: tuple[Condition, ...]) -> tuple[Any, ...]:
    return tuple(value for _, values in conditions for value in values)


_QUERIES: Final[dict[type, tuple[type, str, Callable[[Any], Iterator[Condition]]]]] = {
    CaseList: (Case, f"{_OPENED} DESC, key DESC", _cases),
    WindowList: (SettlementWindow, _NUMBER, _windows),
    SettlementList: (Settlement, _NUMBER, _settlements),
}


def kept(wanted: Wanted, records: Callable[[type], Iterable[Any]]) -> list[Any]:
    """The same of records in memory; `records` gives all of a kind."""
    found: list[Any]
    match wanted:
        case CaseList():
            found = _kept_cases(wanted, records(Case))
        case WindowList():
            every = sorted(records(SettlementWindow), key=lambda one: one.id)
            found = [one for one in every if fits(wanted, one) and (wanted.after is None or one.id > wanted.after)]
        case SettlementList():
            found = _kept_settlements(wanted, records)
    return found if wanted.limit is None else found[: wanted.limit]


def fits(wanted: WindowList, window: SettlementWindow) -> bool:
    """Whether a window is one that is asked for."""
    return (
        wanted.state in (None, window.state.value)
        and (wanted.ids is None or window.id in wanted.ids)
        and _within(window.created, wanted.since, wanted.until)
        and (wanted.currency is None or any(one.currency == wanted.currency for one in window.contents))
        and (
            wanted.accounts is None
            or any(net.account in wanted.accounts for content in window.contents for net in content.nets)
        )
    )


def _kept_cases(wanted: CaseList, every: Iterable[Case]) -> list[Case]:
    newest = sorted(every, key=lambda case: (case.opened, case.id), reverse=True)
    last = next((place for place, case in enumerate(newest) if case.id == wanted.after), None)
    if wanted.after is not None:
        newest = newest[last + 1 :] if last is not None else []
    return [
        case
        for case in newest
        if wanted.participant in (None, case.asker, case.answerer)
        and wanted.state in (None, case.state.value)
        and wanted.kind in (None, case.kind.value)
        and wanted.payment in (None, case.payment)
    ]


def _kept_settlements(wanted: SettlementList, records: Callable[[type], Iterable[Any]]) -> list[Settlement]:
    opened = {window.id: window.created for window in records(SettlementWindow)}
    spans = (wanted.windows_since, wanted.windows_until)
    named = (wanted.currency, wanted.participant, wanted.account) != (None, None, None)
    return [
        one
        for one in sorted(records(Settlement), key=lambda one: one.id)
        if wanted.state in (None, one.state.value)
        and wanted.window in (None, *one.windows)
        and (wanted.after is None or one.id > wanted.after)
        and _within(one.created, wanted.since, wanted.until)
        and (spans == (None, None) or any(_within(opened[key], *spans) for key in one.windows if key in opened))
        and (not named or any(map(wanted.fits, one.accounts)))
    ]


def _within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    shown = moment.replace(microsecond=moment.microsecond // _MILLI * _MILLI)
    return (since is None or since <= shown) and (until is None or shown <= until)
