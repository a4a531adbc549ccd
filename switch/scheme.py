"""Settlement models, account types and oracles: what the operator sets for the scheme (reference 14.4, 15, 16.1)."""

from typing import Final

import msgspec

from schemas.canonical.administration import CreateLedgerAccountType, LedgerAccountType
from schemas.canonical.commands import Command, CreateSettlementModel, SetOracle, SetSettlementModelActive
from schemas.canonical.faults import Fault, fault
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import AccountType, Oracle, SettlementModel
from settlement.netting import IMMEDIATE
from switch.accounts import accounts_for, done, refused
from switch.state import State

_COMBINATIONS: Final = frozenset(
    {
        ("IMMEDIATE", "GROSS", "BILATERAL"),
        ("DEFERRED", "GROSS", "BILATERAL"),
        ("DEFERRED", "NET", "BILATERAL"),
        ("DEFERRED", "NET", "MULTILATERAL"),
    }
)
"""Delay, granularity and interchange that fit together."""
_SETTLED_THROUGH: Final = {
    AccountType.POSITION.value: (AccountType.SETTLEMENT.value,),
    AccountType.INTERCHANGE_FEE.value: (AccountType.INTERCHANGE_FEE_SETTLEMENT.value, AccountType.SETTLEMENT.value),
}
"""Ledger account type -> the types of account that hold the money it is settled with."""
_TYPES: Final = frozenset(kind.value for kind in AccountType)


def step(state: State, command: Command) -> Outcome:
    """Decide a command about a settlement model, an account type or an oracle."""
    match command:
        case CreateSettlementModel():
            return _create_model(state, command)
        case SetSettlementModelActive():
            return _set_model_active(state, command)
        case CreateLedgerAccountType():
            return _create_type(state, command)
        case SetOracle(id=None):
            return _add_oracle(state, command)
        case SetOracle():
            return _change_oracle(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about the scheme")


def _create_model(state: State, command: CreateSettlementModel) -> Outcome:
    models = state.all(SettlementModel)
    if any(model.name == command.name for model in models):
        return refused(fault("CLIENT_ERROR", "Settlement Model already exists"))
    nonsense = _nonsense(command)
    if nonsense is not None:
        return refused(fault("CLIENT_ERROR", nonsense))
    created = SettlementModel(
        command.name,
        command.granularity,
        command.interchange,
        command.delay,
        command.currency,
        command.liquidity_check,
        command.ledger_account_type,
        command.settlement_account_type,
        command.auto_position_reset,
        id=max((model.id for model in models), default=0) + 1,
    )
    rival = _rival(state, created)
    return done(created, *accounts_for(state, created)) if rival is None else refused(rival)


def _nonsense(command: CreateSettlementModel) -> str | None:
    """Why there can be no such model."""
    if (command.delay, command.granularity, command.interchange) not in _COMBINATIONS:
        # One payment has nothing to be netted with; what is gross is owed between two.
        why = "NET is DEFERRED" if command.granularity == "NET" else "GROSS is BILATERAL"
        return f"Invalid Settlement Model definition - the combination is not supported: {why}"
    settled, through = command.ledger_account_type, command.settlement_account_type
    for kind in (settled, through):
        if kind not in _TYPES:
            return f"Ledger account type '{kind[:30]}' cannot be settled"
    fitting = _SETTLED_THROUGH.get(settled)
    if fitting is None:
        return f"Ledger account type '{settled}' cannot be settled"
    if through not in fitting:
        return f"{settled} is settled through {' or '.join(fitting)}, not through {through}"
    if settled == AccountType.INTERCHANGE_FEE and command.delay == IMMEDIATE:
        return f"{settled} has no deposit that covers it, so it cannot be settled payment by payment: DEFERRED"
    return None


def _create_type(state: State, command: CreateLedgerAccountType) -> Outcome:
    known = state.all(LedgerAccountType)
    if command.name in _TYPES or any(found.name == command.name for found in known):
        return refused(fault("CLIENT_ERROR", "This Ledger Account Type already exists"))
    number = len(_TYPES) + len(known) + 1
    return done(LedgerAccountType(command.name, command.description, command.active, command.settleable, number))


def _rival(state: State, wanted: SettlementModel) -> Fault | None:
    """Why a model cannot be active beside the others: two would settle the same accounts."""
    for model in state.all(SettlementModel):
        same = (model.ledger_account_type, model.currency) == (wanted.ledger_account_type, wanted.currency)
        if model.active and same and model.name != wanted.name:
            what = f"{model.ledger_account_type} in {model.currency or 'every other currency'}"
            return fault("CLIENT_ERROR", f"Settlement Model already exists for {what}: {model.name}")
    return None


def _set_model_active(state: State, command: SetSettlementModelActive) -> Outcome:
    found = state.get(SettlementModel, command.name)
    if found is None:
        return refused(fault("CLIENT_ERROR", "Settlement Model does not exist"))
    changed = msgspec.structs.replace(found, active=command.active)
    rival = _rival(state, changed) if command.active else None
    return done(changed) if rival is None else refused(rival)


def _add_oracle(state: State, command: SetOracle) -> Outcome:
    if command.type is None:
        return refused(fault("MISSING_ELEMENT", "oracleIdType"))
    number = max((oracle.id for oracle in state.all(Oracle)), default=0) + 1
    return _keep(
        state,
        Oracle(number, command.type, command.url or None, command.currency, bool(command.default), created=state.now),
    )


def _change_oracle(state: State, command: SetOracle) -> Outcome:
    found = state.get(Oracle, str(command.id))
    if found is None or not found.active:
        return refused(fault("ID_NOT_FOUND", "Oracle not found"))
    if command.remove:
        return done(msgspec.structs.replace(found, active=False))
    return _keep(
        state,
        msgspec.structs.replace(
            found,
            type=command.type or found.type,
            url=found.url if command.url is None else command.url or None,
            currency=command.currency or found.currency,
            default=found.default if command.default is None else command.default,
        ),
    )


def _keep(state: State, oracle: Oracle) -> Outcome:
    for other in state.all(Oracle):
        same = (other.type, other.currency) == (oracle.type, oracle.currency)
        if other.active and same and other.id != oracle.id:
            what = f"{oracle.type} and {oracle.currency or 'no currency'}"
            return refused(fault("INTERNAL", f"Active oracle with type {what} already exists"))
    return done(oracle)
