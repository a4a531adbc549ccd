"""A hub that dies in a settlement cycle comes back to it: nothing is sent or booked twice, and nothing forgotten."""

import asyncio
from collections.abc import Iterator

import pytest

from switch.sandbox.settlement_agent import SILENT, Conduct
from tests.e2e.agent_side import cycle
from tests.e2e.hub import Hub, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Return a hub that tests may kill."""
    with running_hub(tmp_path_factory.mktemp("mortal")) as found:
        yield found


async def reborn(hub: Hub, on):
    """Kill it, start it again, and tell everybody where it now is."""
    await asyncio.to_thread(hub.kill)
    await asyncio.to_thread(hub.start)
    on.moved(hub)


async def test_killed_after_each_step(mortal):
    async with cycle(mortal, SILENT) as on:
        await on.settle(70)
        (told,) = await on.instruct()
        await reborn(mortal, on)
        await on.until(bool, lambda: _now(on.heard("pacs.029")))
        seen = []
        for status in ("ACTC", "ACSC"):
            await on.say(on.desk.bank, status, told["name"])
            await reborn(mortal, on)
            await on.instruct()
            seen.append(((await on.settlement())["state"], await on.positions(), await on.deposits()))
        assert seen == [
            ("PS_TRANSFERS_RESERVED", [70, 0], [0, 0]), ("PS_TRANSFERS_COMMITTED", [0, 0], [-70, 70]),
        ]  # fmt: skip
        on.desk.conduct = Conduct()
        await on.desk.book_last()
        await reborn(mortal, on)
        assert ((await on.settlement())["state"], await on.deposits()) == ("SETTLED", [-70, 70])
        assert len({one.id for one in on.desk.bank.journal.entries if one.kind.startswith("pacs.029")}) == 1


async def test_killed_while_the_agent_answers(mortal):
    async with cycle(mortal, Conduct(copies=2, delay_s=0.2)) as on:
        await on.settle(70)
        await on.instruct()
        await reborn(mortal, on)
        await on.until(lambda found: found["state"] == "SETTLED", seconds=30)
        assert (await on.positions(), await on.deposits(), on.at_agent()) == ([0, 0], [-70, 70], [-70, 70])


async def test_its_deadline_survives(mortal):
    async with cycle(mortal, SILENT, answerS=2) as on:
        await on.settle(5)
        await on.instruct()
        await reborn(mortal, on)
        await on.until(lambda found: found["state"] == "ABORTED", seconds=20)
        assert await on.positions() == [5, -5]


async def _now(found):
    return found
