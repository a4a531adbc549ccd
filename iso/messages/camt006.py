"""camt.006 ReturnTransaction: payments with their states, page by page, editions .08 .09 .11."""

from lxml import etree
from msgspec import Struct

from iso.messages.cash import ERROR, HEADER, QUERY, REQUEST_TYPE, Error, day
from iso.messages.fields import FinancialInstitution
from iso.messages.pieces import EDITIONS, INSTITUTION
from iso.messages.reading import Reader, read_message
from iso.messages.shape import (
    Amount,
    Shape,
    SupplementaryData,
    amount,
    envelopes,
    flag,
    inside,
    part,
    parts,
    text,
    token,
)
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.006."))
DEFAULT_VERSION = "camt.006.001.11"


class Status(Struct, frozen=True, kw_only=True):
    """Sts: where the payment stands, pending or final, since when; a refusal with its reason code and text."""

    pending: str | None = None
    final: str | None = None
    proprietary: str | None = None
    date: str | None = None
    moment: str | None = None
    rejection: str | None = None
    rejection_text: str | None = None


class Payment(Struct, frozen=True, kw_only=True):
    """Tx: one payment; `direction` is seen from the asker."""

    direction: str | None = None
    message_id: str | None = None
    statuses: tuple[Status, ...] = ()
    instructed: Amount | None = None
    settled: Amount | None = None
    purpose: str | None = None
    transaction_id: str | None = None
    settlement_date: str | None = None
    end_to_end_id: str | None = None
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    debtor_agent: FinancialInstitution | None = None
    creditor_agent: FinancialInstitution | None = None


class TransactionReport(Struct, frozen=True, kw_only=True):
    """TxRpt: a payment by its UETR or TxId, or why nothing is told of it."""

    uetr: str | None = None
    transaction_id: str | None = None
    payment: Payment | None = None
    errors: tuple[Error, ...] = ()


class Camt006(Struct, frozen=True, kw_only=True):
    """The whole message. `query_name` is the name under which the next page can be asked for."""

    message_id: str
    created: str | None = None
    page: str | None = None
    last_page: bool | None = None
    query_message_id: str | None = None
    query_message_name: str | None = None
    query_created: str | None = None
    payment_control: str | None = None
    enquiry: str | None = None
    request_type: str | None = None
    query_name: str | None = None
    count: str | None = None
    reports: tuple[TransactionReport, ...] = ()
    errors: tuple[Error, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_STATUS = Shape(
    Status,
    (
        inside("Cd", text("Pdg", "pending"), text("Fnl", "final"), text("Prtry", "proprietary")),
        day("DtTm", "date", "moment"),
        inside(
            "Rsn",
            inside(
                "PrtryRjctn",
                text("PrtryStsRsn", "rejection", required=True),
                text("Rsn", "rejection_text", limit=256, cut=True, required=True),
            ),
        ),
    ),
)
_PARTIES = inside(
    "Pties",
    part("InstgAgt", "instructing_agent", INSTITUTION),
    part("InstdAgt", "instructed_agent", INSTITUTION),
    part("DbtrAgt", "debtor_agent", INSTITUTION),
    part("CdtrAgt", "creditor_agent", INSTITUTION),
)
_PAYMENT = Shape(
    Payment,
    (
        text("CdtDbtInd", "direction"),
        inside(
            "Pmt",
            text("MsgId", "message_id"),
            parts("Sts", "statuses", _STATUS),
            inside("InstdAmt", amount("AmtWthCcy", "instructed")),
            inside("IntrBkSttlmAmt", amount("AmtWthCcy", "settled")),
            text("Purp", "purpose", limit=10),
            text("TxId", "transaction_id"),
            token("IntrBkSttlmDt", "settlement_date"),
            text("EndToEndId", "end_to_end_id"),
            _PARTIES,
        ),
    ),
)
_REPORT = Shape(
    TransactionReport,
    (
        inside(
            "PmtId",
            text("TxId", "transaction_id", until=2022),
            text("TxId", "transaction_id", unless="uetr", since=2023),
            text("UETR", "uetr", since=2023),
        ),
        inside("TxOrErr", part("Tx", "payment", _PAYMENT), parts("BizErr", "errors", ERROR)),
    ),
)
_MESSAGE = Shape(
    Camt006,
    (
        inside(
            "MsgHdr",
            *HEADER,
            inside("MsgPgntn", text("PgNb", "page", required=True), flag("LastPgInd", "last_page")),
            QUERY,
            REQUEST_TYPE,
            text("QryNm", "query_name"),
        ),
        inside(
            "RptOrErr",
            inside("BizRpt", inside("TxsSummry", text("NbOfNtries", "count")), parts("TxRpt", "reports", _REPORT)),
            parts("OprlErr", "errors", ERROR),
        ),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt006:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt006 = read_message(document, _READERS)
    return message


def write(message: Camt006, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "RtrTx")
