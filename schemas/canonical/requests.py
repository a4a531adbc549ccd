"""Requests to pay: a creditor asks a debtor, through both their FSPs; the payment that follows is matched to it."""

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

REQUESTS: Final = "transactionRequests"
"""The FSPIOP resource, which names requests in both dialects."""


class RequestState(StrEnum):
    """Where a request stands.

    The first four are what the debtor's side says. PAYING: its payment is reserved. CANCELLED: the creditor took it
    back. PAID, REJECTED, EXPIRED and CANCELLED are final.
    """

    RECEIVED = "RECEIVED"
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    PAYING = "PAYING"
    PAID = "PAID"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


WAITING: Final = frozenset({RequestState.RECEIVED, RequestState.PENDING, RequestState.ACCEPTED})
"""States in which a request can be answered, paid, or expire."""


class PaymentRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked: `payee` asks `payer` for `amount` until `expiry` (None: as long as the scheme keeps requests).

    `terms` has the parties and, as references, the identifications under which both sides speak of it; `batch` is
    PmtInfId. `modifiable`: the debtor may pay another amount. `order` is the whole request as the creditor's bank wrote
    it (typed pain.013 as JSON). `fault` is the rule it breaks.
    """

    id: str
    payee: FspId
    payer: FspId | None
    amount: Money
    terms: Terms
    content_hash: bytes
    expiry: datetime | None = None
    batch: str | None = None
    modifiable: bool = False
    order: bytes = b""
    fault: Fault | None = None

    @property
    def references(self) -> IsoReferences:
        """Its identifications in ISO 20022."""
        return self.terms.references or IsoReferences()


class PayRequest(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="pay_request"):
    """A request as the hub keeps it; `kept` is until when it knows payments that come too late or twice.

    `transaction_id` is what the payer's FSP calls the payment. `paid_by` is the transfer that pays it.
    """

    asked: PaymentRequest
    state: RequestState
    expiry: datetime
    kept: datetime
    created: datetime
    fault: Fault | None = None
    transaction_id: str | None = None
    paid_by: TransferId | None = None
    closed: bool = False

    @property
    def key(self) -> str:
        """The request's id."""
        return self.asked.id

    @property
    def payer(self) -> FspId:
        """Who is asked."""
        return self.asked.payer or FspId("")

    @property
    def open(self) -> bool:
        """Whether a payment may still be held against it."""
        return not self.closed

    @property
    def deadline(self) -> datetime | None:
        """When it expires, or is forgotten; a payment on its way has its own end."""
        if self.closed or self.state is RequestState.PAYING:
            return None
        return self.expiry if self.state in WAITING else self.kept


class RequestLink(msgspec.Struct, frozen=True, tag_field="is", tag="request_link"):
    """The requests that a side may mean by a reference; the key is `<FSP>|<kind>|<reference>`."""

    id: str
    requests: tuple[str, ...]

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether any request has it."""
        return bool(self.requests)


class RequestPayments(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="request_payments"):
    """Ask to be paid (POST /transactionRequests, pain.013 with one request or several)."""

    envelope: Envelope
    key: str
    requests: tuple[PaymentRequest, ...]

    @property
    def resource(self) -> str:
        """What a refusal of it is about."""
        return REQUESTS

    @property
    def terms(self) -> Terms | None:
        """The references that a refusal repeats."""
        known = self.requests[0].references if self.requests else IsoReferences()
        whole = IsoReferences(message_id=known.message_id, message_name=known.message_name, created=known.created)
        return Terms(self.key, Money(0, "XXX"), Party(), Party(), references=whole)


class RequestWord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the debtor's side says of one request, named by its id or by references; all of a message if by none."""

    state: RequestState
    id: str | None = None
    message_id: str | None = None
    batch: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    fault: Fault | None = None
    transaction_id: str | None = None


class AnswerRequests(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="answer_requests"):
    """The debtor's side says how requests stand (PUT /transactionRequests/{ID} and /error, pain.014)."""

    envelope: Envelope
    key: str
    words: tuple[RequestWord, ...]

    @property
    def resource(self) -> str:
        """What a refusal of it is about."""
        return REQUESTS


class QueryRequest(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="query_request"):
    """Ask how a request stands (GET /transactionRequests/{ID})."""

    envelope: Envelope
    key: str


RequestCommand = RequestPayments | AnswerRequests | QueryRequest
"""Commands about requests to pay in which a bank takes part; the ledger lane decides them, as it does payments."""


class PaymentAsked(msgspec.Struct, frozen=True, tag_field="is", tag="payment_asked"):
    """To the payer's FSP: this is asked of your customer (POST /transactionRequests, pain.013)."""

    request: PayRequest

    @property
    def resource(self) -> str:
        """The FSPIOP resource."""
        return REQUESTS


class RequestAnswered(msgspec.Struct, frozen=True, tag_field="is", tag="request_answered"):
    """To the payee's FSP: this is how your request stands (PUT /transactionRequests/{ID}, pain.014)."""

    request: PayRequest

    @property
    def resource(self) -> str:
        """The FSPIOP resource."""
        return REQUESTS
