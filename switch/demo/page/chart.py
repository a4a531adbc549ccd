"""Positions over time as SVG: one line of steps for each participant, in one currency."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from schemas.canonical.money import Money

_WIDTH: Final = 900
_HEIGHT: Final = 260
_LEFT: Final = 90
_RIGHT: Final = 150
_TOP: Final = 16
_BOTTOM: Final = 28
_COLOURS: Final = ("#1f6feb", "#bf3989", "#1a7f37", "#9a6700", "#8250df", "#cf222e", "#0a7ea4", "#57606a")
_NAMED: Final = {
    "blue": "#1f6feb", "green": "#1a7f37", "red": "#cf222e", "pink": "#bf3989", "yellow": "#c58a00", "gold": "#7d5a00",
}  # fmt: skip
"""Participants that are called by a colour have it."""
_STEPS: Final = 4
_UNITS: Final = 10_000
_SMALL: Final = 'font-size="11" fill="#656d76"'
# Attributes instead of a style sheet: the picture must also stand alone.
_SVG: Final = (
    f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
    'role="img" font-family="system-ui, sans-serif" font-size="12.5"'
)

Points = Sequence[tuple[int, int]]
"""(milliseconds since the beginning, units of 10^-4), in the order of time."""


def chart(lines: Mapping[str, Points], currency: str) -> str:
    """All lines on one scale; the zero line is drawn."""
    values = [value for points in lines.values() for _, value in points] or [0]
    low, high = min(0, *values), max(0, *values)
    high = high if high > low else low + _UNITS
    last = max((moment for points in lines.values() for moment, _ in points), default=1) or 1

    def x(moment: int) -> int:
        return _LEFT + moment * (_WIDTH - _LEFT - _RIGHT) // last

    def y(value: int) -> int:
        return _TOP + (high - value) * (_HEIGHT - _TOP - _BOTTOM) // (high - low)

    title = f"Positions in {escape(currency)}"
    parts = [f"<svg {_SVG}><title>{title}</title>"]
    parts += [_grid(y(low + (high - low) * step // _STEPS), low + (high - low) * step // _STEPS) for step in range(5)]
    parts.append(f'<line stroke="#656d76" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(0)}" y2="{y(0)}"/>')
    taken: list[int] = []
    for number, (name, points) in enumerate(lines.items()):
        colour = _colour(name, number)
        path = " ".join(_steps([(x(moment), y(value)) for moment, value in points], x(last)))
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        place = _free(y(points[-1][1]) + 4, taken) if points else _TOP
        taken.append(place)
        label = f"{name} {_amount(points[-1][1])}" if points else name
        parts.append(f'<text x="{_WIDTH - _RIGHT + 8}" y="{place}" fill="{colour}">{escape(label)}</text>')
    return "".join([*parts, f'<text {_SMALL} x="{_LEFT}" y="{_HEIGHT - 8}">0</text>', _end(last), "</svg>"])


def _colour(name: str, number: int) -> str:
    named = (colour for word, colour in _NAMED.items() if name.startswith(word))
    return next(named, _COLOURS[number % len(_COLOURS)])


def _end(last: int) -> str:
    place = f'text-anchor="end" x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}"'
    return f"<text {_SMALL} {place}>{last / 1000:.1f} s</text>"


def _grid(y: int, value: int) -> str:
    label = f'<text {_SMALL} text-anchor="end" x="{_LEFT - 8}" y="{y + 4}">{_amount(value)}</text>'
    return f'<line stroke="#d0d7de" stroke-width="0.6" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>{label}'


def _steps(points: Sequence[tuple[int, int]], end: int) -> list[str]:
    """A position stays as it is until it changes."""
    if not points:
        return []
    (first_x, first_y), *rest = points
    return [f"M{first_x} {first_y}", *(f"H{x} V{y}" for x, y in rest), f"H{end}"]


def _free(place: int, taken: Sequence[int]) -> int:
    """The nearest place below that no other label has."""
    while any(abs(place - other) < 14 for other in taken):
        place += 2
    return place


def _amount(units: int) -> str:
    """An exact amount with commas between thousands."""
    whole, _, rest = Money(abs(units), "").fspiop.partition(".")
    sign = "-" if units < 0 else ""
    return f"{sign}{int(whole):,}{'.' if rest else ''}{rest}"
