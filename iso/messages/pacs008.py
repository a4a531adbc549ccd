"""pacs.008 FIToFICustomerCreditTransfer: a bank's credit transfer, editions .02 to .13."""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import (
    Account,
    Charge,
    Code,
    FinancialInstitution,
    Party,
    PaymentType,
    RemittanceInfo,
)
from iso.messages.pieces import ACCOUNT, CHARGE, CODE, EDITIONS, INSTITUTION, PARTY, PAYMENT_TYPE, REMITTANCE
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

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pacs.008."))
DEFAULT_VERSION = "pacs.008.001.08"


class Instruction(Struct, frozen=True):
    """InstrForCdtrAgt or InstrForNxtAgt."""

    code: str | None = None
    text: str | None = None


class RegulatoryDetail(Struct, frozen=True):
    """RgltryRptg/Dtls."""

    type: str | None = None
    date: str | None = None
    country: str | None = None
    code: str | None = None
    amount: Amount | None = None
    info: tuple[str, ...] = ()


class RegulatoryReport(Struct, frozen=True):
    """RgltryRptg."""

    indicator: str | None = None
    authority_name: str | None = None
    authority_country: str | None = None
    details: tuple[RegulatoryDetail, ...] = ()


class CreditTransfer(Struct, frozen=True, kw_only=True):
    """CdtTrfTxInf: one payment. Dates and times are the texts of the wire."""

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
    accepted: str | None = None
    pooling_date: str | None = None
    expiry: str | None = None
    instructed_amount: Amount | None = None
    exchange_rate: str | None = None
    charge_bearer: str
    charges: tuple[Charge, ...] = ()
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
    ultimate_debtor: Party | None = None
    initiating_party: Party | None = None
    debtor: Party
    debtor_account: Account | None = None
    debtor_agent: FinancialInstitution
    debtor_agent_account: Account | None = None
    creditor_agent: FinancialInstitution
    creditor_agent_account: Account | None = None
    creditor: Party
    creditor_account: Account | None = None
    ultimate_creditor: Party | None = None
    instructions_creditor_agent: tuple[Instruction, ...] = ()
    instructions_next_agent: tuple[Instruction, ...] = ()
    purpose: Code | None = None
    regulatory: tuple[RegulatoryReport, ...] = ()
    remittance: RemittanceInfo | None = None
    supplementary: tuple[SupplementaryData, ...] = ()


