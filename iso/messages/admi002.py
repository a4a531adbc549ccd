"""admi.002.001.01 MessageReject: the answer to a message for which no business answer can be made."""

from lxml import etree
from msgspec import Struct

from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, inside, text, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = ("admi.002.001.01",)
DEFAULT_VERSION = "admi.002.001.01"


class Admi002(Struct, frozen=True, kw_only=True):
    """`reference`: BizMsgIdr of the rejected message; `reason`: code (35); `location`: XPath (350); text (350)."""

    reference: str
    reason: str
    rejected_at: str | None = None
    location: str | None = None
    description: str | None = None
    additional: str | None = None
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_MESSAGE = Shape(
    Admi002,
    (
        inside("RltdRef", text("Ref", "reference")),
        inside(
            "Rsn",
            text("RjctgPtyRsn", "reason", limit=35, cut=True),
            token("RjctnDtTm", "rejected_at"),
            text("ErrLctn", "location", limit=350, cut=True),
            text("RsnDesc", "description", limit=350, cut=True),
            text("AddtlData", "additional", limit=20000, cut=True),
        ),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Admi002:
    """The typed form of a `Document` element. Raises ShapeError if it is another message."""
    message: Admi002 = read_message(document, _READERS)
    return message


def write(message: Admi002, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document`."""
    return write_document(_WRITERS[version], message, version, "Document", "admi.002.001.01")
