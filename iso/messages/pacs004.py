"""pacs.004 PaymentReturn: money that goes back, all of it or a part, editions .02 to .14."""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import Account, Charge, Code, FinancialInstitution, PaymentType, Reason
from iso.messages.originals import (
    ORIGINAL_GROUP,
    ORIGINAL_IDS,
    ORIGINAL_REFERENCE,
    PARTY_OR_AGENT,
    OriginalReference,
    PartyOrAgent,
)
from iso.messages.pieces import ACCOUNT, CHARGE, CODE, EDITIONS, INSTITUTION, PAYMENT_TYPE, REASON
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
    token,
)
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pacs.004."))
DEFAULT_VERSION = "pacs.004.001.09"
_WITH_ACCOUNTS = 2020
_WITH_TIMES = 2021


class ReturnChain(Struct, frozen=True, kw_only=True):
    """RtrChain: who gives back to whom, through which agents."""

    ultimate_debtor: PartyOrAgent | None = None
    debtor: PartyOrAgent
    debtor_account: Account | None = None
    initiating_party: PartyOrAgent | None = None
    debtor_agent: FinancialInstitution | None = None
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
    creditor_agent: FinancialInstitution | None = None
    creditor_agent_account: Account | None = None
    creditor: PartyOrAgent
    creditor_account: Account | None = None
    ultimate_creditor: PartyOrAgent | None = None


class ReturnedTransaction(Struct, frozen=True, kw_only=True):
    """TxInf: one payment that is returned; `returned_amount` (RtrdIntrBkSttlmAmt) is what is settled."""

    return_id: str | None = None
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
    payment_type: PaymentType | None = None
    returned_amount: Amount
    settlement_date: str | None = None
    settlement_priority: str | None = None
    debit_time: str | None = None
    credit_time: str | None = None
    cls_time: str | None = None
    till_time: str | None = None
    from_time: str | None = None
    reject_time: str | None = None
    returned_instructed_amount: Amount | None = None
    exchange_rate: str | None = None
    compensation: Amount | None = None
    charge_bearer: str | None = None
    charges: tuple[Charge, ...] = ()
    clearing_reference: str | None = None
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    chain: ReturnChain | None = None
    reasons: tuple[Reason, ...] = ()
    original: OriginalReference | None = None
    supplementary: tuple[SupplementaryData, ...] = ()

    @property
    def settlement_amount(self) -> Amount:
        """What is settled, under the name it has in other messages."""
        return self.returned_amount

    @property
    def accepted(self) -> str | None:
        """A return has no AccptncDtTm."""
        return None

    @property
    def expiry(self) -> str | None:
        """A return has no XpryDtTm."""
        return None

    @property
    def debtor_agent(self) -> FinancialInstitution | None:
        """Who gives back is told by InstgAgt; RtrChain may begin before it."""
        return None

    @property
    def creditor_agent(self) -> FinancialInstitution | None:
        """Who gets it is told by the original."""
        return None


