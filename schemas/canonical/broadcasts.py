"""Broadcasts: events of the hub that banks are told of, and which of them have taken notice; and its signs of life."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from schemas.canonical.identity import FspId
from schemas.canonical.system import SystemEvent

LIFE: Final = timedelta(days=1)
"""How long acknowledgements are waited for."""


class Notified(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bank that a broadcast went to, and when it acknowledged it."""

    name: FspId
    acknowledged: datetime | None = None


class Broadcast(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="broadcast"):
    """An event of the hub that banks were told of; `closed` when nothing is waited for any more."""

    id: str
    event: SystemEvent
    receivers: tuple[Notified, ...]
    created: datetime
    closed: bool = False

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether an acknowledgement is waited for."""
        return not self.closed

    @property
    def due(self) -> datetime:
        """When nothing is waited for any more."""
        return self.created + LIFE


class Heartbeat(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="heartbeat"):
    """The signs of life that the hub gives one bank every `interval_s` seconds (0: no more), the next one at `due`.

    `number` counts them; `sent` is the last one, `heard` when the bank last answered or said by itself that it is
    there, `missed` how many in a row it has not answered.
    """

    participant: FspId
    interval_s: int
    due: datetime
    number: int = 0
    sent: datetime | None = None
    heard: datetime | None = None
    missed: int = 0

    @property
    def key(self) -> str:
        """The participant's name."""
        return self.participant

    @property
    def open(self) -> bool:
        """Whether there will be another one."""
        return self.interval_s > 0

    @property
    def awaited(self) -> bool:
        """Whether the last one was not answered."""
        return self.sent is not None and (self.heard is None or self.heard < self.sent)
