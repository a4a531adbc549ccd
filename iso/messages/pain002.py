"""pain.002 CustomerPaymentStatusReport: what became of an initiation, editions .03 to .15."""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import Charge, FinancialInstitution, Party, Reason
from iso.messages.pacs002 import StatusCount
from iso.messages.pieces import CHARGE, EDITIONS, INSTITUTION, PARTY, REASON
from iso.messages.reading import Reader, read_message
from iso.messages.shape import (
    Amount,
    Shape,
    Step,
    SupplementaryData,
    amount,
    envelopes,
    inside,
    part,
    parts,
    text,
    token,
)
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pain.002."))
DEFAULT_VERSION = "pain.002.001.10"

# TransactionGroupStatus3Code and TransactionIndividualStatus3Code, which later editions opened
GROUP_STATUSES = frozenset(["ACCP", "ACSC", "ACSP", "ACTC", "ACWC", "PART", "PDNG", "RCVD", "RJCT"])
STATUSES = GROUP_STATUSES - {"PART", "RCVD"}


class OriginalGroup(Struct, frozen=True, kw_only=True):
    """OrgnlGrpInfAndSts: the message that is reported on."""

    message_id: str
    message_name: str
    created: str | None = None
    number_of_transactions: str | None = None
    control_sum: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    counts: tuple[StatusCount, ...] = ()


class TransactionStatus(Struct, frozen=True, kw_only=True):
    """TxInfAndSts: what became of one transaction."""

    status_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    charges: tuple[Charge, ...] = ()
    accepted: str | None = None
    servicer_reference: str | None = None
    clearing_reference: str | None = None
    amount: Amount | None = None
    supplementary: tuple[SupplementaryData, ...] = ()


class InstructionStatus(Struct, frozen=True, kw_only=True):
    """OrgnlPmtInfAndSts: what became of one PmtInf."""

    payment_information_id: str
    number_of_transactions: str | None = None
    control_sum: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    counts: tuple[StatusCount, ...] = ()
    transactions: tuple[TransactionStatus, ...] = ()


class Pain002(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    initiating_party: Party | None = None
    forwarding_agent: FinancialInstitution | None = None
    debtor_agent: FinancialInstitution | None = None
    creditor_agent: FinancialInstitution | None = None
    group: OriginalGroup
    instructions: tuple[InstructionStatus, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


def status_steps(tag: str, listed: frozenset[str], **options: bool) -> tuple[Step, Step]:
    """A status, whose list was closed in the editions before 2016."""
    closed = text(tag, "status", until=2015, fits=listed.__contains__, **options)
    return closed, text(tag, "status", since=2016, **options)


COUNT = Shape(
    StatusCount,
    (
        text("DtldNbOfTxs", "number"),
        *status_steps("DtldSts", STATUSES, required=True),
        token("DtldCtrlSum", "control_sum"),
    ),
)
_COUNTED = (parts("StsRsnInf", "reasons", REASON), parts("NbOfTxsPerSts", "counts", COUNT))
GROUP = Shape(
    OriginalGroup,
    (
        text("OrgnlMsgId", "message_id"),
        text("OrgnlMsgNmId", "message_name"),
        token("OrgnlCreDtTm", "created"),
        text("OrgnlNbOfTxs", "number_of_transactions"),
        token("OrgnlCtrlSum", "control_sum"),
        *status_steps("GrpSts", GROUP_STATUSES),
        *_COUNTED,
    ),
)
_TRANSACTION = Shape(
    TransactionStatus,
    (
        text("StsId", "status_id"),
        text("OrgnlInstrId", "instruction_id"),
        text("OrgnlEndToEndId", "end_to_end_id"),
        text("OrgnlUETR", "uetr", since=2019),
        *status_steps("TxSts", STATUSES),
        parts("StsRsnInf", "reasons", REASON),
        parts("ChrgsInf", "charges", CHARGE),
        token("AccptncDtTm", "accepted"),
        text("AcctSvcrRef", "servicer_reference"),
        text("ClrSysRef", "clearing_reference"),
        inside("OrgnlTxRef", inside("Amt", amount("InstdAmt", "amount"))),
        envelopes(since=2013),
    ),
)
_INSTRUCTION = Shape(
    InstructionStatus,
    (
        text("OrgnlPmtInfId", "payment_information_id"),
        text("OrgnlNbOfTxs", "number_of_transactions"),
        token("OrgnlCtrlSum", "control_sum"),
        *status_steps("PmtInfSts", GROUP_STATUSES),
        *_COUNTED,
        parts("TxInfAndSts", "transactions", _TRANSACTION),
    ),
)
_MESSAGE = Shape(
    Pain002,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            part("InitgPty", "initiating_party", PARTY),
            part("FwdgAgt", "forwarding_agent", INSTITUTION),
            part("DbtrAgt", "debtor_agent", INSTITUTION),
            part("CdtrAgt", "creditor_agent", INSTITUTION),
        ),
        part("OrgnlGrpInfAndSts", "group", GROUP),
        parts("OrgnlPmtInfAndSts", "instructions", _INSTRUCTION),
        envelopes(since=2012),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Pain002:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pain002 = read_message(document, _READERS)
    return message


def write(message: Pain002, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "CstmrPmtStsRpt")
