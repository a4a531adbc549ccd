"""Instructions to a settlement agent: what it is told to book, and what follows from each thing that it says. Pure.

A request is booked as a whole or not at all. Where single transfers are sent, debits come first, credits follow when
every debit is booked, and when one is refused those that were booked are given back. What is booked although
it was given up is LATE: nothing follows from it until an operator has decided.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from msgspec.structs import replace

from schemas.canonical.faults import Fault, fault, participant_fault
from schemas.canonical.instruction_ids import movement_id
from schemas.canonical.instructions import (
    AgentBooking,
    AgentMovement,
    AgentWord,
    InstructionState,
    MovementState,
    SettlementInstruction,
)
from schemas.canonical.settlement import Settlement, SettlementState
from schemas.canonical.settlement_agents import AgentCurrency, Instrument, SettlementAgent
from schemas.codes.reasons import NARRATIVE

ACCEPTING: Final = frozenset({"ACTC", "ACCP", "ACSP", "PDNG", "RCVD", "ACWC", "PATC"})
SETTLING: Final = frozenset({"ACSC", "ACCC"})
REFUSING: Final = frozenset({"RJCT", "CANC"})
_UNDER_WAY: Final = frozenset({MovementState.SENT, MovementState.ACCEPTED})
_AWAITING: Final = frozenset({InstructionState.RECORDED, InstructionState.ACCEPTED})
_GIVEN_UP: Final = frozenset({InstructionState.ABORTED, InstructionState.RETURNING})
_NOT_BOOKED: Final = frozenset({MovementState.REJECTED, MovementState.LATE})
"""What stands in the way of the whole: refused, or booked when it was not wanted any more."""
NO_ANSWER: Final = "EXPIRED"


class Times(NamedTuple):
    """When an instruction is made, until when the agent may book it, and when the hub stops waiting."""

    now: datetime
    until: datetime
    due: datetime


def begin(
    settlement: Settlement, agent: SettlementAgent, place: AgentCurrency, attempt: int, cycle: str, times: Times
) -> SettlementInstruction | Fault:
    """What an agent is told of a settlement in one currency; a Fault if it does not know somebody's account."""
    currency = place.currency
    name = f"S{settlement.id}{currency}{attempt}"
    movements: list[AgentMovement] = []
    # Debits first, in the order of accounts: so is the request read, and so are single transfers sent.
    ordered = sorted(settlement.accounts, key=lambda one: (one.units <= 0, one.account))
    at_once = agent.instrument is Instrument.REQUEST
    for one in ordered:
        if one.currency != currency or not one.units:
            continue
        member = place.member(one.owner)
        if member is None:
            return fault("VALIDATION", f"{agent.name} knows no {currency} account of {one.owner}")
        state = MovementState.SENT if at_once or one.units > 0 else MovementState.WAITING
        movements.append(
            AgentMovement(
                movement_id(name, one.account), one.account, one.owner, one.units, member.account, state, member.bank
            )
        )  # fmt: skip
    nothing = not movements
    return SettlementInstruction(
        settlement.id, currency, attempt, agent.name, agent.instrument, place.account, cycle,
        InstructionState.MATCHED if nothing else InstructionState.RECORDED, tuple(movements), times.now, times.until,
        None if nothing else times.due, agent.deposits, ask=None if nothing else ask_at(times.now, times.until),
    )  # fmt: skip


def again(
    former: SettlementInstruction, agent: SettlementAgent, place: AgentCurrency, times: Times
) -> SettlementInstruction | Fault:
    """A refused instruction once more: what was refused gets a new id, and goes to the account now on file."""
    if former.state is not InstructionState.REFUSED:
        return fault("VALIDATION", f"{former.name} is {former.state}: only what was refused is sent again")
    late = next((one for one in former.movements if one.state is MovementState.LATE), None)
    if late is not None:
        return fault("VALIDATION", f"{late.id} was booked late: accept it or have it returned first")
    settled = [one for one in former.movements if one.state is MovementState.SETTLED]
    if settled and former.instrument is Instrument.REQUEST:
        return fault("VALIDATION", f"{former.name} is booked in part: settle it by the agent's figures")
    attempt = former.attempt + 1
    movements: list[AgentMovement] = []
    for one in former.movements:
        member = place.member(one.participant)
        if one.state is MovementState.SETTLED:
            movements.append(one)
        elif member is None:
            return fault("VALIDATION", f"{agent.name} knows no {former.currency} account of {one.participant}")
        else:
            waits = one.units < 0 and former.instrument is not Instrument.REQUEST and not settled
            state = MovementState.WAITING if waits else MovementState.SENT
            fresh = movement_id(f"{former.key}{attempt}", one.account)
            movements.append(
                replace(one, id=fresh, agent_account=member.account, bank=member.bank, state=state, reason=None)
            )
    return replace(
        former, attempt=attempt, state=InstructionState.RECORDED, movements=tuple(movements), created=times.now,
        until=times.until, due=times.due, reason=None, account=place.account, ask=ask_at(times.now, times.until),
    )  # fmt: skip


