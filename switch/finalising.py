"""Finalisation: a settlement is settled by the figures of its settlement bank, checked first, all or nothing. Pure.

The validation remembers what the books looked like. The confirming step names it, and is refused if anything moved in
between.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from schemas.canonical.commands import Command
from schemas.canonical.faults import fault
from schemas.canonical.identity import derived_uuid
from schemas.canonical.instructions import (
    AgentMovement,
    FinaliseSettlement,
    InstructionState,
    MovementState,
    SettlementInstruction,
    SettlementValidation,
    ValidateSettlement,
)
from schemas.canonical.outcome import Outcome, Posting, Stored
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from schemas.canonical.settlement import Settlement, SettlementState
from settlement import finalising
from settlement.finalising import Books
from settlement.limits import cover_of
from switch.accounts import refused
from switch.agents import agent_of
from switch.conversions import joined
from switch.engine import absorb
from switch.instruction_ends import deposit, instructions_of, moves, settled
from switch.questions import REPEATED
from switch.state import State

VALID: Final = "VALID"
INVALID: Final = "INVALID"
_DONE: Final = "DONE"


def step(state: State, command: Command) -> Outcome:
    """Decide a validation or a finalisation."""
    settlement = state.get(Settlement, str(command.settlement)) if isinstance(command, _COMMANDS) else None
    if settlement is None:
        return refused(fault("VALIDATION", "Settlement not found"))
    late = [each for one in instructions_of(state, settlement.id) for each in one.movements if _is_late(each)]
    if late:
        return refused(fault("VALIDATION", f"{late[0].id} was booked late: decide about it first (/lateBookings)"))
    match command:
        case ValidateSettlement():
            return _validate(state, settlement, command)
        case FinaliseSettlement():
            return _finalise(state, settlement, command)
        case _:
            raise TypeError(f"{type(command).__name__} is not about figures")


def _is_late(movement: AgentMovement) -> bool:
    """What was booked late has moved deposits already."""
    return movement.state is MovementState.LATE


_COMMANDS: Final = (ValidateSettlement, FinaliseSettlement)


def _validate(state: State, settlement: Settlement, command: ValidateSettlement) -> Outcome:
    found = finalising.findings(settlement, command.figures, command.named, _books(state, settlement))
    if found:
        return Outcome(state=INVALID, notes=tuple(msgspec.json.encode(one).decode() for one in found))
    books = _digest(state, settlement)
    key = derived_uuid("validation", str(settlement.id), state.now.isoformat(), books)
    validation = SettlementValidation(key, settlement.id, command.figures, books, state.now)
    return Outcome((validation,), state=VALID, notes=(key,))


def _finalise(state: State, settlement: Settlement, command: FinaliseSettlement) -> Outcome:
    validation = state.get(SettlementValidation, command.validation)
    if validation is None or validation.settlement != settlement.id:
        return refused(
            fault("VALIDATION", f"validation {command.validation[:36]} is none of settlement {settlement.id}")
        )
    if validation.used:
        return Outcome(state=REPEATED)
    if settlement.state in {SettlementState.SETTLED, SettlementState.ABORTED}:
        return refused(fault("VALIDATION", f"{finalising.STATE}: settlement {settlement.id} is {settlement.state}"))
    if validation.books != _digest(state, settlement):
        return refused(
            fault("VALIDATION", f"{finalising.STALE}: the books have moved since; validate the figures again")
        )
    tried = state.fork()
    proven = Outcome((replace(validation, used=True), *_proven(state, settlement)))
    absorb(tried, proven, [], [])
    goals = {account.account: SettlementState.SETTLED for account in settlement.accounts}
    names = {account.currency: f"validation {validation.id}" for account in settlement.accounts}
    moved = list(moves(tried, settlement.id, goals, command.reason, names))
    after = tried.get(Settlement, settlement.key)
    if after is None or after.state is not SettlementState.SETTLED:
        return refused(fault("VALIDATION", f"settlement {settlement.id} cannot be settled as it stands"))
    postings = tuple(_deposits(state, settlement))
    whole = joined(proven, *moved, Outcome((), postings), settled(tried, state, settlement.id))
    return replace(whole, state=_DONE)


def _proven(state: State, settlement: Settlement) -> Iterator[Stored]:
    """What was with an agent is booked, as the figures prove."""
    for one in instructions_of(state, settlement.id):
        movements = tuple(
            replace(each, state=MovementState.SETTLED, booked=True, posted=True) for each in one.movements
        )
        yield replace(one, movements=movements, state=InstructionState.MATCHED, due=None)


def _deposits(state: State, settlement: Settlement) -> Iterator[Posting]:
    moved, kept = _moved(state, settlement), _kept(state, settlement)
    for account in settlement.accounts:
        if account.units and account.account not in moved and account.currency not in kept:
            yield from deposit(state, settlement, account)


def _moved(state: State, settlement: Settlement) -> frozenset[int]:
    """The accounts whose deposit moved already, when the agent said that it was booked."""
    every = instructions_of(state, settlement.id)
    return frozenset(each.account for one in every for each in one.movements if each.posted)


def _kept(state: State, settlement: Settlement) -> frozenset[str]:
    """Currencies in which deposits lie in the scheme's own account, so that settlement does not move them."""
    agents = {one.currency: agent_of(state, settlement.model, one.currency) for one in settlement.accounts}
    return frozenset(currency for currency, agent in agents.items() if agent is not None and not agent.deposits)


def _held(state: State, settlement: Settlement) -> Iterator[LedgerAccount]:
    """The accounts of deposits that the settlement may move."""
    model = state.get(SettlementModel, settlement.model)
    kind = AccountType(model.settlement_account_type) if model is not None else AccountType.SETTLEMENT
    for one in settlement.accounts:
        account = state.account(one.owner, kind, one.currency)
        if account is not None:
            yield account


def _digest(state: State, settlement: Settlement) -> str:
    counters = ((one.id, one.debits_posted, one.credits_posted) for one in _held(state, settlement))
    return finalising.digest(settlement, counters)


def _books(state: State, settlement: Settlement) -> Books:
    accounts: dict[tuple[str, str], str] = {}
    for currency in {one.currency for one in settlement.accounts}:
        agent = agent_of(state, settlement.model, currency)
        place = agent.currency(currency) if agent is not None else None
        members = place.members if place is not None else ()
        accounts |= {(str(member.participant), currency): member.account for member in members}
    kept = _kept(state, settlement)
    names = {str(settlement.id), *_names(instructions_of(state, settlement.id))}
    return Books(
        frozenset(str(one.name) for one in state.all(Participant)),
        accounts,
        _covers(state, settlement),
        _moved(state, settlement) | {one.account for one in settlement.accounts if one.currency in kept},
        frozenset(names),
    )


def _covers(state: State, settlement: Settlement) -> dict[tuple[str, str], int]:
    """What each has deposited, as its one account at the agent shows it; fees may have a deposit of their own here."""
    found: dict[tuple[str, str], int] = {}
    for one in settlement.accounts:
        agent = agent_of(state, settlement.model, one.currency)
        names = agent.models if agent is not None else (settlement.model,)
        models = [model for name in names if (model := state.get(SettlementModel, name)) is not None]
        kinds = {AccountType(model.settlement_account_type) for model in models} or {AccountType.SETTLEMENT}
        held = [account for kind in kinds if (account := state.account(one.owner, kind, one.currency)) is not None]
        if held:
            found[str(one.owner), one.currency] = sum(cover_of(account) for account in held)
    return found


def _names(instructions: list[SettlementInstruction]) -> Iterator[str]:
    for one in instructions:
        yield one.name
        yield one.cycle
