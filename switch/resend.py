"""What a bank was sent, found in the archive to be sent again; and the routes by which a bank asks for it.

GET /iso20022/resend lists what fits, POST sends it again: the same BizMsgIdr and Document under a new signature, marked
as a duplicate.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

import msgspec

from iso.openapi import RESEND
from schemas.canonical.identity import FspId
from schemas.canonical.system import ResendMessages, SentBefore
from schemas.canonical.wire import Dialect, Original
from switch.archive.references import Key
from switch.archive.search import PAGE_MAX, Kept, Wanted, Whole, reference
from switch.bus.port import Bus, BusyError
from switch.engine import Parcel
from switch.lanes import JOURNEY
from switch.observe import Asgi, Receive, Scope, Send, reply
from translator.iso.system import Again

PATH: Final = RESEND
MOST: Final = 100
"""How many messages one request may bring again."""
_JSON: Final = b"application/json"
_PARTICIPANT: Final = "participant"
_BODY_MAX: Final = 65_536


class Library(Protocol):
    """Where sent messages are found; the archive."""

    async def search(self, wanted: Wanted) -> list[Kept]:
        """What fits, the newest first."""

    async def whole(self, digest: str) -> Whole | None:
        """A message with its bytes."""


class Sent:
    """What the hub sent to banks."""

    def __init__(self, library: Library) -> None:
        """Look into this library."""
        self._library = library

    async def listed(self, bank: FspId, asked: Sequence[Again]) -> list[Kept]:
        """What fits any of these, the oldest first, each message once; MOST of them at most."""
        found: dict[str, Kept] = {}
        for one in asked:
            for kept in await self._of(bank, one):
                if kept.dialect is Dialect.ISO_XML and kept.message_id and one.takes(kept.message_id):
                    found.setdefault(kept.message_id, kept)
        return sorted(found.values(), key=lambda kept: (kept.at, kept.message_id))[:MOST]

    async def _of(self, bank: FspId, one: Again) -> list[Kept]:
        wanted = Wanted(participant=bank, sent=True, kind=one.kind, since=one.since, until=one.until, limit=MOST)
        if not one.names:
            return await self._library.search(wanted)
        kept: list[Kept] = []
        for name in one.names[:MOST]:
            named = msgspec.structs.replace(wanted, references=(reference(Key.BUSINESS_MESSAGE_ID, name),))
            kept += await self._library.search(named)
        if {each.message_id for each in kept} >= set(one.names):
            return kept
        # What was sent a moment ago is not in the index yet.
        return kept + await self._library.search(msgspec.structs.replace(wanted, limit=PAGE_MAX))

    async def again(self, bank: FspId, asked: Sequence[Again]) -> tuple[SentBefore, ...]:
        """The same with their bytes."""
        listed = await self.listed(bank, asked)
        wholes = [(kept, await self._library.whole(kept.digest)) for kept in listed]
        return tuple(
            SentBefore(kept.message_id, _original(kept, whole)) for kept, whole in wholes if whole is not None
        )


def _original(kept: Kept, whole: Whole) -> Original:
    return Original(Dialect.ISO_XML, kept.method, kept.definition, (), whole.body, kept.digest)


class ResendBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """What is to be sent again: messages by their BizMsgIdr, or those of a kind between two moments."""

    business_message_ids: tuple[str, ...] = ()
    definition: str | None = None
    since: datetime | None = msgspec.field(default=None, name="fromDateTime")
    until: datetime | None = msgspec.field(default=None, name="toDateTime")

    @property
    def asked(self) -> Again:
        """The same as it is searched for."""
        return Again(self.business_message_ids, kind=self.definition, since=self.since, until=self.until)


class Found(msgspec.Struct, rename="camel"):
    """One message that was sent."""

    message_id: str
    definition: str
    at: datetime
    digest: str


def told(listed: Sequence[Kept]) -> list[Found]:
    """What was found, as it is told."""
    return [Found(kept.message_id, kept.definition, kept.at, kept.digest) for kept in listed]


class Resender:
    """Has messages sent again."""

    def __init__(self, bus: Bus, library: Library) -> None:
        """Find them in the library, have the lane send them."""
        self._bus = bus
        self.sent = Sent(library)

    async def send(self, bank: FspId, body: ResendBody) -> list[Found]:
        """Have what fits sent again; gives what that is. BusyError: later."""
        messages = await self.sent.again(bank, (body.asked,))
        if messages:
            await self._bus.ask_lane(JOURNEY, Parcel(ResendMessages(bank, messages[-1].message_id, messages)))
        return told(await self.sent.listed(bank, (body.asked,)))

    async def listed(self, bank: FspId, body: ResendBody) -> list[Found]:
        """What fits."""
        return told(await self.sent.listed(bank, (body.asked,)))


class Nobody(msgspec.Struct, frozen=True):
    """Why a request is no bank's."""

    why: str


Banks = Callable[[Scope], FspId | Nobody]
"""The bank that a request is of."""


def route(resender: Resender, bank_of: Banks) -> Asgi:
    """The application for PATH."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        status, body = await _answered(resender, bank_of, scope, receive)
        await reply(send, status, _JSON, msgspec.json.encode(body))

    return answer


async def _answered(resender: Resender, bank_of: Banks, scope: Scope, receive: Receive) -> tuple[int, Any]:
    bank = bank_of(scope)
    if isinstance(bank, Nobody):
        return 403, _problem("CALLER", bank.why)
    try:
        if scope["method"] == "GET":
            return 200, {"messages": await resender.listed(bank, _of_query(scope))}
        if scope["method"] == "POST":
            body = msgspec.json.decode(await _body(receive), type=ResendBody)
            return 202, {"messages": await resender.send(bank, body)}
    except (ValueError, msgspec.MsgspecError) as error:
        return 400, _problem("MALFORMED", str(error))
    except BusyError:
        return 503, _problem("overloaded", "the hub is busy; send the same request again")
    return 405, _problem("METHOD", "what was sent is listed with GET, and sent again with POST")


def named(scope: Scope) -> str | None:
    """The participant that a request names."""
    return dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=2 * MOST)).get(_PARTICIPANT)


def _problem(code: str, text: str) -> dict[str, str]:
    return {"error": code, "detail": text}


def _of_query(scope: Scope) -> ResendBody:
    given: dict[str, Any] = {}
    for name, value in parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=2 * MOST):
        if name == "businessMessageId":
            given.setdefault("businessMessageIds", []).append(value)
        elif name != _PARTICIPANT:
            given[name] = value
    return msgspec.convert(given, ResendBody, strict=False)


async def _body(receive: Receive) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        more = bool(message.get("more_body", False)) and size <= _BODY_MAX
    if size > _BODY_MAX:
        raise ValueError(f"a request has at most {_BODY_MAX} bytes")
    return b"".join(parts)
