"""Scenarios as a page in a folder: each a sequence diagram with its messages, the positions, and the proof."""

from collections.abc import Sequence
from pathlib import Path

from switch.demo.page.page import Check, Writer, checks, table
from switch.demo.page.wire import spoken
from switch.demo.report import Books, Proof
from switch.demo.scenarios.stage import ScenarioShown
from switch.sandbox.tape import Said


def write_page(
    folder: Path, shown: Sequence[tuple[ScenarioShown, Sequence[Said]]], sums: Sequence[Books], proofs: Sequence[Proof],
    hub: str, versions: dict[str, str],
) -> Path:  # fmt: skip
    """Write `index.html` into the folder, which is made if need be; gives the file."""
    page = Writer(hub)
    for scenario, said in shown:
        changes = table(
            ("participant", "currency", "change of its position"),
            [(change.participant, change.currency, change.change) for change in scenario.changes],
            numbers=(2,),
        )
        verdict = checks([Check(scenario.title, scenario.passed, "; ".join(scenario.problems) or "as it must be")])
        page.flow(f"{scenario.name}: {scenario.title}", [spoken(one) for one in said], verdict, changes)
    page.add("The books", _books(sums), checks(Check(each.promise, each.holds, each.detail) for each in proofs))
    ended = sum(scenario.passed for scenario, _ in shown)
    tiles = [
        ("stories as they must be", f"{ended} of {len(shown)}"),
        ("messages", str(sum(len(said) for _, said in shown))),
        ("invariants hold", f"{sum(proof.holds for proof in proofs)} of {len(proofs)}"),
    ]
    lead = ", ".join(f"{name} {version}" for name, version in versions.items())
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "index.html"
    file.write_text(page.html("Isoloop: one ledger, two languages", lead, tiles), "utf-8")
    return file


def _books(sums: Sequence[Books]) -> str:
    rows = [(each.currency, each.positions, each.all_accounts) for each in sums]
    return table(("currency", "sum of positions", "sum of all accounts"), rows, numbers=(1, 2))
