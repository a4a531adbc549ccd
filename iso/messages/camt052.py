"""camt.052 BankToCustomerAccountReport: what was booked so far, editions .02 to .14."""

from lxml import etree

from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.statements import Report, shape_of
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.052."))
DEFAULT_VERSION = "camt.052.001.08"


class Camt052(Report, frozen=True, kw_only=True):
    """The whole message: one intraday report or several."""

    definition: str = DEFAULT_VERSION


_MESSAGE = shape_of(Camt052, "Rpt", "RptPgntn", "AddtlRptInf")
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt052:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt052 = read_message(document, _READERS)
    return message


def write(message: Camt052, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "BkToCstmrAcctRpt")
