"""pacs.009 FinancialInstitutionCreditTransfer: a bank's own transfer, also as cover, editions .02 to .12."""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import Account, Code, FinancialInstitution, Party, PaymentType, RemittanceInfo
from iso.messages.originals import agent
from iso.messages.pacs008 import Instruction
from iso.messages.pieces import ACCOUNT, CODE, EDITIONS, INSTITUTION, PARTY, PAYMENT_TYPE, REMITTANCE
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
    text,
    texts,
    token,
)
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pacs.009."))
DEFAULT_VERSION = "pacs.009.001.08"
_RENAMED = 2013


class UnderlyingTransfer(Struct, frozen=True, kw_only=True):
    """UndrlygCstmrCdtTrf: the customers' payment that the transfer covers."""

    ultimate_debtor: Party | None = None
    initiating_party: Party | None = None
    debtor: Party
    debtor_account: Account | None = None
    debtor_agent: FinancialInstitution
    debtor_agent_account: Account | None = None
    previous_agent_1: FinancialInstitution | None = None
    previous_agent_1_account: Account | None = None
    previous_agent_2: FinancialInstitution | None = None
    previous_agent_2_account: Account | None = None
    previous_agent_3: FinancialInstitution | None = None
    previous_agent_3_account: Account | None = None
    intermediary_agent_1: FinancialInstitution | None = None
    intermediary_agent_1_account: Account | None = None
    intermediary_agent_2: FinancialInstitution | None = None
    intermediary_agent_2_account: Account | None = None
    intermediary_agent_3: FinancialInstitution | None = None
    intermediary_agent_3_account: Account | None = None
    creditor_agent: FinancialInstitution
    creditor_agent_account: Account | None = None
    creditor: Party
    creditor_account: Account | None = None
    ultimate_creditor: Party | None = None
    instructions_creditor_agent: tuple[Instruction, ...] = ()
    instructions_next_agent: tuple[Instruction, ...] = ()
    remittance: RemittanceInfo | None = None
    instructed_amount: Amount | None = None


class InstitutionTransfer(Struct, frozen=True, kw_only=True):
    """CdtTrfTxInf: one transfer between institutions. Dates and times are the texts of the wire."""

    instruction_id: str | None = None
    end_to_end_id: str
    transaction_id: str | None = None
    uetr: str | None = None
    clearing_reference: str | None = None
    payment_type: PaymentType | None = None
    settlement_amount: Amount
    settlement_date: str | None = None
    settlement_priority: str | None = None
    debit_time: str | None = None
    credit_time: str | None = None
    cls_time: str | None = None
    till_time: str | None = None
    from_time: str | None = None
    reject_time: str | None = None
    expiry: str | None = None
    ilp_packet: str | None = None
    payment_signature: str | None = None
    previous_agent_1: FinancialInstitution | None = None
    previous_agent_1_account: Account | None = None
    previous_agent_2: FinancialInstitution | None = None
    previous_agent_2_account: Account | None = None
    previous_agent_3: FinancialInstitution | None = None
    previous_agent_3_account: Account | None = None
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    intermediary_agent_1: FinancialInstitution | None = None
    intermediary_agent_1_account: Account | None = None
    intermediary_agent_2: FinancialInstitution | None = None
    intermediary_agent_2_account: Account | None = None
    intermediary_agent_3: FinancialInstitution | None = None
    intermediary_agent_3_account: Account | None = None
    ultimate_debtor: FinancialInstitution | None = None
    debtor: FinancialInstitution
    debtor_account: Account | None = None
    debtor_agent: FinancialInstitution | None = None
    debtor_agent_account: Account | None = None
    creditor_agent: FinancialInstitution | None = None
    creditor_agent_account: Account | None = None
    creditor: FinancialInstitution
    creditor_account: Account | None = None
    ultimate_creditor: FinancialInstitution | None = None
    instructions_creditor_agent: tuple[Instruction, ...] = ()
    instructions_next_agent: tuple[Instruction, ...] = ()
    purpose: Code | None = None
    remittance_lines: tuple[str, ...] = ()
    underlying: UnderlyingTransfer | None = None
    supplementary: tuple[SupplementaryData, ...] = ()

    @property
    def accepted(self) -> str | None:
        """A transfer between institutions has no AccptncDtTm."""
        return None


