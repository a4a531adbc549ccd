"""Health and metrics of the hub, served on every port."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Check = Callable[[], Awaitable[bool]]

_OK, _DOWN = 200, 502


class Metrics:
    """The hub's Prometheus metrics; one instance a process, handed to whoever counts."""

    def __init__(self) -> None:
        """Register every metric once."""
        self.registry = CollectorRegistry()
        labels = ["dialect", "resource", "outcome"]
        self.received = Counter("isoloop_messages_received", "Messages at an edge", labels, registry=self.registry)
        self.sent = Counter("isoloop_messages_sent", "Deliveries by outcome", labels, registry=self.registry)
        self.commands = Counter("isoloop_commands", "Commands decided", ["lane", "state"], registry=self.registry)
        self.batch = Histogram(
            "isoloop_batch_commands", "Commands in one commit", ["lane"],
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256), registry=self.registry,
        )  # fmt: skip
        self.commit = Histogram("isoloop_commit_seconds", "Load, step and commit", ["lane"], registry=self.registry)
        self.parked = Gauge("isoloop_parked_deliveries", "Deliveries given up", registry=self.registry)


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


def observed(app: Asgi, health: Health, metrics: Metrics) -> Asgi:
    """The application with /health and /metrics in front of it."""

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if scope["type"] == "http" and path == "/health":
            status, body = await health.report()
            await _reply(send, status, b"application/json", msgspec.json.encode(body))
        elif scope["type"] == "http" and path == "/metrics":
            await _reply(send, _OK, b"text/plain; version=0.0.4; charset=utf-8", generate_latest(metrics.registry))
        else:
            await app(scope, receive, send)

    return front


async def _reply(send: Send, status: int, media: bytes, body: bytes) -> None:
    headers = [(b"content-type", media), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
