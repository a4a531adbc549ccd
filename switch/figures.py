"""The figures of a settlement out of an agent's own report: what it has booked of each movement. Pure."""

from collections.abc import Iterable

from iso.messages.statements import Report
from schemas.canonical.instruction_ids import named
from schemas.canonical.instructions import AgentBooking, SettlementFigure, SettlementInstruction
from schemas.canonical.money import Money
from translator.iso.settled import account_of, closing, read_bookings


def figures_of(report: Report, instructions: Iterable[SettlementInstruction]) -> tuple[SettlementFigure, ...]:
    """A figure for each booking that names a movement of one of these instructions; the balance where it is told.

    On the scheme's own account everything is the other way round, and its balance is nobody's.
    """
    held = {one.key: one for one in instructions}
    balances = {account_of(one): closing(one) for one in report.statements}
    return tuple(
        figure
        for booking in read_bookings(report)
        for figure in [_figure(booking, held, balances)]
        if figure is not None
    )


def _figure(
    booking: AgentBooking, held: dict[str, SettlementInstruction], balances: dict[str, int | None]
) -> SettlementFigure | None:
    for known in map(named, booking.references):
        instruction = held.get(known.key) if known is not None else None
        if known is None or instruction is None or known.back:
            continue
        movement = next((one for one in instruction.movements if one.id == known.movement), None)
        if movement is None:
            continue
        on_scheme = booking.account == instruction.account
        units = -booking.units if on_scheme else booking.units
        balance = None if on_scheme else balances.get(booking.account)
        return SettlementFigure(
            movement.participant,
            booking.currency,
            Money(units, booking.currency).iso,
            "" if on_scheme else booking.account,
            None if balance is None else Money(balance, booking.currency).iso,
        )
    return None
