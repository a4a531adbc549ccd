"""The banks' HTTP interface: a bare ASGI function from bytes to `accept` and back.

POST /iso20022/messages answers 202 after COMMIT, 400 with an admi.002 for what is visibly wrong, 503 with Retry-After
when the hub is overloaded. GET /iso20022/messages/{BizMsgIdr} tells state and answers. Usable alone: `router` needs no
other part of the hub.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec

from iso.admi import admi002_for, reject
from iso.examine import Examiner, RejectedError, Rules
from iso.incoming import Accept, Directory, IncomingIso, Query
from schemas.canonical.faults import Fault
from schemas.canonical.wire import Receipt
from schemas.catalogue import Catalogue
from schemas.errors import Finding

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
CallerOf = Callable[[Scope], str | None]
Objection = Callable[[Scope, str | None, bool], str | None]
"""Why the client of a request is not believed to be that bank (None: not said yet)."""
Meter = Callable[[str, str, str, float], None]
"""Told of a request: `messages`, its method, how it ended, the seconds it took."""

PATH: Final = "/iso20022/messages"
_RESOURCE: Final = "messages"
XML: Final = "application/xml"
# What proves the sender to this hub is not kept.
_SECRETS: Final = frozenset({b"authorization", b"x-api-key", b"proxy-authorization", b"cookie"})
_XML_TYPES: Final = frozenset({"application/xml", "text/xml"})
_JSON: Final = "application/json"
_DEFECT: Final = "the message could not be handled; it may be sent again"
_LOG: Final = logging.getLogger(__name__)


class EdgeSettings(msgspec.Struct, frozen=True):
    """What an operator may choose besides the rules of the scheme (`Rules`).

    `timeout` and `retry_after` are seconds; a body over `inline_max` bytes is examined in a thread, so that one large
    message does not hold up the small ones. `answer_queries`: whether anybody who comes here may ask for a message.
    """

    rules: Rules = Rules()
    max_in_flight: int = 4096
    timeout: int = 20
    retry_after: int = 1
    inline_max: int = 262_144
    answer_queries: bool = True


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer; `outcome` is the word it is counted under."""

    status: int
    body: bytes
    outcome: str
    content_type: str = _JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class _Gone(Exception):
    """The sender closed the connection before its body was complete."""


def router(
    accept: Accept,
    query: Query,
    directory: Directory,
    catalogue: Catalogue,
    settings: EdgeSettings | None = None,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    caller: CallerOf | None = None,
    objection: Objection | None = None,
    meter: Meter | None = None,
    others: Mapping[str, AsgiApp] | None = None,
) -> "IsoApp":
    """The ASGI application. `caller` binds senders to authenticated connections (production).

    `objection` is asked first, and again when the sender is known; `meter` is told of each request. `others` are
    applications for whole paths beside the interface, such as /health.
    """
    chosen = settings or EdgeSettings()
    examiner = Examiner(catalogue, directory, chosen.rules)
    return IsoApp(
        accept, query, examiner, chosen, clock=clock, caller=caller, objection=objection, meter=meter,
        others=others or {},
    )  # fmt: skip


