"""Many payments or returns of one bank in one message: each is a transfer of its own, one report tells of all."""

from datetime import datetime
from typing import Final

import msgspec

from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.terms import IsoReferences, Terms
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Envelope, Original

_MARK: Final = "message:"
_REPORT: Final = "report:"


def group_key(sender: str, message_id: str) -> str:
    """The key of a message of many payments; no bulk transfer of FSPIOP can have it as its id."""
    return f"{_MARK}{sender}:{message_id}"


def report_key(sender: str, message_id: str) -> str:
    """What a report about many payments is called by: it is about no single one, and nothing is kept under it."""
    return f"{_REPORT}{sender}:{message_id}"


def is_report(key: str | None) -> bool:
    """Whether that is what a key is."""
    return key is not None and key.startswith(_REPORT)


def is_group(key: str | None) -> bool:
    """Whether a transfer's group is such a message."""
    return key is not None and key.startswith(_MARK)


class OrderedPayment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One payment of the message, as a Prepare has it.

    `content_hash` is that of the payment alone, so that it is known again in any message. `original` is a message with
    this payment only, cut out of the one received; `journey` says that the ledger cannot decide it straight away.
    `returns` names the transfer it gives back. `void`: it gives back nothing that is known, and becomes no transfer.
    """

    transfer_id: TransferId
    payee: FspId | None
    amount: Money
    expiry: datetime
    terms: Terms
    content_hash: bytes
    original: Original
    fault: Fault | None = None
    journey: bool = False
    returns: TransferId | None = None
    void: bool = False


class PreparePayments(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="prepare_payments"):
    """Take a message of many payments; `terms` carry the references of the message as a whole."""

    envelope: Envelope
    key: str
    terms: Terms
    payments: tuple[OrderedPayment, ...]
    control_sum: str | None = None


class PaymentEnded(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="payment_ended"):
    """A payment of the group will be no transfer: its journey ended it, or `fault` says why it never began."""

    key: str
    transfer_id: TransferId
    fault: Fault | None = None


class FollowPayment(msgspec.Struct, frozen=True, tag_field="is", tag="follow_payment"):
    """A payment of the group is under way already, ordered by an earlier message: its end is this group's too."""

    key: str
    transfer_id: TransferId


class ReportPayments(msgspec.Struct, frozen=True, tag_field="is", tag="report_payments"):
    """The hub's own second half: all payments have ended, and are named, so that each is at hand for the report."""

    key: str
    transfer_ids: tuple[TransferId, ...]


class PaymentAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a report of many says of one payment: a status that `accepts` it, refuses it, or moves nothing (None).

    `void`: it is about no payment that is known, or says nothing that could be taken; `fault` is why, else the bank's
    reason. `key` and `terms` tell which it was by the bank's own names.
    """

    content_hash: bytes
    transfer_id: TransferId | None = None
    accepts: bool | None = None
    iso_status: str | None = None
    fault: Fault | None = None
    completed: datetime | None = None
    stated: Money | None = None
    void: bool = False
    key: str = ""
    terms: Terms | None = None


class AnswerPayments(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="answer_payments"):
    """Take a bank's report about many payments: each is answered by itself."""

    envelope: Envelope
    key: str
    answers: tuple[PaymentAnswer, ...]


PaymentsCommand = PreparePayments | AnswerPayments | PaymentEnded | FollowPayment | ReportPayments
"""Commands about messages of many payments; the ledger lane decides them all."""


class GroupedPayment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One payment of a group under the references of its message; `fault`: why it never became a transfer."""

    transfer_id: TransferId
    references: IsoReferences
    fault: Fault | None = None


class PaymentGroup(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="payment_group"):
    """A message of many payments; `references` are its own, `ended` is when its report was made."""

    id: str
    payer: FspId
    references: IsoReferences
    payments: tuple[GroupedPayment, ...]
    created: datetime
    control_sum: str | None = None
    ended: datetime | None = None

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether a payment of it may still be undecided."""
        return self.ended is None


class PaymentTally(msgspec.Struct, frozen=True, tag_field="is", tag="payment_tally"):
    """How many payments of a group have not ended; beside the group, since it changes with each of them."""

    id: str
    left: int

    @property
    def key(self) -> str:
        """The group's key."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether any is left."""
        return self.left > 0


class PaymentWait(msgspec.Struct, frozen=True, tag_field="is", tag="payment_wait"):
    """The groups that wait for the end of a transfer which an earlier message ordered."""

    id: str
    groups: tuple[str, ...]

    @property
    def key(self) -> str:
        """The transfer's id."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether any group waits."""
        return bool(self.groups)


class PaymentResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one payment ended: its transfer, with no more terms than an answer tells, or the fault that ended it."""

    references: IsoReferences
    transfer: Transfer | None = None
    fault: Fault | None = None


class PaymentsReported(msgspec.Struct, frozen=True, tag_field="is", tag="payments_reported"):
    """To the bank that sent the message: how each payment ended (one pacs.002)."""

    group: PaymentGroup
    results: tuple[PaymentResult, ...]
