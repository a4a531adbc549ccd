"""camt.005 GetTransaction: a question about payments, by ids, status, time and amount, editions .08 .09 .11."""

import msgspec
from lxml import etree
from msgspec import Struct

from iso.messages.cash import HEADER, MATCH, REQUEST_TYPE, Between, Match, period, requested
from iso.messages.fields import FinancialInstitution, Party
from iso.messages.pieces import EDITIONS, INSTITUTION, PARTY
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, flag, inside, part, parts, text, texts, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.005."))
DEFAULT_VERSION = "camt.005.001.11"

PLAIN, LONG, SHORT = "", "LngBizId", "ShrtBizId"
WITH_CURRENCY, IMPLIED = "CcyAndAmtRg", "ImpldCcyAndAmtRg"


class PaymentId(Struct, frozen=True):
    """PmtId: one payment by one of its ids; the long and short business ids may give several."""

    transaction_id: str | None = None
    uetr: str | None = None
    end_to_end_id: str | None = None
    proprietary: str | None = None
    settlement_date: str | None = None
    amount: str | None = None
    instructing: FinancialInstitution | None = None
    instructed: FinancialInstitution | None = None
    kind: str = PLAIN


class StatusSearch(Struct, frozen=True):
    """Sts: a status (pending, final or either) and when it was reached."""

    pending: str | None = None
    final: str | None = None
    either: str | None = None
    since: str | None = None
    until: str | None = None
    moments: Between | None = None


class DateSearch(Struct, frozen=True):
    """A day or a time: from, to, between two, exactly, or not."""

    since: str | None = None
    until: str | None = None
    moments: Between | None = None
    days: Between | None = None
    from_day: str | None = None
    to_day: str | None = None
    day: str | None = None
    not_day: str | None = None


class Bound(Struct, frozen=True):
    """An end of a range of amounts, and whether it belongs to it."""

    amount: str
    included: bool


class Bounds(Struct, frozen=True):
    """FrToAmt: both ends."""

    least: Bound
    most: Bound


class AmountRange(Struct, frozen=True):
    """Amounts from, to, between two, exactly, or not; without a currency, in any."""

    least: Bound | None = None
    most: Bound | None = None
    bounds: Bounds | None = None
    exactly: str | None = None
    other_than: str | None = None
    direction: str | None = None
    currency: str | None = None
    kind: str = WITH_CURRENCY


class Agents(Struct, frozen=True):
    """Pties: the agents of the payment that are looked for."""

    instructing: FinancialInstitution | None = None
    instructed: FinancialInstitution | None = None
    debtor_agent: FinancialInstitution | None = None
    creditor_agent: FinancialInstitution | None = None


class PaymentSearch(Struct, frozen=True, kw_only=True):
    """PmtSch: a payment fits if it fits everything that is given."""

    message_ids: tuple[str, ...] = ()
    execution: tuple[DateSearch, ...] = ()
    ids: tuple[PaymentId, ...] = ()
    statuses: tuple[StatusSearch, ...] = ()
    amounts: tuple[AmountRange, ...] = ()
    currencies: tuple[str, ...] = ()
    direction: str | None = None
    transaction_ids: tuple[str, ...] = ()
    uetrs: tuple[str, ...] = ()
    settlement_days: tuple[str, ...] = ()
    end_to_end_ids: tuple[str, ...] = ()
    agents: Agents | None = None


class Criterion(Struct, frozen=True, kw_only=True):
    """SchCrit: a search for payments, perhaps on some accounts."""

    payment: PaymentSearch | None = None
    accounts: tuple[Match, ...] = ()
    entry_amounts: tuple[AmountRange, ...] = ()
    entry_currencies: tuple[str, ...] = ()
    entry_direction: str | None = None
    entry_statuses: tuple[str, ...] = ()
    entry_days: tuple[DateSearch, ...] = ()
    account_owner: Party | None = None
    account_servicer: FinancialInstitution | None = None


class Returned(Struct, frozen=True):
    """PmtRtrCrit: which parts of a payment are wanted; where one is missing, it is told."""

    message_id: bool | None = None
    direction: bool | None = None
    settled: bool | None = None
    transaction_id: bool | None = None
    settlement_date: bool | None = None
    end_to_end_id: bool | None = None
    debtor_agent: bool | None = None
    creditor_agent: bool | None = None


