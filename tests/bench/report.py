"""The bench's tables, and the proof after the runs that no money was made or lost."""

import statistics
from collections.abc import Iterable
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from switch.sandbox.onboarding import Operator
from tests.bench.load import Ran
from tests.bench.noise import Noise

CURRENCY_OF = {"bank": "USD", "fspiop": "EUR", "complete": "EUR"}
GROUPS = ("hub", "postgres", "nats", "simulators")


class UnbalancedError(AssertionError):
    """The books do not balance after the load."""


async def check_books(operator: Operator, kinds: Iterable[str]) -> None:
    """Positions and all accounts of each currency must sum to zero when nothing is on its way."""
    names = set(await operator.participants()) | {operator.hub.name}
    accounts = [account for name in sorted(names) for account in await operator.every_account(name)]
    for currency in (CURRENCY_OF[kind] for kind in kinds):
        inside = [account for account in accounts if account.currency == currency]
        positions = sum(each.units for each in inside if each.ledger_account_type == "POSITION")
        everything = sum(each.units for each in inside)
        if positions or everything:
            raise UnbalancedError(f"{currency}: positions sum to {positions}, all accounts to {everything} x 10^-4")


def line(number: int, name: str, ran: Ran, cpu: dict[str, float]) -> str:
    """One run in a line."""
    whole = sum(cpu[group] for group in ("hub", "postgres", "nats"))
    state = "complete" if ran.complete else f"[red]INCOMPLETE {ran}[/red]"
    return f"round {number}  {name}: {ran.rate:.0f}/s  p50 {ran.p50_ms} p99 {ran.p99_ms} ms  {whole:.0f} µs  {state}"


def tables(measured: dict[str, Any]) -> RenderableType:
    """Everything measured, medians over the rounds with their range."""
    table = Table(title="Medians (range) over the rounds", title_style="bold")
    table.add_column("load")
    for name in ("per second", "p50 ms", "p99 ms", "hub + PG + NATS µs", *(f"{group} µs" for group in GROUPS)):
        table.add_column(name, justify="right")
    for name, rounds in measured["rounds"].items():
        cpu = [each.cpu_us for each in rounds]
        table.add_row(
            name,
            _median([each.ran.rate for each in rounds], 0),
            _median([each.ran.p50_ms for each in rounds], 1),
            _median([each.ran.p99_ms for each in rounds], 1),
            _median([each["hub"] + each["postgres"] + each["nats"] for each in cpu], 0),
            *(_median([each[group] for each in cpu], 0) for group in GROUPS),
        )
    return Group(table, _surroundings(measured))


def _median(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def _surroundings(measured: dict[str, Any]) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column()
    for when, gauge in zip(("before", "after"), measured["noise"], strict=True):
        table.add_row(f"machine {when}", _noise(gauge))
    starts = measured["startSeconds"]
    table.add_row("start", f"first {starts['first']} s, later {starts['later']} s")
    for when, memory in measured["memory"].items():
        table.add_row(f"memory, {when}", ", ".join(f"{group} {size / 1e6:.0f} MB" for group, size in memory.items()))
    table.add_row("settings", "fsync on, synchronous_commit on, no TLS; banks sign RSA-2048, the hub ECDSA P-256")
    table.add_row("versions", str(measured["hub"].get("versions", measured["hub"])))
    return table


def _noise(gauge: Noise) -> str:
    verdict = "calm" if gauge.calm else "[red]NOT CALM: the figures say little[/red]"
    return (
        f"a lone spinner got {gauge.cpu_share:.0%} of a core, fdatasync p50 {gauge.sync_p50_ms} "
        f"p99 {gauge.sync_p99_ms} ms: {verdict}"
    )
