"""What a settlement agent says of a payment that waits for it: it is committed, or ended, or nothing changes. Pure."""

from typing import Final

from msgspec.structs import replace

from schemas.canonical.administration import SettlementAlert
from schemas.canonical.conversion import AgentLeg, LegState
from schemas.canonical.faults import Fault, fault, participant_fault
from schemas.canonical.instruction_ids import leg_id
from schemas.canonical.instructions import AgentDecides
from schemas.canonical.late import LateBooking
from schemas.canonical.outcome import Outcome
from schemas.canonical.transfer import Transfer, TransferState
from settlement.instructing import REFUSING, SETTLING, ask_at
from switch import late
from switch.conversions import credited, joined
from switch.gross_way import ends_with
from switch.notices import notice
from switch.state import State
from switch.transfer_answers import Found, leave, move
from switch.transfer_checks import same_fsp
from switch.transfer_table import Case

ALERT: Final = "SETTLEMENT_ALERT_EMAIL"
_NO_FUNDS: Final = "AM04"
_FAILED: Final = "6000"
_WERE_BOOKED: Final = frozenset({LegState.BOOKED, LegState.RETURNING, LegState.RETURNED, LegState.LATE})
_GIVEN_UP: Final = frozenset({LegState.ASKED, LegState.REFUSED})


def decided(state: State, command: AgentDecides) -> Outcome:
    """What an agent says of a payment, or of one leg of it: booked, refused, or something in between."""
    named = state.get(Transfer, command.transfer_id)
    found = Found(state, command, named, terms=command.terms)
    if named is None:
        return leave(found._replace(cause=fault("TRANSFER_NOT_FOUND")), Case.ANSWER_UNKNOWN)
    transfer = booked_with(state, named)
    leg = next((one for one in transfer.at_agents if (one.of, one.place) == (named.id, command.place)), None)
    if leg is None or not same_fsp(command.envelope.sender, leg.agent):
        cause = fault("WRONG_SENDER", f"{command.envelope.sender} does not book it")
        return leave(found._replace(cause=cause), Case.ANSWER_NOT_FROM_PAYEE)
    found = found._replace(transfer=transfer)
    if command.back:
        return _returned(found, transfer, leg, command)
    if transfer.state is TransferState.ABORTED and leg.state in _GIVEN_UP and command.status in SETTLING:
        return _late(found, transfer, leg, f"{command.status} of payment {leg.of}, which is {transfer.state}")
    asked = transfer.state is TransferState.FULFILLED_WAITING and leg.state is LegState.ASKED
    if asked and command.status in SETTLING:
        return _booked(found, transfer, leg)
    if asked and command.status in REFUSING:
        legs = _with(transfer, leg, LegState.REFUSED)
        reason = _reason(command.reason)
        return move(found, Case.AGENT_REFUSES, fault=reason, completed=state.now, at_agents=legs)
    # Of what was never asked for nothing can have been booked.
    contrary = REFUSING if leg.state in _WERE_BOOKED else SETTLING
    return _noted(found, transfer, leg, command, wrong=not asked and command.status in contrary)


def booked_with(state: State, named: Transfer) -> Transfer:
    """The transfer that a leg is booked with: the one that a conversion waits for, or itself."""
    waits_for = state.get(Transfer, named.determines) if named.determines is not None else None
    tied = waits_for is not None and any(one.of == named.id for one in waits_for.at_agents)
    return waits_for if waits_for is not None and tied else named


def _booked(found: Found, transfer: Transfer, leg: AgentLeg) -> Outcome:
    """The next leg is asked for; with the last one everything is committed."""
    legs = _with(transfer, leg, LegState.BOOKED)
    following = next((one for one in legs if one.state is LegState.WAITING), None)
    if following is None:
        final = credited(found.state, transfer) or transfer.legs
        return move(found, Case.AGENT_SETTLES, completed=found.state.now, at_agents=legs, legs=final)
    turned = _with(replace(transfer, at_agents=legs), following, LegState.ASKED)
    ask = ask_at(found.state.now, ends_with(found.state, transfer))
    asked = replace(transfer, at_agents=turned, ask=ask)
    outcome = leave(found._replace(transfer=asked), Case.AGENT_BOOKS)
    return replace(outcome, puts=(asked,))


def _returned(found: Found, transfer: Transfer, leg: AgentLeg, command: AgentDecides) -> Outcome:
    """What was booked is given back; if an agent refuses that, the money stays where it is, and people decide."""
    known = found.state.get(LateBooking, leg_id(leg.of, leg.place))
    why = command.reason.description if command.reason is not None else ""
    if known is not None:
        return joined(leave(found, Case.NOTED), late.answered(found.state, known, command.status, command.back, why))
    if leg.state is LegState.RETURNING and command.status in SETTLING:
        return leave(found, Case.NOTED, at_agents=_with(transfer, leg, LegState.RETURNED))
    if leg.state is LegState.RETURNING and command.status in REFUSING:
        text = f"{command.status} of the return of payment {leg.of}, which is {transfer.state}"
        return _late(found, transfer, leg, f"{text}: {why}" if why else text)
    expected = {LegState.RETURNING, LegState.RETURNED}
    wrong = command.status in REFUSING or (command.status in SETTLING and leg.state not in expected)
    return _noted(found, transfer, leg, command, wrong=wrong, what="the return of ")


def _late(found: Found, transfer: Transfer, leg: AgentLeg, why: str) -> Outcome:
    """Booked, though the payment has ended without effect: kept apart, for people."""
    outcome = leave(found, Case.NOTED, at_agents=_with(transfer, leg, LegState.LATE))
    return joined(outcome, late.found(found.state, late.of_leg(found.state, transfer, leg, why)))


def _noted(
    found: Found, transfer: Transfer, leg: AgentLeg, command: AgentDecides, *, wrong: bool, what: str = ""
) -> Outcome:
    """Nothing changes; what cannot be is for people."""
    outcome = leave(found, Case.NOTED)
    if not wrong:
        return outcome
    text = f"{command.status} of {what}payment {leg.of}, which is {transfer.state}"
    alert = SettlementAlert(leg.agent, 0, leg.leg.amount.currency, text)
    return replace(outcome, events=(*outcome.events, notice(found.state, alert, ALERT)))


def _with(transfer: Transfer, leg: AgentLeg, state: LegState) -> tuple[AgentLeg, ...]:
    return tuple(replace(one, state=state) if one == leg else one for one in transfer.at_agents)


def _reason(given: Fault | None) -> Fault:
    """Why the payer's bank has no money at the agent is for the payer: insufficient funds of its bank."""
    if given is None:
        return participant_fault(_FAILED, "NARR", "the settlement agent refused it")
    if given.iso == _NO_FUNDS:
        return fault("INSUFFICIENT_LIQUIDITY", "at the settlement agent")
    return participant_fault(_FAILED, given.iso, f"settlement agent: {given.description}")
