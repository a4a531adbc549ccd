"""The one statement that commits a batch: fence first, then every table from arrays, all or nothing."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

from schemas.canonical.events import Event
from schemas.canonical.outcome import Stored
from schemas.canonical.participants import LedgerAccount
from schemas.canonical.transfer import Transfer
from settlement.ledger import Entry
from switch.engine import ArchiveRow, Batch, HistoryRow
from switch.state import InboxEntry
from switch.store import codec
from switch.store.kinds import NAMES, is_open
from switch.store.packing import blobs, flags, numbers, texts, times
from switch.store.port import Lease
from switch.store.references import names_of

Pack = Callable[[Sequence[Any]], Any]
Values = tuple[Any, ...]

_TEXT: Final[tuple[str, Pack]] = ("text", texts)
_BYTES: Final[tuple[str, Pack]] = ("bytea", blobs)
_INT: Final[tuple[str, Pack]] = ("bigint", numbers)
_UNITS: Final[tuple[str, Pack]] = ("numeric", numbers)
_TIME: Final[tuple[str, Pack]] = ("timestamptz", times)
_FLAG: Final[tuple[str, Pack]] = ("boolean", flags)
# JSON travels as text; PostgreSQL checks it when it is cast.
_JSON: Final[tuple[str, Pack]] = ("text", texts)


class Write(NamedTuple):
    """How rows of one table are written: its columns in order, and what happens to a key that is there."""

    table: str
    columns: dict[str, tuple[str, Pack]]
    replace: tuple[str, ...] = ()
    key: str = ""
    casts: dict[str, str] = {}  # noqa: RUF012 - a constant of a named tuple

    def parameters(self, rows: Iterable[Values]) -> list[Any]:
        """One packed array a column."""
        turned = zip(*rows, strict=True)
        return [pack(values) for (_, pack), values in zip(self.columns.values(), turned, strict=True)]

    def sql(self, first: int) -> str:
        """INSERT from arrays `$first ...`, if the fence held."""
        names = [f'"{name}"' for name in self.columns]
        arrays = ", ".join(f"${first + n}::{kind}[]" for n, (kind, _) in enumerate(self.columns.values()))
        chosen = ", ".join(f"n.{name}{self.casts.get(name.strip(chr(34)), '')}" for name in names)
        text = (
            # Every name comes from the constants below, every value from a parameter.
            f"INSERT INTO {self.table} ({', '.join(names)}) SELECT {chosen} FROM unnest({arrays}) "  # noqa: S608
            f"AS n({', '.join(names)}) WHERE EXISTS (SELECT FROM fence)"
        )
        if self.replace:
            sets = ", ".join(f'"{name}" = excluded."{name}"' for name in self.replace)
            text += f" ON CONFLICT ({self.key}) DO UPDATE SET {sets}"
        return text


ENTRIES: Final = Write(
    "entries",
    {
        "reference": _TEXT, "phase": _TEXT, "account": _INT, "currency": _TEXT, "debits_pending": _UNITS,
        "debits_posted": _UNITS, "credits_pending": _UNITS, "credits_posted": _UNITS, "value": _UNITS, "at": _TIME,
        "cap": _UNITS, "cover": _UNITS, "window_id": _INT,
    },
)  # fmt: skip
ACCOUNTS: Final = Write(
    "accounts",
    {
        "id": _INT, "owner": _TEXT, "type": _TEXT, "currency": _TEXT, "active": _FLAG, "debits_pending": _UNITS,
        "debits_posted": _UNITS, "credits_pending": _UNITS, "credits_posted": _UNITS, "cap": _UNITS, "alarm": _TEXT,
        "changed": _TIME, "created": _TIME,
    },
    ("active", "debits_pending", "debits_posted", "credits_pending", "credits_posted", "cap", "alarm", "changed"),
    "id",
)  # fmt: skip
TRANSFERS: Final = Write(
    "transfers",
    {
        "id": _TEXT, "payer": _TEXT, "payee": _TEXT, "currency": _TEXT, "units": _UNITS, "state": _TEXT,
        "expiry": _TIME, "condition": _TEXT, "fulfilment": _TEXT, "prepare_hash": _BYTES, "answer_hash": _BYTES,
        "history": _INT, "fault": _TEXT, "answered": _TEXT, "iso_status": _TEXT, "determines": _TEXT, "group": _TEXT,
        "created": _TIME, "completed": _TIME, "body": _BYTES,
    },
    ("payee", "state", "expiry", "condition", "fulfilment", "answer_hash", "history", "fault", "answered", "iso_status",
     "completed", "body"),
    "id",
)  # fmt: skip
REFERENCES: Final = Write("payment_references", {"reference": _TEXT, "transfer_id": _TEXT})
HISTORY: Final = Write("transfer_history", {"transfer_id": _TEXT, "number": _INT, "state": _TEXT, "at": _TIME})
INBOX: Final = Write(
    "inbox", {"sender": _TEXT, "message_id": _TEXT, "content_hash": _BYTES, "reference": _TEXT, "at": _TIME}
)
RECORDS: Final = Write(
    "records",
    {"kind": _TEXT, "key": _TEXT, "lane": _TEXT, "open": _FLAG, "body": _JSON, "changed": _TIME},
    ("lane", "open", "body", "changed"),
    "kind, key",
    {"body": "::json"},
)
OUTBOX: Final = Write(
    "outbox",
    {
        "lane": _TEXT, "seq": _INT, "receiver": _TEXT, "order_key": _TEXT, "kind": _TEXT, "delivery": _TEXT,
        "until": _TIME, "original": _BYTES, "body": _BYTES, "created": _TIME,
    },
)  # fmt: skip
UNDELIVERED: Final = Write("undelivered", {"lane": _TEXT, "seq": _INT, "created": _TIME, "receiver": _TEXT})
ARCHIVE: Final = Write(
    "archive",
    {
        "at": _TIME, "digest": _BYTES, "sent": _FLAG, "participant": _TEXT, "message_id": _TEXT, "reference": _TEXT,
        "dialect": _TEXT, "method": _TEXT, "target": _TEXT, "headers": _TEXT, "body": _BYTES,
    },
)  # fmt: skip

WRITES: Final = (ENTRIES, ACCOUNTS, TRANSFERS, REFERENCES, HISTORY, INBOX, RECORDS, OUTBOX, UNDELIVERED, ARCHIVE)
_FENCE: Final = (
    "fence AS (UPDATE lanes SET seq = $1, clock = greatest(clock, $2)"
    " WHERE lane = $3 AND epoch = $4 AND seq = $5 RETURNING lane)"
)
_FENCE_PARAMETERS: Final = 5


@cache
def _statement(written: tuple[bool, ...]) -> str:
    """The statement that writes these of WRITES: what a batch does not write costs it nothing."""
    parts = [_FENCE]
    first = _FENCE_PARAMETERS + 1
    for write in itertools.compress(WRITES, written):
        parts.append(f"new_{write.table} AS ({write.sql(first)})")
        first += len(write.columns)
    return f"WITH {', '.join(parts)} SELECT count(*) FROM fence"  # noqa: S608 - as above


def commit(lease: Lease, batch: Batch) -> tuple[str, list[Any]]:
    """The statement and its parameters that write a batch under a lease.

    It gives 1 if the batch is written, 0 if the lane is lost (and then nothing is written).
    """
    accounts, transfers, small = _sorted(batch.puts)
    new = {row.transfer_id for row in batch.history if row.number == 1}
    rows: tuple[list[Values], ...] = (
        [_entry(entry) for entry in batch.entries],
        [_account(account) for account in accounts],
        [_transfer(transfer) for transfer in transfers],
        [(name, transfer.id) for transfer in transfers if transfer.id in new for name in names_of(transfer)],
        [_history(row) for row in batch.history],
        [_inbox(entry, batch.now) for entry in batch.inbox],
        [_record(record, lease.lane, batch.now) for record in small],
        [_outbox(lease.lane, seq, event, batch.now) for seq, event in enumerate(batch.events, lease.seq + 1)],
        [_undelivered(lease.lane, seq, event, batch.now) for seq, event in enumerate(batch.events, lease.seq + 1)],
        [_received(row, batch.now) for row in batch.archive],
    )
    fence = [lease.seq + len(batch.events), batch.now, lease.lane, lease.epoch, lease.seq]
    arrays = (write.parameters(some) for write, some in zip(WRITES, rows, strict=True) if some)
    return _statement(tuple(map(bool, rows))), [*fence, *itertools.chain.from_iterable(arrays)]


def _sorted(puts: Sequence[Stored]) -> tuple[list[LedgerAccount], list[Transfer], list[Stored]]:
    accounts: list[LedgerAccount] = []
    transfers: list[Transfer] = []
    small: list[Stored] = []
    for record in puts:
        if isinstance(record, Transfer):
            transfers.append(record)
        elif isinstance(record, LedgerAccount):
            accounts.append(record)
        else:
            small.append(record)
    return accounts, transfers, small


def _entry(entry: Entry) -> Values:
    return (
        entry.reference, entry.phase, entry.account, entry.currency, entry.debits_pending, entry.debits_posted,
        entry.credits_pending, entry.credits_posted, entry.value, entry.at, entry.cap, entry.cover, entry.window,
    )  # fmt: skip


def _account(account: LedgerAccount) -> Values:
    return (
        account.id, account.owner, account.type, account.currency, account.active, account.debits_pending,
        account.debits_posted, account.credits_pending, account.credits_posted, account.cap, account.alarm,
        account.changed, account.created,
    )  # fmt: skip


def _transfer(transfer: Transfer) -> Values:
    return (
        transfer.id, transfer.payer, transfer.payee, transfer.amount.currency, transfer.amount.units, transfer.state,
        transfer.due, transfer.condition, transfer.fulfilment, transfer.prepare_hash, transfer.answer_hash,
        transfer.history, transfer.fault.name if transfer.fault else None, transfer.answered, transfer.iso_status,
        transfer.determines, transfer.group, transfer.created, transfer.completed, codec.pack(transfer),
    )  # fmt: skip


def _history(row: HistoryRow) -> Values:
    return row.transfer_id, row.number, row.state, row.at


def _inbox(entry: InboxEntry, now: datetime) -> Values:
    return entry.sender, entry.message_id, entry.content_hash, entry.reference, now


def _record(record: Stored, lane: str, now: datetime) -> Values:
    return NAMES[type(record)], record.key, lane, is_open(record), codec.record_text(record), now


def _undelivered(lane: str, seq: int, event: Event, now: datetime) -> Values:
    """Only participants are looked for by name; what lanes hand each other would but fill the index."""
    return lane, seq, now, None if event.receiver.startswith("@") else event.receiver


def _outbox(lane: str, seq: int, event: Event, now: datetime) -> Values:
    original = bytes.fromhex(event.original.digest) if event.original else None
    return (
        lane, seq, event.receiver, event.order, event.body.__struct_config__.tag, event.delivery, event.until,
        original, codec.pack(codec.slim(event)), now,
    )  # fmt: skip


def _received(row: ArchiveRow, now: datetime) -> Values:
    message = row.original
    return (
        now, bytes.fromhex(message.digest), False, row.sender, row.message_id, row.reference, message.dialect,
        message.method, message.target, codec.headers_text(message.headers), codec.deflate(message.body),
    )  # fmt: skip
