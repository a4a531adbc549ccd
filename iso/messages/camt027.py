"""camt.027 ClaimNonReceipt: a bank says that a payment never came, edition .10."""

from lxml import etree
from msgspec import Struct

from iso.messages.case_pieces import ASSIGNMENT, CASE, INSTRUCTION, UNDERLYING, Assignment, CaseId, Underlying
from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, flag, inside, part
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.027."))
DEFAULT_VERSION = "camt.027.001.10"


class Camt027(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    assignment: Assignment
    case: CaseId | None = None
    underlying: Underlying
    missing_cover: bool | None = None
    instruction_code: str | None = None
    instruction: str | None = None
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_MESSAGE = Shape(
    Camt027,
    (
        part("Assgnmt", "assignment", ASSIGNMENT),
        part("Case", "case", CASE),
        part("Undrlyg", "underlying", UNDERLYING, required=True),
        inside("CoverDtls", flag("MssngCoverInd", "missing_cover")),
        INSTRUCTION,
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt027:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt027 = read_message(document, _READERS)
    return message


def write(message: Camt027, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "ClmNonRct")
