"""The working set of one batch: what was resident or loaded, overlaid by what the batch has decided so far."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar, cast

import msgspec

from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Stored
from schemas.canonical.participants import AccountType, LedgerAccount, Oracle, RegistryEntry, SettlementModel
from switch.profile import Profile

RecordKey = tuple[type, str]
"""A kind of record and its key: what a command names so that the store can load it."""

T = TypeVar("T")
_LEDGER: Final = AccountType.POSITION.value
_MOMENT: Final = timedelta(microseconds=1)
"""The shortest time that the tables tell apart."""


class InboxEntry(msgspec.Struct, frozen=True):
    """A message taken before: the hash of its business content and the object it was about."""

    sender: str
    message_id: str
    content_hash: bytes
    reference: str = ""


class Resident:
    """Records a lane's owner keeps between batches: participants, accounts, models, oracles, open dialogues.

    The tables stay the truth; a lane that lost its lease fails its next commit and starts again from them.
    """

    def __init__(self, records: Iterable[Stored] = ()) -> None:
        """Start from what the store holds."""
        self.by_kind: defaultdict[type, dict[str, Any]] = defaultdict(dict)
        self._accounts: dict[tuple[FspId, AccountType, str], int] = {}
        for record in records:
            self.put(record)

    def put(self, record: Stored) -> None:
        """Keep the newest value of a record."""
        self.by_kind[type(record)][record.key] = record
        if isinstance(record, LedgerAccount):
            self._accounts[record.owner, record.type, record.currency] = record.id

    def keep(self, record: Stored, most: int) -> None:
        """Keep a record that may be forgotten and loaded again by its key; beyond `most` of its kind the oldest is."""
        self.put(record)
        held = self.by_kind[type(record)]
        if len(held) > most:
            del held[next(iter(held))]

    def drop(self, record: Stored) -> None:
        """Forget a record that is closed; it can be loaded again by its key."""
        self.by_kind[type(record)].pop(record.key, None)

    def get(self, kind: type[T], key: str) -> T | None:
        """The record of that kind and key, if resident."""
        found: T | None = self.by_kind[kind].get(key)
        return found

    def all(self, kind: type[T]) -> Iterator[T]:
        """All resident records of a kind, in the order they came."""
        return iter(list(self.by_kind[kind].values()))

    def by_key(self, kind: type) -> dict[str, Any]:
        """The resident records of a kind, not to be changed."""
        return self.by_kind[kind]

    def holds(self, kind: type) -> bool:
        """Whether any record of that kind is resident."""
        return bool(self.by_kind[kind])

    def account_id(self, owner: FspId, kind: AccountType, currency: str) -> int | None:
        """The id of a participant's account."""
        return self._accounts.get((owner, kind, currency))


