"""Asking a silent settlement agent what became of what it was told (pacs.028): before its time is over, and at a start.

It is asked once with a quarter of its time left, and again whenever the hub starts, since its word may have been lost
while nobody listened. An answer is the agent's word like any other; without one its time ends the waiting.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from schemas.canonical.conversion import LegState
from schemas.canonical.events import Delivery, Event
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import iso_reference, uetr_of
from schemas.canonical.instruction_ids import leg_id, leg_uetr, message_id, named_leg, return_id, uetr
from schemas.canonical.instructions import (
    AgentAsked,
    AgentMovement,
    AgentOriginal,
    MovementState,
    SettlementInstruction,
)
from schemas.canonical.late import LateBooking, LateKind, LateState
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.settlement_agents import Instrument
from schemas.canonical.transfer import Transfer, TransferState
from switch.state import State

LEG: Final = "agent_leg"
"""The kind of the deadline at which an agent is asked for a leg of a payment."""
_MESSAGE_ID_MAX: Final = 35
_TRANSFER: Final = Instrument.TRANSFERS.value
_SILENT: Final = frozenset({MovementState.SENT, MovementState.ACCEPTED})


def of_instruction(instruction: SettlementInstruction) -> Iterator[Event]:
    """What is asked of an instruction: a question for each kind of message that has not had a last word."""
    if instruction.over:
        return
    returning = [one for one in instruction.movements if one.state is MovementState.RETURNING]
    if returning:
        yield _question(instruction, _TRANSFER, [_single(instruction, one, back=1) for one in returning])
    silent = [one for one in instruction.movements if one.state in _SILENT]
    if not silent:
        return
    whole = AgentOriginal(message_id(instruction.name, instruction.created), instruction.name)
    match instruction.instrument:
        case Instrument.REQUEST:
            yield _question(instruction, Instrument.REQUEST.value, [whole])
            return
        case Instrument.DEBITS:
            debits = [
                replace(whole, transaction_id=one.id, uetr=uetr(one.id, instruction.created))
                for one in silent
                if one.units > 0
            ]
            if debits:
                yield _question(instruction, Instrument.DEBITS.value, debits)
            silent = [one for one in silent if one.units < 0]
        case _:
            pass
    if silent:
        yield _question(instruction, _TRANSFER, [_single(instruction, one) for one in silent])


def _single(instruction: SettlementInstruction, movement: AgentMovement, back: int = 0) -> AgentOriginal:
    created, name = instruction.created, return_id(movement.id, back)
    return AgentOriginal(message_id(name, created), instruction.name, name, uetr(name, created))


def _of_late(late: LateBooking) -> Iterator[Event]:
    """What is asked of a late booking that an agent was told to give back."""
    leg = named_leg(late.id)
    if late.state is not LateState.RETURNING:
        return
    if late.instructed is not None:
        name, whole = return_id(late.id, late.returns), late.id.partition("M")[0]
        told, its = message_id(name, late.instructed), uetr(name, late.instructed)
        original = AgentOriginal(told, whole, name, its)
    elif leg is not None:
        name = leg_id(leg.transfer_id, leg.place, back=late.returns)
        told = f"{'F' if late.kind is LateKind.FUNDS else 'G'}{name}"[-_MESSAGE_ID_MAX:]
        original = AgentOriginal(told, name, name, leg_uetr(leg.transfer_id, leg.place, back=late.returns))
    else:
        return
    yield Event(late.agent, AgentAsked(_TRANSFER, (original,)), Delivery.EXECUTION, late.of)


def _question(instruction: SettlementInstruction, message: str, originals: list[AgentOriginal]) -> Event:
    body = AgentAsked(message, tuple(originals))
    return Event(instruction.agent, body, Delivery.EXECUTION, instruction.key, instruction.until)


def of_funds(movement: FundsMovement) -> Iterator[Event]:
    """What is asked of funds that an agent moves."""
    if movement.agent is None or not movement.open:
        return
    given = iso_reference(movement.id)
    original = AgentOriginal(f"F{given}", given, given, uetr_of(movement.id))
    body = AgentAsked(_TRANSFER, (original,))
    yield Event(movement.agent, body, Delivery.EXECUTION, movement.id, movement.until)


def of_payment(transfer: Transfer) -> Iterator[Event]:
    """What is asked of a payment: of the leg whose turn it is."""
    if transfer.state is not TransferState.FULFILLED_WAITING:
        return
    for one in transfer.at_agents:
        if one.state is LegState.ASKED:
            given = leg_id(one.of, one.place)
            original = AgentOriginal(f"G{given}", given, given, leg_uetr(one.of, one.place))
            body = AgentAsked(_TRANSFER, (original,))
            yield Event(one.agent, body, Delivery.EXECUTION, transfer.id, transfer.expiry)


def leg_due(state: State, key: str) -> Outcome:
    """The agent of a payment is asked, if it has not said its last word by now."""
    transfer = state.get(Transfer, key)
    if transfer is None or state.now >= transfer.due:
        return Outcome(state="NOT_DUE")
    events = tuple(of_payment(transfer))
    due = transfer.ask is not None and state.now >= transfer.ask
    puts: tuple[Stored, ...] = (replace(transfer, ask=None),) if events and due else ()
    return Outcome(puts, events=events, state="ASKED" if events else "NOT_DUE")


def at_start(state: State) -> tuple[Event, ...]:
    """What is asked when the hub starts: of everything that an agent still has in hand, payments excepted.

    Payments that wait for an agent are asked for by their deadlines, which are read anew at a start.
    """
    asked = [event for one in state.all(SettlementInstruction) for event in of_instruction(one)]
    asked += [event for one in state.all(FundsMovement) for event in of_funds(one)]
    for late in state.all(LateBooking):
        asked += _of_late(late)
    return tuple(asked)
