"""The day as a page: every flow with its messages, positions, the settlement matrix, statements, and what must hold."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import msgspec

from schemas.canonical.money import Money
from switch.demo.day.checks import Day, own_checks
from switch.demo.day.document import document
from switch.demo.day.matrix import matrix
from switch.demo.day.positions import Watch
from switch.demo.day.settled import Settled
from switch.demo.day.statements import Statement
from switch.demo.page.amounts import shown as figure
from switch.demo.page.chart import chart
from switch.demo.page.page import Check, Writer, checks, picture, table
from switch.demo.page.wire import spoken
from switch.demo.report import Proof
from switch.demo.scenarios.stage import ScenarioShown
from switch.sandbox.tape import Said

_TITLE = "Settling in an ISO world: one business day"
_LEAD = (
    "Banks speak ISO 20022 XML, wallets FSPIOP; one ledger clears both, and settlement agents move the money. Every "
    "arrow is a message that went over the wire: follow it to read the message beside its translation."
)


class Told(msgspec.Struct, frozen=True):
    """One chapter: how it ended, what a reader should know of it, and what was said in it."""

    shown: ScenarioShown
    said: Sequence[Said]
    tells: str = ""


def write_day(
    folder: Path, chapters: Sequence[Told], watch: Watch, day: Day, proofs: Sequence[Proof], hub: str
) -> tuple[Path, bool]:
    """Write `index.html`, `day.json` and the pictures into the folder, which is made if need be.

    Gives the page, and whether everything on it that must hold does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = list(own_checks(day))
    books = [Check(f"{each.name}: {each.promise}", each.holds, each.detail) for each in proofs]
    found = [*own, *books]
    page = Writer(hub)
    page.add("The scheme", _scheme(watch, day))
    for number, told in enumerate(chapters, 1):
        _chapter(page, number, told, folder)
    page.add("Positions over time", _NOTE, *(_positions(day, watch, currency, folder) for currency in day.positions))
    tables = (matrix(day.figures, currency, day.booked.get(currency, {})) for currency in day.positions)
    page.add("The settlement matrix", *tables)
    page.add("Settlements", *(_settlement(one) for one in day.settlements))
    page.add("Statements", *_statements(day.statements))
    holds = all(one.holds for one in found)
    page.add("What must hold", "<h3>Added up from this page</h3>", checks(own),
             "<h3>Asked of the hub's books</h3>", checks(books), holds=holds)  # fmt: skip
    file = folder / "index.html"
    file.write_text(page.html(_TITLE, _LEAD, _tiles(chapters, day, found)), "utf-8")
    told_by_json = document(day, watch.kinds, [told.shown for told in chapters], own, books)
    (folder / "day.json").write_bytes(told_by_json)
    return file, holds


_NOTE = (
    '<p class="note">What each participant owes (above zero) or is owed (below) for payments that are not settled yet. '
    "The numbers are those of the chapters.</p>"
)


def _tiles(chapters: Sequence[Told], day: Day, found: Sequence[Check]) -> list[tuple[str, str]]:
    return [
        ("chapters as they must be", f"{sum(told.shown.passed for told in chapters)} of {len(chapters)}"),
        ("payments settled", str(day.figures.payments)),
        ("messages", str(sum(len(told.said) for told in chapters))),
        ("statements", str(len(day.statements))),
        ("checks hold", f"{sum(one.holds for one in found)} of {len(found)}"),
    ]


def _scheme(watch: Watch, day: Day) -> str:
    rows = [(name, kind, ", ".join(watch.lines)) for name, kind in watch.kinds.items()]
    agents = {one.agent: (one.agent, "ISO 20022 XML, settlement agent", one.currency) for one in day.settlements}
    return table(("participant", "speaks", "currencies"), [*rows, *agents.values()])


def _chapter(page: Writer, number: int, told: Told, folder: Path) -> None:
    shown = told.shown
    problems = "".join(f'<p class="wrong">{escape(each)}</p>' for each in shown.problems)
    before = (f'<p class="tells">{escape(told.tells)}</p>', problems, _changes(shown))
    drawn = page.flow(
        f"{number}. {shown.title}", [spoken(one) for one in told.said], *before, holds=shown.passed
    )  # fmt: skip
    (folder / f"{shown.name}.svg").write_text(drawn, "utf-8")


def _changes(shown: ScenarioShown) -> str:
    rows = [
        (change.participant, f"{'' if change.change.startswith('-') else '+'}{change.change} {change.currency}")
        for change in shown.changes
    ]
    return table(("participant", "its position changed by"), rows, numbers=(1,), kind="small") if rows else ""


def _positions(day: Day, watch: Watch, currency: str, folder: Path) -> str:
    moved = {name: line for name, line in day.positions[currency].items() if any(units for _, units in line)}
    drawn = chart(moved, currency, watch.marks)
    (folder / f"positions-{currency.lower()}.svg").write_text(drawn, "utf-8")
    return f"<h3>{escape(currency)}</h3>{picture(drawn, f'Positions in {currency} over time')}"


def _settlement(one: Settled) -> str:
    told = f"{one.agent} was told by {one.instrument} (cycle {one.cycle}): {one.instruction}" if one.agent else ""
    words = f"{one.model}, {one.reason}. {told}. {one.refusal}".replace("..", ".").strip(" .")
    rows = [
        (each.participant, figure(each.net), "" if each.told is None else figure(each.told), each.answer, each.state)
        for each in one.movements
    ]
    tone = "good" if one.state == "SETTLED" else "wrong"
    return (
        f"<h3>Settlement {one.id} in {escape(one.currency)} "
        f'<span class="verdict {tone}">{escape(one.state)}</span></h3>'
        f'<p class="note">{escape(words)}.</p>'
        + table(("participant", "net (owed)", "told the agent", "the agent", "its account"), rows, numbers=(1, 2))
    )


def _statements(statements: Iterable[Statement]) -> Iterable[str]:
    """Account by account, as its owner fetched it; the bookings unfold."""
    yield (
        '<p class="note">Credits are positive. Banks also got each of these as camt.053, which must say the same.</p>'
    )
    owner = ""
    for one in statements:
        if one.participant != owner:
            owner = one.participant
            yield f"<h3>{escape(owner)}</h3>"
        yield _statement(one)


def _statement(one: Statement) -> str:
    currency = one.opening.currency
    rows = [
        ("", "", "opening", "", "", figure(one.opening)),
        *(
            (str(line.entry), line.at, line.type, line.counterparty, _credit(line.amount), figure(line.balance))
            for line in one.lines
        ),
        ("", "", "closing", "", "", figure(one.closing)),
    ]
    heads = ("entry", "booked", "type", "other side", "amount", "balance")
    sums = f"{figure(one.opening)} + {len(one.lines)} bookings = <b>{figure(one.closing)} {escape(currency)}</b>"
    mark = '<i class="good">✓</i>' if one.adds_up and not one.sent else '<i class="wrong">✗</i>'
    also = "" if one.sent is None else " · camt.053"
    return (
        f'<details><summary>{mark} {escape(one.type)} {escape(currency)} <span class="dim">account {one.account}{also}'
        f'</span> <span class="number">{sums}</span></summary>{table(heads, rows, numbers=(0, 4, 5))}</details>'
    )


def _credit(amount: Money) -> str:
    return figure(amount) if amount.units < 0 else f"+{figure(amount)}"
