"""From an edge to a lane: each typed message becomes one command, in the lane that decides it.

No I/O of its own: the directory is in memory, the bus carries, the finder asks the store only for the rare pacs.002
that names a payment by nothing but its sender's own references.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from fspiop import ilp
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.participants import ParticipantPost, ParticipantPut, ParticipantsPost
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut, Transaction
from fspiop.messages.transfers import TransfersPost, TransfersPut
from schemas.canonical.commands import Command, Refuse
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.party import PartyId
from schemas.canonical.wire import Dialect, Envelope, Receipt
from switch.bus.port import Bus, BusyError
from switch.engine import Parcel
from translator.fspiop import participants, parties, quotes, transfers
from translator.fspiop.values import content_hash
from translator.iso.agents import Directory
from translator.iso.checks import Scheme
from translator.iso.reports import OriginalIds

LEDGER: Final = "ledger"
LOOKUP: Final = "lookup"
JOURNEY: Final = "journey.0"
_LANES: Final = {"transfers": LEDGER, "quotes": JOURNEY, "parties": LOOKUP, "participants": LOOKUP}
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
    ) -> None:
        """`clock` stamps when a message came in; `find` may be None where every message has a UETR or TxId."""
        self._directory = directory
        self._bus = bus
        self._clock = clock
        self._scheme = scheme or Scheme()
        self._find = find

    async def fspiop(self, message: IncomingFspiop) -> Receipt:
        """A message of a DFSP."""
        command = self._command(message)
        if command is None:
            detail = f"{message.kind} of {message.resource} from a participant has no effect in this hub"
            return Receipt(digest=message.original.digest, fault=fault("NOT_IMPLEMENTED", detail))
        return await self._ask(self._lane(message), command)

    def _lane(self, message: IncomingFspiop) -> str:
        """Answers to what the hub asked in a bank's name belong to the bank's journey."""
        if message.resource == "parties" and message.kind in _ANSWERS and self._is_bank(message.destination):
            return JOURNEY
        return _LANES[message.resource]

    def _command(self, message: IncomingFspiop) -> Command | None:
        envelope = Envelope(
            message.source,
            Dialect.FSPIOP,
            message.destination,
            content_hash=content_hash(message.original.body),
            version=message.version,
            trace=message.trace,
            received_at=self._clock(),
            original=message.original,
            signed=message.signed,
        )
        if message.fault is not None:
            return Refuse(envelope, message.fault, message.resource, "/".join(message.ids))
        match message.resource:
            case "transfers":
                return self._transfer(message, envelope)
            case "quotes":
                return _quote(message, envelope)
            case "parties":
                return _party(message, envelope)
            case _:
                return _participant(message, envelope)

    def _transfer(self, message: IncomingFspiop, envelope: Envelope) -> Command:
        transfer_id = TransferId(message.ids[0])
        match message.body:
            case TransfersPost() as body:
                agreed = _transaction(body) if self._is_bank(FspId(body.payee_fsp)) else None
                return transfers.prepare(body, envelope, agreed)
            case TransfersPut() as body:
                return transfers.fulfil(transfer_id, body, envelope)
            case ErrorBody() as body:
                return transfers.reject(transfer_id, body, envelope)
            case _:
                return transfers.query(transfer_id, envelope)

    def _is_bank(self, name: FspId | None) -> bool:
        found = self._directory.participant(name) if name else None
        return found is not None and found.iso is not None

    async def _ask(self, lane: str, command: Command) -> Receipt:
        try:
            return await self._bus.ask_lane(lane, Parcel(command))
        except BusyError:
            return Receipt(fault=fault("BUSY", "send it again"), retry_after=_RETRY_AFTER)


def _transaction(body: TransfersPost) -> Transaction | None:
    """The agreement in the packet; None if it cannot be read (the ledger then refuses for its condition)."""
    try:
        return msgspec.json.decode(ilp.decode(body.ilp_packet).data, type=Transaction)
    except (ilp.IlpError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


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


def _participant(message: IncomingFspiop, envelope: Envelope) -> Command | None:
    """Callbacks about participants come from the hub; one that a participant sends does nothing."""
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
        case _:
            return None
