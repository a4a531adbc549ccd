"""The deadlines of one lane in order of time, kept beside the tables they are read from at start."""

import heapq
from collections.abc import Iterable
from datetime import datetime

from schemas.canonical.commands import Expire
from schemas.canonical.outcome import Stored
from switch import engine
from switch.store.kinds import NAMES


class Deadlines:
    """A heap of `(due, Expire)`; a record that is closed, or gets another deadline, is forgotten lazily."""

    def __init__(self, found: Iterable[tuple[datetime, Expire]] = ()) -> None:
        """Start with what the store has open."""
        self._heap: list[tuple[datetime, str, str]] = []
        self._open: dict[tuple[str, str], datetime] = {}
        for due, expire in found:
            self.put(due, expire)

    def put(self, due: datetime, expire: Expire) -> None:
        """Set the one deadline of a record."""
        key = (expire.kind, expire.key)
        if self._open.get(key) != due:
            self._open[key] = due
            heapq.heappush(self._heap, (due, *key))

    def learn(self, puts: Iterable[Stored]) -> None:
        """Follow what a batch committed: new deadlines in, closed records out."""
        for record in puts:
            found = engine.deadlines((record,))
            for due, expire in found:
                self.put(due, expire)
            if not found:
                self._open.pop((NAMES[type(record)], record.key), None)

    def due(self, now: datetime, limit: int) -> list[tuple[datetime, Expire]]:
        """Take out what is due, oldest first."""
        taken: list[tuple[datetime, Expire]] = []
        while len(taken) < limit and (first := self.next()) is not None and first <= now:
            due, kind, key = heapq.heappop(self._heap)
            del self._open[kind, key]
            taken.append((due, Expire(kind, key)))
        return taken

    def next(self) -> datetime | None:
        """When the next one is due."""
        while self._heap and self._open.get((self._heap[0][1], self._heap[0][2])) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def __len__(self) -> int:
        return len(self._open)
