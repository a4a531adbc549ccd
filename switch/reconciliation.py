"""An agent's statements against the hub's books: the same comparison for the operator API and the command line."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg

from iso import gate
from iso.messages import business
from iso.messages.camt052 import Camt052
from iso.messages.camt053 import Camt053
from iso.messages.camt054 import Camt054
from iso.messages.shape import ShapeError
from iso.messages.statements import Report, Statement
from schemas.canonical.instructions import AgentBooking
from settlement.reconciling import HubBooking, Reconciliation, Verdict, reconcile
from switch.statement_figures import findings_of
from switch.store.agent_side import AgentSide
from translator.iso.moments import date_in, moment_in
from translator.iso.settled import account_of, closing, currency_of, read_bookings

_DAY: Final = timedelta(days=1)


class StatementError(ValueError):
    """What was given is no statement of an account that a settlement agent has; the text says why."""


def read_report(body: bytes, name: str = "the message") -> Report:
    """The report in a message or a bare Document; raises StatementError."""
    try:
        parsed = gate.read(body)
        if parsed.document_el is None:
            raise StatementError(f"{name}: there is no Document in it")
        document: Any = business.read(None, parsed.document_el).document
    except (gate.Refused, ShapeError) as error:
        raise StatementError(f"{name}: {error}") from error
    if not isinstance(document, Camt052 | Camt053 | Camt054):
        raise StatementError(f"{name}: it is no statement (camt.053, camt.052 or camt.054)")
    return document


def reconciled(
    connection: psycopg.Connection[Any], reports: Iterable[Report], hub: str, *, agent: str | None = None,
    earlier: Iterable[Report] = (),
) -> list[Reconciliation]:  # fmt: skip
    """Every statement of the reports against the books; statements of one account count for each other.

    `earlier` are reports whose statements only tell what is not missed. Raises StatementError for an account that no
    agent (or not that one) has.
    """
    books = AgentSide(connection)
    reports, earlier = list(reports), list(earlier)
    wrong = findings_of(reports, earlier)
    told = [statement for report in reports for statement in report.statements]
    before = [statement for report in earlier for statement in report.statements]
    found: list[Reconciliation] = []
    for statement in told:
        account, currency = account_of(statement), currency_of(statement)
        places = books.places(account, currency, agent)
        if len(places) != 1:
            names = " and ".join(place.agent.name for place in places) or "no settlement agent"
            more = ": name one" if places else ""
            raise StatementError(f"{names} has the account {account or '(none)'} in {currency or '(none)'}{more}")
        (place,) = places
        since, until = period(statement)
        side = books.side(place, hub, since, until)
        others = [one for one in (*before, *told) if one is not statement and account_of(one) == account]
        known = {text for one in others for booking in _bookings(one) for text in booking.references}
        compared = reconcile(side.bookings, _bookings(statement), since, until, known)
        balance = None if side.balance is None else side.balance + _on_the_way(side.bookings, compared, until)
        mine = wrong.pop((account, statement.id), ())
        found.append(Reconciliation(account, currency, since, until, compared, closing(statement), balance, mine))
    return found


def _bookings(statement: Statement) -> list[AgentBooking]:
    return list(read_bookings(Report(message_id="", created="", statements=(statement,))))


def _on_the_way(bookings: Sequence[HubBooking], compared: Iterable[Any], until: datetime) -> int:
    """What the hub booked after the end of the statement although the agent has it in there."""
    matched = {one.reference for one in compared if one.verdict in {Verdict.MATCHED, Verdict.DIFFERENT}}
    return sum(one.units for one in bookings if one.at >= until and one.reference in matched)


def period(statement: Statement) -> tuple[datetime, datetime]:
    """The time of a statement: as it says, else the days of its balances, else those of its entries."""
    since, until = moment_in(statement.since), moment_in(statement.until)
    if since is not None and until is not None:
        return since, until
    texts = [one.date or one.moment or "" for one in statement.balances]
    texts += [one.booking_date or one.booking_moment or one.value_date or "" for one in statement.entries]
    days = sorted(day for day in map(date_in, texts) if day is not None)
    if not days:
        raise StatementError(f"statement {statement.id} says no time (FrToDt, balances, entries)")
    first, last = (datetime.combine(day, time(), UTC) for day in (days[0], days[-1]))
    return first, last + _DAY


def shown(found: Reconciliation) -> dict[str, Any]:
    """A comparison as JSON; amounts are units of 10^-4."""
    return {
        "account": found.account,
        "currency": found.currency,
        "from": found.since.isoformat(),
        "to": found.until.isoformat(),
        "clean": found.clean,
        "counts": found.counts,
        "closing": found.closing,
        "hub": found.balance,
        "drift": found.drift,
        "findings": [msgspec.to_builtins(one) for one in found.findings],
        "compared": [msgspec.to_builtins(one) for one in found.compared],
    }


def drift_by_currency(found: Iterable[Reconciliation]) -> dict[str, int]:
    """By how much the agent's balances differ from the hub's, summed over the accounts of each currency."""
    total: dict[str, int] = {}
    for one in found:
        total[one.currency] = total.get(one.currency, 0) + (one.drift or 0)
    return total


def files(paths: Iterable[Path]) -> Iterator[Report]:
    """The reports in files, in their order."""
    for path in paths:
        yield read_report(path.read_bytes(), path.name)
