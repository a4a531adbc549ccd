"""From an edge to a lane: each typed message becomes one command, in the lane that decides it.

No I/O of its own: the directory is in memory, the bus carries, the finder asks the store only for the rare message
that names a payment by nothing but its sender's own references.
"""

from collections.abc import Callable
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
from fspiop.messages.transactionrequests import TransactionRequestsPost, TransactionRequestsPut
from fspiop.messages.transfers import TransfersPost, TransfersPut
from iso.incoming import IncomingIso
from schemas.canonical.commands import Command, Prepare, Refuse
from schemas.canonical.conversion import FX_TRANSFERS, TRANSFERS
from schemas.canonical.exchange import FX_QUOTES
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.party import PartyId, joined
from schemas.canonical.requests import REQUESTS
from schemas.canonical.wire import Envelope, Receipt
from switch.bus.port import Bus, BusyError
from switch.engine import Parcel, reference_of
from switch.intake_bulk import bulk_command
from switch.intake_iso import Around, Find, Sent, command_of
from switch.intake_refunds import refunding
from switch.lanes import JOURNEY, LEDGER, LOOKUP
from switch.variant import Read, bare, in_fspiop
from translator.fspiop import forwarding, fxquotes, fxtransfers, participants, parties, quotes, requests, transfers
from translator.fspiop.bulktransfers import RESOURCE as BULK_TRANSFERS
from translator.fspiop.values import content_hash
from translator.iso.agents import Directory
from translator.iso.checks import Scheme

_LANES: Final = (
    dict.fromkeys((TRANSFERS, FX_TRANSFERS, BULK_TRANSFERS), LEDGER)
    | dict.fromkeys(("parties", "participants"), LOOKUP)
    | dict.fromkeys(("quotes", SERVICES, *DIALOGUES), JOURNEY)
)
_ANSWERS: Final = frozenset({Kind.PUT, Kind.PUT_ERROR})
_RETRY_AFTER: Final = 1


class Intake:
    """Takes what the edges accepted and returns the receipt of the lane that committed it."""

    def __init__(
        self,
        directory: Directory,
        bus: Bus,
        clock: Callable[[], datetime],
        scheme: Scheme | None = None,
        find: Find | None = None,
        sent: Sent | None = None,
        *,
        conditions_optional: bool = False,
        named: Callable[[str, str, str], None] = lambda _sender, _message, _reference: None,
    ) -> None:
        """`clock` stamps when a message came in; `find` may be None where every message has a UETR or TxId.

        `sent` finds what banks want to have sent again.

        `named` is told of each message of a bank which object it is about: (sender, BizMsgIdr, reference).
        """
        self._named = named
        self._directory = directory
        self._bus = bus
        self._clock = clock
        self._around = Around(directory, scheme or Scheme(), find, sent)
        self._conditions_optional = conditions_optional

    async def iso(self, message: IncomingIso) -> Receipt:
        """A message of a bank."""
        asked = await command_of(message, self._around, self._clock())
        if isinstance(asked, Receipt):
            return asked
        self._named(message.sender, message.message_id, reference_of(asked[1]))
        return await self._ask(*asked)

    async def fspiop(self, message: IncomingFspiop) -> Receipt:
        """A message of a DFSP, in either of its dialects."""
        now = self._clock()
        command = self._command(in_fspiop(message, now, self._conditions_optional), now)
        if command is None:
            detail = f"{message.kind} of {message.resource} from a participant has no effect in this hub"
            return Receipt(digest=message.original.digest, fault=fault("NOT_IMPLEMENTED", detail))
        if isinstance(command, Prepare) and command.terms.refund is not None:
            command = await refunding(command, self._around)
        return await self._ask(self._lane(message), command)

    def _lane(self, message: IncomingFspiop) -> str:
        """Answers to what the hub asked in a bank's name belong to the bank's journey."""
        if message.resource == "parties" and message.kind in _ANSWERS and self._is_bank(message.destination):
            return JOURNEY
        if message.resource == REQUESTS and self._is_bank(message.destination):
            return LEDGER
        return _LANES[message.resource]

    def _command(self, read: Read, now: datetime) -> Command | None:
        message = read.message
        envelope = Envelope(
            message.source,
            message.dialect,
            message.destination,
            content_hash=content_hash(read.content),
            version=message.version,
            trace=message.trace,
            received_at=now,
            original=message.original,
            signed=message.signed,
            answers=message.answers if message.answers is not message.dialect else None,
        )
        if message.resource == BULK_TRANSFERS:
            return self._bulk(message, envelope)
        if message.resource == REQUESTS and message.fault is None and self._is_bank(message.destination):
            return _request(message, envelope)
        if message.fault is not None:
            return Refuse(envelope, message.fault, message.resource, joined(message.ids))
        if read.unfit is not None:
            going_on = None if self._is_bank(message.destination) else bare(read, envelope)
            return going_on or Refuse(envelope, read.unfit, message.resource, joined(message.ids))
        match message.resource:
            case "transfers":
                return self._transfer(message, envelope)
            case "fxTransfers":
                return _conversion(message, envelope, now)
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

    @property
    def scheme(self) -> Scheme:
        """What the scheme demands of banks."""
        return self._around.scheme

    async def ask(self, lane: str, command: Command) -> Receipt:
        """Give a lane a command that was made elsewhere; a receipt with `retry_after` means that it is busy."""
        return await self._ask(lane, command)

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


def _request(message: IncomingFspiop, envelope: Envelope) -> Command:
    """A request to pay in which a bank is the other side."""
    key = message.ids[0]
    match message.body:
        case TransactionRequestsPost() as body:
            return requests.ask(body, envelope)
        case TransactionRequestsPut() as body:
            return requests.answer(key, body, envelope)
        case ErrorBody() as body:
            return requests.refuse(key, body, envelope)
        case _:
            return requests.query(key, envelope)


def _rate(message: IncomingFspiop, envelope: Envelope) -> Command:
    """What a provider answers to the question the hub asked in a bank's name."""
    body = cast("FxQuotesPut | ErrorBody | QuoteErrorBody", message.body)
    return fxquotes.answer(message.ids[0], body, envelope)


def _routed(message: IncomingFspiop, envelope: Envelope) -> Command:
    if message.resource == SERVICES and message.kind is Kind.GET:
        return forwarding.find_providers(message.ids, envelope)
    # The edge has typed the body by the row of this resource.
    body = cast("DialogueBody | ErrorBody | None", message.body)
    return forwarding.forward(message.resource, joined(message.ids), message.kind.value, body, envelope)


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
