"""camt.004 ReturnAccount: accounts with their balances, as an answer or a notice of its own, editions .08 .09 .10."""

from lxml import etree
from msgspec import Struct

from iso.messages.cash import ACCOUNT_ID, CHOSEN, CODE, ERROR, HEADER, QUERY, REQUEST_TYPE, Error, day, money
from iso.messages.fields import Code, FinancialInstitution, Party
from iso.messages.pieces import EDITIONS, INSTITUTION, PARTY
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Amount, Shape, SupplementaryData, envelopes, inside, part, parts, text
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.004."))
DEFAULT_VERSION = "camt.004.001.10"


class Balance(Struct, frozen=True, kw_only=True):
    """MulBal: an amount in the account's currency, never negative; DBIT means that the owner owes it."""

    amount: str
    direction: str
    code: str | None = None
    proprietary: str | None = None
    status: str | None = None
    value_date: str | None = None
    value_moment: str | None = None
    processing_date: str | None = None
    processing_moment: str | None = None
    payments: str | None = None


class AccountData(Struct, frozen=True, kw_only=True):
    """Acct: what is told of one account. The limit is CurMulLmt."""

    name: str | None = None
    type: Code | None = None
    currency: str | None = None
    limit: Amount | None = None
    limit_amount: str | None = None
    limit_direction: str | None = None
    owner: Party | None = None
    servicer: FinancialInstitution | None = None
    balances: tuple[Balance, ...] = ()


class AccountReport(Struct, frozen=True, kw_only=True):
    """AcctRpt: one account, or why nothing is told of it."""

    iban: str | None = None
    other_id: str | None = None
    account: AccountData | None = None
    errors: tuple[Error, ...] = ()


class Camt004(Struct, frozen=True, kw_only=True):
    """The whole message. `query_name` is the name of a notice that nobody asked for (FLOOR, CEILING)."""

    message_id: str
    created: str | None = None
    payment_control: str | None = None
    enquiry: str | None = None
    request_type: str | None = None
    query_message_id: str | None = None
    query_message_name: str | None = None
    query_created: str | None = None
    query_name: str | None = None
    accounts: tuple[AccountReport, ...] = ()
    errors: tuple[Error, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_BALANCE = Shape(
    Balance,
    (
        text("Amt", "amount"),
        text("CdtDbtInd", "direction"),
        inside("Tp", *CHOSEN),
        text("Sts", "status"),
        day("ValDt", "value_date", "value_moment"),
        day("PrcgDt", "processing_date", "processing_moment"),
        text("NbOfPmts", "payments"),
    ),
)
_DATA = Shape(
    AccountData,
    (
        text("Nm", "name", limit=70, cut=True),
        part("Tp", "type", CODE),
        text("Ccy", "currency"),
        inside("CurMulLmt", money("Amt", "limit", "limit_amount", required=True), text("CdtDbtInd", "limit_direction")),
        part("Ownr", "owner", PARTY),
        part("Svcr", "servicer", INSTITUTION),
        parts("MulBal", "balances", _BALANCE),
    ),
)
_REPORT = Shape(
    AccountReport,
    (
        inside("AcctId", *ACCOUNT_ID),
        inside("AcctOrErr", part("Acct", "account", _DATA), parts("BizErr", "errors", ERROR)),
    ),
)
_MESSAGE = Shape(
    Camt004,
    (
        inside("MsgHdr", *HEADER, REQUEST_TYPE, QUERY, text("QryNm", "query_name")),
        inside("RptOrErr", parts("AcctRpt", "accounts", _REPORT), parts("OprlErr", "errors", ERROR)),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt004:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt004 = read_message(document, _READERS)
    return message


def write(message: Camt004, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "RtrAcct")
