"""The two checks before a reservation: liquidity cover first (4001), then the net debit cap (4200); and the alarm."""

from decimal import Decimal
from typing import Final

from schemas.canonical.faults import Fault, fault
from schemas.canonical.participants import LedgerAccount

_ALL: Final = 100
_CALM: Final = 90
"""An alarm ends below 90 % of its threshold."""


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


def share_of(cover: int, percent: Decimal) -> int:
    """The net debit cap that is a percentage of the deposit, in units, rounded down; nothing of no deposit."""
    numerator, denominator = percent.as_integer_ratio()
    return max(cover, 0) * numerator // (denominator * _ALL)


def over_threshold(value: int, base: int, percent: Decimal) -> bool:
    """Whether a position is over its alarm threshold, `percent` of its base.

    That is the liquidity cover (reference section 9.3), or the cap where that is a share of it.
    """
    return value * _ALL > base * percent


def calm(value: int, base: int, percent: Decimal) -> bool:
    """Whether a position is so far below its threshold that the next alarm is news."""
    return value * _ALL * _ALL <= base * percent * _CALM
