"""What the edge hands to the switch: one checked FSPIOP message, typed, with its original bytes."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from fspiop.isojson.payments import ConversionQuote, ConversionTransfer, CreditTransfer
from fspiop.isojson.statuses import ErrorReport, StatusReport
from fspiop.isojson.verification import PartyReport
from fspiop.messages.bulktransfers import BulkTransfersPost, BulkTransfersPut
from fspiop.messages.dialogues import DialogueBody
from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.fxtransfers import FxTransfersPost, FxTransfersPut
from fspiop.messages.participants import ParticipantPost, ParticipantPut, ParticipantsPost, ParticipantsPut
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut
from fspiop.messages.services import ServicesPut
from fspiop.messages.transfers import TransfersPost, TransfersPut
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import JwsKey
from schemas.canonical.wire import Dialect, Original, Receipt

IsoBody = CreditTransfer | ConversionQuote | ConversionTransfer | StatusReport | ErrorReport | PartyReport
"""Bodies of the ISO 20022 variant."""
Body = (
    ErrorBody
    | QuoteErrorBody
    | ParticipantPost
    | ParticipantPut
    | ParticipantsPost
    | ParticipantsPut
    | PartiesPut
    | QuotesPost
    | QuotesPut
    | TransfersPost
    | TransfersPut
    | FxTransfersPost
    | FxTransfersPut
    | BulkTransfersPost
    | BulkTransfersPut
    | ServicesPut
    | DialogueBody
    | IsoBody
)


class Kind(StrEnum):
    """What a message does to its resource; the batch kinds exist for /participants only."""

    POST = "post"
    GET = "get"
    PUT = "put"
    PUT_ERROR = "put-error"
    DELETE = "delete"
    BATCH_POST = "batch-post"
    BATCH_PUT = "batch-put"
    BATCH_PUT_ERROR = "batch-put-error"

    @property
    def is_request(self) -> bool:
        """Requests are answered 202 and get a callback, callbacks 200."""
        return self in _REQUESTS


_REQUESTS: Final = frozenset({Kind.POST, Kind.GET, Kind.DELETE, Kind.BATCH_POST})


class IncomingFspiop(msgspec.Struct, frozen=True):
    """One message that passed headers, schema, signature and stateless rules.

    `ids` are the ids of the path, decoded, or for a POST to the collection the id in the body: (transferId,),
    (quoteId,), (Type, ID[, SubId]), (requestId,). `version` is that of the body, `accept` what the sender takes back
    (empty: any); `dialect` and `answers` are the dialects of both. `signed` is true if a key on file verified it.
    `fault` is to be told to the sender by error callback instead of acting. `void`: to be kept and not acted upon
    (ABORTED, and RESERVED in version 1.0).
    """

    resource: str
    kind: Kind
    ids: tuple[str, ...]
    version: str
    accept: tuple[str, ...]
    source: FspId
    destination: FspId | None
    body: Body | None
    original: Original
    query: tuple[tuple[str, str], ...] = ()
    dialect: Dialect = Dialect.FSPIOP
    answers: Dialect = Dialect.FSPIOP
    signed: bool = False
    trace: str | None = None
    proxy: str | None = None
    fault: Fault | None = None
    void: bool = False


Accept = Callable[[IncomingFspiop], Awaitable[Receipt]]
"""Takes a message and returns after COMMIT; raises TimeoutError if no lane answered."""
KeysOf = Callable[[str], Sequence[JwsKey]]
"""The verification keys on file for a participant, from memory."""
