"""What the auditor gets to see after a run: the tables, the commits in their order, and everybody's journals."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from schemas.canonical.bulk import AnswerBulk, Bulk, PrepareBulk, QueryBulk, RejectBulk
from schemas.canonical.commands import Fulfil, Prepare, Reject
from schemas.canonical.dialogue import Journey
from schemas.canonical.events import Event, Handed
from schemas.canonical.participants import LedgerAccount
from schemas.canonical.settlement import Settlement, SettlementWindow
from schemas.canonical.transfer import Answered, Transfer
from schemas.canonical.wire import Receipt
from switch.engine import HistoryRow
from switch.store.memory import MemoryStore
from switch.store.port import OutboxRow
from tests.simulation.cast import Member
from tests.simulation.journal import Journal, Said, Written
from tests.simulation.operator_desk import Deal

_NO_FULFILMENT = "A" * 43


class Row:
    """One row of the outbox and how its delivery ended."""

    def __init__(self, row: OutboxRow, done: bool, parked: str | None) -> None:
        self.row, self.done, self.parked = row, done, parked
        self.event: Event = row.event
        self.receiver = row.event.receiver


def accepted(said: Said) -> Receipt | None:
    """The receipt by which the hub made itself answerable for a command."""
    receipt = said.receipt
    return receipt if receipt is not None and receipt.fault is None and receipt.retry_after is None else None


class Evidence:
    """Read-only views; nothing here was computed by the code under audit."""

    def __init__(
        self,
        store: MemoryStore,
        written: list[Written],
        journals: dict[str, Journal],
        members: dict[str, Member],
        deposits: list[Deal],
        ended: datetime,
    ) -> None:
        self.written, self.journals, self.members = written, journals, members
        self.deposits, self.ended = deposits, ended
        records = [record for _, record in store._records.values()]
        self.accounts = [record for record in records if isinstance(record, LedgerAccount)]
        self.transfers = {record.id: record for record in records if isinstance(record, Transfer)}
        self.bulks = {record.id: record for record in records if isinstance(record, Bulk)}
        self.journeys = {record.id: record for record in records if isinstance(record, Journey)}
        self.windows = {record.id: record for record in records if isinstance(record, SettlementWindow)}
        self.settlements = {record.id: record for record in records if isinstance(record, Settlement)}
        self.entries: list[Any] = store.entries
        self.history: list[HistoryRow] = store.history
        self.inbox = dict(store._inbox)
        self.last_numbers = {lane: lease.seq for lane, lease in store._leases.items()}
        self.parked_commands = [(lane, type(parcel.command).__name__, trace) for lane, parcel, trace in store.parked]
        self.rows = {held.row.id: Row(held.row, held.done, held.parked) for held in store._outbox.values()}

    @cached_property
    def told(self) -> dict[str, list[Row]]:
        """Rows to participants by the object they are about, in the order they were written."""
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.rows.values():
            if not isinstance(row.event.body, Handed):
                found[row.event.order].append(row)
        return found

    @cached_property
    def said(self) -> dict[str, list[Said]]:
        """Everything participants said about each transfer."""
        found: defaultdict[str, list[Said]] = defaultdict(list)
        for journal in self.journals.values():
            for said in (part for whole in journal.said for part in self._parts(whole)):
                key = getattr(said.command, "transfer_id", None)
                if key is not None and getattr(said.command, "envelope", None) is not None:
                    found[key].append(said)
        return found

    @cached_property
    def said_of_bulks(self) -> dict[str, list[Said]]:
        """Everything participants said about each bulk as a whole."""
        found: defaultdict[str, list[Said]] = defaultdict(list)
        for journal in self.journals.values():
            for said in journal.said:
                if isinstance(said.command, PrepareBulk | AnswerBulk | RejectBulk | QueryBulk):
                    found[said.command.bulk_id].append(said)
        return found

    def _parts(self, said: Said) -> Iterator[Said]:
        """What was said, or if it was said of a bulk, what that says of each of its items."""
        match said.command:
            case PrepareBulk() as order:
                for item in order.items:
                    yield said._replace(command=Prepare(
                        order.envelope, item.transfer_id, order.payer, order.payee, item.amount, order.expiry,
                        item.terms, item.condition, group=order.bulk_id,
                    ))  # fmt: skip
            case AnswerBulk() as answer:
                for one in answer.items:
                    if not self._is_item(one.transfer_id, answer.bulk_id):
                        continue
                    part = Fulfil(
                        answer.envelope, one.transfer_id, Answered.COMMITTED, one.fulfilment or _NO_FULFILMENT
                    )
                    refused = one.fault is not None
                    no = Reject(answer.envelope, one.transfer_id, one.fault) if one.fault is not None else part
                    yield said._replace(command=no if refused else part)
            case RejectBulk() as refusal:
                bulk = self.bulks.get(refusal.bulk_id)
                for item in bulk.items if bulk else ():
                    if not self._is_item(item.transfer_id, refusal.bulk_id):
                        continue
                    yield said._replace(command=Reject(refusal.envelope, item.transfer_id, refusal.fault))
            case _:
                yield said

    def _is_item(self, transfer: str, bulk: str) -> bool:
        """Whether what is said of a bulk is about that transfer, and not about another one that had its id before."""
        known = self.transfers.get(transfer)
        return known is None or known.group == bulk

    @cached_property
    def heard(self) -> dict[str, set[str]]:
        """Ids of the rows that each participant got."""
        return {name: {heard.row.id for heard in journal.heard} for name, journal in self.journals.items()}
