"""pacs.029 MultilateralSettlementRequest: the net result of a cycle, for a settlement agent to book, .01 and .02."""

from lxml import etree
from msgspec import Struct

from iso.messages.fields import Account, Code, Party
from iso.messages.pieces import ACCOUNT, CODE, EDITIONS, PARTY
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Amount, Shape, SupplementaryData, amount, envelopes, inside, part, parts, text, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("pacs.029."))
DEFAULT_VERSION = "pacs.029.001.02"


class MovementRecord(Struct, frozen=True, kw_only=True):
    """MvmntRcrd: what one participant pays (DBIT) or gets (CRDT), and where its settlement agent books it."""

    id: str
    sequence: str | None = None
    amount: Amount
    direction: str | None = None
    agent: Party | None = None
    agent_account: Account | None = None
    participant: Party | None = None
    participant_account: Account | None = None
    reference: str | None = None


class SettlementRequest(Struct, frozen=True, kw_only=True):
    """SttlmReq: one cycle. Times are times of day, as on the wire."""

    instruction_id: str
    instruction_priority: str | None = None
    cls_time: str | None = None
    till_time: str | None = None
    from_time: str | None = None
    reject_time: str | None = None
    settlement_priority: str | None = None
    cycle: str | None = None
    number_of_movements: str | None = None
    movements: tuple[MovementRecord, ...]


class Pacs029(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    created: str
    number_of_requests: str
    control_sum: str | None = None
    settlement_method: str | None = None
    settlement_account: Account | None = None
    clearing_system: Code | None = None
    requests: tuple[SettlementRequest, ...]
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_MOVEMENT = Shape(
    MovementRecord,
    (
        text("Id", "id"),
        token("SeqNb", "sequence"),
        inside("Amt", amount("Amt", "amount"), text("CdtDbt", "direction")),
        part("SttlmAgt", "agent", PARTY),
        part("SttlmAgtAcct", "agent_account", ACCOUNT),
        part("Ptcpt", "participant", PARTY),
        part("PtcptAcct", "participant_account", ACCOUNT),
        text("Ref", "reference"),
    ),
)
_REQUEST = Shape(
    SettlementRequest,
    (
        text("InstrId", "instruction_id"),
        text("InstrPrty", "instruction_priority"),
        inside(
            "SttlmTmReq",
            token("CLSTm", "cls_time"),
            token("TillTm", "till_time"),
            token("FrTm", "from_time"),
            token("RjctTm", "reject_time"),
        ),
        text("SttlmPrty", "settlement_priority"),
        text("SttlmCycl", "cycle"),
        token("NbOfMvmntRcrds", "number_of_movements"),
        parts("MvmntRcrd", "movements", _MOVEMENT),
    ),
)
_MESSAGE = Shape(
    Pacs029,
    (
        inside(
            "GrpHdr",
            text("MsgId", "message_id"),
            token("CreDtTm", "created"),
            text("NbOfSttlmReqs", "number_of_requests"),
            token("CtrlSum", "control_sum"),
            inside(
                "SttlmInf",
                text("SttlmMtd", "settlement_method", required=True),
                part("SttlmAcct", "settlement_account", ACCOUNT),
                part("ClrSys", "clearing_system", CODE),
            ),
        ),
        parts("SttlmReq", "requests", _REQUEST),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Pacs029:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Pacs029 = read_message(document, _READERS)
    return message


def write(message: Pacs029, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "MulSttlmReq")
