"""admi.011.001.01 SystemEventAcknowledgement: an admi.004 was taken notice of."""

from lxml import etree
from msgspec import Struct

from iso.messages.events import Happening, happening
from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, part, text
from iso.messages.writing import Writer, Written, write_document

VERSIONS = ("admi.011.001.01",)
DEFAULT_VERSION = "admi.011.001.01"
_TEXT_MAX = 350


class Admi011(Struct, frozen=True, kw_only=True):
    """The whole message: `originator_reference` names the admi.004. `untyped`: elements this type does not hold."""

    message_id: str
    originator_reference: str | None = None
    session: str | None = None
    event: Happening | None = None
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_MESSAGE = Shape(
    Admi011,
    (
        text("MsgId", "message_id"),
        text("OrgtrRef", "originator_reference"),
        text("SttlmSsnIdr", "session"),
        part("AckDtls", "event", happening(_TEXT_MAX)),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Admi011:
    """The typed form of a `Document` element; ShapeError if it is another message."""
    message: Admi011 = read_message(document, _READERS)
    return message


def write(message: Admi011, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document`."""
    return write_document(_WRITERS[version], message, version, "Document", "SysEvtAck")
