"""What each party of the simulation saw, in its own words: the auditor compares these with the books."""

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from schemas.canonical.commands import Command
from schemas.canonical.wire import Receipt
from switch.engine import Batch
from switch.store.port import Lease, OutboxRow


class Said(NamedTuple):
    """One try to send a command, and the receipt if one came back."""

    at: datetime
    lane: str
    command: Command
    receipt: Receipt | None = None


class Heard(NamedTuple):
    """One message the hub brought; it may come more than once under the same row id."""

    at: datetime
    row: OutboxRow


class Written(NamedTuple):
    """One commit as the database saw it."""

    lease: Lease
    batch: Batch


class Journal:
    """Append-only; survives every crash of the hub, because its owner is another institution."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.said: list[Said] = []
        self.heard: list[Heard] = []


class Trace:
    """A digest of everything that happened, in order: equal for equal seeds."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._encode = msgspec.json.Encoder(order="deterministic", enc_hook=str).encode
        self.steps = 0

    def add(self, kind: str, *values: Any) -> None:
        self.steps += 1
        self._hash.update(kind.encode() + self._encode(values) + b"\n")

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()
