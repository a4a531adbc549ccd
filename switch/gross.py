"""What a settlement agent says of a payment that waits for it: it is committed, or ended, or nothing changes. Pure."""

from typing import Final

from schemas.canonical.administration import SettlementAlert
from schemas.canonical.faults import Fault, fault, participant_fault
from schemas.canonical.instructions import AgentDecides
from schemas.canonical.outcome import Outcome
from schemas.canonical.transfer import Transfer, TransferState
from settlement.instructing import REFUSING, SETTLING
from switch.notices import notice
from switch.state import State
from switch.transfer_answers import Found, leave, move
from switch.transfer_checks import same_fsp
from switch.transfer_table import Case

ALERT: Final = "SETTLEMENT_ALERT_EMAIL"
_NO_FUNDS: Final = "AM04"
_FAILED: Final = "6000"


def decided(state: State, command: AgentDecides) -> Outcome:
    """What an agent says of a payment: booked, refused, or something in between."""
    transfer = state.get(Transfer, command.transfer_id)
    found = Found(state, command, transfer, terms=command.terms)
    if transfer is None:
        return leave(found._replace(cause=fault("TRANSFER_NOT_FOUND")), Case.ANSWER_UNKNOWN)
    if transfer.agent is None or not same_fsp(command.envelope.sender, transfer.agent):
        cause = fault("WRONG_SENDER", f"{command.envelope.sender} does not book it")
        return leave(found._replace(cause=cause), Case.ANSWER_NOT_FROM_PAYEE)
    waits = transfer.state is TransferState.FULFILLED_WAITING
    if waits and command.status in SETTLING:
        return move(found, Case.AGENT_SETTLES, completed=state.now)
    if waits and command.status in REFUSING:
        return move(found, Case.AGENT_REFUSES, fault=_reason(command.reason), completed=state.now)
    outcome = leave(found, Case.NOTED)
    contrary = SETTLING if transfer.state is TransferState.ABORTED else REFUSING
    if waits or command.status not in contrary:
        return outcome
    text = f"{command.status} of payment {transfer.id}, which is {transfer.state}"
    alert = SettlementAlert(transfer.agent, 0, transfer.amount.currency, text)
    return Outcome(outcome.puts, outcome.postings, (*outcome.events, notice(state, alert, ALERT)), outcome.state)


def _reason(given: Fault | None) -> Fault:
    """Why the payer's bank has no money at the agent is for the payer: insufficient funds of its bank."""
    if given is None:
        return participant_fault(_FAILED, "NARR", "the settlement agent refused it")
    if given.iso == _NO_FUNDS:
        return fault("INSUFFICIENT_LIQUIDITY", "at the settlement agent")
    return participant_fault(_FAILED, given.iso, f"settlement agent: {given.description}")
