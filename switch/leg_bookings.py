"""What an agent's notices and statements say of payments that it books one by one: a booking is its word, too. Pure.

A notice may come without a pacs.002, before it, or when nobody waits any more. Each leg counts once.
"""

from collections.abc import Iterator
from typing import Final

from schemas.canonical.administration import SettlementAlert
from schemas.canonical.commands import Command
from schemas.canonical.conversion import AgentLeg, LegState
from schemas.canonical.instruction_ids import NamedLeg, named_leg
from schemas.canonical.instructions import AgentBooking, AgentDecides, TellBookings
from schemas.canonical.outcome import Outcome
from schemas.canonical.transfer import Transfer
from switch.conversions import joined
from switch.engine import Step, absorb
from switch.gross import booked_with
from switch.notices import notice
from switch.state import State

ALERT: Final = "SETTLEMENT_ALERT_EMAIL"
_BOOKED: Final = "ACSC"
_TOLD: Final = frozenset({LegState.ASKED, LegState.REFUSED})
"""A leg of which a booking is news."""
_GOES_BACK: Final = frozenset({LegState.RETURNING, LegState.LATE})


def with_payments(bookings: Step, payments: Step) -> Step:
    """The step of bookings with what they mean to payments, which that step decides."""

    def decide(state: State, command: Command) -> Outcome:
        if not isinstance(command, TellBookings):
            raise TypeError(f"{type(command).__name__} tells of no bookings")
        outcome = bookings(state, command)
        tried, more = state.fork(), [outcome]
        absorb(tried, outcome, [], [])
        for booking in command.bookings:
            meant = _meant(tried, booking)
            if meant is None:
                continue
            named, leg = meant
            if leg.agent != command.envelope.sender:
                continue
            more.append(_decided(tried, command, booking, named, leg, payments))
            absorb(tried, more[-1], [], [])
        return joined(*more)

    return decide


def _decided(
    state: State, command: TellBookings, booking: AgentBooking, named: NamedLeg, leg: AgentLeg, payments: Step
) -> Outcome:
    if leg.state not in (_GOES_BACK if named.back else _TOLD):
        return Outcome()
    wrong = _unlike(leg, booking, back=bool(named.back))
    if wrong:
        text = f"booking {booking.servicer_reference} of payment {leg.of}: {wrong}"
        alert = SettlementAlert(leg.agent, 0, leg.leg.amount.currency, text)
        return Outcome(events=(notice(state, alert, ALERT),))
    word = AgentDecides(command.envelope, named.transfer_id, _BOOKED, place=named.place, back=named.back)
    return payments(state, word)


def _meant(state: State, booking: AgentBooking) -> tuple[NamedLeg, AgentLeg] | None:
    """The leg that a booking names, or whose return."""
    found = list(_named(state, booking))
    # The payment's own id stands in its second leg and in returns, too: what says more goes first.
    return max(found, key=lambda one: (one[0].back, one[0].place), default=None)


def _named(state: State, booking: AgentBooking) -> Iterator[tuple[NamedLeg, AgentLeg]]:
    for text in booking.references:
        named = named_leg(text)
        transfer = state.get(Transfer, named.transfer_id) if named is not None else None
        if named is None or transfer is None:
            continue
        for one in booked_with(state, transfer).at_agents:
            if (one.of, one.place) == (transfer.id, named.place):
                yield named, one


def _unlike(leg: AgentLeg, booking: AgentBooking, *, back: bool) -> str:
    """How a booking differs from what was asked for; an account nobody here knows is the agent's own affair."""
    units = -leg.leg.amount.units if back else leg.leg.amount.units
    wanted = {leg.debtor.account: -units, leg.creditor.account: units}
    if booking.currency != leg.leg.amount.currency:
        return f"is in {booking.currency}"
    fits = wanted.get(booking.account)
    if fits is None:
        return "" if abs(booking.units) == abs(units) else f"is of {abs(booking.units)}, not {abs(units)} units"
    return "" if booking.units == fits else f"is of {booking.units}, not {fits} units"
