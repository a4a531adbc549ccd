"""Lanes, outbox and delivery together on real engines: nothing accepted is lost, whatever happens to NATS meanwhile."""

import asyncio
import os
import random
import shutil
import signal
from collections import Counter
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime

import pytest

from schemas.canonical.transfer import TransferState
from switch import migrate
from switch.bus.nats import NatsBus
from switch.bus.port import BusyError
from switch.check import check_books
from switch.delivery import Deliverer, Hooks
from switch.delivery_policy import Policy, Sent
from switch.embedded import EmbeddedEngines
from switch.engine import Parcel
from switch.outbox import Relay, Sweeper
from switch.profile import Profile
from switch.store.postgres import PostgresStore
from switch.worker import Worker
from tests.contract.samples import PAYEE, PAYER, founding, fulfil, prepare, toy_step, transfer_id


def now() -> datetime:
    return datetime.now(UTC)


class Heart:
    """One process's share of a hub, with participants that count what they are given."""

    def __init__(self, database_url: str, nats_url: str):
        self.database_url = database_url
        self.nats_url = nats_url
        self.taken: Counter[str] = Counter()
        self.receivers: Counter[str] = Counter()
        self.stack = AsyncExitStack()

    async def send(self, row) -> Sent:
        await asyncio.sleep(0)
        self.taken[row.id] += 1
        self.receivers[row.event.receiver] += 1
        return Sent(ok=True, status=200)

    async def __aenter__(self):
        async def undeliverable(row, sent):
            raise AssertionError("there are no dialogues here")

        self.store = PostgresStore(self.database_url)
        self.stack.push_async_callback(self.store.close)
        self.bus = await NatsBus.open(self.nats_url, timeout_s=2)
        self.stack.push_async_callback(self.bus.close)
        hooks = Hooks(undeliverable, lambda row, reason: None, lambda row, sent: None)
        deliverer = Deliverer(self.store, self.send, hooks, now, chance=random.random, policy=Policy())
        deliverer.start()
        self.stack.push_async_callback(deliverer.close)
        relay = Relay(self.bus)
        sweeper = Sweeper(self.store, self.bus, lambda row: relay.holds(row) or deliverer.knows(row))
        await self.bus.deliver(deliverer.take)
        worker = Worker("ledger", "me", self.store, toy_step, Profile(), committed=lambda batch, rows: relay.hand(rows))
        await worker.start()
        await self.bus.serve_lane("ledger", worker.submit)
        tasks = [asyncio.create_task(work) for work in (relay.run(), sweeper.run(), worker.serve())]

        async def stop():
            worker.stop()
            await asyncio.wait([tasks[2]])
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.stack.push_async_callback(stop)
        return self

    async def __aexit__(self, *error):
        await self.stack.aclose()

    async def pay(self, number: int) -> None:
        """Both sides repeat their message until it is accepted, as participants must."""
        for command in (prepare(number, at=now()), fulfil(number)):
            while True:
                with suppress(BusyError):
                    await self.bus.ask_lane("ledger", Parcel(command))
                    break
                await asyncio.sleep(0.05)

    async def everything_delivered(self) -> None:
        for _ in range(600):
            if not await self.store.undelivered():
                return
            await asyncio.sleep(0.05)
        pytest.fail("events stayed undelivered")


@pytest.fixture
async def engines(tmp_path):
    engines = EmbeddedEngines(tmp_path)
    yield engines
    await asyncio.to_thread(engines.stop)


@pytest.fixture
async def heart(engines):
    urls = await asyncio.to_thread(engines.start)
    migrate.upgrade(urls.database_url)
    store = PostgresStore(urls.database_url)
    await store.commit(await store.take_lane("ledger", "founder"), founding(now()))
    await store.close()
    async with Heart(urls.database_url, urls.nats_url) as heart:
        yield heart


async def proven(heart: Heart, payments: range) -> None:
    await heart.everything_delivered()
    for number in payments:
        transfer = await heart.store.transfer(transfer_id(number))
        assert transfer is not None and transfer.state is TransferState.COMMITTED
    broken = [finding.detail for finding in check_books(heart.database_url) if not finding.holds]
    assert broken == []
    # Each payment tells the payee once to act and the payer once how it ended.
    assert len(heart.taken) == 2 * len(payments)


async def test_payments_side_by_side_all_end_and_every_event_is_sent_once(heart):
    payments = range(1, 301)
    await asyncio.gather(*(heart.pay(number) for number in payments))
    await proven(heart, payments)
    assert set(heart.taken.values()) == {1}
    assert heart.receivers == {PAYER: 300, PAYEE: 300}


async def begun(heart: Heart, paying: asyncio.Future) -> None:
    """Until the first event was sent, with payments still under way."""
    async with asyncio.timeout(60):
        while not heart.taken:  # noqa: ASYNC110 - the heart tells nobody
            await asyncio.sleep(0)
    assert not paying.done()


async def revived(engines: EmbeddedEngines, name: str) -> None:
    for _ in range(100):
        if name in await asyncio.to_thread(engines.revive):
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"{name} never died")


@pytest.mark.parametrize("wipe", [False, True], ids=["killed", "killed and its data lost"])
async def test_nats_may_die_under_load(heart, engines, tmp_path, wipe):
    payments = range(1, 3001)
    paying = asyncio.gather(*(heart.pay(number) for number in payments))
    await begun(heart, paying)
    os.kill(engines.nats.pid, signal.SIGKILL)
    if wipe:
        for folder in tmp_path.rglob("jetstream"):
            shutil.rmtree(folder, ignore_errors=True)
    await revived(engines, "nats")
    await paying
    await proven(heart, payments)


async def test_postgres_may_be_restarted_under_load(heart, engines):
    payments = range(1, 3001)
    paying = asyncio.gather(*(heart.pay(number) for number in payments))
    await begun(heart, paying)
    os.kill(engines.postgres.pid, signal.SIGKILL)
    await revived(engines, "postgres")
    await paying
    await proven(heart, payments)
