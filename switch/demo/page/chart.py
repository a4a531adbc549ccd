"""Positions over time as SVG: one line of steps for each participant, in one currency."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from switch.demo.page.amounts import short

_WIDTH: Final = 1000
_HEIGHT: Final = 290
_LEFT: Final = 90
_RIGHT: Final = 170
_TOP: Final = 24
_BOTTOM: Final = 28
_COLOURS: Final = ("#1f6feb", "#bf3989", "#1a7f37", "#9a6700", "#8250df", "#cf222e", "#0a7ea4", "#57606a")
_NAMED: Final = {
    "blue": "#1f6feb", "green": "#1a7f37", "red": "#cf222e", "pink": "#bf3989", "yellow": "#c58a00", "gold": "#7d5a00",
}  # fmt: skip
"""Participants that are called by a colour have it."""
_STEPS: Final = 4
_APART: Final = 16
_UNITS: Final = 10_000
_SMALL: Final = 'font-size="11" fill="#656d76"'
# Attributes instead of a style sheet: the picture must also stand alone.
_SVG: Final = (
    f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
    'role="img" font-family="system-ui, sans-serif" font-size="12.5"'
)

Points = Sequence[tuple[int, int]]
"""(milliseconds since the beginning, units of 10^-4), in the order of time."""


def chart(lines: Mapping[str, Points], currency: str, marks: Sequence[int] = ()) -> str:
    """All lines on one scale; the zero line is drawn. `marks`: moments at which chapters 1, 2, ... began."""
    values = [value for points in lines.values() for _, value in points] or [0]
    step = _round((max(0, *values) - min(0, *values)) // _STEPS)
    low, high = min(0, *values) // step * step, -(-max(step, *values) // step) * step
    last = max((*marks, *(moment for points in lines.values() for moment, _ in points)), default=1) or 1

    def x(moment: int) -> int:
        return _LEFT + moment * (_WIDTH - _LEFT - _RIGHT) // last

    def y(value: int) -> int:
        return _TOP + (high - value) * (_HEIGHT - _TOP - _BOTTOM) // (high - low)

    title = f"Positions in {escape(currency)}"
    parts = [f"<svg {_SVG}><title>{title}</title>"]
    parts += [_grid(y(value), value) for value in range(low, high + 1, step)]
    parts.append(f'<line stroke="#656d76" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(0)}" y2="{y(0)}"/>')
    parts += _marked([x(moment) for moment in marks])
    taken: list[int] = []
    for number, (name, points) in enumerate(lines.items()):
        colour = _colour(name, number)
        path = " ".join(_steps([(x(moment), y(value)) for moment, value in points], x(last)))
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        place = _free(y(points[-1][1]) + 4, taken) if points else _TOP
        taken.append(place)
        label = f"{name} {short(points[-1][1])}" if points else name
        parts.append(f'<text x="{_WIDTH - _RIGHT + 8}" y="{place}" fill="{colour}">{escape(label)}</text>')
    return "".join([*parts, f'<text {_SMALL} x="{_LEFT}" y="{_HEIGHT - 8}">0</text>', _end(last), "</svg>"])


def _round(units: int) -> int:
    """The least 1, 2 or 5 with zeros that is no less, and at least one whole."""
    scale = _UNITS
    while True:
        for digit in (1, 2, 5):
            if digit * scale >= units:
                return digit * scale
        scale *= 10


def _marked(places: Sequence[int]) -> list[str]:
    """A line where each chapter begins, with its number where there is room for it."""
    drawn, free = list[str](), 0
    for number, place in enumerate(places, 1):
        line = f'x1="{place}" x2="{place}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"'
        drawn.append(f'<line stroke="#afb8c1" stroke-width="0.8" stroke-dasharray="2 4" {line}/>')
        if place >= free:
            drawn.append(f'<text {_SMALL} text-anchor="middle" x="{place}" y="{_TOP - 5}">{number}</text>')
            free = place + _APART
    return drawn


def _colour(name: str, number: int) -> str:
    named = (colour for word, colour in _NAMED.items() if name.startswith(word))
    return next(named, _COLOURS[number % len(_COLOURS)])


def _end(last: int) -> str:
    place = f'text-anchor="end" x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}"'
    return f"<text {_SMALL} {place}>{last / 1000:.1f} s</text>"


def _grid(y: int, value: int) -> str:
    label = f'<text {_SMALL} text-anchor="end" x="{_LEFT - 8}" y="{y + 4}">{short(value)}</text>'
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
