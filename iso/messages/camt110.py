"""camt.110 InvestigationRequest: a question about a payment, a statement entry or an account, edition .01."""

from lxml import etree
from msgspec import Struct

from iso.messages.case_pieces import UNDERLYING, Underlying
from iso.messages.fields import Code, Party
from iso.messages.originals import PARTY_OR_AGENT, PartyOrAgent
from iso.messages.pieces import CODE, EDITIONS, PARTY
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, inside, part, parts, text, texts
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.110."))
DEFAULT_VERSION = "camt.110.001.01"


class Investigation(Struct, frozen=True, kw_only=True):
    """InvstgtnReq, OrgnlInvstgtnReq: who asks whom about what; `eir` is the id all parties know the enquiry by."""

    message_id: str
    requester_id: str | None = None
    responder_id: str | None = None
    eir: str | None = None
    action: Code | None = None
    action_originator: Party | None = None
    action_reason: Code | None = None
    action_info: tuple[str, ...] = ()
    type: Code
    sub_type: Code | None = None
    instrument: Code | None = None
    underlying: Underlying | None = None
    requester: PartyOrAgent
    responder: PartyOrAgent
    originator: PartyOrAgent | None = None
    expected_responder: PartyOrAgent | None = None
    service_levels: tuple[Code, ...] = ()


class Question(Struct, frozen=True, kw_only=True):
    """InvstgtnData: one reason to ask, and the words of it."""

    sequence: str | None = None
    reason: Code
    sub_reason: Code | None = None
    narrative: str | None = None


class Camt110(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    request: Investigation
    questions: tuple[Question, ...] = ()
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


INVESTIGATION = Shape(
    Investigation,
    (
        text("MsgId", "message_id"),
        text("RqstrInvstgtnId", "requester_id"),
        text("RspndrInvstgtnId", "responder_id"),
        text("EIR", "eir"),
        inside(
            "ReqActn",
            part("Actn", "action", CODE, required=True),
            inside(
                "ActnRsn",
                part("Orgtr", "action_originator", PARTY),
                part("Rsn", "action_reason", CODE, required=True),
                texts("AddtlInf", "action_info"),
            ),
        ),
        part("InvstgtnTp", "type", CODE, required=True),
        part("InvstgtnSubTp", "sub_type", CODE),
        part("UndrlygInstrm", "instrument", CODE),
        part("Undrlyg", "underlying", UNDERLYING),
        part("Rqstr", "requester", PARTY_OR_AGENT, required=True),
        part("Rspndr", "responder", PARTY_OR_AGENT, required=True),
        part("ReqOrgtr", "originator", PARTY_OR_AGENT),
        part("XpctdRspndr", "expected_responder", PARTY_OR_AGENT),
        parts("SvcLvl", "service_levels", CODE),
    ),
)
_MESSAGE = Shape(
    Camt110,
    (
        part("InvstgtnReq", "request", INVESTIGATION),
        parts(
            "InvstgtnData",
            "questions",
            Shape(
                Question,
                (
                    text("Seq", "sequence"),
                    part("Rsn", "reason", CODE, required=True),
                    part("RsnSubTp", "sub_reason", CODE),
                    inside("AddtlReqData", text("ReqNrrtv", "narrative")),
                ),
            ),
        ),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt110:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt110 = read_message(document, _READERS)
    return message


def write(message: Camt110, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "InvstgtnReq")
