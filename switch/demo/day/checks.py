"""What the page finds by adding up by itself: payments, positions, settlements, the agents' books and statements."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from schemas.canonical.money import Money
from switch.demo.day.figures import Figures
from switch.demo.day.settled import Settled
from switch.demo.day.statements import Statement
from switch.demo.page.page import Check

Lines = Mapping[str, Sequence[tuple[int, int]]]
"""Name -> (milliseconds, units) of each change of a position."""
_SETTLED = "SETTLED"
_ABORTED = "ABORTED"


class Day(msgspec.Struct, frozen=True):
    """Everything that is added up. `booked`: units that agents credited to each participant, by currency.

    `positions` are those of the whole day, `cut` the moment (milliseconds) at which its window was closed.
    """

    figures: Figures
    positions: Mapping[str, Lines]
    cut: int
    settlements: tuple[Settled, ...]
    booked: Mapping[str, Mapping[str, int]]
    statements: tuple[Statement, ...]


def own_checks(day: Day) -> Iterator[Check]:
    """Each figure of the page against the one that must agree with it and comes from elsewhere."""
    for currency, lines in day.positions.items():
        yield from _of_currency(day, currency, lines)
    yield from _of_statements(day)


def _of_currency(day: Day, currency: str, lines: Lines) -> Iterator[Check]:
    nets = day.figures.nets(currency)

    def same(promise: str, found: Mapping[str, int]) -> Check:
        wrong = [
            f"{name}: {_text(found.get(name, 0), currency)}, not {_text(nets.get(name, 0), currency)}"
            for name in sorted({*nets, *found})
            if found.get(name, 0) != nets.get(name, 0)
        ]
        return Check(f"{currency}: {promise}", not wrong, "; ".join(wrong) or f"{len(nets)} participants")

    total = sum(nets.values())
    yield Check(f"{currency}: what all owe each other sums to zero", not total, _text(total, currency))
    at_cut = {name: _at(points, day.cut) for name, points in lines.items()}
    yield same("positions when the window was closed are the nets of the payments", at_cut)
    mine = [one for one in day.settlements if one.currency == currency]
    ended = [one for one in mine if one.state == _SETTLED]
    yield Check(f"{currency}: the window was settled, and once", len(ended) == 1, f"{len(ended)} of {len(mine)}")
    for one in ended:
        yield same(f"settlement {one.id} has these nets", {each.participant: each.net.units for each in one.movements})
        told = {each.participant: each.told.units for each in one.movements if each.told is not None}
        yield same(f"its agent {one.agent} was told them", told)
    booked = day.booked.get(currency, {})
    yield same("its agent has booked them and nothing else", {name: -units for name, units in booked.items()})
    left = {name: points[-1][1] for name, points in lines.items() if points and points[-1][1]}
    found = ", ".join(sorted(left)) or f"{len(lines)} positions"
    yield Check(f"{currency}: every position is back at zero", not left, found)
    for one in mine:
        if one.state == _ABORTED:
            moved = [each.participant for each in one.movements if each.state != _ABORTED]
            yield Check(f"{currency}: settlement {one.id} was given up as a whole", not moved, one.refusal)


def _of_statements(day: Day) -> Iterator[Check]:
    wrong = [f"{one.participant} {one.account}" for one in day.statements if not one.adds_up]
    yield Check(
        "statements: opening and bookings give closing", not wrong and bool(day.statements),
        ", ".join(wrong) or f"{len(day.statements)} statements",
    )  # fmt: skip
    steps = [
        f"{one.participant} {line.entry}"
        for one in day.statements
        for before, line in zip((one.opening, *(each.balance for each in one.lines)), one.lines, strict=False)
        if before.units + line.amount.units != line.balance.units
    ]
    count = sum(len(one.lines) for one in day.statements)
    yield Check("statements: each balance is the one before and the booking", not steps, f"{count} bookings")
    lines = [(one.account, line.entry) for one in day.statements for line in one.lines]
    yield Check("statements: no booking is in two of them", len(set(lines)) == len(lines), f"{len(lines)} bookings")
    sent = [one for one in day.statements if one.sent is not None]
    differ = [f"{one.participant} {one.account}: {one.sent}" for one in sent if one.sent]
    yield Check(
        "statements: the camt.053 that banks got says the same", not differ and bool(sent),
        "; ".join(differ) or f"{len(sent)} messages",
    )  # fmt: skip


def _at(points: Sequence[tuple[int, int]], moment: int) -> int:
    """Where a position stood."""
    return next((units for at, units in reversed(points) if at <= moment), 0)


def _text(units: int, currency: str) -> str:
    return Money(units, currency).fspiop
