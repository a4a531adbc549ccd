"""The store in memory: the same fence, unique keys and clock as PostgreSQL, for unit tests and simulation."""

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from schemas.canonical.commands import Expire
from schemas.canonical.conversion import Conversions
from schemas.canonical.dialogue import Journey
from schemas.canonical.outcome import Stored
from schemas.canonical.participants import LedgerAccount, RegistryEntry
from schemas.canonical.settlement import Net, Obligation
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Original
from settlement.ledger import Entry
from switch.engine import ArchiveRow, Batch, HistoryRow, Parcel, deadlines
from switch.state import InboxEntry, RecordKey
from switch.store.kinds import is_resident, is_shared
from switch.store.lists import Wanted, kept
from switch.store.port import (
    ConflictError,
    Delivered,
    LaneLostError,
    Lease,
    Loaded,
    MessageStatus,
    OutboxRow,
    RowId,
)
from switch.store.references import names_of


class Sent(msgspec.Struct, frozen=True):
    """A message that went out, as the archive keeps it."""

    original: Original
    receiver: str
    message_id: str
    reference: str
    at: datetime


class _Row(msgspec.Struct):
    row: OutboxRow
    done: bool = False
    parked: str | None = None
    reason: str | None = None


def _nothing(lease: Lease, batch: Batch) -> None:
    """Disturb nothing."""


