"""The migrated tables are those the metadata declares, guard the ledger by themselves, and are found by key."""

import time

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import CheckViolation, RaiseException
from sqlalchemy import create_engine

from switch import migrate
from switch.store import reads
from switch.store.kinds import KINDS
from switch.store.postgres import PostgresStore
from switch.store.tables import metadata
from switch.store.writes import WRITES, commit
from tests.contract.samples import PAYER, decide, founding, prepare, transfer_id


@pytest.fixture
def url(database_url):
    migrate.upgrade(database_url)
    return database_url


@pytest.fixture
async def store(url):
    store = PostgresStore(url)
    yield store
    await store.close()


def test_migrations_lead_to_what_the_metadata_declares(url):
    def declared(obj, name, kind, reflected, compare_to):
        partition = kind == "table" and reflected and name not in metadata.tables
        return not partition and name != "alembic_version"

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": declared, "compare_type": True})
        differences = [change for change in compare_metadata(context, metadata) if "comment" not in str(change[0])]
    engine.dispose()
    assert differences == []


def test_the_newest_revision_is_the_one_the_code_asks_for():
    config = Config()
    config.set_main_option("script_location", "switch:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_a_second_upgrade_changes_nothing(url):
    assert migrate.upgrade(url) == migrate.HEAD


def test_every_written_column_is_declared():
    for write in WRITES:
        assert set(write.columns) <= {column.name for column in metadata.tables[write.table].columns}, write.table


def test_entries_can_be_neither_changed_nor_taken_away(url):
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in ("UPDATE entries SET value = 0", "DELETE FROM entries", "TRUNCATE entries"):
            with pytest.raises(RaiseException, match="append-only"):
                connection.execute(statement)


def test_entries_that_do_not_balance_are_refused(url):
    one_side = (
        "INSERT INTO entries (reference, phase, account, currency, debits_pending, debits_posted, credits_pending,"
        " credits_posted, value, at) VALUES ('t', 'post', 1, 'USD', 0, 5, 0, 0, 5, now())"
    )
    with psycopg.connect(url, autocommit=True) as connection, pytest.raises(RaiseException, match="do not balance"):
        connection.execute(one_side)


async def test_a_counter_below_zero_is_refused(url, store):
    await store.commit(await store.take_lane("ledger", "founder"), founding())
    with psycopg.connect(url, autocommit=True) as connection, pytest.raises(CheckViolation):
        connection.execute("UPDATE accounts SET debits_posted = -1 WHERE id = 2")


async def test_batches_find_everything_by_key_even_on_young_tables(store):
    lease = await store.commit(await store.take_lane("ledger", "founder"), founding())
    batch = decide([prepare(number) for number in range(3)])
    session = store._session("ledger")
    statement, parameters = commit(lease, batch)
    kinds = [(kind, transfer_id(1)) for kind in KINDS.values()]
    load, wanted = reads.load("ledger", kinds, [(PAYER, "msg-1")])
    plans = [
        *await session.run(f"EXPLAIN {statement}", parameters),
        *await session.run(f"EXPLAIN {load}", wanted),
        *await session.run(f"EXPLAIN {reads.OPEN_ROWS}", ["", 0, 0.0, 100]),
    ]
    text = "\n".join(line for (line,) in plans)
    assert "Index Scan using inbox_0_pkey" in text and "undelivered_pkey" in text
    assert "Seq Scan" not in text and "Hash Join" not in text


def test_a_start_on_migrated_tables_does_not_load_the_migration_machinery(url):
    started = time.perf_counter()
    migrate.upgrade(url)
    # Generous: the promise is that nothing is compared or reflected, which would take a hundred times longer.
    assert time.perf_counter() - started < 2