def ask_at(now: datetime, until: datetime) -> datetime:
    """When an agent that has not said its last word is asked for it: a quarter of its time is then left."""
    return until - (until - now) / 4


class Heard(NamedTuple):
    """An instruction after something was said of it: credits to send now, debits to give back, what cannot be."""

    instruction: SettlementInstruction
    send: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


def heard(instruction: SettlementInstruction, words: Iterable[AgentWord]) -> Heard:
    """Take an agent's words. A refusal in a message counts before what else it says of the same cycle."""
    movements = {one.id: one for one in instruction.movements}
    alerts: list[str] = []
    for word in sorted(words, key=lambda word: word.status not in REFUSING):
        if word.movement and word.movement not in movements:
            alerts.append(f"{word.status} of {word.movement}, which is no movement of {instruction.name}")
            continue
        meant = [word.movement] if word.movement else [key for key, one in movements.items() if _reached(one, word)]
        for key in meant:
            movements[key], alert = _said(movements[key], word)
            if alert:
                alerts.append(alert)
    after = replace(instruction, movements=tuple(movements.values()))
    return _judged(instruction, after, tuple(alerts))


def _reached(movement: AgentMovement, word: AgentWord) -> bool:
    """Whether a word about the whole is about this movement too: what was not sent is not meant."""
    return not word.back and movement.state not in {MovementState.WAITING, MovementState.RETURNED}


def _said(movement: AgentMovement, word: AgentWord) -> tuple[AgentMovement, str]:
    """A movement after a word about it, and what is wrong with that word."""
    state, status = movement.state, word.status
    if word.back:
        return _said_of_return(movement, word)
    if status in ACCEPTING:
        return (replace(movement, state=MovementState.ACCEPTED) if state is MovementState.SENT else movement), ""
    if status in SETTLING:
        if state in _UNDER_WAY:
            return replace(movement, state=MovementState.SETTLED), ""
        if state is MovementState.REJECTED:
            return replace(movement, state=MovementState.LATE), f"{status} of {movement.id}, which is {state}"
        return movement, f"{status} of {movement.id}, which is {state}" if state is MovementState.WAITING else ""
    if status in REFUSING:
        if state in _UNDER_WAY:
            reason = word.reason or participant_fault("6000", NARRATIVE, "refused without a reason")
            return replace(movement, state=MovementState.REJECTED, reason=reason), ""
        return movement, "" if state is MovementState.REJECTED else f"{status} of {movement.id}, which is {state}"
    return movement, ""


def _said_of_return(movement: AgentMovement, word: AgentWord) -> tuple[AgentMovement, str]:
    if movement.state is MovementState.RETURNING and word.status in SETTLING:
        return replace(movement, state=MovementState.RETURNED), ""
    if movement.state is MovementState.RETURNING and word.status in REFUSING:
        return replace(movement, state=MovementState.LATE), f"{word.status} of the return of {movement.id}"
    wrong = word.status in REFUSING or movement.state not in {MovementState.RETURNING, MovementState.RETURNED}
    return movement, f"{word.status} of the return of {movement.id}, which is {movement.state}" if wrong else ""


_BY_BOOKING: Final = dict.fromkeys(_UNDER_WAY, MovementState.SETTLED) | {MovementState.REJECTED: MovementState.LATE}
"""What a movement becomes by the proof that it is booked."""


