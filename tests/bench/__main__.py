"""`make bench`: throughput, latency, CPU per payment, memory and start times of a hub in processes of its own.

Rounds alternate between bank → bank (signed) and the FSPIOP transfer leg; the medians count. The noise gauge runs first
and last. Figures are for people: no test depends on them.
"""

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
from pathlib import Path

import msgspec
import uvloop
from rich.console import Console

from switch.sandbox.onboarding import Operator
from tests.bench import attacks, close, messages, noise, report, translator
from tests.bench.banks import Banks
from tests.bench.complete import Complete
from tests.bench.dfsps import Dfsps
from tests.bench.generator import Generator
from tests.bench.hub import HubProcess
from tests.bench.load import Ran
from tests.bench.processes import own_cpu

WARM_UP = 500


class Plan(msgspec.Struct, frozen=True):
    """What one line of the table measures: closed-loop with `in_flight`, or open-loop at `rate` a second."""

    name: str
    kind: str
    in_flight: int = 0
    rate: float = 0


class Round(msgspec.Struct, frozen=True):
    """One run with the CPU it cost, in microseconds a payment, by group of processes."""

    ran: Ran
    cpu_us: dict[str, float]
    memory: dict[str, int]
    confirmations: int


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the medians count (default 5)")
    parser.add_argument("--payments", type=int, default=6000, help="payments in each run (default 6000)")
    parser.add_argument("--in-flight", type=int, default=256, help="payments on their way, closed loop (default 256)")
    parser.add_argument("--bank-rate", type=float, default=1200, help="bank payments a second, open loop")
    parser.add_argument("--fspiop-rate", type=float, default=1000, help="FSPIOP transfers a second, open loop")
    parser.add_argument("--complete-rate", type=float, default=300, help="complete FSPIOP payments a second, open loop")
    kinds = ["bank", "fspiop", "complete", "translator", "messages", "attacks", "close"]
    parser.add_argument("--only", choices=kinds, help="one kind of load only")
    parser.add_argument("--transfers", type=int, default=1_000_000, help="payments in the window of `--only close`")
    parser.add_argument("--seed", type=int, default=20022, help="seed of ids, pairs and amounts")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="run the hub under cProfile and write it there")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return parser.parse_args()


async def _measure(hub: HubProcess, options: argparse.Namespace, console: Console) -> dict[str, list[Round]]:
    plans = [
        Plan("bank → bank, signed, closed loop", "bank", in_flight=options.in_flight),
        Plan(f"bank → bank, signed, {options.bank_rate:.0f}/s", "bank", rate=options.bank_rate),
        Plan("FSPIOP transfer, closed loop", "fspiop", in_flight=options.in_flight),
        Plan(f"FSPIOP transfer, {options.fspiop_rate:.0f}/s", "fspiop", rate=options.fspiop_rate),
        Plan("lookup, quote and transfer, closed loop", "complete", in_flight=options.in_flight),
        Plan(f"lookup, quote and transfer, {options.complete_rate:.0f}/s", "complete", rate=options.complete_rate),
    ]
    plans = [plan for plan in plans if options.only in (None, plan.kind)]
    rounds: dict[str, list[Round]] = {plan.name: [] for plan in plans}
    # ids come from the seeds and are unique in the hub, so each generator has its own
    generators: dict[str, Generator] = {
        "bank": Banks(hub.hub, hub.certificate, options.seed),
        "fspiop": Dfsps(hub.hub, options.seed + 1),
        "complete": Complete(hub.hub, options.seed + 2),
    }
    async with Operator(hub.hub) as operator:
        for kind in {plan.kind for plan in plans}:
            await generators[kind].open(operator)
            await generators[kind].run("warm-up", generators[kind].prepare(WARM_UP), in_flight=16)
        for number in range(options.rounds):
            for plan in plans:
                done = await _run(hub, generators[plan.kind], plan, options.payments)
                rounds[plan.name].append(done)
                console.print(report.line(number + 1, plan.name, done.ran, done.cpu_us))
                for refusal, count in generators[plan.kind].refusals.most_common(3):
                    console.print(f"  {count} x {refusal}", style="red")
                generators[plan.kind].refusals.clear()
        await report.check_books(operator, {plan.kind for plan in plans})
    for kind in {plan.kind for plan in plans}:
        await generators[kind].close()
    return rounds


