"""One HTML page of its own: no network, and no script but the one that opens messages when they are asked for."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from itertools import count
from typing import Final

import msgspec

from switch.demo.page.code import pretty
from switch.demo.page.diagram import diagram
from switch.demo.page.wire import Spoken, translations

_STYLE: Final = "style.css"
_SCRIPT: Final = """
function follow() {
  const message = document.getElementById(location.hash.slice(1));
  if (!message || message.tagName !== 'DETAILS') return;
  message.open = true;
  message.scrollIntoView({block: 'center'});
  message.querySelector('summary').focus({preventScroll: true});
}
addEventListener('hashchange', follow);
addEventListener('load', follow);
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="#m"]');
  if (link && link.getAttribute('href') === location.hash) follow();
  const button = event.target.closest('button[data-open]');
  if (button) document.querySelectorAll('details').forEach((one) => { one.open = Boolean(button.dataset.open); });
});
"""
_MARKS: Final = {True: '<i class="good" title="as it must be">✓</i>', False: '<i class="wrong" title="broken">✗</i>'}


class Section(msgspec.Struct, frozen=True):
    """One part of the page: its title, its content as HTML, and whether what it tells of is as it must be."""

    title: str
    content: str
    holds: bool | None = None


class Check(msgspec.Struct, frozen=True):
    """Something that must hold; `detail` says what was found."""

    promise: str
    holds: bool
    detail: str = ""


class Writer:
    """Collects the sections of one page; messages are numbered through the whole of it."""

    def __init__(self, hub: str) -> None:
        self._hub = hub
        self._numbers = count(1)
        self._sections: list[Section] = []

    def add(self, title: str, *content: str, holds: bool | None = None) -> None:
        """Append a section."""
        self._sections.append(Section(title, "".join(content), holds))

    def flow(self, title: str, messages: Sequence[Spoken], *before: str, holds: bool | None = None) -> str:
        """Append a section with a sequence diagram and all its messages; gives the diagram (SVG)."""
        anchors = [f"m{next(self._numbers)}" for _ in messages]
        drawn = diagram(messages, anchors, self._hub)
        told = "".join(
            self._message(number, one, anchor)
            for number, (one, anchor) in enumerate(zip(messages, anchors, strict=True), 1)
        )
        listed = f'<div class="messages"><h3>The {len(messages)} messages</h3>{told}</div>'
        self.add(title, *before, picture(drawn, f"Sequence diagram: {title}"), listed, holds=holds)
        return drawn

    def _message(self, number: int, message: Spoken, anchor: str) -> str:
        source, target = message.source or self._hub, message.target or self._hub
        says = f" <b>{escape(message.says)}</b>" if message.says else ""
        head = (
            f'<span class="step">{number}</span> {escape(source)} → {escape(target)} '
            f'<span class="{message.tone}">{escape(message.title)}</span>{says}'
        )
        forms = [(f"{message.said.method} {message.said.path}", message.said.body), *translations(message.said)]
        shown = "".join(
            f'<div><h4>{escape(name)}</h4><pre tabindex="0">{pretty(body)}</pre></div>' for name, body in forms
        )
        return f'<details id="{anchor}"><summary>{head}</summary><div class="beside">{shown}</div></details>'

    def html(self, title: str, lead: str, tiles: Sequence[tuple[str, str]]) -> str:
        """The whole page."""
        style = files("switch.demo.page").joinpath(_STYLE).read_text("utf-8")
        links = "".join(
            f'<li><a href="#s{n}">{escape(one.title)}</a> {_mark(one)}</li>' for n, one in enumerate(self._sections)
        )
        tiled = "".join(f'<div class="tile"><b>{escape(figure)}</b>{escape(name)}</div>' for name, figure in tiles)
        sections = "".join(
            f'<section aria-labelledby="s{n}"><h2 id="s{n}">{escape(one.title)} {_mark(one)}</h2>'
            f"{one.content}</section>"
            for n, one in enumerate(self._sections)
        )
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head><body>'
            f'<a class="skip" href="#s0">To the content</a><header><h1>{escape(title)}</h1>'
            f'<p class="lead">{escape(lead)}</p><div class="tiles">{tiled}</div></header>'
            f'<nav aria-label="Contents"><ul>{links}</ul>'
            '<p><button type="button" data-open="1">Open all messages</button> '
            '<button type="button" data-open="">Close them</button></p></nav>'
            f"<main>{sections}</main><script>{_SCRIPT}</script></body></html>"
        )


def _mark(section: Section) -> str:
    return "" if section.holds is None else _MARKS[section.holds]


def picture(svg: str, name: str) -> str:
    """A picture that keeps its size: a narrow window shows a part of it, which keys move too."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(name)}">{svg}</div>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = (), kind: str = "") -> str:
    """A table of texts; the columns `numbers` are figures. Cells that are too wide for a narrow window are moved."""
    right = set(numbers)

    def cell(tag: str, place: int, text: str) -> str:
        aligned = ' class="number"' if place in right else ""
        return f"<{tag}{aligned}>{escape(text)}</{tag}>"

    head = "".join(cell("th", place, text) for place, text in enumerate(heads))
    body = "".join(f"<tr>{''.join(cell('td', place, text) for place, text in enumerate(row))}</tr>" for row in rows)
    return framed(f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>", kind)


def framed(content: str, kind: str = "") -> str:
    """Rows of a table in its frame."""
    named = f' class="{kind}"' if kind else ""
    return f'<div class="wide" tabindex="0" role="region" aria-label="table"><table{named}>{content}</table></div>'


def checks(found: Iterable[Check]) -> str:
    """A table of checks with their marks."""
    rows = "".join(
        f"<tr><td>{_MARKS[one.holds]}</td><td>{escape(one.promise)}</td><td>{escape(one.detail)}</td></tr>"
        for one in found
    )
    return framed(f"<thead><tr><th></th><th>must hold</th><th>found</th></tr></thead><tbody>{rows}</tbody>", "checks")
