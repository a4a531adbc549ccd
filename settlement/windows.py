"""Windows: the state of a window from its contents, and what a close, a settlement or its end changes in them. Pure.

A window is cut in the ledger lane by turning to the next id, so a leg is in the window that was open when it was
committed, whatever is computed of it later (behaviour reference 16.2; the reference hub cuts in two steps).
"""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from schemas.canonical.settlement import Content, Settlement, SettlementState, SettlementWindow, WindowState

SETTLEABLE = frozenset({WindowState.CLOSED, WindowState.ABORTED, WindowState.PENDING_SETTLEMENT})
"""States of a window of which something may be left to settle."""
_FREE = frozenset({WindowState.CLOSED, WindowState.ABORTED})


def first(now: datetime) -> SettlementWindow:
    """The window of a clean install."""
    return SettlementWindow(1, WindowState.OPEN, now, now)


def cut(
    window: SettlementWindow, reason: str, now: datetime, following: datetime
) -> tuple[SettlementWindow, SettlementWindow]:
    """A window that takes nothing more, and the one after it, which begins at a moment that nothing was booked in."""
    ended = msgspec.structs.replace(window, state=WindowState.PROCESSING, reason=reason, changed=now)
    return ended, SettlementWindow(window.id + 1, WindowState.OPEN, following, following)


def filled(window: SettlementWindow, contents: tuple[Content, ...], now: datetime) -> SettlementWindow:
    """A window whose nets are known."""
    return msgspec.structs.replace(window, state=WindowState.CLOSED, contents=contents, changed=now)


def free(window: SettlementWindow, fits: Callable[[Content], bool]) -> tuple[Content, ...]:
    """The contents that fit and that no settlement holds; none of a window that is not closed."""
    if window.state not in SETTLEABLE:
        return ()
    return tuple(content for content in window.contents if content.state in _FREE and fits(content))


def state_of(contents: Iterable[Content]) -> WindowState:
    """The state of a window that is closed: pending as long as a part is, settled when every part is.

    A part that was given up makes the window ABORTED unless another one is pending; one of which only a part is
    settled stays pending.
    """
    states = {content.state for content in contents}
    if states == {WindowState.SETTLED}:
        return WindowState.SETTLED
    if WindowState.PENDING_SETTLEMENT in states:
        return WindowState.PENDING_SETTLEMENT
    if WindowState.ABORTED in states:
        return WindowState.ABORTED
    return WindowState.PENDING_SETTLEMENT if WindowState.SETTLED in states else WindowState.CLOSED


def followed(window: SettlementWindow, settlement: Settlement, now: datetime) -> SettlementWindow:
    """The window as its part in a settlement now stands; the same value if nothing changed."""
    states = {account.account: account.state for account in settlement.accounts}
    contents = tuple(
        _content(content, settlement, states, now) if content.id in settlement.contents else content
        for content in window.contents
    )
    if contents == window.contents:
        return window
    return msgspec.structs.replace(
        window, contents=contents, state=state_of(contents), reason=settlement.reason, changed=now
    )


def _content(content: Content, settlement: Settlement, states: dict[int, SettlementState], now: datetime) -> Content:
    if content.settlement not in {None, settlement.id} and content.state is not WindowState.ABORTED:
        raise ValueError(f"content {content.id} is in settlement {content.settlement}, not in {settlement.id}")
    if settlement.state is SettlementState.ABORTED:
        state = WindowState.ABORTED
    elif all(states[net.account] is SettlementState.SETTLED for net in content.nets):
        state = WindowState.SETTLED
    else:
        state = WindowState.PENDING_SETTLEMENT
    if (content.state, content.settlement) == (state, settlement.id):
        return content
    return msgspec.structs.replace(content, state=state, settlement=settlement.id, changed=now)
