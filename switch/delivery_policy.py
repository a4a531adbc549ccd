"""How hard the hub tries: what follows a delivery that failed, by its class. Pure."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from schemas.canonical.events import Delivery
from schemas.canonical.faults import Fault
from schemas.canonical.wire import Original
from switch.store.port import OutboxRow

INTERNAL: Final = "@"
"""Receivers that begin so are lanes and oracles of the hub itself."""


class Sent(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one attempt went. `status` is the receiver's HTTP status (None: it was not reached, or is no HTTP peer).

    `permanent`: repeating cannot help. `waits`: nothing was tried, the receiver fetches the message when it likes.
    `sent` is the message as it went out, `message_id` its BizMsgIdr; `fault` is what the requester of a dialogue shall
    be told.
    """

    ok: bool
    permanent: bool = False
    status: int | None = None
    fault: Fault | None = None
    sent: Original | None = None
    message_id: str = ""
    reason: str = ""
    waits: bool = False

    @property
    def reached(self) -> bool:
        """Whether the receiver answered at all."""
        return self.ok or self.permanent or self.waits or self.status is not None

    @property
    def why(self) -> str:
        """A line for the operator."""
        return self.reason or (f"status {self.status}" if self.status else "not reached")


class Policy(msgspec.Struct, frozen=True):
    """Times in seconds. A dialogue gets 1 + len(`dialogue_pauses_s`) tries; other rows pause longer each time."""

    dialogue_pauses_s: tuple[float, ...] = (0.2, 1.0, 3.0)
    first_pause_s: float = 0.5
    longest_pause_s: float = 300.0
    longest_absence_s: float = 15.0
    internal_pause_s: float = 1.0
    result_life: timedelta = timedelta(days=7)
    permanent_tries: int = 3
    fetched_pause_s: float = 5.0


class Again(msgspec.Struct, frozen=True):
    """Try once more after a pause (seconds)."""

    pause_s: float


class Park(msgspec.Struct, frozen=True):
    """Give up; an operator is alerted when `alert` is set."""

    reason: str
    alert: bool = True


class TellRequester(msgspec.Struct, frozen=True):
    """Give up and tell who started the dialogue."""


def too_late(row: OutboxRow, now: datetime) -> bool:
    """Whether an execution or dialogue has passed its end."""
    return row.event.until is not None and row.event.delivery is not Delivery.RESULT and now >= row.event.until


def after_failure(
    row: OutboxRow, sent: Sent, tries: int, now: datetime, policy: Policy, chance: float
) -> Again | Park | TellRequester:
    """What follows the failed attempt number `tries`; `chance` (0..1) spreads pauses to half and one and a half."""
    if row.event.receiver.startswith(INTERNAL):
        if row.event.until is not None and now >= row.event.until:
            return expired()
        return Again(min(_pause(tries, policy, chance), policy.internal_pause_s))
    if sent.waits and not too_late(row, now) and now - row.created < policy.result_life:
        return Again(min(policy.fetched_pause_s * 2.0 ** min(tries - 1, 20), policy.longest_pause_s))
    match row.event.delivery:
        case Delivery.DIALOGUE:
            over = sent.permanent or tries > len(policy.dialogue_pauses_s) or too_late(row, now)
            return TellRequester() if over else Again(policy.dialogue_pauses_s[tries - 1])
        case Delivery.EXECUTION:
            if sent.permanent:
                return Park(f"refused: {sent.why}")
            return expired() if too_late(row, now) else Again(_pause(tries, policy, chance))
        case Delivery.RESULT:
            if sent.permanent and tries >= policy.permanent_tries:
                return Park(f"refused {tries} times: {sent.why}")
            if now - row.created >= policy.result_life:
                return Park(f"not taken in {policy.result_life.days} days: {sent.why}")
            return Again(_pause(tries, policy, chance))


def expired() -> Park:
    """An execution whose time is over needs no operator: its transfer has expired, and the payer is told so."""
    return Park("expired before it was taken", alert=False)


def absence_pause(failures: int, policy: Policy, chance: float, *, internal: bool) -> float:
    """How long a receiver that was not reached `failures` times in a row is left alone."""
    longest = policy.internal_pause_s if internal else policy.longest_absence_s
    return min(policy.first_pause_s * 2.0 ** min(failures - 1, 20), longest) * (0.5 + chance)


def _pause(tries: int, policy: Policy, chance: float) -> float:
    return min(policy.first_pause_s * 2.0 ** min(tries - 1, 20) * (0.5 + chance), policy.longest_pause_s)
