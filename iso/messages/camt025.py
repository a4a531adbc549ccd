"""camt.025 Receipt: what became of a request, editions .05 .07 .08 .09."""

from lxml import etree
from msgspec import Struct

from iso.messages.cash import HEADER, REQUEST_TYPE
from iso.messages.fields import Reason
from iso.messages.pieces import EDITIONS, REASON
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, inside, part, parts, text
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.025."))
DEFAULT_VERSION = "camt.025.001.08"


class Handling(Struct, frozen=True):
    """ReqHdlg: a status (ACSC, PDNG, RJCT) and the reason beside it; up to .07 the reason is only described."""

    status: str | None = None
    proprietary: str | None = None
    reason: Reason | None = None
    description: str | None = None


class ReceiptDetails(Struct, frozen=True, kw_only=True):
    """RctDtls: the message it is about, the payment or request in it, and what became of it."""

    original_message_id: str
    original_message_name: str | None = None
    transaction_id: str | None = None
    uetr: str | None = None
    proprietary_id: str | None = None
    handling: tuple[Handling, ...] = ()


class Camt025(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str | None = None
    payment_control: str | None = None
    enquiry: str | None = None
    request_type: str | None = None
    receipts: tuple[ReceiptDetails, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_HANDLING = Shape(
    Handling,
    (
        text("StsCd", "status", until=2022),
        inside("Sts", text("Cd", "status"), text("Prtry", "proprietary", unless="status"), since=2023),
        part("StsRsn", "reason", REASON, since=2023),
        text("Desc", "description", until=2022, limit=140, cut=True),
        text("Desc", "description", since=2024, limit=140, cut=True),
    ),
)
_RECEIPT = Shape(
    ReceiptDetails,
    (
        inside("OrgnlMsgId", text("MsgId", "original_message_id"), text("MsgNmId", "original_message_name")),
        inside(
            "OrgnlPmtId",
            text("TxId", "transaction_id"),
            text("UETR", "uetr", unless="transaction_id"),
            text("PrtryId", "proprietary_id", unless="transaction_id"),
        ),
        parts("ReqHdlg", "handling", _HANDLING),
    ),
)
_MESSAGE = Shape(
    Camt025, (inside("MsgHdr", *HEADER, REQUEST_TYPE), parts("RctDtls", "receipts", _RECEIPT), envelopes())
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt025:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt025 = read_message(document, _READERS)
    return message


def write(message: Camt025, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "Rct")