def booked(instruction: SettlementInstruction, bookings: Iterable[tuple[str, bool, AgentBooking]]) -> Heard:
    """Match bookings with the movements they name (id, whether it is the return); a booking is proof of settlement."""
    movements = {one.id: one for one in instruction.movements}
    alerts: list[str] = []
    for key, back, booking in bookings:
        movement = movements.get(key)
        wrong = "is no movement of it" if movement is None else _unlike(instruction, movement, booking, back=back)
        if movement is None or wrong:
            alerts.append(f"booking {booking.servicer_reference} of {key}: {wrong}")
            continue
        if back:
            movements[key] = replace(movement, state=MovementState.RETURNED)
            continue
        if movement.state in {MovementState.REJECTED, MovementState.WAITING}:
            alerts.append(f"booking {booking.servicer_reference} of {key}, which is {movement.state}")
        if movement.state is MovementState.WAITING:
            continue
        settled = _BY_BOOKING.get(movement.state, movement.state)
        reference = movement.reference or booking.servicer_reference
        movements[key] = replace(movement, state=settled, booked=True, reference=reference)
    after = replace(instruction, movements=tuple(movements.values()))
    return _judged(instruction, after, tuple(alerts))


def _unlike(instruction: SettlementInstruction, movement: AgentMovement, booking: AgentBooking, *, back: bool) -> str:
    """How a booking differs from what was to be booked; on the scheme's own account everything is the other way round.

    An account nobody here knows is an agent's own way to name one of the two: the amount tells which.
    """
    owed = -movement.units if back else movement.units
    on_scheme, on_members = owed, -owed
    wanted = {instruction.account: on_scheme, movement.agent_account: on_members}
    if booking.currency != instruction.currency:
        return f"is in {booking.currency}"
    fits = wanted.get(booking.account)
    if fits is None:
        return "" if abs(booking.units) == abs(owed) else f"is of {abs(booking.units)}, not {abs(owed)} units"
    return "" if booking.units == fits else f"is of {booking.units}, not {fits} units"


def timed_out(instruction: SettlementInstruction) -> Heard:
    """What was not booked in time is refused: the agent was told that it may not book it any more."""
    reason = fault(NO_ANSWER, f"{instruction.agent} has not booked it in time")
    movements = tuple(
        replace(one, state=MovementState.REJECTED, reason=reason)
        if one.state in _UNDER_WAY or (one.state is MovementState.WAITING and instruction.due is not None)
        else one
        for one in instruction.movements
    )
    return _judged(instruction, replace(instruction, movements=movements), ())


def _judged(before: SettlementInstruction, after: SettlementInstruction, alerts: tuple[str, ...]) -> Heard:
    """The state of the whole by its movements, and what is to be sent now."""
    in_turn = after.instrument is not Instrument.REQUEST
    found = _in_turn(after) if in_turn else _as_a_whole(before, after)
    # One that says more than that the whole was refused comes first.
    reasons = [one.reason for one in found.instruction.movements if one.reason is not None]
    reasons.sort(key=lambda reason: reason.iso == NARRATIVE)
    state = found.instruction.state
    waiting = state in _AWAITING or any(one.state in _UNDER_WAY for one in found.instruction.movements)
    told = tuple(alert for alert in (*alerts, *found.alerts) if alert not in before.alerts)
    instruction = replace(
        found.instruction,
        due=found.instruction.due if waiting else None,
        reason=found.instruction.reason or (reasons[0] if reasons else None),
        alerts=(*before.alerts, *told),
    )
    return Heard(instruction, found.send, found.back, told)


def _as_a_whole(before: SettlementInstruction, after: SettlementInstruction) -> Heard:
    if before.state in _GIVEN_UP:
        return _booked_all_the_same(after)
    if any(one.state in _NOT_BOOKED for one in after.movements):
        earlier = any(one.state is MovementState.SETTLED for one in before.movements)
        if earlier:
            return Heard(replace(after, state=InstructionState.REFUSED))
        return _booked_all_the_same(replace(after, state=InstructionState.ABORTED))
    return Heard(replace(after, state=_progress(after)))


def _booked_all_the_same(after: SettlementInstruction) -> Heard:
    """What was given up, with what is booked of it LATE."""
    late = tuple(one.id for one in after.movements if one.state is MovementState.SETTLED)
    movements = tuple(replace(one, state=MovementState.LATE) if one.id in late else one for one in after.movements)
    alerts = (f"booked although it was given up: {', '.join(late)}",) if late else ()
    return Heard(replace(after, movements=movements), alerts=alerts)