async def _run(hub: HubProcess, generator: Generator, plan: Plan, payments: int) -> Round:
    prepared = generator.prepare(payments)
    # the garbage of preparing must not be collected inside the window
    gc.collect()
    gc.freeze()
    before, mine = hub.usage(), own_cpu()
    ran = await generator.run(plan.name, prepared, in_flight=plan.in_flight, rate=plan.rate)
    await asyncio.sleep(0.5)
    after = hub.usage()
    gc.unfreeze()
    spent = {**after.since(before), "simulators": own_cpu() - mine}
    each = max(ran.settled, 1)
    return Round(
        ran, {group: round(cpu / each * 1e6, 1) for group, cpu in spent.items()}, after.memory, generator.confirmations
    )


def _starts(folder: Path) -> tuple[float, list[float]]:
    """Seconds of a first start in a new folder, and of later ones."""
    first = HubProcess(folder)
    first.stop()
    later = []
    for _ in range(3):
        again = HubProcess(folder)
        again.stop()
        later.append(again.seconds)
    return first.seconds, later


def _translator(console: Console, *, as_json: bool) -> int:
    rates = translator.measure()
    console.print(translator.table(rates))
    if as_json:
        sys.stdout.write(msgspec.json.encode({"translator": rates}).decode() + "\n")
    return 0


def _messages(console: Console, *, as_json: bool) -> int:
    costs = messages.measure()
    console.print(messages.table(costs))
    if as_json:
        sys.stdout.write(msgspec.json.encode({"messages": costs}).decode() + "\n")
    return 0


def _attacks(console: Console, *, as_json: bool) -> int:
    found = attacks.measure()
    console.print(attacks.table(found))
    if as_json:
        sys.stdout.write(msgspec.json.encode({"attacks": found}).decode() + "\n")
    return 0 if attacks.kept(found) else 1


def _close(console: Console, options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="isoloop-bench-") as folder:
        found = close.measure(Path(folder), options.transfers, options.seed)
    console.print(close.table(found))
    if options.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    return 0 if found.ran.complete and not found.broken else 1


def main() -> int:
    """Run the bench; exit status 1 if a run was incomplete or the books do not balance."""
    options = _arguments()
    console = Console(stderr=options.json)
    if not console.is_terminal:
        console.width = 160
    if options.only == "translator":
        return _translator(console, as_json=options.json)
    if options.only == "messages":
        return _messages(console, as_json=options.json)
    if options.only == "attacks":
        return _attacks(console, as_json=options.json)
    if options.only == "close":
        return _close(console, options)
    with tempfile.TemporaryDirectory(prefix="isoloop-bench-") as folder:
        first_noise = noise.gauge()
        first, later = _starts(Path(folder) / "starts")
        hub = HubProcess(Path(folder) / "data", options.profile)
        try:
            idle = hub.usage().memory
            rounds = uvloop.run(_measure(hub, options, console))
            ready, peak = hub.ready, hub.usage().memory
        finally:
            hub.stop()
    translated = translator.measure() if options.only is None else []
    stages = messages.measure() if options.only is None else []
    refused = attacks.measure() if options.only is None else []
    measured = {
        "noise": [first_noise, noise.gauge()],
        "startSeconds": {"first": round(first, 2), "later": round(statistics.median(later), 2)},
        "memory": {"idle": idle, "afterLoad": peak},
        "hub": ready,
        "rounds": rounds,
        "translator": translated,
        "messages": stages,
        "attacks": refused,
    }
    console.print(report.tables(measured))
    if translated:
        console.print(translator.table(translated))
        console.print(messages.table(stages))
        console.print(attacks.table(refused))
    if options.json:
        sys.stdout.write(msgspec.json.encode(measured).decode() + "\n")
    return 0 if all(each.ran.complete for runs in rounds.values() for each in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
