"""Running the demo: hub, counterparties, all cases, samples, proof; exit status 0 only if all ended as it must."""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

import msgspec
from rich.console import Console

from schemas.catalogue import Catalogue
from schemas.codes import currencies as codes
from switch.demo import table
from switch.demo.bulk import play_bulks
from switch.demo.day.run import run_day
from switch.demo.exchange import play_exchanges
from switch.demo.hub import CURRENCIES, RunningHub, start_hub
from switch.demo.play import Result, play_all
from switch.demo.report import Report, build_report, prove, read_positions
from switch.demo.samples import Sample, SampleResult, find_samples, send_samples
from switch.demo.scenarios.run import DAY, chosen, run_scenarios
from switch.sandbox.scheme import open_scheme


def main(options: argparse.Namespace) -> int:
    """`isoloop demo [--json] [--scenario NAME] [--samples DIR] [--data DIR]`."""
    work = run_demo(
        None,
        as_json=options.json,
        samples_dir=options.samples,
        data_dir=options.data_dir,
        scenarios=chosen(options.scenario),
        out=options.out,
    )
    return asyncio.run(work)


async def run_demo(
    hub: RunningHub | None,
    *,
    as_json: bool = False,
    samples_dir: Path | None = None,
    data_dir: Path | None = None,
    scenarios: Sequence[str] = (),
    out: Path | None = None,
) -> int:
    """Run everything, or these scenarios only (with a page in `out`), against `hub`, or a hub of its own if None.

    Prints tables or one JSON document. Gives the exit status: 0 if all ended as it must, else 1.
    """
    samples = _samples(samples_dir)
    currencies = _currencies(samples)
    console = Console(stderr=as_json, highlight=False)
    begun = time.perf_counter()
    running: AbstractAsyncContextManager[RunningHub] = _given(hub) if hub else start_hub(data_dir, currencies)
    async with running as found:
        console.print(f"hub ready after {time.perf_counter() - begun:.1f} s: {found.hub.fspiop_url} (FSPIOP), ", end="")
        console.print(f"{found.hub.iso_url} (ISO 20022), {found.hub.admin_url} (operator)")
        if DAY in scenarios:
            return 0 if await run_day(found, console, as_json=as_json, out=out) else 1
        if scenarios:
            return 0 if await run_scenarios(found, scenarios, currencies, console, as_json=as_json, out=out) else 1
        report, results, ended = await _play(found, samples, currencies, console, begun)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    _show(console, report, results, ended)
    return 0 if report.passed else 1


def _samples(folder: Path | None) -> list[Sample]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder of samples")
    return find_samples(folder)


@asynccontextmanager
async def _given(hub: RunningHub) -> AsyncIterator[RunningHub]:
    yield hub


def _currencies(samples: Sequence[Sample]) -> tuple[str, ...]:
    """Those of the cases, and those of the samples that money can be held in."""
    held = codes.ACTIVE | codes.TEST
    return tuple(dict.fromkeys([*CURRENCIES, *(sample.currency for sample in samples if sample.currency in held)]))


async def _play(
    found: RunningHub, samples: Sequence[Sample], currencies: Sequence[str], console: Console, begun: float
) -> tuple[Report, list[Result], list[SampleResult]]:
    async with open_scheme(
        found.hub, currencies, hub_certificates=found.certificates, hub_jws_keys=found.jws_keys
    ) as scheme:
        board = table.Board(console)
        with board if console.is_terminal else nullcontext():
            results = await play_all(scheme, board.progress)
        bulks = await play_bulks(scheme)
        exchanges = await play_exchanges(scheme)
        ended = await send_samples(scheme, samples, Catalogue()) if samples else []
        await scheme.settle_down()
        books = await read_positions(scheme)
        proofs = await prove(found.database_url) if found.database_url else []
        seconds = f"{time.perf_counter() - begun:.1f}"
        report = build_report(
            results,
            ended,
            books,
            bulks=bulks,
            exchanges=exchanges,
            proofs=proofs,
            versions=found.versions,
            seconds=seconds,
        )
        if not console.is_terminal:
            console.print(board.matrix())
    return report, results, ended


def _show(console: Console, report: Report, results: Sequence[Result], samples: Sequence[SampleResult]) -> None:
    if samples:
        console.print(table.sample_table(samples))
    for bulk in report.bulks:
        console.print(f"bulk payment {bulk.line}", style="green" if bulk.passed else "red")
    console.print(table.exchange_table(report.exchanges))
    console.print(table.position_table(report.positions))
    console.print(table.books_table(report.ledger))
    console.print(table.failures(results, samples))
    problems = [each.problems for each in report.exchanges] + [each.problems for each in report.bulks]
    for problem in (problem for each in problems for problem in each):
        console.print(problem, style="red")
    for proof in report.invariants:
        if not proof.holds:
            console.print(f"{proof.name}, {proof.promise}: {proof.detail}", style="red")
    ended = sum(result.passed for result in results) + sum(sample.passed for sample in samples)
    held = sum(proof.holds for proof in report.invariants)
    console.print(
        f"{ended} of {len(results) + len(samples)} payments ended as they must; "
        f"{held} of {len(report.invariants)} invariants hold in the database; {report.seconds} s",
        style="bold green" if report.passed else "bold red",
    )
