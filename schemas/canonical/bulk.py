"""Bulk transfers: many transfers of one payer to one payee under one id; each item is an ordinary transfer."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.terms import Terms
from schemas.canonical.wire import Envelope


class BulkState(StrEnum):
    """Where a bulk stands; the last four are final.

    ACCEPTED: items are reserved, the payee is asked. PROCESSING: some items are decided. EXPIRING: some expired, the
    others are about to. ABORTING: all open items are about to be given back. COMPLETED and EXPIRED: every item is
    decided. REJECTED: no item was reserved, or the whole bulk was aborted. INVALID: refused before its items were
    looked at.
    """

    ACCEPTED = "ACCEPTED"
    PROCESSING = "PROCESSING"
    EXPIRING = "EXPIRING"
    ABORTING = "ABORTING"
    COMPLETED = "COMPLETED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    INVALID = "INVALID"


OPEN_STATES = frozenset({BulkState.ACCEPTED, BulkState.PROCESSING, BulkState.EXPIRING, BulkState.ABORTING})
"""The states in which an item may still be undecided."""


class BulkItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One item: undecided until it has a fulfilment or a fault.

    `refused`: not reserved, so the payee never hears of it. `extensions` are the payee's, of its answer.
    """

    transfer_id: TransferId
    refused: bool = False
    fulfilment: str | None = None
    fault: Fault | None = None
    extensions: tuple[tuple[str, str], ...] = ()

    @property
    def decided(self) -> bool:
        """Whether nothing can change any more."""
        return self.fulfilment is not None or self.fault is not None


class Bulk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="bulk"):
    """The common record of the items; the money is in their transfers alone.

    `prepare_hash` and `answer_hash` are the content of the first request and of the answer that was taken; `fault` is
    why the whole bulk was refused or aborted.
    """

    id: str
    payer: FspId
    payee: FspId
    expiry: datetime
    state: BulkState
    items: tuple[BulkItem, ...]
    prepare_hash: bytes
    created: datetime
    quote_id: str = ""
    answer_hash: bytes | None = None
    completed: datetime | None = None
    fault: Fault | None = None

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether an item may still be undecided."""
        return self.state in OPEN_STATES


class PreparedItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the payer orders in one item; `fault` is set when the item could be understood but breaks a rule."""

    transfer_id: TransferId
    amount: Money
    terms: Terms
    condition: str
    fault: Fault | None = None


class AnsweredItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the payee says of one item: it accepts with the fulfilment unless there is a fault."""

    transfer_id: TransferId
    fulfilment: str | None = None
    fault: Fault | None = None
    extensions: tuple[tuple[str, str], ...] = ()


class PrepareBulk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="prepare_bulk"):
    """Reserve each item and ask the payee for all that could be reserved (POST /bulkTransfers)."""

    envelope: Envelope
    bulk_id: str
    payer: FspId
    payee: FspId
    expiry: datetime
    items: tuple[PreparedItem, ...]
    quote_id: str = ""


class AnswerBulk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="answer_bulk"):
    """The payee accepts or refuses item by item (PUT /bulkTransfers/{ID}).

    `word` is its bulkTransferState; `fault` is why the whole message cannot be believed.
    """

    envelope: Envelope
    bulk_id: str
    word: str
    items: tuple[AnsweredItem, ...] = ()
    completed: datetime | None = None
    fault: Fault | None = None


class RejectBulk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="reject_bulk"):
    """The payee refuses the whole bulk (PUT /bulkTransfers/{ID}/error)."""

    envelope: Envelope
    bulk_id: str
    fault: Fault


class AbortBulk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="abort_bulk"):
    """The hub's own second half of a whole refusal: give these items back, now that they are named and so loaded."""

    bulk_id: str
    transfer_ids: tuple[TransferId, ...]
    payee: FspId
    content_hash: bytes
    fault: Fault


class QueryBulk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="query_bulk"):
    """Ask for the present state (GET /bulkTransfers/{ID})."""

    envelope: Envelope
    bulk_id: str


class _Told(msgspec.Struct, frozen=True):
    """An event about a bulk, which holds no more items than its receiver may see."""

    bulk: Bulk

    @property
    def resource(self) -> str:
        """The FSPIOP resource, which decides the version of the message."""
        return "bulkTransfers"


class BulkReserved(_Told, frozen=True, tag_field="is", tag="bulk_reserved"):
    """To the payee: money is reserved for these items, answer (POST /bulkTransfers); made from `Event.original`."""


class BulkEnded(_Told, frozen=True, tag_field="is", tag="bulk_ended"):
    """To payer and payee: every item is decided (PUT /bulkTransfers/{ID} with all results)."""


class BulkAborted(_Told, frozen=True, tag_field="is", tag="bulk_aborted"):
    """The bulk as a whole was refused or aborted for `bulk.fault` (PUT /bulkTransfers/{ID}/error)."""


class BulkStated(_Told, frozen=True, tag_field="is", tag="bulk_stated"):
    """The present state to who asked or repeated itself (PUT /bulkTransfers/{ID})."""


BulkCommand = PrepareBulk | AnswerBulk | RejectBulk | AbortBulk | QueryBulk
"""Commands about bulk transfers; the ledger lane decides them all."""
