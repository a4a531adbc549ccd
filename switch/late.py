"""What settlement agents booked although it was given up: kept apart until an operator has decided. Pure.

The money has moved at the agent, so deposits follow at once; what they credit stays reserved, and nobody can spend it
or take it away. The operator lets it stand, has the agent give it back, or knows that it was never booked.
"""

from typing import Final

from msgspec.structs import replace

from schemas.canonical.administration import SettlementAlert
from schemas.canonical.commands import Command, Expire
from schemas.canonical.conversion import AgentLeg
from schemas.canonical.events import Event
from schemas.canonical.funds import FundsDirection, FundsMovement
from schemas.canonical.instruction_ids import leg_id
from schemas.canonical.instructions import (
    AgentDecides,
    AgentMovement,
    HearAgent,
    SettlementInstruction,
    TellBookings,
)
from schemas.canonical.late import AcceptLate, DismissLate, LateBooking, LateKind, LateState, ReturnLate
from schemas.canonical.outcome import Outcome, Phase, Posting
from schemas.canonical.participants import AccountType, SettlementModel
from schemas.canonical.settlement import Settlement
from schemas.canonical.transfer import Transfer
from settlement.instructing import REFUSING, SETTLING
from switch.engine import Step
from switch.notices import notice
from switch.state import State

ALERT: Final = "SETTLEMENT_ALERT_EMAIL"
NOTED: Final = "NOTED"
_MIRRORED: Final = frozenset({AgentDecides, HearAgent, TellBookings, AcceptLate, ReturnLate, DismissLate, Expire})
"""Commands that may make such a booking or end it; payments are none of them."""


def mirrored(step: Step) -> Step:
    """The step of the lane, with deposits that follow what late bookings became."""

    def decide(state: State, command: Command) -> Outcome:
        outcome = step(state, command)
        if type(command) not in _MIRRORED:
            return outcome
        found = {put.key: put for put in outcome.puts if isinstance(put, LateBooking)}
        if not found:
            return outcome
        more = (posting for one in found.values() for posting in _postings(state.get(LateBooking, one.key), one))
        return replace(outcome, postings=(*outcome.postings, *more))

    return decide


def _postings(before: LateBooking | None, after: LateBooking) -> tuple[Posting, ...]:
    """Booked and held when it is found; the hold ends by the money going back, or by letting it where it is."""
    debit, credit = after.debit, after.credit
    if debit is None or credit is None or (before is not None and before.state is after.state):
        return ()
    postings: list[Posting] = []
    if before is None:
        postings.append(Posting(after.posting, Phase.POST, debit, credit, after.units))
        postings.append(Posting(after.hold, Phase.RESERVE, credit, debit, after.units))
    # A movement that a settlement takes over passes the scheme's account as every other.
    passes = after.scheme and after.kind is LateKind.SETTLEMENT
    if after.state in {LateState.RETURNED, LateState.DISMISSED} or (after.state is LateState.ACCEPTED and passes):
        postings.append(Posting(after.hold, Phase.COMMIT, credit, debit, after.units))
    elif after.state is LateState.ACCEPTED:
        postings.append(Posting(after.hold, Phase.VOID, credit, debit, after.units))
    return tuple(postings)


def found(state: State, late: LateBooking, *, told: bool = True) -> Outcome:
    """Keep a late booking; said again it changes nothing. `told`: the operator is alarmed here."""
    if state.get(LateBooking, late.id) is not None:
        return Outcome(state=NOTED)
    return Outcome((late,), events=(alarm(state, late, late.why),) if told else (), state="LATE")


def alarm(state: State, late: LateBooking, text: str) -> Event:
    """What the operator is told of it."""
    number = int(late.of[1:-3]) if late.kind is LateKind.SETTLEMENT else 0
    return notice(state, SettlementAlert(late.agent, number, late.currency, f"{text} (late booking {late.id})"), ALERT)


def of_leg(state: State, transfer: Transfer, leg: AgentLeg, why: str) -> LateBooking:
    """A leg of a payment that was booked after its end, or that was not given back."""
    currency = leg.leg.amount.currency
    model = state.settlement_model(currency)
    kind = AccountType(model.settlement_account_type) if model is not None else AccountType.SETTLEMENT
    ends = [state.account(owner, kind, currency) for owner in (leg.leg.debtor, leg.leg.creditor)]
    debit, credit = (one.id if one is not None else None for one in ends)
    return LateBooking(
        leg_id(leg.of, leg.place), LateKind.PAYMENT, transfer.id, leg.agent, currency, leg.leg.amount.units,
        leg.leg.debtor, leg.leg.creditor, state.now, state.now, why, debit=debit, credit=credit,
    )  # fmt: skip


def of_funds(state: State, movement: FundsMovement, why: str) -> LateBooking:
    """Funds that were moved after they had been given back."""
    amount, hub = movement.amount, state.profile.hub
    held = state.account(hub, AccountType.HUB_RECONCILIATION, amount.currency)
    inward = movement.direction is FundsDirection.IN
    own, other = movement.account, held.id if held is not None else None
    debtor, creditor = (hub, movement.participant) if inward else (movement.participant, hub)
    debit, credit = (other, own) if inward else (own, other)
    return LateBooking(
        leg_id(movement.id, 0), LateKind.FUNDS, movement.id, movement.agent or hub, amount.currency, amount.units,
        debtor, creditor, state.now, state.now, why, debit=debit, credit=credit,
    )  # fmt: skip


def of_movement(state: State, instruction: SettlementInstruction, movement: AgentMovement) -> LateBooking:
    """A movement that was booked after its settlement was given up, or that was not given back."""
    settlement = state.get(Settlement, str(instruction.settlement))
    model = state.get(SettlementModel, settlement.model) if settlement is not None else None
    kind = AccountType(model.settlement_account_type) if model is not None else AccountType.SETTLEMENT
    hub, currency = state.profile.hub, instruction.currency
    owner = state.account(movement.participant, kind, currency)
    scheme = state.account(hub, AccountType.HUB_RECONCILIATION, currency)
    own, other = (one.id if one is not None and movement.participant != hub else None for one in (owner, scheme))
    pays = movement.units > 0
    # In the scheme's account lies what was taken from somebody: it is that one's, as funds in would be.
    debit, credit = (own, other) if pays is instruction.deposits else (other, own)
    debtor, creditor = (movement.participant, hub) if pays else (hub, movement.participant)
    why = movement.reason.description if movement.reason is not None else "it was given up"
    return LateBooking(
        movement.id, LateKind.SETTLEMENT, instruction.key, instruction.agent, currency, abs(movement.units), debtor,
        creditor, state.now, state.now, f"booked, but {why}", debit=debit, credit=credit,
        reference=movement.reference, position=movement.account, scheme=not instruction.deposits,
        instructed=instruction.created,
    )  # fmt: skip


def answered(state: State, late: LateBooking, status: str, number: int, why: str) -> Outcome:
    """What an agent says of the return that was ordered as number `number`, or has booked of it."""
    if status in SETTLING:
        if late.open:
            return Outcome((replace(late, state=LateState.RETURNED, changed=state.now),), state=NOTED)
        contrary = late.state is not LateState.RETURNED
        text = f"{status} of its return, it is {late.state}"
        return Outcome(events=(alarm(state, late, text),) if contrary else (), state=NOTED)
    if status in REFUSING and late.state is LateState.RETURNING and number == late.returns:
        text = f"its return was refused: {why or 'no reason given'}"
        after = replace(late, state=LateState.OPEN, why=text, changed=state.now)
        return Outcome((after,), events=(alarm(state, late, text),), state=NOTED)
    return Outcome(state=NOTED)
