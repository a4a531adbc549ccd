"""HTTP as ASGI servers hand it over: bodies read up to a limit, answers written, senders that hang up."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote_to_bytes

from iso.answers import Answer, Reply

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
T = TypeVar("T")
_QUERY_MAX = 16


class GoneError(Exception):
    """The sender closed the connection before its body was complete, or before it was answered."""


class QueryError(Exception):
    """An id or a query that cannot be; the text says why."""


async def unless_gone(coming: Awaitable[T], receive: Receive) -> T:
    """What comes, unless the sender hangs up before; a reply that nobody waits for any more goes its usual way."""
    reply, gone = asyncio.ensure_future(coming), asyncio.ensure_future(receive())
    try:
        await asyncio.wait((reply, gone), return_when=asyncio.FIRST_COMPLETED)
        if not reply.done():
            raise GoneError
        return reply.result()
    finally:
        gone.cancel()
        reply.cancel()


async def send_reply(answer: Answer, reply: Reply, receive: Receive, send: Send) -> None:
    """Send an answer that is itself a message: delivered is what was written to a connection that lives."""
    gone = asyncio.ensure_future(receive())
    try:
        await asyncio.sleep(0)
        if gone.done():
            reply.untold()
            return
        await send_answer(answer, send)
    except BaseException:
        reply.untold()
        raise
    finally:
        gone.cancel()
    await reply.told()


def asked_of(scope: Scope) -> dict[str, str]:
    """The query of a request; raises QueryError."""
    try:
        found = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=_QUERY_MAX))
    except ValueError as error:
        raise QueryError(f"a query has at most {_QUERY_MAX} fields") from error
    for value in found.values():
        _kept(value)
    return found


def _kept(text: str) -> str:
    """The text; no text that is kept holds a NUL, and the database takes none."""
    if "\0" in text:
        raise QueryError("there is no U+0000 in ids and names")
    return text


def named_in(scope: Scope, path: str) -> str:
    """The id in the path; of the raw path, since a BizMsgIdr may hold a slash. Raises QueryError."""
    raw = scope.get("raw_path") or scope["path"].encode()
    start = raw.index(path.encode()) + len(path) + 1
    return _kept(unquote_to_bytes(raw[start:].partition(b"?")[0]).decode("utf-8", "replace"))


def charset_of(parameters: str) -> str:
    """The charset among the parameters of a media type, in lower case; empty if there is none."""
    given = (each.partition("=") for each in parameters.split(";"))
    found = [value.strip().strip('"').lower() for name, _, value in given if name.strip().lower() == "charset"]
    return found[0] if len(set(found)) == 1 else ", ".join(found)


async def body_of(receive: Receive, limit: int) -> bytes:
    """The body, or its beginning once that is over the limit."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise GoneError
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    parts, size = [body], len(body)
    while size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body", False):
            break
    return b"".join(parts)


async def send_answer(answer: Answer, send: Send) -> None:
    """One whole HTTP answer."""
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def lifespan(receive: Receive, send: Send) -> None:
    """Agree to start and stop."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
