"""Defects of windows and settlements put in on purpose; the auditor must see each."""

from typing import Any

import msgspec
import pytest

from schemas.canonical.outcome import Phase
from schemas.canonical.settlement import SettlementState
from settlement import settlements, windows
from switch import clearing, settling
from switch.store.memory import MemoryStore

Patch = pytest.MonkeyPatch


def reservations_are_in_windows(patch: Patch) -> None:
    """A leg is put into the window in which it was reserved."""
    patch.setattr(clearing, "_FINAL", frozenset(Phase))


def legs_without_window(patch: Patch) -> None:
    """A payee that converts is credited outside all windows."""
    patch.setattr(clearing, "_FINAL", frozenset({Phase.COMMIT}))


def cut_that_does_not_turn(patch: Patch) -> None:
    """A closed window goes on taking legs."""
    close = settling._close

    def stays(state: Any, command: Any) -> Any:
        outcome = close(state, command)
        puts = [
            msgspec.structs.replace(put, window=command.window, filled=True) if isinstance(put, settling.Cycle) else put
            for put in outcome.puts
        ]
        return msgspec.structs.replace(outcome, puts=tuple(puts))

    patch.setattr(settling, "_close", stays)


def nets_of_all_that_is_there(patch: Patch) -> None:
    """Nets are added up without looking at the window."""
    nets = MemoryStore.window_nets

    async def every(self: MemoryStore, window: int) -> Any:
        last = max((entry.window or 0 for entry in self.entries), default=0)
        return [net for number in range(window, last + 1) for net in await nets(self, number)]

    patch.setattr(MemoryStore, "window_nets", every)


def repeated_moves_post_again(patch: Patch) -> None:
    """An account that is where it shall be is moved once more."""
    move = settlements.move

    def again(settlement: Any, moves: Any, hubs: Any, now: Any) -> Any:
        accounts = tuple(
            msgspec.structs.replace(one, state=SettlementState.PS_TRANSFERS_RECORDED)
            if one.state is SettlementState.PS_TRANSFERS_RESERVED and one.account in {each.account for each in moves}
            and settlement.state is SettlementState.PS_TRANSFERS_RECORDED else one
            for one in settlement.accounts
        )  # fmt: skip
        return move(msgspec.structs.replace(settlement, accounts=accounts), moves, hubs, now)

    patch.setattr(settlements, "move", again)


def abort_keeps_what_was_given(patch: Patch) -> None:
    """A settlement that is given up leaves its recipients' positions moved."""
    abort = settlements.abort

    def keeps(*values: Any) -> Any:
        return abort(*values)._replace(postings=())

    patch.setattr(settlements, "abort", keeps)


def settled_windows_are_free(patch: Patch) -> None:
    """What is pending or settled can be settled again."""
    patch.setattr(windows, "_FREE", frozenset(windows.WindowState))
    content = windows._content

    def taken(one: Any, settlement: Any, states: Any, now: Any) -> Any:
        return content(msgspec.structs.replace(one, settlement=None), settlement, states, now)

    patch.setattr(windows, "_content", taken)
    free = windows.free

    def at_any_time(window: Any, fits: Any) -> Any:
        return free(msgspec.structs.replace(window, state=windows.WindowState.CLOSED), fits)

    patch.setattr(windows, "free", at_any_time)


WINDOW_MUTANTS = (
    reservations_are_in_windows,
    legs_without_window,
    cut_that_does_not_turn,
    nets_of_all_that_is_there,
    repeated_moves_post_again,
    abort_keeps_what_was_given,
    settled_windows_are_free,
)
