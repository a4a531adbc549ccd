"""A sequence diagram as SVG: a line of life for each party, an arrow for each message, time going down."""

from collections.abc import Sequence
from html import escape
from typing import Final

from switch.demo.page.wire import Spoken, Tone

_LANE: Final = 250
_NARROW: Final = 205
_FEW: Final = 4
"""Parties that have room for wide lanes."""
_MARGIN: Final = 150
_ROW: Final = 38
_TOP: Final = 64
_HEAD: Final = 15
_HUB: Final = ""
_COLOURS: Final = {Tone.ISO: "#0b5cd5", Tone.FSPIOP: "#1a7f37", Tone.BAD: "#cf222e"}
_INK, _DIM, _LINE, _SOFT = "#1f2328", "#656d76", "#d0d7de", "#f6f8fa"
# Attributes instead of a style sheet: the picture must also stand alone.
_SVG: Final = 'xmlns="http://www.w3.org/2000/svg" role="img" font-family="system-ui, sans-serif" font-size="12.5"'


def diagram(messages: Sequence[Spoken], anchors: Sequence[str], hub: str) -> str:
    """The messages in their order; each arrow leads to its anchor. The first sender stands left of the hub."""
    lanes = lanes_of(messages)
    lane = _LANE if len(lanes) <= _FEW else _NARROW
    places = {name: _MARGIN + number * lane for number, name in enumerate(lanes)}
    width = _MARGIN + (len(lanes) - 1) * lane + 100
    height = _TOP + _ROW * len(messages) + 24
    parts = [
        f'<svg {_SVG} viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        *(_life(name or hub, place, height, hub=name == _HUB) for name, place in places.items()),
    ]
    begun = messages[0].said.at if messages else None
    for number, (message, anchor) in enumerate(zip(messages, anchors, strict=True)):
        elapsed = round((message.said.at - begun).total_seconds() * 1000) if begun else 0
        parts.append(_arrow(message, anchor, places, (number, elapsed)))
    return "".join([*parts, "</svg>"])


def lanes_of(messages: Sequence[Spoken]) -> list[str]:
    """The parties from left to right: the first that speaks, the hub, then all others as they come in."""
    others = list(dict.fromkeys(message.said.counterparty for message in messages))
    return [*others[:1], _HUB, *others[1:]]


def _life(name: str, place: int, height: int, *, hub: bool) -> str:
    box, ink = (_INK, "#ffffff") if hub else (_SOFT, _INK)
    return (
        f'<line x1="{place}" x2="{place}" y1="44" y2="{height - 8}" stroke="{_LINE}" stroke-width="1.5" '
        f'stroke-dasharray="5 4"/><rect x="{place - 70}" y="10" width="140" height="32" rx="6" fill="{box}" '
        f'stroke="{_LINE}"/><text x="{place}" y="31" text-anchor="middle" font-weight="600" fill="{ink}">'
        f"{escape(name)}</text>"
    )


def _arrow(message: Spoken, anchor: str, places: dict[str, int], when: tuple[int, int]) -> str:
    """One arrow; `when` are its place in the order and the milliseconds since the first."""
    number, elapsed = when
    y = _TOP + _ROW * number + 30
    start, end = places[message.source], places[message.target]
    right = 1 if end > start else -1
    tip, middle, colour = end - right * 4, (start + end) // 2, _COLOURS[message.tone]
    head = f"{tip},{y} {tip - right * _HEAD},{y - 5} {tip - right * _HEAD},{y + 5}"
    says = f'<tspan font-weight="600" dx="8">{escape(message.says)}</tspan>' if message.says else ""
    return (
        f'<a href="#{anchor}"><title>{number + 1}. {escape(message.title)} after {elapsed} ms</title>'
        f'<line x1="{start + right * 4}" y1="{y}" x2="{tip - right * _HEAD}" y2="{y}" stroke="{colour}" '
        f'stroke-width="1.6"/><polygon points="{head}" fill="{colour}"/>'
        f'<text x="{middle}" y="{y - 7}" text-anchor="middle" fill="{colour}">{escape(message.title)}{says}</text></a>'
        f'<text x="6" y="{y + 4}" font-size="11" fill="{_INK}">{number + 1}</text>'
        f'<text x="30" y="{y + 4}" font-size="11" fill="{_DIM}">{elapsed:,} ms</text>'
    )
