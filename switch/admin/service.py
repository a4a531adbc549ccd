"""Operator routes for the service itself: who is signed on, broadcasts to banks, and messages sent again."""

import secrets
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from schemas.canonical.broadcasts import Broadcast, Heartbeat
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant
from schemas.canonical.system import Presence, SendBroadcast, SetPresence, SystemEvent
from schemas.codes.events import EventCodes
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant
from switch.admin.openapi import tells
from switch.bus.port import BusyError
from switch.resend import Found, ResendBody, Resender

_ID = Annotated[str, Meta(min_length=1, max_length=35)]
_SHOWN = 100


class PresenceBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """PUT /participants/{name}/presence."""

    signed_off: bool


class PresenceShown(msgspec.Struct, rename="camel"):
    """Whether a participant is signed on, since when and by which event; `heard` is its last sign of life.

    `missed`: how many heartbeats of the hub in a row it has not answered; null if it wants none.
    """

    name: str
    signed_off: bool
    since: str | None = None
    code: str | None = None
    heard: str | None = None
    missed: int | None = None


class BroadcastBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /broadcasts: `event` is a word of the scheme (cut_off, closing ...) or a code of four characters."""

    event: Annotated[str, Meta(min_length=1, max_length=35)]
    text: Annotated[str, Meta(max_length=1000)] | None = None
    parameters: tuple[_ID, ...] = ()
    at: datetime | None = None
    to: tuple[str, ...] = ()
    id: _ID | None = None


class NotifiedShown(msgspec.Struct, rename="camel"):
    """A bank and when it acknowledged."""

    name: str
    acknowledged: str | None = None


class BroadcastShown(msgspec.Struct, rename="camel"):
    """A broadcast and who has taken notice of it."""

    id: str
    code: str
    text: str | None
    parameters: tuple[str, ...]
    at: str | None
    created: str | None
    receivers: list[NotifiedShown]


class Resendings(msgspec.Struct):
    """What is sent again."""

    messages: list[Found]


def router(desk: Desk, codes: EventCodes, resender: Resender) -> APIRouter:
    """The routes for the service."""
    routes = APIRouter(tags=["service"])

    @routes.get("/presence")
    @tells(200, list[PresenceShown])
    async def presences() -> Response:
        """Every participant, and whether it is signed on."""
        known = {one.participant: one for one in await desk.records(Presence)}
        beats = {one.participant: one for one in await desk.records(Heartbeat)}
        everybody = await desk.participants()
        return answer([_presence(one.name, known.get(one.name), beats.get(one.name)) for one in everybody])

    @routes.get("/participants/{name}/presence")
    @tells(200, PresenceShown)
    async def presence(name: str) -> Response:
        """Whether a participant is signed on."""
        participant: Participant = await desk.participant(name)
        known, beats = [await desk.store.record(kind, participant.name) for kind in (Presence, Heartbeat)]
        return answer(_presence(participant.name, known, beats))

    @routes.put("/participants/{name}/presence")
    @tells(200, PresenceShown, body=PresenceBody)
    async def set_presence(name: str, request: Request) -> Response:
        """Sign a participant on or off in its place; its own next event counts again."""
        body = await body_of(request, PresenceBody)
        await desk.do(SetPresence((await desk.participant(name)).name, body.signed_off))
        return await presence(name)

    @routes.post("/broadcasts")
    @tells(202, BroadcastShown, body=BroadcastBody)
    async def broadcast(request: Request) -> Response:
        """Tell all banks, or those named in `to`, of an event (admi.004); DFSPs have no message for it."""
        body = await body_of(request, BroadcastBody)
        code = codes.broadcasts.get(body.event, body.event)
        if len(code) > 4 or not (code.isascii() and code.isalnum()):
            raise RefusalError(fault("VALIDATION", f"event must be one of {', '.join(codes.broadcasts)}, or a code"))
        key = body.id or secrets.token_hex(16)
        event = SystemEvent(code, body.parameters, body.text, instant(body.at))
        await desk.do(SendBroadcast(key, event, tuple(FspId(name) for name in body.to)))
        return answer(_broadcast(await desk.store.record(Broadcast, key)), 202)

    @routes.get("/broadcasts")
    @tells(200, list[BroadcastShown])
    async def broadcasts() -> Response:
        """The newest broadcasts."""
        found = sorted(await desk.records(Broadcast), key=lambda one: one.created, reverse=True)
        return answer([_broadcast(one) for one in found[:_SHOWN]])

    @routes.get("/broadcasts/{key}")
    @tells(200, BroadcastShown)
    async def one_broadcast(key: str) -> Response:
        """One broadcast, and who has taken notice of it."""
        found = await desk.store.record(Broadcast, key)
        if found is None:
            raise RefusalError(fault("ID_NOT_FOUND", f"there is no broadcast {key[:35]}"))
        return answer(_broadcast(found))

    @routes.post("/participants/{name}/resend")
    @tells(202, Resendings, body=ResendBody)
    async def resend(name: str, request: Request) -> Response:
        """Send a bank again what it was sent, marked as duplicates; at most 100 messages at once."""
        body = await body_of(request, ResendBody)
        bank = await desk.participant(name)
        if bank.iso is None:
            raise RefusalError(fault("ID_NOT_FOUND", f"{bank.name} has no ISO profile: it was sent no messages"))
        try:
            return answer(Resendings(await resender.send(bank.name, body)), 202)
        except BusyError as busy:
            raise RefusalError(fault("UNAVAILABLE", str(busy))) from busy

    return routes


def _presence(name: str, known: Presence | None, beats: Heartbeat | None) -> PresenceShown:
    told = [one.heard for one in (known, beats) if one is not None and one.heard is not None]
    heard = instant(max(told, default=None))
    missed = beats.missed if beats is not None and beats.open else None
    if known is None:
        return PresenceShown(name, False, heard=heard, missed=missed)
    return PresenceShown(name, known.signed_off, instant(known.since), known.code or None, heard, missed)


def _broadcast(one: Broadcast) -> BroadcastShown:
    event = one.event
    return BroadcastShown(
        one.id, event.code, event.text, event.parameters, event.at, instant(one.created),
        [NotifiedShown(each.name, instant(each.acknowledged)) for each in one.receivers],
    )  # fmt: skip
