"""What owners of accounts are told of bookings: each one (camt.054), and a balance that crossed a threshold (camt.004).

All of it is told in the transaction that books. A threshold is told once, until the balance is back inside.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.canonical.administration import ThresholdCrossed
from schemas.canonical.commands import Command
from schemas.canonical.events import Event
from schemas.canonical.funds import FundsMovement
from schemas.canonical.outcome import Outcome, Phase
from schemas.canonical.participants import LedgerAccount, Participant
from schemas.canonical.reporting_events import BalancesTold, Booked
from schemas.canonical.reporting_records import Threshold
from schemas.canonical.reports import booked
from schemas.canonical.transfer import Transfer
from switch.balances import balances
from switch.bookings import movement, reported, transfer_of
from switch.engine import Step
from switch.notices import OPERATOR
from switch.state import State
from switch.subscriptions import subscribed

NOTICES: Final = "camt.054"
FLOOR: Final = "FLOOR"
CEILING: Final = "CEILING"
_BOOKS: Final = frozenset({Phase.COMMIT, Phase.POST})


def noticed(step: Step) -> Step:
    """The step with what is told of its bookings behind it."""

    def decide(state: State, command: Command) -> Outcome:
        outcome = step(state, command)
        for posting in outcome.postings:
            if posting.phase in _BOOKS:
                return _told(state, outcome)
        return outcome

    return decide


def _told(state: State, outcome: Outcome) -> Outcome:
    events = tuple(_bookings(state, outcome))
    crossed = tuple(_crossed(state, outcome))
    if not events and not crossed:
        return outcome
    puts = (*outcome.puts, *(threshold for threshold, _ in crossed))
    told = (*outcome.events, *events, *(event for _, event in crossed if event is not None))
    return msgspec.structs.replace(outcome, puts=puts, events=told)


def _bookings(state: State, outcome: Outcome) -> Iterator[Event]:
    for posting in outcome.postings:
        if posting.phase not in _BOOKS:
            continue
        for number, units in ((posting.debit, -posting.units), (posting.credit, posting.units)):
            account = state.get(LedgerAccount, str(number))
            if account is None or not subscribed(state.get(Participant, account.owner), NOTICES):
                continue
            made = _made(state, outcome, posting.reference)
            told = movement(account.owner, posting.reference, units, state.now, made)
            yield Event(account.owner, Booked(reported(account), told), order=transfer_of(posting.reference))


def _made(state: State, outcome: Outcome, reference: str) -> Transfer | FundsMovement | None:
    """The transfer or funds that a posting is for, as they are after it."""
    wanted = transfer_of(reference)
    for record in outcome.puts:
        if isinstance(record, Transfer | FundsMovement) and record.id == wanted:
            return record
    return state.get(Transfer, wanted) or state.get(FundsMovement, wanted)


def _crossed(state: State, outcome: Outcome) -> Iterator[tuple[Threshold, Event | None]]:
    moved: dict[int, int] = {}
    for posting in outcome.postings:
        if posting.phase in _BOOKS:
            moved[posting.debit] = moved.get(posting.debit, 0) - posting.units
            moved[posting.credit] = moved.get(posting.credit, 0) + posting.units
    for number, units in moved.items():
        threshold = state.get(Threshold, str(number))
        account = state.get(LedgerAccount, str(number)) if threshold is not None else None
        if threshold is None or account is None:
            continue
        after = after_booking(account, units)
        yield from crossed(state, threshold, after)


def after_booking(account: LedgerAccount, units: int) -> LedgerAccount:
    """An account as it will be once `units` are credited to it (or debited)."""
    more = {"credits_posted": account.credits_posted + units} if units > 0 else {}
    more |= {"debits_posted": account.debits_posted - units} if units < 0 else {}
    return msgspec.structs.replace(account, **more)


def crossed(state: State, threshold: Threshold, account: LedgerAccount) -> Iterator[tuple[Threshold, Event | None]]:
    """The threshold's new value and what is told, if the balance is on another side of it than it was."""
    balance = booked(account.debits_posted, account.credits_posted)
    below = threshold.floor is not None and balance < threshold.floor
    above = threshold.ceiling is not None and balance > threshold.ceiling
    if (below, above) == (threshold.below, threshold.above):
        return
    changed = msgspec.structs.replace(threshold, below=below, above=above)
    name = FLOOR if below and not threshold.below else CEILING if above and not threshold.above else None
    yield changed, _notice(state, account, name, balance) if name else None


def _notice(state: State, account: LedgerAccount, name: str, balance: int) -> Event:
    """To a bank a camt.004 that it did not ask for; of others the operator is told."""
    owner = state.get(Participant, account.owner)
    if owner is not None and owner.iso is not None:
        told = BalancesTold((balances(state, account),), notice=name)
        return Event(account.owner, told, order=f"balance {account.id}")
    crossed_one = ThresholdCrossed(account.owner, account.currency, account.type.value, name, balance)
    return Event(OPERATOR, crossed_one, order=account.owner)
