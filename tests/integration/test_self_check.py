"""The hub's own check of its books: what is broken is told once, counted and shown, until it holds again."""

import asyncio
import logging
from datetime import UTC, datetime

import psycopg
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from switch import migrate
from switch.check import Finding
from switch.self_check import SelfCheck

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ENTRY = (
    "INSERT INTO accounts VALUES (1, 'a', 'POSITION', 'USD', true, 0, 0, 0, 7, NULL, '10', now(), now())",
    "DELETE FROM accounts",
)


@pytest.fixture(scope="module")
def url(module_database_url):
    migrate.upgrade(module_database_url)
    return module_database_url


@pytest.fixture
def check(url):
    return SelfCheck(url, 1, lambda: NOW)


def change(url, statement):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def figures(check):
    registry = CollectorRegistry()
    registry.register(check)
    lines = generate_latest(registry).decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


async def test_before_the_first_check_nothing_is_said(check):
    assert (check.detail(), figures(check)) == ({"checked": None, "broken": []}, {})


async def test_what_is_broken_is_told_counted_and_shown_until_it_holds_again(check, url, caplog, monkeypatch):
    monkeypatch.setattr("switch.self_check._REST", 0)
    caplog.set_level(logging.INFO, "isoloop.books")
    change(url, ENTRY[0])
    try:
        await check.look()
        assert check.detail() == {"checked": "2026-11-20T12:00:00.000Z", "broken": ["I2", "I3"]}
        shown = figures(check)
        assert [shown[f'isoloop_invariant_broken{{invariant="{name}"}}'] for name in ("I1", "I2")] == [0, 1]
        assert shown["isoloop_books_checked_timestamp_seconds"] == NOW.timestamp()
        assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
        assert caplog.messages[0].startswith("I2 is broken: the accounts of each currency sum to zero")
        await check.look()
        assert len(caplog.records) == 2
    finally:
        change(url, ENTRY[1])
    await check.look()
    assert (caplog.messages[2:], check.detail()["broken"]) == (["I2 holds again", "I3 holds again"], [])


async def test_a_database_that_is_away_is_no_defect_of_the_books(url, caplog):
    check = SelfCheck("postgresql://nobody@127.0.0.1:1/none", 1, lambda: NOW)
    caplog.set_level(logging.INFO, "isoloop.books")
    await check.look()
    assert (check.detail(), [record.levelname for record in caplog.records]) == (
        {"checked": None, "broken": []}, ["INFO"],
    )  # fmt: skip


async def test_what_takes_long_is_asked_less_often(check, monkeypatch):
    asked = []

    def slowly(url, *, name, only):
        asked.append(only)
        return [Finding(one, "", 0, (), 1000.0 if one == "I3" else 0.0) for one in only]

    monkeypatch.setattr("switch.self_check.check_books", slowly)
    await check.look()
    await check.look()
    assert set(asked[0]) - set(asked[1]) == {"I3"}


async def test_it_checks_again_and_again_or_never(url):
    looked = asyncio.Event()
    check = SelfCheck(url, 0.001, lambda: looked.set() or NOW)
    running = asyncio.create_task(check.run())
    for _ in range(2):
        await looked.wait()
        looked.clear()
    running.cancel()
    await asyncio.wait_for(SelfCheck(url, 0, lambda: NOW).run(), 5)
