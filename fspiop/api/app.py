"""The FSPIOP server: a bare ASGI function from bytes to `accept` and back, with every check in the reference's order.

Usable alone: `router(accept, keys, settings, clock)` needs no other part of the hub. What it does not find wrong by
itself is answered 202 or 200 as soon as `accept` returns, that is after COMMIT; the outcome goes to the sender as a
callback.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec

from fspiop.api import bulktransfers, dialogues, fxtransfers, participants, parties, quotes, services, transfers
from fspiop.api.resource import Found, Operation, Resource
from fspiop.api.variant import is_passed_on, schema_of
from fspiop.errors import Refusal, error_body, method_not_allowed, refusal_of, refuse
from fspiop.headers import Head, Versions, check_head, check_parties, read_head, too_large
from fspiop.incoming import Accept, IncomingFspiop, KeysOf
from fspiop.jws import SignatureError, usable, verify
from fspiop.rules import COMPLETED_AHEAD, COMPLETED_BEHIND, Now
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.wire import Original

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
CallerOf = Callable[[Scope], str | None]
Objection = Callable[[Scope, str | None, bool], str | None]
"""Why the client of a request is not believed to be that participant; True: it passes on for the source."""
Meter = Callable[[str, str, str, float], None]
"""Told of a request: its resource, its method, `accepted` or the code of its refusal, the seconds it took."""

RESOURCES: Final[tuple[Resource, ...]] = (
    participants.RESOURCE,
    parties.RESOURCE,
    quotes.RESOURCE,
    transfers.RESOURCE,
    fxtransfers.RESOURCE,
    bulktransfers.RESOURCE,
    services.RESOURCE,
    *dialogues.RESOURCES,
)
_BY_NAME: Final = {resource.name: resource for resource in RESOURCES}
_QUERY_MAX: Final = 16
_SEGMENT_MAX: Final = 128
_EMPTY: Final = ((b"content-length", b"0"),)
_STARTS: Final[dict[int, dict[str, Any]]] = {
    status: {"type": "http.response.start", "status": status, "headers": _EMPTY} for status in (200, 202)
}
_NOTHING: Final[dict[str, Any]] = {"type": "http.response.body", "body": b""}
_TAKEN: Final = {True: 202, False: 200}
_NO_BODY: Final = hashlib.sha256(b"").hexdigest()
_LOG: Final = logging.getLogger(__name__)


class EdgeSettings(msgspec.Struct, frozen=True):
    """What an operator may choose: limits, the prefix this is mounted under, and whether signatures are demanded.

    `sign_all`: of requests without a body too, where nothing else proves who sends them. `lenient`: answers of the ISO
    variant that the hub only passes on need not keep its definition.
    """

    max_body: int = 5_242_880
    max_in_flight: int = 4096
    retry_after: int = 1
    mount: str = ""
    demand_signatures: bool = False
    lenient: bool = False
    sign_all: bool = False
    completed_ahead: timedelta = COMPLETED_AHEAD
    completed_behind: timedelta = COMPLETED_BEHIND


class _Gone(Exception):
    """The sender closed the connection before its body was complete."""


def caller_from_header(name: str) -> CallerOf:
    """The participant a TLS proxy names in a header; believed on a Unix socket only, where nobody else can speak."""
    wanted = name.lower().encode()

    def caller(scope: Scope) -> str | None:
        values = [value for header, value in scope["headers"] if header.lower() == wanted]
        if scope.get("client") is not None or len(values) != 1:
            return None
        return str(values[0].decode("latin-1"))

    return caller


def router(
    accept: Accept,
    keys: KeysOf,
    settings: EdgeSettings,
    clock: Callable[[], datetime],
    *,
    caller: CallerOf | None = None,
    objection: Objection | None = None,
    meter: Meter | None = None,
    others: Mapping[str, AsgiApp] | None = None,
) -> "FspiopApp":
    """The ASGI application. `caller` binds FSPIOP-Source to an authenticated participant (production).

    `objection` is asked before anything else is looked at, `meter` told of each request when it is answered. `others`
    are applications for whole paths beside the API, such as /health.
    """
    return FspiopApp(
        accept, keys, settings, clock, caller=caller, objection=objection, meter=meter, others=others or {}
    )


class FspiopApp:
    """One FSPIOP port; `counts` holds how many messages ended how (accepted, unverified, or the code of a refusal)."""

    def __init__(
        self,
        accept: Accept,
        keys: KeysOf,
        settings: EdgeSettings,
        clock: Callable[[], datetime],
        *,
        caller: CallerOf | None,
        objection: Objection | None = None,
        meter: Meter | None = None,
        others: Mapping[str, AsgiApp],
    ) -> None:
        """See `router`."""
        self._accept = accept
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self._caller = caller
        self._objection = objection
        self._meter = meter
        self._others = others
        self._in_flight = 0
        self.counts: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1003})
            return
        other = self._others.get(scope["path"])
        if other is not None:
            await other(scope, receive, send)
            return
        path = self._path(scope)
        self._in_flight += 1
        begun = perf_counter()
        try:
            answer = await self._answer(path, scope, receive)
        except _Gone:
            return
        except Exception:  # noqa: BLE001 - logged below, answered as 2001
            # A defect must not look like an acceptance, and its details are the operator's.
            _LOG.exception("a message could not be handled")
            answer = refuse("INTERNAL")
        finally:
            self._in_flight -= 1
        if isinstance(answer, int):
            self.counts["accepted"] += 1
            await send(_STARTS[answer])
            await send(_NOTHING)
        else:
            await self._refuse(answer, path, send)
        if self._meter is not None:
            resource = path.split("/", 2)[1]
            outcome = "accepted" if isinstance(answer, int) else answer.fault.fspiop
            self._meter(resource if resource in _BY_NAME else "other", scope["method"], outcome, perf_counter() - begun)

    async def _answer(self, path: str, scope: Scope, receive: Receive) -> int | Refusal:
        """The status of an accepted message, or why it is refused; rows 1 to 12 of the check order."""
        method: str = scope["method"]
        segments = _segments(path)
        if segments == ("endpointcache",):
            # Endpoints are never stale here: they are read from the directory, which follows every commit.
            return 202 if method == "DELETE" else method_not_allowed(method, {"DELETE"})
        resource = _BY_NAME.get(segments[0]) if segments else None
        if resource is None:
            return refuse("UNKNOWN_URI", path)
        head = read_head(scope["headers"])
        if isinstance(head, Refusal):
            return head
        if self._objection is not None:
            proxy = head.get("fspiop-proxy")
            wrong = self._objection(scope, proxy or head.get("fspiop-source"), proxy is not None)
            if wrong is not None:
                return refuse("WRONG_SENDER", wrong)
        versions = check_head(
            resource.name,
            method,
            head,
            max_body=self._settings.max_body,
            caller=self._caller(scope) if self._caller else None,
            bound=self._caller is not None,
        )
        if isinstance(versions, Refusal):
            return versions
        found = _operation(resource, segments[1:] if segments else (), method, path)
        if isinstance(found, Refusal):
            return found
        if self._in_flight > self._settings.max_in_flight:
            return refuse("BUSY")
        body = await _read_body(receive, self._settings.max_body)
        if isinstance(body, Refusal):
            return body
        query = scope["query_string"]
        target = f"{path}?{query.decode('latin-1')}" if query else path
        digest = hashlib.sha256(body).hexdigest() if body else _NO_BODY
        original = Original(versions.dialect, method, target, head.all, body, digest)
        return await self._take(resource, found, head, versions, original)

    async def _take(
        self,
        resource: Resource,
        found: tuple[Found, Operation],
        head: Head,
        versions: Versions,
        original: Original,
    ) -> int | Refusal:
        """Rows 10 to 12, the resource's rules, and the hand-over."""
        place, operation = found
        if place.refusal is not None:
            return place.refusal
        body = self._typed(resource.name, operation, original)
        if isinstance(body, Fault):
            return refusal_of(body)
        now = self._clock()
        signed = self._check_signature(head, original, now)
        if isinstance(signed, Refusal):
            return signed
        refused = check_parties(resource.name, head)
        if refused is not None:
            return refused
        query = _query(original.target)
        if isinstance(query, Refusal):
            return query
        destination = head.get("fspiop-destination")
        message = resource.rules(
            IncomingFspiop(
                resource=resource.name,
                kind=operation.kind,
                ids=place.ids,
                version=versions.content,
                accept=versions.accept,
                source=FspId(head.by_name["fspiop-source"]),
                destination=FspId(destination) if destination else None,
                body=body,
                original=original,
                query=query,
                dialect=versions.dialect,
                answers=versions.answers,
                signed=signed,
                trace=head.get("traceparent"),
                proxy=head.get("fspiop-proxy"),
            ),
            Now(now, self._settings.completed_ahead, self._settings.completed_behind),
        )
        return message if isinstance(message, Refusal) else await self._hand_over(message)

    def _typed(self, resource: str, operation: Operation, original: Original) -> Any:
        """The typed body, None if it has none, or a Fault; a lenient edge leaves untyped what is only passed on."""
        schema = schema_of(resource, operation, original.dialect)
        body = None if schema is None else schema.read(original.body)
        if isinstance(body, Fault) and self._settings.lenient and is_passed_on(resource, operation, original):
            self.counts["lenient"] += 1
            return None
        return body

    async def _hand_over(self, message: IncomingFspiop) -> int | Refusal:
        try:
            receipt = await self._accept(message)
        except TimeoutError:
            return refusal_of(refuse("UNAVAILABLE").fault, self._settings.retry_after)
        if receipt.fault is not None:
            return refusal_of(receipt.fault, receipt.retry_after)
        return _TAKEN[message.kind.is_request]

    def _check_signature(self, head: Head, original: Original, now: datetime) -> bool | Refusal:
        """Row 11: whether a key on file verified the message. A bodiless one needs none but by `sign_all`."""
        demanded, every = self._settings.demand_signatures, self._settings.sign_all
        if not (original.body or every) or (head.get("fspiop-signature") is None and not demanded):
            return False
        keys = self._keys(head.get("fspiop-source") or "")
        if not keys and not demanded:
            self.counts["unverified"] += 1
            return False
        try:
            verify(usable(keys, now), original.method, original.target, head, original.body, bodiless=every)
        except SignatureError as error:
            return refuse("INVALID_SIGNATURE", str(error))
        return True

    def _path(self, scope: Scope) -> str:
        raw = scope.get("raw_path") or scope["path"].encode()
        return str(raw.decode("latin-1")).removeprefix(self._settings.mount)

    async def _refuse(self, answer: Refusal, path: str, send: Send) -> None:
        self.counts[answer.fault.fspiop] += 1
        resource = (_segments(path) or ("",))[0]
        known = f"vnd.interoperability.{resource}+json;version=1.0" if resource in _BY_NAME else "json"
        headers = (("content-type", f"application/{known}"), *answer.headers)
        await _respond(send, answer.status, headers, error_body(answer.fault))


