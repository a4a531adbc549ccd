"""Broadcasts: events of the hub that banks are told of, and which of them have taken notice."""

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
