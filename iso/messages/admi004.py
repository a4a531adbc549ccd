"""admi.004.001.02 SystemEventNotification: something happens or happened to the service, or to who takes part."""

from lxml import etree
from msgspec import Struct

from iso.messages.events import Happening, happening
from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, part
from iso.messages.writing import Writer, Written, write_document

VERSIONS = ("admi.004.001.02",)
DEFAULT_VERSION = "admi.004.001.02"
_TEXT_MAX = 1000


class Admi004(Struct, frozen=True, kw_only=True):
    """The whole message. `untyped`: elements this type does not hold."""

    event: Happening
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_MESSAGE = Shape(Admi004, (part("EvtInf", "event", happening(_TEXT_MAX)),))
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Admi004:
    """The typed form of a `Document` element; ShapeError if it is another message."""
    message: Admi004 = read_message(document, _READERS)
    return message


def write(message: Admi004, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document`."""
    return write_document(_WRITERS[version], message, version, "Document", "SysEvtNtfctn")
