"""The settlement matrix: who owes whom, what each owes in all, and what the settlement agent has booked of it."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from schemas.canonical.money import Money
from switch.demo.day.figures import Figures
from switch.demo.page.amounts import shown
from switch.demo.page.page import framed

_MOST: Final = 45
"""Percent of colour in the cell with the greatest amount."""


def matrix(figures: Figures, currency: str, booked: Mapping[str, int]) -> str:
    """A table with a row for who owes and a column for who is owed; the greater an amount, the darker its cell."""
    names, rows = figures.matrix(currency)
    if not names:
        return ""
    nets, greatest = figures.nets(currency), max(amount.units for row in rows for amount in row)
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("owes", *names))
    lines = [
        f"<tr><th>{escape(name)}</th>{''.join(_cell(one, greatest) for one in row)}{_sum(sum_of(row), currency)}"
        f"{_net(nets[name], currency)}{_sum(booked.get(name, 0), currency)}</tr>"
        for name, row in zip(names, rows, strict=True)
    ]
    columns = [sum_of(row[place] for row in rows) for place in range(len(names))]
    last = "".join(_sum(units, currency) for units in (*columns, sum(columns), sum(nets.values()), _all(booked, names)))
    return (
        f"<h3>{escape(currency)}</h3>"
        + framed(
            f"<thead><tr>{heads}<th>in all</th><th>net</th><th>booked</th></tr></thead>"
            f"<tbody>{''.join(lines)}<tr><th>in all</th>{last}</tr></tbody>",
            "matrix",
        )
        + '<p class="note">A positive net is owed, a negative one is owed to the participant. Booked is what '
        "its settlement agent credited (debited, if negative).</p>"
    )


def sum_of(amounts: Iterable[Money]) -> int:
    """Units of all of them."""
    return sum(amount.units for amount in amounts)


def _all(booked: Mapping[str, int], names: Iterable[str]) -> int:
    return sum(booked.get(name, 0) for name in names)


def _cell(amount: Money, greatest: int) -> str:
    if not amount.units:
        return "<td></td>"
    share = 8 + amount.units * (_MOST - 8) // greatest
    return f'<td style="background: rgba(11, 92, 213, .{share:02d})">{shown(amount)}</td>'


def _net(units: int, currency: str) -> str:
    return f'<td class="{"owes" if units > 0 else "owed"}">{shown(Money(units, currency))}</td>'


def _sum(units: int, currency: str) -> str:
    return f'<td class="sum">{shown(Money(units, currency))}</td>'
