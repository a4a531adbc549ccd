"""What only the operator is told: limits that were changed, and positions that come near their cover (section 9.3).

An alarm sounds once when a position passes its threshold, because it rises or because the deposit falls. It can sound
again only after the position went clearly below it, so that a position which swings around the threshold does not alarm
with every transfer.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from schemas.canonical.administration import CapShare, LimitAlarm, LimitWatch, OperatorNotice
from schemas.canonical.commands import Command
from schemas.canonical.events import Event
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome, Phase
from schemas.canonical.participants import AccountType, LedgerAccount, Participant
from settlement.limits import calm, cover_of, over_threshold
from switch.cap_shares import covers_after, newest
from switch.engine import Step
from switch.state import State

OPERATOR: Final = FspId("@operator")
"""The receiver of notices: no participant."""
ADJUSTED: Final = "NET_DEBIT_CAP_ADJUSTMENT_EMAIL"
BREACHED: Final = "NET_DEBIT_CAP_THRESHOLD_BREACH_EMAIL"
SETTLED: Final = "SETTLEMENT_TRANSFER_POSITION_CHANGE_EMAIL"


def notice(state: State, body: OperatorNotice, endpoint: str) -> Event:
    """A notice, with the addresses that participant and hub registered for it."""
    known = (state.get(Participant, name) for name in (body.participant, state.profile.hub))
    addresses = [found.endpoints[endpoint] for found in known if found is not None and endpoint in found.endpoints]
    told = msgspec.structs.replace(body, notify=tuple(dict.fromkeys(addresses)))
    return Event(OPERATOR, told, order=body.participant)


def watched(step: Step) -> Step:
    """The step with an alarm behind it."""

    def decide(state: State, command: Command) -> Outcome:
        outcome = step(state, command)
        if not _concerned(state, outcome):
            return outcome
        found = list(_changes(state, outcome))
        if not found:
            return outcome
        events = tuple(event for _, event in found if event is not None)
        watches = tuple(watch for watch, _ in found)
        return msgspec.structs.replace(outcome, puts=(*outcome.puts, *watches), events=(*outcome.events, *events))

    return decide


def _concerned(state: State, outcome: Outcome) -> bool:
    """Whether a watch may change: what is committed was reserved before, and can but end an alarm."""
    for posting in outcome.postings:
        if posting.phase is not Phase.COMMIT:
            return True
    return bool(outcome.postings) and state.holds(LimitWatch)


def _changes(state: State, outcome: Outcome) -> Iterator[tuple[LimitWatch, Event | None]]:
    """The watches that an outcome changes: reservations and falling deposits may raise an alarm, all may end it."""
    moved: dict[int, int] = {}
    covers: dict[int, int] = {}
    for posting in outcome.postings:
        if posting.phase is Phase.RESERVE:
            moved[posting.debit] = moved.get(posting.debit, 0) + posting.units
            if posting.cover is not None:
                covers[posting.debit] = posting.cover
        elif posting.phase is Phase.VOID:
            moved[posting.debit] = moved.get(posting.debit, 0) - posting.units
        elif posting.phase is Phase.COMMIT:
            moved[posting.credit] = moved.get(posting.credit, 0) - posting.units
        else:
            moved[posting.debit] = moved.get(posting.debit, 0) + posting.units
            moved[posting.credit] = moved.get(posting.credit, 0) - posting.units
    for position, cover in covers_after(state, outcome).items():
        moved.setdefault(position.id, 0)
        covers[position.id] = cover
    for number, units in moved.items():
        watch = state.get(LimitWatch, str(number))
        was_over = watch is not None and watch.over
        account = state.get(LedgerAccount, str(number)) if was_over or number in covers else None
        if account is None or account.type is not AccountType.POSITION:
            continue
        account = newest(outcome, account)
        cover, value = _cover(state, account, covers), account.value + units
        follows = state.get(CapShare, account.key)
        cap = account.cap if follows is not None and follows.open else None
        base = cover if cap is None else cap
        if was_over and calm(value, base, Decimal(account.alarm)):
            yield LimitWatch(number, over=False), None
        elif not was_over and over_threshold(value, base, Decimal(account.alarm)):
            body = LimitAlarm(account.owner, account.currency, value, cover, account.alarm, cap=cap)
            yield LimitWatch(number, over=True), notice(state, body, BREACHED)


def _cover(state: State, position: LedgerAccount, known: dict[int, int]) -> int:
    if position.id in known:
        return known[position.id]
    settlement = state.account(position.owner, AccountType.SETTLEMENT, position.currency)
    return cover_of(settlement) if settlement is not None else 0
