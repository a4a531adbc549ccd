"""Funds in and out: the operator records money that came to, or leaves, a participant's SETTLEMENT account.

Deposited money makes SETTLEMENT negative. Amounts are reserved before they leave, and never the cover that the open
position needs (the reference would let it go). Where a settlement agent moves the money, funds in are reserved too, and
its word ends both; until its time is over nobody else's does.
"""

from datetime import timedelta
from typing import Final

import msgspec

from schemas.canonical.commands import Command, RecordFunds
from schemas.canonical.faults import Fault, fault
from schemas.canonical.funds import FundsDirection, FundsMovement, FundsState
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome, Phase, Posting
from schemas.canonical.participants import AccountType, LedgerAccount, Participant
from schemas.canonical.transfer import Transfer
from settlement.instructing import Times, ask_at
from settlement.limits import free_cover
from switch.accounts import refused
from switch.fund_keepers import told_of
from switch.state import State

IN: Final = "recordFundsIn"
OUT_RESERVE: Final = "recordFundsOutPrepareReserve"
OUT_COMMIT: Final = "recordFundsOutCommit"
OUT_ABORT: Final = "recordFundsOutAbort"
VALIDITY: Final = timedelta(seconds=432_000)
"""How long reserved funds may still be committed; they can be given back at any time."""


def step(state: State, command: Command) -> Outcome:
    """Decide a movement of funds. What cannot be done later than asked (a repeat) changes nothing, without a fault."""
    if not isinstance(command, RecordFunds):
        raise TypeError(f"{type(command).__name__} is not about funds")
    account = _account(state, command)
    if isinstance(account, Fault):
        return refused(account)
    match command.action:
        case "recordFundsIn" | "recordFundsOutPrepareReserve":
            return _first(state, command, account)
        case "recordFundsOutCommit" | "recordFundsOutAbort":
            return _second(state, command, account)
        case _:
            return refused(fault("VALIDATION", f"'{command.action[:40]}' is no action on funds"))


def _account(state: State, command: RecordFunds) -> LedgerAccount | Fault:
    owner = state.get(Participant, command.name)
    if owner is None:
        return fault("ID_NOT_FOUND", "Participant does not exist")
    if not owner.active:
        return fault("INTERNAL", "Participant is currently set inactive")
    account = state.get(LedgerAccount, str(command.account))
    other = command.amount is not None and account is not None and command.amount.currency != account.currency
    if account is None or account.owner != command.name or other:
        return fault("INTERNAL", "The account does not match participant or currency specified")
    if not account.active:
        return fault("INTERNAL", "Account is currently set inactive")
    if account.type is not AccountType.SETTLEMENT:
        return fault("INTERNAL", "Account is not of SETTLEMENT type")
    return account


def came(state: State, command: RecordFunds) -> Outcome:
    """Funds in that have come already, by the notice of who has them."""
    account = _account(state, command)
    return refused(account) if isinstance(account, Fault) else _first(state, command, account, ordered=False)


def _first(state: State, command: RecordFunds, account: LedgerAccount, *, ordered: bool = True) -> Outcome:
    if command.amount is None or command.amount.units <= 0:
        return refused(fault("VALIDATION", "amount must be greater than 0"))
    known = state.get(FundsMovement, command.transfer_id)
    if state.get(Transfer, command.transfer_id) is not None:
        return Outcome(state="MODIFIED")
    direction = FundsDirection.IN if command.action == IN else FundsDirection.OUT
    if known is not None:
        same = (known.account, known.direction, known.amount) == (account.id, direction, command.amount)
        return Outcome(state="REPEATED" if same else "MODIFIED")
    inward = direction is FundsDirection.IN
    covered = inward or _free(state, account) >= command.amount.units
    booked = inward
    movement = FundsMovement(
        command.transfer_id,
        command.name,
        account.id,
        direction,
        command.amount,
        FundsState.COMMITTED if inward else FundsState.RESERVED if covered else FundsState.ABORTED,
        state.now,
        state.now,
        command.reason,
        command.external_reference,
        comment="" if covered else "Aborted due to insufficient funds",
    )
    if not covered:
        return Outcome((movement,), state=movement.state.value)
    told = told_of(state, movement) if ordered else None
    if isinstance(told, Fault):
        return refused(told)
    if told is not None:
        found, times = told
        movement, booked = _with_agent(movement, found.agent.name, times), False
    return _moved(state, movement, Phase.POST if booked else Phase.RESERVE)


def _with_agent(movement: FundsMovement, agent: FspId, times: Times) -> FundsMovement:
    ask = ask_at(times.now, times.until)
    return msgspec.structs.replace(
        movement, state=FundsState.RESERVED, agent=agent, until=times.until, due=times.due, ask=ask
    )


def _free(state: State, settlement: LedgerAccount) -> int:
    position = state.account(settlement.owner, AccountType.POSITION, settlement.currency)
    if position is None:
        raise LookupError(f"{settlement.owner} has no POSITION account in {settlement.currency}")
    return free_cover(position, settlement)


def _second(state: State, command: RecordFunds, account: LedgerAccount) -> Outcome:
    movement = state.get(FundsMovement, command.transfer_id)
    if movement is None or movement.account != account.id or movement.direction is not FundsDirection.OUT:
        return Outcome(state="UNKNOWN")
    if movement.state is not FundsState.RESERVED:
        return Outcome(state=movement.state.value)
    if movement.agent is not None:
        until = movement.until or movement.created
        text = f"funds {movement.id} are with {movement.agent} until {until:%Y-%m-%dT%H:%M:%SZ}"
        return refused(fault("VALIDATION", text))
    commits = command.action == OUT_COMMIT
    if commits and state.now - movement.created > VALIDITY:
        return Outcome(state="EXPIRED")
    return end(state, movement, commits=commits, reason=command.reason)


def end(
    state: State, movement: FundsMovement, *, commits: bool, reason: str = "", why: Fault | None = None
) -> Outcome:
    """Commit reserved funds or give them back; `why` is the agent's reason."""
    after = FundsState.COMMITTED if commits else FundsState.ABORTED
    changed = msgspec.structs.replace(
        movement, state=after, changed=state.now, reason=reason or movement.reason, fault=why
    )
    return _moved(state, changed, Phase.COMMIT if commits else Phase.VOID)


def _moved(state: State, movement: FundsMovement, phase: Phase) -> Outcome:
    hub = state.account(state.profile.hub, AccountType.HUB_RECONCILIATION, movement.amount.currency)
    if hub is None:
        return refused(fault("INTERNAL", f"the hub has no reconciliation account in {movement.amount.currency}"))
    inward = movement.direction is FundsDirection.IN
    debit, credit = (hub.id, movement.account) if inward else (movement.account, hub.id)
    posting = Posting(movement.id, phase, debit, credit, movement.amount.units)
    return Outcome((movement,), (posting,), state=movement.state.value)
