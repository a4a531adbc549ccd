"""A report as bytes: JSON, CSV, a workbook (xlsx), or a page to read and print. Rows are written as they are read."""

import asyncio
import csv
import html
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec

from switch.reports.dataset import PAGE, Cell, Check, ColumnKind, Definition, Head, Row, instant

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_STYLE: Final = resources.files("switch.reports").joinpath("style.css").read_text(encoding="utf-8")
_BOOK_ROWS: Final = 100_000
_PAGE_ROWS: Final = 10_000
_EXACT_DIGITS: Final = 15
_CHUNK: Final = 1 << 16
Rows = AsyncIterator[Row]


class TooLongError(ValueError):
    """More rows than a form can hold for its reader."""


def head_of(head: Head) -> dict[str, Any]:
    """What stands above the rows, as JSON has it; checks that do not hold make it unsound."""
    definition, wanted = head.definition, head.wanted
    given = {
        "settlement": wanted.settlement, "window": wanted.window, "participant": wanted.participant,
        "currency": wanted.currency, "from": wanted.since and instant(wanted.since),
        "to": wanted.until and instant(wanted.until),
    }  # fmt: skip
    return {
        "report": definition.name,
        "title": definition.title,
        "made": instant(head.made),
        "parameters": {name: value for name, value in given.items() if value is not None},
        "columns": [{"name": one.name, "title": one.title, "type": one.kind.value} for one in definition.columns],
        "sound": head.sound,
        "checks": [_check(one) for one in head.checks],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "check": check.name, "of": check.subject, "expected": check.expected, "found": check.found,
        "holds": check.holds,
    }  # fmt: skip


def named(definition: Definition, row: Row) -> dict[str, Any]:
    """A row as JSON has it: empty cells are left out."""
    cells = zip(definition.columns, row, strict=True)
    return {
        column.name: instant(cell) if isinstance(cell, datetime) else cell for column, cell in cells if cell is not None
    }


def page(head: Head, rows: Sequence[Row], number: int, following: str | None) -> bytes:
    """One page of JSON; `following` is where the next is."""
    body = head_of(head) | {"page": number, "next": following}
    return _ENCODER.encode(body | {"rows": [named(head.definition, row) for row in rows]})


async def as_json(head: Head, rows: Rows) -> AsyncIterator[bytes]:
    """All rows as one JSON document."""
    yield _ENCODER.encode(head_of(head))[:-1] + b',"rows":['
    first = True
    async for group in _grouped(rows):
        text = b",".join(_ENCODER.encode(named(head.definition, row)) for row in group)
        yield text if first else b"," + text
        first = False
    yield b"]}"


async def as_csv(head: Head, rows: Rows) -> AsyncIterator[bytes]:
    """The table alone (RFC 4180), with the columns' names in the first line."""
    yield _lines([[column.name for column in head.definition.columns]])
    async for group in _grouped(rows):
        yield _lines([[_plain(cell) for cell in row] for row in group])


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}"
        case datetime():
            return instant(cell)
        case str():
            # A spreadsheet would take such a text for a formula.
            return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
        case _:
            return str(cell)


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


async def as_xlsx(head: Head, rows: Rows) -> AsyncIterator[bytes]:
    """A workbook: the table, the checks, and what it is of. Raises TooLongError before anything is written."""
    with tempfile.TemporaryDirectory(prefix="isoloop-report-") as folder:
        path = Path(folder) / "report.xlsx"
        book = _Book(path, head)
        try:
            async for group in _grouped(rows):
                await asyncio.to_thread(book.add, group)
        finally:
            await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


