"""What an operator decides about late bookings: they stand, are given back, or never were. Pure.

A payment that has ended stays ended: accepted, the money remains where the agent put it, and what participants owe each
other for it is theirs to say. A movement is accepted with its settlement: one that is still open goes on, for one that
was given up its windows are settled anew, with what is booked already.
"""

from typing import Final

from msgspec.structs import replace

from schemas.canonical.commands import Command
from schemas.canonical.conversion import AgentLeg
from schemas.canonical.events import Delivery, Event
from schemas.canonical.faults import Fault, fault
from schemas.canonical.funds import FundsMovement
from schemas.canonical.instruction_ids import RETURNS_MAX, leg_id
from schemas.canonical.instructions import (
    AgentMovement,
    FundsInstructed,
    GrossInstructed,
    MovementState,
    SettlementInstructed,
    SettlementInstruction,
)
from schemas.canonical.late import AcceptLate, DismissLate, LateBooking, LateKind, LateState, ReturnLate
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.settlement import CreateSettlement, Settlement
from schemas.canonical.settlement_agents import Instrument
from schemas.canonical.transfer import Transfer
from settlement import instructing
from settlement.instructing import Times
from switch import settling
from switch.accounts import refused
from switch.agents import agent_of, times_of
from switch.conversions import joined
from switch.engine import absorb
from switch.fund_keepers import keeper
from switch.instructing import applied, currencies_of, cycle_of, sent, told
from switch.instruction_ends import followed
from switch.state import State

_DONE: Final = "DONE"
_TRANSFER: Final = Instrument.TRANSFERS.value


def step(state: State, command: Command) -> Outcome:
    """Decide what becomes of a late booking; the same decision again changes nothing."""
    if not isinstance(command, AcceptLate | ReturnLate | DismissLate):
        raise TypeError(f"{type(command).__name__} is not about late bookings")
    late = state.get(LateBooking, command.id)
    if late is None:
        return refused(fault("ID_NOT_FOUND", f"there is no late booking {command.id[:40]}"))
    match command:
        case AcceptLate():
            return _accept(state, late, command.reason)
        case ReturnLate():
            return _return(state, late, command.reason)
        case DismissLate():
            return _dismiss(state, late, command.reason)


def _decided(late: LateBooking, meant: LateState) -> Outcome | None:
    """Why a booking cannot be decided so any more; None if it can."""
    if late.state is meant:
        return Outcome(state="REPEATED")
    if late.state is not LateState.OPEN:
        return refused(fault("VALIDATION", f"late booking {late.id} is {late.state}"))
    return None


def _ended(
    state: State, late: LateBooking, meant: LateState, reason: str, settlement: int | None = None
) -> LateBooking:
    return replace(late, state=meant, reason=reason, changed=state.now, settlement=settlement)


def _dismiss(state: State, late: LateBooking, reason: str) -> Outcome:
    decided = _decided(late, LateState.DISMISSED)
    if decided is not None:
        return decided
    after = _ended(state, late, LateState.DISMISSED, reason)
    return Outcome((after, *freed(state, after)), state=_DONE)


def freed(state: State, late: LateBooking) -> tuple[Stored, ...]:
    """The instruction whose movement is not booked after all, so that it can be sent again."""
    found = state.get(SettlementInstruction, late.of) if late.kind is LateKind.SETTLEMENT else None
    return () if found is None else (instructing.without(found, late.id),)


def _return(state: State, late: LateBooking, reason: str) -> Outcome:
    """The agent is told once for each refusal; while it is asked the same message goes out again."""
    if late.state is not LateState.RETURNING:
        decided = _decided(late, LateState.RETURNED)
        if decided is not None:
            return decided
        if late.returns == RETURNS_MAX:
            return refused(fault("VALIDATION", f"the return of {late.id} was refused {RETURNS_MAX} times"))
        late = replace(late, returns=late.returns + 1, state=LateState.RETURNING, reason=reason, changed=state.now)
    event = _order(state, late)
    if event is None:
        return refused(fault("VALIDATION", f"{late.agent} cannot be told to return {late.id}: it has no such accounts"))
    return Outcome((late,), events=(event,), state=_DONE)


def _order(state: State, late: LateBooking) -> Event | None:
    """The pacs.009 by which the agent gives it back."""
    body: GrossInstructed | SettlementInstructed | FundsInstructed | None = None
    match late.kind:
        case LateKind.PAYMENT:
            transfer = state.get(Transfer, late.of)
            leg = _leg(transfer, late) if transfer is not None else None
            body = GrossInstructed(transfer, leg, None, late.returns) if transfer and leg else None
        case LateKind.SETTLEMENT:
            instruction = state.get(SettlementInstruction, late.of)
            if instruction is not None and _movement(instruction, late) is not None:
                body = SettlementInstructed(instruction, _TRANSFER, (late.id,), late.returns)
        case LateKind.FUNDS:
            funds = state.get(FundsMovement, late.of)
            held = keeper(state, funds.participant, late.currency) if funds is not None else None
            if funds is not None and held is not None:
                scheme = not held.agent.deposits
                body = FundsInstructed(funds, held.outside, held.inside, held.member.bank, scheme, late.returns)
    return None if body is None else Event(late.agent, body, Delivery.RESULT, late.of)


