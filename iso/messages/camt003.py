"""camt.003 GetAccount: a question about accounts and their balances, editions .07 .08."""

from lxml import etree
from msgspec import Struct

from iso.messages.cash import CODE, HEADER, MATCH, REQUEST_TYPE, Match, requested
from iso.messages.fields import Code, FinancialInstitution, Party
from iso.messages.pieces import EDITIONS, INSTITUTION, PARTY
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, inside, part, parts, text, texts
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.003."))
DEFAULT_VERSION = "camt.003.001.08"


class BalanceWanted(Struct, frozen=True):
    """Bal: the balance types that are asked for, and against whom (MULT or BILA)."""

    types: tuple[Code, ...] = ()
    counterparty: str | None = None


class Criterion(Struct, frozen=True):
    """SchCrit: an account fits if it fits everything that is given."""

    accounts: tuple[Match, ...] = ()
    types: tuple[Code, ...] = ()
    currencies: tuple[str, ...] = ()
    balances: tuple[BalanceWanted, ...] = ()
    owner: Party | None = None
    servicer: FinancialInstitution | None = None


class Returned(Struct, frozen=True):
    """RtrCrit: what the answer shall hold; where it is missing, everything."""

    name: bool | None = None
    currency: bool | None = None
    type: bool | None = None
    limit: bool | None = None
    balance_type: bool | None = None
    balance_status: bool | None = None
    balance_value_date: bool | None = None
    balance_processing_date: bool | None = None
    balance_payments: bool | None = None
    bilateral_limit: bool | None = None
    standing_order: bool | None = None
    owner: bool | None = None
    servicer: bool | None = None


class Camt003(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

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


_BALANCE = Shape(BalanceWanted, (parts("Tp", "types", CODE), text("CtrPtyTp", "counterparty")))
_CRITERION = Shape(
    Criterion,
    (
        parts("AcctId", "accounts", MATCH),
        parts("Tp", "types", CODE),
        texts("Ccy", "currencies"),
        parts("Bal", "balances", _BALANCE),
        part("AcctOwnr", "owner", PARTY),
        part("AcctSvcr", "servicer", INSTITUTION),
    ),
)
_RETURNED = Shape(
    Returned,
    (
        requested("NmInd", "name"),
        requested("CcyInd", "currency"),
        requested("TpInd", "type"),
        requested("MulLmtInd", "limit"),
        inside(
            "MulBalRtrCrit",
            requested("TpInd", "balance_type"),
            requested("StsInd", "balance_status"),
            requested("ValDtInd", "balance_value_date"),
            requested("PrcgDtInd", "balance_processing_date"),
            requested("NbOfPmtsInd", "balance_payments"),
        ),
        requested("BilLmtInd", "bilateral_limit"),
        requested("StgOrdrInd", "standing_order"),
        requested("AcctOwnrInd", "owner"),
        requested("AcctSvcrInd", "servicer"),
    ),
)
_MESSAGE = Shape(
    Camt003,
    (
        inside("MsgHdr", *HEADER, REQUEST_TYPE),
        inside(
            "AcctQryDef",
            text("QryTp", "query_type"),
            inside(
                "AcctCrit",
                text("QryNm", "query_name"),
                inside(
                    "NewCrit",
                    text("NewQryNm", "new_query_name"),
                    parts("SchCrit", "criteria", _CRITERION),
                    part("RtrCrit", "returned", _RETURNED),
                ),
            ),
        ),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt003:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt003 = read_message(document, _READERS)
    return message


def write(message: Camt003, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "GetAcct")