def _segments(path: str) -> tuple[str, ...] | None:
    """The decoded segments of a path; None if one is empty or not UTF-8 text that can be stored."""
    parts = path.split("/")[1:]
    try:
        # Most paths are plain ASCII and need no decoding.
        plain = "%" not in path and path.isascii()
        segments = tuple(parts) if plain else tuple([unquote_to_bytes(part).decode() for part in parts])
    except UnicodeDecodeError:
        return None
    return None if "" in segments or "\0" in "".join(segments) else segments


def _operation(
    resource: Resource, segments: tuple[str, ...], method: str, path: str
) -> tuple[Found, Operation] | Refusal:
    """Row 9."""
    place = resource.find(segments)
    if place is None:
        return refuse("UNKNOWN_URI", path)
    if len(path) > _SEGMENT_MAX and any(len(segment) > _SEGMENT_MAX for segment in segments):
        return refuse("VALIDATION", f"/path must NOT have ids of more than {_SEGMENT_MAX} characters")
    operation = place.operations.get(method)
    if operation is None:
        return method_not_allowed(method, place.operations)
    return operation.refusal or (place, operation)


def _query(target: str) -> tuple[tuple[str, str], ...] | Refusal:
    _, _, query = target.partition("?")
    if not query:
        return ()
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_QUERY_MAX)
    except ValueError:
        return refuse("MALFORMED", "Invalid query")
    return (
        refuse("MALFORMED", "Invalid query") if any("\0" in part for pair in pairs for part in pair) else tuple(pairs)
    )


async def _read_body(receive: Receive, limit: int) -> bytes | Refusal:
    """The whole body; more than the limit is refused as soon as it is seen."""
    chunks: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _Gone
        chunk = event.get("body", b"")
        size += len(chunk)
        if size > limit:
            return too_large(limit)
        chunks.append(chunk)
        if not event.get("more_body", False):
            return b"".join(chunks) if len(chunks) > 1 else chunks[0]


async def _respond(send: Send, status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
    raw = [(name.encode(), value.encode()) for name, value in (*headers, ("content-length", str(len(body))))]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
