"""From an edge to a lane: each typed message becomes one command, in the lane that decides it.

No I/O of its own: the directory is in memory, the bus carries, the finder asks the store only for the rare pacs.002
that names a payment by nothing but its sender's own references.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, cast

import msgspec

from fspiop import ilp
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.messages.bulktransfers import BulkTransfersPost
from fspiop.messages.dialogues import DIALOGUES, SERVICES, DialogueBody
from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.fxquotes import FxQuotesPut
from fspiop.messages.fxtransfers import FxTransfersPost, FxTransfersPut
from fspiop.messages.participants import ParticipantPost, ParticipantPut, ParticipantsPost
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut, Transaction
from fspiop.messages.transfers import TransfersPost, TransfersPut
from iso.incoming import IncomingIso
from iso.messages.admi002 import Admi002
from iso.messages.pacs002 import Pacs002
from iso.messages.pacs008 import Pacs008
from schemas.canonical.commands import Command, Prepare, Refuse
from schemas.canonical.conversion import FX_TRANSFERS, TRANSFERS
from schemas.canonical.exchange import FX_QUOTES
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.party import PartyId
from schemas.canonical.wire import Dialect, Envelope, Receipt
from switch.bus.port import Bus, BusyError
from switch.engine import Parcel
from switch.intake_bulk import bulk_command
from switch.journeys.currencies import may_change
from switch.variant import Read, bare, in_fspiop
from translator.fspiop import forwarding, fxquotes, fxtransfers, participants, parties, quotes, transfers
from translator.fspiop.bulktransfers import RESOURCE as BULK_TRANSFERS
from translator.fspiop.values import content_hash
from translator.iso.agents import AgentIds, Directory, Unclear, ids_of
from translator.iso.checks import Scheme
from translator.iso.reports import OriginalIds, answer, refuse, status_of, transfer_named
from translator.iso.transfers import prepare

LEDGER: Final = "ledger"
LOOKUP: Final = "lookup"
JOURNEY: Final = "journey.0"
_LANES: Final = (
    dict.fromkeys((TRANSFERS, FX_TRANSFERS, BULK_TRANSFERS), LEDGER)
    | dict.fromkeys(("parties", "participants"), LOOKUP)
    | dict.fromkeys(("quotes", SERVICES, *DIALOGUES), JOURNEY)
)
_ANSWERS: Final = frozenset({Kind.PUT, Kind.PUT_ERROR})
_RETRY_AFTER: Final = 1

Find = Callable[[FspId, OriginalIds], Awaitable[Sequence[TransferId]]]
"""The transfers to that payee's (or of that payer's) bank whose references are these; more than one is ambiguous."""


class Intake:
    """Takes what the edges accepted and returns the receipt of the lane that committed it."""

    def __init__(
        self,
        directory: Directory,
        bus: Bus,
        clock: Callable[[], datetime],
        scheme: Scheme | None = None,
        find: Find | None = None,
        *,
        conditions_optional: bool = False,
    ) -> None:
        """`clock` stamps when a message came in; `find` may be None where every message has a UETR or TxId."""
        self._directory = directory
        self._bus = bus
        self._clock = clock
        self._scheme = scheme or Scheme()
        self._find = find
        self._conditions_optional = conditions_optional

    async def iso(self, message: IncomingIso) -> Receipt:
        """A message of a bank."""
        document, header = message.business.document, message.business.header
        addressed = ids_of(header.receiver.institution if header else None)
        envelope = Envelope(
            FspId(message.sender),
            Dialect.ISO_XML,
            self._other_than_hub(addressed),
            message.message_id,
            version=message.business.message_definition,
            received_at=self._clock(),
            original=message.original,
            signed=message.signed,
        )
        match document:
            case Pacs008():
                command = prepare(document, envelope, addressed, self._directory, self._scheme)
                return await self._ask(self._lane_of_payment(command), command)
            case Pacs002():
                return await self._ask(LEDGER, await self._report(document, envelope))
            case Admi002():
                # The hub's own message was rejected: nothing can be answered, and the payment ends by its expiry.
                return Receipt(message.message_id, message.digest, "NOTED")
            case _:
                detail = f"{message.business.message_definition} is not taken"
                return Receipt(message.message_id, message.digest, fault=fault("NOT_IMPLEMENTED", detail))

    def _lane_of_payment(self, command: Prepare | Refuse) -> str:
        """A payment that is not for a bank, or not yet known for whom, or in which currency, needs a journey first."""
        if isinstance(command, Refuse) or command.fault is not None:
            return LEDGER
        payee = self._directory.participant(command.payee) if command.payee else None
        straight = payee is not None and payee.iso is not None and not may_change(command, payee)
        return LEDGER if straight else JOURNEY

    async def _report(self, message: Pacs002, envelope: Envelope) -> Command:
        """A bank's answer: the transfer is named by its ids, or looked for by the references of its message."""
        read = status_of(message)
        if isinstance(read, Fault):
            return refuse(message, read, envelope)
        ids = read[0]
        named = transfer_named(ids)
        if self._find is not None and (named is None or not ids.uetr):
            found = await self._find(envelope.sender, ids)
            if len(set(found)) > 1:
                reason = fault("VALIDATION", "the references fit more than one payment; name its UETR")
                return refuse(message, reason, envelope)
            named = found[0] if found else named
        if named is None:
            return refuse(message, fault("TRANSFER_NOT_FOUND", "no payment has these references"), envelope)
        bank = self._directory.participant(envelope.sender)
        accepting = bank.iso.accept_statuses if bank and bank.iso else ()
        return answer(message, named, accepting, envelope)

    def _other_than_hub(self, addressed: AgentIds) -> FspId | None:
        found = self._directory.resolve(addressed) if addressed.given else None
        return None if found is None or isinstance(found, Unclear) or found == self._scheme.hub.name else found

    async def fspiop(self, message: IncomingFspiop) -> Receipt:
        """A message of a DFSP, in either of its dialects."""
        command = self._command(in_fspiop(message, self._clock(), self._conditions_optional))
        if command is None:
            detail = f"{message.kind} of {message.resource} from a participant has no effect in this hub"
            return Receipt(digest=message.original.digest, fault=fault("NOT_IMPLEMENTED", detail))
        return await self._ask(self._lane(message), command)

    def _lane(self, message: IncomingFspiop) -> str:
        """Answers to what the hub asked in a bank's name belong to the bank's journey."""
        if message.resource == "parties" and message.kind in _ANSWERS and self._is_bank(message.destination):
            return JOURNEY
        return _LANES[message.resource]

    def _command(self, read: Read) -> Command | None:
        message = read.message
        envelope = Envelope(
            message.source,
            message.dialect,
            message.destination,
            content_hash=content_hash(read.content),
            version=message.version,
            trace=message.trace,
            received_at=self._clock(),
            original=message.original,
            signed=message.signed,
            answers=message.answers if message.answers is not message.dialect else None,
        )
        if message.resource == BULK_TRANSFERS:
            return self._bulk(message, envelope)
        if message.fault is not None:
            return Refuse(envelope, message.fault, message.resource, "/".join(message.ids))
        if read.unfit is not None:
            going_on = None if self._is_bank(message.destination) else bare(read, envelope)
            return going_on or Refuse(envelope, read.unfit, message.resource, "/".join(message.ids))
        match message.resource:
            case "transfers":
                return self._transfer(message, envelope)
            case "fxTransfers":
                return _conversion(message, envelope, self._clock())
            case "quotes":
                return _quote(message, envelope)
            case "parties":
                return _party(message, envelope)
            case resource if resource in DIALOGUES or resource == SERVICES:
                if resource == FX_QUOTES and message.kind in _ANSWERS and self._is_bank(message.destination):
                    return _rate(message, envelope)
                return _routed(message, envelope)
            case _:
                return _participant(message, envelope)

    def _transfer(self, message: IncomingFspiop, envelope: Envelope) -> Command:
        transfer_id = TransferId(message.ids[0])
        match message.body:
            case TransfersPost() as body:
                agreed = _transaction(body.ilp_packet) if self._is_bank(FspId(body.payee_fsp)) else None
                return transfers.prepare(body, envelope, agreed)
            case TransfersPut() as body:
                return transfers.fulfil(transfer_id, body, envelope)
            case ErrorBody() as body:
                return transfers.reject(transfer_id, body, envelope)
            case _:
                return transfers.query(transfer_id, envelope)

    def _bulk(self, message: IncomingFspiop, envelope: Envelope) -> Command:
        payee = message.body.payee_fsp if isinstance(message.body, BulkTransfersPost) else None
        to_bank = payee is not None and self._is_bank(FspId(payee))
        return bulk_command(message, envelope, _transaction if to_bank else None)

    def _is_bank(self, name: FspId | None) -> bool:
        found = self._directory.participant(name) if name else None
        return found is not None and found.iso is not None

    async def _ask(self, lane: str, command: Command) -> Receipt:
        try:
            return await self._bus.ask_lane(lane, Parcel(command))
        except BusyError:
            return Receipt(fault=fault("BUSY", "send it again"), retry_after=_RETRY_AFTER)


