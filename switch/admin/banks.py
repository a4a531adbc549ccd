"""Operator routes for how a bank is spoken to: its ISO profile."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response

from iso.keys import KeyRefusedError, pinned_key
from iso.messages import business, head001
from iso.rules.packs import PACKS
from iso.shapes import Shape
from schemas.canonical.addressing import ClearingMember, SchemedId
from schemas.canonical.commands import SetIsoProfile
from schemas.canonical.faults import Fault, fault
from schemas.canonical.participants import Certificate, IsoProfile, Participant
from schemas.codes.statuses import INTERIM
from switch.admin import pem
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant
from switch.admin.places import twice, wrong_ids, wrong_namespace, wrong_url
from switch.bus.places import Place
from switch.business_day import STATEMENTS
from switch.cut_offs import REPORTED
from switch.movements import NOTICES

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_CONFIRMATIONS = ("two-step", "one-step")
_ACCEPTING = IsoProfile().accept_statuses
_MESSAGES = (*business.MESSAGES, *head001.VERSIONS)
_VERSIONS = {name[:8]: tuple(one for one in _MESSAGES if one.startswith(name[:8])) for name in _MESSAGES}
"""Message -> its versions, of those that the hub knows by their meaning."""
WAYS = ("push", "pull", "nats")
"""How a bank's messages reach it."""
_REPORTS = {STATEMENTS, NOTICES, REPORTED}
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"&']+")


class KeyBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A public key or certificate in PEM; a period may be shorter than the certificate's own, never longer.

    One that was `revoked` stays on file whatever is given here.
    """

    pem: str
    id: str = ""
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    revoked: Moment | None = None


Bic = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$")]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
BankCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}[A-Z0-9]{1,30}$")]
"""The country of an IBAN and the beginning of what follows its check digits."""


class IsoBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """PUT /participants/{name}/iso: how the bank is addressed and reached in ISO 20022 XML.

    The last two are only told by GET; they are allowed here so that what was read can be written.
    """

    bic: Bic | None = None
    lei: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{18}[0-9]{2}$")] | None = None
    clearing_member_id: str | None = None
    other_ids: tuple[str, ...] = ()
    callback_url: str | None = None
    nats: bool = False
    versions: dict[str, str] = {}
    accept_statuses: tuple[str, ...] = IsoProfile().accept_statuses
    envelope_namespace: str | None = None
    confirm: str = "two-step"
    max_payee_fee: Annotated[str, msgspec.Meta(extra={"amount": True})] = "0"
    bare_documents: bool = False
    further_bics: tuple[Bic, ...] = ()
    clearing_members: tuple[ClearingMember, ...] = ()
    schemed_ids: tuple[SchemedId, ...] = ()
    branches: tuple[Short, ...] = ()
    iban_bank_codes: tuple[BankCode, ...] = ()
    verifies: bool = False
    receipts: bool = False
    certificates: tuple[KeyBody | str, ...] = ()
    delivery: str = ""
    signature: str = Shape.HEADER.value
    rsa_pss: bool = False
    require_signature: bool = False
    initiators: tuple[str, ...] = ()
    interim_reports: bool = True
    interim_statuses: tuple[str, ...] = ()
    status_requests: bool = True
    reports: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    heartbeat: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 0
    gateway_key: str | None = None
    nats_connection: dict[str, Any] | None = None


def router(desk: Desk) -> APIRouter:
    """The routes for ISO profiles."""
    routes = APIRouter(tags=["banks"])

    @routes.put("/participants/{name}/iso")
    async def set_profile(name: str, request: Request) -> Response:
        """Make a participant a bank: from now on it is spoken to in ISO 20022 XML."""
        body = await body_of(request, IsoBody)
        wrong = _wrong(body)
        if wrong is not None:
            raise RefusalError(wrong)
        participant = await desk.participant(name)
        given = (KeyBody(each) if isinstance(each, str) else each for each in body.certificates)
        certificates = tuple(pinned(each) for each in given if each.revoked is None)
        profile = msgspec.convert({**msgspec.structs.asdict(body), "certificates": ()}, IsoProfile)
        profile = msgspec.structs.replace(profile, certificates=certificates)
        await desk.do(SetIsoProfile(participant.name, profile, participant.gateway_key or pem.new_private()))
        return await get_profile(name)

    @routes.get("/participants/{name}/iso")
    async def get_profile(name: str) -> Response:
        """A bank's ISO profile, with the public half of the key the hub signs with in its name."""
        participant = await desk.participant(name)
        if participant.iso is None:
            raise RefusalError(fault("ID_NOT_FOUND", f"{participant.name} has no ISO profile: PUT one first"))
        gateway = {"gatewayKey": pem.public_of(participant.gateway_key)} if participant.gateway_key else {}
        return answer(_profile(participant.iso) | gateway | _on_nats(participant))

    return routes