class Pacs004(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    batch_booking: bool | None = None
    number_of_transactions: str
    control_sum: str | None = None
    group_return: bool | None = None
    total_amount: Amount | None = None
    settlement_date: str | None = None
    settlement_method: str
    settlement_account: Account | None = None
    clearing_system: Code | None = None
    payment_type: PaymentType | None = None
    instructing_agent: FinancialInstitution | None = None
    instructed_agent: FinancialInstitution | None = None
    original_message_id: str | None = None
    original_message_name: str | None = None
    original_created: str | None = None
    reasons: tuple[Reason, ...] = ()
    transactions: tuple[ReturnedTransaction, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()

    @property
    def expiry(self) -> str | None:
        """A return has no XpryDtTm."""
        return None

    @property
    def has_settlement_account(self) -> bool:
        """True if SttlmAcct is there."""
        return self.settlement_account is not None


def _agent(tag: str, field: str) -> tuple[Step, Step]:
    """An agent; editions before 2020 have no place for its account."""
    account = part(tag + "Acct", field + "_account", ACCOUNT, since=_WITH_ACCOUNTS)
    return part(tag, field, INSTITUTION), account


_CHAIN = Shape(
    ReturnChain,
    (
        part("UltmtDbtr", "ultimate_debtor", PARTY_OR_AGENT),
        part("Dbtr", "debtor", PARTY_OR_AGENT),
        part("DbtrAcct", "debtor_account", ACCOUNT, since=_WITH_ACCOUNTS),
        part("InitgPty", "initiating_party", PARTY_OR_AGENT),
        *_agent("DbtrAgt", "debtor_agent"),
        *_agent("PrvsInstgAgt1", "previous_agent_1"),
        *_agent("PrvsInstgAgt2", "previous_agent_2"),
        *_agent("PrvsInstgAgt3", "previous_agent_3"),
        *_agent("IntrmyAgt1", "intermediary_agent_1"),
        *_agent("IntrmyAgt2", "intermediary_agent_2"),
        *_agent("IntrmyAgt3", "intermediary_agent_3"),
        *_agent("CdtrAgt", "creditor_agent"),
        part("Cdtr", "creditor", PARTY_OR_AGENT),
        part("CdtrAcct", "creditor_account", ACCOUNT, since=_WITH_ACCOUNTS),
        part("UltmtCdtr", "ultimate_creditor", PARTY_OR_AGENT),
    ),
)
_TRANSACTION = Shape(
    ReturnedTransaction,
    (
        text("RtrId", "return_id"),
        ORIGINAL_GROUP,
        *ORIGINAL_IDS,
        text("OrgnlClrSysRef", "original_clearing_reference"),
        amount("OrgnlIntrBkSttlmAmt", "original_amount"),
        token("OrgnlIntrBkSttlmDt", "original_settlement_date", since=2019),
        part("PmtTpInf", "payment_type", PAYMENT_TYPE, since=_WITH_TIMES),
        amount("RtrdIntrBkSttlmAmt", "returned_amount"),
        token("IntrBkSttlmDt", "settlement_date"),
        text("SttlmPrty", "settlement_priority", since=2016),
        inside("SttlmTmIndctn", token("DbtDtTm", "debit_time"), token("CdtDtTm", "credit_time"), since=2019),
        inside(
            "SttlmTmReq",
            token("CLSTm", "cls_time"),
            token("TillTm", "till_time"),
            token("FrTm", "from_time"),
            token("RjctTm", "reject_time"),
            since=_WITH_TIMES,
        ),
        amount("RtrdInstdAmt", "returned_instructed_amount"),
        token("XchgRate", "exchange_rate"),
        amount("CompstnAmt", "compensation"),
        text("ChrgBr", "charge_bearer"),
        parts("ChrgsInf", "charges", CHARGE),
        text("ClrSysRef", "clearing_reference", since=2019),
        part("InstgAgt", "instructing_agent", INSTITUTION),
        part("InstdAgt", "instructed_agent", INSTITUTION),
        part("RtrChain", "chain", _CHAIN, since=2019),
        parts("RtrRsnInf", "reasons", REASON),
        part("OrgnlTxRef", "original", ORIGINAL_REFERENCE),
        envelopes(since=2013),
    ),
)
_MESSAGE = Shape(
    Pacs004,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            flag("BtchBookg", "batch_booking"),
            text("NbOfTxs", "number_of_transactions"),
            token("CtrlSum", "control_sum"),
            flag("GrpRtr", "group_return"),
            amount("TtlRtrdIntrBkSttlmAmt", "total_amount"),
            token("IntrBkSttlmDt", "settlement_date"),
            inside(
                "SttlmInf",
                text("SttlmMtd", "settlement_method"),
                part("SttlmAcct", "settlement_account", ACCOUNT),
                part("ClrSys", "clearing_system", CODE),
            ),
            part("PmtTpInf", "payment_type", PAYMENT_TYPE, since=_WITH_TIMES),
            part("InstgAgt", "instructing_agent", INSTITUTION),
            part("InstdAgt", "instructed_agent", INSTITUTION),
        ),
        inside(
            "OrgnlGrpInf",
            text("OrgnlMsgId", "original_message_id", required=True),
            text("OrgnlMsgNmId", "original_message_name", required=True),
            token("OrgnlCreDtTm", "original_created"),
            parts("RtrRsnInf", "reasons", REASON),
        ),
        parts("TxInf", "transactions", _TRANSACTION),
        envelopes(since=2012),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Pacs004:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pacs004 = read_message(document, _READERS)
    return message


def write(message: Pacs004, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "PmtRtr")
