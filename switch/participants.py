"""Participants: their names, currencies, endpoints, services and ISO profiles; accounts and limits beside them.

Rules and errors are those of the reference's administration API (section 15). `Participant.currencies` lists the
currencies in which its POSITION account is active, so that lanes without accounts can tell.
"""

import re
from typing import Final

import msgspec

from schemas.canonical.commands import (
    Command,
    CreateHubAccount,
    CreateParticipant,
    SetAccountActive,
    SetEndpoint,
    SetInitialLimits,
    SetIsoProfile,
    SetLimit,
    SetParticipantActive,
)
from schemas.canonical.dialects import SetFspiopProfile
from schemas.canonical.faults import fault
from schemas.canonical.forwarding import SetServices
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import HUB_NUMBER, AccountType, IsoProfile, Participant, SettlementModel
from switch import accounts, heartbeats
from switch.accounts import HUB_ACCOUNTS, account_types, done, new_accounts, next_number, refused
from switch.state import State

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,29}")
"""What a participant may be called: names stand in headers, paths, NATS subjects, and beside the hub's own lanes."""
_ANY_CURRENCY: Final = "EUR"
"""A fee limit is a number that holds for every currency; this one only serves to check the number."""
_HUB_ACCOUNT: Final = {
    AccountType.HUB_RECONCILIATION: "Hub reconciliation",
    AccountType.HUB_MULTILATERAL_SETTLEMENT: "Hub multilateral net settlement",
}


def step(state: State, command: Command) -> Outcome:
    """Decide a command about a participant; the hub itself exists from the first one on."""
    outcome = _decide(state, command)
    if outcome.fault is not None or state.get(Participant, state.profile.hub) is not None:
        return outcome
    if any(isinstance(put, Participant) and put.name == state.profile.hub for put in outcome.puts):
        return outcome
    return msgspec.structs.replace(outcome, puts=(_hub(state), *outcome.puts))


def _decide(state: State, command: Command) -> Outcome:
    match command:
        case CreateParticipant():
            return _create(state, command)
        case SetParticipantActive(name=name, active=active):
            return _change(state, name, active=active)
        case CreateHubAccount() | SetAccountActive() | SetInitialLimits() | SetLimit():
            return accounts.step(state, command)
        case SetEndpoint(name=name, type=kind, value=value):
            found = _find(state, name)
            return _change(state, name, endpoints={**found.endpoints, kind: value} if found else {})
        case SetServices(name=name, services=services):
            return _change(state, name, services=tuple(sorted(set(services))))
        case SetFspiopProfile(name=name, profile=profile):
            return _change(state, name, fspiop=profile)
        case SetIsoProfile():
            return _set_iso_profile(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about a participant")


def _hub(state: State) -> Participant:
    return Participant(state.profile.hub, created=state.now, number=HUB_NUMBER)


def _find(state: State, name: FspId) -> Participant | None:
    found = state.get(Participant, name)
    return _hub(state) if found is None and name == state.profile.hub else found


def _change(state: State, name: FspId, **fields: object) -> Outcome:
    found = _find(state, name)
    return accounts.unknown() if found is None else done(msgspec.structs.replace(found, **fields))


def _create(state: State, command: CreateParticipant) -> Outcome:
    name, currency = command.name, command.currency
    if not NAME.fullmatch(name):
        return refused(fault("VALIDATION", "name has 2 to 30 letters, digits, hyphens, underscores or dots"))
    for kind in HUB_ACCOUNTS:
        if state.account(state.profile.hub, kind, currency) is None:
            text = f"{_HUB_ACCOUNT[kind]} account for the specified currency does not exist"
            return refused(fault("ADD_PARTY_FAILED", text))
    if name.casefold() == state.profile.hub.casefold():
        return refused(fault("CLIENT_ERROR", f"'{name}' is the hub's own name"))
    called = next((other.name for other in state.all(Participant) if other.iso and name in other.iso.other_ids), name)
    if called != name:
        return refused(fault("CLIENT_ERROR", f"'{name}' is an identification of {called}"))
    if any(_same_but_case(other.name, name) for other in state.all(Participant)):
        return refused(
            fault("CLIENT_ERROR", f"a participant's name differs from '{name}' in upper and lower case only")
        )
    known = state.get(Participant, name)
    if known is not None and known.settles:
        return refused(fault("CLIENT_ERROR", f"'{name}' is a settlement agent: it has no accounts here"))
    if state.account(name, AccountType.POSITION, currency) is not None:
        return refused(fault("CLIENT_ERROR", "Participant currency has already been registered"))
    kinds = account_types(state.all(SettlementModel), currency)
    if not kinds:
        return refused(fault("NO_SETTLEMENT_MODEL", "Unable to find a matching or default, Settlement Model"))
    opened = new_accounts(state, name, currency, kinds, next_number(state))
    found = state.get(Participant, name)
    if found is not None:
        return done(*opened)
    number = max((other.number for other in state.all(Participant)), default=HUB_NUMBER) + 1
    number = max(number, HUB_NUMBER + 1)
    return done(Participant(name, created=state.now, proxy=command.proxy, number=number), *opened)


def _same_but_case(left: str, right: str) -> bool:
    return left != right and left.casefold() == right.casefold()


def _set_iso_profile(state: State, command: SetIsoProfile) -> Outcome:
    if command.name == state.profile.hub:
        return refused(fault("VALIDATION", "the hub itself is no bank"))
    try:
        Money.parse_fspiop(command.profile.max_payee_fee, _ANY_CURRENCY)
    except MoneyError:
        return refused(fault("VALIDATION", f"maxPayeeFee '{command.profile.max_payee_fee[:20]}' is not an amount"))
    for other in (_hub(state), *state.all(Participant)):
        shared = _identifiers(command.profile) & _identifiers(other.iso, other.name)
        if shared and other.name != command.name:
            return refused(fault("VALIDATION", f"{', '.join(sorted(shared))} already names {other.name}"))
    found = _find(state, command.name)
    gateway = command.gateway_key or (found.gateway_key if found else None)
    before = found.iso.certificates if found and found.iso else ()
    ended = tuple(each for each in before if each.revoked is not None)
    if {each.pem.strip() for each in ended} & {each.pem.strip() for each in command.profile.certificates}:
        return refused(fault("VALIDATION", "one of these certificates was revoked"))
    profile = msgspec.structs.replace(command.profile, certificates=(*command.profile.certificates, *ended))
    changed = _change(state, command.name, iso=profile, gateway_key=gateway)
    beats = heartbeats.arranged(state, command.name, profile.heartbeat) if changed.fault is None else ()
    return msgspec.structs.replace(changed, puts=(*changed.puts, *beats))


def _identifiers(profile: IsoProfile | None, *names: str) -> set[str]:
    """What agents call a participant, its name too; a BIC of 8 characters means the same as with XXX."""
    if profile is None:
        return {f"id {name}" for name in names}
    bics = {f"BIC {bic.upper().removesuffix('XXX')}" for bic in (profile.bic, *profile.further_bics) if bic}
    leis = {f"LEI {profile.lei.upper()}"} if profile.lei else set()
    members = {f"clearing member {profile.clearing_member_id}"} if profile.clearing_member_id else set()
    members |= {f"clearing member {one.id} of {one.system}" for one in profile.clearing_members}
    others = {f"id {other}" for other in (*names, *profile.other_ids)}
    others |= {f"id {one.id} of {one.scheme} {one.issuer or ''}".rstrip() for one in profile.schemed_ids}
    return bics | leis | members | others | {f"IBAN bank code {code}" for code in profile.iban_bank_codes}
