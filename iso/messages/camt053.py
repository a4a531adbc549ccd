"""camt.053 BankToCustomerStatement: what was booked in a business day, editions .02 to .14."""

from lxml import etree

from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.statements import Report, shape_of
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.053."))
DEFAULT_VERSION = "camt.053.001.08"


class Camt053(Report, frozen=True, kw_only=True):
    """The whole message: one statement or several."""

    definition: str = DEFAULT_VERSION


_MESSAGE = shape_of(Camt053, "Stmt", "StmtPgntn", "AddtlStmtInf")
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt053:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt053 = read_message(document, _READERS)
    return message


def write(message: Camt053, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "BkToCstmrStmt")
