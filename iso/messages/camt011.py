"""camt.011 ModifyLimit: a participant asks for other limits, editions .07 .08."""

from lxml import etree
from msgspec import Struct

from iso.messages.cash import ACCOUNT_ID, HEADER, day, money
from iso.messages.fields import FinancialInstitution
from iso.messages.pieces import EDITIONS, INSTITUTION
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Amount, Shape, Step, SupplementaryData, envelopes, inside, part, parts, text
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.011."))
DEFAULT_VERSION = "camt.011.001.08"

CURRENT, DEFAULT, ALL_CURRENT, ALL_DEFAULT = "Cur", "Dflt", "AllCur", "AllDflt"


class LimitChange(Struct, frozen=True, kw_only=True):
    """LmtDtls: which limit (`scope` is one of the four constants above), and its new amount."""

    scope: str = CURRENT
    type_code: str | None = None
    type_proprietary: str | None = None
    counterparty: FinancialInstitution | None = None
    owner: FinancialInstitution | None = None
    iban: str | None = None
    other_id: str | None = None
    start_date: str | None = None
    start_moment: str | None = None
    amount: Amount | None = None
    plain_amount: str | None = None
    direction: str | None = None


class Camt011(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str | None = None
    changes: tuple[LimitChange, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


def _scope(name: str, *more: Step) -> Step:
    return inside(
        name,
        *more,
        inside("Tp", text("Cd", "type_code"), text("Prtry", "type_proprietary", unless="type_code")),
        part("AcctOwnr", "owner", INSTITUTION),
        inside("AcctId", *ACCOUNT_ID),
        when=("scope", name),
    )


_WITH = part("BilLmtCtrPtyId", "counterparty", INSTITUTION)
_CHANGE = Shape(
    LimitChange,
    (
        inside(
            "LmtId", _scope(CURRENT, _WITH), _scope(DEFAULT, _WITH), _scope(ALL_CURRENT), _scope(ALL_DEFAULT),
            required=True,
        ),
        inside(
            "NewLmtValSet",
            day("StartDtTm", "start_date", "start_moment"),
            money("Amt", "amount", "plain_amount", required=True),
            text("CdtDbtInd", "direction"),
        ),
    ),
)  # fmt: skip
_MESSAGE = Shape(Camt011, (inside("MsgHdr", *HEADER), parts("LmtDtls", "changes", _CHANGE), envelopes()))
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt011:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt011 = read_message(document, _READERS)
    return message


def write(message: Camt011, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "ModfyLmt")
