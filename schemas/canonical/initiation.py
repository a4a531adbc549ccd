"""Initiations: a customer's order of many payments, taken part by part, executed as transfers, reported as a whole.

A message (or file) is one initiation, its transactions are numbered from 1. Nothing of it is executed before all of it
is there and its totals are right; then its payments go to the ledger, a bounded number at a time.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.party import Party
from schemas.canonical.terms import IsoReferences, Terms
from schemas.canonical.wire import Envelope

INITIATIONS: Final = "initiations"
"""The resource that refusals of such messages name."""


def initiation_key(sender: str, message_id: str) -> str:
    """The key of an initiation: a MsgId is unique for its sender."""
    return f"{sender}/{message_id}"


class ItemState(StrEnum):
    """Where one transaction stands; the last two are final."""

    WAITING = "WAITING"
    SENT = "SENT"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"


class InitiationHead(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the message says of itself: its references, and its totals as written."""

    references: IsoReferences
    number: str
    control_sum: str | None = None


class InitiatedPayment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One transaction as a Prepare has it; `batch` is its PmtInfId and `number` that one's place in the message.

    `due` is when it may be executed (None: at once), `moved` that this is another day than the one asked for. `fault`
    is the rule it breaks, `instruction_id` the customer's InstrId.
    """

    transfer_id: TransferId
    batch: str
    number: int
    payer: FspId
    payee: FspId | None
    amount: Money
    terms: Terms
    content_hash: bytes
    instruction_id: str | None = None
    due: datetime | None = None
    moved: bool = False
    fault: Fault | None = None


class BatchFault(msgspec.Struct, frozen=True):
    """Why no transaction of one PmtInf is executed, found when its end was read."""

    number: int
    fault: Fault


class Initiate(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="initiate"):
    """Take a part of an initiation: its transactions `first` and following.

    `complete` is set with the last part: then all totals were compared, and `fault` is what is wrong with them.
    `withdrawn`: whoever sent the parts before was not its sender; they are to be forgotten, for that `fault`.
    """

    envelope: Envelope
    key: str
    head: InitiationHead
    first: int
    payments: tuple[InitiatedPayment, ...]
    batch_faults: tuple[BatchFault, ...] = ()
    complete: bool = True
    fault: Fault | None = None
    withdrawn: bool = False

    @property
    def resource(self) -> str:
        """What a refusal of it is about."""
        return INITIATIONS

    @property
    def terms(self) -> Terms:
        """The references that a refusal repeats."""
        return Terms(self.key, Money(0, "XXX"), Party(), Party(), references=self.head.references)


class InitiatedEnded(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="initiated_ended"):
    """A payment of an initiation has ended: settled, or for `fault` not.

    `status` is what its payee's bank said of a settled one, if that is more than ACSC; `remark` is why it blocks it. It
    may come again with another status; `relay`: then the initiator is told even if it has its report.
    """

    key: str
    position: int
    transfer_id: TransferId
    fault: Fault | None = None
    status: str | None = None
    remark: Fault | None = None
    relay: bool = False


class ReleasePayments(msgspec.Struct, frozen=True, tag_field="is", tag="release_payments"):
    """The hub's own next step: look at these transactions, and execute those that may be."""

    key: str
    first: int
    last: int


class ReportInitiation(msgspec.Struct, frozen=True, tag_field="is", tag="report_initiation"):
    """The hub's own last step: report on these transactions, now that all have ended."""

    key: str
    first: int
    last: int


InitiationCommand = Initiate | InitiatedEnded | ReleasePayments | ReportInitiation
"""Commands about initiations; the lane `initiation` decides them all."""


class InitiatedItem(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="initiated_item"):
    """One transaction as it is kept; its terms shrink to references when it has ended.

    `status` is what its payee's bank said of a settled one, if that is more than ACSC.
    """

    id: str
    payment: InitiatedPayment
    state: ItemState = ItemState.WAITING
    fault: Fault | None = None
    ended: datetime | None = None
    status: str | None = None

    @property
    def key(self) -> str:
        """`<initiation>/<position>`."""
        return self.id

    @property
    def final(self) -> bool:
        """Whether nothing can change any more."""
        return self.state in {ItemState.SETTLED, ItemState.REJECTED}


def item_key(initiation: str, position: int) -> str:
    """The key of the transaction at that place."""
    return f"{initiation}/{position}"


class SettledAs(msgspec.Struct, frozen=True):
    """How many settled transactions have that status instead of ACSC, and the sum of their units."""

    status: str
    number: int = 0
    units: int = 0


class Initiation(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="initiation"):
    """How far an initiation is. All numbers count transactions.

    `taken`, `settled`, `rejected`, `sent` (with the ledger now); `units` and `settled_units` are sums of amounts
    without regard to currency. `cursor` is the next one to look at for execution, `dues` are days still to come.
    `withdrawn`: none of it counts, and another may come in its place. `releasing`: a ReleasePayments is on its way.
    `last_end_to_end` is the last transaction taken, by its EndToEndId. `kinds` are those of the settled ones of which
    more is known than that.
    """

    id: str
    sender: FspId
    head: InitiationHead
    created: datetime
    until: datetime
    taken: int = 0
    complete: bool = False
    fault: Fault | None = None
    batch_faults: tuple[BatchFault, ...] = ()
    settled: int = 0
    rejected: int = 0
    sent: int = 0
    units: int = 0
    settled_units: int = 0
    cursor: int = 1
    dues: tuple[datetime, ...] = ()
    releasing: bool = False
    last_end_to_end: str = ""
    withdrawn: bool = False
    finished: datetime | None = None
    kinds: tuple[SettledAs, ...] = ()

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.finished is None

    @property
    def ended(self) -> bool:
        """Whether every transaction of the whole has ended."""
        return self.complete and self.settled + self.rejected == self.taken

    @property
    def deadline(self) -> datetime | None:
        """When it is looked at without being asked: given up if it never gets complete, else executed on a day."""
        if not self.complete:
            return self.until
        return self.dues[0] if self.dues and self.cursor > self.taken and not self.releasing else None


class InitiationReported(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="initiation_reported"):
    """To who initiated: how the whole stands, and what became of these transactions (pain.002).

    Without `items` it is the first report: taken, or refused as a whole.
    """

    initiation: Initiation
    items: tuple[InitiatedItem, ...] = ()
