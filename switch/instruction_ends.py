"""What becomes of a settlement by what its agents said: it moves on, deposits with it, or it is given up. Pure.

Where one currency of a settlement is booked and another refused, nothing can be given up: the refused one waits to be
instructed again. A participant that lacked the money loses its net debit cap until a later settlement of it is booked.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from schemas.canonical.administration import LimitAdjusted, SettlementAlert
from schemas.canonical.events import Event
from schemas.canonical.faults import fault
from schemas.canonical.instructions import (
    AgentMovement,
    CapCut,
    InstructionState,
    MovementState,
    SettlementInstruction,
)
from schemas.canonical.outcome import Outcome, Phase, Posting, Stored
from schemas.canonical.participants import AccountType, LedgerAccount, SettlementModel
from schemas.canonical.settlement import Move, Settlement, SettlementAccount, SettlementState
from schemas.canonical.settlement_agents import SettlementAgent
from schemas.canonical.system import SendBroadcast, SystemEvent
from schemas.codes.events import usual
from settlement import settlements
from settlement.instructing import RANK, wanted
from switch import system
from switch.conversions import joined
from switch.engine import absorb
from switch.notices import ADJUSTED, notice
from switch.settling import carried, hubs_of
from switch.state import State

ALERT: Final = "SETTLEMENT_ALERT_EMAIL"
AWAITING: Final = frozenset({InstructionState.RECORDED, InstructionState.ACCEPTED})
_GIVEN_UP: Final = frozenset({InstructionState.ABORTED, InstructionState.RETURNING})
_NO_FUNDS: Final = "AM04"
_STATES: Final = {rank: state for state, rank in RANK.items()}


def instructions_of(state: State, settlement: int) -> list[SettlementInstruction]:
    """The instructions of a settlement to which something can still happen, one for each currency."""
    return [one for one in state.all(SettlementInstruction) if one.settlement == settlement and one.open]


def followed(state: State, outcome: Outcome, number: int) -> Outcome:
    """An outcome that changes instructions, with all moves of their settlement's accounts that are allowed by now."""
    tried = state.fork()
    absorb(tried, outcome, [], [])
    settlement = tried.get(Settlement, str(number))
    if settlement is None or not settlement.open:
        return outcome
    instructions = instructions_of(tried, number)
    goals = _goals(settlement, instructions)
    reason = f"{instructions[0].agent}: {instructions[0].state}" if instructions else ""
    names = {one.currency: one.name for one in instructions}
    moved = list(moves(tried, number, goals, reason, names))
    deposits = deposited(tried, number)
    absorb(tried, deposits, [], [])
    return joined(outcome, *moved, deposits, settled(tried, state, number))


def _goals(settlement: Settlement, instructions: list[SettlementInstruction]) -> dict[int, SettlementState]:
    """How far each account may go; one whose net is zero goes with the last of its currency."""
    goals: dict[int, SettlementState] = {}
    for one in instructions:
        own = wanted(one)
        last = min(own.values(), key=RANK.__getitem__) if own else SettlementState.SETTLED
        if one.movements and not own:
            continue
        for account in settlement.accounts:
            if account.currency == one.currency:
                goals[account.account] = own.get(account.account, last)
    return goals


def moves(
    tried: State, number: int, goals: dict[int, SettlementState], reason: str, names: dict[str, str]
) -> Iterator[Outcome]:
    """Accounts on their way to `goals`, step by step as the settlement allows it; `tried` follows.

    `names` is the external reference of each currency.
    """
    while True:
        settlement = tried.get(Settlement, str(number))
        if settlement is None:
            raise LookupError(f"settlement {number} is gone")
        moves = tuple(
            Move(one.participant, one.account, _STATES[RANK[one.state] + 1], reason, names.get(one.currency, ""))
            for one in settlement.accounts
            if one.account in goals and RANK.get(one.state, 99) < RANK[goals[one.account]]
        )
        moved = settlements.move(settlement, moves, hubs_of(tried, settlement), tried.now)
        if all(moved.notes):
            return
        outcome = carried(tried, moved)
        absorb(tried, outcome, [], [])
        yield outcome


def deposited(state: State, number: int) -> Outcome:
    """Deposits moved as the agent moved the money, once for each movement whose account is committed."""
    settlement = state.get(Settlement, str(number))
    if settlement is None:
        return Outcome()
    held = {one.account: one for one in settlement.accounts}
    postings: list[Posting] = []
    puts: list[Stored] = []
    for one in instructions_of(state, number):
        due = [each for each in one.movements if one.deposits and not each.posted and _committed(held, each)]
        if due:
            postings += [posting for each in due for posting in deposit(state, settlement, held[each.account])]
            movements = tuple(replace(each, posted=True) if each in due else each for each in one.movements)
            puts.append(replace(one, movements=movements))
    return Outcome(tuple(puts), tuple(postings))


def _committed(accounts: dict[int, SettlementAccount], movement: AgentMovement) -> bool:
    account = accounts.get(movement.account)
    return account is not None and RANK.get(account.state, -1) >= RANK[SettlementState.PS_TRANSFERS_COMMITTED]