def _transaction(packet: str) -> Transaction | None:
    """The agreement in the packet; None if it cannot be read (the ledger then refuses for its condition)."""
    try:
        return msgspec.json.decode(ilp.decode(packet).data, type=Transaction)
    except (ilp.IlpError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _conversion(message: IncomingFspiop, envelope: Envelope, received: datetime) -> Command:
    conversion_id = TransferId(message.ids[0])
    match message.body:
        case FxTransfersPost() as body:
            return fxtransfers.prepare(body, envelope, received)
        case FxTransfersPut() as body:
            return fxtransfers.fulfil(conversion_id, body, envelope)
        case ErrorBody() as body:
            return fxtransfers.reject(conversion_id, body, envelope)
        case _:
            return fxtransfers.query(conversion_id, envelope)


def _quote(message: IncomingFspiop, envelope: Envelope) -> Command:
    quote_id = message.ids[0]
    match message.body:
        case QuotesPost() as body:
            return quotes.request(body, envelope)
        case QuotesPut() as body:
            return quotes.answer(quote_id, body, envelope)
        case ErrorBody() | QuoteErrorBody() as body:
            return quotes.refuse(quote_id, body, envelope)
        case _:
            return quotes.query(quote_id, envelope)


def _party(message: IncomingFspiop, envelope: Envelope) -> Command:
    party_id = PartyId(*message.ids)
    match message.body:
        case PartiesPut() as body:
            return parties.answer(party_id, body, envelope)
        case ErrorBody() as body:
            return parties.refuse(party_id, body, envelope)
        case _:
            return parties.look_up(party_id, dict(message.query).get("currency"), envelope)


def _rate(message: IncomingFspiop, envelope: Envelope) -> Command:
    """What a provider answers to the question the hub asked in a bank's name."""
    body = cast("FxQuotesPut | ErrorBody | QuoteErrorBody", message.body)
    return fxquotes.answer(message.ids[0], body, envelope)


def _routed(message: IncomingFspiop, envelope: Envelope) -> Command:
    if message.resource == SERVICES and message.kind is Kind.GET:
        return forwarding.find_providers(message.ids, envelope)
    # The edge has typed the body by the row of this resource.
    body = cast("DialogueBody | ErrorBody | None", message.body)
    return forwarding.forward(message.resource, "/".join(message.ids), message.kind.value, body, envelope)


def _participant(message: IncomingFspiop, envelope: Envelope) -> Command | None:
    """Results that a participant sends are for another one; its PUT of a party is an update (reference 14.2)."""
    currency = dict(message.query).get("currency")
    match message.kind, message.body:
        case Kind.BATCH_POST, ParticipantsPost() as body:
            return participants.register_many(body, envelope)
        case Kind.POST, ParticipantPost() as body:
            return participants.register(PartyId(*message.ids), body, envelope)
        case Kind.PUT, ParticipantPut(fsp_id=fsp):
            named = ParticipantPost(fsp or envelope.sender, currency)
            return participants.register(PartyId(*message.ids), named, envelope)
        case Kind.GET, _:
            return participants.look_up(PartyId(*message.ids), currency, envelope)
        case Kind.DELETE, _:
            return participants.remove(PartyId(*message.ids), currency, envelope)
        case Kind.PUT_ERROR | Kind.BATCH_PUT | Kind.BATCH_PUT_ERROR as kind, _:
            return participants.tell(message.ids, envelope, failed=kind is not Kind.BATCH_PUT)
        case _:
            return None
