"""Messages that participants take themselves: fetched by a bank, or told in the reply to its request.

Both read what is undelivered and mark it, so nothing is lost whatever breaks off: a message that was not acknowledged,
or not written into a reply, is open in the table and goes its usual way. What was fetched comes again until it is
acknowledged, in the same bytes.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from iso.answers import Letter, Reply
from iso.collect import NotFetchedError
from iso.keys import SigningKey
from schemas.canonical.events import Delivery
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect
from switch.crossing import UncrossableError
from switch.delivery import without_known_bytes
from switch.delivery_policy import Sent, too_late
from switch.directory import Directory
from switch.senders.iso import evidence, sealed
from switch.senders.rendering import Renderer
from switch.store.port import Delivered, OutboxRow, RowId, Store, StoreDownError
from switch.timely import timely
from translator.outgoing import Outgoing, message_id_of

log = logging.getLogger("isoloop.post")

_LOOK_S: Final = 1.0
_REMEMBERED: Final = 2048
_NEWS: Final = frozenset({"booked", "progressed"})
"""Tags of events that tell of something on the way, or beside it: they are no answer."""
Hand = Callable[[Sequence[OutboxRow]], None]


class Sealed(msgspec.Struct, frozen=True):
    """A message as it was given out, and the mark of its delivery."""

    letter: Letter
    mark: Delivered


class Office:
    """Renders, signs and marks; remembers what it gave out lately, so that the mark keeps those very bytes."""

    def __init__(
        self,
        directory: Directory,
        renderer: Renderer,
        store: Store,
        key: Callable[[], SigningKey],
        clock: Callable[[], datetime],
        attempted: Callable[[OutboxRow, Sent], None],
        filled: Callable[[OutboxRow], Awaitable[OutboxRow]],
    ) -> None:
        """`key` is the hub's for business messages; `attempted` counts what was taken.

        `filled` reads what a row only points to, so that it can be rendered.
        """
        self.filled = filled
        self._directory = directory
        self._renderer = renderer
        self._store = store
        self._key = key
        self._clock = clock
        self._attempted = attempted
        self._given: OrderedDict[RowId, tuple[Participant, Sealed]] = OrderedDict()

    def participant(self, name: str) -> Participant | None:
        """Who that is."""
        return self._directory.participant(FspId(name))

    def sealed(self, row: OutboxRow, participant: Participant) -> Sealed | None:
        """The signed message of a row, the same at every call; None where there is none in XML."""
        known = self._given.get(row.key)
        if known is not None and known[0] is participant:
            return known[1]
        try:
            outgoing = self._renderer.outgoing(row, participant, repeated=False)
        except UncrossableError:
            return None
        if outgoing.dialect is not Dialect.ISO_XML:
            return None
        found = self._seal(row, participant, outgoing)
        self._given[row.key] = (participant, found)
        if len(self._given) > _REMEMBERED:
            self._given.popitem(last=False)
        return found

    def _seal(self, row: OutboxRow, participant: Participant, outgoing: Outgoing) -> Sealed:
        body = sealed(outgoing, participant, self._key())
        created = row.created.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        letter = Letter(outgoing.message_id, row.id, outgoing.version, created, body)
        sent = without_known_bytes(row, evidence(outgoing, body))
        mark = Delivered(row.lane, row.seq, row.event.receiver, sent, outgoing.message_id, row.event.order)
        return Sealed(letter, mark)

    async def open_rows(self, name: str, limit: int) -> list[OutboxRow]:
        """What waits for that participant, the oldest first, without what came too late."""
        rows, now = await self._store.waiting_for(name, limit), self._clock()
        return [await self.filled(row) for row in rows if not too_late(row, now)]

    async def delivered(self, rows: Sequence[tuple[OutboxRow, Sealed]]) -> None:
        """Mark them."""
        await self._store.delivered([found.mark for _, found in rows])
        for row, _ in rows:
            self._given.pop(row.key, None)
            self._attempted(row, Sent(ok=True))


class Pickup:
    """The messages that wait for banks which fetch them (`iso.collect.Collection`)."""

    def __init__(self, office: Office, *, look_s: float = _LOOK_S) -> None:
        """`look_s`: how often a waiting request looks at the table by itself."""
        self._office = office
        self._look_s = look_s
        self._bells: dict[str, asyncio.Event] = {}

    def committed(self, rows: Sequence[OutboxRow]) -> None:
        """Wake who waits for one of these."""
        for row in rows if self._bells else ():
            bell = self._bells.get(row.event.receiver)
            if bell is not None:
                bell.set()

    @timely
    async def waiting(self, name: str, limit: int, wait_s: float) -> list[Letter]:
        """The oldest messages; a request without any waits for the first."""
        participant = self._fetching(name)
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while True:
            bell = self._bells.setdefault(participant.name, asyncio.Event())
            bell.clear()
            rows = await self._office.open_rows(participant.name, limit)
            found = [each for row in rows if (each := self._office.sealed(row, participant)) is not None]
            left = until - loop.time()
            if found or left <= 0:
                return [each.letter for each in found]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), min(left, self._look_s))

    @timely
    async def acknowledge(self, name: str, ids: Sequence[str]) -> list[str]:
        """Mark what waits under one of these names; what is marked already, or was never there, is not told."""
        participant = self._fetching(name)
        wanted = set(ids)
        rows = await self._named(participant, wanted)
        found = [(row, each) for row in rows if (each := self._office.sealed(row, participant)) is not None]
        await self._office.delivered(found)
        done = {name for _, each in found for name in (each.letter.id, each.letter.place)}
        return [each for each in ids if each in done]

    async def _named(self, participant: Participant, wanted: Collection[str]) -> list[OutboxRow]:
        limit = max(2 * len(wanted), 100)
        while True:
            rows = await self._office.open_rows(participant.name, limit)
            found = [row for row in rows if row.id in wanted or message_id_of(row.id, row.created) in wanted]
            # What was given out is among the oldest; only an odd client acknowledges the newest of many first.
            if len(found) >= len(wanted) or len(rows) < limit:
                return found
            limit *= 8

    def _fetching(self, name: str) -> Participant:
        found = self._office.participant(name)
        if found is None or found.iso is None:
            raise NotFetchedError(f"{name[:40]} is no bank")
        if found.iso.way != "pull":
            raise NotFetchedError(f"messages for {found.name} go out by {found.iso.way}: set delivery to pull first")
        return found


class _Wait:
    """One request whose answer is to be told in its reply."""

    def __init__(self, sender: str, message_id: str, office: Office, hand: Hand) -> None:
        self.sender = sender
        self.orders = {message_id}
        self.row: asyncio.Future[OutboxRow] = asyncio.get_running_loop().create_future()
        self._office = office
        self._hand = hand

    def wants(self, row: OutboxRow) -> bool:
        event = row.event
        return (
            not self.row.done()
            and event.receiver == self.sender
            and event.order in self.orders
            and event.delivery is Delivery.RESULT
            and event.body.__struct_config__.tag not in _NEWS
        )

    async def first(self, wait_s: float) -> Reply | None:
        """The message, if it comes in time."""
        await asyncio.wait((self.row,), timeout=wait_s)
        if not self.row.done() or self.row.cancelled():
            return None
        row = await self._office.filled(self.row.result())
        participant = self._office.participant(self.sender)
        found = None if participant is None else self._office.sealed(row, participant)
        if found is None:
            return None
        self.row = asyncio.get_running_loop().create_future()  # the reply has it now
        return Reply(found.letter, lambda: self._told(row, found), lambda: self._hand((row,)))

    async def _told(self, row: OutboxRow, found: Sealed) -> None:
        try:
            await self._office.delivered([(row, found)])
        except StoreDownError as error:
            log.warning("%s was told in a reply and is told again: %s", row.id, error)
            self._hand((row,))

    def close(self) -> None:
        """What came and was not taken goes its usual way."""
        if self.row.done() and not self.row.cancelled():
            self._hand((self.row.result(),))
        self.row.cancel()


class Prompt:
    """The answers that are told in replies (`iso.collect.Answers`)."""

    def __init__(self, office: Office, hand: Hand) -> None:
        """`hand` sends a row its usual way."""
        self._office = office
        self._hand = hand
        self._waits: dict[tuple[str, str], _Wait] = {}

    @contextlib.contextmanager
    def expect(self, sender: str, message_id: str) -> Iterator[_Wait]:
        """Keep the first message about that one; a second request about it in the meantime gets none."""
        wait, key = _Wait(sender, message_id, self._office, self._hand), (sender, message_id)
        mine = self._waits.setdefault(key, wait) is wait
        try:
            yield wait
        finally:
            if mine:
                del self._waits[key]
            wait.close()

    def named(self, sender: str, message_id: str, reference: str) -> None:
        """A message became a command about this object: what is told of it is its answer too."""
        wait = self._waits.get((sender, message_id))
        if wait is not None:
            wait.orders.add(reference)

    def committed(self, rows: Sequence[OutboxRow]) -> Sequence[OutboxRow]:
        """The rows without those that a reply has taken."""
        if not self._waits:
            return rows
        return [row for row in rows if not self._taken(row)]

    def _taken(self, row: OutboxRow) -> bool:
        for wait in self._waits.values():
            if wait.wants(row):
                wait.row.set_result(row)
                return True
        return False
