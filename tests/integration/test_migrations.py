"""Migrations on tables with data in them: each way back and forward again keeps the books as they were."""

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from switch import migrate
from switch.check import check_books
from switch.store.postgres import PostgresStore
from tests.contract.samples import decide, founding, prepare

FUNDS = """
INSERT INTO records (kind, key, lane, open, changed, body)
VALUES ('funds', %s, 'ledger', true, now(), %s::json)"""
STATES = ("RESERVED", "COMMITTED", "ABORTED")
REVISIONS = ("0030", "0009", "0001")


def moved(url, revision, way):
    """The tables brought to another revision."""
    config = Config()
    config.set_main_option("script_location", "switch:migrations")
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        way(config, revision)
    engine.dispose()


@pytest.fixture
async def filled(database_url):
    """A database with a participant, payments in every table, and books that hold."""
    migrate.upgrade(database_url)
    store = PostgresStore(database_url)
    lease = await store.commit(await store.take_lane("ledger", "founder"), founding())
    await store.commit(lease, decide([prepare(number) for number in range(5)]))
    await store.close()
    return database_url


def counted(url):
    tables = ("accounts", "entries", "transfers", "records", "outbox", "inbox", "archive")
    with psycopg.connect(url) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables}


def broken(url):
    """What does not hold; nothing delivers here, so what waits is no matter."""
    return [one.name for one in check_books(url) if not one.holds and one.name not in {"I10", "I14"}]


@pytest.mark.parametrize("revision", REVISIONS)
def test_data_of_an_earlier_revision_comes_through(filled, revision):
    before = counted(filled)
    moved(filled, revision, command.downgrade)
    assert migrate.upgrade(filled) == migrate.HEAD
    assert (counted(filled), broken(filled)) == (before, [])


def test_funds_that_have_ended_are_closed_and_those_on_their_way_kept(database_url):
    migrate.upgrade(database_url)
    moved(database_url, "0030", command.downgrade)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for state in STATES:
            connection.execute(FUNDS, [state, f'{{"is": "funds", "state": "{state}"}}'])
        migrate.upgrade(database_url)
        found = connection.execute("SELECT key FROM records WHERE kind = 'funds' AND open").fetchall()
    assert found == [("RESERVED",)]
