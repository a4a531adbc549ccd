"""The port to state: what lanes, deliverers and APIs need of a store, whichever keeps it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from schemas.canonical.commands import Expire
from schemas.canonical.dialogue import Journey
from schemas.canonical.events import Event
from schemas.canonical.outcome import Stored
from schemas.canonical.settlement import Net, Obligation
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Original
from switch.engine import Batch, Parcel
from switch.state import InboxEntry, RecordKey
from switch.store.lists import Wanted

LEDGER: Final = "ledger"
"""The lane that owns accounts and transfers."""

RowId = tuple[str, int]
"""(lane, seq): the id of an outbox row."""


class LaneLostError(Exception):
    """Another owner has taken the lane: this one must stop at once, nothing was written."""


class ConflictError(Exception):
    """A unique key was there already: load again and step one by one (a repeat or a modified message)."""


class StoreDownError(Exception):
    """The database cannot be reached or broke off: whether a commit under way was done is unknown."""


class Lease(msgspec.Struct, frozen=True):
    """Ownership of a lane: `epoch` fences its commits, `seq` is the last outbox number used."""

    lane: str
    epoch: int
    seq: int


class Loaded(msgspec.Struct, frozen=True):
    """What one batch needs: the database's clock, records by key, inbox entries."""

    now: datetime
    records: tuple[Stored, ...]
    inbox: tuple[InboxEntry, ...]


class OutboxRow(msgspec.Struct, frozen=True):
    """One event to deliver; `(lane, seq)` is its id for ever, receivers are idempotent on it."""

    lane: str
    seq: int
    event: Event
    created: datetime
    attempts: int = 0

    @property
    def id(self) -> str:
        """`lane:seq`."""
        return f"{self.lane}:{self.seq}"

    @property
    def key(self) -> RowId:
        """(lane, seq)."""
        return self.lane, self.seq


class Delivered(msgspec.Struct, frozen=True):
    """How the delivery of an event ended: taken by its receiver, or `parked` with the reason.

    `sent` is the message as it went out, archived as evidence (an empty body means: the bytes of that digest were
    archived when they were received); `message_id` is its BizMsgIdr where it has one.
    """

    lane: str
    seq: int
    receiver: str
    sent: Original | None = None
    message_id: str = ""
    reference: str = ""
    parked: str | None = None


class MessageStatus(msgspec.Struct, frozen=True):
    """What became of a participant's message: the object it was about and the answers made for it.

    Each answer is `{messageId, definition, digest, at}` of a message that was sent and taken. `definition` and
    `content_hash` are the message's own; `journey` is there for a bank's payment that needed one.
    """

    message_id: str
    received: datetime
    digest: str
    reference: str
    transfer: Transfer | None
    answers: tuple[dict[str, Any], ...]
    definition: str = ""
    content_hash: bytes = b""
    journey: Journey | None = None


class Store(Protocol):
    """State behind one interface; the memory and the PostgreSQL store pass the same contract suite.

    Every method may raise StoreDownError.
    """

    async def take_lane(self, lane: str, owner: str, after: Lease | None = None) -> Lease:
        """Become the lane's owner: epoch + 1, so that an older owner's commit fails.

        With `after` (an owner that is unsure whether its last commit was done) only if nobody took the lane since,
        else LaneLostError.
        """

    async def resident(self, lane: str) -> list[Stored]:
        """What the lane's owner keeps in memory: the small kinds, accounts, its own open dialogues."""

    async def deadlines(self, lane: str) -> list[tuple[datetime, Expire]]:
        """All deadlines still open in the lane."""

    async def load(self, lane: str, keys: Sequence[RecordKey], messages: Sequence[tuple[str, str]]) -> Loaded:
        """One round trip: the clock (never behind the lane's last commit), records of these keys, inbox entries.

        Accounts are resident and never loaded by key. A RegistryEntry key `<type>/<identifier>/` is a prefix. A
        Conversions key, of a transfer or of one of its conversions, gives the register and all it ties together.
        """

    async def commit(self, lease: Lease, batch: Batch) -> Lease:
        """Write the batch in one transaction under the fence; gives the lease with its new seq.

        Events get the numbers `lease.seq + 1 ...` in order.
        Raises LaneLostError or ConflictError; then nothing is written.
        """

    async def park(self, lane: str, parcel: Parcel, trace: str) -> None:
        """Keep a command that broke the lane's code, for an operator to look at and try again."""

    async def undelivered(
        self, older_than_s: float = 0.0, limit: int = 1000, after: RowId | None = None
    ) -> list[OutboxRow]:
        """Outbox rows neither delivered nor parked in order of (lane, seq), with their originals from the archive.

        `after` is the last key of the page before.
        """

    async def waiting_for(self, receiver: str, limit: int) -> list[OutboxRow]:
        """The open rows of one receiver, the oldest first, with their originals from the archive."""

    async def backlog(self) -> tuple[int, float]:
        """How many outbox rows are neither delivered nor parked, and the age of the oldest in seconds."""

    async def still_open(self, keys: Collection[RowId]) -> set[RowId]:
        """Those of the outbox rows that are neither delivered nor parked."""

    async def delivered(self, rows: Sequence[Delivered]) -> None:
        """Mark rows as delivered or parked and archive what was sent, in one transaction; a second mark is ignored.

        A server that dies may forget the marks of its last moment; StoreDownError then tells the caller, who marks
        again. Everything else is on disk when its call returns.
        """

    async def failed_attempt(self, lane: str, seq: int, reason: str) -> None:
        """Count an attempt that did not succeed."""

    async def transfer(self, transfer_id: str) -> Transfer | None:
        """One transfer, for queries off the lanes."""

    async def open_transfers(self, payee: str) -> list[Transfer]:
        """The transfers that wait for that payee's answer, for answers that name their payment by references only."""

    async def transfers_called(self, party: str, names: Collection[str], limit: int = 1000) -> list[Transfer]:
        """The transfers of that payer or payee whose bank's references hold one of these names, at most `limit`."""

    async def records(self, kind: type[Any]) -> list[Any]:
        """All records of a small kind (participants, accounts, models, oracles), for APIs and directories."""

    async def listed(self, wanted: Wanted) -> list[Any]:
        """The records that such a list asks for, in its order."""

    async def record(self, kind: type[Any], key: str) -> Any:
        """One record of a small kind by its key, or None."""

    async def window_nets(self, window: int) -> list[Net]:
        """What each account moved in a window that was cut: every leg committed in it, each once."""

    async def window_flows(self, window: int) -> list[Obligation]:
        """The same between pairs of accounts, by direction."""

    async def message_status(self, sender: str, message_id: str) -> MessageStatus | None:
        """What became of a message, found by its sender and id."""

    async def archived(self, digest: str) -> Original | None:
        """A message by the SHA-256 of its body."""

    async def close(self) -> None:
        """Give connections back."""
