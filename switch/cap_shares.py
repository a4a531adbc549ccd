"""Net debit caps that are a percentage of their owner's deposit: they follow it in the transaction that moves it."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from schemas.canonical.administration import CapShare
from schemas.canonical.commands import Command
from schemas.canonical.instructions import CapCut
from schemas.canonical.outcome import Outcome, Phase, Stored
from schemas.canonical.participants import AccountType, LedgerAccount
from schemas.canonical.reporting_records import OwnLimit
from settlement.limits import cover_of, share_of
from switch.engine import Step
from switch.state import State


def capped(step: Step) -> Step:
    """The step with the caps that follow what it does to deposits."""

    def decide(state: State, command: Command) -> Outcome:
        outcome = step(state, command)
        if not outcome.postings or not state.holds(CapShare):
            return outcome
        puts = tuple(_followed(state, outcome))
        return msgspec.structs.replace(outcome, puts=(*outcome.puts, *puts)) if puts else outcome

    return decide


def covers_after(state: State, outcome: Outcome) -> dict[LedgerAccount, int]:
    """The POSITION accounts whose owners' deposits an outcome moves, as it leaves them, and their cover after it."""
    moved: dict[int, int] = {}
    for posting in outcome.postings:
        # What payments reserve and commit is on positions: nothing to look up for them.
        if posting.window is not None or (posting.phase is Phase.RESERVE and posting.cover is not None):
            continue
        if posting.phase is Phase.COMMIT:
            # What was debited counted from its reservation on, what is credited counts from now.
            moved[posting.credit] = moved.get(posting.credit, 0) + posting.units
            continue
        back = -1 if posting.phase is Phase.VOID else 1
        moved[posting.debit] = moved.get(posting.debit, 0) - back * posting.units
        if posting.phase is Phase.POST:
            moved[posting.credit] = moved.get(posting.credit, 0) + posting.units
    found: dict[LedgerAccount, int] = {}
    for number, units in moved.items():
        account = state.get(LedgerAccount, str(number))
        if account is None or account.type is not AccountType.SETTLEMENT:
            continue
        position = state.account(account.owner, AccountType.POSITION, account.currency)
        if position is not None:
            found[newest(outcome, position)] = cover_of(account) + units
    return found


def newest(outcome: Outcome, account: LedgerAccount) -> LedgerAccount:
    """An account as an outcome puts it, before its postings."""
    puts = (put for put in outcome.puts if isinstance(put, LedgerAccount) and put.id == account.id)
    return next(reversed([account, *puts]))


def _followed(state: State, outcome: Outcome) -> Iterator[Stored]:
    for position, cover in covers_after(state, outcome).items():
        share = state.get(CapShare, position.key)
        if share is not None and share.open:
            yield from limited(state, outcome, position, share_of(cover, Decimal(share.percent)))


def limited(state: State, outcome: Outcome, position: LedgerAccount, cap: int) -> Iterator[Stored]:
    """A cap of the operator as it now is: below a lower one that the participant chose, and behind one that was cut."""
    own = state.get(OwnLimit, position.key)
    if own is not None and not own.over:
        yield msgspec.structs.replace(own, given=cap)
        cap = min(cap, own.chosen)
    cuts = [put for put in outcome.puts if isinstance(put, CapCut) and put.account == position.id]
    cut = cuts[-1] if cuts else state.get(CapCut, position.key)
    if cut is not None and cut.open and position.cap == 0:
        yield msgspec.structs.replace(cut, cap=cap)
    elif position.cap != cap:
        yield msgspec.structs.replace(position, cap=cap, changed=state.now)
