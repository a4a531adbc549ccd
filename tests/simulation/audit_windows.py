"""Audit of settlement: each leg in one window, windows that hold their legs, settlements that balance."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from schemas.canonical.outcome import Phase
from schemas.canonical.participants import AccountType
from schemas.canonical.settlement import SettlementState, WindowState
from tests.simulation.evidence import Evidence

_NETTED = {WindowState.CLOSED, WindowState.PENDING_SETTLEMENT, WindowState.SETTLED, WindowState.ABORTED}
_RISEN = {SettlementState.PS_TRANSFERS_RESERVED, SettlementState.PS_TRANSFERS_COMMITTED, SettlementState.SETTLED}
_FALLEN = _RISEN - {SettlementState.PS_TRANSFERS_RESERVED}
_OVER = {
    SettlementState.PS_TRANSFERS_COMMITTED, SettlementState.SETTLING, SettlementState.SETTLED, SettlementState.ABORTED,
}  # fmt: skip


def legs_are_in_one_window(seen: Evidence) -> Iterator[str]:
    """Every committed leg, in the order of the books; a window that was left is never entered again."""
    last = 1
    for entry in seen.entries:
        leg = entry.reference in seen.transfers and entry.phase in {Phase.COMMIT, Phase.POST}
        if leg is not (entry.window is not None):
            yield f"{entry.phase} of {entry.reference} is in window {entry.window}"
        if entry.window is not None:
            if entry.window < last:
                yield f"{entry.reference} is in window {entry.window} after {last} was open"
            last = max(last, entry.window)


def conversions_share_the_window_of_their_transfer(seen: Evidence) -> Iterator[str]:
    """All that one payment moves is settled together."""
    windows: defaultdict[str, set[int]] = defaultdict(set)
    for entry in seen.entries:
        transfer = seen.transfers.get(entry.reference)
        if transfer is not None and entry.window is not None:
            windows[transfer.determines or transfer.id].add(entry.window)
    yield from (f"{key} is in windows {sorted(found)}" for key, found in windows.items() if len(found) > 1)


def windows_hold_their_legs(seen: Evidence) -> Iterator[str]:
    """Added up again from the entries; zero in each currency; no window waits for its nets."""
    moved: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for entry in seen.entries:
        if entry.window is not None:
            moved[entry.window][entry.account] += entry.debits_posted - entry.credits_posted
    for window in seen.windows.values():
        if window.state not in {*_NETTED, WindowState.OPEN}:
            yield f"window {window.id} is {window.state}"
        held = {net.account: net.units for content in window.contents for net in content.nets}
        if window.state in _NETTED and held != dict(moved[window.id]):
            yield f"window {window.id} holds {held}, its legs add up to {dict(moved[window.id])}"
        for content in window.contents:
            if sum(net.units for net in content.nets):
                yield f"window {window.id} does not balance in {content.currency}"


def settlements_balance(seen: Evidence) -> Iterator[str]:
    """Positions moved as the states of the accounts say, once; in the end nothing is left with the hub."""
    posted: defaultdict[tuple[str, int], int] = defaultdict(int)
    for entry in seen.entries:
        if entry.reference.startswith("settlement "):
            key = entry.reference.split()[1].partition("/")[0]
            posted[key, entry.account] += entry.debits_posted - entry.credits_posted
    hubs = {account.id for account in seen.accounts if account.type is AccountType.HUB_MULTILATERAL_SETTLEMENT}
    for settlement in seen.settlements.values():
        for account in settlement.accounts:
            done = account.state in (_RISEN if account.units < 0 else _FALLEN)
            expected, found = -account.units if done else 0, posted[settlement.key, account.account]
            if found != expected:
                yield f"settlement {settlement.id} moved account {account.account} by {found}, not {expected}"
        left = {hub: posted[settlement.key, hub] for hub in hubs}
        if settlement.state in _OVER and any(left.values()):
            yield f"settlement {settlement.id} is {settlement.state} and left {left} with the hub"


def contents_are_settled_once(seen: Evidence) -> Iterator[str]:
    """Each part of a window is in at most one settlement that was not given up, with the right sums."""
    contents = {content.id: content for window in seen.windows.values() for content in window.contents}
    taken: Counter[int] = Counter()
    for settlement in seen.settlements.values():
        if settlement.state is not SettlementState.ABORTED:
            taken.update(settlement.contents)
        sums: Counter[int] = Counter()
        for key in settlement.contents:
            for net in contents[key].nets:
                sums[net.account] += net.units
        if {account.account: account.units for account in settlement.accounts} != dict(sums):
            yield f"settlement {settlement.id} differs from its windows: {dict(sums)}"
    yield from (f"content {key} is in {count} settlements" for key, count in taken.items() if count > 1)
