"""The one loop of every lane: take, load, step, commit, release. A reader who learned one lane knows all."""

import asyncio
import contextlib
import itertools
import logging
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from schemas.canonical.commands import Expire
from schemas.canonical.faults import fault
from schemas.canonical.outcome import Stored
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Receipt
from switch.bulk_items import weight
from switch.bus.port import BusyError
from switch.crashpoints import crash_here
from switch.deadlines import Deadlines
from switch.engine import Batch, Parcel, Step, inbox_keys, run, touches
from switch.profile import Profile
from switch.state import Resident, State
from switch.store.kinds import is_resident, is_shared
from switch.store.port import LEDGER, ConflictError, LaneLostError, Lease, OutboxRow, Store, StoreDownError

log = logging.getLogger("isoloop.worker")

_RETRY_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
_TRIES: Final = 3
_TOLD_MAX: Final = 100
_STOPPED: Final = "the lane is stopping"

Committed = Callable[[Batch, Sequence[OutboxRow]], None]
"""Told right after each commit: hands the rows to the relay, updates directories, counts. Must not wait."""


class Limits(msgspec.Struct, frozen=True):
    """How much one lane takes: commands in a batch, and commands waiting before senders are told to come later.

    `transfers` is how many open transfers the owner remembers; others are loaded when they are named.
    """

    batch: int = 256
    waiting: int = 4096
    transfers: int = 20_000


class _Ticket:
    """One pack of parcels whose sender waits for the receipts."""

    def __init__(self, size: int, answered: asyncio.Future[list[Receipt]]) -> None:
        self.answered = answered
        self._receipts: list[Receipt | None] = [None] * size
        self._missing = size

    def give(self, index: int, receipt: Receipt) -> None:
        self._receipts[index] = receipt
        self._missing -= 1
        if self._missing == 0 and not self.answered.done():
            self.answered.set_result([receipt for receipt in self._receipts if receipt is not None])

    def refuse(self, reason: str) -> None:
        if not self.answered.done():
            self.answered.set_exception(BusyError(reason))


class _Waiting(msgspec.Struct, frozen=True):
    parcel: Parcel
    ticket: _Ticket
    index: int


_Due = tuple[datetime, Expire]


