"""Asking HTTP oracles, and telling the lookup lane what they replied."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from fspiop.headers import hub_headers
from schemas.canonical.commands import OracleAnswered
from schemas.canonical.events import OracleAsked
from schemas.canonical.identity import FspId
from switch.bus.port import Bus, BusyError
from switch.delivery_policy import Sent
from switch.engine import Parcel
from switch.store.port import OutboxRow

_LOOKUP: Final = "lookup"
_REPLY_MAX: Final = 1 << 20
_VERSION: Final = "1.0"


class _Entry(msgspec.Struct, rename={"fsp_id": "fspId", "sub_id": "partySubIdOrType"}):
    fsp_id: str
    currency: str | None = None
    sub_id: str | None = None


class _Reply(msgspec.Struct, rename={"party_list": "partyList"}):
    party_list: list[_Entry] = []


class OracleSender:
    """One question, one reply; what happened on the way is told as a status of 0."""

    def __init__(
        self, session: aiohttp.ClientSession, bus: Bus, timeout_s: float, hub: str, clock: Callable[[], datetime]
    ) -> None:
        """`timeout_s` is how long an oracle may take; the lane has a deadline of its own beside it."""
        self._session = session
        self._bus = bus
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._hub = hub
        self._clock = clock

    async def send(self, row: OutboxRow, url: str) -> Sent:
        """Ask, then hand the reply to the lookup lane, once however often this row is delivered."""
        question = row.event.body
        if not isinstance(question, OracleAsked):
            raise TypeError(f"row {row.id} is no question to an oracle")
        status, entries = await self._ask(question, url)
        answered = OracleAnswered(question.dialogue, status, entries)
        try:
            await self._bus.ask_lane(_LOOKUP, Parcel(answered, hand=row.id))
        except BusyError as busy:
            return Sent(ok=False, reason=str(busy))
        return Sent(ok=True)

    async def _ask(
        self, question: OracleAsked, base: str
    ) -> tuple[int, tuple[tuple[FspId, str | None, str | None], ...]]:
        party = question.party_id
        path = f"/participants/{quote(party.type, safe='')}/{quote(party.identifier, safe='')}"
        given = {"currency": question.currency, "partySubIdOrType": party.sub_id}
        body: dict[str, str] | None = None
        query = ""
        if question.method in {"GET", "DELETE"}:
            query = urlencode({name: value for name, value in given.items() if value})
        else:
            body = {name: value for name, value in {"fspId": question.fsp, **given}.items() if value}
        headers = hub_headers(
            resource="participants",
            version=_VERSION,
            method=question.method,
            uri=path,
            source=question.source,
            destination=self._hub,
            date=self._clock(),
        )
        url = base.rstrip("/") + path + (f"?{query}" if query else "")
        try:
            async with self._session.request(
                question.method,
                url,
                headers=headers,
                data=msgspec.json.encode(body) if body is not None else None,
                allow_redirects=False,
                timeout=self._timeout,
            ) as reply:
                content = await reply.content.read(_REPLY_MAX)
                return reply.status, _entries(content) if question.method == "GET" else ()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return 0, ()


def _entries(content: bytes) -> tuple[tuple[FspId, str | None, str | None], ...]:
    try:
        reply = msgspec.json.decode(content, type=_Reply)
    except msgspec.MsgspecError:
        return ()
    return tuple((FspId(entry.fsp_id), entry.currency, entry.sub_id) for entry in reply.party_list)
