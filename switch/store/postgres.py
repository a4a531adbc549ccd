"""The store in PostgreSQL: a load is one round trip, a commit is one statement, one transaction, one round trip."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from schemas.canonical.commands import Expire
from schemas.canonical.dialogue import Journey
from schemas.canonical.outcome import Stored
from schemas.canonical.participants import LedgerAccount
from schemas.canonical.settlement import Net, Obligation
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Dialect, Original
from switch.engine import Batch, Parcel, deadlines, reference_of
from switch.state import RecordKey
from switch.store import codec, reads
from switch.store.kinds import DIALOGUES, NAMES, OWN_TABLES, SHARED
from switch.store.lists import Wanted, statement
from switch.store.packing import blobs, numbers, texts
from switch.store.port import (
    LEDGER,
    Delivered,
    LaneLostError,
    Lease,
    Loaded,
    MessageStatus,
    OutboxRow,
    RowId,
)
from switch.store.session import Pool, Session
from switch.store.writes import commit

_BEFORE_ALL: RowId = ("", 0)
_LONG_AGO = datetime.fromtimestamp(0, UTC)


class PostgresStore:
    """Each lane has a connection of its own; queries and marks share a few.

    `allow_unsafe` admits a server that may lose commits: throw-away databases only (else UnsafeDatabaseError).
    """

    def __init__(self, database_url: str, *, connections: int = 4, allow_unsafe: bool = False) -> None:
        """Connect on first use."""
        self._url = database_url
        self._allow_unsafe = allow_unsafe
        self._lanes: dict[str, Session] = {}
        self._pool = Pool(database_url, "queries", connections, allow_unsafe=allow_unsafe)
        # Marks need not wait for the disk, which so is left to the commits of the lanes: what a crash of the server
        # loses of them is marked again, at worst delivered again under the same message id.
        self._marks = Session(database_url, "marks", allow_unsafe=allow_unsafe, durable=False)

    def _session(self, lane: str) -> Session:
        if lane not in self._lanes:
            self._lanes[lane] = Session(self._url, f"lane {lane}", allow_unsafe=self._allow_unsafe)
        return self._lanes[lane]

    async def take_lane(self, lane: str, owner: str, after: Lease | None = None) -> Lease:
        """Raise the epoch; waits for a commit of the old owner that is under way."""
        if after is None:
            rows = await self._session(lane).run(reads.TAKE, [lane, owner])
        else:
            rows = await self._session(lane).run(reads.TAKE_AGAIN, [lane, owner, after.epoch])
        if not rows:
            raise LaneLostError(f"{owner} lost lane {lane}")
        return Lease(lane, *rows[0])

    async def resident(self, lane: str) -> list[Stored]:
        """Accounts, the open records of shared kinds, and the lane's own open dialogues."""
        shared = texts(sorted(SHARED - OWN_TABLES))
        rows = await self._session(lane).run(reads.RESIDENT, [shared, texts(sorted(DIALOGUES)), lane])
        accounts = await self._session(lane).run(reads.ACCOUNTS)
        return [*map(reads.account, accounts), *(codec.record(text) for (text,) in rows)]

    async def deadlines(self, lane: str) -> list[tuple[datetime, Expire]]:
        """Open dialogues of the lane; for the ledger the open transfers."""
        rows = await self._session(lane).run(reads.RESIDENT, [texts([]), texts(sorted(DIALOGUES)), lane])
        found = deadlines(codec.record(text) for (text,) in rows)
        if lane == LEDGER:
            transfers = await self._session(lane).run(reads.OPEN_TRANSFERS)
            found.extend((expiry, Expire("transfer", key)) for expiry, key, _ in transfers)
            # A settlement agent's word about what waits for it may have come while nobody listened: it is asked.
            found.extend((_LONG_AGO, Expire("agent_leg", key)) for _, key, waits in transfers if waits)
        return sorted(found, key=_due)

    async def load(self, lane: str, keys: Sequence[RecordKey], messages: Sequence[tuple[str, str]]) -> Loaded:
        """One statement."""
        statement, parameters = reads.load(lane, keys, messages)
        # Reading again on a new connection is harmless: the fence tells a lost lane from a lost connection.
        return reads.loaded(await self._session(lane).run(statement, parameters, repeatable=True))

    async def commit(self, lease: Lease, batch: Batch) -> Lease:
        """One statement; the fence is its first part, and every other part depends on it."""
        ((held,),) = await self._session(lease.lane).run(*commit(lease, batch))
        if not held:
            raise LaneLostError(f"lane {lease.lane} is no longer at {lease}")
        return Lease(lease.lane, lease.epoch, lease.seq + len(batch.events))

    async def park(self, lane: str, parcel: Parcel, trace: str) -> None:
        """One row."""
        await self._pool.run(reads.PARK, [lane, reference_of(parcel.command), codec.pack(parcel), trace])

    async def undelivered(
        self, older_than_s: float = 0.0, limit: int = 1000, after: RowId | None = None
    ) -> list[OutboxRow]:
        """A page of the table of open rows, and the archive for the bytes of their originals."""
        return await self._rows(reads.OPEN_ROWS, [*(after or _BEFORE_ALL), older_than_s, limit])

    async def waiting_for(self, receiver: str, limit: int) -> list[OutboxRow]:
        """The same of one receiver; its name stands with the event."""
        return await self._rows(reads.OPEN_OF_RECEIVER, [receiver, limit])

    async def _rows(self, query: str, parameters: list[Any]) -> list[OutboxRow]:
        found = await self._pool.run(query, parameters)
        rows = [
            OutboxRow(lane, seq, codec.event(body), created, attempts) for lane, seq, body, created, attempts in found
        ]
        wanted = codec.missing(row.event for row in rows)
        if not wanted:
            return rows
        digests = blobs([bytes.fromhex(digest) for digest in wanted])
        bodies = {digest: codec.inflate(body) for digest, body in await self._pool.run(reads.BODIES, [digests])}
        return [msgspec.structs.replace(row, event=codec.whole(row.event, bodies)) for row in rows]

    async def backlog(self) -> tuple[int, float]:
        """By the table of open rows."""
        ((number, age),) = await self._pool.run(reads.BACKLOG)
        return number, age

    async def still_open(self, keys: Collection[RowId]) -> set[RowId]:
        """By primary key."""
        parameters = [texts([lane for lane, _ in keys]), numbers([seq for _, seq in keys])]
        return {(lane, seq) for lane, seq in await self._pool.run(reads.STILL_OPEN, parameters)}

    async def delivered(self, rows: Sequence[Delivered]) -> None:
        """One statement for all marks and what was sent."""
        if rows:
            sent = [_sent(mark) for mark in rows]
            await self._marks.run(
                reads.DELIVERED,
                [
                    texts([mark.lane for mark in rows]),
                    numbers([mark.seq for mark in rows]),
                    texts([mark.parked for mark in rows]),
                    texts([mark.receiver for mark in rows]),
                    blobs([digest for digest, *_ in sent]),
                    texts([mark.message_id for mark in rows]),
                    texts([mark.reference for mark in rows]),
                    *(texts(column) for column in zip(*(texts_ for _, texts_, _ in sent), strict=True)),
                    blobs([body for *_, body in sent]),
                ],
            )

    async def failed_attempt(self, lane: str, seq: int, reason: str) -> None:
        """One row, by key."""
        await self._pool.run(reads.FAILED, [lane, seq, reason])

    async def transfer(self, transfer_id: str) -> Transfer | None:
        """By key."""
        rows = await self._pool.run(reads.TRANSFER, [transfer_id])
        return codec.transfer(rows[0][0]) if rows else None

    async def open_transfers(self, payee: str) -> list[Transfer]:
        """By the partial index on open ones."""
        return [codec.transfer(body) for (body,) in await self._pool.run(reads.OPEN_OF_PAYEE, [payee])]

    async def transfers_called(self, party: str, names: Collection[str], limit: int = 1000) -> list[Transfer]:
        """By the table of references."""
        rows = await self._pool.run(reads.CALLED, [party, texts([*names]), limit])
        return [codec.transfer(body) for (body,) in rows]

    async def records(self, kind: type[Any]) -> list[Any]:
        """All of a small kind, ordered by key; accounts by number."""
        if kind is LedgerAccount:
            return [reads.account(row) for row in await self._pool.run(reads.ACCOUNTS)]
        return [codec.record(text) for (text,) in await self._pool.run(reads.RECORDS, [NAMES[kind]])]

    async def listed(self, wanted: Wanted) -> list[Any]:
        """One query."""
        return [codec.record(text) for (text,) in await self._pool.run(*statement(wanted))]

    async def record(self, kind: type[Any], key: str) -> Any:
        """By key."""
        rows = await self._pool.run(reads.RECORD, [NAMES[kind], key])
        return codec.record(rows[0][0]) if rows else None

    async def window_nets(self, window: int) -> list[Net]:
        """Added up by the database."""
        return [Net(account, int(units)) for account, units in await self._pool.run(reads.NETS, [window])]

    async def window_flows(self, window: int) -> list[Obligation]:
        """Paired by reference and currency, then added up."""
        rows = await self._pool.run(reads.FLOWS, [window])
        return [Obligation(debtor, creditor, int(units)) for debtor, creditor, units in rows]

    async def message_status(self, sender: str, message_id: str) -> MessageStatus | None:
        """Inbox, archive, transfer and journey."""
        rows = await self._pool.run(reads.STATUS, [sender, message_id])
        if not rows:
            return None
        reference, received, digest, definition, content, text = rows[0]
        journey = codec.record(text) if text else None
        answers = tuple(
            {"messageId": message, "definition": target, "digest": sent, "at": at}
            for message, target, sent, at in await self._pool.run(reads.ANSWERS, [reference, sender])
        )
        return MessageStatus(
            message_id, received, digest, reference, await self.transfer(reference), answers, definition, content,
            journey if isinstance(journey, Journey) else None,
        )  # fmt: skip

    async def archived(self, digest: str) -> Original | None:
        """By content address."""
        rows = await self._pool.run(reads.ARCHIVED, [bytes.fromhex(digest)])
        if not rows:
            return None
        dialect, method, target, headers, body = rows[0]
        return Original(Dialect(dialect), method, target, codec.headers(headers), codec.inflate(body), digest)

    async def close(self) -> None:
        """Disconnect."""
        for session in self._lanes.values():
            await session.close()
        await self._marks.close()
        await self._pool.close()


def _due(deadline: tuple[datetime, Expire]) -> datetime:
    return deadline[0]


def _sent(mark: Delivered) -> tuple[bytes | None, tuple[str | None, ...], bytes | None]:
    """Digest, (dialect, method, target, headers) and compressed body of what went out."""
    if mark.sent is None:
        return None, (None,) * 4, None
    sent = mark.sent
    kept_on_receipt = not sent.body and sent.digest != codec.NO_BYTES
    what = (sent.dialect, sent.method, sent.target, codec.headers_text(sent.headers))
    return bytes.fromhex(sent.digest), what, None if kept_on_receipt else codec.deflate(sent.body)
