"""Operator routes for how a participant is recognised: client certificates, networks, API keys of the sandbox."""

import ipaddress
import re
import secrets
from typing import Annotated, Any, Final

import msgspec
from cryptography.hazmat.primitives import hashes
from fastapi import APIRouter, Request, Response

from schemas.canonical.access import Access, ApiKey
from schemas.canonical.faults import fault
from schemas.canonical.keys import AddApiKey, RemoveApiKey, SetAccess
from switch.admin import pem
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant
from switch.identity import digest

Few = Annotated[tuple[str, ...], msgspec.Meta(max_length=64)]
KeyId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
_KEY_BYTES: Final = 32
_NAME: Final = re.compile(
    r"SHA256:[0-9a-f]{64}|DNS:[A-Za-z0-9.-]{1,253}|URI:[!-~]{1,512}|(?:[A-Za-z0-9.]+=[^\x00-\x1f*]+)", re.ASCII
)


class AccessBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """PUT /participants/{name}/access; `apiKeys` are only told by GET."""

    certificates: Few = ()
    networks: Few = ()
    api_keys: tuple[dict[str, Any], ...] | None = None


class ApiKeyBody(msgspec.Struct, forbid_unknown_fields=True):
    """POST /participants/{name}/apiKeys: what the key is called."""

    id: KeyId


def router(desk: Desk) -> APIRouter:
    """The routes for access."""
    routes = APIRouter(tags=["access"])

    @routes.get("/participants/{name}/access")
    async def get_access(name: str) -> Response:
        """The certificates, networks and API keys of a participant; of the keys only what they are called."""
        return await _shown(desk, name)

    @routes.put("/participants/{name}/access")
    async def set_access(name: str, request: Request) -> Response:
        """Replace the client certificates (names or PEM) and the networks (CIDR) that bind a participant."""
        body = await body_of(request, AccessBody)
        certificates = tuple(_certificate(text) for text in body.certificates)
        networks = tuple(_network(text) for text in body.networks)
        await desk.do(SetAccess((await desk.participant(name)).name, certificates, networks))
        return await _shown(desk, name)

    @routes.post("/participants/{name}/apiKeys", status_code=201)
    async def add_key(name: str, request: Request) -> Response:
        """Make an API key for a participant of a sandbox; it is told here and never again."""
        body = await body_of(request, ApiKeyBody)
        key = secrets.token_urlsafe(_KEY_BYTES)
        await desk.do(AddApiKey((await desk.participant(name)).name, ApiKey(body.id, digest(key))))
        return answer({"id": body.id, "key": key}, 201)

    @routes.delete("/participants/{name}/apiKeys/{key_id}")
    async def remove_key(name: str, key_id: str) -> Response:
        """End an API key at once."""
        await desk.do(RemoveApiKey((await desk.participant(name)).name, key_id))
        return await _shown(desk, name)

    return routes


async def _shown(desk: Desk, name: str) -> Response:
    access = (await desk.participant(name)).access or Access()
    keys = [{"id": key.id, "created": instant(key.created)} for key in access.api_keys]
    return answer({"certificates": access.certificates, "networks": access.networks, "apiKeys": keys})


def _certificate(text: str) -> str:
    """A name as `Access` has it; of a certificate in PEM its fingerprint."""
    if pem.CERTIFICATE in text:
        return f"SHA256:{pem.certificate(text).fingerprint(hashes.SHA256()).hex()}"
    if not _NAME.fullmatch(text):
        told = "a certificate is given in PEM, or as its subject, DNS:name, URI:name or SHA256:fingerprint"
        raise RefusalError(fault("VALIDATION", f"{told}, not '{text[:20]}'"))
    return text


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise RefusalError(fault("VALIDATION", f"'{text[:40]}' is no network: {error}")) from error
