"""Cases: somebody wants a payment back, has a question about it or tells more of it, and somebody is to answer.

Sources: camt.056, camt.055 (recalls, and requests to pay that are taken back), camt.026, camt.027, camt.028, camt.087,
camt.110 (exceptions and investigations), answered by camt.029 and camt.111.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec

from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.wire import Envelope, Original


class CaseKind(StrEnum):
    """What is asked."""

    RECALL = "RECALL"
    CANCELLATION = "CANCELLATION"
    WITHDRAWAL = "WITHDRAWAL"
    UNABLE_TO_APPLY = "UNABLE_TO_APPLY"
    NON_RECEIPT = "NON_RECEIPT"
    INFORMATION = "INFORMATION"
    MODIFICATION = "MODIFICATION"
    INVESTIGATION = "INVESTIGATION"


RECALLS: Final = frozenset({CaseKind.RECALL, CaseKind.CANCELLATION})
"""Kinds that ask for money."""


class CaseState(StrEnum):
    """Where a case stands. Closed are CANCELLED (the money is or stays with the payer), REFUSED and ANSWERED."""

    HELD = "HELD"
    OPEN = "OPEN"
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    CANCELLED = "CANCELLED"
    REFUSED = "REFUSED"
    ANSWERED = "ANSWERED"


CLOSED: Final = frozenset({CaseState.CANCELLED, CaseState.REFUSED, CaseState.ANSWERED})


class Verdict(StrEnum):
    """What an answer says."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    PENDING = "PENDING"
    ANSWERED = "ANSWERED"


