"""The day as a page: every flow with its messages, positions over time, who paid whom, and what must hold."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import msgspec

from schemas.canonical.money import Money
from switch.demo.day.figures import Figures
from switch.demo.day.positions import Watch
from switch.demo.page.chart import chart
from switch.demo.page.page import Check, Writer, checks, table
from switch.demo.page.wire import spoken
from switch.demo.report import Proof
from switch.demo.scenarios.stage import ScenarioShown
from switch.sandbox.tape import Said

_TITLE = "Settling in an ISO world: one business day"


class Told(msgspec.Struct, frozen=True):
    """One chapter: how it ended, what was said in it, and whether that is drawn."""

    shown: ScenarioShown
    said: Sequence[Said]
    drawn: bool = True


def write_day(
    folder: Path, chapters: Sequence[Told], watch: Watch, figures: Figures, proofs: Sequence[Proof], hub: str
) -> Path:
    """Write `index.html` and the pictures into the folder, which is made if need be; gives the page."""
    folder.mkdir(parents=True, exist_ok=True)
    page = Writer(hub)
    page.add("The scheme", _scheme(watch))
    for told in chapters:
        verdict = [Check(told.shown.title, told.shown.passed, "; ".join(told.shown.problems) or "as it must be")]
        before = (checks(verdict), _changes(told.shown))
        if told.drawn:
            drawn = page.flow(told.shown.title, [spoken(one) for one in told.said], *before)
            (folder / f"{told.shown.name}.svg").write_text(drawn, "utf-8")
        else:
            page.add(told.shown.title, *before, f"<p>{len(told.said)} messages, as in the chapters before.</p>")
    page.add("Positions over time", *(_positions(watch, currency, folder) for currency in watch.lines))
    page.add("Who paid whom", *(_matrix(figures, currency) for currency in watch.lines))
    page.add("What must hold", checks(_checks(watch, figures, proofs)))
    messages = sum(len(told.said) for told in chapters)
    tiles = [
        ("chapters as they must be", f"{sum(told.shown.passed for told in chapters)} of {len(chapters)}"),
        ("payments settled", str(sum(flow.payments for flow in figures.flows))),
        ("messages", str(messages)),
        ("invariants hold", f"{sum(proof.holds for proof in proofs)} of {len(proofs)}"),
    ]
    lead = "Banks speak ISO 20022 XML, wallets FSPIOP; one ledger clears, one agent settles. Every arrow is a message."
    file = folder / "index.html"
    file.write_text(page.html(_TITLE, lead, tiles), "utf-8")
    return file


def _scheme(watch: Watch) -> str:
    rows = [(name, kind, ", ".join(watch.lines)) for name, kind in watch.kinds.items()]
    return table(("participant", "speaks", "currencies"), rows)


def _changes(shown: ScenarioShown) -> str:
    rows = [(change.participant, change.currency, change.change) for change in shown.changes]
    return table(("participant", "currency", "change of its position"), rows, numbers=(2,)) if rows else ""


def _positions(watch: Watch, currency: str, folder: Path) -> str:
    moved = {name: points for name, points in watch.lines[currency].items() if any(units for _, units in points)}
    drawn = chart(moved, currency)
    (folder / f"positions-{currency.lower()}.svg").write_text(drawn, "utf-8")
    return f"<h3>{escape(currency)}: what is owed since the window was opened</h3>{drawn}"


def _matrix(figures: Figures, currency: str) -> str:
    names, rows = figures.matrix(currency)
    if not names:
        return ""
    zero = Money(0, currency)
    paid = {name: _sum(row, zero) for name, row in zip(names, rows, strict=True)}
    got = {name: _sum((row[place] for row in rows), zero) for place, name in enumerate(names)}
    shown = [
        (name, *(_figure(amount) for amount in row), paid[name].fspiop, (paid[name] - got[name]).fspiop)
        for name, row in zip(names, rows, strict=True)
    ]
    shown.append(("received", *(got[name].fspiop for name in names), _sum(got.values(), zero).fspiop, "0"))
    heads = ("payer", *names, "paid", "net")
    return f"<h3>{escape(currency)}</h3>" + table(heads, shown, numbers=range(1, len(heads)))


def _figure(amount: Money) -> str:
    return amount.fspiop if amount.units else ""


def _sum(amounts: Iterable[Money], zero: Money) -> Money:
    total = zero
    for amount in amounts:
        total = total + amount
    return total


def _checks(watch: Watch, figures: Figures, proofs: Sequence[Proof]) -> list[Check]:
    """What the hub's invariants say, and what the page finds by adding up by itself."""
    found = [Check(each.promise, each.holds, each.detail) for each in proofs]
    for currency in watch.lines:
        nets: dict[str, int] = {}
        for flow in figures.flows:
            if flow.amount.currency == currency:
                nets[flow.payer] = nets.get(flow.payer, 0) + flow.amount.units
                nets[flow.payee] = nets.get(flow.payee, 0) - flow.amount.units
        total = Money(sum(nets.values()), currency)
        found.append(Check(f"nets in {currency} sum to zero", not total.units, total.fspiop))
    return found
