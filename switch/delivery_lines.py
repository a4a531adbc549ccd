"""What waits for one receiver: rows in sequence per order key, many keys side by side, and whether it is reached."""

import asyncio
from collections import deque

import msgspec

from switch.store.port import OutboxRow


class Item(msgspec.Struct):
    """A row on its way, with the attempts of this process."""

    row: OutboxRow
    tries: int = 0


class Line:
    """One receiver's rows of one kind (dialogues, or all else), so that neither holds up the other.

    `gated` lines are left alone as a whole while their receiver is not reached, and then probed with one row. `resting`
    are the keys whose row waits for its receiver to come, with what will try them again.
    """

    def __init__(self, receiver: str, *, gated: bool, width: int) -> None:
        """Nothing waits."""
        self.receiver = receiver
        self.gated = gated
        self.running = 0
        self.failures = 0
        self.resume_at = 0.0
        self.timed = False
        self.resting: dict[str, asyncio.Task[None]] = {}
        self._width = width
        self._chains: dict[str, deque[Item]] = {}
        self._ready: deque[str] = deque()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def width(self) -> int:
        """How many attempts may run at once now."""
        return 1 if self.failures else self._width

    def put(self, row: OutboxRow, *, held: bool = False) -> str | None:
        """Queue a row behind those of its key; a late one finds its place, but never before one that is under way.

        With `held` a row that could be tried at once is not, until `again` is called with the key that is returned.
        """
        key = row.event.order or row.id
        chain = self._chains.get(key)
        self._size += 1
        if chain is None:
            self._chains[key] = deque([Item(row)])
            if held:
                return key
            self._ready.append(key)
            return None
        place = len(chain)
        while place > 1 and chain[place - 1].row.key > row.key:
            place -= 1
        chain.insert(place, Item(row))
        return None

    def next(self) -> tuple[str, Item] | None:
        """The key and first row of a chain that is ready; the chain is not ready again before `done` or `again`."""
        if not self._ready:
            return None
        key = self._ready.popleft()
        return key, self._chains[key][0]

    @property
    def ready(self) -> int:
        """How many chains could be tried."""
        return len(self._ready)

    def done(self, key: str) -> None:
        """The first row of the chain has ended; the next one may go."""
        chain = self._chains[key]
        chain.popleft()
        self._size -= 1
        if chain:
            self._ready.append(key)
        else:
            del self._chains[key]

    def again(self, key: str, *, first: bool = False) -> None:
        """The first row of the chain is to be tried again."""
        if first:
            self._ready.appendleft(key)
        else:
            self._ready.append(key)
