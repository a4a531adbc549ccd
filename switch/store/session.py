"""Connections to PostgreSQL: pinned plans, safe settings, and one clear error when the server is gone."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.errors import ProgramLimitExceeded, UniqueViolation
from psycopg.pq import Format

from switch.store.packing import adapt
from switch.store.port import ConflictError, StoreDownError

_CONNECT_S: Final = 5
_SILENCE_S: Final = 10
_MANY: Final = 1000
"""A cursor that read more rows is not kept, since it would keep them too."""
# The batch statements find everything by key. On a young table the planner would rather scan: measured 4.6 times
# slower, so scans and hash joins are switched off for these sessions, and plans are made once.
_PINS: Final = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "timezone": "UTC",
    "statement_timeout": "30s",
}
_SAFE: Final = ("fsync", "full_page_writes", "synchronous_commit")

Row = tuple[Any, ...]


class UnsafeDatabaseError(Exception):
    """PostgreSQL may lose what it has committed: fsync, full_page_writes or synchronous_commit is off."""


class Session:
    """One connection, used by one statement at a time, made again after it broke.

    A session that is not `durable` does not wait for the disk: its last statements may be lost with the server.
    """

    def __init__(self, url: str, name: str, *, allow_unsafe: bool = False, durable: bool = True) -> None:
        """Connect on first use."""
        self._pins = _PINS if durable else {**_PINS, "synchronous_commit": "off"}
        self._url = url
        self._name = name
        self._allow_unsafe = allow_unsafe
        self._lock = asyncio.Lock()
        self._connection: AsyncConnection[Row] | None = None
        self._cursor: AsyncRawCursor[Row] | None = None

    async def run(self, statement: str, parameters: Sequence[Any] = (), *, repeatable: bool = False) -> list[Row]:
        """Run one statement (`$1` placeholders) as its own transaction, in one round trip.

        A connection that broke since it was last used is made again for a `repeatable` statement; otherwise, and
        when the server stays away, StoreDownError says that the statement may or may not have been done.
        """
        async with self._lock:
            used = self._connection is not None
            try:
                return await self._run(statement, parameters)
            except StoreDownError:
                if not (used and repeatable):
                    raise
                return await self._run(statement, parameters)

    async def _run(self, statement: str, parameters: Sequence[Any]) -> list[Row]:
        try:
            cursor = self._cursor or await self._connect()
            await cursor.execute(statement, parameters, prepare=True)
            result = cursor.pgresult
            if result is None or not result.nfields:
                return []
            if result.ntuples > _MANY:
                self._cursor = self._new_cursor(cursor.connection)
            return await cursor.fetchall()
        except UniqueViolation as error:
            raise ConflictError(str(error)) from error
        except ProgramLimitExceeded:
            # A value no table can hold is a defect of one command; the server is well.
            raise
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            await self._drop()
            raise StoreDownError(str(error)) from error
        except asyncio.CancelledError:
            await self._drop()
            raise

    async def _connect(self) -> AsyncRawCursor[Row]:
        """Connect; the one cursor serves all statements, since they come one after the other."""
        connection = await AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=_CONNECT_S, application_name=f"isoloop {self._name}",
            cursor_factory=AsyncRawCursor,
        )  # fmt: skip
        adapt(connection)
        pins = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in self._pins.items())
        checks = ", ".join(f"current_setting('{name}')" for name in _SAFE)
        cursor = await connection.execute(f"SELECT {checks}, {pins}")
        values = await cursor.fetchone() or ()
        off = [name for name, value in zip(_SAFE, values, strict=False) if value == "off"]
        if off and not self._allow_unsafe:
            await connection.close()
            raise UnsafeDatabaseError(f"PostgreSQL runs with {', '.join(off)} off: it may lose committed payments")
        self._connection, self._cursor = connection, self._new_cursor(connection)
        return self._cursor

    @staticmethod
    def _new_cursor(connection: AsyncConnection[Row]) -> AsyncRawCursor[Row]:
        cursor = AsyncRawCursor(connection)
        cursor.format = Format.BINARY
        return cursor

    async def _drop(self) -> None:
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            await connection.close()

    async def close(self) -> None:
        """Disconnect."""
        async with self._lock:
            await self._drop()


class Pool:
    """A few sessions for queries and marks; all its statements may be repeated."""

    def __init__(self, url: str, name: str, size: int, *, allow_unsafe: bool = False) -> None:
        """Connect on first use."""
        self._all = [Session(url, name, allow_unsafe=allow_unsafe) for _ in range(size)]
        self._free: asyncio.LifoQueue[Session] = asyncio.LifoQueue()
        for session in self._all:
            self._free.put_nowait(session)

    async def run(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one statement on whichever session is free; a server that says nothing at all is away too."""
        try:
            async with asyncio.timeout(_SILENCE_S):
                session = await self._free.get()
                try:
                    return await session.run(statement, parameters, repeatable=True)
                finally:
                    self._free.put_nowait(session)
        except TimeoutError as error:
            raise StoreDownError(f"the database did not answer within {_SILENCE_S} seconds") from error

    async def close(self) -> None:
        """Disconnect all."""
        for session in self._all:
            await session.close()
