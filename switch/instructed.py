"""The records that commands about instructions to settlement agents name, and the deadline of an instruction."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from schemas.canonical.commands import Command, Expire
from schemas.canonical.conversion import Conversions
from schemas.canonical.funds import FundsMovement
from schemas.canonical.instruction_ids import leg_id, named_leg
from schemas.canonical.instruction_ids import named as named_in
from schemas.canonical.instructions import (
    AgentBooking,
    AgentDecides,
    FinaliseSettlement,
    HearAgent,
    InstructSettlement,
    SettlementInstruction,
    SettlementValidation,
    TellBookings,
    ValidateSettlement,
)
from schemas.canonical.late import AcceptLate, DismissLate, LateBooking, ReturnLate
from schemas.canonical.outcome import Stored
from schemas.canonical.reporting_records import LiquidityOrder
from schemas.canonical.settlement import Settlement
from schemas.canonical.transfer import Transfer
from switch.asking_agents import LEG
from switch.fund_names import named_funds
from switch.state import RecordKey

INSTRUCTION = "settlement_instruction"
"""The kind of the deadline."""
FUNDS = "funds"
"""The same for funds that an agent moves."""
_CURRENCY = 3


def named(command: Command) -> tuple[RecordKey, ...]:
    """The records one of these commands names; none if it is another."""
    match command:
        case InstructSettlement(settlement=number) | ValidateSettlement(settlement=number):
            return ((Settlement, str(number)),)
        case FinaliseSettlement(settlement=number, validation=key):
            return ((Settlement, str(number)), (SettlementValidation, key))
        case HearAgent(words=words):
            late = ((LateBooking, word.movement) for word in words if word.movement)
            return (*_instructed(word.key for word in words), *late)
        case AgentDecides(transfer_id=key, place=place):
            mine = ((Transfer, key), (Conversions, key), (FundsMovement, key), (LiquidityOrder, key))
            return (*mine, (LateBooking, leg_id(key, place)))
        case TellBookings(instructions=keys, bookings=bookings):
            return (*_instructed(keys), *_of_funds(bookings), *_late(bookings))
        case AcceptLate(id=key) | ReturnLate(id=key) | DismissLate(id=key):
            return ((LateBooking, key), *_named_by(key))
        case Expire(kind=kind, key=key) if kind == FUNDS:
            return ((FundsMovement, key), (LiquidityOrder, key))
        case Expire(kind=kind, key=key) if kind == LEG:
            return ((Transfer, key), (Conversions, key))
        case _:
            return ()


def _of_funds(bookings: Iterable[AgentBooking]) -> Iterator[RecordKey]:
    """Funds that bookings name, with who is told of their end, and those that they may make."""
    for booking in bookings:
        for key in named_funds(booking):
            yield FundsMovement, key
            yield LiquidityOrder, key
        if _may_be_funds(booking):
            yield FundsMovement, booking.funds_id


def _late(bookings: Iterable[AgentBooking]) -> Iterator[RecordKey]:
    """Legs of payments that bookings name, and what was booked late of these, or of settlements."""
    for booking in bookings:
        for text in booking.references:
            movement, leg = named_in(text), named_leg(text)
            if movement is not None and movement.movement:
                yield LateBooking, movement.movement
            elif leg is not None:
                yield Transfer, leg.transfer_id
                yield Conversions, leg.transfer_id
                yield LateBooking, leg_id(leg.transfer_id, leg.place)


def _named_by(key: str) -> Iterator[RecordKey]:
    """What a late booking is of, by its id: a payment, funds, or a settlement with its instruction."""
    movement, leg = named_in(key), named_leg(key)
    if movement is not None:
        yield from _instructed([movement.key])
    elif leg is not None:
        yield Transfer, leg.transfer_id
        yield Conversions, leg.transfer_id
        yield FundsMovement, leg.transfer_id


def _may_be_funds(booking: AgentBooking) -> bool:
    return booking.units > 0 and not any(named_in(text) for text in booking.references)


def _instructed(keys: Iterable[str]) -> Iterator[RecordKey]:
    """An instruction and its settlement, whose number stands in its key."""
    for key in dict.fromkeys(key for key in keys if key):
        yield SettlementInstruction, key
        yield Settlement, key[1:-_CURRENCY]


def due(record: Stored) -> Iterator[tuple[datetime, Expire]]:
    """When an agent is asked, and when waiting for it ends."""
    if isinstance(record, SettlementInstruction) and record.open and record.due is not None:
        yield min(record.ask or record.due, record.due), Expire(INSTRUCTION, record.key)
    elif isinstance(record, FundsMovement) and record.open and record.due is not None:
        yield min(record.ask or record.due, record.due), Expire(FUNDS, record.key)
