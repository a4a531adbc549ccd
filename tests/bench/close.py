"""How long the close of a large window takes, what it needs of memory, and how long payments wait meanwhile.

The window's payments are written by SQL (tests/bench/books.py) into the data of a hub that then starts; all else is the
product: the operator's call, the settler, the ledger lane.
"""

import asyncio
import itertools
import os
import time
from pathlib import Path

import msgspec
import uvloop
from rich.table import Table

from switch.check import check_books
from switch.embedded import borrowed_database
from switch.sandbox.onboarding import Operator
from tests.bench import books
from tests.bench.banks import CURRENCY, Banks
from tests.bench.hub import HubProcess
from tests.bench.load import Ran

RATE = 100
"""Payments a second beside the close."""
_BILATERAL = {
    "name": "PAIRS", "settlementGranularity": "NET", "settlementInterchange": "BILATERAL",
    "settlementDelay": "DEFERRED", "currency": CURRENCY, "requireLiquidityCheck": True,
    "ledgerAccountType": "POSITION", "settlementAccountType": "SETTLEMENT", "autoPositionReset": True,
}  # fmt: skip


class Closed(msgspec.Struct, frozen=True):
    """One close; times in seconds, memory in bytes (the highest seen meanwhile; PostgreSQL with its shared buffers).

    `answered` is the operator's answer, `closed` when the nets were there. `ran` are the payments beside it, `longest`
    the one that took longest, in ms, `calm` that of as many payments without a close.
    """

    payments: int
    pairs: bool
    written: float
    answered: float
    closed: float
    memory: dict[str, int]
    idle: dict[str, int]
    ran: Ran
    longest: float
    calm: float
    checked: float
    broken: list[str]


def measure(folder: Path, payments: int, seed: int) -> Closed:
    """Write the books, close the window under load, and prove what is left."""
    os.environ["ISOLOOP_SELF_CHECK_S"] = "0"
    data = folder / "close"
    hub = HubProcess(data)
    uvloop.run(_found(hub, seed))
    hub.stop()
    with borrowed_database(data) as url:
        written = books.write(url, payments, CURRENCY)
    hub = HubProcess(data)
    try:
        closed = uvloop.run(_close(hub, payments, seed + 1, written))
    finally:
        hub.stop()
    with borrowed_database(data) as url:
        began = time.perf_counter()
        broken = [finding.name for finding in check_books(url) if not finding.holds]
    return msgspec.structs.replace(closed, checked=round(time.perf_counter() - began, 2), broken=broken)


async def _found(hub: HubProcess, seed: int) -> None:
    """The scheme, with its banks."""
    banks = Banks(hub.hub, hub.certificate, seed)
    async with Operator(hub.hub) as operator:
        await banks.open(operator)
        await operator.call("POST", "/settlementModels", _BILATERAL)
    await banks.close()


async def _close(hub: HubProcess, payments: int, seed: int, written: float) -> Closed:
    banks = Banks(hub.hub, hub.certificate, seed)
    async with Operator(hub.hub) as operator:
        await banks.open(operator)
        await banks.run("warm-up", banks.prepare(RATE), in_flight=8)
        calm = await banks.run("calm", banks.prepare(3 * RATE), rate=RATE)
        assert calm.complete, calm
        longest_calm = max(banks.tracker.latencies)
        idle = hub.usage().memory
        prepared = banks.prepare(6 * RATE)
        load = asyncio.create_task(banks.run("beside the close", prepared, rate=RATE))
        await asyncio.sleep(1)
        answered, closed, memory = await _timed(hub, operator)
        ran = await load
        longest = max(banks.tracker.latencies)
    await banks.close()
    return Closed(
        payments, True, round(written, 1), round(answered, 3), round(closed, 3), memory, idle, ran,
        round(longest * 1000, 1), round(longest_calm * 1000, 1), 0, [],
    )  # fmt: skip


async def _timed(hub: HubProcess, operator: Operator) -> tuple[float, float, dict[str, int]]:
    """Close the window; seconds until the answer and until its nets, and the memory meanwhile."""
    memory = dict(hub.usage().memory)
    began = time.perf_counter()
    await operator.call("POST", "/v2/settlementWindows/1", {"state": "CLOSED", "reason": "bench"})
    answered = time.perf_counter() - began
    for _ in itertools.count():
        window = msgspec.json.decode(await operator.call("GET", "/v2/settlementWindows/1"))
        memory = {group: max(size, memory[group]) for group, size in hub.usage().memory.items()}
        if window["state"] != "PROCESSING":
            assert window["state"] == "CLOSED", window
            return answered, time.perf_counter() - began, memory
        await asyncio.sleep(0.05)
    raise AssertionError


def table(found: Closed) -> Table:
    """The figures for people."""
    shown = Table(title=f"Close of a window of {found.payments:,} payments, nets and pairs", show_header=False)
    shown.add_row("operator's answer", f"{found.answered:.3f} s")
    shown.add_row("nets and pairs posted", f"{found.closed:.3f} s")
    for group, size in found.memory.items():
        more = (size - found.idle[group]) / 1e6
        shown.add_row(f"memory, {group}", f"{size / 1e6:.0f} MB at most, {more:+.0f} MB to before")
    ran, state = found.ran, "complete" if found.ran.complete else "INCOMPLETE"
    shown.add_row(f"payments beside it, {RATE}/s", f"{ran.settled} {state}, p50 {ran.p50_ms} p99 {ran.p99_ms} ms")
    shown.add_row("the longest of them", f"{found.longest} ms ({found.calm} ms without a close)")
    shown.add_row("isoloop check afterwards", f"{found.checked} s, {', '.join(found.broken) or 'all holds'}")
    shown.add_row("the books were written in", f"{found.written} s")
    return shown
