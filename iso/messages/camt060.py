"""camt.060 AccountReportingRequest: a participant asks for reports, editions .03 to .07."""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import Account, FinancialInstitution, Party
from iso.messages.pieces import ACCOUNT, EDITIONS, INSTITUTION, PARTY
from iso.messages.reading import Reader, read_message
from iso.messages.shape import (
    Amount,
    Shape,
    SupplementaryData,
    amount,
    envelopes,
    inside,
    part,
    parts,
    text,
    texts,
    token,
)
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.060."))
DEFAULT_VERSION = "camt.060.001.05"


class Sequences(Struct, frozen=True):
    """FrToSeq: reports by their numbers, from and to."""

    first: str
    last: str


class BalanceType(Struct, frozen=True):
    """ReqdBalTp."""

    code: str | None = None
    proprietary: str | None = None


class FloorLimit(Struct, frozen=True):
    """FlrLmt: the least amount of an entry that is wanted; `side` is CRED, DEBT or BOTH."""

    amount: Amount
    side: str


class Requested(Struct, frozen=True, kw_only=True):
    """RptgReq: which report, of which account, of which time; times of day are those of the first and last day."""

    message_name: str
    id: str | None = None
    account: Account | None = None
    owner: Party | None = None
    owner_agent: FinancialInstitution | None = None
    servicer: FinancialInstitution | None = None
    from_day: str | None = None
    to_day: str | None = None
    from_time: str | None = None
    to_time: str | None = None
    query_type: str | None = None
    from_sequence: str | None = None
    to_sequence: str | None = None
    ranges: tuple[Sequences, ...] = ()
    sequences: tuple[str, ...] = ()
    not_sequences: tuple[str, ...] = ()
    entry_status: str | None = None
    entry_direction: str | None = None
    floors: tuple[FloorLimit, ...] = ()
    balances: tuple[BalanceType, ...] = ()


class Camt060(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    sender: Party | None = None
    sender_agent: FinancialInstitution | None = None
    requests: tuple[Requested, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_RANGE = Shape(Sequences, (text("FrSeq", "first"), text("ToSeq", "last")))
_BALANCE = Shape(
    BalanceType, (inside("CdOrPrtry", text("Cd", "code"), text("Prtry", "proprietary", unless="code")),)
)  # fmt: skip
_FLOOR = Shape(FloorLimit, (amount("Amt", "amount"), text("CdtDbtInd", "side")))
_REQUEST = Shape(
    Requested,
    (
        text("Id", "id"),
        text("ReqdMsgNmId", "message_name"),
        part("Acct", "account", ACCOUNT),
        inside("AcctOwnr", part("Pty", "owner", PARTY), part("Agt", "owner_agent", INSTITUTION, unless="owner")),
        part("AcctSvcr", "servicer", INSTITUTION),
        inside(
            "RptgPrd",
            inside("FrToDt", token("FrDt", "from_day"), token("ToDt", "to_day")),
            inside("FrToTm", token("FrTm", "from_time"), token("ToTm", "to_time")),
            text("Tp", "query_type"),
        ),
        inside(
            "RptgSeq",
            text("FrSeq", "from_sequence"),
            text("ToSeq", "to_sequence"),
            parts("FrToSeq", "ranges", _RANGE),
            texts("EQSeq", "sequences"),
            texts("NEQSeq", "not_sequences"),
            since=2018,
        ),
        inside(
            "ReqdTxTp",
            text("Sts", "entry_status", until=2017),
            inside("Sts", text("Cd", "entry_status"), since=2018),
            text("CdtDbtInd", "entry_direction"),
            parts("FlrLmt", "floors", _FLOOR),
        ),
        parts("ReqdBalTp", "balances", _BALANCE),
    ),
)
_MESSAGE = Shape(
    Camt060,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            inside("MsgSndr", part("Pty", "sender", PARTY), part("Agt", "sender_agent", INSTITUTION, unless="sender")),
        ),
        parts("RptgReq", "requests", _REQUEST),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt060:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt060 = read_message(document, _READERS)
    return message


def write(message: Camt060, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "AcctRptgReq")
