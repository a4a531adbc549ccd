"""Health and metrics of the hub, served on every port."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Check = Callable[[], Awaitable[bool]]

Counts = Callable[[], Mapping[str, int]]

_OK, _DOWN = 200, 502
_EVERY_S: Final = 1.0
_PATIENCE_S: Final = 2.0


class Metrics:
    """The hub's Prometheus metrics; one instance a process, handed to whoever counts."""

    def __init__(self) -> None:
        """Register every metric once."""
        self.registry = CollectorRegistry()
        labels = ["class", "event", "outcome"]
        self.sent = Counter("isoloop_messages_sent", "Attempts to deliver", labels, registry=self.registry)
        self.commands = Counter("isoloop_commands", "Commands decided", ["lane", "state"], registry=self.registry)
        self.batch = Histogram(
            "isoloop_batch_commands", "Commands in one commit", ["lane"],
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256), registry=self.registry,
        )  # fmt: skip
        self.parked = Gauge("isoloop_parked_deliveries", "Deliveries given up", registry=self.registry)
        # The library looks labels up under a lock each time; there are few sets of them.
        self._sent = lru_cache(maxsize=256)(self.sent.labels)
        self._commands = lru_cache(maxsize=256)(self.commands.labels)

    def attempted(self, urgency: str, event: str, *, ok: bool, number: int = 1) -> None:
        """Count attempts to deliver."""
        self._sent(urgency, event, "delivered" if ok else "failed").inc(number)

    def decided(self, lane: str, state: str, number: int) -> None:
        """Count commands of a commit that ended alike."""
        self._commands(lane, state).inc(number)


class Read(Collector):
    """Metrics read off counts that others keep: at the edges by outcome, in delivery by receiver."""

    def __init__(self, edges: Mapping[str, Counts], waiting: Counts) -> None:
        """`edges` gives each edge's counts, `waiting` how many rows each receiver has not yet taken."""
        self._edges = edges
        self._waiting = waiting

    def collect(self) -> Iterator[Metric]:
        """What the counts are now."""
        received = CounterMetricFamily(
            "isoloop_messages_received", "Requests at an edge by how they were answered", labels=["edge", "outcome"]
        )
        for edge, counts in self._edges.items():
            for outcome, number in sorted(counts().items()):
                received.add_metric([edge, outcome], number)
        yield received
        waiting = GaugeMetricFamily("isoloop_deliveries_waiting", "Messages not yet taken", labels=["receiver"])
        for receiver, number in sorted(self._waiting().items()):
            waiting.add_metric([receiver], number)
        yield waiting


class Watch:
    """Asks one service again and again, so that /health never waits: a service that does not answer is down."""

    def __init__(self, ask: Check, *, every_s: float = _EVERY_S, patience_s: float = _PATIENCE_S) -> None:
        """`ask` may raise or hang: both mean down."""
        self._ask = ask
        self._every_s = every_s
        self._patience_s = patience_s
        self._up = False

    async def look(self) -> None:
        """Ask once."""
        try:
            async with asyncio.timeout(self._patience_s):
                self._up = await self._ask()
        except Exception:  # noqa: BLE001 - whatever it is, the service did not say that it works
            self._up = False

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            await self.look()
            await asyncio.sleep(self._every_s)

    async def up(self) -> bool:
        """What the last answer was."""
        return self._up


class Health:
    """What /health says: the hub is OK while each of its sub-services is."""

    def __init__(self, version: str, checks: dict[str, Check]) -> None:
        """Name each sub-service with the coroutine that tells whether it works."""
        self._version = version
        self._checks = checks
        self._started = time.monotonic()
        self._start_time = datetime.now(UTC)

    async def report(self) -> tuple[int, dict[str, Any]]:
        """The HTTP status (200, or 502 while a service is down) and the body existing probes read."""
        services = []
        for name, check in self._checks.items():
            services.append({"name": name, "status": "OK" if await check() else "DOWN"})
        up = all(service["status"] == "OK" for service in services)
        return (_OK if up else _DOWN), {
            "status": "OK" if up else "DOWN",
            "uptime": round(time.monotonic() - self._started, 3),
            "startTime": self._start_time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "versionNumber": self._version,
            "services": services,
        }


def observed(app: Asgi, health: Health, metrics: Metrics | None) -> Asgi:
    """The application with /health and /metrics in front of it; without `metrics` these are nobody's business."""

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if scope["type"] == "http" and path == "/health":
            status, body = await health.report()
            await reply(send, status, b"application/json", msgspec.json.encode(body))
        elif metrics is not None and scope["type"] == "http" and path == "/metrics":
            await reply(send, _OK, b"text/plain; version=0.0.4; charset=utf-8", generate_latest(metrics.registry))
        else:
            await app(scope, receive, send)

    return front


async def reply(send: Send, status: int, media: bytes, body: bytes, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """One whole HTTP answer."""
    headers = [(b"content-type", media), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
