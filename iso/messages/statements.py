"""What camt.052, camt.053 and camt.054 share: reports of one account with balances, sums and entries, .02 to .14.

The three differ in the names of a few elements only (`shape_of`), so each has a module of its own that is small.
"""

from msgspec import Struct

from iso.messages.fields import Account, Code, FinancialInstitution, Party
from iso.messages.pieces import ACCOUNT, CODE, INSTITUTION, PARTY
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

_CHOICE_OF_STATUS = 2018


class StatementAccount(Account, frozen=True):
    """Acct: the account with its owner and the one that keeps it."""

    owner: Party | None = None
    servicer: FinancialInstitution | None = None


class Balance(Struct, frozen=True, kw_only=True):
    """Bal: never negative; DBIT means that the owner owes it. `sub_type` INTM marks one between two pages."""

    code: str | None = None
    proprietary: str | None = None
    sub_type: str | None = None
    sub_type_proprietary: str | None = None
    amount: Amount
    direction: str
    date: str | None = None
    moment: str | None = None


class Summary(Struct, frozen=True, kw_only=True):
    """TxsSummry: how many entries, their sum, what is left of it, and the same for credits and debits."""

    count: str | None = None
    total: str | None = None
    net: str | None = None
    net_direction: str | None = None
    credit_count: str | None = None
    credit_total: str | None = None
    debit_count: str | None = None
    debit_total: str | None = None


class TransactionCode(Struct, frozen=True):
    """BkTxCd: domain, family and sub-family of the ISO list, and the servicer's own code."""

    domain: str | None = None
    family: str | None = None
    sub_family: str | None = None
    proprietary: str | None = None
    issuer: str | None = None


class Transaction(Struct, frozen=True, kw_only=True):
    """TxDtls: one payment of an entry by its references and agents."""

    message_id: str | None = None
    servicer_reference: str | None = None
    payment_information_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    transaction_id: str | None = None
    mandate_id: str | None = None
    clearing_reference: str | None = None
    amount: Amount | None = None
    direction: str | None = None
    code: TransactionCode | None = None
    debtor_agent: FinancialInstitution | None = None
    creditor_agent: FinancialInstitution | None = None
    purpose: Code | None = None
    additional: str | None = None


class EntryDetails(Struct, frozen=True, kw_only=True):
    """NtryDtls: the payments of an entry, or of a batch how many there are."""

    batch_message_id: str | None = None
    batch_count: str | None = None
    transactions: tuple[Transaction, ...] = ()


class Entry(Struct, frozen=True, kw_only=True):
    """Ntry: one booking, or one that is reserved (status PDNG)."""

    reference: str | None = None
    amount: Amount
    direction: str
    reversal: bool | None = None
    status: str | None = None
    status_proprietary: str | None = None
    booking_date: str | None = None
    booking_moment: str | None = None
    value_date: str | None = None
    value_moment: str | None = None
    servicer_reference: str | None = None
    code: TransactionCode | None = None
    details: tuple[EntryDetails, ...] = ()
    additional: str | None = None


class Statement(Struct, frozen=True, kw_only=True):
    """Rpt, Stmt or Ntfctn: one account in one time. `copy` is CpyDplctInd."""

    id: str
    page: str | None = None
    last_page: bool | None = None
    sequence: str | None = None
    legal_sequence: str | None = None
    created: str | None = None
    since: str | None = None
    until: str | None = None
    copy: str | None = None
    account: StatementAccount
    balances: tuple[Balance, ...] = ()
    summary: Summary | None = None
    entries: tuple[Entry, ...] = ()
    additional: str | None = None


