"""acmt.024 IdentificationVerificationReport: the answers to an acmt.023. Editions .02 to .04."""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import FinancialInstitution
from iso.messages.pieces import EDITIONS, INSTITUTION
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, flag, inside, part, parts, text, token
from iso.messages.verification import ASSIGNMENT, Assignment, Identified, identified
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("acmt.024."))
DEFAULT_VERSION = "acmt.024.001.04"


class Finding(Struct, frozen=True, kw_only=True):
    """Rpt: whether what was asked under that id is so; if not why, and what is so."""

    original_id: str
    verified: bool
    code: str | None = None
    proprietary: str | None = None
    asked: Identified | None = None
    updated: Identified | None = None


class Acmt024(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    assignment: Assignment
    original_message_id: str | None = None
    original_created: str | None = None
    original_first_agent: FinancialInstitution | None = None
    findings: tuple[Finding, ...]
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_FINDING = Shape(
    Finding,
    (
        text("OrgnlId", "original_id"),
        flag("Vrfctn", "verified"),
        inside("Rsn", text("Cd", "code"), text("Prtry", "proprietary", unless="code")),
        identified("OrgnlPtyAndAcctId", "asked"),
        identified("UpdtdPtyAndAcctId", "updated"),
    ),
)
_MESSAGE = Shape(
    Acmt024,
    (
        part("Assgnmt", "assignment", ASSIGNMENT),
        inside(
            "OrgnlAssgnmt",
            text("MsgId", "original_message_id"),
            token("CreDtTm", "original_created"),
            part("FrstAgt", "original_first_agent", INSTITUTION),
        ),
        parts("Rpt", "findings", _FINDING),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Acmt024:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Acmt024 = read_message(document, _READERS)
    return message


def write(message: Acmt024, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "IdVrfctnRpt")
