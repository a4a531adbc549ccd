"""acmt.023 IdentificationVerificationRequest: is this party the holder of this account? Editions .02 to .04."""

from lxml import etree
from msgspec import Struct

from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, part, parts, text
from iso.messages.verification import ASSIGNMENT, Assignment, Identified, identified
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("acmt.023."))
DEFAULT_VERSION = "acmt.023.001.04"


class Question(Struct, frozen=True, kw_only=True):
    """Vrfctn: one question under its own id."""

    id: str
    asked: Identified


class Acmt023(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    assignment: Assignment
    questions: tuple[Question, ...]
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_QUESTION = Shape(Question, (text("Id", "id"), identified("PtyAndAcctId", "asked", always=True)))
_MESSAGE = Shape(
    Acmt023,
    (part("Assgnmt", "assignment", ASSIGNMENT), parts("Vrfctn", "questions", _QUESTION), envelopes()),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Acmt023:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Acmt023 = read_message(document, _READERS)
    return message


def write(message: Acmt023, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "IdVrfctnReq")
