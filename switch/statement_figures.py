"""The figures that a settlement agent's statements say of themselves, and what is wrong with them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from iso.messages.shape import Amount
from iso.messages.statements import Entry, Report, Statement, Summary
from schemas.canonical.money import Money, MoneyError
from settlement.statement_sums import (
    EntryFigures,
    Finding,
    StatementFigures,
    Told,
    chain_findings,
    joined,
    own_findings,
)
from translator.iso.settled import account_of, closing, currency_of, opening

_CREDIT: Final = "CRDT"
_NOT_BOOKED: Final = frozenset({"PDNG", "FUTR", "INFO"})
_DAY: Final = "camt.053"
_SCALE: Final = Decimal(10_000)


Key = tuple[str, str]
"""An account, and the id of a statement of it."""


def findings_of(reports: Sequence[Report], earlier: Iterable[Report] = ()) -> dict[Key, tuple[Finding, ...]]:
    """What is wrong with each statement of the reports, by account and id; pages of one are looked at together.

    Statements of a day (camt.053) are also held against those before them, `earlier` ones too.
    """
    found: dict[Key, tuple[Finding, ...]] = {}
    pages: dict[Key, list[StatementFigures]] = {}
    days: dict[str, list[StatementFigures]] = {}
    for report in reports:
        for statement in report.statements:
            pages.setdefault(_key(statement), []).append(figures(report, statement))
    for key, parts in pages.items():
        whole, wrong = joined(parts)
        found[key] = (*wrong, *own_findings(whole, whole=not wrong))
        if any(report.definition.startswith(_DAY) for report in reports if _key_in(report, key)) and not wrong:
            days.setdefault(key[0], []).append(whole)
    for report in earlier:
        for statement in report.statements if report.definition.startswith(_DAY) else ():
            key = _key(statement)
            if key not in pages and key[0] in days and statement.page is None and report.page is None:
                days[key[0]].append(figures(report, statement))
    for account, chain in days.items():
        for name, wrong in chain_findings(chain).items():
            if (account, name) in found:
                found[account, name] += wrong
    return found


def _key(statement: Statement) -> Key:
    return account_of(statement), statement.id


def _key_in(report: Report, key: Key) -> bool:
    return any(_key(statement) == key for statement in report.statements)


def figures(report: Report, statement: Statement) -> StatementFigures:
    """The figures of one statement, or of one page of it."""
    summary, currency = statement.summary, currency_of(statement)
    page, last = (statement.page, statement.last_page) if statement.page else (report.page, report.last_page)
    net = _units(summary.net) if summary is not None else None
    signed = -net if net is not None and summary is not None and summary.net_direction not in (None, _CREDIT) else net
    return StatementFigures(
        statement.id,
        currency,
        statement.since or statement.created or report.created,
        tuple(_entry(one, place) for place, one in enumerate(statement.entries, 1)),
        opening(statement),
        closing(statement),
        *_totals(summary),
        signed,
        _number(statement.sequence),
        _number(page) or 1,
        last is not False,
    )


def _totals(summary: Summary | None) -> tuple[Told, Told, Told]:
    """What it says of all entries, of its credits, and of its debits."""
    if summary is None:
        return Told(), Told(), Told()
    return (
        Told(_number(summary.count), _units(summary.total)),
        Told(_number(summary.credit_count), _units(summary.credit_total)),
        Told(_number(summary.debit_count), _units(summary.debit_total)),
    )


def _entry(entry: Entry, place: int) -> EntryFigures:
    credit = entry.direction == _CREDIT
    units = _money(entry.amount) or 0
    payments = [one for details in entry.details for one in details.transactions]
    parts: int | None = None
    if payments and all(one.amount is not None and one.amount.currency == entry.amount.currency for one in payments):
        parts = 0
        for one in payments:
            part = _money(one.amount) or 0 if one.amount is not None else 0
            parts += part if (one.direction or entry.direction) == _CREDIT else -part
    name = entry.reference or entry.servicer_reference or str(place)
    booked = entry.status not in _NOT_BOOKED
    return EntryFigures(name, units if credit else -units, entry.amount.currency, booked, parts)


def _money(amount: Amount) -> int | None:
    try:
        return Money.parse_iso(amount.text, amount.currency).units
    except MoneyError:
        return None


def _units(text: str | None) -> int | None:
    """A decimal without a currency, as totals are; one that no units can say is as wrong as another."""
    if text is None:
        return None
    try:
        return int(Decimal(text) * _SCALE)
    except (InvalidOperation, ValueError, OverflowError):
        return -1


def _number(text: str | None) -> int | None:
    try:
        return int(text) if text is not None else None
    except ValueError:
        return -1
