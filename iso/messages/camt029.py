"""camt.029 ResolutionOfInvestigation: the answer to a recall or an exception, editions .09 .12 .13."""

from lxml import etree
from msgspec import Struct

from iso.messages.case_pieces import ASSIGNMENT, CASE, Assignment, CaseId
from iso.messages.fields import Code, Reason
from iso.messages.originals import ORIGINAL_GROUP, ORIGINAL_REFERENCE, PARTY_OR_AGENT, OriginalReference, PartyOrAgent
from iso.messages.pieces import CODE, EDITIONS, REASON
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

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.029."))
DEFAULT_VERSION = "camt.029.001.09"


class GroupAnswer(Struct, frozen=True, kw_only=True):
    """OrgnlGrpInfAndSts: what became of the cancellation of a whole message."""

    cancellation_id: str | None = None
    case: CaseId | None = None
    original_message_id: str
    original_message_name: str
    original_created: str | None = None
    original_number_of_transactions: str | None = None
    original_control_sum: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()


class OrderAnswer(Struct, frozen=True, kw_only=True):
    """OrgnlPmtInfAndSts/TxInfAndSts: what became of the cancellation of one ordered transaction."""

    status_id: str | None = None
    case: CaseId | None = None
    original_instruction_id: str | None = None
    original_end_to_end_id: str | None = None
    original_uetr: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    original_amount: Amount | None = None


class PaymentAnswer(Struct, frozen=True, kw_only=True):
    """OrgnlPmtInfAndSts: what became of the cancellation of a payment information block."""

    cancellation_id: str | None = None
    case: CaseId | None = None
    original_payment_id: str
    original_message_id: str | None = None
    original_message_name: str | None = None
    original_created: str | None = None
    original_number_of_transactions: str | None = None
    original_control_sum: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    transactions: tuple[OrderAnswer, ...] = ()


class TransactionAnswer(Struct, frozen=True, kw_only=True):
    """TxInfAndSts (and ModDtls): what became of the cancellation (or modification) of one payment."""

    status_id: str | None = None
    case: CaseId | None = None
    original_message_id: str | None = None
    original_message_name: str | None = None
    original_created: str | None = None
    original_payment_id: str | None = None
    original_instruction_id: str | None = None
    original_end_to_end_id: str | None = None
    original_transaction_id: str | None = None
    original_clearing_reference: str | None = None
    original_uetr: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    original_amount: Amount | None = None
    original_settlement_date: str | None = None
    assigner: PartyOrAgent | None = None
    assignee: PartyOrAgent | None = None
    reference: OriginalReference | None = None


class CancellationAnswer(Struct, frozen=True, kw_only=True):
    """CxlDtls."""

    group: GroupAnswer | None = None
    payments: tuple[PaymentAnswer, ...] = ()
    transactions: tuple[TransactionAnswer, ...] = ()


