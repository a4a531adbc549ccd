"""`isoloop reconcile`: a settlement agent's statements (camt.053) against the books of a hub."""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

import psycopg
from rich.console import Console
from rich.table import Table

from schemas.canonical.identity import HUB
from schemas.canonical.money import Money
from settlement.reconciling import Reconciliation, Verdict
from switch.commands import maintenance_arguments, opened_database
from switch.reconciliation import drift_by_currency, files, reconciled, shown

_SHOWN_MAX: Final = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="statements, with or without a header")
    parser.add_argument("--agent", metavar="NAME", help="only accounts with this settlement agent")
    parser.add_argument("--hub", default=HUB, metavar="NAME", help=f"the hub's own name (default: {HUB})")
    maintenance_arguments(parser)


def main(options: argparse.Namespace) -> int:
    """Compare and print; 1 if anything does not match."""
    reports = list(files(options.files))
    with opened_database(options) as url, psycopg.connect(url, application_name="isoloop reconcile") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        found = reconciled(connection, reports, options.hub, agent=options.agent)
    clean = all(one.clean for one in found)
    if options.json:
        told = {"clean": clean, "drift": drift_by_currency(found), "statements": [shown(one) for one in found]}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        _print(found, clean=clean)
    return 0 if clean else 1


def _print(found: list[Reconciliation], *, clean: bool) -> None:
    console = Console(highlight=False)
    for one in found:
        counts = ", ".join(f"{count} {verdict.lower()}" for verdict, count in one.counts.items() if count)
        drift = "no balance" if one.drift is None else f"drift {_amount(one.drift, one)}"
        style = "green" if one.clean else "bold red"
        console.print(f"{one.account} {one.currency}: {counts or 'nothing booked'}; {drift}", style=style)
        for finding in one.findings:
            console.print(f"  the statement itself: {finding.text} ({finding.check})", style="red")
        wrong = [each for each in one.compared if each.verdict is not Verdict.MATCHED]
        if not wrong:
            continue
        table = Table("", "booking", "hub", "agent", "what")
        for each in wrong[:_SHOWN_MAX]:
            sides = [_amount(units, one) for units in (each.hub, each.agent)]
            table.add_row(each.verdict.value, each.reference, *sides, each.text)
        console.print(table)
        if len(wrong) > _SHOWN_MAX:
            console.print(f"and {len(wrong) - _SHOWN_MAX} more: --json has them all")
    console.print("everything matches" if clean else "the books differ", style="bold green" if clean else "bold red")


def _amount(units: int | None, one: Reconciliation) -> str:
    return "" if units is None else Money(units, one.currency).iso
