"""Health and metrics of the hub, served on every port."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from prometheus_client import CollectorRegistry, generate_latest

from switch.observe_api import HEALTH, METRICS

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Check = Callable[[], Awaitable[bool]]
Details = Mapping[str, Callable[[], Any]]

_OK, _DOWN = 200, 502
_UNKNOWN: Final = frozenset({0, 404, 405})
_EVERY_S: Final = 1.0
_PATIENCE_S: Final = 2.0


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

    def __init__(self, version: str, checks: Mapping[str, Check], details: Details | None = None) -> None:
        """Name each sub-service with the coroutine that tells whether it works.

        `details` are told besides, and decide nothing.
        """
        self._version = version
        self._details = details or {}
        self._checks = checks
        self._started = time.monotonic()
        self._start_time = datetime.now(UTC)

    async def report(self, *, simple: bool = False) -> tuple[int, dict[str, Any]]:
        """The HTTP status (200, or 502 while a service is down) and the body existing probes read.

        A `simple` report names no services.
        """
        services = []
        for name, check in self._checks.items():
            services.append({"name": name, "status": "OK" if await check() else "DOWN"})
        up = all(service["status"] == "OK" for service in services)
        return (_OK if up else _DOWN), {
            "status": "OK" if up else "DOWN",
            "uptime": round(time.monotonic() - self._started, 3),
            "startTime": self._start_time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "versionNumber": self._version,
            **({} if simple else {"services": services} | {name: tell() for name, tell in self._details.items()}),
        }


_HEALTH: Final = frozenset(HEALTH)
"""Probes of the Settlement API v2 look below its own base path."""


def observed(app: Asgi, health: Health, registries: Sequence[CollectorRegistry]) -> Asgi:
    """The application with /health (`?simple=true` for its head) and /metrics of these registries in front of it.

    Without any registry metrics are nobody's business.
    """

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if scope["type"] == "http" and path in _HEALTH:
            asked = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=16))
            status, body = await health.report(simple=asked.get("simple", "").lower() == "true")
            await reply(send, status, b"application/json", msgspec.json.encode(body))
        elif registries and scope["type"] == "http" and path == METRICS:
            page = b"".join(generate_latest(registry) for registry in registries)
            await reply(send, _OK, b"text/plain; version=0.0.4; charset=utf-8", page)
        else:
            await app(scope, receive, send)

    return front


def metered(app: Asgi, meter: Callable[[str, str, str, float], None]) -> Asgi:
    """The application with each request told to `meter`: first segment of a path that exists, method, status."""

    async def measured(scope: Scope, receive: Receive, send: Send) -> None:
        status = 0
        begun = time.perf_counter()

        async def heard(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await app(scope, receive, heard)
        if scope["type"] == "http":
            resource = scope["path"].split("/", 2)[1] if status not in _UNKNOWN else "other"
            meter(resource, scope["method"], str(status), time.perf_counter() - begun)

    return measured


async def reply(send: Send, status: int, media: bytes, body: bytes, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """One whole HTTP answer."""
    headers = [(b"content-type", media), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
