"""Accounts and limits: which accounts a currency's settlement models need, and how they come into use (section 15).

Accounts are born inactive. The initial limits of a currency activate all of its accounts; afterwards only POSITION
accounts are switched on and off.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from schemas.canonical.administration import CapShare, LimitAdjusted
from schemas.canonical.commands import (
    Command,
    CreateHubAccount,
    SetAccountActive,
    SetInitialLimits,
    SetLimit,
)
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome, Phase, Posting, Stored
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from schemas.canonical.reporting_records import OwnLimit
from settlement.limits import cover_of, share_of
from switch.notices import ADJUSTED, notice
from switch.state import State

HUB_ACCOUNTS: Final = (AccountType.HUB_RECONCILIATION, AccountType.HUB_MULTILATERAL_SETTLEMENT)
"""The accounts the hub must have in a currency before anybody can take part in it."""
_OF_THE_HUB: Final = (*HUB_ACCOUNTS, AccountType.HUB_FEE)
_DONE: Final = "DONE"


def step(state: State, command: Command) -> Outcome:
    """Decide a command about accounts or limits."""
    match command:
        case CreateHubAccount():
            return _create_hub_account(state, command)
        case SetAccountActive():
            return _set_account_active(state, command)
        case SetInitialLimits():
            return _set_initial_limits(state, command)
        case SetLimit():
            return _set_limit(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about accounts")


def refused(reason: Fault) -> Outcome:
    """A command that is refused to its caller."""
    return Outcome(state=reason.name, fault=reason)


def done(*puts: Stored, postings: tuple[Posting, ...] = ()) -> Outcome:
    """A command that is carried out."""
    return Outcome(puts, postings, state=_DONE)


def unknown() -> Outcome:
    """The refusal for a participant that is not there."""
    return refused(fault("ID_NOT_FOUND", "Participant does not exist"))


def account_types(models: Iterable[SettlementModel], currency: str) -> list[AccountType]:
    """The account types that a currency's models need, those of transfers first; none if no model settles transfers.

    A model of the currency comes before the default one of the same ledger account type.
    """
    chosen: dict[str, SettlementModel] = {}
    for model in models:
        if model.active and model.currency in {None, currency}:
            before = chosen.get(model.ledger_account_type)
            if before is None or before.currency is None:
                chosen[model.ledger_account_type] = model
    if AccountType.POSITION.value not in chosen:
        return []
    ordered = sorted(chosen.values(), key=lambda model: model.ledger_account_type != AccountType.POSITION.value)
    names = [name for model in ordered for name in (model.ledger_account_type, model.settlement_account_type)]
    # Funds in and out and the liquidity check need it, whatever the models say.
    return list(dict.fromkeys([AccountType.POSITION, AccountType.SETTLEMENT, *map(AccountType, names)]))


def new_accounts(
    state: State, owner: FspId, currency: str, kinds: Iterable[AccountType], first: int, *, active: bool = False
) -> list[LedgerAccount]:
    """The accounts of these types that the owner has not got yet, numbered from `first`."""
    missing = [kind for kind in kinds if state.account(owner, kind, currency) is None]
    return [
        LedgerAccount(number, owner, kind, currency, active, created=state.now, changed=state.now)
        for number, kind in enumerate(missing, first)
    ]


def next_number(state: State) -> int:
    """The id of the next account."""
    return max((account.id for account in state.all(LedgerAccount)), default=0) + 1


def accounts_for(state: State, model: SettlementModel) -> list[LedgerAccount]:
    """What a new model adds to the participants that already hold money in its currencies."""
    models = [*state.all(SettlementModel), model]
    first, found = next_number(state), list[LedgerAccount]()
    positions = [account for account in state.all(LedgerAccount) if account.type is AccountType.POSITION]
    for position in positions:
        if model.currency in {None, position.currency}:
            kinds, used = account_types(models, position.currency), position.cap is not None
            found += new_accounts(state, position.owner, position.currency, kinds, first + len(found), active=used)
    return found


def _create_hub_account(state: State, command: CreateHubAccount) -> Outcome:
    if command.name != state.profile.hub:
        known = state.get(Participant, command.name) is not None
        text = "Endpoint is reserved for creation of Hub account types only." if known else "Participant was not found."
        return refused(fault("ADD_PARTY_FAILED", text))
    if state.account(command.name, command.type, command.currency) is not None:
        return refused(fault("ADD_PARTY_FAILED", "Hub account has already been registered."))
    if command.type not in _OF_THE_HUB:
        return refused(fault("ADD_PARTY_FAILED", "The requested hub operator account type is not allowed."))
    return done(*new_accounts(state, command.name, command.currency, [command.type], next_number(state), active=True))


def _set_account_active(state: State, command: SetAccountActive) -> Outcome:
    found = state.get(Participant, command.name)
    if found is None:
        return unknown()
    account = state.get(LedgerAccount, str(command.account))
    if account is None:
        return refused(fault("INTERNAL", "Account not found"))
    if account.owner != command.name:
        return refused(fault("INTERNAL", "Participant/account mismatch"))
    if account.type is not AccountType.POSITION:
        return refused(fault("INTERNAL", "Only position account update is permitted"))
    return done(
        msgspec.structs.replace(account, active=command.active, changed=state.now),
        _with_currency(found, account.currency, active=command.active),
    )


def _with_currency(found: Participant, currency: str, *, active: bool) -> Participant:
    others = tuple(known for known in found.currencies if known != currency)
    return msgspec.structs.replace(found, currencies=(*others, currency) if active else others)


def _set_initial_limits(state: State, command: SetInitialLimits) -> Outcome:
    found, currency = state.get(Participant, command.name), command.cap.currency
    position = state.account(command.name, AccountType.POSITION, currency)
    if found is None or position is None:
        return unknown()
    if position.cap is not None:
        return refused(fault("INTERNAL", "Participant Limit or Initial Position already set"))
    others = [
        account
        for account in state.all(LedgerAccount)
        if (account.owner, account.currency) == (command.name, currency) and account.id != position.id
    ]
    cap, shares = _cap(state, command, position)
    return done(
        msgspec.structs.replace(position, cap=cap, alarm=command.alarm, active=True, changed=state.now),
        *shares,
        *(msgspec.structs.replace(account, active=True, changed=state.now) for account in others),
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
    """The newest cap is in force, even below the present position: that only stops new reservations."""
    position = state.account(command.name, AccountType.POSITION, command.cap.currency)
    if position is None:
        return unknown()
    if position.cap is None:
        return refused(fault("INTERNAL", "Participant Limit does not exist"))
    cap, shares = _cap(state, command, position)
    changed = msgspec.structs.replace(position, cap=cap, alarm=command.alarm, changed=state.now)
    told = LimitAdjusted(command.name, position.currency, cap, command.alarm)
    own = state.get(OwnLimit, position.key)
    # What the participant chose for itself ends with what it was chosen under.
    given = (OwnLimit(position.id, cap, cap, over=True),) if own is not None else ()
    return msgspec.structs.replace(done(changed, *shares, *given), events=(notice(state, told, ADJUSTED),))


def _cap(
    state: State, command: SetInitialLimits | SetLimit, position: LedgerAccount
) -> tuple[int, tuple[CapShare, ...]]:
    """The cap as it is now, and whether it follows the deposit from here on."""
    if command.percent is None:
        known = state.get(CapShare, position.key)
        return command.cap.units, () if known is None else (CapShare(position.id, ""),)
    settlement = state.account(position.owner, AccountType.SETTLEMENT, position.currency)
    if settlement is None:
        raise LookupError(f"{position.owner} has no SETTLEMENT account in {position.currency}")
    cap = share_of(cover_of(settlement), Decimal(command.percent))
    return cap, (CapShare(position.id, command.percent),)