def _wrong(body: IsoBody) -> Fault | None:
    """The first value that cannot be; a misspelt status or version would show only when a payment fails."""
    if not (body.callback_url or body.nats or body.delivery in {"pull", "nats"}):
        return fault("MISSING_ELEMENT", "callbackUrl, or delivery: pull or nats")
    detail = None
    if body.delivery and (body.delivery not in WAYS or body.nats != (body.delivery == "nats")):
        detail = f"delivery must be {', '.join(WAYS)}, and nats must say the same"
    elif body.delivery == "push" and not body.callback_url:
        detail = "delivery: push needs a callbackUrl"
    elif body.signature not in set(Shape):
        detail = f"signature must be {', '.join(Shape)}"
    elif Shape(body.signature).detached and ":nvlp." in (body.envelope_namespace or ""):
        detail = "the envelope nvlp has no place for a signature beside header and document"
    elif unusable := _unusable(body):
        detail = unusable
    elif body.confirm not in _CONFIRMATIONS:
        detail = f"confirm must be {' or '.join(_CONFIRMATIONS)}"
    elif not body.accept_statuses or not set(body.accept_statuses) <= set(_ACCEPTING):
        detail = f"acceptStatuses must be some of {', '.join(_ACCEPTING)}"
    elif not set(body.interim_statuses) <= INTERIM:
        detail = f"interimStatuses must be some of {', '.join(sorted(INTERIM))}"
    elif not set(body.reports) <= _REPORTS:
        detail = f"reports must be some of {', '.join(sorted(_REPORTS))}"
    elif not set(body.rules) <= set(PACKS):
        detail = f"rules must be some of {', '.join(PACKS)}"
    elif body.envelope_namespace and not _URI.fullmatch(body.envelope_namespace):
        detail = "envelopeNamespace must be a URI"
    else:
        odd = [f"{name}: {given}" for name, given in body.versions.items() if given not in _VERSIONS.get(name, ())]
        if odd:
            named = odd[0].partition(":")[0]
            detail = f"versions has {odd[0][:40]}; known are {', '.join(_VERSIONS.get(named, _VERSIONS))}"
    return fault("VALIDATION", detail) if detail else None


def _unusable(body: IsoBody) -> str | None:
    """What looks well and cannot be used."""
    return (
        (wrong_url("callbackUrl", body.callback_url) if body.callback_url else None)
        or wrong_ids(_named(body))
        or wrong_namespace("envelopeNamespace", body.envelope_namespace or "")
        or twice("certificates", (each.id for each in body.certificates if isinstance(each, KeyBody)))
    )


def _named(body: IsoBody) -> Iterator[tuple[str, str]]:
    """The identifiers that have no pattern of their own."""
    if body.clearing_member_id is not None:
        yield "clearingMemberId", body.clearing_member_id
    yield from ((f"otherIds[{index}]", each) for index, each in enumerate(body.other_ids))


def _on_nats(participant: Participant) -> dict[str, Any]:
    """Where a bank on NATS sends and takes its messages; the URL and its password have a route of their own."""
    if participant.iso is None or not participant.iso.nats:
        return {}
    place = Place(participant.name)
    return {"natsConnection": {**place.described(), "credentials": f"/participants/{participant.name}/iso/nats"}}


def _profile(profile: IsoProfile) -> dict[str, Any]:
    return {
        "bic": profile.bic,
        "lei": profile.lei,
        "clearingMemberId": profile.clearing_member_id,
        "otherIds": profile.other_ids,
        "callbackUrl": profile.callback_url,
        "delivery": profile.way,
        "nats": profile.nats,
        "versions": profile.versions,
        "acceptStatuses": profile.accept_statuses,
        "envelopeNamespace": profile.envelope_namespace,
        "confirm": profile.confirm,
        "maxPayeeFee": profile.max_payee_fee,
        "initiators": profile.initiators,
        "interimReports": profile.interim_reports,
        "bareDocuments": profile.bare_documents,
        "furtherBics": profile.further_bics,
        "clearingMembers": profile.clearing_members,
        "schemedIds": profile.schemed_ids,
        "branches": profile.branches,
        "ibanBankCodes": profile.iban_bank_codes,
        "verifies": profile.verifies,
        "receipts": profile.receipts,
        "interimStatuses": profile.interim_statuses,
        "statusRequests": profile.status_requests,
        "signature": profile.signature,
        "rsaPss": profile.rsa_pss,
        "requireSignature": profile.require_signature,
        "reports": profile.reports,
        "rules": profile.rules,
        "heartbeat": profile.heartbeat,
        "certificates": [
            {
                "pem": found.pem,
                "id": found.id,
                "validFrom": instant(found.valid_from),
                "validTo": instant(found.valid_to),
                **({"revoked": instant(found.revoked)} if found.revoked else {}),
            }
            for found in profile.certificates
        ],
    }


def pinned(key: KeyBody) -> Certificate:
    """A certificate with its period, or a bare public key; refused unless it is RSA >= 2048, EC P-256 or P-384."""
    try:
        found = pinned_key(key.pem)
    except KeyRefusedError as error:
        raise RefusalError(fault("VALIDATION", f"key: {error}")) from error
    starts = [each for each in (found.not_before, key.valid_from) if each is not None]
    ends = [each for each in (found.not_after, key.valid_to) if each is not None]
    if starts and ends and max(starts) >= min(ends):
        raise RefusalError(fault("VALIDATION", f"key {key.id[:40]}: it ends ({instant(min(ends))}) before it begins"))
    known = key.id or (pem.thumbprint(key.pem) if found.serial is None else f"{found.serial:x}")
    return Certificate(key.pem, known, max(starts, default=None), min(ends, default=None))
