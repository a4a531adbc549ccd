"""Operator routes for keys: those that verify a DFSP, those with which the hub signs, and how both are changed."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response

from schemas.canonical.commands import SetKeys
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.keys import PutKey, RevokeKey, SetAlgorithm, SetGatewayKey
from schemas.canonical.participants import JwsKey
from switch import published
from switch.access import ALGORITHMS
from switch.admin import pem
from switch.admin.desk import Desk, HubKeys, RefusalError, answer, body_of
from switch.admin.places import twice
from switch.ring import RingError

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
KeyId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=31_622_400)]
_OVERLAP_S = 86_400


class KeyBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A public key or certificate in PEM with its period; a certificate's own period holds if none is given."""

    pem: str
    id: str = ""
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    revoked: Moment | None = None
    algorithm: str | None = None


class KeysBody(msgspec.Struct, forbid_unknown_fields=True):
    """PUT /participants/{name}/keys: the FSPIOP verification keys, newest first."""

    keys: tuple[KeyBody | str, ...]


class NewKeyBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /participants/{name}/keys: a further key; `replaces` ends another one `overlapSeconds` after its start."""

    pem: str
    id: KeyId | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    replaces: str | None = None
    overlap_seconds: Seconds = _OVERLAP_S


class OwnKeyBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /keys: a new key of the hub; `validFrom` in the future publishes it before it signs."""

    algorithm: str = ALGORITHMS[0]
    valid_from: Moment | None = None


class GatewayBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /participants/{name}/gatewayKey: how a bank's new gateway key signs, and how long the old one is told."""

    algorithm: str = ALGORITHMS[0]
    overlap_seconds: Seconds = _OVERLAP_S


class SigningBody(msgspec.Struct, forbid_unknown_fields=True):
    """PUT /participants/{name}/signing: what the hub signs with for this participant."""

    algorithm: str


def router(desk: Desk) -> APIRouter:
    """The routes for keys."""
    routes = APIRouter(tags=["keys"])
    _of_hub(routes, desk)
    _of_participant(routes, desk)

    @routes.post("/participants/{name}/gatewayKey", status_code=201)
    async def new_gateway_key(name: str, request: Request) -> Response:
        """Make a bank a new key with which the hub signs in its name; the old one is told until the overlap ends."""
        body = await body_of(request, GatewayBody)
        _known(body.algorithm)
        participant = await desk.participant(name)
        former = None
        if participant.gateway_key:
            public = pem.public_of(participant.gateway_key)
            until = desk.clock() + timedelta(seconds=body.overlap_seconds)
            former = JwsKey(public, f"gateway-{pem.thumbprint(public)}", None, until)
        await desk.do(SetGatewayKey(participant.name, pem.new_private(body.algorithm), former))
        return await _shown(desk, name, 201)

    @routes.put("/participants/{name}/signing")
    async def set_signing(name: str, request: Request) -> Response:
        """Choose RS256 or ES256 for what the hub signs for a participant; ES256 needs such a key of the hub."""
        body = await body_of(request, SigningBody)
        if body.algorithm == "ES256" and not any(key.algorithm == "ES256" for key in _hub_keys(desk).ring.all()):
            raise RefusalError(fault("VALIDATION", "the hub has no ES256 key: POST /keys one first"))
        await desk.do(SetAlgorithm((await desk.participant(name)).name, body.algorithm))
        return answer({"algorithm": (await desk.participant(name)).jws_algorithm})

    return routes


