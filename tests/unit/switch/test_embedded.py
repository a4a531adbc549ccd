"""The embedded engines start, keep their data, survive kills, are adopted, stop, and never serve a stranger."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import nats
import psycopg
import pytest

from switch.embedded import EarlyEngines, EmbeddedEngines, Endpoints, EngineError, borrowed_database
from switch.embedded.process import Account, account_for, is_marked, mark_of, runnable

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.engines
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder with one row in PostgreSQL, used by one test after the other."""
    with tempfile.TemporaryDirectory(prefix="isoloop-embedded-") as name:
        data = Path(name, "data")
        with EmbeddedEngines(data) as ends:
            execute(ends, "create table kept as select 42 as answer")
        yield data


@pytest.fixture
def embedded(folder: Path) -> Iterator[EmbeddedEngines]:
    engines = EmbeddedEngines(folder)
    yield engines
    engines.stop()


def execute(ends: Endpoints, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(ends.database_url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_a_first_start_gives_two_working_engines(engines: Endpoints) -> None:
    assert engines.versions["postgresql"].startswith("18.")
    assert engines.versions["nats-server"].startswith("2.")
    assert execute(engines, "select 1") == [(1,)]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("lc_collate", "C"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("listen_addresses", ""),
        ("max_connections", "50"),
    ],
)
def test_postgres_is_durable_and_private(engines: Endpoints, setting: str, value: str) -> None:
    query = (
        "select datcollate from pg_database where datname = current_database()"
        if setting == "lc_collate"
        else f"show {setting}"
    )
    assert execute(engines, query) == [(value,)]


async def test_nats_keeps_streams_over_a_restart(embedded: EmbeddedEngines) -> None:
    client = await nats.connect(embedded.start().nats_url)
    await client.jetstream().add_stream(name="KEPT", subjects=["kept"])
    await client.jetstream().publish("kept", b"x" * 2_000_000)
    await client.close()
    embedded.stop()

    client = await nats.connect(embedded.start().nats_url)
    info = await client.jetstream().stream_info("KEPT")
    await client.close()

    assert info.state.messages == 1


def test_a_restart_keeps_rows_and_urls(embedded: EmbeddedEngines) -> None:
    first = embedded.start()
    embedded.stop()
    second = embedded.start()

    assert second == first
    assert execute(second, "select answer from kept") == [(42,)]


def test_stop_leaves_no_process_and_no_socket(embedded: EmbeddedEngines) -> None:
    ends = embedded.start()
    pids = [embedded.postgres.pid, embedded.nats.pid]
    sockets = Path(psycopg.conninfo.conninfo_to_dict(ends.database_url)["host"])
    embedded.stop()

    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    assert not sockets.exists()


def test_engines_that_nobody_took_are_stopped(folder: Path) -> None:
    with EarlyEngines(folder) as early:
        engines = early._engines
    assert not engines.postgres.is_running()
    assert not engines.nats.is_running()


async def test_engines_that_were_taken_are_the_taker_s(folder: Path) -> None:
    with EarlyEngines(folder) as early:
        engines, endpoints = await early.take()
    try:
        assert engines.postgres.is_running() and endpoints.database_url
    finally:
        engines.stop()


def test_stop_without_start_does_nothing(folder: Path) -> None:
    EmbeddedEngines(folder).stop()


def test_killed_engines_are_revived_with_their_data(embedded: EmbeddedEngines) -> None:
    ends = embedded.start()
    execute(ends, "create table added as select 43 as answer")
    os.kill(embedded.postgres.pid, signal.SIGKILL)
    os.kill(embedded.nats.pid, signal.SIGKILL)
    wait_for(lambda: not embedded.postgres.is_running() and not embedded.nats.is_running())

    assert sorted(embedded.revive()) == ["nats", "postgres"]
    assert execute(ends, "select answer from added") == [(43,)]
    assert embedded.revive() == []


def test_killed_with_a_session_open_it_starts_again(embedded: EmbeddedEngines) -> None:
    ends = embedded.start()
    with psycopg.connect(ends.database_url) as connection:
        connection.execute("insert into kept values (1)")
        os.kill(embedded.postgres.pid, signal.SIGKILL)
        again = embedded.start()
        with contextlib.suppress(psycopg.OperationalError):
            connection.rollback()

    assert execute(again, "select answer from kept") == [(42,)]


def test_servers_of_a_killed_hub_are_adopted(folder: Path, embedded: EmbeddedEngines) -> None:
    script = (
        "import os, signal\n"
        "from switch.embedded import EmbeddedEngines\n"
        f"e = EmbeddedEngines({str(folder)!r}); e.start()\n"
        "print(e.postgres.pid, e.nats.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    dead = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    ends = embedded.start()

    assert dead.returncode == -signal.SIGKILL
    assert [int(pid) for pid in dead.stdout.split()] == [embedded.postgres.pid, embedded.nats.pid]
    assert execute(ends, "select answer from kept") == [(42,)]
    embedded.stop()
    assert [pid for pid in dead.stdout.split() if is_marked(int(pid), "isoloop-")] == []


def test_two_owners_of_one_folder_are_refused(folder: Path, embedded: EmbeddedEngines) -> None:
    ends = embedded.start()

    with pytest.raises(EngineError, match="another process uses"):
        EmbeddedEngines(folder).start()
    assert execute(ends, "select 1") == [(1,)]


def test_a_recycled_process_id_does_not_block_the_start(folder: Path, embedded: EmbeddedEngines) -> None:
    account = account_for(folder / "postgres")
    stranger = account.spawn(["sleep", "600"], Path("/"), Path(os.devnull))
    try:
        lock = folder / "postgres" / "postmaster.pid"
        lock.write_text(f"{stranger.pid}\n{folder}/postgres\n1\n5432\n/tmp\n\n 1 1\nready\n")
        account.give(lock)
        ends = embedded.start()

        assert execute(ends, "select answer from kept") == [(42,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_wrong_secrets_are_refused(engines: Endpoints) -> None:
    secret = urlsplit(engines.database_url).password
    assert secret
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(engines.database_url.replace(secret, "guess"))

    port = urlsplit(engines.nats_url).port
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(b'CONNECT {"verbose":false}\r\nPING\r\n')
        assert b"Authorization Violation" in read_all(link)


def test_secrets_and_logs_are_private(embedded: EmbeddedEngines, folder: Path) -> None:
    embedded.start()

    files = [*folder.glob("*.secret"), *folder.glob("*.log"), folder / "nats" / "nats.conf"]
    assert len(files) == 5
    assert [file for file in files if file.stat().st_mode & 0o077] == []
    assert folder.joinpath("postgres").stat().st_mode & 0o077 == 0


def test_a_taken_port_moves_nats_to_a_free_one(embedded: EmbeddedEngines) -> None:
    port = urlsplit(embedded.start().nats_url).port
    embedded.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        moved = urlsplit(embedded.start().nats_url).port

    assert moved != port


def test_a_broken_cluster_is_told_with_the_end_of_its_log(folder: Path, embedded: EmbeddedEngines) -> None:
    version = folder / "postgres" / "PG_VERSION"
    true = version.read_text()
    version.write_text("9.1\n")
    try:
        with pytest.raises(EngineError, match=r"(?s)PostgreSQL does not start.*version"):
            embedded.start()
    finally:
        version.write_text(true)


def test_a_maintenance_command_borrows_the_database_of_a_running_hub(
    folder: Path, embedded: EmbeddedEngines
) -> None:
    ends = embedded.start()
    with borrowed_database(folder) as url:
        assert url == ends.database_url

    assert embedded.postgres.is_running()


def test_a_maintenance_command_alone_leaves_nothing_running(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    with borrowed_database(folder.name) as url, psycopg.connect(url) as connection:
        assert connection.execute("select answer from kept").fetchall() == [(42,)]

    assert not (folder / "postgres" / "postmaster.pid").exists()


async def test_async_use(folder: Path) -> None:
    engines = EmbeddedEngines(folder, nats_sync_always=True)
    async with engines as ends:
        assert execute(ends, "select answer from kept") == [(42,)]
    assert not engines.postgres.is_running()


@as_root
def test_started_by_root_the_engines_run_unprivileged(embedded: EmbeddedEngines) -> None:
    embedded.start()

    owners = [Path(f"/proc/{pid}").stat().st_uid for pid in (embedded.postgres.pid, embedded.nats.pid)]
    assert 0 not in owners


@as_root
def test_programs_out_of_reach_are_copied(folder: Path) -> None:
    account = account_for(folder / "postgres")
    with tempfile.TemporaryDirectory(prefix="isoloop-wheel-") as home:
        shutil.copy2(Path(sysconfig.get_path("scripts"), "nats-server"), home)
        shelters = [folder / "engines", Path(tempfile.gettempdir(), mark_of(folder))]
        try:
            program = runnable(account, Path(home), ["nats-server"], "nats-server", shelters)
            version = account.run([str(program), "--version"])
        finally:
            shutil.rmtree(shelters[1], ignore_errors=True)

    assert program.parent in shelters
    assert version.stdout.startswith("nats-server:")


@as_root
def test_an_ordinary_user_needs_no_root() -> None:
    """The interpreter may lie in root's home, so the test becomes another account after its imports."""
    nobody = pwd.getpwnam("nobody")
    script = (
        "import os, sys, psycopg, encodings.idna, concurrent.futures.thread\n"
        "from switch.embedded import EmbeddedEngines\n"
        f"os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})\n"
        "with EmbeddedEngines(sys.argv[1]) as ends:\n"
        "    print(psycopg.connect(ends.database_url).execute('select 7').fetchone()[0])\n"
    )
    programs = Account(nobody.pw_uid, nobody.pw_gid, foreign=True)
    if not programs.reaches(Path(sysconfig.get_path("purelib"))):
        pytest.skip("this environment lies where no other account may read")
    with tempfile.TemporaryDirectory(prefix="isoloop-user-") as home:
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        argv = [sys.executable, "-c", script, f"{home}/data"]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stdout == "7\n", done.stderr


def read_all(link: socket.socket) -> bytes:
    received = b""
    while chunk := link.recv(4096):
        received += chunk
    return received


def wait_for(condition: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)
