"""Playing the day: chapter by chapter, with an eye on every position, and a page of it at the end."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress

from switch.demo.day.chapters import CHAPTERS, CURRENCIES, Chapter
from switch.demo.day.figures import Figures, read_figures
from switch.demo.day.positions import Watch
from switch.demo.day.report import Told, write_day
from switch.demo.hub import RunningHub
from switch.demo.report import prove
from switch.demo.scenarios.run import ScenarioReport, as_told, tell, write_json
from switch.demo.scenarios.stage import perform
from switch.sandbox.scheme import THREE, Scheme, open_scheme
from switch.sandbox.tape import Tape

FOLDER: Final = Path("poc-report")


async def run_day(found: RunningHub, console: Console, *, as_json: bool, out: Path | None) -> bool:
    """Play the day and write its page; whether all ended as it must."""
    begun = time.perf_counter()
    async with open_scheme(
        found.hub, CURRENCIES, hub_certificates=found.certificates, hub_jws_keys=found.jws_keys, bics=THREE
    ) as scheme:
        async with Watch(scheme, CURRENCIES) as watch:
            chapters = await _play(scheme, CHAPTERS, console)
            await scheme.settle_down()
        proofs = await prove(found.database_url) if found.database_url else []
        figures = await read_figures(found.database_url) if found.database_url else Figures((), ())
        page = write_day(out or FOLDER, chapters, watch, figures, proofs, scheme.hub.name)
    shown, seconds = [told.shown for told in chapters], f"{time.perf_counter() - begun:.1f}"
    passed = all(each.passed for each in shown) and all(proof.holds for proof in proofs)
    if as_json:
        write_json(ScenarioReport(passed, seconds, found.versions, as_told(shown), proofs))
    console.print(f"written: {page}; open it in a browser")
    tell(console, shown, proofs, seconds, passed=passed)
    return passed


async def _play(scheme: Scheme, chapters: Sequence[Chapter], console: Console) -> list[Told]:
    told: list[Told] = []
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("the day", total=len(chapters))
        for chapter in chapters:
            progress.update(task, description=chapter.scenario.title)
            tape = Tape()
            shown = await perform(scheme, chapter.scenario, tape)
            told.append(Told(shown, tape.said, chapter.drawn))
            progress.advance(task)
            mark, style = ("✓", "green") if shown.passed else ("✗", "bold red")
            console.print(f"{mark} {shown.title} ({len(tape.said)} messages)", style=style)
    return told
