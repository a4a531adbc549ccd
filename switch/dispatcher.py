"""Deliveries in a process of their own, so that a hub on a machine with two processors uses both.

The hub starts it, tells it over NATS what changed (participants, what they speak), and counts what it did. It holds
nothing: killed at any moment it is started again, and finds what is undelivered in the table. It ends when the pipe
from its hub does, however the hub ended.
"""

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import uvloop

from schemas.canonical.outcome import Stored
from switch import keys as hub_keys
from switch import logs
from switch.bus.nats import NatsBus
from switch.config import Settings
from switch.directory import KINDS, Directory
from switch.dispatch import Surroundings, dispatch
from switch.heard import Heard
from switch.meters import Attempt, Delay, Deliveries
from switch.native_banks import NativeBanks
from switch.scheme_rules import identity_of
from switch.senders.reports import open_reports
from switch.store.port import StoreDownError
from switch.store.postgres import PostgresStore

log = logging.getLogger("isoloop.dispatcher")

RECORDS: Final = "records"
"""Topic: shared records that were committed, in canonical JSON."""
HEARD: Final = "heard"
"""Topic: what participants speak, as `Heard.told`."""
DONE: Final = "done"
"""Topic: what was done since the last time, a `Done`."""

_READY: Final = b"ready\n"
_STOP_S: Final = 10.0
_REVIVE_S: Final = 0.2
_TELL_S: Final = 0.5
_REFRESH_S: Final = 5.0
_COLLECT: Final = (50_000, 20, 20)
_records = msgspec.json.Decoder(tuple[Stored, ...])


class Order(msgspec.Struct, frozen=True):
    """What the process is told when it starts; comes over its standard input, since it holds secrets."""

    settings: dict[str, Any]
    database_url: str
    nats_url: str
    banks_url: str


class Done(msgspec.Struct, frozen=True):
    """Attempts since the last time and how long deliveries took, rows given up, and what waits for each receiver."""

    attempts: tuple[Attempt, ...]
    delays: dict[str, Delay]
    parked: int
    waiting: dict[str, int]


class Dispatcher:
    """The hub's end of it. Nobody waits for it: rows wait on the bus and in the table until it takes them."""

    def __init__(self) -> None:
        """Nothing runs."""
        self._process: asyncio.subprocess.Process | None = None
        self._order = b""
        self._stopping = asyncio.Event()

    async def spawn(self) -> None:
        """Start the process, which loads its code while the hub still gathers what its order needs."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "switch.dispatcher", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )

    async def keep(self, order: Order, started: Callable[[], None]) -> None:
        """Give it its order, and start it again whenever it ends; `started` is told when it takes rows."""
        self._order = msgspec.json.encode(order) + b"\n"
        while not self._stopping.is_set():
            status = await self._run(started)
            if self._stopping.is_set():
                return
            log.error("the dispatcher ended with status %s and is started again", status)
            await asyncio.sleep(_REVIVE_S)
            await self.spawn()

    async def _run(self, started: Callable[[], None]) -> int | None:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("the dispatcher was not spawned")
        process.stdin.write(self._order)
        if await process.stdout.readline() == _READY:
            started()
        return await process.wait()

    async def stop(self) -> None:
        """Let it finish its attempts and write its marks."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()


class _Tally:
    """What was done, until it is told."""

    def __init__(self) -> None:
        self._deliveries = Deliveries(_clock)
        self._parked = 0
        self.attempted = self._deliveries.attempted

    def parked(self) -> None:
        self._parked += 1

    def take(self, waiting: dict[str, int]) -> Done:
        done = Done(*self._deliveries.take(), self._parked, waiting)
        self._parked = 0
        return done


class _Copy:
    """The directory, kept up to date by what the hub tells, and by the table in case something went by unheard."""

    def __init__(self, store: PostgresStore, directory: Directory, native: NativeBanks) -> None:
        self._store = store
        self._directory = directory
        self._native = native
        self._told = 0

    async def hear(self, payload: bytes) -> None:
        self._told += 1
        self._learn(_records.decode(payload))

    async def read(self) -> None:
        """Everything anew, unless something was told while it was read: that is newer."""
        told = -1
        while told != self._told:
            told = self._told
            found = [record for kind in KINDS for record in await self._store.records(kind)]
        self._learn(found)

    async def refresh(self) -> None:
        while True:
            await asyncio.sleep(_REFRESH_S)
            with contextlib.suppress(StoreDownError):
                await self.read()

    def _learn(self, records: Sequence[Stored]) -> None:
        self._directory.learn(self._directory.unknown(records))
        self._native.learn(records)


def told(records: Iterable[Stored]) -> bytes:
    """Records as the topic RECORDS carries them."""
    return msgspec.json.encode(tuple(records))


async def _run(order: Order) -> None:
    settings = Settings(**order.settings)
    tally, heard = _Tally(), Heard()
    async with AsyncExitStack() as stack:
        store = PostgresStore(order.database_url, allow_unsafe=settings.unsafe_database)
        stack.push_async_callback(store.close)
        bus = await NatsBus.open(order.nats_url, name="isoloop-dispatcher")
        stack.push_async_callback(bus.close)
        identity = identity_of(settings)
        directory, native = Directory(identity), NativeBanks(order.banks_url, None)
        copy = _Copy(store, directory, native)
        await bus.listen(RECORDS, copy.hear)
        await bus.listen(HEARD, heard.hear)
        await copy.read()
        around = Surroundings(
            settings, hub_keys.load(settings.keys_folder, create=False, hub=settings.hub_name), store, bus, directory,
            identity, heard, native, _clock, tally.attempted, tally.parked, lambda _row: False,
            open_reports(order.database_url, bus, stack, allow_unsafe=settings.unsafe_database),
        )  # fmt: skip
        deliverer = await dispatch(around, stack)

        async def tell() -> None:
            while True:
                await asyncio.sleep(_TELL_S)
                await bus.announce(DONE, msgspec.json.encode(tally.take(deliverer.waiting)))

        for work in (native.run(), copy.refresh(), tell()):
            stack.callback(asyncio.get_running_loop().create_task(work).cancel)
        gc.freeze()
        # Rows are trees of values without cycles: looking for some among them after every few finds nothing.
        gc.set_threshold(*_COLLECT)
        sys.stdout.buffer.write(_READY)
        sys.stdout.buffer.flush()
        await _until_the_pipe_ends()


async def _until_the_pipe_ends() -> None:
    loop = asyncio.get_running_loop()
    # Whoever stops a hub may signal all its processes; the hub decides when this one has done its part.
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: None)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def _clock() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    """Run until the hub has gone or says so."""
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    order = msgspec.json.decode(line, type=Order)
    logs.configure(str(order.settings["log_level"]))
    uvloop.run(_run(order))
    return 0


if __name__ == "__main__":
    sys.exit(main())
