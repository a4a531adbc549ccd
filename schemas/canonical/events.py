"""Events: what the hub tells a participant, in canonical words; the translator renders them for the receiver."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.administration import OperatorNotice
from schemas.canonical.bulk import BulkAborted, BulkEnded, BulkReserved, BulkStated
from schemas.canonical.cases import CaseEvent
from schemas.canonical.commands import Command
from schemas.canonical.exchange import RateAsked
from schemas.canonical.faults import Fault
from schemas.canonical.forwarding import ProvidersFound
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.initiation import InitiationReported
from schemas.canonical.instructions import InstructionEvent
from schemas.canonical.party import Party, PartyId
from schemas.canonical.payments import PaymentsReported
from schemas.canonical.reporting_events import ReportingEvent
from schemas.canonical.requests import PaymentAsked, RequestAnswered
from schemas.canonical.statuses import Enquired, Progressed, StatusAsked
from schemas.canonical.system import EventAcknowledged, EventTold, MessageReceived, Resent
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Transfer
from schemas.canonical.verification import VerificationAsked, VerificationReported
from schemas.canonical.wire import Dialect, Original, RequestHeader


class Role(StrEnum):
    """In which role the receiver of an event takes part in the transfer."""

    PAYER = "payer"
    PAYEE = "payee"


class Delivery(StrEnum):
    """How hard the hub tries: a dialogue briefly, an execution until it expires, a result until it is taken."""

    DIALOGUE = "dialogue"
    EXECUTION = "execution"
    RESULT = "result"


class Reserved(msgspec.Struct, frozen=True, tag_field="is", tag="reserved"):
    """To the payee: money is reserved for you, answer (POST /transfers, pacs.008)."""

    transfer: Transfer


class Fulfilled(msgspec.Struct, frozen=True, tag_field="is", tag="fulfilled"):
    """To the initiator of a conversion: the provider has agreed, and all waits for the transfer (PUT /fxTransfers)."""

    transfer: Transfer


class Committed(msgspec.Struct, frozen=True, tag_field="is", tag="committed"):
    """To the payer: the payee has the money (PUT /transfers, pacs.002 ACSC).

    To the payee: the confirmation (PATCH if it had answered RESERVED, PUT otherwise, pacs.002 ACSC).
    """

    transfer: Transfer
    role: Role


class Aborted(msgspec.Struct, frozen=True, tag_field="is", tag="aborted"):
    """The transfer ended without money moving, for `transfer.fault` (PUT error, pacs.002 RJCT)."""

    transfer: Transfer
    role: Role


class Corrected(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="corrected"):
    """To a payee whose answer was refused and that must not take this for the payment's end: the true state.

    FSPIOP: PATCH with its cause, to a payee that had answered RESERVED. ISO 20022: pacs.002, to a bank that says
    something else about a payment it was given.
    """

    transfer: Transfer
    cause: Fault | None = None


class Stated(msgspec.Struct, frozen=True, tag_field="is", tag="stated"):
    """The present state to who asked or repeated itself (PUT /transfers, pacs.002)."""

    transfer: Transfer
    role: Role


class Refused(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="refused"):
    """A message was not acted upon: `resource` (transfers, quotes, parties, participants) and `key` (its path ids).

    `terms` carries the references that an ISO answer must repeat.
    """

    resource: str
    key: str
    fault: Fault
    terms: Terms | None = None


class Pending(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="pending"):
    """To a bank that asks about its payment before money is reserved: it is being worked on (pacs.002 PDNG)."""

    transfer_id: TransferId
    terms: Terms


class Forwarded(msgspec.Struct, frozen=True, tag_field="is", tag="forwarded"):
    """A dialogue message that goes on unchanged within one dialect; the bytes are in `Event.original`."""

    resource: str
    key: str


class PartyAsked(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="party_asked"):
    """To the payee's FSP: who is this (GET /parties), asked by `source`."""

    source: FspId
    party_id: PartyId
    currency: str | None = None


