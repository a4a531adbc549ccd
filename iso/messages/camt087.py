"""camt.087 RequestToModifyPayment: a bank asks to have a payment changed, edition .09."""

from lxml import etree
from msgspec import Struct

from iso.messages.amendments import ASKED, Amendment
from iso.messages.case_pieces import ASSIGNMENT, CASE, INSTRUCTION, UNDERLYING, Assignment, CaseId, Underlying
from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, part
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.087."))
DEFAULT_VERSION = "camt.087.001.09"


class Camt087(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    assignment: Assignment
    case: CaseId | None = None
    underlying: Underlying
    modification: Amendment
    instruction_code: str | None = None
    instruction: str | None = None
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_MESSAGE = Shape(
    Camt087,
    (
        part("Assgnmt", "assignment", ASSIGNMENT),
        part("Case", "case", CASE),
        part("Undrlyg", "underlying", UNDERLYING, required=True),
        part("Mod", "modification", ASKED, required=True),
        INSTRUCTION,
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt087:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt087 = read_message(document, _READERS)
    return message


def write(message: Camt087, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "ReqToModfyPmt")
