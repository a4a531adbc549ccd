"""The two checks before a reservation: liquidity cover first (4001), then the net debit cap (4200)."""

from schemas.canonical.faults import Fault, fault
from schemas.canonical.participants import LedgerAccount


def cover_of(settlement: LedgerAccount) -> int:
    """What a participant has deposited, in units: its SETTLEMENT account is negative by that much."""
    return -settlement.value


def free_cover(position: LedgerAccount, settlement: LedgerAccount) -> int:
    """The deposit that its position does not need, in units; what others owe it is no deposit of its own."""
    return cover_of(settlement) - max(position.value, 0)


def refusal(position: LedgerAccount, settlement: LedgerAccount, units: int) -> Fault | None:
    """Why `units` may not be reserved on the position, or None; figures include what is reserved already."""
    if cover_of(settlement) - position.value < units:
        return fault("INSUFFICIENT_LIQUIDITY")
    if position.cap is None or position.cap - position.value < units:
        return fault("NET_DEBIT_CAP")
    return None