class Camt005(Struct, frozen=True, kw_only=True):
    """The whole message. `query_name` names a search made before, whose next page is asked for."""

    message_id: str
    created: str | None = None
    payment_control: str | None = None
    enquiry: str | None = None
    request_type: str | None = None
    query_type: str | None = None
    query_name: str | None = None
    new_query_name: str | None = None
    criteria: tuple[Criterion, ...] = ()
    returned: Returned | None = None
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_IDS = (text("TxId", "transaction_id"), text("UETR", "uetr", since=2023))
_LONG = (
    *_IDS, text("IntrBkSttlmAmt", "amount"), token("IntrBkSttlmDt", "settlement_date"),
    part("InstgAgt", "instructing", INSTITUTION), part("InstdAgt", "instructed", INSTITUTION),
    text("EndToEndId", "end_to_end_id"),
)  # fmt: skip
_SHORT = (*_IDS, token("IntrBkSttlmDt", "settlement_date"), part("InstgAgt", "instructing", INSTITUTION))
_ID = Shape(
    PaymentId,
    (
        *(msgspec.structs.replace(step, when=("kind", PLAIN)) for step in _IDS),
        inside(LONG, *_LONG, when=("kind", LONG)),
        inside(SHORT, *_SHORT, when=("kind", SHORT)),
        text("PrtryId", "proprietary"),
    ),
)
_STATUS = Shape(
    StatusSearch,
    (
        inside("PmtInstrSts", text("PdgSts", "pending"), text("FnlSts", "final"), text("PdgAndFnlSts", "either")),
        period("PmtInstrStsDtTm"),
    ),
)
_DAYS = Shape(
    DateSearch,
    (
        period("DtTmSch"),
        inside(
            "DtSch",
            token("FrDt", "from_day"),
            token("ToDt", "to_day"),
            part("FrToDt", "days", Shape(Between, (token("FrDt", "least"), token("ToDt", "most")))),
            token("EQDt", "day"),
            token("NEQDt", "not_day"),
        ),
    ),
)
_BOUND = Shape(Bound, (token("BdryAmt", "amount"), flag("Incl", "included")))
_ENDS = (part("FrAmt", "least", _BOUND), part("ToAmt", "most", _BOUND))
_EXACT = (token("EQAmt", "exactly"), token("NEQAmt", "other_than"))
_RANGE = (
    inside("Amt", *_ENDS, part("FrToAmt", "bounds", Shape(Bounds, _ENDS)), *_EXACT),
    text("CdtDbtInd", "direction"),
)
_AMOUNTS = Shape(
    AmountRange,
    (
        inside(IMPLIED, *_RANGE, when=("kind", IMPLIED)),
        inside(WITH_CURRENCY, *_RANGE, text("Ccy", "currency"), when=("kind", WITH_CURRENCY)),
    ),
)
_AGENTS = Shape(
    Agents,
    (
        part("InstgAgt", "instructing", INSTITUTION),
        part("InstdAgt", "instructed", INSTITUTION),
        part("DbtrAgt", "debtor_agent", INSTITUTION),
        part("CdtrAgt", "creditor_agent", INSTITUTION),
    ),
)
_PAYMENT = Shape(
    PaymentSearch,
    (
        texts("MsgId", "message_ids"),
        parts("ReqdExctnDt", "execution", _DAYS),
        parts("PmtId", "ids", _ID),
        parts("Sts", "statuses", _STATUS),
        text("CdtDbtInd", "direction"),
        parts("IntrBkSttlmAmt", "amounts", _AMOUNTS),
        texts("IntrBkSttlmAmtCcy", "currencies"),
        texts("TxId", "transaction_ids"),
        texts("UETR", "uetrs", since=2023),
        texts("IntrBkSttlmDt", "settlement_days"),
        texts("EndToEndId", "end_to_end_ids"),
        part("Pties", "agents", _AGENTS),
    ),
)
_CRITERION = Shape(
    Criterion,
    (
        part("PmtSch", "payment", _PAYMENT),
        inside(
            "AcctNtrySch",
            parts("AcctId", "accounts", MATCH),
            parts("NtryAmt", "entry_amounts", _AMOUNTS),
            texts("NtryAmtCcy", "entry_currencies"),
            text("CdtDbtInd", "entry_direction"),
            texts("NtrySts", "entry_statuses"),
            parts("NtryDt", "entry_days", _DAYS),
            part("AcctOwnr", "account_owner", PARTY),
            part("AcctSvcr", "account_servicer", INSTITUTION),
        ),
    ),
)
_RETURNED = Shape(
    Returned,
    (
        requested("MsgIdInd", "message_id"),
        requested("CdtDbtInd", "direction"),
        requested("IntrBkSttlmAmtInd", "settled"),
        requested("TxIdInd", "transaction_id"),
        requested("IntrBkSttlmDtInd", "settlement_date"),
        requested("EndToEndIdInd", "end_to_end_id"),
        requested("DbtrAgtInd", "debtor_agent"),
        requested("CdtrAgtInd", "creditor_agent"),
    ),
)
_MESSAGE = Shape(
    Camt005,
    (
        inside("MsgHdr", *HEADER, REQUEST_TYPE),
        inside(
            "TxQryDef",
            text("QryTp", "query_type"),
            inside(
                "TxCrit",
                text("QryNm", "query_name"),
                inside(
                    "NewCrit",
                    text("NewQryNm", "new_query_name"),
                    parts("SchCrit", "criteria", _CRITERION),
                    inside("RtrCrit", part("PmtRtrCrit", "returned", _RETURNED)),
                ),
            ),
        ),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt005:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt005 = read_message(document, _READERS)
    return message


def write(message: Camt005, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "GetTx")
