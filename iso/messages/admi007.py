"""admi.007.001.01 ReceiptAcknowledgement: a message was taken; what it asks for is answered by another one."""

from lxml import etree
from msgspec import Struct

from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, inside, parts, text, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = ("admi.007.001.01",)
DEFAULT_VERSION = "admi.007.001.01"


class ReceiptOf(Struct, frozen=True, kw_only=True):
    """Rpt: the message named by `reference` (and its definition) with a status code of the scheme."""

    reference: str
    message_name: str | None = None
    status: str
    at: str | None = None
    text: str | None = None


class Admi007(Struct, frozen=True, kw_only=True):
    """The whole message. `untyped`: elements this type does not hold."""

    message_id: str
    created: str | None = None
    query_name: str | None = None
    receipts: tuple[ReceiptOf, ...]
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_RECEIPT = Shape(
    ReceiptOf,
    (
        inside("RltdRef", text("Ref", "reference"), text("MsgNm", "message_name")),
        inside(
            "ReqHdlg", text("StsCd", "status"), token("StsDtTm", "at"), text("Desc", "text", limit=140, cut=True)
        ),
    ),
)
_MESSAGE = Shape(
    Admi007,
    (
        inside("MsgId", text("MsgId", "message_id"), token("CreDtTm", "created"), text("QryNm", "query_name")),
        parts("Rpt", "receipts", _RECEIPT),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Admi007:
    """The typed form of a `Document` element; ShapeError if it is another message."""
    message: Admi007 = read_message(document, _READERS)
    return message


def write(message: Admi007, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document`."""
    return write_document(_WRITERS[version], message, version, "Document", "RctAck")
