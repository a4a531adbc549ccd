"""The public keys that verify what comes from the hub: its own, and those of the participants it speaks for or from."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from fspiop import jws
from schemas.canonical.identity import FspId
from schemas.canonical.participants import JwsKey, Participant
from switch.ring import Ring
from switch.xml_ring import XmlRing

GATEWAY = "gateway"
"""The id of the key with which the hub signs in a bank's name now."""


def of_hub(ring: Ring) -> list[dict[str, Any]]:
    """The hub's own keys, the newest first; one that does not sign yet says from when."""
    return [_view(key.id, key.public, key.algorithm, key.start) for key in ring.all()]


def certificates_of_hub(ring: XmlRing) -> list[dict[str, Any]]:
    """The certificates of the hub's business messages, the newest first; `validFrom` is when each begins to sign."""
    found = []
    for key in ring.all():
        starts = [each for each in (key.start, key.pinned.not_before) if each is not None]
        told = {"id": key.id, "pem": key.certificate, "validFrom": _instant(max(starts, default=None))}
        found.append(told | {"validTo": _instant(key.pinned.not_after)})
    return found


def of_participant(participant: Participant) -> list[dict[str, Any]]:
    """The keys on file, revoked ones too; for a bank those with which the hub signs in its name."""
    found = [
        _view(key.id, key.pem, None, key.valid_from, key.valid_to, key.revoked)
        for key in (*participant.keys, *participant.former_gateway_keys)
    ]
    if participant.gateway_key:
        found.append(_view(GATEWAY, jws.public_pem(participant.gateway_key), None))
    return found


def everybody(hub: FspId, ring: Ring, participants: Iterable[Participant], now: datetime) -> dict[str, Any]:
    """GET /keys: every key that may verify a message now or later, with whose it is."""
    keys = [{"participant": hub, **key} for key in of_hub(ring)]
    for each in sorted(participants, key=lambda participant: participant.name):
        usable = [key for key in (*each.keys, *each.former_gateway_keys) if _lives(key, now)]
        views = [_view(key.id, key.pem, _algorithm(key.pem), key.valid_from, key.valid_to) for key in usable]
        if each.gateway_key:
            public = jws.public_pem(each.gateway_key)
            views.append(_view(GATEWAY, public, _algorithm(public)))
        keys += [{"participant": each.name, **view} for view in views]
    return {"keys": keys}


def _lives(key: JwsKey, now: datetime) -> bool:
    return key.revoked is None and (key.valid_to is None or now < key.valid_to)


def _algorithm(pem: str) -> str:
    return "RS256" if isinstance(jws.public_key(pem), rsa.RSAPublicKey) else "ES256"


def _view(
    key_id: str,
    pem: str,
    algorithm: str | None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    revoked: datetime | None = None,
) -> dict[str, Any]:
    told = {"id": key_id, "pem": pem, "algorithm": algorithm}
    told |= {"validFrom": _instant(valid_from), "validTo": _instant(valid_to), "revoked": _instant(revoked)}
    return {name: value for name, value in told.items() if value is not None}


def _instant(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    utc = moment.astimezone(UTC) + timedelta(microseconds=-(moment.microsecond % 1000))
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
