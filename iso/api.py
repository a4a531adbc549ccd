"""The banks' HTTP interface: a bare ASGI function from bytes to `accept` and back.

POST /iso20022/messages answers 202 after COMMIT, 400 with an admi.002 for what is visibly wrong, 503 with Retry-After
when the hub is overloaded. GET /iso20022/messages/{BizMsgIdr} tells state and answers. Usable alone: `router` needs no
other part of the hub.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Final

import msgspec

from iso import collect
from iso.admi import admi002_for, reject
from iso.answers import XML, Answer, problem
from iso.asgi import (
    GoneError,
    QueryError,
    Receive,
    Scope,
    Send,
    asked_of,
    body_of,
    charset_of,
    lifespan,
    named_in,
    send_answer,
    send_reply,
    unless_gone,
)
from iso.collect import Answers, Collection
from iso.examine import Examiner, RejectedError, Rules
from iso.incoming import Accept, Directory, IncomingIso, Query
from iso.waiting import Waiting
from schemas.canonical.faults import Fault
from schemas.canonical.wire import Receipt
from schemas.catalogue import Catalogue
from schemas.errors import Finding

AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
CallerOf = Callable[[Scope], str | None]
Objection = Callable[[Scope, str | None, bool], str | None]
"""Why the client of a request is not believed to be that bank (None: not said yet)."""
Act = Callable[[str, dict[str, str], str], Awaitable[Answer]]
"""What is done for a participant, with the query and the Accept of its request."""
Meter = Callable[[str, str, str, float], None]
"""Told of a request: `messages`, its method, how it ended, the seconds it took."""

PATH: Final = "/iso20022/messages"
_RESOURCE: Final = "messages"
# What proves the sender to this hub is not kept.
_SECRETS: Final = frozenset({b"authorization", b"x-api-key", b"proxy-authorization", b"cookie"})
# of which every text is one of UTF-8
_CHARSETS: Final = frozenset({"", "utf-8", "utf8", "us-ascii"})
_XML_TYPES: Final = frozenset({"application/xml", "text/xml", "application/soap+xml"})
ACKNOWLEDGED: Final = PATH + "/ack"
_IDS_MAX: Final = 262_144
_TAKEN: Final = 202
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
    collection: Collection | None = None,
    answers: Answers | None = None,
) -> "IsoApp":
    """The ASGI application. `caller` binds senders to authenticated connections (production).

    `objection` is asked first, and again when the sender is known; `meter` is told of each request. `others` are
    applications for whole paths beside the interface, such as /health. `collection` has the messages that banks fetch,
    `answers` those that are told in the reply to a request.
    """
    chosen = settings or EdgeSettings()
    examiner = Examiner(catalogue, directory, chosen.rules)
    return IsoApp(
        accept, query, examiner, chosen, clock=clock, caller=caller, objection=objection, meter=meter,
        others=others or {}, collection=collection, answers=answers,
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
        collection: Collection | None = None,
        answers: Answers | None = None,
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
        self._collection = collection
        self._answers = answers
        self._in_flight = 0
        self._waiting = Waiting(settings.timeout)
        self.counts: Counter[str] = Counter()

    @property
    def signatures(self) -> Counter[str]:
        """How many messages were verified, unsigned, or signed without a key on file."""
        return self._examiner.counts

    @property
    def broken(self) -> Counter[str]:
        """How many messages broke which rule."""
        return self._examiner.broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
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
        except GoneError:
            return
        except QueryError as error:
            answer = problem(400, "QUERY", str(error))
        except TimeoutError:
            answer = self._overloaded()
        except Exception:  # noqa: BLE001 - logged below, answered as INTERNAL
            # a defect must not look like an acceptance, and its details are the operator's
            _LOG.exception("a message could not be handled")
            answer = problem(500, "INTERNAL", _DEFECT)
        finally:
            self._in_flight -= 1
        self.counts[answer.outcome] += 1
        if answer.reply is None:
            await send_answer(answer, send)
        else:
            await send_reply(answer, answer.reply, receive, send)
        self._measure(scope["method"], answer.outcome, begun)

    def _measure(self, method: str, outcome: str, begun: float) -> None:
        if self._meter is not None:
            self._meter(_RESOURCE, method, outcome, perf_counter() - begun)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path, method = scope["path"].rstrip("/"), scope["method"]
        collection = self._collection
        if path == PATH:
            if method == "GET" and collection is not None:
                await body_of(receive, 0)
                return await unless_gone(self._collect(scope, partial(collect.fetch, collection)), receive)
            if method != "POST":
                allowed = b"POST" if collection is None else b"GET, POST"
                return problem(405, "METHOD", "messages are sent with POST", ((b"allow", allowed),))
            return await self._post(scope, receive)
        if path == ACKNOWLEDGED and method == "POST" and collection is not None:
            body = await body_of(receive, _IDS_MAX)
            return await self._collect(scope, partial(collect.acknowledge_several, collection, body))
        if path.startswith(PATH + "/"):
            if method == "DELETE" and collection is not None:
                return await self._collect(scope, partial(collect.acknowledge_one, collection, named_in(scope, PATH)))
            if method != "GET":
                allowed = b"GET" if collection is None else b"GET, DELETE"
                return problem(405, "METHOD", "a message is asked for with GET", ((b"allow", allowed),))
            return await self._get(scope)
        return problem(404, "NOT_FOUND", f"there is nothing here; messages go to POST {PATH}")

    async def _collect(self, scope: Scope, act: Act) -> Answer:
        """What a bank does with the messages that wait for it: for whom its connection proves it to be."""
        asked, headers = asked_of(scope), dict(scope["headers"])
        claimed = asked.get("participant") or headers.get(b"isoloop-participant", b"").decode("latin-1")
        who = self._proven(scope, claimed)
        if isinstance(who, Answer):
            return who
        if not who:
            return problem(400, "PARTICIPANT", "say who fetches: ?participant=NAME")
        return await act(who, asked, headers.get(b"accept", b"").decode("latin-1"))

    def _proven(self, scope: Scope, claimed: str | None) -> str | Answer | None:
        """The participant of a connection, or who it says to be where connections prove nothing."""
        if self._caller is not None:
            claimed = self._caller(scope)
            if claimed is None:
                return problem(403, "CALLER", "the connection does not prove a participant")
        elif not self._settings.answer_queries:
            return problem(403, "CALLER", "messages are told only where the connection proves a participant")
        if self._objection is not None and (reason := self._objection(scope, claimed, False)) is not None:
            return problem(403, "CALLER", reason)
        return claimed

    async def take(self, body: bytes, headers: tuple[tuple[str, str], ...], caller: str) -> Answer:
        """One message that came another way than over HTTP, from that participant; answered and counted alike."""
        self._in_flight += 1
        begun = perf_counter()
        try:
            busy = self._in_flight > self._settings.max_in_flight
            answer = self._overloaded() if busy else await self._examined(body, headers, caller)
        except Exception:  # noqa: BLE001 - as in a call over HTTP
            _LOG.exception("a message could not be handled")
            answer = problem(500, "INTERNAL", _DEFECT)
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
            return problem(403, "CALLER", reason)
        body = await body_of(receive, self._settings.rules.limits.size)
        caller = None if self._caller is None else self._caller(scope)
        if self._caller is not None and caller is None:
            return problem(403, "CALLER", "the connection does not prove a participant")
        return await self._examined(body, headers, caller, object_to, receive)

    async def _examined(
        self,
        body: bytes,
        headers: tuple[tuple[str, str], ...],
        caller: str | None,
        object_to: Callable[[str | None, bool], str | None] | None = None,
        receive: Receive | None = None,
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
            return problem(403, "CALLER", reason)
        wait = collect.wait_of(headers)
        if not wait or self._answers is None or receive is None:
            return await self._accepted(message, now)
        with self._answers.expect(message.sender, message.message_id) as expected:
            answer = await self._accepted(message, now)
            if answer.status != _TAKEN:
                return answer
            reply = await unless_gone(expected.first(wait), receive)
        applied = ((b"preference-applied", b"wait=%d" % wait),)
        if reply is None:
            return msgspec.structs.replace(answer, headers=applied)
        return Answer(200, reply.letter.body, "answered", XML, (*applied, *collect.headers_of(reply.letter)), reply)

    async def _accepted(self, message: IncomingIso, now: datetime) -> Answer:
        try:
            receipt = await self._waiting.for_(self._accept(message))
        except TimeoutError:
            return self._overloaded()
        return self._receipt(receipt, message, now)

    def _receipt(self, receipt: Receipt, message: IncomingIso, now: datetime) -> Answer:
        if receipt.retry_after is not None:
            return self._overloaded(receipt.retry_after)
        if receipt.fault is not None:
            return _refused(receipt.fault, message.message_id, now)
        told = {"messageId": receipt.message_id or message.message_id, "digest": receipt.digest or message.digest}
        return Answer(_TAKEN, msgspec.json.encode(told), "accepted")

    async def _get(self, scope: Scope) -> Answer:
        message_id = named_in(scope, PATH)
        sender = self._proven(scope, asked_of(scope).get("from"))
        if isinstance(sender, Answer):
            return sender
        found = await self._waiting.for_(self._query(message_id, sender))
        if found is None:
            return problem(404, "UNKNOWN", "no such message is known")
        return Answer(200, msgspec.json.encode(found), "queried")

    def _overloaded(self, retry_after: int | None = None) -> Answer:
        seconds = str(retry_after or self._settings.retry_after).encode()
        text = "the hub is busy; send the same message again"
        return problem(503, "overloaded", text, ((b"retry-after", seconds),))


def _unsupported(headers: tuple[tuple[str, str], ...]) -> Answer | None:
    given = {name: value for name, value in headers if name in {"content-type", "content-encoding"}}
    media, _, parameters = given.get("content-type", "").partition(";")
    if media.strip().lower() not in _XML_TYPES:
        return problem(415, "MEDIA_TYPE", "a message is sent as application/xml (or text/xml)")
    if parameters and charset_of(parameters) not in _CHARSETS:
        return problem(415, "MEDIA_TYPE", "the only character set taken is UTF-8")
    if given.get("content-encoding", "identity").lower() != "identity":
        return problem(415, "ENCODING", "compressed messages are not taken")
    return None


def _rejected(findings: "list[Finding] | tuple[Finding, ...]", reference: str | None, now: datetime) -> Answer:
    return Answer(400, admi002_for(findings, reference, now), findings[0].code, XML)


def _refused(fault: Fault, reference: str, now: datetime) -> Answer:
    return Answer(400, reject(reference, fault.iso, fault.description, now), fault.name, XML)
