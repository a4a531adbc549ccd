"""The demo's tables: the live matrix of cases and directions, and what is shown at the end."""

from collections.abc import Sequence
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from switch.demo.cases import DIRECTIONS, Case, Direction
from switch.demo.exchange import ExchangeShown
from switch.demo.play import Result
from switch.demo.report import Books, Position
from switch.demo.samples import SampleResult


class Board:
    """The live matrix: a row for each case, a column for each direction."""

    def __init__(self, console: Console) -> None:
        self._cells: dict[tuple[str, Case], Text] = {}
        self._live = Live(get_renderable=self.matrix, console=console, refresh_per_second=8)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def progress(self, direction: Direction, case: Case, result: Result | None) -> None:
        """A case begins (no result yet) or has ended."""
        cell = Text("…", style="dim")
        if result is not None:
            mark, style = ("✓", "green") if result.passed else ("✗", "bold red")
            cell = Text(f"{mark} {result.code or result.end:<10}", style=style)
            cell.append(f" {result.milliseconds} ms", style="dim")
        self._cells[direction.title, case] = cell

    def matrix(self) -> RenderableType:
        """The matrix as it stands."""
        table = Table(title="One ledger, two languages", title_style="bold")
        table.add_column("what happens")
        for direction in DIRECTIONS:
            table.add_column(f"{direction.title}\n{direction.payer} → {direction.payee}\n{direction.currency}")
        for case in Case:
            table.add_row(case.value, *(self._cells.get((each.title, case), Text()) for each in DIRECTIONS))
        return table


def failures(results: Sequence[Result], samples: Sequence[SampleResult]) -> RenderableType:
    """What did not end as it must, line by line."""
    lines = [
        Text(f"{result.direction}, {result.case}: {problem}", style="red")
        for result in results
        for problem in result.problems
    ]
    lines += [Text(f"{sample.file}: {sample.problem}", style="red") for sample in samples if sample.problem]
    return Group(*lines)


def sample_table(samples: Sequence[SampleResult]) -> Table:
    """Each real message and how it ended."""
    table = Table(title="Real messages, re-addressed to the sandbox banks", title_style="bold")
    for name in ("file", "message", "amount", "ended", "why"):
        table.add_column(name, overflow="fold")
    for sample in samples:
        style = "green" if sample.passed else "bold red"
        table.add_row(
            sample.file,
            sample.message,
            f"{sample.amount} {sample.currency}",
            Text(f"{sample.end} {sample.code}", style=style),
            sample.text,
        )
    return table


def exchange_table(exchanges: Sequence[ExchangeShown]) -> Table:
    """Each payment across two currencies: what the payer was told, and the four positions it moved."""
    table = Table(title="Across two currencies", title_style="bold")
    for name in ("what happens", "who", "told", "positions"):
        table.add_column(name, overflow="fold")
    for each in exchanges:
        told = each.told
        told_of = f"{each.code}\n{told.given} → {told.got}\nrate {told.rate}" if told else each.code
        charges = "".join(f"\ncharge {charge}" for charge in told.charges) if told else ""
        moved = "\n".join(f"{leg.participant} {leg.change} {leg.currency}" for leg in each.legs if leg.change != "0")
        style = "green" if each.passed else "bold red"
        who = f"{each.payer} → {each.payee}\nover {each.provider}"
        table.add_row(each.case, who, Text(told_of + charges, style=style), moved or "nothing moved")
    return table


def position_table(positions: Sequence[Position]) -> Table:
    """Each participant's position and settlement account by currency."""
    table = Table(title="Positions", title_style="bold")
    table.add_column("participant")
    table.add_column("currency")
    for name in ("position", "settlement account"):
        table.add_column(name, justify="right")
    for position in positions:
        table.add_row(position.participant, position.currency, position.position, position.settlement)
    return table


def books_table(books: Sequence[Books]) -> Table:
    """The sums that must be zero."""
    table = Table(title="The books: each sum must be zero", title_style="bold")
    table.add_column("currency")
    for name in ("sum of positions", "sum of all accounts"):
        table.add_column(name, justify="right")
    for each in books:
        style = "green" if each.balanced else "bold red"
        table.add_row(each.currency, Text(each.positions, style=style), Text(each.all_accounts, style=style))
    return table