class Pacs008(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    batch_booking: bool | None = None
    number_of_transactions: str
    control_sum: str | None = None
    total_amount: Amount | None = None
    settlement_date: str | None = None
    expiry: str | None = None
    settlement_method: str
    settlement_account: Account | None = None
    clearing_system: Code | None = None
    payment_type: PaymentType | None = None
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    transactions: tuple[CreditTransfer, ...]
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()

    @property
    def has_settlement_account(self) -> bool:
        """True if SttlmAcct is there."""
        return self.settlement_account is not None


def _agent(tag: str, field: str, **options: int) -> tuple[Step, Step]:
    """An agent and its account (the same element name with Acct)."""
    return part(tag, field, INSTITUTION, **options), part(tag + "Acct", field + "_account", ACCOUNT, **options)


def _transaction_id(transfer: CreditTransfer) -> str:
    # .02 demands TxId; 32 of a UETR's 36 characters are its digits
    return transfer.uetr.replace("-", "") if transfer.uetr else transfer.end_to_end_id


_CREDITOR_AGENT_CODES = frozenset({"CHQB", "HOLD", "PHOB", "TELB"})
INSTRUCTION_2019 = Shape(
    Instruction, (text("Cd", "code", fits=_CREDITOR_AGENT_CODES.__contains__), text("InstrInf", "text"))
)
INSTRUCTION_2020 = Shape(Instruction, (text("Cd", "code"), text("InstrInf", "text")))
_DETAIL = Shape(
    RegulatoryDetail,
    (
        text("Tp", "type"),
        token("Dt", "date"),
        text("Ctry", "country"),
        text("Cd", "code"),
        amount("Amt", "amount"),
        texts("Inf", "info", limit=35),
    ),
)
_REGULATED = (
    inside("Authrty", text("Nm", "authority_name"), text("Ctry", "authority_country")),
    parts("Dtls", "details", _DETAIL),
)
REGULATORY = Shape(RegulatoryReport, (text("DbtCdtRptgInd", "indicator"), *_REGULATED))
REGULATORY_2024 = Shape(RegulatoryReport, (text("DbtCdtRptgInd", "indicator", required=True), *_REGULATED))
_TRANSFER = Shape(
    CreditTransfer,
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
        part("PmtTpInf", "payment_type", PAYMENT_TYPE),
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
        token("AccptncDtTm", "accepted", until=2023),
        token("PoolgAdjstmntDt", "pooling_date", until=2023),
        inside(
            "AddtlDtTm",
            token("AccptncDtTm", "accepted"),
            token("PoolgAdjstmntDt", "pooling_date"),
            token("XpryDtTm", "expiry"),
            since=2024,
        ),
        amount("InstdAmt", "instructed_amount"),
        token("XchgRate", "exchange_rate"),
        text("ChrgBr", "charge_bearer"),
        parts("ChrgsInf", "charges", CHARGE),
        inside(
            "PmtSgntr",
            text("ILPV4", "ilp_packet"),
            text("Sgntr", "payment_signature", unless="ilp_packet"),
            since=2024,
        ),
        *_agent("PrvsInstgAgt", "previous_agent_1", until=2016),
        *_agent("PrvsInstgAgt1", "previous_agent_1", since=2017),
        *_agent("PrvsInstgAgt2", "previous_agent_2", since=2017),
        *_agent("PrvsInstgAgt3", "previous_agent_3", since=2017),
        part("InstgAgt", "instructing_agent", INSTITUTION),
        part("InstdAgt", "instructed_agent", INSTITUTION),
        *_agent("IntrmyAgt1", "intermediary_agent_1"),
        *_agent("IntrmyAgt2", "intermediary_agent_2"),
        *_agent("IntrmyAgt3", "intermediary_agent_3"),
        part("UltmtDbtr", "ultimate_debtor", PARTY),
        part("InitgPty", "initiating_party", PARTY),
        part("Dbtr", "debtor", PARTY),
        part("DbtrAcct", "debtor_account", ACCOUNT),
        *_agent("DbtrAgt", "debtor_agent"),
        *_agent("CdtrAgt", "creditor_agent"),
        part("Cdtr", "creditor", PARTY),
        part("CdtrAcct", "creditor_account", ACCOUNT),
        part("UltmtCdtr", "ultimate_creditor", PARTY),
        parts("InstrForCdtrAgt", "instructions_creditor_agent", INSTRUCTION_2019, until=2019),
        parts("InstrForCdtrAgt", "instructions_creditor_agent", INSTRUCTION_2020, since=2020),
        parts(
            "InstrForNxtAgt",
            "instructions_next_agent",
            Shape(Instruction, (text("Cd", "code", fits=("PHOA", "TELA").__contains__), text("InstrInf", "text"))),
        ),
        part("Purp", "purpose", CODE),
        parts("RgltryRptg", "regulatory", REGULATORY, most=10),
        part("RmtInf", "remittance", REMITTANCE),
        envelopes(since=2013),
    ),
)
_MESSAGE = Shape(
    Pacs008,
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
            part("PmtTpInf", "payment_type", PAYMENT_TYPE),
            part("InstgAgt", "instructing_agent", INSTITUTION),
            part("InstdAgt", "instructed_agent", INSTITUTION),
        ),
        parts("CdtTrfTxInf", "transactions", _TRANSFER),
        envelopes(since=2012),
    ),
)
READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
"""Version -> its reader."""
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Pacs008:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pacs008 = read_message(document, READERS)
    return message


def write(message: Pacs008, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "FIToFICstmrCdtTrf")