class PartyFound(msgspec.Struct, frozen=True, tag_field="is", tag="party_found"):
    """To the asker: this is the party, answered by `source` (PUT /parties)."""

    source: FspId
    party_id: PartyId
    party: Party


class ParticipantFound(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="participant_found"):
    """To the asker: this FSP holds the party (PUT /participants/{Type}/{ID} with fspId)."""

    party_id: PartyId
    fsp: FspId


class PartyRegistered(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="party_registered"):
    """To the FSP: the entry was made or taken out (PUT /participants/{Type}/{ID} with partyList)."""

    party_id: PartyId
    fsp: FspId
    currency: str | None = None
    removed: bool = False


class PartiesRegistered(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="parties_registered"):
    """To the FSP: the result of a batch, entry by entry (PUT /participants/{requestId})."""

    request_id: str
    entries: tuple[tuple[PartyId, FspId, Fault | None], ...]
    currency: str | None = None


class TermsAsked(msgspec.Struct, frozen=True, tag_field="is", tag="terms_asked"):
    """To the payee's FSP: what are your terms (POST /quotes), asked by `source`."""

    source: FspId
    quote_id: str
    terms: Terms


class TermsGiven(msgspec.Struct, frozen=True, tag_field="is", tag="terms_given"):
    """To the payer's FSP: these are the terms, given by `source` (PUT /quotes/{ID})."""

    source: FspId
    quote_id: str
    terms: Terms


class OracleAsked(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="oracle_asked"):
    """To an HTTP oracle: GET, POST, PUT or DELETE of one party; its reply is OracleAnswered for `dialogue`.

    With `batch` (a request id) it is one POST of all `parties` of one type.
    """

    oracle: int
    dialogue: str
    method: str
    party_id: PartyId
    source: FspId
    currency: str | None = None
    fsp: FspId | None = None
    batch: str | None = None
    parties: tuple[PartyId, ...] = ()


class Handed(msgspec.Struct, frozen=True, tag_field="is", tag="handed"):
    """A command for another lane (`Event.receiver` is `@<lane>`): taken once, whatever happens on the way."""

    command: Command


EventBody = (
    Reserved
    | Fulfilled
    | Committed
    | Aborted
    | Corrected
    | Stated
    | Refused
    | Pending
    | Progressed
    | Enquired
    | StatusAsked
    | Forwarded
    | PartyAsked
    | PartyFound
    | ParticipantFound
    | PartyRegistered
    | PartiesRegistered
    | TermsAsked
    | TermsGiven
    | ProvidersFound
    | RateAsked
    | OracleAsked
    | OperatorNotice
    | Handed
    | BulkReserved
    | BulkEnded
    | BulkAborted
    | BulkStated
    | ReportingEvent
    | InitiationReported
    | PaymentAsked
    | RequestAnswered
    | PaymentsReported
    | CaseEvent
    | EventTold
    | EventAcknowledged
    | MessageReceived
    | Resent
    | VerificationAsked
    | VerificationReported
    | InstructionEvent
)


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to tell one receiver.

    `receiver` is a participant, `@<lane>` for Handed, `@oracle` for OracleAsked. `order` keeps events of one
    transfer in sequence (its id, or a dialogue's). `until` ends retries of executions and dialogues. `original` is
    the message this one goes on from, byte for byte if the receiver speaks its dialect. `requester` is told when a
    dialogue cannot be delivered. `dialect` is the one of FSPIOP in which the receiver spoke of this before; `earlier`
    is the body of its own request, parts of which a translated answer repeats. `reply` marks what the sender of the
    message that caused it is told: never before that message itself is answered. `related` is the header of a bank's
    message that this answers.
    """

    receiver: FspId
    body: EventBody
    delivery: Delivery = Delivery.RESULT
    order: str = ""
    until: datetime | None = None
    original: Original | None = None
    requester: FspId | None = None
    dialect: Dialect | None = None
    earlier: bytes = b""
    reply: bool = False
    related: RequestHeader | None = None
