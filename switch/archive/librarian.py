"""Reads the archive beside the hub's work and writes down what each message can be found by.

Nothing waits for it: while payments press it stands back, and goes on from where it was. What it writes can be made
again from the archive at any time.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.canonical.wire import Dialect
from switch.archive.references import Key, Reference, references
from switch.store import codec
from switch.store.packing import blobs, texts, times
from switch.store.port import StoreDownError
from switch.store.session import Session

log = logging.getLogger("isoloop.archive")

_PAYMENTS: Final = ("pacs.", "transfers", "fxTransfers")
_PAUSE_S: Final = 1.0
_CHUNK: Final = 100
_BUSY: Final = 50
"""Commands a second from which on the hub's own work goes first."""
_PATIENCE: Final = timedelta(minutes=10)
_AGAIN: Final = timedelta(minutes=10)
"""How far back it reads again at a start: what was committed late in its last moments is not missed."""

# A row's moment is taken before its transaction commits: what could still come is left for the next look.
_BOUND: Final = """
SELECT read_until, least(clock_timestamp(), (
    SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'
    AND pid <> pg_backend_pid())) - interval '2 seconds'
FROM librarian"""
_ROWS: Final = """
SELECT at, digest, dialect, target, reference, coalesce(body, (
    SELECT b.body FROM archive b WHERE b.digest = a.digest AND b.body IS NOT NULL LIMIT 1))
FROM archive a WHERE at > $1::timestamptz AND at <= $2::timestamptz ORDER BY at LIMIT $3::int"""
# Rows of one moment stay together, so that none is left behind a full chunk.
_SAME: Final = """
SELECT at, digest, dialect, target, reference, coalesce(body, (
    SELECT b.body FROM archive b WHERE b.digest = a.digest AND b.body IS NOT NULL LIMIT 1))
FROM archive a WHERE at = $1::timestamptz"""
_WRITE: Final = """
WITH read AS (UPDATE librarian SET read_until = $5::timestamptz)
INSERT INTO message_references (key, value, at, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bytea[]) ON CONFLICT DO NOTHING"""
_BACK: Final = """
UPDATE librarian SET read_until = greatest('epoch', read_until - $1::interval)"""


class Librarian:
    """Goes on until cancelled; `work` counts the commands the hub has done, to see when it is busy."""

    def __init__(self, database_url: str, work: Callable[[], int], *, allow_unsafe: bool = False) -> None:
        """Connect on first use."""
        self._session = Session(database_url, "librarian", allow_unsafe=allow_unsafe, durable=False)
        self._work = work
        self._done = 0

    async def run(self) -> None:
        """Read what is new, a little at a time, once a second."""
        begun = False
        while True:
            try:
                if not begun:
                    await self._session.run(_BACK, [_AGAIN])
                    begun = True
                more = await self.look()
            except StoreDownError as error:
                log.info("the archive is looked at again: %s", error)
                more = False
            await asyncio.sleep(0 if more else _PAUSE_S)

    async def close(self) -> None:
        """Disconnect."""
        await self._session.close()

    async def catch_up(self) -> None:
        """Read all there is, however busy the hub is."""
        while await self._read(*await self._bounds()):
            pass

    async def look(self) -> bool:
        """Read a few rows unless the hub is busy; whether there are more."""
        since, until = await self._bounds()
        return False if self._busy() and until - since < _PATIENCE else await self._read(since, until)

    def _busy(self) -> bool:
        before, self._done = self._done, self._work()
        return self._done - before > _BUSY

    async def _bounds(self) -> tuple[datetime, datetime]:
        ((since, until),) = await self._session.run(_BOUND, repeatable=True)
        return since, until

    async def _read(self, since: datetime, until: datetime) -> bool:
        rows = await self._session.run(_ROWS, [since, until, _CHUNK], repeatable=True)
        if not rows:
            return False
        full = len(rows) == _CHUNK
        if full:
            last = rows[-1][0]
            rows = [row for row in rows if row[0] < last]
            rows += await self._session.run(_SAME, [last], repeatable=True)
        await self._write(rows)
        return full

    async def _write(self, rows: list[tuple[Any, ...]]) -> None:
        found = [
            (reference.key.value, reference.value, at, digest)
            for at, digest, dialect, target, about, body in rows
            for reference in _references(Dialect(dialect), target, about, b"" if body is None else codec.inflate(body))
        ]
        keys, values, moments, digests = zip(*found, strict=True) if found else ((), (), (), ())
        arrays = [texts(keys), texts(values), times(moments), blobs(digests)]
        await self._session.run(_WRITE, [*arrays, rows[-1][0]], repeatable=True)


def _references(dialect: Dialect, target: str, about: str, body: bytes) -> tuple[Reference, ...]:
    """Those in the message, and the payment that the hub knows it to be about."""
    found = references(dialect, target, body)
    of_payment = target.removeprefix("/").startswith(_PAYMENTS)
    return tuple({*found, Reference(Key.TRANSFER_ID, about)}) if of_payment and about else found
