"""The FSPIOP half of a hub in memory: real application, intake, lanes, store, bus and senders; only wires are cut."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from fspiop.api.app import EdgeSettings, router
from fspiop.client import Delivery
from schemas.canonical.identity import HUB, FspId
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from schemas.codes.currencies import FSPIOP as CURRENCIES
from switch.bus.memory import MemoryBus
from switch.delivery_policy import Sent
from switch.directory import Directory
from switch.engine import Batch
from switch.heard import Heard
from switch.hops import Hops
from switch.intake import Intake
from switch.lanes import JOURNEY, LEDGER, LOOKUP, STEPS
from switch.profile import Profile
from switch.senders import Senders
from switch.senders.fspiop import FspiopSender
from switch.store.memory import MemoryStore
from switch.store.port import OutboxRow
from switch.worker import Worker
from tests.e2e.fspiop_hub import ENDPOINTS
from translator.dialect import HubIdentity

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
BLUE, GREEN = FspId("blue"), FspId("green")
MUCH = 10**15


class Call(msgspec.Struct):
    """A message that left the hub."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def accounts() -> list[LedgerAccount]:
    """What everybody holds: in every currency a deposit and a cap that nothing exhausts."""
    numbers = itertools.count(1)
    kinds = (AccountType.POSITION, AccountType.SETTLEMENT)
    return [
        LedgerAccount(next(numbers), name, kind, currency, active=True, credits_posted=much, cap=MUCH, alarm="100")
        for name in (BLUE, GREEN)
        for currency in sorted(CURRENCIES)
        for kind, much in zip(kinds, (0, MUCH), strict=True)
    ]


class SmallHub:
    """Two DFSPs that hold every currency; `calls` are the messages the hub sent them."""

    def __init__(self, *, money: bool = False) -> None:
        """`money`: they may move it too, as much as they like."""
        self._money = money
        self.calls: list[Call] = []
        self.bus = MemoryBus()
        self.store = MemoryStore(lambda: NOW)
        self.directory = Directory(HubIdentity())
        self.heard = Heard()
        intake = Intake(self.directory, self.bus, lambda: NOW)
        self.app = router(intake.fspiop, lambda _: (), EdgeSettings(), lambda: NOW)
        wire: Any = self
        sender = FspiopSender(wire, lambda _: None, self.directory.participant, lambda: NOW)
        nothing: Any = None
        self._senders = Senders(
            self.directory, self.bus, HubIdentity(), self.heard, fspiop=sender, iso=nothing, nats=nothing,
            oracles=nothing, reports=nothing, hops=Hops(), clock=lambda: NOW, still_open=self.store.still_open,
        )  # fmt: skip
        self._workers: list[Worker] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._rows: list[OutboxRow] = []

    async def start(self) -> None:
        """Open the lanes."""
        members = [Participant(HUB)]
        for name in (BLUE, GREEN):
            endpoints = {f"FSPIOP_CALLBACK_URL_{kind}": f"http://{name}{path}" for kind, path in ENDPOINTS.items()}
            members.append(Participant(name, currencies=tuple(sorted(CURRENCIES)), endpoints=endpoints))
        books = (SettlementModel("NET"), *accounts()) if self._money else ()
        founding = Batch(NOW, (*members, *books), (), (), (), (), (), ())
        await self.store.commit(await self.store.take_lane("ledger", "founder"), founding)
        self.directory.learn(members)
        for lane in (JOURNEY, LOOKUP, *((LEDGER,) if self._money else ())):
            worker = Worker(lane, "me", self.store, STEPS[lane], Profile(), committed=self._committed)
            await worker.start()
            await self.bus.serve_lane(lane, worker.submit)
            self._tasks.append(asyncio.get_running_loop().create_task(worker.serve()))
            self._workers.append(worker)

    async def stop(self) -> None:
        """Close the lanes."""
        for worker in self._workers:
            worker.stop()
        await asyncio.wait(self._tasks)
        await self.bus.close()

    def _committed(self, batch: Batch, rows: Sequence[OutboxRow]) -> None:
        self._rows.extend(rows)

    async def send(self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Delivery:
        """The participants' end of the wire."""
        self.calls.append(Call(method, url, dict(headers), body))
        return Delivery(200)

    async def deliver(self) -> list[Sent]:
        """Send whatever waits to go out."""
        rows, self._rows = self._rows, []
        return [await self._senders.send(row) for row in rows]

    async def call(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes]:
        """One request to the application, and delivery of what follows."""
        scope = {
            "type": "http", "method": method, "path": path.partition("?")[0],
            "raw_path": path.partition("?")[0].encode(), "query_string": path.partition("?")[2].encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()], "client": ("t", 1),
        }  # fmt: skip
        told: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def answer(event: Any) -> None:
            told.append(event)

        await self.app(scope, receive, answer)
        await self.deliver()
        return told[0]["status"], told[1]["body"]