def taken_over(instruction: SettlementInstruction, ids: Collection[str]) -> Heard:
    """An instruction in which these movements count as booked, since an operator accepts them."""
    movements = tuple(
        replace(one, state=MovementState.SETTLED, booked=True, reason=None) if one.id in ids else one
        for one in instruction.movements
    )
    return _judged(instruction, replace(instruction, movements=movements), ())


def without(instruction: SettlementInstruction, movement: str) -> SettlementInstruction:
    """An instruction whose movement was given back after all, so that it can be instructed again."""
    movements = tuple(
        replace(one, state=MovementState.REJECTED, booked=False) if one.id == movement else one
        for one in instruction.movements
    )
    return replace(instruction, movements=movements)


def _in_turn(after: SettlementInstruction) -> Heard:
    """Debits, then credits; what is refused among the debits stops it, and gives back what was taken."""
    debits = [one for one in after.movements if one.units > 0]
    refused = any(one.state in _NOT_BOOKED for one in debits)
    if refused or after.state in _GIVEN_UP:
        back = tuple(one.id for one in debits if one.state is MovementState.SETTLED)
        movements = tuple(
            replace(one, state=MovementState.RETURNING) if one.id in back else one for one in after.movements
        )
        open_ones = any(one.state in {*_UNDER_WAY, MovementState.RETURNING} for one in movements)
        state = InstructionState.RETURNING if open_ones else InstructionState.ABORTED
        return Heard(replace(after, movements=movements, state=state), back=back)
    if all(one.state is MovementState.SETTLED for one in debits):
        send = tuple(one.id for one in after.movements if one.state is MovementState.WAITING)
        movements = tuple(replace(one, state=MovementState.SENT) if one.id in send else one for one in after.movements)
        after = replace(after, movements=movements)
        if any(one.state in _NOT_BOOKED for one in movements):
            return Heard(replace(after, state=InstructionState.REFUSED), send)
        return Heard(replace(after, state=_progress(after)), send)
    return Heard(replace(after, state=_progress(after)))


def _progress(instruction: SettlementInstruction) -> InstructionState:
    movements = instruction.movements
    if all(one.state is MovementState.SETTLED for one in movements):
        every = all(one.booked for one in movements)
        return InstructionState.MATCHED if every else InstructionState.SETTLED
    sent = [one for one in movements if one.state is not MovementState.WAITING]
    answered = sent and all(one.state in {MovementState.ACCEPTED, MovementState.SETTLED} for one in sent)
    accepted = answered or instruction.state is InstructionState.ACCEPTED
    return InstructionState.ACCEPTED if accepted else InstructionState.RECORDED


_ORDER: Final = (
    SettlementState.PENDING_SETTLEMENT,
    SettlementState.PS_TRANSFERS_RECORDED,
    SettlementState.PS_TRANSFERS_RESERVED,
    SettlementState.PS_TRANSFERS_COMMITTED,
    SettlementState.SETTLED,
)
RANK: Final[Mapping[SettlementState, int]] = {state: number for number, state in enumerate(_ORDER)}
"""How far a state of an account is; ABORTED is nowhere."""


def wanted(instruction: SettlementInstruction) -> dict[int, SettlementState]:
    """How far each account of an instruction may be by what the agent has said; none where it was given up."""
    if instruction.state in _GIVEN_UP:
        return {}
    debits = [one for one in instruction.movements if one.units > 0]
    in_turn = instruction.instrument is not Instrument.REQUEST
    taken = all(one.state is MovementState.SETTLED for one in debits)
    promised = all(one.state in {MovementState.ACCEPTED, MovementState.SETTLED} for one in debits)
    return {
        one.account: _in_turn_state(one, promised=promised, taken=taken) if in_turn else _single(one)
        for one in instruction.movements
    }


def _single(movement: AgentMovement) -> SettlementState:
    match movement.state:
        case MovementState.SETTLED:
            return SettlementState.SETTLED if movement.booked else SettlementState.PS_TRANSFERS_COMMITTED
        case MovementState.ACCEPTED:
            return SettlementState.PS_TRANSFERS_RESERVED
        case _:
            return SettlementState.PS_TRANSFERS_RECORDED


def _in_turn_state(movement: AgentMovement, *, promised: bool, taken: bool) -> SettlementState:
    """Nothing is committed before all debits are booked, since until then they may be given back."""
    if taken and movement.state is MovementState.SETTLED:
        return _single(movement)
    return SettlementState.PS_TRANSFERS_RESERVED if promised else SettlementState.PS_TRANSFERS_RECORDED
