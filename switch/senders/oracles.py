"""Asking HTTP oracles, and telling the lookup lane what they replied."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from fspiop.headers import hub_headers
from fspiop.messages.errors import ErrorBody
from fspiop.messages.participants import PartyResult
from schemas.canonical.commands import OracleAnswered
from schemas.canonical.events import OracleAsked
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.party import PartyId
from switch.bus.port import Bus, BusyError
from switch.delivery_policy import Sent
from switch.engine import Parcel
from switch.store.port import OutboxRow
from translator.fspiop import participants
from translator.fspiop.errors import fault_of

_LOOKUP: Final = "lookup"
_REPLY_MAX: Final = 4 << 20
_VERSION: Final = "1.0"


class _Entry(msgspec.Struct, rename={"fsp_id": "fspId", "sub_id": "partySubIdOrType"}):
    fsp_id: str
    currency: str | None = None
    sub_id: str | None = None


class _Found(msgspec.Struct, rename={"party_list": "partyList"}):
    party_list: list[_Entry] = []


class _Results(msgspec.Struct, rename="camel"):
    party_list: list[PartyResult] = []


class _Reply(NamedTuple):
    """How an oracle answered: its status (0: not reached) and what it said."""

    status: int
    content: bytes = b""


class OracleSender:
    """One question, one reply; what happened on the way is told as a status of 0."""

    def __init__(
        self, session: "aiohttp.ClientSession", bus: Bus, timeout_s: float, hub: str, clock: Callable[[], datetime]
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
        reply = await self._ask(question, url)
        entries = _entries(reply.content) if question.method == "GET" else ()
        refused = _refused(reply.content) if question.batch else ()
        answered = OracleAnswered(question.dialogue, reply.status, entries, refused)
        try:
            await self._bus.ask_lane(_LOOKUP, Parcel(answered, hand=row.id))
        except BusyError as busy:
            return Sent(ok=False, reason=str(busy))
        return Sent(ok=True)

    async def _ask(self, question: OracleAsked, base: str) -> _Reply:
        path, query, body = _batch(question) if question.batch else _single(question)
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
                question.method, url, headers=headers, data=body, allow_redirects=False, timeout=self._timeout
            ) as reply:
                return _Reply(reply.status, await _content(reply))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return _Reply(0)


async def _content(reply: "aiohttp.ClientResponse") -> bytes:
    """The whole body, up to a limit; more is as good as nothing."""
    content = b""
    async for chunk in reply.content.iter_chunked(1 << 16):
        content += chunk
        if len(content) > _REPLY_MAX:
            return b""
    return content


def _single(question: OracleAsked) -> tuple[str, str, bytes | None]:
    """Path, query and body about one party."""
    party = question.party_id
    path = f"/participants/{quote(party.type, safe='')}/{quote(party.identifier, safe='')}"
    given = {"currency": question.currency, "partySubIdOrType": party.sub_id}
    if question.method in {"GET", "DELETE"}:
        return path, urlencode({name: value for name, value in given.items() if value}), None
    body = {name: value for name, value in {"fspId": question.fsp, **given}.items() if value}
    return path, "", msgspec.json.encode(body)


def _batch(question: OracleAsked) -> tuple[str, str, bytes | None]:
    """Path, query and body about several parties of one FSP."""
    parties = [participants.entry(party, question.fsp or question.source) for party in question.parties]
    body = {"requestId": question.batch, "partyList": parties}
    return (
        "/participants",
        "",
        msgspec.json.encode(body | ({"currency": question.currency} if question.currency else {})),
    )


def _entries(content: bytes) -> tuple[tuple[FspId, str | None, str | None], ...]:
    try:
        reply = msgspec.json.decode(content, type=_Found)
    except msgspec.MsgspecError:
        return ()
    return tuple((FspId(entry.fsp_id), entry.currency, entry.sub_id) for entry in reply.party_list)


def _refused(content: bytes) -> tuple[tuple[PartyId, Fault], ...]:
    """The entries of a batch that the oracle did not take."""
    try:
        reply = msgspec.json.decode(content, type=_Results)
    except msgspec.MsgspecError:
        return ()
    return tuple(
        (participants.party_of(result.party_id), fault_of(ErrorBody(result.error_information)))
        for result in reply.party_list
        if result.error_information is not None
    )
