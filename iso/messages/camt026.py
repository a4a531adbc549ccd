"""camt.026 UnableToApply: a bank has a payment that it cannot apply, and says what is missing, editions .07 .10."""

import re

from lxml import etree
from msgspec import Struct

from iso.messages.case_pieces import ASSIGNMENT, CASE, UNDERLYING, Assignment, CaseId, Underlying
from iso.messages.pieces import EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, flag, inside, part, parts, text
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.026."))
DEFAULT_VERSION = "camt.026.001.07"
INCOMPLETE = "incomplete"


class Wrong(Struct, frozen=True):
    """MssngInf, IncrrctInf: what is missing or not correct, as a code, with words."""

    code: str | None = None
    proprietary: str | None = None
    info: str | None = None


class Camt026(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold.

    Of the three justifications one is there: `any_information`, what is `missing` and `incorrect` (`justification` is
    then INCOMPLETE), or `duplicate`.
    """

    assignment: Assignment
    case: CaseId | None = None
    underlying: Underlying
    justification: str | None = None
    any_information: bool | None = None
    money_laundering: bool | None = None
    missing: tuple[Wrong, ...] = ()
    incorrect: tuple[Wrong, ...] = ()
    duplicate: bool | None = None
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


def _wrong(info: str, codes: "re.Pattern[str]") -> Shape:
    return Shape(
        Wrong,
        (
            text("Cd", "code", until=2022, fits=codes.fullmatch, required=True),
            inside("Tp", text("Cd", "code"), text("Prtry", "proprietary", unless="code"), since=2023, required=True),
            text(info, "info"),
        ),
    )


# the code lists of editions before 2023; later ones are open
_MISSING = _wrong("AddtlMssngInf", re.compile("MS(0[1-9]|1[0-7])|NARR"))
_INCORRECT = _wrong("AddtlIncrrctInf", re.compile("IN(0[1-9]|1[0-9]|33|3[6-9])|MM(2[0-25-9]|3[0-245])|NARR"))
_MESSAGE = Shape(
    Camt026,
    (
        part("Assgnmt", "assignment", ASSIGNMENT),
        part("Case", "case", CASE),
        part("Undrlyg", "underlying", UNDERLYING, required=True),
        inside(
            "Justfn",
            flag("AnyInf", "any_information"),
            inside(
                "MssngOrIncrrctInf",
                flag("AMLReq", "money_laundering"),
                parts("MssngInf", "missing", _MISSING, most=10),
                parts("IncrrctInf", "incorrect", _INCORRECT, most=10),
                when=("justification", INCOMPLETE),
                always=True,
            ),
            flag("PssblDplctInstr", "duplicate"),
            required=True,
        ),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt026:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt026 = read_message(document, _READERS)
    return message


def write(message: Camt026, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "UblToApply")
