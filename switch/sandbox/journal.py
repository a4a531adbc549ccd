"""The journal of a counterparty: what it sent and every answer it got, append-only, to be compared with the books."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

import msgspec

from schemas.canonical.money import Money
from switch.sandbox.clock import now


class Way(StrEnum):
    """Whether the counterparty sent the message, received it, or gave its customer the money."""

    SENT = "sent"
    RECEIVED = "received"
    CREDITED = "credited"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message in the counterparty's own view.

    `kind` is the message (`pacs.008.001.08`, `POST /transfers`), `key` the payment, quote or party it is about,
    `id` the message's own id, `word` its state or code (`ACSC`, `RJCT/AC04`, `COMMITTED`, `3204`), `status` the HTTP
    status it was answered with (0: no answer), `signature` what the check of its signature found.
    """

    at: datetime
    way: Way
    kind: str
    key: str
    id: str = ""
    word: str = ""
    amount: str = ""
    status: int = 0
    signature: str = ""
    detail: str = ""


class Journal:
    """Entries in order; with a `path` each is also appended to that file as one line of JSON."""

    def __init__(self, owner: str, path: Path | None = None) -> None:
        self.owner = owner
        self.entries: list[Entry] = []
        self._file: IO[bytes] | None = path.open("ab", buffering=0) if path else None
        self._changed = asyncio.Event()

    def add(self, entry: Entry) -> None:
        """Append an entry and wake whoever waits for one."""
        self.entries.append(entry)
        if self._file is not None:
            self._file.write(msgspec.json.encode(entry) + b"\n")
        self._changed.set()

    def sent(self, kind: str, key: str, **fields: str | int) -> None:
        """Note a message that went out and how it was answered."""
        self.add(msgspec.convert({"at": now(), "way": Way.SENT, "kind": kind, "key": key, **fields}, Entry))

    def received(self, kind: str, key: str, **fields: str | int) -> None:
        """Note a message that came in."""
        self.add(msgspec.convert({"at": now(), "way": Way.RECEIVED, "kind": kind, "key": key, **fields}, Entry))

    def credited(self, key: str, amount: Money) -> None:
        """Note that the customer has the money of this payment."""
        self.add(Entry(now(), Way.CREDITED, "", key, amount=f"{amount.fspiop} {amount.currency}"))

    def about(self, key: str, way: Way | None = None) -> list[Entry]:
        """All entries about one payment, quote or party."""
        return [entry for entry in self.entries if entry.key == key and way in (None, entry.way)]

    async def wait_credit(self, key: str, seconds: float) -> bool:
        """Whether the customer has the money of this payment within the time."""
        return await self.wait(lambda entry: entry.way is Way.CREDITED and entry.key == key, seconds) is not None

    async def wait(self, wanted: Callable[[Entry], bool], seconds: float, start: int = 0) -> Entry | None:
        """The first entry from `start` on that is wanted, as soon as it is there; None when the time is over."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            self._changed.clear()
            for position in range(start, len(self.entries)):
                if wanted(self.entries[position]):
                    return self.entries[position]
            start = len(self.entries)
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return None
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                return None

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None


def read_journal(path: Path) -> Iterable[Entry]:
    """The entries of a journal file; a last line cut short by a kill is left out."""
    decode = msgspec.json.Decoder(Entry).decode
    whole = path.read_bytes().split(b"\n")[:-1]
    return [decode(line) for line in whole]
