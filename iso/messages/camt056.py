"""camt.056 FIToFIPaymentCancellationRequest: the debtor's bank asks for a payment back, editions .08 .11."""

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
from iso.messages.fields import FinancialInstitution, Reason
from iso.messages.originals import ORIGINAL_GROUP, ORIGINAL_REFERENCE, OriginalReference
from iso.messages.pieces import EDITIONS, INSTITUTION, REASON
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Amount, Shape, SupplementaryData, amount, envelopes, inside, part, parts, text, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.056."))
DEFAULT_VERSION = "camt.056.001.08"


class Cancellation(Struct, frozen=True, kw_only=True):
    """TxInf: one payment that shall be cancelled, by the references it was sent with."""

    cancellation_id: str | None = None
    case: CaseId | None = None
    original_message_id: str | None = None
    original_message_name: str | None = None
    original_created: str | None = None
    original_instruction_id: str | None = None
    original_end_to_end_id: str | None = None
    original_transaction_id: str | None = None
    original_uetr: str | None = None
    original_clearing_reference: str | None = None
    original_amount: Amount | None = None
    original_settlement_date: str | None = None
    assigner: FinancialInstitution | None = None
    assignee: FinancialInstitution | None = None
    reasons: tuple[Reason, ...] = ()
    reference: OriginalReference | None = None
    supplementary: tuple[SupplementaryData, ...] = ()


class Cancellations(Struct, frozen=True, kw_only=True):
    """Undrlyg: a message (`group`) and transactions of it."""

    group: GroupCancellation | None = None
    transactions: tuple[Cancellation, ...] = ()


class Camt056(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    assignment: Assignment
    case: CaseId | None = None
    number_of_transactions: str | None = None
    control_sum: str | None = None
    underlying: tuple[Cancellations, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_TRANSACTION = Shape(
    Cancellation,
    (
        text("CxlId", "cancellation_id"),
        part("Case", "case", CASE),
        ORIGINAL_GROUP,
        text("OrgnlInstrId", "original_instruction_id"),
        text("OrgnlEndToEndId", "original_end_to_end_id"),
        text("OrgnlTxId", "original_transaction_id"),
        text("OrgnlUETR", "original_uetr", since=2019),
        text("OrgnlClrSysRef", "original_clearing_reference"),
        amount("OrgnlIntrBkSttlmAmt", "original_amount"),
        token("OrgnlIntrBkSttlmDt", "original_settlement_date"),
        part("Assgnr", "assigner", INSTITUTION),
        part("Assgne", "assignee", INSTITUTION),
        parts("CxlRsnInf", "reasons", REASON),
        part("OrgnlTxRef", "reference", ORIGINAL_REFERENCE, since=2018),
        envelopes(),
    ),
)
_MESSAGE = Shape(
    Camt056,
    (
        part("Assgnmt", "assignment", ASSIGNMENT),
        part("Case", "case", CASE),
        inside("CtrlData", text("NbOfTxs", "number_of_transactions", required=True), token("CtrlSum", "control_sum")),
        parts(
            "Undrlyg",
            "underlying",
            Shape(
                Cancellations,
                (
                    part("OrgnlGrpInfAndCxl", "group", GROUP_CANCELLATION),
                    parts("TxInf", "transactions", _TRANSACTION),
                ),
            ),
        ),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt056:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt056 = read_message(document, _READERS)
    return message


def write(message: Camt056, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "FIToFIPmtCxlReq")