def _of_hub(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/keys")
    async def every_key() -> Response:
        """Every public key that verifies messages through the hub, with whose it is; participants get the same."""
        ring = _hub_keys(desk).ring
        return answer(published.everybody(desk.hub, ring, await desk.participants(), desk.clock()))

    @routes.post("/keys", status_code=201)
    async def new_key(request: Request) -> Response:
        """Make a key of the hub; it signs from `validFrom` on, and until then participants can fetch it."""
        body = await body_of(request, OwnKeyBody)
        _known(body.algorithm)
        ring = _hub_keys(desk).ring
        try:
            made = ring.make(body.algorithm, body.valid_from)
        except RingError as error:
            raise RefusalError(fault("VALIDATION", str(error))) from error
        return answer(next(key for key in published.of_hub(ring) if key["id"] == made.id), 201)

    @routes.delete("/keys/{key_id}", status_code=204)
    async def retire_key(key_id: str) -> Response:
        """Remove a key of the hub for ever; the last one that signs with RS256 stays."""
        try:
            _hub_keys(desk).ring.retire(key_id)
        except RingError as error:
            raise RefusalError(fault("VALIDATION", str(error))) from error
        return Response(status_code=204)


def _of_participant(routes: APIRouter, desk: Desk) -> None:
    @routes.put("/participants/{name}/keys")
    async def set_keys(name: str, request: Request) -> Response:
        """Replace the keys that verify a DFSP's FSPIOP-Signature; revoked ones stay on file."""
        body = await body_of(request, KeysBody)
        wrong = twice("keys", (each.id for each in body.keys if isinstance(each, KeyBody)))
        if wrong is not None:
            raise RefusalError(fault("VALIDATION", wrong))
        keys = tuple(_jws_key(found) for found in body.keys)
        await desk.do(SetKeys((await desk.participant(name)).name, keys))
        return await _shown(desk, name)

    @routes.get("/participants/{name}/keys")
    async def get_keys(name: str) -> Response:
        """The keys on file; for a bank the public half of its gateway key, for the hub its own keys.

        The hub's `certificates` verify its business messages, its `keys` the FSPIOP messages it makes itself.
        """
        return await _shown(desk, name)

    @routes.post("/participants/{name}/keys", status_code=201)
    async def add_key(name: str, request: Request) -> Response:
        """Add a key beside those on file, at once or from `validFrom` on; `replaces` lets another one end."""
        body = await body_of(request, NewKeyBody)
        start, end = pem.period(body.pem)
        key = JwsKey(body.pem, body.id or pem.thumbprint(body.pem), body.valid_from or start, body.valid_to or end)
        participant = await desk.participant(name)
        if any(known.id == key.id for known in participant.keys):
            raise RefusalError(fault("VALIDATION", f"{participant.name} has a key {key.id} already"))
        await desk.do(PutKey(participant.name, key, body.replaces, body.overlap_seconds))
        return await _shown(desk, name, 201)

    @routes.put("/participants/{name}/keys/{key_id}")
    async def change_key(name: str, key_id: str, request: Request) -> Response:
        """Put another key or another period in the place of a key."""
        body = await body_of(request, KeyBody)
        participant = await desk.participant(name)
        if all(known.id != key_id for known in participant.keys):
            raise RefusalError(fault("ID_NOT_FOUND", f"{participant.name} has no key {key_id[:40]}"))
        key = msgspec.structs.replace(_jws_key(body), id=key_id)
        await desk.do(PutKey(participant.name, key))
        return await _shown(desk, name)

    @routes.delete("/participants/{name}/keys/{key_id}")
    async def revoke_key(name: str, key_id: str) -> Response:
        """Revoke a key: from the next message on it verifies nothing, and neither it nor its id comes back."""
        await desk.do(RevokeKey(FspId((await desk.participant(name)).name), key_id))
        return await _shown(desk, name)


async def _shown(desk: Desk, name: str, status: int = 200) -> Response:
    if desk.name(name) == desk.hub and desk.hub_keys is not None:
        own: dict[str, Any] = {"keys": published.of_hub(desk.hub_keys.ring)}
        return answer(own | {"certificates": published.certificates_of_hub(desk.hub_keys.xml)})
    return answer({"keys": published.of_participant(await desk.participant(name))}, status)


def _hub_keys(desk: Desk) -> HubKeys:
    if desk.hub_keys is None:
        raise RefusalError(fault("UNAVAILABLE", "this hub has no keys"))
    return desk.hub_keys


def _known(algorithm: str) -> None:
    if algorithm not in ALGORITHMS:
        raise RefusalError(fault("VALIDATION", f"algorithm must be {' or '.join(ALGORITHMS)}"))


def _jws_key(given: KeyBody | str) -> JwsKey:
    key = KeyBody(given) if isinstance(given, str) else given
    if key.revoked is not None:
        raise RefusalError(fault("VALIDATION", "a revoked key cannot be given again"))
    start, end = pem.period(key.pem)
    return JwsKey(key.pem, key.id, key.valid_from or start, key.valid_to or end)