class MemoryStore:
    """Keeps everything in dictionaries.

    `clock` is the database's clock. `before_commit` and `after_commit` may raise: the first loses the commit, the
    second loses only its answer (StoreDownError is what a broken connection raises).
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Start empty."""
        self._clock = clock
        self._leases: dict[str, Lease] = {}
        self._clocks: dict[str, datetime] = {}
        self._records: dict[RecordKey, tuple[str, Stored]] = {}
        self._inbox: dict[tuple[str, str], InboxEntry] = {}
        self._outbox: dict[RowId, _Row] = {}
        self._received: list[tuple[datetime, ArchiveRow]] = []
        self._numbers: set[tuple[str, int]] = set()
        self.entries: list[Entry] = []
        self.history: list[HistoryRow] = []
        self.sent: list[Sent] = []
        self.parked: list[tuple[str, Parcel, str]] = []
        self.before_commit: Callable[[Lease, Batch], None] = _nothing
        self.after_commit: Callable[[Lease, Batch], None] = _nothing

    async def take_lane(self, lane: str, owner: str, after: Lease | None = None) -> Lease:
        """Raise the epoch."""
        held = self._leases.get(lane) or Lease(lane, 0, 0)
        if after is not None and held.epoch != after.epoch:
            raise LaneLostError(f"{owner} lost lane {lane}: epoch {held.epoch}, not {after.epoch}")
        self._leases[lane] = Lease(lane, held.epoch + 1, held.seq)
        return self._leases[lane]

    async def resident(self, lane: str) -> list[Stored]:
        """Shared kinds and the lane's own open dialogues."""
        return [
            record
            for writer, record in self._records.values()
            if is_resident(record) and (is_shared(record) or writer == lane)
        ]

    async def deadlines(self, lane: str) -> list[tuple[datetime, Expire]]:
        """Deadlines of the records this lane wrote."""
        return sorted(deadlines(record for writer, record in self._records.values() if writer == lane), key=_due)

    async def load(self, lane: str, keys: Sequence[RecordKey], messages: Sequence[tuple[str, str]]) -> Loaded:
        """Read without waiting."""
        now = max(self._clock(), self._clocks.get(lane) or self._clock())
        found = (entry for message in messages if (entry := self._inbox.get(message)) is not None)
        return Loaded(now, tuple(record for key in dict.fromkeys(keys) for record in self._find(key)), tuple(found))

    def _find(self, key: RecordKey) -> list[Stored]:
        kind, name = key
        if kind is RegistryEntry:
            return [
                record
                for (found, text), (_, record) in self._records.items()
                if found is RegistryEntry and text.startswith(name)
            ]
        if kind is Conversions:
            return self._tied(name)
        held = self._records.get(key)
        return [] if held is None or kind is LedgerAccount else [held[1]]

    def _tied(self, name: str) -> list[Stored]:
        """The register of a transfer or of one of its conversions, and all it ties together."""
        held = self._records.get((Transfer, name))
        waiting = held[1].determines if held is not None and isinstance(held[1], Transfer) else None
        found = self._records.get((Conversions, waiting or name))
        if found is None or not isinstance(found[1], Conversions):
            return []
        ids = (found[1].id, *(member.id for member in found[1].members))
        return [found[1], *(one[1] for key in dict.fromkeys(ids) if (one := self._records.get((Transfer, key))))]

    async def commit(self, lease: Lease, batch: Batch) -> Lease:
        """Check fence and unique keys, then write."""
        if self._leases.get(lease.lane) != lease:
            raise LaneLostError(f"lane {lease.lane} is no longer at {lease}")
        self.before_commit(lease, batch)
        taken = [(entry.sender, entry.message_id) for entry in batch.inbox]
        numbers = [(row.transfer_id, row.number) for row in batch.history]
        if not self._inbox.keys().isdisjoint(taken) or len(set(taken)) < len(taken):
            raise ConflictError("a message id was taken before")
        if not self._numbers.isdisjoint(numbers) or len(set(numbers)) < len(numbers):
            raise ConflictError("a state change has its number already")
        self._inbox.update(zip(taken, batch.inbox, strict=True))
        self._numbers.update(numbers)
        self._records.update({(type(record), record.key): (lease.lane, record) for record in batch.puts})
        self.entries.extend(batch.entries)
        self.history.extend(batch.history)
        self._received.extend((batch.now, row) for row in batch.archive)
        after = Lease(lease.lane, lease.epoch, lease.seq + len(batch.events))
        for seq, event in enumerate(batch.events, lease.seq + 1):
            row = OutboxRow(lease.lane, seq, event, batch.now)
            self._outbox[row.key] = _Row(row)
        self._leases[lease.lane] = after
        self._clocks[lease.lane] = batch.now
        self.after_commit(lease, batch)
        return after

    async def park(self, lane: str, parcel: Parcel, trace: str) -> None:
        """Keep it in a list."""
        self.parked.append((lane, parcel, trace))

    async def undelivered(
        self, older_than_s: float = 0.0, limit: int = 1000, after: RowId | None = None
    ) -> list[OutboxRow]:
        """Open rows in order of lane and number."""
        before = self._clock() - timedelta(seconds=older_than_s)
        rows = (
            held.row
            for key, held in sorted(self._outbox.items())
            if not held.done and held.row.created <= before and (after is None or key > after)
        )
        return list(itertools.islice(rows, limit))

    async def waiting_for(self, receiver: str, limit: int) -> list[OutboxRow]:
        """Open rows of that receiver."""
        rows = [held.row for held in self._outbox.values() if not held.done and held.row.event.receiver == receiver]
        return sorted(rows, key=lambda row: (row.created, row.key))[:limit]

    async def backlog(self) -> tuple[int, float]:
        """Count them."""
        created = [held.row.created for held in self._outbox.values() if not held.done]
        return len(created), (self._clock() - min(created)).total_seconds() if created else 0.0

    async def still_open(self, keys: Collection[RowId]) -> set[RowId]:
        """Those that exist and are not done."""
        return {key for key in keys if key in self._outbox and not self._outbox[key].done}

    async def delivered(self, rows: Sequence[Delivered]) -> None:
        """Mark each row once; a second mark changes nothing."""
        for mark in rows:
            held = self._outbox.get((mark.lane, mark.seq))
            if held is None or held.done:
                continue
            held.done, held.parked = True, mark.parked
            if mark.sent is not None:
                self.sent.append(Sent(mark.sent, mark.receiver, mark.message_id, mark.reference, self._clock()))

    async def failed_attempt(self, lane: str, seq: int, reason: str) -> None:
        """Count it on the row."""
        held = self._outbox.get((lane, seq))
        if held is not None and not held.done:
            held.row = msgspec.structs.replace(held.row, attempts=held.row.attempts + 1)
            held.reason = reason

    async def transfer(self, transfer_id: str) -> Transfer | None:
        """The newest value."""
        held = self._records.get((Transfer, transfer_id))
        return held[1] if held is not None and isinstance(held[1], Transfer) else None

    async def open_transfers(self, payee: str) -> list[Transfer]:
        """Those not final."""
        held = [record for _, record in self._records.values() if isinstance(record, Transfer)]
        return [record for record in held if record.payee == payee and not record.final]

    async def transfers_called(self, party: str, names: Collection[str], limit: int = 1000) -> list[Transfer]:
        """Those of that payer or payee that any of the names is one of."""
        held = (record for _, record in self._records.values() if isinstance(record, Transfer))
        mine = (record for record in held if party in (record.payer, record.payee))
        return [record for record in mine if not set(names_of(record)).isdisjoint(names)][:limit]

    async def records(self, kind: type[Any]) -> list[Any]:
        """All values of the kind, ordered by key."""
        return [held[1] for (found, _), held in sorted(self._records.items(), key=_named) if found is kind]

    async def listed(self, wanted: Wanted) -> list[Any]:
        """Look at all of them."""
        return kept(wanted, lambda kind: (held[1] for (found, _), held in self._records.items() if found is kind))

    async def record(self, kind: type[Any], key: str) -> Any:
        """The newest value."""
        held = self._records.get((kind, key))
        return held[1] if held is not None else None

    async def window_nets(self, window: int) -> list[Net]:
        """Add them up."""
        total: Counter[int] = Counter()
        for entry in self.entries:
            if entry.window == window:
                total[entry.account] += entry.debits_posted - entry.credits_posted
        return [Net(account, units) for account, units in sorted(total.items())]

    async def window_flows(self, window: int) -> list[Obligation]:
        """Each debit with the credit of the same reference and currency."""
        legs: dict[tuple[str, str], dict[bool, Entry]] = {}
        for entry in self.entries:
            if entry.window == window:
                legs.setdefault((entry.reference, entry.currency), {})[entry.debits_posted > 0] = entry
        total: Counter[tuple[int, int]] = Counter()
        for leg in legs.values():
            total[leg[True].account, leg[False].account] += leg[True].debits_posted
        return [Obligation(*pair, units) for pair, units in sorted(total.items())]

    async def message_status(self, sender: str, message_id: str) -> MessageStatus | None:
        """Join inbox, archive, transfer and journey."""
        entry = self._inbox.get((sender, message_id))
        for at, row in self._received:
            if entry is not None and (row.sender, row.message_id) == (sender, message_id):
                answers = tuple(
                    {"messageId": sent.message_id, "definition": sent.original.target,
                     "digest": sent.original.digest, "at": sent.at}
                    for sent in self.sent
                    if sent.receiver == sender and sent.reference == entry.reference
                )  # fmt: skip
                transfer = await self.transfer(entry.reference)
                held = self._records.get((Journey, entry.reference))
                journey = held[1] if held is not None and isinstance(held[1], Journey) else None
                return MessageStatus(
                    message_id, at, row.original.digest, entry.reference, transfer, answers, row.original.target,
                    entry.content_hash, journey,
                )  # fmt: skip
        return None

    async def archived(self, digest: str) -> Original | None:
        """The first message with that digest whose bytes are here."""
        kept = [row.original for _, row in self._received] + [sent.original for sent in self.sent]
        return next((original for original in kept if original.digest == digest and original.body), None)

    async def close(self) -> None:
        """Nothing to give back."""


def _due(deadline: tuple[datetime, Expire]) -> datetime:
    return deadline[0]


def _named(item: tuple[RecordKey, Any]) -> str:
    return item[0][1]
