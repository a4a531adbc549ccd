"""camt.055 CustomerPaymentCancellationRequest: an initiating party takes an order back, editions .08 .12."""

from lxml import etree
from msgspec import Struct

from iso.messages.case_pieces import (
    ASSIGNMENT,
    CASE,
    GROUP_CANCELLATION,
    Assignment,
    CaseId,
    GroupCancellation,
)
from iso.messages.fields import Reason
from iso.messages.originals import ORIGINAL_GROUP, ORIGINAL_REFERENCE, OriginalReference
from iso.messages.pieces import EDITIONS, REASON
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

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.055."))
DEFAULT_VERSION = "camt.055.001.08"


class OrderCancellation(Struct, frozen=True, kw_only=True):
    """TxInf: one ordered transaction that shall be cancelled."""

    cancellation_id: str | None = None
    case: CaseId | None = None
    original_instruction_id: str | None = None
    original_end_to_end_id: str | None = None
    original_uetr: str | None = None
    original_amount: Amount | None = None
    execution_date: str | None = None
    execution_time: str | None = None
    collection_date: str | None = None
    reasons: tuple[Reason, ...] = ()
    reference: OriginalReference | None = None
    supplementary: tuple[SupplementaryData, ...] = ()


class PaymentCancellation(Struct, frozen=True, kw_only=True):
    """OrgnlPmtInfAndCxl: a payment information block, or transactions of it."""

    cancellation_id: str | None = None
    case: CaseId | None = None
    original_payment_id: str
    original_message_id: str | None = None
    original_message_name: str | None = None
    original_created: str | None = None
    number_of_transactions: str | None = None
    control_sum: str | None = None
    whole: bool | None = None
    reasons: tuple[Reason, ...] = ()
    transactions: tuple[OrderCancellation, ...] = ()


class OrderCancellations(Struct, frozen=True, kw_only=True):
    """Undrlyg: a message, and payment information blocks of it."""

    group: GroupCancellation | None = None
    payments: tuple[PaymentCancellation, ...] = ()


class Camt055(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    assignment: Assignment
    case: CaseId | None = None
    number_of_transactions: str | None = None
    control_sum: str | None = None
    underlying: tuple[OrderCancellations, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_TRANSACTION = Shape(
    OrderCancellation,
    (
        text("CxlId", "cancellation_id"),
        part("Case", "case", CASE),
        text("OrgnlInstrId", "original_instruction_id"),
        text("OrgnlEndToEndId", "original_end_to_end_id"),
        text("OrgnlUETR", "original_uetr", since=2019),
        amount("OrgnlInstdAmt", "original_amount"),
        inside(
            "OrgnlReqdExctnDt",
            token("Dt", "execution_date"),
            token("DtTm", "execution_time", unless="execution_date"),
        ),
        token("OrgnlReqdColltnDt", "collection_date"),
        parts("CxlRsnInf", "reasons", REASON),
        part("OrgnlTxRef", "reference", ORIGINAL_REFERENCE, since=2018),
        envelopes(),
    ),
)
_PAYMENT = Shape(
    PaymentCancellation,
    (
        text("PmtCxlId", "cancellation_id"),
        part("Case", "case", CASE),
        text("OrgnlPmtInfId", "original_payment_id"),
        ORIGINAL_GROUP,
        text("NbOfTxs", "number_of_transactions"),
        token("CtrlSum", "control_sum"),
        flag("PmtInfCxl", "whole"),
        parts("CxlRsnInf", "reasons", REASON),
        parts("TxInf", "transactions", _TRANSACTION),
    ),
)
_MESSAGE = Shape(
    Camt055,
    (
        part("Assgnmt", "assignment", ASSIGNMENT),
        part("Case", "case", CASE),
        inside("CtrlData", text("NbOfTxs", "number_of_transactions", required=True), token("CtrlSum", "control_sum")),
        parts(
            "Undrlyg",
            "underlying",
            Shape(
                OrderCancellations,
                (
                    part("OrgnlGrpInfAndCxl", "group", GROUP_CANCELLATION),
                    parts("OrgnlPmtInfAndCxl", "payments", _PAYMENT),
                ),
            ),
        ),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt055:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt055 = read_message(document, _READERS)
    return message


def write(message: Camt055, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "CstmrPmtCxlReq")
