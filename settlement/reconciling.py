"""Reconciliation: what the hub has booked against what a settlement agent's statement says of the same account. Pure.

Units are 10^-4 of the currency as the agent sees the account: credits are positive.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from schemas.canonical.instructions import AgentBooking
from settlement.statement_sums import Finding


class Verdict(StrEnum):
    """What was found of one booking. MISSING: the agent lacks it; EXTRA: the hub does."""

    MATCHED = "MATCHED"
    MISSING = "MISSING"
    EXTRA = "EXTRA"
    DIFFERENT = "DIFFERENT"


class HubBooking(msgspec.Struct, frozen=True):
    """A booking as the hub has it, with every reference by which the agent may name it."""

    reference: str
    units: int
    at: datetime
    references: tuple[str, ...] = ()


class Compared(msgspec.Struct, frozen=True, omit_defaults=True):
    """One booking of either side or both; amounts are there for the sides that have it."""

    verdict: Verdict
    reference: str
    hub: int | None = None
    agent: int | None = None
    text: str = ""


class Reconciliation(msgspec.Struct, frozen=True):
    """One account in one time: every booking with its verdict, and by how much the balances differ.

    `drift` is the agent's closing balance less the hub's (None: the statement has none). Without errors it is zero.
    `findings` are what is wrong with the statement itself, whatever the hub has.
    """

    account: str
    currency: str
    since: datetime
    until: datetime
    compared: tuple[Compared, ...]
    closing: int | None = None
    balance: int | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def drift(self) -> int | None:
        """By how much the agent has more than the hub."""
        return None if self.closing is None or self.balance is None else self.closing - self.balance

    @property
    def counts(self) -> dict[str, int]:
        """How many bookings have each verdict."""
        found = [one.verdict for one in self.compared]
        return {verdict.value: found.count(verdict) for verdict in Verdict}

    @property
    def clean(self) -> bool:
        """Whether everything matches and nothing is left."""
        return not self.drift and not self.findings and all(one.verdict is Verdict.MATCHED for one in self.compared)


_NO_REFERENCE: Final = "NOTPROVIDED"


def reconcile(
    hub: Sequence[HubBooking],
    agent: Iterable[AgentBooking],
    since: datetime,
    until: datetime,
    earlier: Collection[str] = (),
) -> tuple[Compared, ...]:
    """Compare both sides; `hub` may hold more than the time, since the two sides book at different moments.

    `earlier` are references of statements before this one: what they told is not missed here. A booking of the agent
    that names nothing is matched by its amount, if it names nothing at all.
    """
    named: dict[str, list[int]] = {}
    for place, one in enumerate(hub):
        for reference in {one.reference, *one.references}:
            named.setdefault(reference, []).append(place)
    used: set[int] = set()
    found: list[Compared] = []
    nameless: list[AgentBooking] = []
    for booking in agent:
        references = [one for one in booking.references if one != _NO_REFERENCE]
        places = [place for one in references for place in named.get(one, ())]
        if not references:
            nameless.append(booking)
        else:
            found.append(_judged(booking, hub, list(dict.fromkeys(places)), used))
    for booking in nameless:
        same = (place for place, one in enumerate(hub) if place not in used and one.units == booking.units)
        found.append(_judged(booking, hub, list(same)[:1], used))
    known = frozenset(earlier)
    for place, one in enumerate(hub):
        told = not known.isdisjoint({one.reference, *one.references})
        if place not in used and since <= one.at < until and not told:
            found.append(Compared(Verdict.MISSING, one.reference, one.units, None, "the agent has not booked it"))
    return tuple(found)


def _judged(booking: AgentBooking, hub: Sequence[HubBooking], places: list[int], used: set[int]) -> Compared:
    name = booking.references[0] if booking.references else booking.servicer_reference
    free = [place for place in places if place not in used]
    equal = [place for place in free if hub[place].units == booking.units]
    if equal:
        used.add(equal[0])
        return Compared(Verdict.MATCHED, hub[equal[0]].reference, booking.units, booking.units)
    if free:
        used.add(free[0])
        ours = hub[free[0]]
        return Compared(Verdict.DIFFERENT, ours.reference, ours.units, booking.units, f"the agent calls it {name}")
    text = "the agent has booked it twice" if places else "nothing here has its references"
    return Compared(Verdict.EXTRA, name, None, booking.units, text)
