"""Delivery: every row to its receiver, in order per transfer, a slow receiver delaying only itself."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from schemas.canonical.events import Delivery
from schemas.canonical.wire import Original
from switch.bus.port import BusyError
from switch.crashpoints import crash_here
from switch.delivery_lines import Item, Line
from switch.delivery_policy import (
    INTERNAL,
    Again,
    Park,
    Policy,
    Sent,
    TellRequester,
    absence_pause,
    after_failure,
    expired,
    too_late,
)
from switch.marks import Marks
from switch.store.port import Delivered, OutboxRow, RowId, Store, StoreDownError

log = logging.getLogger("isoloop.delivery")

Send = Callable[[OutboxRow], Awaitable[Sent]]
"""Renders a row for its receiver when called, and brings it there when awaited.

Both may raise: a defect, tried again like a failure.
"""

_WIDTH: Final = 64
_INTERNAL_WIDTH: Final = 256
_LINE_MAX: Final = 20_000
_REPLY_AFTER_S: Final = 0.02
_TICK_S: Final = 0.005
_FRESH: Final = timedelta(seconds=5)
_ORACLES: Final = "@oracle"


class Hooks(msgspec.Struct, frozen=True):
    """Whom the engine tells what.

    `undeliverable` must inform the requester of a dialogue (raising means: later again, so it must be idempotent on
    the row's id), `alert` an operator, `attempted` counts each attempt.
    """

    undeliverable: Callable[[OutboxRow, Sent], Awaitable[None]]
    alert: Callable[[OutboxRow, str], None]
    attempted: Callable[[OutboxRow, Sent], None]


class _Begun(msgspec.Struct):
    """An attempt: `sending` waits for what becomes of it, or it has `sent` already; without both its time was over."""

    key: str
    item: Item
    sending: Awaitable[Sent] | None = None
    sent: Sent | None = None


class Deliverer:
    """Takes rows from the bus (`take`), sends them, and marks them in the store. Idempotent on `lane:seq`.

    `clock` gives the time against which ends of executions are judged, `chance` numbers from 0 to 1 that spread
    retries. A row it does not know any more, or had no room for, comes again from the sweeper.
    """

    def __init__(
        self,
        store: Store,
        send: Send,
        hooks: Hooks,
        clock: Callable[[], datetime],
        *,
        chance: Callable[[], float],
        policy: Policy = Policy(),  # noqa: B008 - frozen
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Nothing is on its way."""
        self._store = store
        self._send = send
        self._hooks = hooks
        self._clock = clock
        self._chance = chance
        self._policy = policy
        self._sleep = sleep
        self._lines: dict[tuple[str, bool], Line] = {}
        self._known: set[RowId] = set()
        self._marks = Marks(store, self._known.discard, sleep)
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: deque[tuple[float, Line, str]] = deque()
        self._marker: asyncio.Task[None] | None = None
        self._closing = False

    async def take(self, rows: Sequence[OutboxRow]) -> None:
        """The bus's handler: queue what is new here; whether a row of some age is still open, the store is asked."""
        fresh = self._clock() - _FRESH
        new: list[tuple[RowId, OutboxRow]] = []
        doubtful: set[RowId] = set()
        for row in rows:
            key = row.key
            if key in self._known or self._marks.fresh(key):
                continue
            new.append((key, row))
            if row.created < fresh or self._marks.known(key):
                doubtful.add(key)
        if doubtful:
            doubtful -= await self._store.still_open(doubtful)
        touched: dict[int, Line] = {}
        for key, row in new:
            line = self._line(row)
            if key in doubtful or key in self._known or len(line) >= _LINE_MAX or self._closing:
                continue
            self._known.add(key)
            held = line.put(row, held=row.event.reply)
            if held is None:
                touched[id(line)] = line
            else:
                self._hold(line, held)
        for line in touched.values():
            self._start(line)

    def _hold(self, line: Line, key: str) -> None:
        """Let a reply wait a moment: who sent the message shall have its receipt first, and the other side its news."""
        self._held.append((asyncio.get_running_loop().time() + _REPLY_AFTER_S, line, key))
        if len(self._held) == 1:
            self._task(self._release())

    async def _release(self) -> None:
        loop = asyncio.get_running_loop()
        while self._held:
            until, line, key = self._held[0]
            wait = until - loop.time()
            if wait > 0:
                # Never less than a tick: those that are due a little later go with this one.
                await self._sleep(max(wait, _TICK_S))
            self._held.popleft()
            line.again(key)
            self._start(line)

    def knows(self, key: RowId) -> bool:
        """Whether the row is on its way here, or was delivered a moment ago."""
        return key in self._known or self._marks.fresh(key)

    @property
    def waiting(self) -> dict[str, int]:
        """How many rows wait for each receiver."""
        counts: dict[str, int] = {}
        for line in self._lines.values():
            counts[line.receiver] = counts.get(line.receiver, 0) + len(line)
        return {receiver: count for receiver, count in counts.items() if count}

    def _line(self, row: OutboxRow) -> Line:
        receiver, dialogue = row.event.receiver, row.event.delivery is Delivery.DIALOGUE
        line = self._lines.get((receiver, dialogue))
        if line is None:
            width = _INTERNAL_WIDTH if receiver.startswith(INTERNAL) else _WIDTH
            # Dialogues are short of time and have few tries: they are never held back. One oracle is not another.
            line = Line(receiver, gated=not dialogue and receiver != _ORACLES, width=width)
            self._lines[receiver, dialogue] = line
        return line

    def _start(self, line: Line) -> None:
        """Begin as many attempts as the line allows now."""
        loop = asyncio.get_running_loop()
        if self._closing:
            return
        wait = line.resume_at - loop.time()
        if wait > 0:
            if not line.timed:
                line.timed = True
                self._later(wait, line)
            return
        # What is made before the first wait is made here for all rows, one after the other: a processor that does the
        # same again needs half the time.
        for _ in range(min(line.ready, line.width - line.running)):
            line.running += 1
            # a worker strikes itself off: a callback for each would cost as much as it does
            self._tasks.add(loop.create_task(self._work(line, self._begin(line))))

    def _later(self, pause_s: float, line: Line, key: str | None = None) -> asyncio.Task[None]:
        async def wake() -> None:
            await self._sleep(pause_s)
            if key is None:
                line.timed = False
            else:
                line.resting.pop(key, None)
                line.again(key)
            self._start(line)

        return self._task(wake())

    def wake(self, receiver: str) -> None:
        """Try at once what waits for a receiver that is back."""
        for (name, _), line in self._lines.items():
            if name != receiver:
                continue
            line.resume_at = 0.0
            for key, resting in list(line.resting.items()):
                resting.cancel()
                del line.resting[key]
                line.again(key)
            self._start(line)

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _begin(self, line: Line) -> _Begun | None:
        """Take the next chain and begin to send its first row; None if there is none."""
        found = line.next()
        if found is None:
            return None
        key, item = found
        row = item.row
        if row.event.until is not None and too_late(row, self._clock()):
            return _Begun(key, item)
        item.tries += 1
        crash_here("delivery.before_send")
        try:
            return _Begun(key, item, self._send(row))
        except Exception as error:  # noqa: BLE001 - whatever it is, the row goes its way
            return _Begun(key, item, None, _broken(row, error))

    async def _work(self, line: Line, begun: _Begun | None) -> None:
        loop = asyncio.get_running_loop()
        try:
            while begun is not None:
                await self._finish(line, begun)
                free = line.running <= line.width and line.resume_at <= loop.time() and not self._closing
                begun = self._begin(line) if free else None
        finally:
            line.running -= 1
            self._tasks.discard(asyncio.current_task(loop))
        if line.ready:
            self._start(line)

    async def _finish(self, line: Line, begun: _Begun) -> None:
        key, item, sent = begun.key, begun.item, begun.sent
        if begun.sending is not None:
            try:
                sent = await begun.sending
            except Exception as error:  # noqa: BLE001 - as above
                sent = _broken(item.row, error)
        if sent is None:
            await self._expired(line, key, item)
            return
        crash_here("delivery.sent")
        if not sent.waits:
            self._hooks.attempted(item.row, sent)
        if sent.ok:
            line.failures, line.resume_at = 0, 0.0
            self._mark(item.row, sent, None)
            line.done(key)
        else:
            await self._failed(line, key, item, sent)

    async def _expired(self, line: Line, key: str, item: Item) -> None:
        if item.row.event.delivery is Delivery.DIALOGUE:
            await self._tell(line, key, item, Sent(ok=False, reason="expired before it was taken"))
        else:
            self._park(item.row, expired())
            line.done(key)

    async def _failed(self, line: Line, key: str, item: Item, sent: Sent) -> None:
        row = item.row
        if not sent.waits:
            with contextlib.suppress(StoreDownError):
                await self._store.failed_attempt(row.lane, row.seq, sent.why)
        verdict = after_failure(row, sent, item.tries, self._clock(), self._policy, self._chance())
        match verdict:
            case Park():
                self._park(row, verdict, sent)
                line.done(key)
            case TellRequester():
                await self._tell(line, key, item, sent)
            case Again() if line.gated and not sent.reached:
                self._absent(line)
                line.again(key, first=True)
            case Again(pause_s=pause):
                if sent.reached:
                    line.failures, line.resume_at = 0, 0.0
                resting = self._later(pause, line, key)
                if sent.waits:
                    line.resting[key] = resting

    def _absent(self, line: Line) -> None:
        """Leave a receiver alone for a while; attempts that ran side by side count as one."""
        now = asyncio.get_running_loop().time()
        if line.resume_at <= now:
            line.failures += 1
            internal = line.receiver.startswith(INTERNAL)
            line.resume_at = now + absence_pause(line.failures, self._policy, self._chance(), internal=internal)

    async def _tell(self, line: Line, key: str, item: Item, sent: Sent) -> None:
        try:
            await self._hooks.undeliverable(item.row, sent)
        except Exception as error:  # noqa: BLE001 - the requester must hear of it, so this is tried until it works
            log.warning("the requester of %s could not be told yet: %r", item.row.id, error)
            self._later(self._policy.first_pause_s, line, key)
        else:
            self._park(item.row, Park(sent.why, alert=False))
            line.done(key)

    def _park(self, row: OutboxRow, verdict: Park, sent: Sent | None = None) -> None:
        if verdict.alert:
            log.error("%s for %s is parked: %s", row.id, row.event.receiver, verdict.reason)
            self._hooks.alert(row, verdict.reason)
        self._mark(row, sent, verdict.reason)

    def _mark(self, row: OutboxRow, sent: Sent | None, parked: str | None) -> None:
        message = without_known_bytes(row, sent.sent) if sent else None
        message_id = sent.message_id if sent else ""
        self._marks.put(Delivered(row.lane, row.seq, row.event.receiver, message, message_id, row.event.order, parked))

    def start(self) -> None:
        """Begin to mark rows as they end."""
        self._marker = asyncio.get_running_loop().create_task(self._marks.run())

    async def close(self, grace_s: float = 5.0) -> None:
        """Start nothing more, let attempts that run finish, write their marks. What is open stays open in the table."""
        self._closing = True
        running = [task for task in self._tasks if not task.done()]
        sending = any(line.running for line in self._lines.values())
        if running and sending:
            await asyncio.wait(running, timeout=grace_s, return_when=asyncio.ALL_COMPLETED)
        for task in list(self._tasks):
            task.cancel()
        if self._marker is not None:
            self._marker.cancel()
        await asyncio.gather(*self._tasks, *([self._marker] if self._marker else []), return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._marks.flush(), grace_s)


def _broken(row: OutboxRow, error: Exception) -> Sent:
    """What an attempt came to that raised."""
    if isinstance(error, BusyError | StoreDownError):
        return Sent(ok=False, reason=repr(error))
    log.error("%s for %s could not be sent", row.id, row.event.receiver, exc_info=error)
    return Sent(ok=False, permanent=True, reason=f"defect: {error!r}")


def without_known_bytes(row: OutboxRow, sent: Original | None) -> Original | None:
    """What went out; bytes that went on as they came in are in the archive already."""
    original = row.event.original
    if sent is not None and sent.body and original is not None and original.digest == sent.digest:
        return msgspec.structs.replace(sent, body=b"")
    return sent