class Worker:
    """The owner of one lane. `submit` is the lane's bus handler; `serve` runs until stopped or until the lane is lost.

    All time is the store's; between loads it is reckoned with the event loop's monotonic clock.
    """

    def __init__(
        self,
        lane: str,
        owner: str,
        store: Store,
        step: Step,
        profile: Profile,
        *,
        committed: Committed,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        """Own nothing yet; `start` takes the lane."""
        self.lane = lane
        self.owner = owner
        self.resident = Resident()
        self._store = store
        self._step = step
        self._profile = profile
        self._committed = committed
        self._limits = limits
        self._lease: Lease | None = None
        self._deadlines = Deadlines()
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._stopping = False
        self._clock: tuple[datetime, float] | None = None

    @property
    def ready(self) -> bool:
        """Whether the lane is owned and the store answered the last time it was asked."""
        return self._lease is not None and not self._stopping

    async def submit(self, parcels: Sequence[Parcel]) -> Sequence[Receipt]:
        """Queue parcels; gives their receipts after COMMIT. Raises BusyError when the queue is full or broken off."""
        if self._stopping or len(self._queue) + len(parcels) > self._limits.waiting:
            raise BusyError(_STOPPED if self._stopping else f"lane {self.lane} has {len(self._queue)} commands waiting")
        if not parcels:
            return []
        ticket = _Ticket(len(parcels), asyncio.get_running_loop().create_future())
        self._queue.extend(_Waiting(parcel, ticket, index) for index, parcel in enumerate(parcels))
        self._wake.set()
        return await ticket.answered

    def learn(self, records: Iterable[Stored]) -> None:
        """Take over what another lane committed of the kinds every lane reads."""
        for record in records:
            if is_shared(record):
                self.resident.put(record)

    async def start(self) -> None:
        """Take the lane and read what its owner keeps in memory: starting is recovering."""
        lease = await self._store.take_lane(self.lane, self.owner, self._lease)
        # What other lanes commit from here on is newer than what is read.
        kept = self.resident = Resident()
        for record in await self._store.resident(self.lane):
            if kept.get(type(record), record.key) is None:
                kept.put(record)
        self._deadlines = Deadlines(await self._store.deadlines(self.lane))
        self._reckon((await self._store.load(self.lane, (), ())).now)
        self._lease = lease
        log.info(
            "lane %s owned by %s, epoch %s, %s deadlines", self.lane, self.owner, lease.epoch, len(self._deadlines)
        )

    async def serve(self) -> None:
        """Run batch after batch until `stop`; raises LaneLostError when another owner has taken the lane."""
        try:
            while not (self._stopping and not self._queue):
                await self._wait()
                try:
                    await self.turn()
                except StoreDownError:
                    log.warning("lane %s lost its store, trying to take it again", self.lane, exc_info=True)
                    await self._recover()
        finally:
            self._stopping = True
            self._refuse([*self._queue], _STOPPED)
            self._queue.clear()

    def stop(self) -> None:
        """Take nothing more, finish what waits, return from `serve`."""
        self._stopping = True
        self._wake.set()

    async def turn(self) -> None:
        """One batch of whatever waits and is due now; nothing happens if nothing does."""
        due = self._deadlines.due(self._now(), self._limits.batch)
        taken = self._take()
        if not taken and not due:
            return
        crash_here("worker.taken")
        try:
            await self._together(due, taken)
        except BaseException:
            self._refuse(taken, "the outcome is not known, repeat the message")
            raise

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        room = self._limits.batch
        while self._queue and room > 0:
            waiting = self._queue.popleft()
            # A sender that gave up is not served: it will repeat.
            if not waiting.ticket.answered.done():
                taken.append(waiting)
                room -= weight(waiting.parcel.command)
        return taken

    async def _together(self, due: list[_Due], taken: list[_Waiting]) -> None:
        try:
            receipts = await self._batch(due, [waiting.parcel for waiting in taken])
        except (LaneLostError, StoreDownError):
            raise
        except Exception:  # noqa: BLE001 - a conflict or a defect of one parcel must not stop the others
            await self._one_by_one(due, taken)
        else:
            for waiting, receipt in zip(taken, receipts, strict=True):
                waiting.ticket.give(waiting.index, receipt)
            crash_here("worker.released")

    async def _one_by_one(self, due: list[_Due], taken: list[_Waiting]) -> None:
        for deadline in due:
            await self._alone([deadline], [], Parcel(deadline[1]))
        for waiting in taken:
            waiting.ticket.give(waiting.index, await self._alone([], [waiting.parcel], waiting.parcel))

    async def _alone(self, due: list[_Due], parcels: list[Parcel], offender: Parcel) -> Receipt:
        """One parcel in a batch of its own; a conflict is tried again on fresh records, a defect is parked."""
        for tries_left in range(_TRIES - 1, -1, -1):
            try:
                receipts = await self._batch(due, parcels)
                return receipts[0] if receipts else Receipt()
            except (LaneLostError, StoreDownError):
                raise
            except ConflictError:
                if tries_left:
                    continue
                await self._park(offender)
            except Exception:  # noqa: BLE001 - parked with its trace, the lane goes on
                await self._park(offender)
                break
        return Receipt(fault=fault("INTERNAL"))

    async def _park(self, parcel: Parcel) -> None:
        trace = traceback.format_exc()
        await self._prove_ownership()
        log.error("lane %s parked %s: %s", self.lane, type(parcel.command).__name__, trace)
        await self._store.park(self.lane, parcel, trace)

    async def _prove_ownership(self) -> None:
        """Commit nothing: an owner that lost the lane errs on balances that are no longer true."""
        if self._lease is not None and self._clock is not None:
            try:
                self._lease = await self._store.commit(self._lease, _only(self._clock[0]))
            except ConflictError as error:
                raise StoreDownError(f"lane {self.lane} could not prove that it is owned") from error

    async def _batch(self, due: list[_Due], parcels: list[Parcel]) -> Sequence[Receipt]:
        """Load, step, commit; gives the receipts of `parcels` (those of deadlines have nobody to go to)."""
        if self._lease is None:
            raise StoreDownError(f"lane {self.lane} is not taken")
        expiring = [Parcel(expire) for _, expire in due]
        touched = (key for parcel in (*expiring, *parcels) for key in touches(parcel.command))
        keys = [key for key in touched if self.resident.get(*key) is None]
        messages = [key for parcel in parcels for key in inbox_keys(parcel)]
        loaded = await self._store.load(self.lane, keys, messages)
        self._reckon(loaded.now)
        crash_here("worker.loaded")
        # Due by the reckoned clock, not yet by the database's: back into the heap, its time will come.
        early = [deadline for deadline in due if deadline[0] > loaded.now]
        for when, expire in early:
            self._deadlines.put(when, expire)
        expiring = [Parcel(expire) for when, expire in due if when <= loaded.now]
        if not expiring and not parcels:
            return ()
        state = State(loaded.now, self._profile, self.resident, loaded.records, loaded.inbox)
        batch = run(state, self._step, (*expiring, *parcels))
        crash_here("worker.stepped")
        await self._commit(self._lease, batch)
        return batch.receipts[len(expiring) :]

    async def _commit(self, lease: Lease, batch: Batch) -> None:
        if batch.puts or batch.entries or batch.events or batch.inbox or batch.archive:
            self._lease = await self._store.commit(lease, batch)
        crash_here("worker.committed")
        for record in batch.puts:
            if is_resident(record):
                self.resident.put(record)
            elif isinstance(record, Transfer) and not record.final:
                # Its answer is next: what this owner wrote itself need not be read for it.
                self.resident.keep(record, self._limits.transfers)
            else:
                self.resident.drop(record)
        self._deadlines.learn(batch.puts)
        rows = [OutboxRow(lease.lane, seq, event, batch.now) for seq, event in enumerate(batch.events, lease.seq + 1)]
        self._tell(batch, rows)

    def _tell(self, batch: Batch, rows: Sequence[OutboxRow] = ()) -> None:
        try:
            self._committed(batch, rows)
        except Exception:
            # What is committed stays committed: whoever missed it reads the tables.
            log.exception("lane %s: a listener failed after the commit", self.lane)

    async def _recover(self) -> None:
        """Take the lane again, however long the database is away; only another owner ends it."""
        for pause in itertools.chain(_RETRY_S, itertools.repeat(_RETRY_S[-1])):
            if self._stopping:
                return
            await asyncio.sleep(pause)
            with contextlib.suppress(StoreDownError):
                await self.start()
                self._tell_again()
                return

    def _tell_again(self) -> None:
        """Tell all that is kept: what the last commit changed, if it took place, nobody has heard.

        Its events come from the sweeper. Only the ledger lane writes what others keep a copy of.
        """
        if self.lane != LEDGER or self._clock is None:
            return
        kinds: list[type[Stored]] = list(self.resident.by_kind)
        records = (record for kind in kinds for record in self.resident.all(kind))
        while told := tuple(itertools.islice(records, _TOLD_MAX)):
            self._tell(_only(self._clock[0], told))

    async def _wait(self) -> None:
        """Until a parcel waits or the next deadline is due by reckoning."""
        if self._queue or self._stopping:
            return
        self._wake.clear()
        due = self._deadlines.next()
        seconds = None if due is None else max((due - self._now()).total_seconds(), 0.001)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    def _reckon(self, now: datetime) -> None:
        self._clock = (now, asyncio.get_running_loop().time())

    def _now(self) -> datetime:
        if self._clock is None:
            raise StoreDownError(f"lane {self.lane} is not taken")
        then, at = self._clock
        return then + timedelta(seconds=asyncio.get_running_loop().time() - at)

    def _refuse(self, waiting: Iterable[_Waiting], reason: str) -> None:
        for one in waiting:
            one.ticket.refuse(reason)


def _only(now: datetime, puts: tuple[Stored, ...] = ()) -> Batch:
    """A batch of nothing but these records."""
    return Batch(now, puts, (), (), (), (), (), ())
