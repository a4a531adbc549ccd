"""One HTML page of its own: no network, no script but the one that opens a message when its arrow is followed."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from itertools import count
from typing import Final

import msgspec

from switch.demo.page.code import pretty
from switch.demo.page.diagram import diagram
from switch.demo.page.wire import Spoken, translations

_SCRIPT: Final = """
function follow() {
  const message = document.getElementById(location.hash.slice(1));
  if (message && message.tagName === 'DETAILS') message.open = true;
}
addEventListener('hashchange', follow); addEventListener('load', follow);
"""


class Section(msgspec.Struct, frozen=True):
    """One part of the page: its title, and its content as HTML."""

    title: str
    content: str


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

    def add(self, title: str, *content: str) -> None:
        """Append a section."""
        self._sections.append(Section(title, "".join(content)))

    def flow(self, title: str, messages: Sequence[Spoken], *before: str) -> str:
        """Append a section with a sequence diagram and all its messages; gives the diagram (SVG)."""
        anchors = [f"m{next(self._numbers)}" for _ in messages]
        drawn = diagram(messages, anchors, self._hub)
        told = "".join(self._message(one, anchor) for one, anchor in zip(messages, anchors, strict=True))
        self.add(title, *before, drawn, f"<h3>The messages</h3>{told}")
        return drawn

    def _message(self, message: Spoken, anchor: str) -> str:
        source, target = message.source or self._hub, message.target or self._hub
        says = f" <b>{escape(message.says)}</b>" if message.says else ""
        head = f'{escape(source)} → {escape(target)} <span class="{message.tone}">{escape(message.title)}</span>{says}'
        forms = [(f"{message.said.method} {message.said.path}", message.said.body), *translations(message.said)]
        shown = "".join(f"<div><h4>{escape(name)}</h4><pre>{pretty(body)}</pre></div>" for name, body in forms)
        return f'<details id="{anchor}"><summary>{head}</summary><div class="beside">{shown}</div></details>'

    def html(self, title: str, lead: str, tiles: Sequence[tuple[str, str]]) -> str:
        """The whole page."""
        style = files("switch.demo.page").joinpath("style.css").read_text("utf-8")
        links = "".join(f'<a href="#s{n}">{escape(one.title)}</a>' for n, one in enumerate(self._sections))
        tiled = "".join(f'<div class="tile"><b>{escape(figure)}</b>{escape(name)}</div>' for name, figure in tiles)
        sections = "".join(
            f'<h2 id="s{n}"{" class=first" if n == 0 else ""}>{escape(one.title)}</h2>{one.content}'
            for n, one in enumerate(self._sections)
        )
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{style}</style></head><body>'
            f'<h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p><div class="tiles">{tiled}</div>'
            f"<nav>{links}</nav>{sections}<script>{_SCRIPT}</script></body></html>"
        )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """A table of texts; the columns `numbers` are figures."""
    right = set(numbers)

    def cell(tag: str, place: int, text: str) -> str:
        kind = ' class="number"' if place in right else ""
        return f"<{tag}{kind}>{escape(text)}</{tag}>"

    head = "".join(cell("th", place, text) for place, text in enumerate(heads))
    body = "".join(f"<tr>{''.join(cell('td', place, text) for place, text in enumerate(row))}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def checks(found: Iterable[Check]) -> str:
    """A table of checks with their marks."""
    rows = "".join(
        f'<tr><td class="{"good" if one.holds else "wrong"}">{"✓" if one.holds else "✗"}</td>'
        f"<td>{escape(one.promise)}</td><td>{escape(one.detail)}</td></tr>"
        for one in found
    )
    return f'<table class="checks"><tr><th></th><th>must hold</th><th>found</th></tr>{rows}</table>'
