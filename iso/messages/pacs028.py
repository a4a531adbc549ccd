"""pacs.028 FIToFIPaymentStatusRequest: what became of these payments, editions .01 to .06."""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import FinancialInstitution
from iso.messages.originals import ORIGINAL_GROUP, ORIGINAL_IDS, ORIGINAL_REFERENCE, OriginalReference
from iso.messages.pieces import EDITIONS, INSTITUTION
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, inside, part, parts, text, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pacs.028."))
DEFAULT_VERSION = "pacs.028.001.03"


class GroupRequest(Struct, frozen=True, kw_only=True):
    """OrgnlGrpInf: the message that is asked for, or that the transactions were in."""

    original_message_id: str
    original_message_name: str
    original_created: str | None = None
    original_number_of_transactions: str | None = None
    original_control_sum: str | None = None


class TransactionRequest(Struct, frozen=True, kw_only=True):
    """TxInf: one payment whose status is asked for."""

    request_id: str | None = None
    original_message_id: str | None = None
    original_message_name: str | None = None
    original_created: str | None = None
    original_instruction_id: str | None = None
    original_end_to_end_id: str | None = None
    original_transaction_id: str | None = None
    original_uetr: str | None = None
    accepted: str | None = None
    clearing_reference: str | None = None
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    original: OriginalReference | None = None
    supplementary: tuple[SupplementaryData, ...] = ()


class Pacs028(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    groups: tuple[GroupRequest, ...] = ()
    transactions: tuple[TransactionRequest, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_GROUP = Shape(
    GroupRequest,
    (
        text("OrgnlMsgId", "original_message_id"),
        text("OrgnlMsgNmId", "original_message_name"),
        token("OrgnlCreDtTm", "original_created"),
        text("OrgnlNbOfTxs", "original_number_of_transactions"),
        token("OrgnlCtrlSum", "original_control_sum"),
    ),
)
_TRANSACTION = Shape(
    TransactionRequest,
    (
        text("StsReqId", "request_id"),
        ORIGINAL_GROUP,
        *ORIGINAL_IDS,
        token("AccptncDtTm", "accepted"),
        text("ClrSysRef", "clearing_reference"),
        part("InstgAgt", "instructing_agent", INSTITUTION),
        part("InstdAgt", "instructed_agent", INSTITUTION),
        part("OrgnlTxRef", "original", ORIGINAL_REFERENCE),
        envelopes(),
    ),
)
_MESSAGE = Shape(
    Pacs028,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            part("InstgAgt", "instructing_agent", INSTITUTION),
            part("InstdAgt", "instructed_agent", INSTITUTION),
        ),
        parts("OrgnlGrpInf", "groups", _GROUP),
        parts("TxInf", "transactions", _TRANSACTION),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Pacs028:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pacs028 = read_message(document, _READERS)
    return message


def write(message: Pacs028, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "FIToFIPmtStsReq")