class State:
    """What a step reads. Later commands of a batch see what earlier ones did; a failed batch just drops it."""

    def __init__(
        self,
        now: datetime,
        profile: Profile,
        resident: Resident,
        loaded: Iterable[Stored] = (),
        inbox: Iterable[InboxEntry] = (),
    ) -> None:
        """Lay an empty overlay over resident and loaded records."""
        self.now = now
        self.profile = profile
        self._resident = resident
        self._kept = resident.by_kind
        # By kind, so that asking for all of a small kind does not walk through the batch's transfers.
        self._overlay: defaultdict[type, dict[str, Any]] = defaultdict(dict)
        self._loaded: dict[RecordKey, Any] = {(type(record), record.key): record for record in loaded}
        self._accounts: dict[tuple[FspId, AccountType, str], int] = {}
        self._inbox = {(entry.sender, entry.message_id): entry for entry in inbox}
        self._entries: dict[tuple[str, str], dict[str, RegistryEntry]] | None = None

    def fork(self) -> "State":
        """A copy to try several things on in order; what is put there is not seen here."""
        copy = State(self.now, self.profile, self._resident)
        copy._overlay.update((kind, dict(records)) for kind, records in self._overlay.items())
        copy._loaded, copy._accounts, copy._inbox = self._loaded, dict(self._accounts), dict(self._inbox)
        return copy

    def turn(self) -> datetime:
        """Let all that is decided from here on be of a later moment; what was decided before is before it."""
        self.now += _MOMENT
        return self.now

    def get(self, kind: type[T], key: str) -> T | None:
        """The newest value of a record, or None if there is none."""
        found: T | None = self._overlay[kind].get(key)
        if found is None:
            # Resident before loaded: the owner's copy is never older than the table it was read from.
            found = self._kept[kind].get(key)
            if found is None and self._loaded:
                found = self._loaded.get((kind, key))
        return found

    def all(self, kind: type[T]) -> list[T]:
        """All resident and new records of a kind (not for transfers: they are loaded by key only)."""
        resident, new = self._resident.by_key(kind), self._overlay[kind]
        return cast("list[T]", list((resident | new if new else resident).values()))

    def holds(self, kind: type) -> bool:
        """Whether there is any record of a kind that is resident while it is open."""
        return bool(self._overlay[kind]) or self._resident.holds(kind)

    def put(self, record: Stored) -> None:
        """Make a new value visible to the commands that follow."""
        self._overlay[type(record)][record.key] = record
        if isinstance(record, LedgerAccount):
            self._accounts[record.owner, record.type, record.currency] = record.id
        elif isinstance(record, RegistryEntry):
            self._index(record)

    def account(self, owner: FspId, kind: AccountType, currency: str) -> LedgerAccount | None:
        """A participant's account of that type and currency."""
        found = self._accounts.get((owner, kind, currency))
        if found is None:
            found = self._resident.account_id(owner, kind, currency)
        return None if found is None else self.get(LedgerAccount, str(found))

    def registry(self, party_type: str, identifier: str) -> list[RegistryEntry]:
        """The built-in oracle's entries of one party, whatever their sub id or currency."""
        if self._entries is None:
            # By party and made once, since a batch may ask for ten thousand of them.
            self._entries = {}
            loaded = (record for (kind, _), record in self._loaded.items() if kind is RegistryEntry)
            for record in (*loaded, *self._overlay[RegistryEntry].values()):
                self._index(cast("RegistryEntry", record))
        entries = self._entries.get((party_type, identifier), {})
        return [entry for entry in entries.values() if not entry.removed]

    def _index(self, entry: RegistryEntry) -> None:
        if self._entries is not None:
            self._entries.setdefault((entry.party_type, entry.identifier), {})[entry.key] = entry

    def oracle(self, party_type: str, currency: str | None, *, only: bool = False) -> Oracle | None:
        """The oracle in force for a party type: of that currency, the default, the one without currency, any.

        `only`: an oracle of another currency than the one given is none.
        """
        oracles = [oracle for oracle in self.all(Oracle) if oracle.active and oracle.type == party_type]
        if only and currency:
            oracles = [oracle for oracle in oracles if oracle.currency in {None, currency}]
        exact = [oracle for oracle in oracles if currency and oracle.currency == currency]
        plain = [oracle for oracle in oracles if oracle.currency is None]
        ranked = exact or [oracle for oracle in oracles if oracle.default] or plain or oracles
        return ranked[0] if ranked else None

    def settlement_model(self, currency: str) -> SettlementModel | None:
        """The model that settles positions in the currency, else the default one (currency None)."""
        default = None
        for model in self.all(SettlementModel):
            if model.active and model.ledger_account_type == _LEDGER:
                if model.currency == currency:
                    return model
                default = default or (model if model.currency is None else None)
        return default

    def seen(self, sender: str, message_id: str) -> InboxEntry | None:
        """The message of that sender and id, if it was taken before."""
        return self._inbox.get((sender, message_id))

    def take(self, entry: InboxEntry) -> None:
        """Remember a message as taken."""
        self._inbox[entry.sender, entry.message_id] = entry

    def changed(self) -> list[Stored]:
        """The newest values of everything this batch changed."""
        return [record for records in self._overlay.values() for record in records.values()]
