"""Participants, their accounts, limits, endpoints and keys: every command of the operator but funds.

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
from schemas.canonical.faults import Fault, fault
from schemas.canonical.forwarding import SetServices
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.outcome import Outcome, Phase, Posting, Stored
from schemas.canonical.participants import AccountType, IsoProfile, LedgerAccount, Participant
from switch.state import State

HUB_ACCOUNTS: Final = (AccountType.HUB_RECONCILIATION, AccountType.HUB_MULTILATERAL_SETTLEMENT)
"""The accounts the hub must have in a currency before anybody can take part in it."""
_MEMBER_ACCOUNTS: Final = (AccountType.POSITION, AccountType.SETTLEMENT)
_DONE: Final = "DONE"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,29}")
"""What a participant may be called: names stand in headers, paths, NATS subjects, and beside the hub's own lanes."""
_ANY_CURRENCY: Final = "EUR"
"""A fee limit is a number that holds for every currency; this one only serves to check the number."""


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
        case CreateHubAccount():
            return _create_hub_account(state, command)
        case SetParticipantActive(name=name, active=active):
            return _change(state, name, active=active)
        case SetAccountActive():
            return _set_account_active(state, command)
        case SetInitialLimits():
            return _set_initial_limits(state, command)
        case SetLimit():
            return _set_limit(state, command)
        case SetEndpoint(name=name, type=kind, value=value):
            found = _find(state, name)
            return _change(state, name, endpoints={**found.endpoints, kind: value} if found else {})
        case SetServices(name=name, services=services):
            return _change(state, name, services=tuple(sorted(set(services))))
        case SetIsoProfile():
            return _set_iso_profile(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about a participant")


def refused(reason: Fault) -> Outcome:
    """A command that is refused to its caller."""
    return Outcome(state=reason.name, fault=reason)


def done(*puts: Stored, postings: tuple[Posting, ...] = ()) -> Outcome:
    """A command that is carried out."""
    return Outcome(puts, postings, state=_DONE)


def _hub(state: State) -> Participant:
    return Participant(state.profile.hub, created=state.now)


def _find(state: State, name: FspId) -> Participant | None:
    found = state.get(Participant, name)
    return _hub(state) if found is None and name == state.profile.hub else found


def _unknown(name: FspId) -> Outcome:
    return refused(fault("ID_NOT_FOUND", f"participant '{name}' does not exist"))


def _change(state: State, name: FspId, **fields: object) -> Outcome:
    found = _find(state, name)
    return _unknown(name) if found is None else done(msgspec.structs.replace(found, **fields))


def _next_account(state: State) -> int:
    return max((account.id for account in state.all(LedgerAccount)), default=0) + 1


def _create(state: State, command: CreateParticipant) -> Outcome:
    name, currency = command.name, command.currency
    if not NAME.fullmatch(name):
        return refused(fault("VALIDATION", "name has 2 to 30 letters, digits, hyphens, underscores or dots"))
    for kind in HUB_ACCOUNTS:
        if state.account(state.profile.hub, kind, currency) is None:
            return refused(fault("ADD_PARTY_FAILED", f"{kind.value} account of the hub in {currency} does not exist"))
    if name.casefold() == state.profile.hub.casefold():
        return refused(fault("CLIENT_ERROR", f"'{name}' is the hub's own name"))
    called = next((other.name for other in state.all(Participant) if other.iso and name in other.iso.other_ids), name)
    if called != name:
        return refused(fault("CLIENT_ERROR", f"'{name}' is an identification of {called}"))
    if any(_same_but_case(other.name, name) for other in state.all(Participant)):
        return refused(
            fault("CLIENT_ERROR", f"a participant's name differs from '{name}' in upper and lower case only")
        )
    if state.account(name, AccountType.POSITION, currency) is not None:
        return refused(fault("CLIENT_ERROR", "Participant currency has already been registered"))
    if state.settlement_model(currency) is None:
        return refused(fault("NO_SETTLEMENT_MODEL", f"no settlement model for {currency}, and no default one"))
    first = _next_account(state)
    accounts = (
        LedgerAccount(number, name, kind, currency, created=state.now, changed=state.now)
        for number, kind in enumerate(_MEMBER_ACCOUNTS, first)
    )
    found = state.get(Participant, name)
    return done(*(() if found else (Participant(name, created=state.now, proxy=command.proxy),)), *accounts)


def _same_but_case(left: str, right: str) -> bool:
    return left != right and left.casefold() == right.casefold()


def _create_hub_account(state: State, command: CreateHubAccount) -> Outcome:
    if command.name != state.profile.hub:
        return refused(fault("ADD_PARTY_FAILED", f"only {state.profile.hub} can have accounts added"))
    if command.type in _MEMBER_ACCOUNTS:
        return refused(fault("ADD_PARTY_FAILED", f"{command.type.value} is no account type of the hub"))
    if state.account(command.name, command.type, command.currency) is not None:
        return refused(fault("ADD_PARTY_FAILED", "Hub account has already been registered"))
    number = _next_account(state)
    return done(
        LedgerAccount(
            number, command.name, command.type, command.currency, active=True, created=state.now, changed=state.now
        )
    )


def _set_account_active(state: State, command: SetAccountActive) -> Outcome:
    found = _find(state, command.name)
    if found is None:
        return _unknown(command.name)
    account = state.get(LedgerAccount, str(command.account))
    if account is None or account.owner != command.name:
        return refused(fault("INTERNAL", f"account {command.account} is not one of {command.name}"))
    if account.type is not AccountType.POSITION:
        return refused(fault("INTERNAL", "only POSITION accounts can be switched on or off"))
    return done(
        msgspec.structs.replace(account, active=command.active, changed=state.now),
        _with_currency(found, account.currency, active=command.active),
    )


def _with_currency(found: Participant, currency: str, *, active: bool) -> Participant:
    others = tuple(known for known in found.currencies if known != currency)
    return msgspec.structs.replace(found, currencies=(*others, currency) if active else others)


def _set_initial_limits(state: State, command: SetInitialLimits) -> Outcome:
    found, currency = _find(state, command.name), command.cap.currency
    if found is None:
        return _unknown(command.name)
    position = state.account(command.name, AccountType.POSITION, currency)
    settlement = state.account(command.name, AccountType.SETTLEMENT, currency)
    if position is None or settlement is None:
        return refused(fault("ID_NOT_FOUND", f"{command.name} has no {currency} accounts"))
    if position.cap is not None:
        return refused(fault("INTERNAL", "Participant Limit or Initial Position already set"))
    return done(
        msgspec.structs.replace(position, cap=command.cap.units, alarm=command.alarm, active=True, changed=state.now),
        msgspec.structs.replace(settlement, active=True, changed=state.now),
        _with_currency(found, currency, active=True),
        postings=_opening(state, command, position),
    )


def _opening(state: State, command: SetInitialLimits, position: LedgerAccount) -> tuple[Posting, ...]:
    """An opening position is booked against the hub's settlement account, as a settlement would move it."""
    units = command.position.units if command.position else 0
    if units == 0:
        return ()
    hub = state.account(state.profile.hub, AccountType.HUB_MULTILATERAL_SETTLEMENT, position.currency)
    if hub is None:
        raise LookupError(f"{command.name} has {position.currency} accounts, the hub has none")
    debit, credit = (position.id, hub.id) if units > 0 else (hub.id, position.id)
    return (Posting(f"opening {command.name} {position.currency}", Phase.POST, debit, credit, abs(units)),)


def _set_limit(state: State, command: SetLimit) -> Outcome:
    if _find(state, command.name) is None:
        return _unknown(command.name)
    position = state.account(command.name, AccountType.POSITION, command.cap.currency)
    if position is None:
        return refused(fault("ID_NOT_FOUND", f"{command.name} has no {command.cap.currency} account"))
    if position.cap is None:
        return refused(fault("INTERNAL", "Participant Limit does not exist: set the initial limits first"))
    return done(msgspec.structs.replace(position, cap=command.cap.units, alarm=command.alarm, changed=state.now))


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
    return _change(state, command.name, iso=command.profile, gateway_key=gateway)


def _identifiers(profile: IsoProfile | None, *names: str) -> set[str]:
    """What agents call a participant, its name too; a BIC of 8 characters means the same as with XXX."""
    if profile is None:
        return {f"id {name}" for name in names}
    bic = f"BIC {profile.bic.upper().removesuffix('XXX')}" if profile.bic else ""
    lei = f"LEI {profile.lei.upper()}" if profile.lei else ""
    member = f"clearing member {profile.clearing_member_id}" if profile.clearing_member_id else ""
    return {name for name in (bic, lei, member, *(f"id {other}" for other in (*names, *profile.other_ids))) if name}
