"""The tables, as SQLAlchemy Core metadata: what migrations must produce, and what reports may be written against.

Money is `numeric(24,0)`: units of 10^-4 of the currency. Keys collate as bytes ("C"), whatever the database does.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    desc,
    text,
)

metadata = MetaData()
_TIME = DateTime(timezone=True)
_KEY = Text(collation="C")
_UNITS = Numeric(24, 0)


def _need(name: str, kind: Any, **more: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **more)


def _counter(name: str) -> Column[Any]:
    return Column(name, _UNITS, CheckConstraint(f"{name} >= 0", name=f"accounts_{name}"), nullable=False)


def _of_cases(name: str, *columns: Any) -> Index:
    return Index(name, *columns, postgresql_where=text("kind = 'case'"))


lanes = Table(
    "lanes",
    metadata,
    Column("lane", _KEY, primary_key=True),
    _need("epoch", BigInteger),
    _need("seq", BigInteger),
    _need("owner", Text),
    _need("clock", _TIME),
    _need("taken", _TIME),
    comment="One row a lane: its owner's epoch is the fence of every commit, seq the last outbox number",
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _need("owner", Text),
    _need("type", Text),
    _need("currency", Text),
    _need("active", Boolean),
    _counter("debits_pending"),
    _counter("debits_posted"),
    _counter("credits_pending"),
    _counter("credits_posted"),
    Column("cap", _UNITS),
    _need("alarm", Text),
    Column("changed", _TIME),
    Column("created", _TIME),
    UniqueConstraint("owner", "type", "currency", name="accounts_owner_type_currency"),
    comment="Ledger accounts: four counters in units of 10^-4, explained to the unit by entries",
)

entries = Table(
    "entries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _need("reference", _KEY),
    _need("phase", Text),
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    _need("currency", Text),
    _need("debits_pending", _UNITS),
    _need("debits_posted", _UNITS),
    _need("credits_pending", _UNITS),
    _need("credits_posted", _UNITS),
    _need("value", _UNITS),
    _need("at", _TIME),
    Column("cap", _UNITS),
    Column("cover", _UNITS),
    Column("window_id", BigInteger),
    Index("entries_reference", "reference"),
    Index("entries_window", "window_id", postgresql_using="brin"),
    Index("entries_at", "at", postgresql_using="brin"),
    comment="Append-only: by how much each counter of an account moved; a trigger keeps each insert in balance",
)

transfers = Table(
    "transfers",
    metadata,
    Column("id", _KEY, primary_key=True),
    _need("payer", Text),
    _need("payee", Text),
    _need("currency", Text),
    _need("units", _UNITS),
    _need("state", Text),
    _need("expiry", _TIME),
    Column("condition", Text),
    Column("fulfilment", Text),
    _need("prepare_hash", LargeBinary),
    Column("answer_hash", LargeBinary),
    _need("history", Integer),
    Column("fault", Text),
    Column("answered", Text),
    Column("iso_status", Text),
    Column("determines", Text),
    Column("group", Text),
    _need("created", _TIME),
    Column("completed", _TIME),
    _need("body", LargeBinary),
    Index("transfers_created", "created", postgresql_using="brin"),
    Index("transfers_open", "expiry", postgresql_where=text("state IN ('RESERVED', 'FULFILLED_WAITING')")),
    comment="Transfers; body is the whole canonical Transfer in msgpack, the columns are what queries need of it",
)

payment_references = Table(
    "payment_references",
    metadata,
    _need("reference", _KEY),
    _need("transfer_id", _KEY),
    Index("payment_references_reference", "reference"),
    comment="By what banks call a payment besides its id, written with it",
)

transfer_history = Table(
    "transfer_history",
    metadata,
    Column("transfer_id", _KEY, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _need("state", Text),
    _need("at", _TIME),
    comment="Each state a transfer was in, numbered from 1 without gap",
)

inbox = Table(
    "inbox",
    metadata,
    Column("sender", _KEY, primary_key=True),
    Column("message_id", _KEY, primary_key=True),
    _need("content_hash", LargeBinary),
    _need("reference", Text),
    _need("at", _TIME),
    postgresql_partition_by="HASH (sender, message_id)",
    comment="Messages taken, kept for ever: a repeat is known whenever it comes",
)

records = Table(
    "records",
    metadata,
    Column("kind", _KEY, primary_key=True),
    Column("key", _KEY, primary_key=True),
    _need("lane", Text),
    _need("open", Boolean),
    _need("body", JSON),
    _need("changed", _TIME),
    Index("records_open", "kind", "lane", postgresql_where=text("open")),
    # Ordered as bytes; a collation is not compared.
    _of_cases("records_case_opened", text("rtrim(body ->> 'opened', 'Z')"), "key"),
    _of_cases("records_case_asker", text("(body ->> 'asker')")),
    _of_cases("records_case_answerer", text("(body ->> 'answerer')")),
    _of_cases("records_case_payment", text("(body ->> 'payment')")),
    comment="Small kinds and dialogues (participants, oracles, registry, journeys, quotes ...); body as canonical JSON",
)

outbox = Table(
    "outbox",
    metadata,
    Column("lane", _KEY, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _need("receiver", Text),
    _need("order_key", Text),
    _need("kind", Text),
    _need("delivery", Text),
    Column("until", _TIME),
    Column("original", LargeBinary),
    _need("body", LargeBinary),
    _need("created", _TIME),
    Column("parked", Text),
    comment="Events; (lane, seq) has no gap; body is msgpack without the bytes of its original; parked: why given up",
)

undelivered = Table(
    "undelivered",
    metadata,
    Column("lane", _KEY, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _need("created", _TIME),
    _need("attempts", Integer, server_default=text("0")),
    Column("reason", Text),
    Column("receiver", Text),
    Index(
        "undelivered_receiver", "receiver", "created", "lane", "seq", postgresql_where=text("receiver IS NOT NULL")
    ),
    comment="The events neither delivered nor parked: a row is written with its event and taken out at its end",
)

archive = Table(
    "archive",
    metadata,
    _need("at", _TIME),
    _need("digest", LargeBinary),
    _need("sent", Boolean),
    _need("participant", Text),
    _need("message_id", Text),
    _need("reference", _KEY),
    _need("dialect", Text),
    _need("method", Text),
    _need("target", Text),
    _need("headers", Text),
    Column("body", LargeBinary),
    Index("archive_digest", "digest", postgresql_using="hash"),
    Index("archive_reference", "reference"),
    Index("archive_at", "at", postgresql_using="brin"),
    postgresql_partition_by="RANGE (at)",
    comment="Messages as received and sent, zlib; body is null where the same bytes were archived on receipt",
)

message_references = Table(
    "message_references",
    metadata,
    Column("key", _KEY, primary_key=True),
    Column("value", _KEY, primary_key=True),
    Column("at", _TIME, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    comment="What messages of the archive can be found by; made from it beside the work, and can be made again",
)

librarian = Table(
    "librarian",
    metadata,
    _need("read_until", _TIME),
    Index("librarian_alone", text("(true)"), unique=True),
    comment="One row: how far the archive was read for message_references",
)

parked = Table(
    "parked",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _need("lane", Text),
    _need("at", _TIME),
    _need("reference", Text),
    _need("parcel", LargeBinary),
    _need("trace", Text),
    Column("closed", _TIME),
    Index("parked_open", desc("at"), postgresql_where=text("closed IS NULL")),
    comment="Commands that broke a lane's code, with the trace, for an operator",
)
