"""Running chosen scenarios: hub, counterparties, each story with its trail, and the proof that the books hold."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console, RenderableType
from rich.table import Table

from switch.demo.hub import RunningHub
from switch.demo.report import Books, Position, Proof, prove, read_positions
from switch.demo.scenarios import SCENARIOS
from switch.demo.scenarios.report import write_page
from switch.demo.scenarios.stage import ScenarioShown, perform
from switch.demo.table import books_table
from switch.sandbox.scheme import open_scheme
from switch.sandbox.tape import Tape

ALL: Final = "all"
DAY: Final = "settle-in-iso"
"""The scenario that is a whole day: it has a scheme of its own and is played alone."""


class ScenarioReport(msgspec.Struct, frozen=True, rename="camel"):
    """The JSON document of `isoloop demo --scenario NAME --json`."""

    passed: bool
    seconds: str
    versions: dict[str, str]
    scenarios: list[dict[str, Any]]
    invariants: list[Proof]
    positions: list[Position] = []
    ledger: list[Books] = []


def chosen(names: Sequence[str]) -> list[str]:
    """The scenarios asked for, each once; ValueError names what there is if one is not known."""
    wanted = list(SCENARIOS) if ALL in names else list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in SCENARIOS and name != DAY]
    if unknown:
        raise ValueError(f"there is no scenario {unknown[0]}; there are: {', '.join(SCENARIOS)}, {ALL}, {DAY}")
    if DAY in wanted and len(wanted) > 1:
        raise ValueError(f"{DAY} is a whole day with a scheme of its own: play it alone")
    return wanted


async def run_scenarios(
    found: RunningHub, names: Sequence[str], currencies: Sequence[str], console: Console, *, as_json: bool,
    out: Path | None = None,
) -> bool:  # fmt: skip
    """Play them one after the other, and write a page into `out`; whether all ended as they must."""
    begun = time.perf_counter()
    async with open_scheme(
        found.hub, currencies, hub_certificates=found.certificates, hub_jws_keys=found.jws_keys
    ) as scheme:
        shown, tapes = [], []
        for name in names:
            tapes.append(Tape())
            shown.append(await perform(scheme, SCENARIOS[name], tapes[-1]))
            console.print(_trail(shown[-1]))
        await scheme.settle_down()
        positions, sums = await read_positions(scheme)
        proofs = await prove(found.database_url) if found.database_url else []
    passed = all(each.passed for each in (*shown,)) and all(each.balanced for each in sums)
    passed = passed and all(proof.holds for proof in proofs)
    seconds = f"{time.perf_counter() - begun:.1f}"
    if as_json:
        write_json(ScenarioReport(passed, seconds, found.versions, as_told(shown), proofs, positions, sums))
    if out is not None:
        told = [(each, tape.said) for each, tape in zip(shown, tapes, strict=True)]
        page = write_page(out, told, sums, proofs, found.hub.name, found.versions)
        console.print(f"written: {page}")
    console.print(books_table(sums))
    tell(console, shown, proofs, seconds, passed=passed)
    return passed


def as_told(shown: Sequence[ScenarioShown]) -> list[dict[str, Any]]:
    """Scenarios for JSON."""
    return [msgspec.to_builtins(each) | {"passed": each.passed} for each in shown]


def write_json(report: ScenarioReport) -> None:
    """The one document on stdout."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")


def tell(
    console: Console, shown: Sequence[ScenarioShown], proofs: Sequence[Proof], seconds: str, *, passed: bool
) -> None:
    """What went wrong, and in one line how all ended."""
    for each in shown:
        for problem in each.problems:
            console.print(f"{each.name}: {problem}", style="red")
    for proof in proofs:
        if not proof.holds:
            console.print(f"{proof.name}, {proof.promise}: {proof.detail}", style="red")
    ended, held = sum(each.passed for each in shown), sum(proof.holds for proof in proofs)
    console.print(
        f"{ended} of {len(shown)} scenarios ended as they must; "
        f"{held} of {len(proofs)} invariants hold in the database; {seconds} s",
        style="bold green" if passed else "bold red",
    )


def _trail(shown: ScenarioShown) -> RenderableType:
    """The messages in their order, and what became of the positions."""
    changes = ", ".join(f"{each.participant} {each.change} {each.currency}" for each in shown.changes)
    style = "green" if shown.passed else "bold red"
    table = Table(title=f"{shown.name}: {shown.title}", title_style=f"bold {style}", caption=f"positions: {changes}")
    table.add_column("ms", justify="right", no_wrap=True)
    table.add_column("from → to", no_wrap=True)
    table.add_column("message", no_wrap=True)
    table.add_column("says", overflow="fold")
    for step in shown.steps:
        table.add_row(str(step.milliseconds), f"{step.source} → {step.target}", step.message, step.says)
    return table