def _leg(transfer: Transfer, late: LateBooking) -> AgentLeg | None:
    return next((one for one in transfer.at_agents if leg_id(one.of, one.place) == late.id), None)


def _movement(instruction: SettlementInstruction, late: LateBooking) -> AgentMovement | None:
    return next((one for one in instruction.movements if one.id == late.id), None)


def _accept(state: State, late: LateBooking, reason: str) -> Outcome:
    decided = _decided(late, LateState.ACCEPTED)
    if decided is not None:
        return decided
    if late.kind is not LateKind.SETTLEMENT:
        return Outcome((_ended(state, late, LateState.ACCEPTED, reason),), state=_DONE)
    instruction, settlement = state.get(SettlementInstruction, late.of), _settlement(state, late)
    if instruction is None or settlement is None:
        raise LookupError(f"late booking {late.id} is of nothing")
    with_it = [one for one in state.all(LateBooking) if one.of == late.of and one.state is LateState.OPEN]
    lacking = _lacking(instruction, {one.id for one in with_it})
    if lacking:
        return refused(fault("VALIDATION", f"{lacking[0]} of the same settlement is not booked: return what is"))
    if settlement.open:
        accepted = tuple(_ended(state, one, LateState.ACCEPTED, reason, settlement.id) for one in with_it)
        return _taken(state, instruction, accepted, Outcome(accepted, state=_DONE))
    return _anew(state, settlement, instruction, with_it, reason)


def _lacking(instruction: SettlementInstruction, late: set[str]) -> list[str]:
    """What would have to be booked too: all of a request; of single transfers the debits, as credits can be sent."""
    whole = instruction.instrument is Instrument.REQUEST
    return [
        one.id
        for one in instruction.movements
        if one.state is not MovementState.SETTLED and one.id not in late and (whole or one.units > 0)
    ]


def _settlement(state: State, late: LateBooking) -> Settlement | None:
    instruction = state.get(SettlementInstruction, late.of)
    return state.get(Settlement, str(instruction.settlement)) if instruction is not None else None


def _anew(
    state: State, settlement: Settlement, former: SettlementInstruction, lates: list[LateBooking], reason: str
) -> Outcome:  # fmt: skip
    """The windows of a settlement that was given up are settled anew; what is booked of it is not told again."""
    kept = tuple(sorted({one.currency for one in settlement.accounts}))
    order = CreateSettlement(settlement.model, reason, settlement.windows, kept)
    created = settling.step(state, order)
    if created.fault is not None:
        return refused(fault("VALIDATION", f"windows of settlement {settlement.id} are settled otherwise: return it"))
    tried = state.fork()
    absorb(tried, created, [], [])
    fresh = next(put for put in created.puts if isinstance(put, Settlement))
    if _nets(fresh) != _nets(settlement):
        return refused(fault("VALIDATION", f"windows of settlement {settlement.id} hold other nets by now: return it"))
    outcomes = [created]
    for currency in currencies_of(fresh):
        instruction = _begun(tried, fresh, currency, lates if currency == former.currency else [])
        if isinstance(instruction, Fault):
            return refused(instruction)
        if currency == former.currency:
            accepted = tuple(_ended(state, one, LateState.ACCEPTED, reason, fresh.id) for one in lates)
            outcomes.append(_taken(tried, instruction, accepted, Outcome((instruction, *accepted))))
        else:
            ids = [one.id for one in instruction.movements if sent(one)]
            outcomes.append(followed(tried, Outcome((instruction,), events=told(instruction, ids)), fresh.id))
        absorb(tried, outcomes[-1], [], [])
    return replace(joined(*outcomes), state=_DONE, notes=(str(fresh.id),))


def _nets(settlement: Settlement) -> set[tuple[int, int]]:
    return {(one.account, one.units) for one in settlement.accounts}


def _begun(
    state: State, settlement: Settlement, currency: str, booked: list[LateBooking]
) -> SettlementInstruction | Fault:
    """The instruction of a currency; an agent that is shut can book no more of it, but what it booked counts."""
    agent = agent_of(state, settlement.model, currency)
    place = agent.currency(currency) if agent is not None else None
    if agent is None or place is None:
        return fault("VALIDATION", f"no settlement agent settles {settlement.model} in {currency} any more")
    times = times_of(state, agent)
    if isinstance(times, Fault):
        nets = {one.account for one in settlement.accounts if one.currency == currency and one.units}
        if nets - {one.position for one in booked}:
            return times
        times = Times(state.now, state.now, state.now)
    return instructing.begin(settlement, agent, place, 1, cycle_of(state, settlement), times)


def _taken(
    state: State, instruction: SettlementInstruction, lates: tuple[LateBooking, ...], outcome: Outcome
) -> Outcome:
    """An instruction with these bookings in it, and what follows for its settlement; what is left of it is sent."""
    by_account = {one.position: one for one in lates}
    movements = tuple(
        replace(one, reference=by_account[one.account].id, posted=instruction.deposits)
        if one.account in by_account
        else one
        for one in instruction.movements
    )
    ids = {one.id for one in movements if one.account in by_account}
    heard = instructing.taken_over(replace(instruction, movements=movements), ids)
    tried = state.fork()
    absorb(tried, outcome, [], [])
    return joined(outcome, applied(tried, instruction, heard))
