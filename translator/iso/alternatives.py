"""Choices of payments put together: what fits both of two. Pure."""

from datetime import datetime
from typing import Final, TypeVar

import msgspec

from schemas.canonical.faults import Fault, fault
from schemas.canonical.reporting import PaymentChoice

NO_STATE: Final = ("",)
"""The state that no payment has."""
NOTHING: Final = PaymentChoice(states=NO_STATE)
"""What no payment fits."""
_T = TypeVar("_T", int, datetime)


class OddError(Exception):
    """A criterion that cannot be kept."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason.description)
        self.fault = reason


def both(one: PaymentChoice, other: PaymentChoice) -> PaymentChoice:
    """The payments that fit both; OddError where that cannot be said as one choice."""
    if _differ(one.sent, other.sent):
        return NOTHING
    if _differ(one.other_than, other.other_than):
        raise OddError(fault("NOT_IMPLEMENTED", "two NEQAmt at once are not taken; ask for the amounts beside them"))
    lists = {
        name: _common(getattr(one, name), getattr(other, name)) for name in ("currencies", "counterparties", "states")
    }
    if any(found is None for found in lists.values()):
        return NOTHING
    return msgspec.structs.replace(
        one,
        named=(*one.named, *other.named),
        since=_later(one.since, other.since),
        until=_earlier(one.until, other.until),
        completed_since=_later(one.completed_since, other.completed_since),
        completed_until=_earlier(one.completed_until, other.completed_until),
        least=_later(one.least, other.least),
        most=_earlier(one.most, other.most),
        other_than=one.other_than if other.other_than is None else other.other_than,
        sent=one.sent if other.sent is None else other.sent,
        **lists,
    )


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...] | None:
    """What is in both lists, of which an empty one stands for everything; None if nothing is."""
    if not one or not other:
        return one or other
    return tuple(each for each in one if each in other) or None


def _later(one: _T | None, other: _T | None) -> _T | None:
    return one if other is None else other if one is None else max(one, other)


def _earlier(one: _T | None, other: _T | None) -> _T | None:
    return one if other is None else other if one is None else min(one, other)