class _Book:
    """A workbook that keeps no row in memory."""

    def __init__(self, path: Path, head: Head) -> None:
        import xlsxwriter  # noqa: PLC0415 - few reports are workbooks, and a hub's start need not wait for it

        self._head = head
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._bold = self._book.add_format({"bold": True, "bg_color": "#f6f8fa", "bottom": 1})
        self._formats: dict[int, Any] = {}
        self._sheet = self._book.add_worksheet(head.definition.title[:31])
        self._sheet.freeze_panes(1, 0)
        self._at = 1
        for number, column in enumerate(head.definition.columns):
            self._sheet.set_column(number, number, max(len(column.title) + 2, 16))
            self._sheet.write_string(0, number, column.title, self._bold)

    def add(self, rows: Sequence[Row]) -> None:
        if self._at + len(rows) > _BOOK_ROWS:
            raise TooLongError(f"a workbook of more than {_BOOK_ROWS} rows is of little use: ask for format=csv")
        for row in rows:
            for number, cell in enumerate(row):
                self._write(self._sheet, self._at, number, cell)
            self._at += 1

    def _write(self, sheet: Any, row: int, column: int, cell: Cell) -> None:
        match cell:
            case None:
                return
            case Decimal() if len(cell.as_tuple().digits) <= _EXACT_DIGITS:
                # Up to 15 digits a spreadsheet holds a decimal number exactly as it is written.
                sheet.write_number(row, column, cell, self._amount(cell))
            case int() if len(str(abs(cell))) <= _EXACT_DIGITS:
                sheet.write_number(row, column, cell)
            case _:
                text = f"{cell:f}" if isinstance(cell, Decimal) else _text(cell)
                sheet.write_string(row, column, text)

    def _amount(self, cell: Decimal) -> Any:
        exponent = cell.as_tuple().exponent
        digits = -exponent if isinstance(exponent, int) else 0
        if digits not in self._formats:
            pattern = "#,##0" + ("." + "0" * digits if digits else "")
            self._formats[digits] = self._book.add_format({"num_format": pattern})
        return self._formats[digits]

    def close(self) -> None:
        checks = self._book.add_worksheet("Checks")
        checks.set_column(0, 1, 48)
        for number, title in enumerate(("Check", "Of", "Expected", "Found", "Holds")):
            checks.write_string(0, number, title, self._bold)
        for row, check in enumerate(self._head.checks, 1):
            cells: Row = (check.name, check.subject, check.expected, check.found, "yes" if check.holds else "NO")
            for number, cell in enumerate(cells):
                self._write(checks, row, number, cell)
        about = self._book.add_worksheet("About")
        about.set_column(0, 1, 28)
        told = head_of(self._head)
        facts = {"report": told["report"], "made": told["made"], **told["parameters"]}
        for row, (name, value) in enumerate(facts.items()):
            about.write_string(row, 0, name, self._bold)
            about.write_string(row, 1, str(value))
        self._book.close()


def _text(cell: Cell) -> str:
    return instant(cell) if isinstance(cell, datetime) else str(cell)


async def as_html(head: Head, rows: Rows) -> AsyncIterator[bytes]:
    """A page that needs nothing else, to be read or printed. Raises TooLongError before anything is written."""
    definition = head.definition
    lines: list[str] = []
    async for group in _grouped(rows):
        lines += ["<tr>" + "".join(_shown(cell) for cell in row) + "</tr>" for row in group]
        if len(lines) > _PAGE_ROWS:
            raise TooLongError(f"a page of more than {_PAGE_ROWS} rows is of little use: ask for format=csv")
    told = head_of(head)
    facts = " · ".join(f"{_escaped(name)} {_escaped(str(value))}" for name, value in told["parameters"].items())
    numbers = (ColumnKind.COUNT, ColumnKind.MONEY)
    titles = "".join(
        f'<th class="number">{_escaped(one.title)}</th>' if one.kind in numbers else f"<th>{_escaped(one.title)}</th>"
        for one in definition.columns
    )
    word = "good" if head.sound else "wrong"
    said = "All checks hold" if head.sound else "Some checks do not hold"
    yield (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_escaped(definition.title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{_escaped(definition.title)}</h1>"
        f'<p class="lead">{_escaped(definition.summary)}</p><p class="dim">{facts} · made {told["made"]} · '
        f'{len(lines)} rows</p><p class="{word}">{said if head.checks else "No checks"}</p>'
        f"<table><thead><tr>{titles}</tr></thead><tbody>"
    ).encode()
    for start in range(0, len(lines), PAGE):
        yield "".join(lines[start : start + PAGE]).encode()
    yield f"</tbody></table>{_checks(head)}</body></html>".encode()


def _checks(head: Head) -> str:
    if not head.checks:
        return ""
    lines = "".join(
        f'<tr><td class="{"good" if one.holds else "wrong"}">{"✓" if one.holds else "✗"}</td><td>{_escaped(one.name)}'
        f"</td><td>{_escaped(one.subject)}</td>{_shown(one.expected)}{_shown(one.found)}</tr>"
        for one in head.checks
    )
    titles = '<th></th><th>Check</th><th>Of</th><th class="number">Expected</th><th class="number">Found</th>'
    return f"<h2>Checks</h2><table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"


def _shown(cell: Cell) -> str:
    match cell:
        case None:
            return "<td></td>"
        case Decimal():
            return f'<td class="number">{cell:,f}</td>'
        case int():
            return f'<td class="number">{cell}</td>'
        case _:
            return f"<td>{_escaped(_text(cell))}</td>"


def _escaped(text: str) -> str:
    return html.escape(text, quote=True)


async def _grouped(rows: Rows) -> AsyncIterator[list[Row]]:
    """Rows by the page, with a turn for others between two."""
    group: list[Row] = []
    async for row in rows:
        group.append(row)
        if len(group) == PAGE:
            yield group
            group = []
            await asyncio.sleep(0)
    if group:
        yield group


WRITERS: Final[dict[str, tuple[str, Callable[[Head, Rows], AsyncIterator[bytes]]]]] = {
    "json": ("application/json", as_json),
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "html": ("text/html; charset=utf-8", as_html),
}
"""Format -> media type and writer."""


async def first_then(chunks: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """The first bytes, made before anything is promised to the reader, and the rest."""
    return await anext(chunks, b""), chunks


__all__ = ["WRITERS", "TooLongError", "as_csv", "as_html", "as_json", "as_xlsx", "first_then", "page"]
