"""Returns: what of a committed transfer may be given back, and the count of it. Pure.

A return is a transfer like any other, from the original's payee to its payer; here is only what ties the two.
Sources: ISO 20022 pacs.004, pacs.007; FSPIOP scenario REFUND.
"""

from typing import Final

from msgspec.structs import replace

from schemas.canonical.commands import Fulfil, Note, Prepare, Reject
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import TransferId, uetr_of
from schemas.canonical.money import Money
from schemas.canonical.outcome import Outcome
from schemas.canonical.returns import PartState, ReturnPart, Returns
from schemas.canonical.terms import IsoReferences, Refund
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect
from switch.dialogue_events import LEDGER_LANE, handed
from switch.state import State
from switch.transfer_checks import same_fsp

_STATES: Final = {
    TransferState.COMMITTED: PartState.DONE,
    TransferState.ABORTED: PartState.VOID,
}


def unreturnable(state: State, command: Prepare) -> Fault | None:
    """Why this may not be given back; None for a Prepare that is no return."""
    if command.returns is None or command.fault is not None:
        return None
    original = state.get(Transfer, command.returns)
    if original is None:
        return fault("NO_ORIGINAL", f"transfer {command.returns} is not known here")
    return _unfit(command, original) or _too_much(state, command, original)


def _unfit(command: Prepare, original: Transfer) -> Fault | None:
    if not same_fsp(original.payee, command.payer):
        return fault("WRONG_SENDER", f"only its payee's bank may return transfer {original.id}")
    if original.returns is not None:
        return fault("RETURN_OF_RETURN", f"transfer {original.id} is a return itself")
    if original.state is not TransferState.COMMITTED:
        return fault("NOT_RECEIVED", f"transfer {original.id} is {original.state}")
    if original.converts is not None or original.legs or original.terms.exchange is not None:
        return fault("UNSUPPORTED_TYPE", "its currency was changed on the way: pay it back by a payment of its own")
    if command.payee is None or not same_fsp(original.payer, command.payee):
        return fault("WRONG_AGENT", f"transfer {original.id} goes back to {original.payer}")
    if original.amount.currency != command.amount.currency:
        return fault("RETURN_CURRENCY", f"the original is in {original.amount.currency}")
    return None


def _too_much(state: State, command: Prepare, original: Transfer) -> Fault | None:
    known = state.get(Returns, original.id)
    left = Money(original.amount.units - (known.taken if known else 0), original.amount.currency)
    if command.amount.units <= left.units:
        return None
    return fault("RETURN_AMOUNT", f"of {original.amount.fspiop} {left.currency} {left.fspiop} can be returned")


def explained(state: State, command: Prepare) -> Prepare:
    """The Prepare with what the original's bank must be told of it, where the payee gives money back by FSPIOP."""
    original = state.get(Transfer, command.returns or "")
    if original is None or command.envelope.dialect is Dialect.ISO_XML:
        return command
    refund = command.terms.refund or Refund(original.terms.transaction_id)
    references = original.terms.references or IsoReferences(uetr=uetr_of(original.id))
    day = (original.completed or original.created).date().isoformat()
    told = replace(refund, references=references, amount=original.amount, settled=day)
    return replace(command, terms=replace(command.terms, refund=told))


def counted(state: State, outcome: Outcome) -> Outcome:
    """The outcome with the count of every original whose return began or ended by it."""
    for put in outcome.puts:
        if isinstance(put, Transfer) and put.returns is not None:
            return _with_count(state, outcome)
    return outcome


def _with_count(state: State, outcome: Outcome) -> Outcome:
    found: dict[TransferId, Returns] = {}
    for put in outcome.puts:
        if not isinstance(put, Transfer) or put.returns is None:
            continue
        known = found.get(put.returns) or state.get(Returns, put.returns) or _first(state, put.returns)
        part = ReturnPart(put.id, put.amount.units, _STATES.get(put.state, PartState.PENDING))
        if _refused_at_once(state, put) or part in known.parts:
            continue
        found[put.returns] = _with(known, part)
    return replace(outcome, puts=(*outcome.puts, *found.values()))


def _first(state: State, original: TransferId) -> Returns:
    """The count of a transfer that was not returned yet, with the fees that go back with it."""
    paid = state.get(Transfer, original)
    fees = tuple(fee for fee in paid.fees if fee.reversible) if paid is not None else ()
    return Returns(original, fees=fees, amount=paid.amount if paid is not None and fees else None)


def _refused_at_once(state: State, transfer: Transfer) -> bool:
    """A return that was never reserved counts for nothing."""
    return transfer.state is TransferState.ABORTED and state.get(Transfer, transfer.id) is None


def _with(known: Returns, part: ReturnPart) -> Returns:
    parts = tuple(part if one.id == part.id else one for one in known.parts)
    return replace(known, parts=parts if part in parts else (*parts, part))


def meant_for_return(state: State, command: Fulfil | Reject | Note, transfer: Transfer) -> Outcome | None:
    """An answer of the payer's bank to a return that it calls by the original's references, handed to that return.

    A return bears the UETR of its original, so this is how many banks answer. With several open at once it must say
    which; None then, and where none is open.
    """
    sender, envelope = command.envelope.sender, command.envelope
    if envelope.dialect is not Dialect.ISO_XML or not same_fsp(sender, transfer.payer):
        return None
    known = state.get(Returns, transfer.id)
    if known is None or len(known.pending) != 1:
        return None
    (part,) = known.pending
    event = handed(LEDGER_LANE, replace(command, transfer_id=part.id), part.id)
    return Outcome(events=(event,), state="HANDED")
