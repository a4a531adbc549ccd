"""Settlements: the states of their accounts, which move is allowed when, and what it does to the books. Pure.

An account may only take the step that follows the state of the whole settlement, so the settlement is always at most
one step behind its quickest account (behaviour reference 16.3). Where the model resets positions, recipients' positions
rise when their transfers are reserved, senders' fall when theirs are committed, against the hub's account of the
currency; when all have moved, that account is back where it was.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from schemas.canonical.outcome import Phase, Posting
from schemas.canonical.settlement import Move, Settlement, SettlementAccount, SettlementState

_NEXT: Final = {
    SettlementState.PENDING_SETTLEMENT: SettlementState.PS_TRANSFERS_RECORDED,
    SettlementState.PS_TRANSFERS_RECORDED: SettlementState.PS_TRANSFERS_RESERVED,
    SettlementState.PS_TRANSFERS_RESERVED: SettlementState.PS_TRANSFERS_COMMITTED,
    SettlementState.PS_TRANSFERS_COMMITTED: SettlementState.SETTLED,
    SettlementState.SETTLING: SettlementState.SETTLED,
}
"""State of the settlement -> the state an account may take."""
_BEFORE: Final = {
    SettlementState.PS_TRANSFERS_RECORDED: SettlementState.PENDING_SETTLEMENT,
    SettlementState.PS_TRANSFERS_RESERVED: SettlementState.PS_TRANSFERS_RECORDED,
    SettlementState.PS_TRANSFERS_COMMITTED: SettlementState.PS_TRANSFERS_RESERVED,
    SettlementState.SETTLED: SettlementState.PS_TRANSFERS_COMMITTED,
}
"""State an account may take -> the one it must have."""
_ABORTABLE: Final = frozenset(
    {
        SettlementState.PENDING_SETTLEMENT,
        SettlementState.PS_TRANSFERS_RECORDED,
        SettlementState.PS_TRANSFERS_RESERVED,
    }
)

NOT_FOUND: Final = "Account not found"
MISMATCH: Final = "Participant and account mismatch"
TWICE: Final = "Account already processed once"
NOT_ALLOWED: Final = "State change not allowed"
COMMITTED_BEFORE: Final = "At least one settlement transfer is committed"


class Moved(NamedTuple):
    """A settlement after some moves, what they post, and for each an error text, "" where it was done.

    `risen` are the accounts whose position rises by the move, `fallen` those whose position falls.
    """

    settlement: Settlement
    postings: tuple[Posting, ...]
    notes: tuple[str, ...]
    risen: tuple[SettlementAccount, ...] = ()
    fallen: tuple[SettlementAccount, ...] = ()


def move(settlement: Settlement, moves: Sequence[Move], hubs: Mapping[str, int], now: datetime) -> Moved:
    """Apply moves of single accounts; `hubs` is the hub's multilateral settlement account of each currency."""
    accounts = {account.account: account for account in settlement.accounts}
    seen: set[int] = set()
    notes: list[str] = []
    stepped: list[SettlementAccount] = []
    for wanted in moves:
        account = accounts.get(wanted.account)
        note = _error(settlement.state, account, wanted, seen)
        notes.append(note)
        if account is None or note:
            continue
        seen.add(wanted.account)
        after = msgspec.structs.replace(
            account,
            state=wanted.state,
            reason=wanted.reason,
            external_reference=wanted.external_reference or account.external_reference,
            changed=now,
        )
        accounts[wanted.account] = after
        if account.state is not after.state:
            stepped.append(after)
    changed = (
        msgspec.structs.replace(settlement, accounts=tuple(accounts.values()), changed=now) if seen else settlement
    )
    changed = msgspec.structs.replace(changed, state=_state(changed))
    risen = [one for one in stepped if one.state is SettlementState.PS_TRANSFERS_RESERVED and one.units < 0]
    fallen = [one for one in stepped if one.state is SettlementState.PS_TRANSFERS_COMMITTED and one.units > 0]
    if not settlement.resets:
        return Moved(changed, (), tuple(notes))
    postings = tuple(_posting(settlement.id, account, hubs) for account in (*risen, *fallen))
    return Moved(changed, postings, tuple(notes), tuple(risen), tuple(fallen))


def _error(state: SettlementState, account: SettlementAccount | None, wanted: Move, seen: set[int]) -> str:
    """Why a move cannot be; "" if it can. The same state again only brings a new reason."""
    if account is None:
        return NOT_FOUND
    if account.participant != wanted.participant:
        return MISMATCH
    if wanted.account in seen:
        return TWICE
    if wanted.state is account.state:
        return ""
    follows = _NEXT.get(state) is wanted.state and account.state is _BEFORE.get(wanted.state)
    return "" if follows else NOT_ALLOWED


def _state(settlement: Settlement) -> SettlementState:
    """The settlement goes on when every account has; the last step shows that it has begun."""
    following = _NEXT.get(settlement.state)
    states = {account.state for account in settlement.accounts}
    if following is None or following not in states:
        return settlement.state
    if states == {following}:
        return following
    return SettlementState.SETTLING if following is SettlementState.SETTLED else settlement.state


def _posting(settlement: int, account: SettlementAccount, hubs: Mapping[str, int], *, back: bool = False) -> Posting:
    """A recipient is debited, a sender credited, the hub the other way round; `back` undoes it."""
    hub, reference = hubs[account.currency], reference_of(settlement, account.account)
    debit, credit = (account.account, hub) if (account.units < 0) is not back else (hub, account.account)
    return Posting(f"{reference} aborted" if back else reference, Phase.POST, debit, credit, abs(account.units))


def reference_of(settlement: int, account: int) -> str:
    """What the entries of one settlement transfer are found by."""
    return f"settlement {settlement}/{account}"


def hindrance(settlement: Settlement) -> str:
    """Why a settlement cannot be given up; "" if it can (a repeat can always)."""
    if settlement.state is SettlementState.ABORTED:
        return ""
    if settlement.state not in _ABORTABLE:
        return f"State change from {settlement.state} to ABORTED is not allowed"
    committed = any(account.state is SettlementState.PS_TRANSFERS_COMMITTED for account in settlement.accounts)
    return COMMITTED_BEFORE if committed else ""


def abort(settlement: Settlement, reason: str, reference: str, hubs: Mapping[str, int], now: datetime) -> Moved:
    """Give a settlement up and take back what its recipients were given; a repeat changes only the reason."""
    if settlement.state is SettlementState.ABORTED:
        return Moved(msgspec.structs.replace(settlement, reason=reason, changed=now), (), ())
    given = [
        account
        for account in settlement.accounts
        if account.state is SettlementState.PS_TRANSFERS_RESERVED and account.units < 0
    ]
    accounts = tuple(
        msgspec.structs.replace(
            account,
            state=SettlementState.ABORTED,
            reason=reason,
            external_reference=reference or account.external_reference,
            changed=now,
        )
        for account in settlement.accounts
    )
    ended = msgspec.structs.replace(
        settlement, state=SettlementState.ABORTED, reason=reason, accounts=accounts, changed=now
    )
    postings = [_posting(settlement.id, account, hubs, back=True) for account in given] if settlement.resets else []
    return Moved(ended, tuple(postings), ())
