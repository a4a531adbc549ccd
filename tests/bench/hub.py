"""A hub started as its users start it: `isoloop serve`, in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from switch.sandbox.onboarding import Hub
from tests.bench.processes import Usage, usage

START_S = 60


class HubProcess:
    """One running hub; `seconds` is the time from the start of the process to its ready line."""

    def __init__(self, data_dir: Path, profile: Path | None = None) -> None:
        """With `profile` it runs under cProfile, slower, and leaves the figures in that file."""
        self._data_dir = data_dir
        environment = {**os.environ, "ISOLOOP_LOG_LEVEL": "warning"}
        command = [str(Path(sys.executable).with_name("isoloop"))]
        if profile is not None:
            command = [sys.executable, "-m", "cProfile", "-o", str(profile), "-m", "switch"]
        ports = ("--fspiop-port", "0", "--admin-port", "0", "--iso-port", "0")
        begun = time.perf_counter()
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        self._log = (data_dir.parent / f"{data_dir.name}.log").open("ab")
        self._process = subprocess.Popen(
            [*command, "serve", "--data", data_dir, *ports],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.seconds = time.perf_counter() - begun
        if not line:
            raise RuntimeError(f"the hub did not start; its log is {self._log.name}")
        self.ready: dict[str, Any] = json.loads(line)

    @property
    def hub(self) -> Hub:
        """Where it is reached."""
        ports = (self.ready[f"{name}Port"] for name in ("fspiop", "admin", "iso"))
        return Hub(*(f"http://127.0.0.1:{port}" for port in ports))

    @property
    def certificate(self) -> str:
        """The certificate its XML signatures are made with."""
        return (self._data_dir / "keys" / "xml-certificate.pem").read_text()

    def usage(self) -> Usage:
        """Process times and memory of it and its engines."""
        return usage(self._process.pid)

    def stop(self) -> None:
        """Stop it as an operator does."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        self._log.close()
