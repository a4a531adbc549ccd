"""pain.014 CreditorPaymentActivationRequestStatusReport: what the debtor's side says of a request to pay.

Editions .01 to .11.
"""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import Charge, FinancialInstitution, Party, Reason
from iso.messages.pacs002 import StatusCount
from iso.messages.pain002 import COUNT, GROUP, GROUP_STATUSES, STATUSES, OriginalGroup, status_steps
from iso.messages.pieces import CHARGE, EDITIONS, INSTITUTION, PARTY, REASON
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

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pain.014."))
DEFAULT_VERSION = "pain.014.001.07"


class ConditionStatus(Struct, frozen=True, kw_only=True):
    """PmtCondSts: what the debtor promises beside its acceptance."""

    accepted_amount: Amount | None = None
    guaranteed: bool | None = None
    early: bool | None = None


class RequestStatus(Struct, frozen=True, kw_only=True):
    """TxInfAndSts: how one request stands."""

    status_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    condition: ConditionStatus | None = None
    charges: tuple[Charge, ...] = ()
    decided: str | None = None
    accepted: str | None = None
    servicer_reference: str | None = None
    clearing_reference: str | None = None
    amount: Amount | None = None
    supplementary: tuple[SupplementaryData, ...] = ()


class InstructionStatus(Struct, frozen=True, kw_only=True):
    """OrgnlPmtInfAndSts: how the requests of one PmtInf stand."""

    payment_information_id: str
    number_of_transactions: str | None = None
    control_sum: str | None = None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    counts: tuple[StatusCount, ...] = ()
    transactions: tuple[RequestStatus, ...] = ()


class Pain014(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    initiating_party: Party
    forwarding_agent: FinancialInstitution | None = None
    debtor_agent: FinancialInstitution | None = None
    creditor_agent: FinancialInstitution | None = None
    group: OriginalGroup
    instructions: tuple[InstructionStatus, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


def _condition(**options: bool) -> Shape:
    return Shape(
        ConditionStatus,
        (
            amount("AccptdAmt", "accepted_amount"),
            flag("GrntedPmt", "guaranteed", **options),
            flag("EarlyPmt", "early", **options),
        ),
    )


_CHARGE_2010 = Shape(Charge, (amount("Amt", "amount"), part("Pty", "agent", INSTITUTION)))
_TRANSACTION = Shape(
    RequestStatus,
    (
        text("StsId", "status_id"),
        text("OrgnlInstrId", "instruction_id"),
        text("OrgnlEndToEndId", "end_to_end_id"),
        text("OrgnlUETR", "uetr", since=2019),
        *status_steps("TxSts", STATUSES),
        parts("StsRsnInf", "reasons", REASON),
        part("PmtCondSts", "condition", _condition(required=True), since=2019, until=2022),
        part("PmtCondSts", "condition", _condition(), since=2023),
        parts("ChrgsInf", "charges", _CHARGE_2010, until=2010),
        parts("ChrgsInf", "charges", CHARGE, since=2011),
        token("DbtrDcsnDtTm", "decided", since=2019),
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
        parts("StsRsnInf", "reasons", REASON),
        parts("NbOfTxsPerSts", "counts", COUNT),
        parts("TxInfAndSts", "transactions", _TRANSACTION),
    ),
)
_MESSAGE = Shape(
    Pain014,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            part("InitgPty", "initiating_party", PARTY),
            part("FwdgAgt", "forwarding_agent", INSTITUTION, since=2023),
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


def read(document: etree._Element) -> Pain014:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pain014 = read_message(document, _READERS)
    return message


def write(message: Pain014, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "CdtrPmtActvtnReqStsRpt")
