"""Sending to a bank on NATS: one signed business message on its subject, delivered when the bank acknowledges it."""

import math
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol

from iso.keys import SigningKey
from schemas.canonical.events import Delivery
from schemas.canonical.faults import fault
from schemas.canonical.participants import Participant
from switch.bus.banks import ID, Taken
from switch.bus.places import Place
from switch.bus.port import BusDownError
from switch.delivery_policy import Sent
from switch.senders.iso import evidence, sealed
from switch.store.port import OutboxRow
from translator.outgoing import Outgoing

_AFTER_ITS_END_S: Final = 5
_WHY: Final = {
    Taken.REFUSED: "the bank terminated the message",
    Taken.WAITS: "not acknowledged yet",
    Taken.LOST: "neither waiting nor acknowledged: sent again",
}


class Post(Protocol):
    """Keeps a message for a bank and waits until it is acknowledged (`BankStream.post`)."""

    def __call__(
        self, subject: str, body: bytes, headers: dict[str, str], patience_s: float, lives_s: int | None
    ) -> Awaitable[Taken]:
        """What became of the message; may raise BusDownError."""


class NatsSender:
    """Seals what was rendered with the hub's key and leaves it where the bank takes it."""

    def __init__(
        self, post: Post, key: Callable[[], SigningKey], clock: Callable[[], datetime], patience_s: float
    ) -> None:
        """`patience_s` is how long one attempt waits for the bank's acknowledgement."""
        self._post = post
        self._key = key
        self._clock = clock
        self._patience_s = patience_s

    async def send(self, outgoing: Outgoing, receiver: Participant, row: OutboxRow) -> Sent:
        """One attempt; a message that already waits for the bank is not sent again, only waited for."""
        body = sealed(outgoing, receiver, self._key())
        headers = {ID: row.id, "BizMsgIdr": outgoing.message_id, "Content-Type": "application/xml"}
        subject = Place(receiver.name).subject(row.lane, row.seq)
        sent = evidence(outgoing, body)
        try:
            taken = await self._post(subject, body, headers, self._patience_s, self._life(row))
        except BusDownError as down:
            cause = fault("DESTINATION_UNREACHABLE", receiver.name)
            return Sent(ok=False, fault=cause, sent=sent, reason=str(down))
        if taken is Taken.ACKNOWLEDGED:
            return Sent(ok=True, sent=sent, message_id=outgoing.message_id)
        cause = fault("DESTINATION_UNREACHABLE", f"{receiver.name}: {_WHY[taken]}")
        return Sent(ok=False, permanent=taken is Taken.REFUSED, fault=cause, sent=sent, reason=_WHY[taken])

    def _life(self, row: OutboxRow) -> int | None:
        """Seconds until the message has no sense any more; a result never has none.

        A little more than its life: until its end, a message that is gone from the stream was acknowledged.
        """
        if row.event.until is None or row.event.delivery is Delivery.RESULT:
            return None
        return math.ceil((row.event.until - self._clock()).total_seconds()) + _AFTER_ITS_END_S
