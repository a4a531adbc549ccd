"""Searching the archive: by what a message says of itself, by participant, direction, definition and time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from schemas.canonical.wire import Dialect
from switch.archive.references import Key, Reference, amount
from switch.store import codec
from switch.store.session import Pool

PAGE_MAX: Final = 500
_SHOWN: Final = "a.at, a.digest, a.sent, a.participant, a.message_id, a.reference, a.dialect, a.method, a.target"
_BODY: Final = """
SELECT {shown}, a.headers, coalesce(a.body, (
    SELECT b.body FROM archive b WHERE b.digest = a.digest AND b.body IS NOT NULL LIMIT 1))
FROM archive a WHERE a.digest = $1 ORDER BY a.at"""
_BEGINNING: Final = """
SELECT DISTINCT encode(digest, 'hex') FROM archive WHERE starts_with(encode(digest, 'hex'), $1::text) LIMIT 2"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A search; what is None does not matter. `since` and `until` include their moments.

    `about` is the hub's id of what a message is about: all messages of a payment, in every dialect. `kind` is how the
    definition or the path begins (`pacs.008`, `/quotes`). `after` is the last message of the page before.
    """

    references: tuple[Reference, ...] = ()
    about: str | None = None
    participant: str | None = None
    sent: bool | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, str] | None = None
    limit: int = 50


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One archived message. `participant` sent it, or got it if `sent` (by the hub).

    `definition` is the ISO 20022 message or the path; `reference` the hub's id of what it is about; `digest` the
    SHA-256 of its body in hex.
    """

    at: datetime
    digest: str
    sent: bool
    participant: str
    message_id: str
    reference: str
    dialect: Dialect
    method: str
    definition: str


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """An archived message with its headers and its bytes, as received or sent; every copy of it that was kept."""

    copies: tuple[Kept, ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Archive:
    """Reads the archive of a database."""

    def __init__(self, database_url: str, *, allow_unsafe: bool = False) -> None:
        """Connect on first use."""
        self._pool = Pool(database_url, "archive", 1, allow_unsafe=allow_unsafe)

    async def close(self) -> None:
        """Disconnect."""
        await self._pool.close()

    async def search(self, wanted: Wanted) -> list[Kept]:
        """What fits, the newest first; `limit` of them at most."""
        statement, values = _statement(wanted)
        return [_kept(row) for row in await self._pool.run(statement, values)]

    async def beginning(self, digits: str) -> list[str]:
        """The digests that begin with these hexadecimal digits, two at most."""
        rows = await self._pool.run(_BEGINNING, [digits.lower()])
        return [found for (found,) in rows]

    async def whole(self, digest: str) -> Whole | None:
        """The message with that digest, None if there is none."""
        rows = await self._pool.run(_BODY.format(shown=_SHOWN), [bytes.fromhex(digest)])
        if not rows:
            return None
        *_, headers, body = rows[0]
        copies = tuple(_kept(row[:-2]) for row in rows)
        return Whole(copies=copies, headers=codec.headers(headers), body=codec.inflate(body) if body else b"")


def _statement(wanted: Wanted) -> tuple[str, list[Any]]:
    values: list[Any] = []

    def put(value: Any, kind: str = "text") -> str:
        values.append(value)
        return f"${len(values)}::{kind}"

    # Each reference leads to its few messages; the archive itself is only looked up by their digests.
    tables = ["archive a"]
    conditions: list[str] = []
    for number, (key, value) in enumerate(wanted.references):
        tables.append(f"message_references r{number}")
        conditions.append(f"r{number}.key = {put(key.value)} AND r{number}.value = {put(value)}")
        conditions.append(f"a.digest = r{number}.digest AND a.at = r{number}.at")
    filters: tuple[tuple[str, Any, str], ...] = (
        ("a.reference =", wanted.about, "text"),
        ("a.participant =", wanted.participant, "text"),
        ("a.sent =", wanted.sent, "boolean"),
        ("a.at >=", wanted.since, "timestamptz"),
        ("a.at <=", wanted.until, "timestamptz"),
    )
    conditions += [f"{column} {put(value, kind)}" for column, value, kind in filters if value is not None]
    if wanted.kind is not None:
        conditions.append(f"starts_with(a.target, {put(wanted.kind)})")
    if wanted.after is not None:
        moment, digest = wanted.after
        conditions.append(f"(a.at, a.digest) < ({put(moment, 'timestamptz')}, {put(bytes.fromhex(digest), 'bytea')})")
    where = " AND ".join(conditions) or "true"
    found = f"SELECT {_SHOWN} FROM {', '.join(tables)} WHERE {where}"  # noqa: S608 - every value is a parameter
    return f"{found} ORDER BY a.at DESC, a.digest DESC LIMIT {put(min(wanted.limit, PAGE_MAX), 'int')}", values


def _kept(row: Sequence[Any]) -> Kept:
    at, digest, sent, participant, message_id, reference, dialect, method, target = row
    return Kept(
        at=at, digest=digest.hex(), sent=sent, participant=participant, message_id=message_id, reference=reference,
        dialect=Dialect(dialect), method=method, definition=target,
    )  # fmt: skip


def reference(key: Key, value: str) -> Reference:
    """A reference as it is searched for: identifications exactly, an amount in any spelling (`5.50 USD`)."""
    if key is not Key.AMOUNT:
        return Reference(key, value.strip())
    number, _, currency = value.strip().partition(" ")
    found = amount(number, currency.upper())
    if found is None:
        raise ValueError(f"{value} is no amount: write it as 12.50 USD")
    return found
