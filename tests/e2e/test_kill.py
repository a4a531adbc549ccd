"""Killed at random moments of a running load, a hub and its engines lose, double and leave unanswered nothing."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from switch.sandbox.outcome import End
from switch.sandbox.scheme import open_scheme
from tests.e2e.kill_hub import KillableHub
from tests.e2e.kill_judge import judge
from tests.e2e.kill_load import CURRENCY, Load

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.slow]

SEED = 20261120
KILLS = 20
QUIET_S = 90
OPEN_ROWS = "SELECT lane, seq, outbox.receiver, kind, attempts, reason FROM undelivered JOIN outbox USING (lane, seq)"
OPEN_TRANSFERS = "SELECT id, state FROM transfers WHERE state NOT IN ('COMMITTED', 'ABORTED')"


@asynccontextmanager
async def loaded(folder: Path, first_port: int) -> AsyncIterator[tuple[KillableHub, Load]]:
    """A hub with the four sandbox participants, who pay each other until the block ends, then until all is final."""
    hub = KillableHub(folder, first_port)
    await hub.start()
    try:
        await hub.ready()
        trusted = {"hub_certificates": hub.certificates, "hub_jws_keys": hub.jws_keys}
        async with open_scheme(hub.urls, [CURRENCY], **trusted) as scheme:
            load = Load(scheme, SEED)
            paying = asyncio.create_task(load.run())
            try:
                yield hub, load
                load.stopping.set()
                await asyncio.wait_for(paying, QUIET_S)
                await _quiet(hub)
                assert await judge(load, hub) == [], hub.tail()
            finally:
                paying.cancel()
                await asyncio.gather(paying, return_exceptions=True)
    finally:
        await hub.stop()


async def _quiet(hub: KillableHub) -> None:
    """Until nothing is open: no transfer, no row to deliver."""
    async with asyncio.timeout(QUIET_S):
        while await asyncio.to_thread(lambda: hub.query(OPEN_TRANSFERS) or hub.query(OPEN_ROWS)):  # noqa: ASYNC110 - tables
            await asyncio.sleep(0.2)


async def test_a_hub_killed_at_random_moments_keeps_its_word(tmp_path):
    chance = random.Random(SEED)
    async with loaded(tmp_path, 21_000) as (hub, load):
        for number in range(KILLS):
            if number % 5 == 4:
                # Before it takes requests: starting is recovering, and may be cut short too.
                await asyncio.sleep(chance.uniform(0.0, 0.8))
            else:
                await hub.ready()
                await load.go_on(chance.randint(1, 200))
                await asyncio.sleep(chance.uniform(0.0, 0.02))
            await hub.kill()
            await hub.start()
        await hub.ready()
        await load.go_on(60)
    ends = [paid.outcome.end for paid in load.paid if paid.outcome is not None]
    assert hub.starts == KILLS + 1
    assert ends.count(End.SETTLED) >= KILLS and ends.count(End.REFUSED) > 0


async def test_nats_killed_and_emptied_costs_nothing(tmp_path):
    async with loaded(tmp_path, 22_000) as (hub, load):
        await load.go_on(200)
        await asyncio.to_thread(hub.kill_nats)
        await load.go_on(200)
        assert hub.running


async def test_postgres_killed_costs_nothing(tmp_path):
    async with loaded(tmp_path, 23_000) as (hub, load):
        await load.go_on(200)
        hub.kill_postgres()
        await load.go_on(200)
        assert hub.running
