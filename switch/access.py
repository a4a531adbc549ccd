"""Keys and access of participants: rotation, revocation, certificates, networks, API keys. Pure."""

from datetime import timedelta
from typing import Final

import msgspec

from schemas.canonical.access import Access
from schemas.canonical.commands import Command, SetKeys
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.keys import (
    AddApiKey,
    PutCertificate,
    PutKey,
    RemoveApiKey,
    RevokeCertificate,
    RevokeKey,
    SetAccess,
    SetAlgorithm,
    SetGatewayKey,
)
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Certificate, JwsKey, Participant
from switch.accounts import done, refused
from switch.state import State

ALGORITHMS: Final = ("RS256", "ES256")
"""What the hub signs with, for those who verify."""
KEYS_MAX: Final = 32
"""Keys of one participant, revoked ones too: each is a try at every signature."""


def step(state: State, command: Command) -> Outcome:
    """Decide a command about keys or access."""
    name: FspId = getattr(command, "name", FspId(""))
    found = state.get(Participant, name)
    if found is None or name == state.profile.hub:
        return refused(fault("ID_NOT_FOUND", f"participant '{name}' does not exist, or is the hub itself"))
    changed = _changed(state, found, command)
    return refused(changed) if isinstance(changed, Fault) else done(changed)


def _changed(state: State, found: Participant, command: Command) -> Participant | Fault:
    match command:
        case SetKeys(keys=keys):
            return _replace(found, keys)
        case PutKey():
            return _put(state, found, command)
        case RevokeKey(id=key_id):
            return _revoke(state, found, key_id)
        case PutCertificate() | RevokeCertificate():
            return _certificates(state, found, command)
        case SetGatewayKey(pem=pem, former=former):
            return _gateway(found, pem, former)
        case SetAlgorithm(algorithm=algorithm):
            if algorithm not in ALGORITHMS:
                return fault("VALIDATION", f"algorithm must be {' or '.join(ALGORITHMS)}")
            return msgspec.structs.replace(found, jws_algorithm=algorithm)
        case SetAccess() | AddApiKey() | RemoveApiKey():
            access = _access(state, found, command)
            return access if isinstance(access, Fault) else msgspec.structs.replace(found, access=access)
        case _:
            raise ValueError(f"{type(command).__name__} is not about keys or access")


def _replace(found: Participant, keys: tuple[JwsKey, ...]) -> Participant | Fault:
    """All keys but the revoked ones, which stay on file so that none of them comes back."""
    ended = tuple(key for key in found.keys if key.revoked is not None)
    if {key.pem.strip() for key in keys} & {key.pem.strip() for key in ended}:
        return fault("VALIDATION", "one of these keys was revoked")
    if {key.id for key in keys if key.id} & {key.id for key in ended}:
        return fault("VALIDATION", "one of these ids is that of a revoked key")
    if len(keys) + len(ended) > KEYS_MAX:
        return fault("VALIDATION", f"a participant has at most {KEYS_MAX} keys")
    return msgspec.structs.replace(found, keys=(*keys, *ended))


def _put(state: State, found: Participant, command: PutKey) -> Participant | Fault:
    """A key begins now if nothing else is said; the one it replaces ends after the overlap, never later than before."""
    start = command.key.valid_from or state.now
    key = msgspec.structs.replace(command.key, valid_from=start, revoked=None)
    if key.valid_to is not None and key.valid_to <= start:
        return fault("VALIDATION", "validTo must be later than validFrom")
    known = {each.id: each for each in found.keys}
    if key.id in known and known[key.id].revoked is not None:
        return fault("VALIDATION", f"key {key.id} was revoked; a new key needs a new id")
    if any(each.revoked is not None and each.pem.strip() == key.pem.strip() for each in found.keys):
        return fault("VALIDATION", "this key was revoked under another id")
    if command.replaces is not None:
        former = known.get(command.replaces)
        if former is None or former.id == key.id:
            return fault("ID_NOT_FOUND", f"key {command.replaces[:40]} that is to be replaced")
        end = start + timedelta(seconds=command.overlap_s)
        if former.valid_to is None or former.valid_to > end:
            known[former.id] = msgspec.structs.replace(former, valid_to=end)
    known.pop(key.id, None)
    keys = (key, *known.values())
    if len(keys) > KEYS_MAX:
        return fault("VALIDATION", f"a participant has at most {KEYS_MAX} keys")
    return msgspec.structs.replace(found, keys=keys)


def _revoke(state: State, found: Participant, key_id: str) -> Participant | Fault:
    if all(key.id != key_id for key in found.keys):
        return fault("ID_NOT_FOUND", f"{found.name} has no key {key_id[:40]}")
    keys = tuple(
        msgspec.structs.replace(key, revoked=key.revoked or state.now) if key.id == key_id else key
        for key in found.keys
    )
    return msgspec.structs.replace(found, keys=keys)


def _certificates(state: State, found: Participant, command: PutCertificate | RevokeCertificate) -> Participant | Fault:
    """A bank's certificates rotate by the rules of the other keys."""
    profile = found.iso
    if profile is None:
        return fault("ID_NOT_FOUND", f"{found.name} has no ISO profile: PUT one first")
    keys = tuple(JwsKey(**msgspec.structs.asdict(each)) for each in profile.certificates)
    holder = msgspec.structs.replace(found, keys=keys)
    if isinstance(command, PutCertificate):
        key = JwsKey(**msgspec.structs.asdict(command.certificate))
        changed = _put(state, holder, PutKey(found.name, key, command.replaces, command.overlap_s))
    else:
        changed = _revoke(state, holder, command.id)
    if isinstance(changed, Fault):
        return changed
    certificates = tuple(Certificate(**msgspec.structs.asdict(each)) for each in changed.keys)
    return msgspec.structs.replace(found, iso=msgspec.structs.replace(profile, certificates=certificates))


def _gateway(found: Participant, pem: str, former: JwsKey | None) -> Participant | Fault:
    if found.iso is None:
        return fault("ID_NOT_FOUND", f"{found.name} has no ISO profile, so nobody signs in its name")
    ended = (former, *found.former_gateway_keys)[:KEYS_MAX] if former is not None else found.former_gateway_keys
    return msgspec.structs.replace(found, gateway_key=pem, former_gateway_keys=ended)


def _access(state: State, found: Participant, command: SetAccess | AddApiKey | RemoveApiKey) -> Access | Fault:
    before = found.access or Access()
    match command:
        case SetAccess(certificates=certificates, networks=networks):
            after = msgspec.structs.replace(before, certificates=certificates, networks=networks)
        case AddApiKey(key=key):
            if any(each.id == key.id for each in before.api_keys):
                return fault("VALIDATION", f"{found.name} has an API key {key.id[:40]} already")
            if len(before.api_keys) >= KEYS_MAX:
                return fault("VALIDATION", f"a participant has at most {KEYS_MAX} API keys")
            dated = msgspec.structs.replace(key, created=state.now)
            after = msgspec.structs.replace(before, api_keys=(*before.api_keys, dated))
        case RemoveApiKey(id=key_id):
            kept = tuple(key for key in before.api_keys if key.id != key_id)
            if len(kept) == len(before.api_keys):
                return fault("ID_NOT_FOUND", f"{found.name} has no API key {key_id[:40]}")
            after = msgspec.structs.replace(before, api_keys=kept)
    for other in state.all(Participant):
        shared = set(after.credentials) & set(other.access.credentials if other.access else ())
        if other.name != found.name and shared:
            return fault("VALIDATION", f"{min(shared)[:60]} is shown by {other.name} already")
    return after