class Report(Struct, frozen=True, kw_only=True):
    """The whole message, whichever of the three. `definition`: the version it was read from."""

    message_id: str
    created: str
    recipient: Party | None = None
    page: str | None = None
    last_page: bool | None = None
    query_message_id: str | None = None
    query_message_name: str | None = None
    query_created: str | None = None
    additional: str | None = None
    statements: tuple[Statement, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = ""
    untyped: tuple[str, ...] = ()


_BALANCE = Shape(
    Balance,
    (
        inside(
            "Tp",
            inside("CdOrPrtry", text("Cd", "code"), text("Prtry", "proprietary", unless="code")),
            inside("SubTp", text("Cd", "sub_type"), text("Prtry", "sub_type_proprietary", unless="sub_type")),
        ),
        amount("Amt", "amount"),
        text("CdtDbtInd", "direction"),
        inside("Dt", token("Dt", "date"), token("DtTm", "moment", unless="date")),
    ),
)
_SUMMARY = Shape(
    Summary,
    (
        inside(
            "TtlNtries",
            text("NbOfNtries", "count"),
            token("Sum", "total"),
            token("TtlNetNtryAmt", "net", until=2012),
            text("CdtDbtInd", "net_direction", until=2012),
            inside("TtlNetNtry", token("Amt", "net"), text("CdtDbtInd", "net_direction"), since=2013),
        ),
        inside("TtlCdtNtries", text("NbOfNtries", "credit_count"), token("Sum", "credit_total")),
        inside("TtlDbtNtries", text("NbOfNtries", "debit_count"), token("Sum", "debit_total")),
    ),
)
_CODE = Shape(
    TransactionCode,
    (
        inside(
            "Domn",
            text("Cd", "domain", required=True),
            inside("Fmly", text("Cd", "family", required=True), text("SubFmlyCd", "sub_family", required=True)),
        ),
        inside("Prtry", text("Cd", "proprietary", required=True), text("Issr", "issuer")),
    ),
)
_TRANSACTION = Shape(
    Transaction,
    (
        inside(
            "Refs",
            text("MsgId", "message_id"),
            text("AcctSvcrRef", "servicer_reference"),
            text("PmtInfId", "payment_information_id"),
            text("InstrId", "instruction_id"),
            text("EndToEndId", "end_to_end_id"),
            text("UETR", "uetr", since=2019),
            text("TxId", "transaction_id"),
            text("MndtId", "mandate_id"),
            text("ClrSysRef", "clearing_reference"),
        ),
        amount("Amt", "amount", since=2012),
        text("CdtDbtInd", "direction", since=2012),
        part("BkTxCd", "code", _CODE),
        inside(
            "RltdAgts", part("DbtrAgt", "debtor_agent", INSTITUTION), part("CdtrAgt", "creditor_agent", INSTITUTION)
        ),
        part("Purp", "purpose", CODE),
        text("AddtlTxInf", "additional", limit=500, cut=True),
    ),
)
_DETAILS = Shape(
    EntryDetails,
    (
        inside("Btch", text("MsgId", "batch_message_id"), text("NbOfTxs", "batch_count")),
        parts("TxDtls", "transactions", _TRANSACTION),
    ),
)
_ENTRY = Shape(
    Entry,
    (
        text("NtryRef", "reference"),
        amount("Amt", "amount"),
        text("CdtDbtInd", "direction"),
        flag("RvslInd", "reversal"),
        text("Sts", "status", until=_CHOICE_OF_STATUS - 1),
        inside(
            "Sts", text("Cd", "status"), text("Prtry", "status_proprietary", unless="status"), since=_CHOICE_OF_STATUS
        ),
        inside("BookgDt", token("Dt", "booking_date"), token("DtTm", "booking_moment", unless="booking_date")),
        inside("ValDt", token("Dt", "value_date"), token("DtTm", "value_moment", unless="value_date")),
        text("AcctSvcrRef", "servicer_reference"),
        part("BkTxCd", "code", _CODE, required=True),
        parts("NtryDtls", "details", _DETAILS),
        text("AddtlNtryInf", "additional", limit=500, cut=True),
    ),
)
_ACCOUNT = Shape(
    StatementAccount, (*ACCOUNT.steps, part("Ownr", "owner", PARTY), part("Svcr", "servicer", INSTITUTION))
)


def _pages(tag: str, **editions: int) -> Step:
    return inside(
        tag, text("PgNb", "page", required=True), flag("LastPgInd", "last_page"), **editions
    )  # fmt: skip


def shape_of(message: type[Report], element: str, pagination: str, additional: str) -> Shape:
    """The shape of one of the three: what its report is called, its pages, and its text."""
    steps: tuple[Step, ...] = (
        text("Id", "id"),
        _pages(pagination, since=2012),
        token("ElctrncSeqNb", "sequence"),
        token("LglSeqNb", "legal_sequence"),
        token("CreDtTm", "created"),
        inside("FrToDt", token("FrDtTm", "since", required=True), token("ToDtTm", "until", required=True)),
        text("CpyDplctInd", "copy"),
        part("Acct", "account", _ACCOUNT),
        parts("Bal", "balances", _BALANCE),
        part("TxsSummry", "summary", _SUMMARY),
        parts("Ntry", "entries", _ENTRY),
        text(additional, "additional", limit=500, cut=True),
    )
    if element == "Ntfctn":
        # a notification has no balances
        steps = tuple(step for step in steps if step.tag != "Bal")
    return Shape(
        message,
        (
            inside(
                "GrpHdr",
                text("MsgId", "message_id"),
                token("CreDtTm", "created"),
                part("MsgRcpt", "recipient", PARTY),
                _pages("MsgPgntn"),
                inside(
                    "OrgnlBizQry",
                    text("MsgId", "query_message_id", required=True),
                    text("MsgNmId", "query_message_name"),
                    token("CreDtTm", "query_created"),
                    since=2012,
                ),
                text("AddtlInf", "additional", limit=500, cut=True),
            ),
            parts(element, "statements", Shape(Statement, steps)),
            envelopes(since=2012),
        ),
    )