class Why(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reason: a code of the external lists (or a word of a bank's own), and lines of text."""

    code: str | None = None
    word: str | None = None
    info: tuple[str, ...] = ()


class CaseReferences(msgspec.Struct, frozen=True, omit_defaults=True):
    """By what the asker names case and payment; the answers give it back unchanged.

    `in_transaction`: the Case stood at the transaction, not at the message.
    """

    assignment_id: str | None = None
    case_id: str | None = None
    cancellation_id: str | None = None
    in_transaction: bool = False
    message_id: str | None = None
    message_name: str | None = None
    created: str | None = None
    payment_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    transaction_id: str | None = None
    uetr: str | None = None
    amount: Money | None = None
    settlement_date: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What an answer may call the case by."""
        found = (self.case_id, self.cancellation_id, self.assignment_id)
        return tuple(dict.fromkeys(name for name in found if name))


class CaseRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """One payment that a message asks about.

    `key` is the hub's name of the case. `payments` may be meant, the likeliest first; `fault` says what is wrong with
    the request in itself. `content_hash` is that of all that is asked. `inquiry` is what the answer to a camt.110 must
    repeat (as JSON).
    """

    key: str
    kind: CaseKind
    references: CaseReferences
    payments: tuple[TransferId, ...]
    content_hash: bytes
    why: Why = Why()
    fault: Fault | None = None
    inquiry: bytes = b""


class CaseReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer: the hub's key of its case, or what may tell it: the payments it may be about and the case's names.

    `references` are those it names its payment by.
    """

    verdict: Verdict
    key: str | None = None
    payments: tuple[TransferId, ...] = ()
    names: tuple[str, ...] = ()
    why: Why = Why()
    references: CaseReferences | None = None


class Case(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="case"):
    """A case. `asker` waits for `answerer`, until `deadline`; `payment` is what it is about, if that was found.

    `why` is the asker's reason, `answer` what it was told last and `answered_by` whose word that is. `thread` orders
    its messages among those about the payment. `amount` and `settled` (a date) are the payment's. `sent_as` is how the
    answerer knows it, where the hub asks in the asker's place. `held` is the request while it is not sent on yet.
    """

    id: str
    kind: CaseKind
    state: CaseState
    asker: FspId
    references: CaseReferences
    content_hash: bytes
    opened: datetime
    changed: datetime
    thread: str
    answerer: FspId | None = None
    payment: TransferId | None = None
    amount: Money | None = None
    settled: str | None = None
    sent_as: CaseReferences | None = None
    deadline: datetime | None = None
    why: Why = Why()
    answer: Why | None = None
    answered_by: FspId | None = None
    answer_hash: bytes | None = None
    inquiry: bytes = b""
    held: Original | None = None

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether somebody still waits."""
        return self.state not in CLOSED

    @property
    def recalls(self) -> bool:
        """Whether money is asked for."""
        return self.kind in RECALLS

    @property
    def cancels(self) -> bool:
        """Whether it is to end something: a payment, or a request to pay."""
        return self.recalls or self.kind is CaseKind.WITHDRAWAL


class CaseEntry(msgspec.Struct, frozen=True):
    """A case as the list of its payment has it."""

    case: str
    kind: CaseKind
    state: CaseState
    asker: FspId
    answerer: FspId
    names: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether somebody still waits."""
        return self.state not in CLOSED


class PaymentCases(msgspec.Struct, frozen=True, tag_field="is", tag="payment_cases"):
    """The cases of one payment that were asked, in their order; its id is the payment's."""

    id: TransferId
    entries: tuple[CaseEntry, ...] = ()

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether one of them is."""
        return any(entry.open for entry in self.entries)


class CaseName(msgspec.Struct, frozen=True, tag_field="is", tag="case_name"):
    """Which payments have a case of that name, for answers that name nothing else: (payment, asker, answerer)."""

    id: str
    uses: tuple[tuple[TransferId, FspId, FspId], ...] = ()

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id


class CaseAnswered(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="case_answered"):
    """To the asker (or from it to the answerer): what became of the case (camt.029, camt.111).

    With `Event.original` it is the answerer's own message, that goes on.
    """

    case: Case
    verdict: Verdict
    why: Why = Why()
    by: FspId | None = None


class CaseForwarded(msgspec.Struct, frozen=True, tag_field="is", tag="case_forwarded"):
    """To who is to answer: the request; without `Event.original` the hub writes it in the asker's name."""

    case: Case


class AnswerUnfit(msgspec.Struct, frozen=True, tag_field="is", tag="answer_unfit"):
    """To who answered something that nobody waits for: why its message, of that id, has no effect (admi.002)."""

    message_id: str
    fault: Fault


class OpenCases(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="open_cases"):
    """Take what one message asks about one or more payments; the ledger decides, since a payment may end by it."""

    envelope: Envelope
    requests: tuple[CaseRequest, ...]

    @property
    def key(self) -> str:
        """What the message is filed under: its payment, or its case."""
        first = self.requests[0]
        return first.payments[0] if first.payments else first.key

    def refused(self, reason: Fault) -> CaseAnswered:
        """The answer to a message that cannot be taken at all."""
        first, sender = self.requests[0], self.envelope.sender
        moment = self.envelope.received_at or datetime.max.replace(tzinfo=UTC)
        case = Case(
            first.key, first.kind, CaseState.REFUSED, sender, first.references, b"", moment, moment, self.key,
            inquiry=first.inquiry,
        )  # fmt: skip
        return CaseAnswered(case, Verdict.REFUSED, Why("NARR", info=(reason.description,)))


class AnswerCases(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="answer_cases"):
    """Take the answers of one message (or of the operator for a DFSP)."""

    envelope: Envelope
    replies: tuple[CaseReply, ...]

    @property
    def key(self) -> str:
        """What the message is filed under."""
        first = self.replies[0]
        return first.key or (first.payments[0] if first.payments else self.envelope.message_id or "")

    def refused(self, reason: Fault) -> AnswerUnfit:
        """The answer to a message that cannot be taken at all."""
        return AnswerUnfit(self.envelope.message_id or "", reason)


class CancelPayment(msgspec.Struct, frozen=True, tag_field="is", tag="cancel_payment"):
    """The hub's own: end a payment that its payer recalled before the payee had answered."""

    transfer_id: TransferId
    fault: Fault


CaseCommand = OpenCases | AnswerCases
"""Commands about cases; the ledger lane decides them all."""
CaseEvent = CaseAnswered | CaseForwarded | AnswerUnfit
"""What is told about cases."""
