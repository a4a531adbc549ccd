"""camt.010 ReturnLimit: the limits of accounts and how much of them is used, editions .08 .09."""

from lxml import etree
from msgspec import Struct

from iso.messages.cash import ACCOUNT_ID, ERROR, HEADER, QUERY, REQUEST_TYPE, Error
from iso.messages.fields import FinancialInstitution
from iso.messages.pieces import EDITIONS, INSTITUTION
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Amount, Shape, SupplementaryData, amount, envelopes, inside, part, parts, text, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.010."))
DEFAULT_VERSION = "camt.010.001.09"


class Limit(Struct, frozen=True, kw_only=True):
    """CurLmt: a limit by account and type, what of it is used, and what remains; or why nothing is told of it."""

    type_code: str | None = None
    type_proprietary: str | None = None
    owner: FinancialInstitution | None = None
    iban: str | None = None
    other_id: str | None = None
    amount: Amount | None = None
    direction: str | None = None
    status: str | None = None
    start_date: str | None = None
    start_moment: str | None = None
    used: Amount | None = None
    used_direction: str | None = None
    used_percent: str | None = None
    remaining: Amount | None = None
    errors: tuple[Error, ...] = ()


class Camt010(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str | None = None
    payment_control: str | None = None
    enquiry: str | None = None
    request_type: str | None = None
    query_message_id: str | None = None
    query_message_name: str | None = None
    query_created: str | None = None
    query_name: str | None = None
    limits: tuple[Limit, ...] = ()
    errors: tuple[Error, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_LIMIT = Shape(
    Limit,
    (
        inside(
            "LmtId",
            inside("Tp", text("Cd", "type_code"), text("Prtry", "type_proprietary", unless="type_code")),
            part("AcctOwnr", "owner", INSTITUTION),
            inside("AcctId", *ACCOUNT_ID),
        ),
        inside(
            "LmtOrErr",
            inside(
                "Lmt",
                inside("Amt", amount("AmtWthCcy", "amount"), required=True),
                text("CdtDbtInd", "direction"),
                text("Sts", "status"),
                inside("StartDtTm", token("Dt", "start_date"), token("DtTm", "start_moment", unless="start_date")),
                inside("UsdAmt", amount("AmtWthCcy", "used")),
                text("UsdAmtCdtDbtInd", "used_direction"),
                token("UsdPctg", "used_percent"),
                inside("RmngAmt", amount("AmtWthCcy", "remaining")),
            ),
            parts("BizErr", "errors", ERROR),
        ),
    ),
)
_MESSAGE = Shape(
    Camt010,
    (
        inside("MsgHdr", *HEADER, REQUEST_TYPE, QUERY, text("QryNm", "query_name")),
        inside("RptOrErr", inside("BizRpt", parts("CurLmt", "limits", _LIMIT)), parts("OprlErr", "errors", ERROR)),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt010:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt010 = read_message(document, _READERS)
    return message


def write(message: Camt010, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "RtrLmt")
