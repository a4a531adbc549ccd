"""pain.013 CreditorPaymentActivationRequest: a creditor asks to be paid, editions .02 to .11."""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import Account, Code, FinancialInstitution, Party, PaymentType, RemittanceInfo
from iso.messages.pacs008 import INSTRUCTION_2019, INSTRUCTION_2020, REGULATORY, Instruction, RegulatoryReport
from iso.messages.pieces import ACCOUNT, CODE, EDITIONS, INSTITUTION, PARTY, PAYMENT_TYPE, REMITTANCE
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
    seen,
    text,
    token,
)
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pain.013."))
DEFAULT_VERSION = "pain.013.001.07"


class Condition(Struct, frozen=True, kw_only=True):
    """PmtCond: what the debtor may change (None: not said)."""

    amount_may_change: bool | None = None
    early_payment: bool | None = None
    penalty: str | None = None
    rebate: Amount | None = None
    rebate_rate: str | None = None
    guarantee: bool | None = None


class RequestedTransfer(Struct, frozen=True, kw_only=True):
    """CdtTrfTx: what the creditor wants; `equivalent` as in pain.001."""

    instruction_id: str | None = None
    end_to_end_id: str
    uetr: str | None = None
    payment_type: PaymentType | None = None
    condition: Condition | None = None
    execution_date: str | None = None
    execution_time: str | None = None
    amount: Amount | None = None
    equivalent: Amount | None = None
    equivalent_in: str | None = None
    charge_bearer: str | None = None
    cheque: bool = False
    ultimate_debtor: Party | None = None
    intermediary_agent_1: FinancialInstitution | None = None
    intermediary_agent_2: FinancialInstitution | None = None
    intermediary_agent_3: FinancialInstitution | None = None
    creditor_agent: FinancialInstitution
    creditor_agent_account: Account | None = None
    creditor: Party
    creditor_account: Account | None = None
    ultimate_creditor: Party | None = None
    instructions_creditor_agent: tuple[Instruction, ...] = ()
    purpose: Code | None = None
    regulatory: tuple[RegulatoryReport, ...] = ()
    remittance: RemittanceInfo | None = None
    supplementary: tuple[SupplementaryData, ...] = ()


class RequestInstruction(Struct, frozen=True, kw_only=True):
    """PmtInf: requests to one debtor; `expiry_date` (to its end) or `expiry_time` is when they lapse."""

    payment_information_id: str | None = None
    payment_method: str
    payment_type: PaymentType | None = None
    execution_date: str | None = None
    execution_time: str | None = None
    expiry_date: str | None = None
    expiry_time: str | None = None
    condition: Condition | None = None
    debtor: Party
    debtor_account: Account | None = None
    debtor_agent: FinancialInstitution
    debtor_agent_account: Account | None = None
    ultimate_debtor: Party | None = None
    charge_bearer: str | None = None
    transactions: tuple[RequestedTransfer, ...]


