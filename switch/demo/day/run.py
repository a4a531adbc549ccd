"""Playing the day: chapter by chapter, with an eye on every position, and a page of it at the end."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress

from switch.demo.day.chapters import CHAPTERS, CURRENCIES, Chapter
from switch.demo.day.checks import Day
from switch.demo.day.figures import Figures, read_figures
from switch.demo.day.positions import Watch
from switch.demo.day.report import Told, write_day
from switch.demo.day.settled import booked_at, read_settlements
from switch.demo.day.settlement import SHILLINGS, Evening
from switch.demo.day.statements import read_statements
from switch.demo.hub import RunningHub
from switch.demo.report import prove
from switch.demo.scenarios.run import ScenarioReport, as_told, tell, write_json
from switch.demo.scenarios.stage import perform
from switch.sandbox.agent_onboarding import open_agent
from switch.sandbox.scheme import RED, THREE, Scheme, open_scheme
from switch.sandbox.settlement_agent import SettlementDesk
from switch.sandbox.tape import Tape

FOLDER: Final = Path("poc-report")
_MODEL: Final = {
    "name": SHILLINGS,
    "settlementGranularity": "NET",
    "settlementInterchange": "MULTILATERAL",
    "settlementDelay": "DEFERRED",
    "currency": "KES",
    "requireLiquidityCheck": True,
    "ledgerAccountType": "POSITION",
    "settlementAccountType": "SETTLEMENT",
    "autoPositionReset": True,
}


async def run_day(found: RunningHub, console: Console, *, as_json: bool, out: Path | None) -> bool:
    """Play the day and write its page; whether all ended as it must."""
    begun = time.perf_counter()
    async with _stage(found) as (scheme, agents):
        desks = dict(zip(CURRENCIES, agents, strict=True))
        evening = Evening(desks)
        async with Watch(scheme, CURRENCIES) as watch:
            chapters = await _play(scheme, CHAPTERS, agents, watch, console)
            await scheme.settle_down()
            await watch.look()
            figures, cut = await _figures(found), watch.moment
            chapters += await _play(scheme, evening.chapters(), agents, watch, console)
        day = Day(
            figures, watch.lines, cut, await read_settlements(scheme.operator), booked_at(desks, scheme.names),
            await read_statements(scheme, evening.statements),
        )  # fmt: skip
        proofs = await prove(found.database_url) if found.database_url else []
        page, holds = write_day(out or FOLDER, chapters, watch, day, proofs, scheme.hub.name)
    shown, seconds = [told.shown for told in chapters], f"{time.perf_counter() - begun:.1f}"
    passed = holds and all(each.passed for each in shown)
    if as_json:
        write_json(ScenarioReport(passed, seconds, found.versions, as_told(shown), proofs))
    console.print(f"written: {page}; open it in a browser")
    tell(console, shown, proofs, seconds, passed=passed)
    return passed


@asynccontextmanager
async def _stage(found: RunningHub) -> AsyncIterator[tuple[Scheme, list[SettlementDesk]]]:
    """The scheme, with an agent for each currency; one bank has no dollars at its agent."""
    trusted = found.certificates
    async with open_scheme(
        found.hub, CURRENCIES, hub_certificates=trusted, hub_jws_keys=found.jws_keys, bics=THREE
    ) as scheme:
        await scheme.operator.call("POST", "/settlementModels", _MODEL)
        async with (
            open_agent(scheme, "USD", hub_certificates=trusted, poor=(RED,)) as silver,
            open_agent(
                scheme, "KES", name="copperclearing", bic="COPRKENA", hub_certificates=trusted, models=(SHILLINGS,)
            ) as copper,
        ):
            yield scheme, [silver, copper]


async def _figures(found: RunningHub) -> Figures:
    return await read_figures(found.database_url) if found.database_url else Figures()


async def _play(
    scheme: Scheme, chapters: Sequence[Chapter], agents: Sequence[SettlementDesk], watch: Watch, console: Console
) -> list[Told]:
    told: list[Told] = []
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("the day", total=len(chapters))
        for chapter in chapters:
            progress.update(task, description=chapter.scenario.title)
            tape = Tape()
            for desk in agents:
                desk.bank.record(tape)
            watch.mark()
            shown = await perform(scheme, chapter.scenario, tape)
            told.append(Told(shown, tape.said, chapter.tells))
            progress.advance(task)
            mark, style = ("✓", "green") if shown.passed else ("✗", "bold red")
            console.print(f"{mark} {shown.title} ({len(tape.said)} messages)", style=style)
    return told
