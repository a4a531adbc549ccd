"""admi.006.001.01 ResendRequest: send again what was sent before, by reference, range, kind of message or day."""

from lxml import etree
from msgspec import Struct

from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, inside, parts, text, texts, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = ("admi.006.001.01",)
DEFAULT_VERSION = "admi.006.001.01"


class Span(Struct, frozen=True, kw_only=True):
    """FrToSeq."""

    first: str
    last: str


class Criterion(Struct, frozen=True, kw_only=True):
    """RsndSchCrit: what is to be sent again. Only one of the ways to give a range can be there."""

    business_date: str | None = None
    number: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    spans: tuple[Span, ...] = ()
    numbers: tuple[str, ...] = ()
    but_numbers: tuple[str, ...] = ()
    message_name: str | None = None
    file_reference: str | None = None
    recipient_bic: str | None = None
    recipient_id: str | None = None
    recipient_issuer: str | None = None
    recipient_scheme: str | None = None
    recipient_lei: str | None = None


class Admi006(Struct, frozen=True, kw_only=True):
    """The whole message. `untyped`: elements this type does not hold."""

    message_id: str
    created: str | None = None
    criteria: tuple[Criterion, ...]
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_SPAN = Shape(Span, (text("FrSeq", "first"), text("ToSeq", "last")))
_CRITERION = Shape(
    Criterion,
    (
        token("BizDt", "business_date"),
        text("SeqNb", "number"),
        inside(
            "SeqRg",
            text("FrSeq", "from_number"),
            text("ToSeq", "to_number", unless="from_number"),
            parts("FrToSeq", "spans", _SPAN),
            texts("EQSeq", "numbers"),
            texts("NEQSeq", "but_numbers"),
        ),
        text("OrgnlMsgNmId", "message_name"),
        text("FileRef", "file_reference"),
        inside(
            "Rcpt",
            inside(
                "Id",
                text("AnyBIC", "recipient_bic"),
                inside(
                    "PrtryId",
                    text("Id", "recipient_id", required=True),
                    text("Issr", "recipient_issuer", required=True),
                    text("SchmeNm", "recipient_scheme"),
                    unless="recipient_bic",
                ),
            ),
            text("LEI", "recipient_lei"),
            always=True,
        ),
    ),
)
_MESSAGE = Shape(
    Admi006,
    (
        inside("MsgHdr", text("MsgId", "message_id"), token("CreDtTm", "created")),
        parts("RsndSchCrit", "criteria", _CRITERION),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Admi006:
    """The typed form of a `Document` element; ShapeError if it is another message."""
    message: Admi006 = read_message(document, _READERS)
    return message


def write(message: Admi006, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document`."""
    return write_document(_WRITERS[version], message, version, "Document", "RsndReq")
