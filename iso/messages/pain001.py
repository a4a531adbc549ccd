"""pain.001 CustomerCreditTransferInitiation: a customer's order to pay, editions .03 to .13.

A message is a group of payment instructions (PmtInf: one debtor account, one day), each with its transactions.
"""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import Account, Code, FinancialInstitution, Party, PaymentType, RemittanceInfo
from iso.messages.pacs008 import (
    INSTRUCTION_2019,
    INSTRUCTION_2020,
    REGULATORY,
    REGULATORY_2024,
    Instruction,
    RegulatoryReport,
)
from iso.messages.pieces import ACCOUNT, CODE, EDITIONS, INSTITUTION, PARTY, PAYMENT_TYPE, REMITTANCE, account_id
from iso.messages.reading import Reader, read_message
from iso.messages.shape import (
    Amount,
    Shape,
    Step,
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

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pain.001."))
DEFAULT_VERSION = "pain.001.001.09"


class CreditTransfer(Struct, frozen=True, kw_only=True):
    """CdtTrfTxInf: one payment. `equivalent` (EqvtAmt) is an amount of the debtor's currency to be paid in another."""

    instruction_id: str | None = None
    end_to_end_id: str
    uetr: str | None = None
    payment_type: PaymentType | None = None
    amount: Amount | None = None
    equivalent: Amount | None = None
    equivalent_in: str | None = None
    rate_unit: str | None = None
    rate: str | None = None
    rate_type: str | None = None
    contract: str | None = None
    charge_bearer: str | None = None
    cheque: bool = False
    ultimate_debtor: Party | None = None
    intermediary_agent_1: FinancialInstitution | None = None
    intermediary_agent_1_account: Account | None = None
    intermediary_agent_2: FinancialInstitution | None = None
    intermediary_agent_2_account: Account | None = None
    intermediary_agent_3: FinancialInstitution | None = None
    intermediary_agent_3_account: Account | None = None
    creditor_agent: FinancialInstitution | None = None
    creditor_agent_account: Account | None = None
    creditor: Party | None = None
    creditor_account: Account | None = None
    ultimate_creditor: Party | None = None
    instructions_creditor_agent: tuple[Instruction, ...] = ()
    instruction_debtor_agent_code: str | None = None
    instruction_debtor_agent: str | None = None
    purpose: Code | None = None
    regulatory: tuple[RegulatoryReport, ...] = ()
    remittance: RemittanceInfo | None = None
    supplementary: tuple[SupplementaryData, ...] = ()


class PaymentInstruction(Struct, frozen=True, kw_only=True):
    """PmtInf: transactions of one debtor account on one day (`execution_date`, or a moment in `execution_time`)."""

    payment_information_id: str
    payment_method: str
    batch_booking: bool | None = None
    number_of_transactions: str | None = None
    control_sum: str | None = None
    payment_type: PaymentType | None = None
    execution_date: str | None = None
    execution_time: str | None = None
    pooling_date: str | None = None
    debtor: Party
    debtor_account: Account
    debtor_agent: FinancialInstitution
    debtor_agent_account: Account | None = None
    instruction_debtor_agent: str | None = None
    ultimate_debtor: Party | None = None
    charge_bearer: str | None = None
    charges_account: Account | None = None
    charges_agent: FinancialInstitution | None = None
    transactions: tuple[CreditTransfer, ...] = ()


class GroupHeader(Struct, frozen=True, kw_only=True):
    """GrpHdr."""

    message_id: str
    created: str
    number_of_transactions: str
    control_sum: str | None = None
    initiating_party: Party
    forwarding_agent: FinancialInstitution | None = None


class Pain001(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    header: GroupHeader
    instructions: tuple[PaymentInstruction, ...]
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()

    @property
    def message_id(self) -> str:
        """MsgId."""
        return self.header.message_id


def _agent(tag: str, field: str) -> tuple[Step, Step]:
    """An agent and its account (the same element name with Acct)."""
    return part(tag, field, INSTITUTION), part(tag + "Acct", field + "_account", ACCOUNT)


def _day(instruction: PaymentInstruction) -> str | None:
    """Editions before 2017 know a day only."""
    return instruction.execution_time.partition("T")[0] if instruction.execution_time else None


def _number(account: Account) -> str | None:
    # editions before 2021 demand a number of the debtor's account
    return None if account.iban else account.proxy_id or "NOTPROVIDED"


_DEBTOR_ACCOUNT = Shape(
    Account,
    (
        account_id(until=2020, required=True, inner={"fallback": _number, "limit": 34, "cut": True}),
        *ACCOUNT.steps[1:],
    ),
)
TRANSFER = Shape(
    CreditTransfer,
    (
        inside(
            "PmtId",
            text("InstrId", "instruction_id"),
            text("EndToEndId", "end_to_end_id"),
            text("UETR", "uetr", since=2019),
        ),
        part("PmtTpInf", "payment_type", PAYMENT_TYPE),
        inside(
            "Amt",
            amount("InstdAmt", "amount"),
            inside("EqvtAmt", amount("Amt", "equivalent", required=True), text("CcyOfTrf", "equivalent_in")),
        ),
        inside(
            "XchgRateInf",
            text("UnitCcy", "rate_unit", since=2012),
            token("XchgRate", "rate"),
            text("RateTp", "rate_type"),
            text("CtrctId", "contract"),
        ),
        text("ChrgBr", "charge_bearer"),
        seen("ChqInstr", "cheque"),
        part("UltmtDbtr", "ultimate_debtor", PARTY),
        *_agent("IntrmyAgt1", "intermediary_agent_1"),
        *_agent("IntrmyAgt2", "intermediary_agent_2"),
        *_agent("IntrmyAgt3", "intermediary_agent_3"),
        *_agent("CdtrAgt", "creditor_agent"),
        part("Cdtr", "creditor", PARTY),
        part("CdtrAcct", "creditor_account", ACCOUNT),
        part("UltmtCdtr", "ultimate_creditor", PARTY),
        parts("InstrForCdtrAgt", "instructions_creditor_agent", INSTRUCTION_2019, until=2019),
        parts("InstrForCdtrAgt", "instructions_creditor_agent", INSTRUCTION_2020, since=2020),
        text("InstrForDbtrAgt", "instruction_debtor_agent", until=2019),
        inside(
            "InstrForDbtrAgt",
            text("Cd", "instruction_debtor_agent_code"),
            text("InstrInf", "instruction_debtor_agent"),
            since=2020,
        ),
        part("Purp", "purpose", CODE),
        parts("RgltryRptg", "regulatory", REGULATORY, most=10, until=2023),
        parts("RgltryRptg", "regulatory", REGULATORY_2024, most=10, since=2024),
        part("RmtInf", "remittance", REMITTANCE),
        envelopes(since=2013),
    ),
)
_BEFORE_TRANSFERS = (
    text("PmtInfId", "payment_information_id"),
    text("PmtMtd", "payment_method"),
    flag("BtchBookg", "batch_booking"),
    text("NbOfTxs", "number_of_transactions"),
    token("CtrlSum", "control_sum"),
    part("PmtTpInf", "payment_type", PAYMENT_TYPE),
    token("ReqdExctnDt", "execution_date", until=2016, fallback=_day),
    inside(
        "ReqdExctnDt",
        token("Dt", "execution_date"),
        token("DtTm", "execution_time", unless="execution_date"),
        since=2017,
    ),
    token("PoolgAdjstmntDt", "pooling_date"),
    part("Dbtr", "debtor", PARTY),
    part("DbtrAcct", "debtor_account", _DEBTOR_ACCOUNT),
    *_agent("DbtrAgt", "debtor_agent"),
    text("InstrForDbtrAgt", "instruction_debtor_agent", since=2012),
    part("UltmtDbtr", "ultimate_debtor", PARTY),
    text("ChrgBr", "charge_bearer"),
    part("ChrgsAcct", "charges_account", ACCOUNT),
    part("ChrgsAcctAgt", "charges_agent", INSTITUTION),
)
_HEADER = Shape(
    GroupHeader,
    (
        text("MsgId", "message_id"),
        token("CreDtTm", "created"),
        text("NbOfTxs", "number_of_transactions"),
        token("CtrlSum", "control_sum"),
        part("InitgPty", "initiating_party", PARTY),
        part("FwdgAgt", "forwarding_agent", INSTITUTION),
    ),
)
_INSTRUCTION = Shape(PaymentInstruction, (*_BEFORE_TRANSFERS, parts("CdtTrfTxInf", "transactions", TRANSFER)))
_MESSAGE = Shape(
    Pain001,
    (part("GrpHdr", "header", _HEADER), parts("PmtInf", "instructions", _INSTRUCTION), envelopes(since=2012)),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


_PARTS = {
    name: tuple(Reader(shape, name, EDITIONS[name]) for shape in (_HEADER, _INSTRUCTION, TRANSFER)) for name in VERSIONS
}


def read(document: etree._Element) -> Pain001:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pain001 = read_message(document, _READERS)
    return message


def read_header(element: etree._Element, definition: str) -> GroupHeader:
    """A GrpHdr by itself."""
    header: GroupHeader = _PARTS[definition][0].read_part(element)
    return header


def read_instruction(element: etree._Element, definition: str) -> PaymentInstruction:
    """A PmtInf by itself, with the transactions that it has there."""
    instruction: PaymentInstruction = _PARTS[definition][1].read_part(element)
    return instruction


def read_transfer(element: etree._Element, definition: str) -> CreditTransfer:
    """A CdtTrfTxInf by itself."""
    transfer: CreditTransfer = _PARTS[definition][2].read_part(element)
    return transfer


def write(message: Pain001, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "CstmrCdtTrfInitn")
