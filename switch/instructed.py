"""The records that commands about instructions to settlement agents name, and the deadline of an instruction."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from schemas.canonical.commands import Command, Expire
from schemas.canonical.conversion import Conversions
from schemas.canonical.funds import FundsMovement
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
            return tuple(_instructed(word.key for word in words))
        case AgentDecides(transfer_id=key):
            return ((Transfer, key), (Conversions, key), (FundsMovement, key), (LiquidityOrder, key))
        case TellBookings(instructions=keys, bookings=bookings):
            return (*_instructed(keys), *_of_funds(bookings))
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