class Pacs009(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    expiry: str | None = None
    batch_booking: bool | None = None
    number_of_transactions: str
    control_sum: str | None = None
    total_amount: Amount | None = None
    settlement_date: str | None = None
    settlement_method: str
    settlement_account: Account | None = None
    clearing_system: Code | None = None
    payment_type: PaymentType | None = None
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    transactions: tuple[InstitutionTransfer, ...]
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()

    @property
    def has_settlement_account(self) -> bool:
        """True if SttlmAcct is there."""
        return self.settlement_account is not None


def _instructions(*codes: str, since: int = 0) -> tuple[Step, ...]:
    """InstrForCdtrAgt, whose code list later editions opened, and InstrForNxtAgt."""
    listed = text("Cd", "code", fits=codes.__contains__)
    reach = text("Cd", "code", fits=("PHOA", "TELA").__contains__)
    free = text("InstrInf", "text")
    tag, field = "InstrForCdtrAgt", "instructions_creditor_agent"
    return (
        parts(tag, field, Shape(Instruction, (listed, free)), since=since, until=2019),
        parts(tag, field, Shape(Instruction, (text("Cd", "code"), free)), since=2020),
        parts("InstrForNxtAgt", "instructions_next_agent", Shape(Instruction, (reach, free)), since=since),
    )


def _transaction_id(transfer: InstitutionTransfer) -> str:
    # editions before 2019 demand TxId; 32 of a UETR's 36 characters are its digits
    return transfer.uetr.replace("-", "") if transfer.uetr else transfer.end_to_end_id


_TYPE = Shape(PaymentType, (*PAYMENT_TYPE.steps[:-1], part("CtgyPurp", "category_purpose", CODE, since=2010)))
_AGENTS_BEFORE = (
    *agent("PrvsInstgAgt", "previous_agent_1", until=2016),
    *agent("PrvsInstgAgt1", "previous_agent_1", since=2017),
    *agent("PrvsInstgAgt2", "previous_agent_2", since=2017),
    *agent("PrvsInstgAgt3", "previous_agent_3", since=2017),
)
_AGENTS_BETWEEN = (
    *agent("IntrmyAgt1", "intermediary_agent_1"),
    *agent("IntrmyAgt2", "intermediary_agent_2"),
    *agent("IntrmyAgt3", "intermediary_agent_3"),
)
_UNDERLYING = Shape(
    UnderlyingTransfer,
    (
        part("UltmtDbtr", "ultimate_debtor", PARTY),
        part("InitgPty", "initiating_party", PARTY),
        part("Dbtr", "debtor", PARTY),
        part("DbtrAcct", "debtor_account", ACCOUNT),
        *agent("DbtrAgt", "debtor_agent"),
        *_AGENTS_BEFORE,
        *_AGENTS_BETWEEN,
        *agent("CdtrAgt", "creditor_agent"),
        part("Cdtr", "creditor", PARTY),
        part("CdtrAcct", "creditor_account", ACCOUNT),
        part("UltmtCdtr", "ultimate_creditor", PARTY),
        *_instructions("CHQB", "HOLD", "PHOB", "TELB", since=2014),
        part("RmtInf", "remittance", REMITTANCE),
        amount("InstdAmt", "instructed_amount"),
    ),
)
_TRANSFER = Shape(
    InstitutionTransfer,
    (
        inside(
            "PmtId",
            text("InstrId", "instruction_id"),
            text("EndToEndId", "end_to_end_id"),
            text("TxId", "transaction_id", until=2018, fallback=_transaction_id),
            text("TxId", "transaction_id", since=2019),
            text("UETR", "uetr", since=2019),
            text("ClrSysRef", "clearing_reference"),
        ),
        part("PmtTpInf", "payment_type", _TYPE),
        amount("IntrBkSttlmAmt", "settlement_amount"),
        token("IntrBkSttlmDt", "settlement_date"),
        text("SttlmPrty", "settlement_priority"),
        inside("SttlmTmIndctn", token("DbtDtTm", "debit_time"), token("CdtDtTm", "credit_time")),
        inside(
            "SttlmTmReq",
            token("CLSTm", "cls_time"),
            token("TillTm", "till_time"),
            token("FrTm", "from_time"),
            token("RjctTm", "reject_time"),
        ),
        token("XpryDtTm", "expiry", since=2024),
        inside(
            "PmtSgntr",
            text("ILPV4", "ilp_packet"),
            text("Sgntr", "payment_signature", unless="ilp_packet"),
            since=2024,
        ),
        *_AGENTS_BEFORE,
        part("InstgAgt", "instructing_agent", INSTITUTION),
        part("InstdAgt", "instructed_agent", INSTITUTION),
        *_AGENTS_BETWEEN,
        part("UltmtDbtr", "ultimate_debtor", INSTITUTION),
        part("Dbtr", "debtor", INSTITUTION),
        part("DbtrAcct", "debtor_account", ACCOUNT),
        *agent("DbtrAgt", "debtor_agent"),
        *agent("CdtrAgt", "creditor_agent"),
        part("Cdtr", "creditor", INSTITUTION),
        part("CdtrAcct", "creditor_account", ACCOUNT),
        part("UltmtCdtr", "ultimate_creditor", INSTITUTION),
        *_instructions("PHOB", "TELB"),
        part("Purp", "purpose", CODE, since=2019),
        inside("RmtInf", texts("Ustrd", "remittance_lines", limit=140)),
        part("UndrlygCstmrCdtTrf", "underlying", _UNDERLYING),
        envelopes(since=2013),
    ),
)
_MESSAGE = Shape(
    Pacs009,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            token("XpryDtTm", "expiry", since=2024),
            flag("BtchBookg", "batch_booking"),
            text("NbOfTxs", "number_of_transactions"),
            token("CtrlSum", "control_sum"),
            amount("TtlIntrBkSttlmAmt", "total_amount"),
            token("IntrBkSttlmDt", "settlement_date"),
            inside(
                "SttlmInf",
                text("SttlmMtd", "settlement_method"),
                part("SttlmAcct", "settlement_account", ACCOUNT),
                part("ClrSys", "clearing_system", CODE),
            ),
            part("PmtTpInf", "payment_type", _TYPE),
            part("InstgAgt", "instructing_agent", INSTITUTION),
            part("InstdAgt", "instructed_agent", INSTITUTION),
        ),
        parts("CdtTrfTxInf", "transactions", _TRANSFER),
        envelopes(since=2012),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Pacs009:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pacs009 = read_message(document, _READERS)
    return message


def write(message: Pacs009, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    root = "FinInstnCdtTrf" if EDITIONS[version] < _RENAMED else "FICdtTrf"
    return write_document(_WRITERS[version], message, version, "Document", root)
