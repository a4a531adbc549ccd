"""Operator routes for certificates of business messages: those of banks, and those the hub itself signs with."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response

from schemas.canonical.faults import fault
from schemas.canonical.keys import PutCertificate, RevokeCertificate
from schemas.canonical.participants import Participant
from switch import published
from switch.admin.banks import KeyBody, Moment, pinned
from switch.admin.desk import Desk, HubKeys, RefusalError, answer, body_of, instant
from switch.admin.keys import KeyId, Seconds
from switch.xml_ring import ALGORITHMS, XmlRingError

_OVERLAP_S = 86_400
_DAYS = 730


class NewCertificateBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A further certificate or public key of a bank; `replaces` ends another one `overlapSeconds` after its start."""

    pem: str
    id: KeyId = ""
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    replaces: str | None = None
    overlap_seconds: Seconds = _OVERLAP_S


class OwnCertificateBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new key of the hub with a self-signed certificate; before `validFrom` banks can fetch it already."""

    algorithm: str = ALGORITHMS[0]
    valid_from: Moment | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=7300)] = _DAYS


def router(desk: Desk) -> APIRouter:
    """The routes for certificates."""
    routes = APIRouter(tags=["keys"])
    _of_hub(routes, desk)

    @routes.get("/participants/{name}/iso/certificates")
    async def get_certificates(name: str) -> Response:
        """The certificates on file that verify a bank's business messages, revoked ones too."""
        return _shown(await _bank(desk, name))

    @routes.post("/participants/{name}/iso/certificates", status_code=201)
    async def add_certificate(name: str, request: Request) -> Response:
        """Add a certificate beside those on file, at once or from `validFrom` on; `replaces` lets another one end."""
        body = await body_of(request, NewCertificateBody)
        found = pinned(KeyBody(body.pem, body.id, body.valid_from, body.valid_to))
        bank = await _bank(desk, name)
        if any(known.id == found.id for known in (bank.iso.certificates if bank.iso else ())):
            raise RefusalError(fault("VALIDATION", f"{bank.name} has a certificate {found.id} already"))
        await desk.do(PutCertificate(bank.name, found, body.replaces, body.overlap_seconds))
        return _shown(await _bank(desk, name), 201)

    @routes.put("/participants/{name}/iso/certificates/{key_id}")
    async def change_certificate(name: str, key_id: str, request: Request) -> Response:
        """Put another certificate or another period in the place of one."""
        body = await body_of(request, KeyBody)
        bank = await _bank(desk, name)
        if all(known.id != key_id for known in (bank.iso.certificates if bank.iso else ())):
            raise RefusalError(fault("ID_NOT_FOUND", f"{bank.name} has no certificate {key_id[:40]}"))
        await desk.do(PutCertificate(bank.name, pinned(msgspec.structs.replace(body, id=key_id))))
        return _shown(await _bank(desk, name))

    @routes.delete("/participants/{name}/iso/certificates/{key_id}")
    async def revoke_certificate(name: str, key_id: str) -> Response:
        """Revoke a certificate: from the next message on it verifies nothing, and it never comes back."""
        bank = await _bank(desk, name)
        await desk.do(RevokeCertificate(bank.name, key_id))
        return _shown(await _bank(desk, name))

    return routes


def _of_hub(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/certificates")
    async def own_certificates() -> Response:
        """The certificates of the hub's business messages, the newest first, with when each begins to sign."""
        return answer({"certificates": published.certificates_of_hub(_hub_keys(desk).xml)})

    @routes.post("/certificates", status_code=201)
    async def new_certificate(request: Request) -> Response:
        """Make a key with which the hub signs business messages from `validFrom` on, and its certificate."""
        body = await body_of(request, OwnCertificateBody)
        keys = _hub_keys(desk)
        try:
            made = keys.xml.make(body.algorithm, desk.hub, body.valid_from, body.days)
        except XmlRingError as error:
            raise RefusalError(fault("VALIDATION", str(error))) from error
        found = published.certificates_of_hub(keys.xml)
        return answer(next(each for each in found if each["id"] == made.id), 201)

    @routes.delete("/certificates/{key_id}", status_code=204)
    async def retire_certificate(key_id: str) -> Response:
        """Remove a key of the hub for business messages for ever; the last one that signs stays."""
        try:
            _hub_keys(desk).xml.retire(key_id)
        except XmlRingError as error:
            raise RefusalError(fault("VALIDATION", str(error))) from error
        return Response(status_code=204)


async def _bank(desk: Desk, name: str) -> Participant:
    participant = await desk.participant(name)
    if participant.iso is None:
        raise RefusalError(fault("ID_NOT_FOUND", f"{participant.name} has no ISO profile: PUT one first"))
    return participant


def _shown(bank: Participant, status: int = 200) -> Response:
    found = [
        {
            "id": each.id,
            "pem": each.pem,
            "validFrom": instant(each.valid_from),
            "validTo": instant(each.valid_to),
            **({"revoked": instant(each.revoked)} if each.revoked else {}),
        }
        for each in (bank.iso.certificates if bank.iso else ())
    ]
    return answer({"certificates": found}, status)


def _hub_keys(desk: Desk) -> HubKeys:
    if desk.hub_keys is None:
        raise RefusalError(fault("UNAVAILABLE", "this hub has no keys"))
    return desk.hub_keys