def deposit(state: State, settlement: Settlement, account: SettlementAccount) -> Iterator[Posting]:
    """The posting by which a deposit pays what is owed, or gets what is owed to it; the hub itself has none."""
    if account.owner == state.profile.hub:
        return
    model = state.get(SettlementModel, settlement.model)
    kind = AccountType(model.settlement_account_type) if model is not None else AccountType.SETTLEMENT
    held = state.account(account.owner, kind, account.currency)
    hub = state.account(state.profile.hub, AccountType.HUB_RECONCILIATION, account.currency)
    if held is None or hub is None:
        raise LookupError(f"{account.owner} has no {kind} account in {account.currency}")
    debit, credit = (held.id, hub.id) if account.units > 0 else (hub.id, held.id)
    yield Posting(deposit_of(settlement.id, account.account), Phase.POST, debit, credit, abs(account.units))


def deposit_of(settlement: int, account: int) -> str:
    """What the entries of one deposit are found by."""
    return f"deposit {settlement}/{account}"


def settled(tried: State, state: State, number: int) -> Outcome:
    """When all is settled its instructions are over, and caps that were cut are given back.

    `tried` knows what the command has done so far, `state` how accounts were before it.
    """
    settlement = tried.get(Settlement, str(number))
    if settlement is None or settlement.state is not SettlementState.SETTLED:
        return Outcome()
    puts: list[Stored] = [replace(one, over=True, due=None) for one in instructions_of(tried, number)]
    events: list[Event] = []
    for one in settlement.accounts:
        cut = state.get(CapCut, str(one.account))
        account = state.get(LedgerAccount, str(one.account))
        if cut is None or cut.restored or account is None:
            continue
        puts.append(replace(cut, restored=True))
        # The operator may have set another cap meanwhile: that one counts.
        if account.cap == 0:
            puts.append(replace(account, cap=cut.cap, changed=state.now))
            told = LimitAdjusted(account.owner, account.currency, cut.cap, account.alarm)
            events.append(notice(state, told, ADJUSTED))
    return Outcome(tuple(puts), events=tuple(events))


def ended(state: State, outcome: Outcome, before: SettlementInstruction, after: SettlementInstruction) -> Outcome:
    """The outcome of a change with what it means for the whole: caps cut, the settlement given up or kept."""
    tried = state.fork()
    absorb(tried, outcome, [], [])
    cuts = _cuts(state, tried, before, after)
    absorb(tried, cuts, [], [])
    return joined(outcome, cuts, _given_up(tried, after))


def _given_up(tried: State, after: SettlementInstruction) -> Outcome:
    number = after.settlement
    settlement = tried.get(Settlement, str(number))
    instructions = instructions_of(tried, number)
    lost = [one for one in instructions if one.state in _GIVEN_UP]
    if settlement is None or not lost or any(one.state in AWAITING for one in instructions):
        return Outcome()
    if not settlement.open:
        ends = [replace(one, over=True, due=None) for one in lost if one.state is InstructionState.ABORTED]
        return Outcome(tuple(ends))
    reason = lost[0].reason or fault("EXPIRED")
    text = f"{lost[0].agent}: {reason.description}"
    alert = notice(tried, SettlementAlert(lost[0].agent, number, lost[0].currency, text), ALERT)
    booked = [one for one in instructions if one.movements and one not in lost]
    if booked or settlements.hindrance(settlement):
        kept = [replace(one, state=InstructionState.REFUSED) for one in lost if one.state is InstructionState.ABORTED]
        return Outcome(tuple(kept), events=(alert,)) if kept else Outcome()
    moved = settlements.abort(settlement, text, lost[0].name, hubs_of(tried, settlement), tried.now)
    ends = [one for one in instructions if one.state is not InstructionState.RETURNING]
    ends = [replace(one, over=True, due=None) for one in ends]
    return joined(Outcome(tuple(ends), events=(alert,)), carried(tried, moved))


def _cuts(state: State, tried: State, before: SettlementInstruction, after: SettlementInstruction) -> Outcome:
    """The cap of each participant that newly turns out to lack the money, cut to zero; banks are told."""
    agent = state.get(SettlementAgent, after.agent)
    if agent is None or not agent.cuts_caps:
        return Outcome()
    known = {one.id for one in before.movements if one.state is MovementState.REJECTED}
    outcomes: list[Outcome] = []
    for one in after.movements:
        lacking = one.state is MovementState.REJECTED and one.reason is not None and one.reason.iso == _NO_FUNDS
        account = state.get(LedgerAccount, str(one.account))
        if not lacking or one.id in known or one.units <= 0 or account is None or not account.cap:
            continue
        former = state.get(CapCut, account.key)
        cap = former.cap if former is not None and not former.restored else account.cap
        event = LimitAdjusted(account.owner, account.currency, 0, account.alarm)
        cut = Outcome(
            (CapCut(account.id, cap, after.settlement), replace(account, cap=0, changed=state.now)),
            events=(notice(state, event, ADJUSTED),),
        )
        outcomes.append(joined(cut, _broadcast(tried, after, one)))
    return joined(Outcome(), *outcomes)


def _broadcast(tried: State, instruction: SettlementInstruction, movement: AgentMovement) -> Outcome:
    text = f"The net debit cap of {movement.participant} in {instruction.currency} is zero: it could not settle."
    event = SystemEvent(usual().broadcasts["text"], ("CAP", movement.participant, instruction.currency), text)
    told = system.step(tried, SendBroadcast(f"cap {movement.id}", event))
    return replace(told, state="", notes=(), fault=None)
