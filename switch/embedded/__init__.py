"""PostgreSQL and NATS started from wheels in a data folder: the engines of the demo, of tests and of a small hub.

Both engines outlive the process that started them, so a start first looks for servers of this data folder and adopts
them. In production the hub is given `database_url` and `nats_url` instead; no other code can tell the difference.
Linux only. What lies in the data folder: `postgres/` and `nats/` (state), `*.secret` (readable by their owner alone),
`*.log`, `lock`, and `engines/` (a copy of the programs, made only when the account cannot run the installed ones).
"""

import asyncio
import fcntl
import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from switch.embedded.nats import Nats
from switch.embedded.postgres import Postgres
from switch.embedded.process import HERE, EngineError

__all__ = ["EarlyEngines", "EmbeddedEngines", "Endpoints", "EngineError", "borrowed_database"]


class Endpoints(msgspec.Struct, frozen=True):
    """Where the engines are reached; the URLs carry a secret. `versions` maps engine name to version.

    `nats_url` enters the hub's account of NATS, `nats_banks_url` that of the banks.
    """

    database_url: str
    nats_url: str
    nats_banks_url: str
    versions: dict[str, str]


class EmbeddedEngines:
    """The two engines of one data folder; use it as a context manager, plain or async, or call start and stop.

    Only one living process may own a data folder at a time. All failures are EngineError.
    """

    def __init__(self, data_dir: Path | str, *, nats_sync_always: bool = False) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.postgres = Postgres(self.data_dir)
        self.nats = Nats(self.data_dir, sync_always=nats_sync_always)
        self._lock: int | None = None
        # The hub looks after the engines in one thread and changes the users of NATS in another.
        self._turn = threading.Lock()

    def start(self) -> Endpoints:
        """Start or adopt both engines, at the same time, and return where they are; about half a second at first."""
        if not Path(HERE).exists():
            raise EngineError("the embedded engines need Linux; elsewhere give --database-url and --nats-url")
        try:
            # Not more than "may walk through" for others: the engines' account needs it when root starts them.
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
            self._take_lock()
            with ThreadPoolExecutor(2) as pool:
                database, nats = pool.submit(self.postgres.start), pool.submit(self.nats.start)
            urls = database.result(), nats.result()
            versions = {"postgresql": self.postgres.version, "nats-server": self.nats.version}
            return Endpoints(*urls, self.nats.banks_url, versions)
        except BaseException as error:
            self.stop()
            if isinstance(error, OSError):
                raise EngineError(f"cannot use the data folder {self.data_dir}: {error}") from error
            raise

    def revive(self) -> list[str]:
        """Start again what has died since; return the names of the engines that had died.

        The URLs stay as they were: the socket folder is a function of the data folder, and NATS takes its old port.
        """
        with self._turn:
            fallen = [engine for engine in (self.postgres, self.nats) if not engine.is_running()]
            for engine in fallen:
                engine.start()
        return [type(engine).__name__.lower() for engine in fallen]

    def allow(self, users: Mapping[str, Mapping[str, Any]]) -> None:
        """Make these the users of the banks' account of NATS: name -> permissions."""
        with self._turn:
            self.nats.allow(users)

    def login(self, user: str) -> tuple[str, str, str] | None:
        """(URL, user, password) with which a bank enters NATS; None if it may not."""
        return self.nats.login(user)

    def stop(self) -> None:
        """Stop both engines, everything written; without effect when nothing runs."""
        self.nats.stop()
        self.postgres.stop()
        self.abandon()

    def abandon(self) -> None:
        """Leave the engines running for the next owner of the data folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise EngineError(f"another process uses the data folder {self.data_dir}") from None
        self._lock = lock

    def __enter__(self) -> Endpoints:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Endpoints:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


class EarlyEngines:
    """Engines that start while the program still loads. Whoever takes them must stop them; else they stop here."""

    def __init__(self, data_dir: Path | str, *, nats_sync_always: bool = False) -> None:
        """Begin at once, in a thread."""
        self._engines = EmbeddedEngines(data_dir, nats_sync_always=nats_sync_always)
        self._pool = ThreadPoolExecutor(1)
        self._started = self._pool.submit(self._engines.start)
        self._taken = False

    async def take(self) -> tuple[EmbeddedEngines, Endpoints]:
        """The engines and where they are, as soon as they run; raises EngineError."""
        endpoints = await asyncio.wrap_future(self._started)
        self._taken = True
        self._pool.shutdown(wait=False)
        return self._engines, endpoints

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()
        if not self._taken and self._started.exception() is None:
            self._engines.stop()


@contextmanager
def borrowed_database(data_dir: Path | str) -> Iterator[str]:
    """Give the URL of a data folder's database to a maintenance command, beside a running hub or without one.

    A server that runs is left running; otherwise the engines are started for the command and stopped after it.
    """
    url = Postgres(Path(data_dir)).adopt()
    if url is not None:
        yield url
        return
    with EmbeddedEngines(data_dir) as endpoints:
        yield endpoints.database_url
