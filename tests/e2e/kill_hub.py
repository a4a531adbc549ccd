"""A hub process that is killed and started again under load, at fixed ports and on one data folder."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import psycopg

from fspiop import jws
from switch.embedded import EmbeddedEngines, borrowed_database
from switch.embedded.nats import Nats
from switch.embedded.postgres import Postgres
from switch.embedded.process import marked
from switch.sandbox.onboarding import Hub

ISOLOOP = Path(sys.executable).with_name("isoloop")
READY_S = 60


def free_ports(count: int, start: int) -> list[int]:
    """Ports below those that outgoing connections are given, so that a hub finds its own free when it comes back."""
    found: list[int] = []
    for port in range(start, 32_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) and len(found) < count:
                found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no free ports")


class KillableHub:
    """`isoloop serve`, killed without a warning and started again as a supervisor would."""

    def __init__(self, folder: Path, first_port: int) -> None:
        self.data = folder / "data"
        self.log = folder / "hub.log"
        self.ports = free_ports(3, first_port)
        self.starts = 0
        self._process: asyncio.subprocess.Process | None = None
        self._ready = False

    @property
    def urls(self) -> Hub:
        """Where it is reached: the same after each start."""
        return Hub(*(f"http://127.0.0.1:{port}" for port in self.ports))

    @property
    def certificates(self) -> list[str]:
        """What verifies its XML signatures."""
        return [(self.data / "keys" / "xml-certificate.pem").read_text()]

    @property
    def jws_keys(self) -> list[str]:
        """What verifies its FSPIOP signatures."""
        return [jws.public_pem((self.data / "keys" / "jws-key.pem").read_text())]

    async def start(self) -> None:
        """Start it and do not wait."""
        ports = [part for name, port in zip(("fspiop", "admin", "iso"), self.ports, strict=True)
                 for part in (f"--{name}-port", str(port))]  # fmt: skip
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                ISOLOOP, "serve", "--data", self.data, *ports, stdout=asyncio.subprocess.PIPE, stderr=log,
                env={**os.environ, "ISOLOOP_LOG_LEVEL": "warning"},
            )  # fmt: skip
        self.starts += 1
        self._ready = False

    async def ready(self) -> None:
        """Until it takes requests."""
        assert self._process is not None and self._process.stdout is not None
        if not self._ready:
            line = await asyncio.wait_for(self._process.stdout.readline(), READY_S)
            assert line and json.loads(line)["status"] == "ready", f"the hub did not start: {line!r} {self.tail()}"
            self._ready = True

    async def kill(self) -> None:
        """SIGKILL: no farewell, nothing is written any more."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, as an operator does; engines that a hub which cannot stop them left behind are stopped too."""
        if self.running and self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self._process.wait(), READY_S)
        await asyncio.to_thread(self._stop_engines)

    def _stop_engines(self) -> None:
        engines = EmbeddedEngines(self.data)
        engines.start()
        engines.stop()

    @property
    def running(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process is not None and self._process.returncode is None

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:]

    async def check(self) -> dict[str, Any]:
        """`isoloop check --json` on its database, beside it."""
        process = await asyncio.create_subprocess_exec(
            ISOLOOP, "check", "--data", self.data, "--json", stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return {**json.loads(said), "status": process.returncode}

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Read its tables."""
        with borrowed_database(self.data) as url, psycopg.connect(url) as connection:
            return connection.execute(statement.encode()).fetchall()

    def kill_nats(self) -> None:
        """SIGKILL to its NATS, and nothing is left of what that had on disk but its settings."""
        nats = Nats(self.data)
        for pid in marked(nats._arguments()):
            os.kill(pid, signal.SIGKILL)
        folder = self.data / "nats"
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.name != "nats.conf":
                path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)

    def kill_postgres(self) -> None:
        """SIGKILL to the postmaster of its PostgreSQL."""
        postgres = Postgres(self.data)
        pid = int((postgres._cluster / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
