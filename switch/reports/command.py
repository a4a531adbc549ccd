"""`isoloop report`: a report by its name from a hub's database, as JSON, CSV, workbook or page."""

import argparse
import asyncio
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
from rich.console import Console
from rich.table import Table

from switch.reports.catalog import REPORTS
from switch.reports.dataset import Head, Row
from switch.reports.desk import described
from switch.reports.order import Format, Order, read
from switch.reports.reader import Reader
from switch.reports.writing import WRITERS, head_of

_FILTERS: Final = {
    "settlement": ("N", "of this settlement"),
    "window": ("N", "of this window"),
    "participant": ("NAME", "only of this participant"),
    "currency": ("CODE", "only of this currency"),
    "from": ("TIME", "begin: a day, or a time in UTC (default: a day before the end)"),
    "to": ("TIME", "end: a day that still belongs to it, or a time (default: now)"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="which report; without it they are listed")
    for name, (meta, text) in _FILTERS.items():
        parser.add_argument(f"--{name}", dest=f"of_{name}", metavar=meta, help=text)
    parser.add_argument("--format", choices=[*Format], help="default: by the ending of FILE, else csv")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it there instead of to stdout")
    parser.add_argument(
        "--json", action="store_true", help="JSON on stdout: the report, or with -o what was written and its checks"
    )


def run(url: str, options: argparse.Namespace) -> int:
    """List or write; 1 if a check of the report does not hold."""
    if options.name is None:
        return _list(as_json=options.json)
    return asyncio.run(_write(Reader(url), options))


def _list(*, as_json: bool) -> int:
    told = described(list(REPORTS.values()))
    if as_json:
        sys.stdout.write(json.dumps({"reports": told}) + "\n")
        return 0
    table = Table("report", "of", "needs", "what it holds")
    for one in told:
        table.add_row(one["name"], one["of"], ", ".join(one["needs"]), one["summary"])
    Console().print(table)
    return 0


async def _write(reader: Reader, options: argparse.Namespace) -> int:
    given = {name: value for name in _FILTERS if (value := getattr(options, f"of_{name}"))}
    order = read(options.name, {**given, "format": _form(options)}, await reader.now())
    async with reader.open(order.definition, order.wanted) as snapshot:
        for name, kind in (("settlement", "settlement"), ("window", "settlement_window")):
            number = getattr(order.wanted, name)
            if number is not None and not await snapshot.exists(kind, number):
                raise ValueError(f"there is no {name} {number}")
        head = await snapshot.head(own=False)
        counted = _Counted(snapshot.rows())
        with ExitStack() as stack:
            out = sys.stdout.buffer if options.output is None else stack.enter_context(options.output.open("wb"))
            await _into(out, order, head, counted)
    if options.output is not None:
        _tell(options, head, counted.number)
    return 0 if head.sound else 1


def _form(options: argparse.Namespace) -> str:
    if options.format:
        return str(options.format)
    ending = options.output.suffix.removeprefix(".") if options.output is not None else ""
    return ending if ending in [*Format] else "json" if options.json and options.output is None else "csv"


class _Counted:
    """Rows, counted as they go by."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows
        self.number = 0

    def __aiter__(self) -> "_Counted":
        return self

    async def __anext__(self) -> Row:
        row: Row = await anext(self._rows)
        self.number += 1
        return row


async def _into(out: BinaryIO, order: Order, head: Head, rows: _Counted) -> None:
    _, write = WRITERS[order.format]
    async for part in write(head, rows):
        out.write(part)
    if order.format is Format.JSON:
        out.write(b"\n")
    out.flush()


def _tell(options: argparse.Namespace, head: Head, rows: int) -> None:
    told = {key: value for key, value in head_of(head).items() if key != "columns"}
    if options.json:
        line = msgspec.json.encode({**told, "file": str(options.output), "rows": rows})
        sys.stdout.write(line.decode() + "\n")
        return
    console = Console(stderr=True)
    console.print(f"{options.output}: {rows} rows")
    for check in head.checks:
        mark = "[green]holds[/]" if check.holds else "[red]BROKEN[/]"
        console.print(f"{mark} {check.name} ({check.subject}): {check.expected} expected, {check.found} found")
