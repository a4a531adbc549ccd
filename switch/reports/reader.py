"""Reading reports: each in one snapshot of the database, row by row, on a connection of its own.

Sessions of lanes are pinned to plans for single rows; these are left free, read only, and end after a while.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection, AsyncServerCursor

from switch.reports.dataset import PAGE, Check, Definition, Head, Row, Wanted, check_of, row_of
from switch.store.port import LEDGER, StoreDownError

_AT_A_TIME: Final = 2
_CONNECT_S: Final = 5
_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_FREE: Final = "SELECT set_config('timezone', 'UTC', true), set_config('statement_timeout', '120s', true)"
_CLOCK: Final = "SELECT coalesce((SELECT clock FROM lanes WHERE lane = %s), now())"
_KINDS: Final = {"settlement": "settlement", "window": "settlement_window", "participant": "participant"}
_EXISTS: Final = "SELECT 1 FROM records WHERE kind = %s AND key = %s"


class BusyReaderError(StoreDownError):
    """As many reports are being read as the hub reads at once."""


class Snapshot:
    """The books as they were at one moment."""

    def __init__(self, connection: AsyncConnection[Any], definition: Definition, wanted: Wanted, now: datetime) -> None:
        """Made by `Reader.open`."""
        self._connection = connection
        self._definition = definition
        self._wanted = wanted
        self._now = now

    async def missing(self) -> str | None:
        """What is asked about and not there: its kind and name. A report of nothing would look like an empty one."""
        for name, kind in _KINDS.items():
            asked = getattr(self._wanted, name)
            if asked is not None and not await self.exists(kind, asked):
                return f"{name} {asked}"[:80]
        return None

    async def exists(self, kind: str, key: int | str) -> bool:
        """Whether there is such a record."""
        return await (await self._connection.execute(_EXISTS, [kind, str(key)])).fetchone() is not None

    async def head(self, *, own: bool) -> Head:
        """What stands above the rows; `own`: with the checks that a participant may see."""
        checks: list[Check] = []
        for query in self._definition.checks:
            if query.own or not own:
                cursor = await self._connection.execute(query.statement, self._wanted.parameters())
                checks += [check_of(query, values) for values in await cursor.fetchall()]
        return Head(self._definition, self._wanted, self._now, tuple(checks))

    async def rows(self) -> AsyncIterator[Row]:
        """Every row, never more than a page of them in memory."""
        async with AsyncServerCursor(self._connection, "report") as cursor:
            cursor.itersize = PAGE
            await cursor.execute(self._definition.rows, self._wanted.parameters())
            async for values in cursor:
                yield row_of(self._definition, values)

    async def page(self, number: int) -> tuple[list[Row], bool]:
        """The rows of a page, numbered from 1, and whether another follows."""
        statement = f"{self._definition.rows} OFFSET %(skip)s LIMIT %(most)s"
        paged = {**self._wanted.parameters(), "skip": (number - 1) * PAGE, "most": PAGE + 1}
        found: Sequence[Any] = await (await self._connection.execute(statement, paged)).fetchall()
        return [row_of(self._definition, values) for values in found[:PAGE]], len(found) > PAGE


class Reader:
    """Opens snapshots; two at a time, since reports can be long and payments come first."""

    def __init__(self, database_url: str) -> None:
        """Connect on first use."""
        self._url = database_url
        self._room = asyncio.Semaphore(_AT_A_TIME)

    async def now(self) -> datetime:
        """The database's clock."""
        connection = await AsyncConnection.connect(self._url, connect_timeout=_CONNECT_S)
        async with connection:
            row = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
        if row is None:
            raise LookupError("the database gave no clock")
        moment: datetime = row[0]
        return moment

    @asynccontextmanager
    async def open(self, definition: Definition, wanted: Wanted) -> AsyncIterator[Snapshot]:
        """A snapshot for one report. Raises BusyReaderError, StoreDownError."""
        if self._room.locked():
            raise BusyReaderError("the hub is reading as many reports as it can; ask again in a moment")
        async with self._room:
            try:
                connection = await AsyncConnection.connect(
                    self._url, connect_timeout=_CONNECT_S, application_name="isoloop reports"
                )
            except psycopg.OperationalError as error:
                raise StoreDownError(str(error)) from error
            try:
                await connection.execute(_SNAPSHOT)
                await connection.execute(_FREE)
                row = await (await connection.execute(_CLOCK, [LEDGER])).fetchone()
                if row is None:
                    raise LookupError("the database gave no clock")
                yield Snapshot(connection, definition, wanted, row[0])
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                raise StoreDownError(str(error)) from error
            finally:
                await connection.close()
