"""camt.111 InvestigationResponse: the answer to a camt.110, edition .01."""

from lxml import etree
from msgspec import Struct

from iso.messages.camt110 import INVESTIGATION, Investigation
from iso.messages.fields import Code
from iso.messages.originals import PARTY_OR_AGENT, PartyOrAgent
from iso.messages.pieces import CODE, EDITIONS
from iso.messages.reading import Reader, read_message
from iso.messages.shape import Shape, SupplementaryData, envelopes, inside, part, parts, text
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("camt.111."))
DEFAULT_VERSION = "camt.111.001.01"


class Finding(Struct, frozen=True, kw_only=True):
    """InvstgtnData: the answer to one question of the request, in words."""

    sequence: str | None = None
    reason: Code | None = None
    sub_reason: Code | None = None
    narrative: str | None = None


class Camt111(Struct, frozen=True, kw_only=True):
    """The whole message. `definition`: the version it was read from; `untyped`: elements this type does not hold."""

    message_id: str
    responder_id: str | None = None
    status: str
    status_reason: Code | None = None
    next_responder: PartyOrAgent | None = None
    findings: tuple[Finding, ...] = ()
    request: Investigation
    supplementary: tuple[SupplementaryData, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


_FINDING = Shape(
    Finding,
    (
        text("OrgnlInvstgtnSeq", "sequence"),
        part("OrgnlInvstgtnRsn", "reason", CODE),
        part("OrgnlInvstgtnRsnSubTp", "sub_reason", CODE),
        inside("RspnData", text("RspnNrrtv", "narrative"), required=True),
    ),
)
_MESSAGE = Shape(
    Camt111,
    (
        inside(
            "InvstgtnRspn",
            text("MsgId", "message_id"),
            text("RspndrInvstgtnId", "responder_id"),
            inside("InvstgtnSts", text("Sts", "status"), part("StsRsn", "status_reason", CODE)),
            part("NxtRspndr", "next_responder", PARTY_OR_AGENT),
            parts("InvstgtnData", "findings", _FINDING),
        ),
        part("OrgnlInvstgtnReq", "request", INVESTIGATION),
        envelopes(),
    ),
)
_READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(document: etree._Element) -> Camt111:
    """The typed form of a `Document` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    message: Camt111 = read_message(document, _READERS)
    return message


def write(message: Camt111, version: str = DEFAULT_VERSION) -> Written:
    """The canonical `Document` of `version`, and what that version could not hold."""
    return write_document(_WRITERS[version], message, version, "Document", "InvstgtnRspn")