class IsoApp:
    """One ISO port; `counts` holds how many messages ended how (accepted, overloaded, or the code of a refusal)."""

    def __init__(
        self,
        accept: Accept,
        query: Query,
        examiner: Examiner,
        settings: EdgeSettings,
        *,
        clock: Callable[[], datetime],
        caller: CallerOf | None,
        objection: Objection | None = None,
        meter: Meter | None = None,
        others: Mapping[str, AsgiApp],
    ) -> None:
        self._accept = accept
        self._query = query
        self._examiner = examiner
        self._settings = settings
        self._clock = clock
        self._caller = caller
        self._objection = objection
        self._meter = meter
        self._others = others
        self._in_flight = 0
        self.counts: Counter[str] = Counter()

    @property
    def signatures(self) -> Counter[str]:
        """How many messages were verified, unsigned, or signed without a key on file."""
        return self._examiner.counts

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
        self._in_flight += 1
        begun = perf_counter()
        try:
            answer = await self._answer(scope, receive)
        except _Gone:
            return
        except Exception:  # noqa: BLE001 - logged below, answered as INTERNAL
            # a defect must not look like an acceptance, and its details are the operator's
            _LOG.exception("a message could not be handled")
            answer = _problem(500, "INTERNAL", _DEFECT)
        finally:
            self._in_flight -= 1
        self.counts[answer.outcome] += 1
        await _send(answer, send)
        self._measure(scope["method"], answer.outcome, begun)

    def _measure(self, method: str, outcome: str, begun: float) -> None:
        if self._meter is not None:
            self._meter(_RESOURCE, method, outcome, perf_counter() - begun)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path, method = scope["path"].rstrip("/"), scope["method"]
        if path == PATH:
            if method != "POST":
                return _problem(405, "METHOD", "messages are sent with POST", ((b"allow", b"POST"),))
            return await self._post(scope, receive)
        if path.startswith(PATH + "/"):
            if method != "GET":
                return _problem(405, "METHOD", "a message is asked for with GET", ((b"allow", b"GET"),))
            return await self._get(scope)
        return _problem(404, "NOT_FOUND", f"there is nothing here; messages go to POST {PATH}")

    async def take(self, body: bytes, headers: tuple[tuple[str, str], ...], caller: str) -> Answer:
        """One message that came another way than over HTTP, from that participant; answered and counted alike."""
        self._in_flight += 1
        begun = perf_counter()
        try:
            busy = self._in_flight > self._settings.max_in_flight
            answer = self._overloaded() if busy else await self._examined(body, headers, caller)
        except Exception:  # noqa: BLE001 - as in a call over HTTP
            _LOG.exception("a message could not be handled")
            answer = _problem(500, "INTERNAL", _DEFECT)
        finally:
            self._in_flight -= 1
        self.counts[answer.outcome] += 1
        self._measure("POST", answer.outcome, begun)
        return answer

    async def _post(self, scope: Scope, receive: Receive) -> Answer:
        if self._in_flight > self._settings.max_in_flight:
            return self._overloaded()
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in scope["headers"]
            if name not in _SECRETS
        )
        wrong = _unsupported(headers)
        if wrong is not None:
            return wrong
        object_to = None if self._objection is None else partial(self._objection, scope)
        if object_to is not None and (reason := object_to(None, False)) is not None:
            return _problem(403, "CALLER", reason)
        body = await _body(receive, self._settings.rules.limits.size)
        caller = None if self._caller is None else self._caller(scope)
        if self._caller is not None and caller is None:
            return _problem(403, "CALLER", "the connection does not prove a participant")
        return await self._examined(body, headers, caller, object_to)

    async def _examined(
        self,
        body: bytes,
        headers: tuple[tuple[str, str], ...],
        caller: str | None,
        object_to: Callable[[str | None, bool], str | None] | None = None,
    ) -> Answer:
        settings, now = self._settings, self._clock()
        limit = settings.rules.limits.size
        if len(body) > limit:
            finding = Finding(1, "/", "TOO_LARGE", f"the message is longer than the {limit} bytes that are taken")
            return _rejected([finding], None, now)
        try:
            if len(body) > settings.inline_max:
                message = await asyncio.to_thread(self._examiner.examine, body, now, headers, caller)
            else:
                message = self._examiner.examine(body, now, headers, caller)
        except RejectedError as rejected:
            return _rejected(rejected.findings, rejected.reference, now)
        if object_to is not None and (reason := object_to(message.sender, False)) is not None:
            return _problem(403, "CALLER", reason)
        try:
            async with asyncio.timeout(settings.timeout):
                receipt = await self._accept(message)
        except TimeoutError:
            return self._overloaded()
        return self._receipt(receipt, message, now)

    def _receipt(self, receipt: Receipt, message: IncomingIso, now: datetime) -> Answer:
        if receipt.retry_after is not None:
            return self._overloaded(receipt.retry_after)
        if receipt.fault is not None:
            return _refused(receipt.fault, message.message_id, now)
        told = {"messageId": receipt.message_id or message.message_id, "digest": receipt.digest or message.digest}
        return Answer(202, msgspec.json.encode(told), "accepted")

    async def _get(self, scope: Scope) -> Answer:
        # the raw path, since a BizMsgIdr may hold a slash
        raw = scope.get("raw_path") or scope["path"].encode()
        start = raw.index(PATH.encode()) + len(PATH) + 1
        message_id = unquote_to_bytes(raw[start:].partition(b"?")[0]).decode("utf-8", "replace")
        asked = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=16))
        sender = asked.get("from")
        if self._caller is not None:
            sender = self._caller(scope)
            if sender is None:
                return _problem(403, "CALLER", "the connection does not prove a participant")
        elif not self._settings.answer_queries:
            return _problem(403, "CALLER", "messages are told only where the connection proves a participant")
        if self._objection is not None and (reason := self._objection(scope, sender, False)) is not None:
            return _problem(403, "CALLER", reason)
        found = await self._query(message_id, sender)
        if found is None:
            return _problem(404, "UNKNOWN", "no such message is known")
        return Answer(200, msgspec.json.encode(found), "queried")

    def _overloaded(self, retry_after: int | None = None) -> Answer:
        seconds = str(retry_after or self._settings.retry_after).encode()
        text = "the hub is busy; send the same message again"
        return _problem(503, "overloaded", text, ((b"retry-after", seconds),))


def _unsupported(headers: tuple[tuple[str, str], ...]) -> Answer | None:
    given = {name: value for name, value in headers if name in {"content-type", "content-encoding"}}
    media, _, parameters = given.get("content-type", "").partition(";")
    if media.strip().lower() not in _XML_TYPES:
        return _problem(415, "MEDIA_TYPE", "a message is sent as application/xml (or text/xml)")
    charset = parameters.replace(" ", "").replace('"', "").lower()
    if charset not in {"", "charset=utf-8"}:
        return _problem(415, "MEDIA_TYPE", "the only character set taken is UTF-8")
    if given.get("content-encoding", "identity").lower() != "identity":
        return _problem(415, "ENCODING", "compressed messages are not taken")
    return None


def _rejected(findings: "list[Finding] | tuple[Finding, ...]", reference: str | None, now: datetime) -> Answer:
    return Answer(400, admi002_for(findings, reference, now), findings[0].code, XML)


def _refused(fault: Fault, reference: str, now: datetime) -> Answer:
    return Answer(400, reject(reference, fault.iso, fault.description, now), fault.name, XML)


def _problem(status: int, code: str, text: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    return Answer(status, msgspec.json.encode({"error": code, "detail": text}), code, headers=headers)


async def _body(receive: Receive, limit: int) -> bytes:
    """The body, or its beginning once that is over the limit."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise _Gone
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    parts, size = [body], len(body)
    while size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body", False):
            break
    return b"".join(parts)


async def _send(answer: Answer, send: Send) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
