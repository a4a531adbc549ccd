"""Fixtures for all tests: one real PostgreSQL and one real NATS per test process, fresh databases, clean streams."""

import asyncio
import itertools
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import nats
import psycopg
import pytest

from switch.embedded import EmbeddedEngines, Endpoints
from tests.proofs import PROOFS

# No example may fail because the machine is busy.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
# For an hour by hand: `pytest --hypothesis-profile=long`.
hypothesis.settings.register_profile("long", deadline=None, print_blob=True, max_examples=3000)
hypothesis.settings.load_profile("house")

SHARED = Path(__file__).parents[2] / "shared"
_numbers = itertools.count(1)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker of the run say what it has proven."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["proofs"] = PROOFS.counted


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear what a worker has proven."""
    PROOFS.add(getattr(node, "workeroutput", {}).get("proofs", [0, 0]))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how often the books were proven."""
    if PROOFS.runs:
        terminalreporter.write_line(str(PROOFS))


def scale() -> int:
    """How many times as many examples as in the house profile are wanted."""
    return hypothesis.settings().max_examples // 100


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Take back what a test, or the hub within it, set at the loggers: the next test hears what it logs."""
    root, hub = logging.getLogger(), logging.getLogger("isoloop")
    before = (root.level, list(root.handlers), hub.level)
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    hub.setLevel(before[2])


@pytest.fixture(scope="session")
def engines() -> Iterator[Endpoints]:
    """Return both engines, started on first use and stopped at the end of the run of this worker."""
    folder = Path(tempfile.mkdtemp(prefix="isoloop-tests-"))
    embedded = EmbeddedEngines(folder)
    try:
        yield embedded.start()
    finally:
        embedded.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(engines: Endpoints) -> Iterator[str]:
    """Return the URL of an empty database that this test alone uses."""
    with fresh_database(engines.database_url) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(engines: Endpoints) -> Iterator[str]:
    """Return the URL of a database that the tests of one module share; empty at the first of them."""
    with fresh_database(engines.database_url) as url:
        yield url


@pytest.fixture
def nats_url(engines: Endpoints) -> str:
    """Return the URL of a NATS server without streams."""
    asyncio.run(_delete_streams(engines.nats_url))
    return engines.nats_url


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of other people's data (official schemas, samples, vectors) beside the repository, or skip."""
    if not SHARED.is_dir():
        pytest.skip("the folder of shared data is not beside this repository")
    return SHARED


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Create a database on the server, give its URL, and drop it with whatever sessions are still open."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    try:
        yield server_url.replace("/postgres?", f"/{name}?")
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")


async def _delete_streams(url: str) -> None:
    client = await nats.connect(url)
    jetstream = client.jetstream()
    for stream in await jetstream.streams_info():
        await jetstream.delete_stream(stream.config.name or "")
    await client.close()
