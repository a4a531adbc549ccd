"""The store survives what happens to a PostgreSQL server, and refuses one that may forget what it committed."""

import asyncio

import psycopg
import pytest

from switch import migrate
from switch.embedded import EmbeddedEngines
from switch.embedded.postgres import SETTINGS
from switch.engine import Parcel
from switch.profile import Profile
from switch.store.port import StoreDownError
from switch.store.postgres import PostgresStore
from switch.store.session import UnsafeDatabaseError
from switch.worker import Worker
from tests.contract.samples import decide, founding, fulfil, prepare, toy_step, transfer_id


@pytest.fixture
async def store(database_url):
    migrate.upgrade(database_url)
    store = PostgresStore(database_url)
    await store.commit(await store.take_lane("ledger", "founder"), founding())
    yield store
    await store.close()


async def cut_connections(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


async def test_a_query_does_not_notice_that_its_idle_connection_was_cut(store, database_url):
    assert await store.transfer(transfer_id(1)) is None
    await cut_connections(database_url)
    assert await store.transfer(transfer_id(1)) is None


async def test_a_commit_on_a_cut_connection_is_in_doubt_and_the_lane_can_be_taken_again(store, database_url):
    lease = await store.take_lane("ledger", "me")
    await cut_connections(database_url)
    with pytest.raises(StoreDownError):
        await store.commit(lease, decide([prepare(1)]))
    again = await store.take_lane("ledger", "me", lease)
    await store.commit(again, decide([prepare(1)]))


async def test_a_worker_goes_on_after_its_connection_was_cut(store, database_url):
    worker = Worker("ledger", "me", store, toy_step, Profile(), committed=lambda batch, rows: None)
    await worker.start()
    serving = asyncio.create_task(worker.serve())
    await worker.submit([Parcel(prepare(1))])
    await cut_connections(database_url)
    await asyncio.gather(worker.submit([Parcel(prepare(2))]), return_exceptions=True)
    receipts = await worker.submit([Parcel(prepare(2)), Parcel(fulfil(1))])
    assert [receipt.state for receipt in receipts] == ["RESERVED", "COMMITTED"]
    worker.stop()
    await serving


async def test_a_worker_goes_on_after_the_server_was_restarted(tmp_path):
    engines = EmbeddedEngines(tmp_path)
    url = engines.start().database_url
    try:
        migrate.upgrade(url)
        store = PostgresStore(url)
        await store.commit(await store.take_lane("ledger", "founder"), founding())
        worker = Worker("ledger", "me", store, toy_step, Profile(), committed=lambda batch, rows: None)
        await worker.start()
        serving = asyncio.create_task(worker.serve())
        await worker.submit([Parcel(prepare(1))])
        await asyncio.to_thread(engines.stop)
        refused = asyncio.create_task(worker.submit([Parcel(prepare(2))]))
        await asyncio.wait([refused])
        await asyncio.to_thread(engines.start)
        receipts = await worker.submit([Parcel(prepare(2)), Parcel(fulfil(1))])
        assert [receipt.state for receipt in receipts] == ["RESERVED", "COMMITTED"]
        worker.stop()
        await serving
        await store.close()
    finally:
        engines.stop()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
async def test_a_server_that_may_lose_commits_is_refused(tmp_path, monkeypatch, setting):
    monkeypatch.setitem(SETTINGS, setting, "off")
    engines = EmbeddedEngines(tmp_path)
    try:
        url = engines.start().database_url
        migrate.upgrade(url)
        with pytest.raises(UnsafeDatabaseError, match=setting):
            await PostgresStore(url).take_lane("ledger", "me")
        unsafe = PostgresStore(url, allow_unsafe=True)
        assert (await unsafe.take_lane("ledger", "me")).epoch == 1
        await unsafe.close()
    finally:
        engines.stop()