class Camt029(Struct, frozen=True, kw_only=True):
    """The whole message. Of the four words of Sts one is there: `confirmation` (Conf), `rejections` (RjctdMod), ...

    `definition`: the version it was read from; `untyped`: elements this type does not hold.
    """

    assignment: Assignment
    case: CaseId | None = None
    confirmation: str | None = None
    rejections: tuple[Code, ...] = ()
    duplicate_of: CaseId | None = None
    assignment_cancelled: bool | None = None
    cancellations: tuple[CancellationAnswer, ...] = ()
    modification: TransactionAnswer | None = None
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_GROUP = Shape(
    GroupAnswer,
    (
        text("OrgnlGrpCxlId", "cancellation_id"),
        part("RslvdCase", "case", CASE),
        text("OrgnlMsgId", "original_message_id"),
        text("OrgnlMsgNmId", "original_message_name"),
        token("OrgnlCreDtTm", "original_created"),
        text("OrgnlNbOfTxs", "original_number_of_transactions"),
        token("OrgnlCtrlSum", "original_control_sum"),
        text("GrpCxlSts", "status"),
        parts("CxlStsRsnInf", "reasons", REASON),
    ),
)
_ORDER = Shape(
    OrderAnswer,
    (
        text("CxlStsId", "status_id"),
        part("RslvdCase", "case", CASE),
        text("OrgnlInstrId", "original_instruction_id"),
        text("OrgnlEndToEndId", "original_end_to_end_id"),
        text("UETR", "original_uetr"),
        text("TxCxlSts", "status"),
        parts("CxlStsRsnInf", "reasons", REASON),
        amount("OrgnlInstdAmt", "original_amount"),
    ),
)
_PAYMENT = Shape(
    PaymentAnswer,
    (
        text("OrgnlPmtInfCxlId", "cancellation_id"),
        part("RslvdCase", "case", CASE),
        text("OrgnlPmtInfId", "original_payment_id"),
        ORIGINAL_GROUP,
        text("OrgnlNbOfTxs", "original_number_of_transactions"),
        token("OrgnlCtrlSum", "original_control_sum"),
        text("PmtInfCxlSts", "status"),
        parts("CxlStsRsnInf", "reasons", REASON),
        parts("TxInfAndSts", "transactions", _ORDER),
    ),
)
_AROUND = (
    amount("OrgnlIntrBkSttlmAmt", "original_amount"),
    token("OrgnlIntrBkSttlmDt", "original_settlement_date"),
    part("Assgnr", "assigner", PARTY_OR_AGENT),
    part("Assgne", "assignee", PARTY_OR_AGENT),
    part("OrgnlTxRef", "reference", ORIGINAL_REFERENCE),
)
_TRANSACTION = Shape(
    TransactionAnswer,
    (
        text("CxlStsId", "status_id"),
        part("RslvdCase", "case", CASE),
        ORIGINAL_GROUP,
        text("OrgnlInstrId", "original_instruction_id"),
        text("OrgnlEndToEndId", "original_end_to_end_id"),
        text("OrgnlTxId", "original_transaction_id"),
        text("OrgnlClrSysRef", "original_clearing_reference"),
        text("OrgnlUETR", "original_uetr"),
        text("TxCxlSts", "status"),
        parts("CxlStsRsnInf", "reasons", REASON),
        *_AROUND,
    ),
)
_MODIFICATION = Shape(
    TransactionAnswer,
    (
        text("ModStsId", "status_id"),
        part("RslvdCase", "case", CASE),
        ORIGINAL_GROUP,
        text("OrgnlPmtInfId", "original_payment_id"),
        text("OrgnlInstrId", "original_instruction_id"),
        text("OrgnlEndToEndId", "original_end_to_end_id"),
        text("OrgnlTxId", "original_transaction_id"),
        text("OrgnlClrSysRef", "original_clearing_reference"),
        text("OrgnlUETR", "original_uetr"),
        parts("ModStsRsnInf", "reasons", REASON),
        *_AROUND,
    ),
)
_CANCELLATION = Shape(
    CancellationAnswer,
    (
        part("OrgnlGrpInfAndSts", "group", _GROUP),
        parts("OrgnlPmtInfAndSts", "payments", _PAYMENT),
        parts("TxInfAndSts", "transactions", _TRANSACTION),
    ),
)
_MESSAGE = Shape(
    Camt029,
    (
        part("Assgnmt", "assignment", ASSIGNMENT),
        part("RslvdCase", "case", CASE),
        inside(
            "Sts",
            text("Conf", "confirmation"),
            parts("RjctdMod", "rejections", CODE),
            part("DplctOf", "duplicate_of", CASE),
            flag("AssgnmtCxlConf", "assignment_cancelled"),
        ),
        parts("CxlDtls", "cancellations", _CANCELLATION),
        part("ModDtls", "modification", _MODIFICATION),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt029:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt029 = read_message(document, _READERS)
    return message


def write(message: Camt029, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "RsltnOfInvstgtn")
