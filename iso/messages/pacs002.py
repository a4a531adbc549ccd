"""pacs.002 FIToFIPaymentStatusReport: what became of a payment, editions .03 to .15."""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import Charge, FinancialInstitution, Reason
from iso.messages.pieces import CHARGE, EDITIONS, INSTITUTION, REASON
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Amount, Shape, SupplementaryData, amount, envelopes, inside, part, parts, text, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pacs.002."))
DEFAULT_VERSION = "pacs.002.001.10"


class StatusCount(Struct, frozen=True):
    """NbOfTxsPerSts."""

    number: str
    status: str
    control_sum: str | None = None


class GroupStatus(Struct, frozen=True, kw_only=True):
    """OrgnlGrpInfAndSts: the state of a whole message."""

    original_message_id: str
    original_message_name: str
    original_created: str | None = None
    original_number_of_transactions: str | None = None
    original_control_sum: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    counts: tuple[StatusCount, ...] = ()


class TransactionStatus(Struct, frozen=True, kw_only=True):
    """TxInfAndSts: the state of one payment. `settlement_date` or `settlement_time` is FctvIntrBkSttlmDt."""

    status_id: str | None = None
    original_message_id: str | None = None
    original_message_name: str | None = None
    original_created: str | None = None
    original_instruction_id: str | None = None
    original_end_to_end_id: str | None = None
    original_transaction_id: str | None = None
    original_uetr: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    charges: tuple[Charge, ...] = ()
    accepted: str | None = None
    processing_date: str | None = None
    processing_time: str | None = None
    settlement_date: str | None = None
    settlement_time: str | None = None
    servicer_reference: str | None = None
    clearing_reference: str | None = None
    settlement_key: str | None = None
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    original_amount: Amount | None = None
    original_instructed: Amount | None = None
    original_settlement_date: str | None = None
    supplementary: tuple[SupplementaryData, ...] = ()


class Pacs002(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    query_message_id: str | None = None
    query_message_name: str | None = None
    query_created: str | None = None
    groups: tuple[GroupStatus, ...] = ()
    transactions: tuple[TransactionStatus, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


# TransactionIndividualStatus3Code and TransactionGroupStatus3Code, which later editions opened; a later status is told
# by the nearest one that was there
_SINGLE = frozenset({"ACCP", "ACSC", "ACSP", "ACTC", "ACWC", "PDNG", "RJCT"})
_NEAREST = {"ACWP": "ACSP", "ACCC": "ACSC", "BLCK": "PDNG", "CANC": "RJCT", "RCVD": "ACTC"}
_LISTED = 2013


def _old(status: str) -> str:
    return _NEAREST.get(status, status)


def _group_of(message: "Pacs002") -> "tuple[GroupStatus, ...]":
    """Old editions demand a group: that of the first payment, which they cannot name otherwise."""
    first = message.transactions[0] if message.transactions else None
    if first is None or first.original_message_id is None or first.original_message_name is None:
        return (GroupStatus(original_message_id="NOTPROVIDED", original_message_name="pacs.008"),)
    return (
        GroupStatus(
            original_message_id=first.original_message_id,
            original_message_name=first.original_message_name,
            original_created=first.original_created,
        ),
    )


_COUNT = Shape(
    StatusCount,
    (
        text("DtldNbOfTxs", "number"),
        text("DtldSts", "status", until=_LISTED, fits=_SINGLE.__contains__, required=True),
        text("DtldSts", "status", since=_LISTED + 1),
        token("DtldCtrlSum", "control_sum"),
    ),
)
_GROUP = Shape(
    GroupStatus,
    (
        text("OrgnlMsgId", "original_message_id"),
        text("OrgnlMsgNmId", "original_message_name"),
        token("OrgnlCreDtTm", "original_created"),
        text("OrgnlNbOfTxs", "original_number_of_transactions"),
        token("OrgnlCtrlSum", "original_control_sum"),
        text("GrpSts", "status", until=_LISTED, fits=(_SINGLE | {"PART", "RCVD"}).__contains__),
        text("GrpSts", "status", since=_LISTED + 1),
        parts("StsRsnInf", "reasons", REASON),
        parts("NbOfTxsPerSts", "counts", _COUNT),
    ),
)
_TRANSACTION = Shape(
    TransactionStatus,
    (
        text("StsId", "status_id"),
        inside(
            "OrgnlGrpInf",
            text("OrgnlMsgId", "original_message_id", required=True),
            text("OrgnlMsgNmId", "original_message_name", required=True),
            token("OrgnlCreDtTm", "original_created"),
            since=2016,
        ),
        text("OrgnlInstrId", "original_instruction_id"),
        text("OrgnlEndToEndId", "original_end_to_end_id"),
        text("OrgnlTxId", "original_transaction_id"),
        text("OrgnlUETR", "original_uetr", since=2019),
        text("TxSts", "status", until=_LISTED, fits=(_SINGLE | _NEAREST.keys()).__contains__, change=_old),
        text("TxSts", "status", since=_LISTED + 1),
        parts("StsRsnInf", "reasons", REASON),
        parts("ChrgsInf", "charges", CHARGE),
        token("AccptncDtTm", "accepted"),
        inside(
            "PrcgDt",
            token("Dt", "processing_date"),
            token("DtTm", "processing_time", unless="processing_date"),
            since=2023,
        ),
        inside(
            "FctvIntrBkSttlmDt",
            token("Dt", "settlement_date"),
            token("DtTm", "settlement_time", unless="settlement_date"),
            since=2019,
        ),
        text("AcctSvcrRef", "servicer_reference"),
        text("ClrSysRef", "clearing_reference"),
        text("CdtSttlmKey", "settlement_key", since=2024),
        part("InstgAgt", "instructing_agent", INSTITUTION),
        part("InstdAgt", "instructed_agent", INSTITUTION),
        inside(
            "OrgnlTxRef",
            amount("IntrBkSttlmAmt", "original_amount"),
            inside("Amt", amount("InstdAmt", "original_instructed")),
            token("IntrBkSttlmDt", "original_settlement_date"),
        ),
        envelopes(since=2013),
    ),
)
_MESSAGE = Shape(
    Pacs002,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            part("InstgAgt", "instructing_agent", INSTITUTION),
            part("InstdAgt", "instructed_agent", INSTITUTION),
            inside(
                "OrgnlBizQry",
                text("MsgId", "query_message_id", required=True),
                text("MsgNmId", "query_message_name"),
                token("CreDtTm", "query_created"),
                since=2021,
            ),
        ),
        parts("OrgnlGrpInfAndSts", "groups", _GROUP, until=_LISTED, most=1, fallback=_group_of),
        parts("OrgnlGrpInfAndSts", "groups", _GROUP, since=_LISTED + 1),
        parts("TxInfAndSts", "transactions", _TRANSACTION),
        envelopes(since=2012),
    ),
)
READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
"""Version -> its reader."""
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Pacs002:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pacs002 = read_message(document, READERS)
    return message


def write(message: Pacs002, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "FIToFIPmtStsRpt")