class Pain013(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    number_of_transactions: str
    control_sum: str | None = None
    initiating_party: Party
    forwarding_agent: FinancialInstitution | None = None
    instructions: tuple[RequestInstruction, ...]
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


def _charge_bearer(transfer: RequestedTransfer) -> str:
    # editions before 2023 demand one for each transaction
    return "SLEV" if transfer else ""


def _day(instruction: RequestInstruction) -> str:
    # editions before 2022 demand a day of execution: the last on which the request can be followed, else no real one
    found = instruction.execution_time or instruction.expiry_date or instruction.expiry_time
    return (found or "1970-01-01").partition("T")[0]


def _condition(**options: int) -> Shape:
    return Shape(
        Condition,
        (
            flag("AmtModAllwd", "amount_may_change", **options),
            flag("EarlyPmtAllwd", "early_payment", **options),
            text("DelyPnlty", "penalty"),
            inside("ImdtPmtRbt", amount("Amt", "rebate"), token("Rate", "rebate_rate", unless="rebate")),
            flag("GrntedPmtReqd", "guarantee", **options),
        ),
    )


_OLD, _NEW = _condition(required=True), _condition()
_TRANSFER = Shape(
    RequestedTransfer,
    (
        inside(
            "PmtId",
            text("InstrId", "instruction_id"),
            text("EndToEndId", "end_to_end_id"),
            text("UETR", "uetr", since=2019),
        ),
        part("PmtTpInf", "payment_type", PAYMENT_TYPE),
        part("PmtCond", "condition", _OLD, since=2019, until=2022),
        part("PmtCond", "condition", _NEW, since=2023),
        inside(
            "ReqdExctnDt",
            token("Dt", "execution_date"),
            token("DtTm", "execution_time", unless="execution_date"),
            since=2022,
        ),
        inside(
            "Amt",
            amount("InstdAmt", "amount"),
            inside("EqvtAmt", amount("Amt", "equivalent", required=True), text("CcyOfTrf", "equivalent_in")),
        ),
        text("ChrgBr", "charge_bearer", until=2022, fallback=_charge_bearer),
        text("ChrgBr", "charge_bearer", since=2023),
        seen("ChqInstr", "cheque"),
        part("UltmtDbtr", "ultimate_debtor", PARTY),
        part("IntrmyAgt1", "intermediary_agent_1", INSTITUTION),
        part("IntrmyAgt2", "intermediary_agent_2", INSTITUTION),
        part("IntrmyAgt3", "intermediary_agent_3", INSTITUTION),
        part("CdtrAgt", "creditor_agent", INSTITUTION),
        part("CdtrAgtAcct", "creditor_agent_account", ACCOUNT, since=2023),
        part("Cdtr", "creditor", PARTY),
        part("CdtrAcct", "creditor_account", ACCOUNT),
        part("UltmtCdtr", "ultimate_creditor", PARTY),
        parts("InstrForCdtrAgt", "instructions_creditor_agent", INSTRUCTION_2019, until=2019),
        parts("InstrForCdtrAgt", "instructions_creditor_agent", INSTRUCTION_2020, since=2020),
        part("Purp", "purpose", CODE),
        parts("RgltryRptg", "regulatory", REGULATORY, most=10),
        part("RmtInf", "remittance", REMITTANCE),
        envelopes(since=2013),
    ),
)
_INSTRUCTION = Shape(
    RequestInstruction,
    (
        text("PmtInfId", "payment_information_id"),
        text("PmtMtd", "payment_method"),
        part("PmtTpInf", "payment_type", PAYMENT_TYPE),
        token("ReqdExctnDt", "execution_date", until=2016, fallback=_day),
        inside(
            "ReqdExctnDt",
            token("Dt", "execution_date", fallback=lambda found: None if found.execution_time else _day(found)),
            token("DtTm", "execution_time", unless="execution_date"),
            since=2017,
            until=2021,
        ),
        inside(
            "ReqdExctnDt",
            token("Dt", "execution_date"),
            token("DtTm", "execution_time", unless="execution_date"),
            since=2022,
        ),
        inside("XpryDt", token("Dt", "expiry_date"), token("DtTm", "expiry_time", unless="expiry_date"), since=2019),
        part("PmtCond", "condition", _OLD, since=2019, until=2022),
        part("PmtCond", "condition", _NEW, since=2023),
        part("Dbtr", "debtor", PARTY),
        part("DbtrAcct", "debtor_account", ACCOUNT),
        part("DbtrAgt", "debtor_agent", INSTITUTION),
        part("DbtrAgtAcct", "debtor_agent_account", ACCOUNT, since=2023),
        part("UltmtDbtr", "ultimate_debtor", PARTY),
        text("ChrgBr", "charge_bearer"),
        parts("CdtTrfTx", "transactions", _TRANSFER),
    ),
)
_MESSAGE = Shape(
    Pain013,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            text("NbOfTxs", "number_of_transactions"),
            token("CtrlSum", "control_sum"),
            part("InitgPty", "initiating_party", PARTY),
            part("FwdgAgt", "forwarding_agent", INSTITUTION, since=2023),
        ),
        parts("PmtInf", "instructions", _INSTRUCTION),
        envelopes(since=2012),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Pain013:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pain013 = read_message(document, _READERS)
    return message


def write(message: Pain013, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "CdtrPmtActvtnReq")
