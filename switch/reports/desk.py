"""Answering a question for a report: the same for operators and participants, who differ in what they may see."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from switch.reports import writing
from switch.reports.dataset import Definition, Scope
from switch.reports.order import Format, Order, OrderError, read
from switch.reports.reader import BusyReaderError, Reader
from switch.store.port import StoreDownError

_JSON: Final = "application/json"


class Answer(msgspec.Struct):
    """What is answered: a status, a media type, further headers, and the body in parts."""

    status: int
    media: str
    headers: dict[str, str]
    body: AsyncIterator[bytes]


class Channel:
    """The way to one client; once an answer has started it can only be broken off."""

    def __init__(self, send: Callable[[MutableMapping[str, Any]], Awaitable[None]]) -> None:
        """Send ASGI messages there."""
        self._send = send
        self.started = False

    async def tell(self, told: Answer) -> None:
        """Send the whole answer, part by part."""
        headers = [(name.encode(), value.encode()) for name, value in told.headers.items()]
        headers.append((b"content-type", told.media.encode()))
        self.started = True
        await self._send({"type": "http.response.start", "status": told.status, "headers": headers})
        async for part in told.body:
            await self._send({"type": "http.response.body", "body": part, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})


def described(definitions: list[Definition]) -> list[dict[str, Any]]:
    """What reports there are, what each is of and what it needs, and its columns."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "summary": one.summary,
            "of": one.scope.value,
            "needs": _needs(one),
            "columns": [{"name": each.name, "title": each.title, "type": each.kind.value} for each in one.columns],
            "checks": [each.name for each in one.checks],
        }
        for one in definitions
    ]


def _needs(definition: Definition) -> list[str]:
    found = ["settlement"] if definition.scope is Scope.SETTLEMENT else []
    return [*found, "participant"] if definition.needs_participant else found


async def answer(
    reader: Reader, name: str, given: Mapping[str, str], now: datetime, channel: Channel, own: str | None = None
) -> None:
    """Answer while the snapshot of the rows is open. Raises OrderError; if the answer has started it must break off."""
    order = read(name, given, now, own)
    try:
        async with reader.open(order.definition, order.wanted) as snapshot:
            missing = await snapshot.missing()
            if missing is not None:
                raise OrderError(f"there is no {missing}", 404)
            head = await snapshot.head(own=order.own)
            if order.format is Format.JSON:
                rows, more = await snapshot.page(order.page)
                following = "?" + urlencode({**given, "page": order.page + 1}) if more else None
                body = writing.page(head, rows, order.page, following)
                await channel.tell(Answer(200, _JSON, _headers(order, sound=head.sound), _whole(body)))
                return
            media, write = writing.WRITERS[order.format]
            first, rest = await writing.first_then(write(head, snapshot.rows()))
            await channel.tell(Answer(200, media, _headers(order, sound=head.sound), _chained(first, rest)))
    except writing.TooLongError as error:
        raise OrderError(str(error), 413) from error
    except BusyReaderError as busy:
        raise OrderError(str(busy), 503) from busy
    except StoreDownError as down:
        text = "the database did not answer in time; ask for a shorter time, or again in a moment"
        raise OrderError(text, 503) from down


def _headers(order: Order, *, sound: bool) -> dict[str, str]:
    found = {"isoloop-report-checks": "hold" if sound else "broken", "cache-control": "no-store"}
    if order.format in (Format.CSV, Format.XLSX):
        number = order.wanted.settlement or order.wanted.window
        file = order.definition.name + (f"-{number}" if number else "")
        found["content-disposition"] = f'attachment; filename="{file}.{order.format}"'
    return found


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part
