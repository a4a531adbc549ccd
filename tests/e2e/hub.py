"""A real hub of its own process, and listeners for what it sends: what all tests of this folder stand on.

Nothing here uses the product's own code, so that the tests read the interfaces as a stranger would.
"""

import json
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import requests

ISOLOOP = Path(sys.executable).with_name("isoloop")
WAIT_S = 30
CURRENCIES = ("USD", "EUR", "KES", "XOF", "JPY")
_MODEL = {
    "name": "DEFERREDNET",
    "settlementGranularity": "NET",
    "settlementInterchange": "MULTILATERAL",
    "settlementDelay": "DEFERRED",
    "requireLiquidityCheck": True,
    "ledgerAccountType": "POSITION",
    "settlementAccountType": "SETTLEMENT",
    "autoPositionReset": True,
}


class Message(NamedTuple):
    """One request that a listener got; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Listener:
    """An HTTP server that keeps what it gets; `answer` chooses its reply: a status (202 if not given) and a body."""

    def __init__(self, answer: Callable[[Message], int | tuple[int, bytes]] | None = None) -> None:
        self.got: list[Message] = []
        self.answer = answer or (lambda _: 202)
        self._changed = threading.Condition()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                message = Message(self.command, self.path, headers, body)
                reply = owner.answer(message)
                status, content = reply if isinstance(reply, tuple) else (reply, b"")
                with owner._changed:
                    owner.got.append(message)
                    owner._changed.notify_all()
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _take

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Hang up."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait(self, wanted: Callable[[Message], Any], seconds: float = WAIT_S) -> Message:
        """The first message that is wanted, now or soon; AssertionError with what came instead."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                found = next((message for message in self.got if wanted(message)), None)
                if found is not None:
                    return found
                left = deadline - time.monotonic()
                if left <= 0:
                    came = [(each.method, each.path, each.body[:300]) for each in self.got[-5:]]
                    raise AssertionError(f"the awaited message did not come; the last ones: {came}")
                self._changed.wait(left)

    def all(self, wanted: Callable[[Message], Any]) -> list[Message]:
        """Every message so far that is wanted."""
        with self._changed:
            return [message for message in self.got if wanted(message)]


class Hub:
    """`isoloop serve` as a process of its own; ports are chosen anew at each start. `running` are all that do."""

    running: ClassVar[list["Hub"]] = []

    def __init__(self, data: Path) -> None:
        self.data = data
        self.token = ""
        self.ready: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **settings: str) -> None:
        """Start it and read what it says when it is ready; `settings` become options (`nats_url` is --nats-url)."""
        options = [part for name, value in settings.items() for part in (f"--{name.replace('_', '-')}", value)]
        ports = ["--fspiop-port", "0", "--admin-port", "0", "--iso-port", "0"]
        log = (self.data / "hub.log").open("ab")
        command = [str(ISOLOOP), "serve", "--data", str(self.data), *ports, *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self.data / "hub.log").read_text()[-2000:]
        self.ready = json.loads(line)
        Hub.running = [*(one for one in Hub.running if one is not self), self]

    def prove(self) -> None:
        """Ask `isoloop check` of the hub's books; events that are under way get a moment."""
        command = [str(ISOLOOP), "check", "--data", str(self.data), "--json"]
        until = time.monotonic() + WAIT_S
        while True:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            broken = [each for each in json.loads(done.stdout)["invariants"] if not each["holds"]]
            if not broken:
                return
            assert time.monotonic() < until, broken
            time.sleep(0.5)

    def stop(self) -> int:
        """Stop it as an operator would; the exit status."""
        assert self._process is not None
        Hub.running = [one for one in Hub.running if one is not self]
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it without any farewell; its engines go on and are found again."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)

    def _url(self, port: str) -> str:
        return f"http://127.0.0.1:{self.ready[port]}"

    @property
    def iso(self) -> str:
        """Base URL of the banks' port."""
        return self._url("isoPort")

    @property
    def fspiop(self) -> str:
        """Base URL of the DFSPs' port."""
        return self._url("fspiopPort")

    @property
    def admin(self) -> str:
        """Base URL of the operator's port."""
        return self._url("adminPort")

    @property
    def certificate(self) -> str:
        """The certificate (PEM) that verifies the hub's XML signatures."""
        return (self.data / "keys" / "xml-certificate.pem").read_text()

    def operate(self, method: str, path: str, body: Any = None, *, ok: bool = True) -> requests.Response:
        """One call of the operator; it must succeed unless `ok` is False."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        response = requests.request(method, self.admin + path, json=body, headers=headers, timeout=WAIT_S)
        assert not ok or response.ok, (method, path, response.status_code, response.text)
        return response

    def open_scheme(self) -> None:
        """The hub's accounts in all currencies, the settlement model, and the built-in registry."""
        for currency in CURRENCIES:
            for kind in ("HUB_RECONCILIATION", "HUB_MULTILATERAL_SETTLEMENT"):
                self.operate("POST", "/participants/Hub/accounts", {"currency": currency, "type": kind})
        self.operate("POST", "/settlementModels", _MODEL)
        for kind in ("MSISDN", "ACCOUNT_ID", "IBAN"):
            endpoint = {"value": "builtin:registry", "endpointType": "URL"}
            self.operate("POST", "/oracles", {"oracleIdType": kind, "endpoint": endpoint, "isDefault": True})

    def add(self, name: str, currency: str, *, cap: int = 1_000_000, funds: int = 1_000_000) -> None:
        """A participant in a currency, with its net debit cap and its deposit."""
        self.operate("POST", "/participants", {"name": name, "currency": currency})
        limits = {"currency": currency, "limit": {"type": "NET_DEBIT_CAP", "value": cap}, "initialPosition": 0}
        self.operate("POST", f"/participants/{name}/initialPositionAndLimits", limits)
        if funds:
            self.deposit(name, currency, funds)

    def deposit(self, name: str, currency: str, funds: int) -> None:
        """Put money on the settlement account."""
        number = self.account(name, "SETTLEMENT", currency)["id"]
        body = {
            "transferId": str(uuid.uuid4()),
            "externalReference": "deposit",
            "action": "recordFundsIn",
            "reason": "deposit",
            "amount": {"amount": funds, "currency": currency},
        }
        self.operate("POST", f"/participants/{name}/accounts/{number}", body)

    def account(self, name: str, kind: str, currency: str) -> dict[str, Any]:
        """One account of a participant as the operator sees it."""
        listed = self.operate("GET", f"/participants/{name}/accounts").json()
        found = [one for one in listed if (one["ledgerAccountType"], one["currency"]) == (kind, currency)]
        assert len(found) == 1, listed
        return dict(found[0])

    def position(self, name: str, currency: str = "USD") -> Decimal:
        """A participant's position: positive when it owes."""
        return Decimal(str(self.account(name, "POSITION", currency)["value"]))


@contextmanager
def running_hub(data: Path, token: str = "", **settings: str) -> Iterator[Hub]:
    """A started hub with the scheme's accounts, stopped at the end; `token` is what its operator shows."""
    hub = Hub(data)
    hub.token = token
    hub.start(**settings)
    try:
        hub.open_scheme()
        yield hub
        if "database_url" not in settings and hub.runs:
            hub.prove()
    finally:
        hub.stop()
