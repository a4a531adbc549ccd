"""head.001 BusinessApplicationHeader (`AppHdr`), editions .01 .02 .03 .04."""

from datetime import UTC, datetime, timedelta

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from iso.messages.fields import FinancialInstitution, Party
from iso.messages.pieces import EDITIONS, INSTITUTION, PARTY
from iso.messages.reading import Reader, read_element
from iso.messages.shape import Shape, Step, flag, inside, part, parts, seen, text, token
from iso.messages.writing import Writer, Written, write_document

VERSIONS = tuple(name for name in EDITIONS if name.startswith("head.001."))
DEFAULT_VERSION = "head.001.001.02"


class Endpoint(Struct, frozen=True):
    """Fr or To: a financial institution (FIId) or, for other roles, an organisation (OrgId)."""

    institution: FinancialInstitution | None = None
    organisation: Party | None = None


class RelatedHeader(Struct, frozen=True, kw_only=True):
    """Rltd: the header of the message this one answers, without its signature."""

    character_set: str | None = None
    sender: Endpoint
    receiver: Endpoint
    business_message_id: str
    message_definition: str
    business_service: str | None = None
    practice_registry: str | None = None
    practice_id: str | None = None
    created: str
    processing_date: str | None = None
    copy: str | None = None
    possible_duplicate: bool | None = None
    priority: str | None = None


class Head001(RelatedHeader, frozen=True, kw_only=True):
    """The header of a business message. `signed` tells that Sgntr is there; only `signature.py` looks into it."""

    signed: bool = False
    related: tuple[RelatedHeader, ...] = ()
    definition: str = DEFAULT_VERSION
    untyped: tuple[str, ...] = ()


def related_to(header: Head001) -> RelatedHeader:
    """What an answer to `header` carries in Rltd."""
    return RelatedHeader(
        **{name: getattr(header, name) for name in RelatedHeader.__struct_fields__ if name != "signed"}
    )


_ENDPOINT = Shape(
    Endpoint,
    (part("OrgId", "organisation", PARTY, unless="institution"), part("FIId", "institution", INSTITUTION)),
)


def normalised(moment: str) -> str:
    """The moment as ISONormalisedDateTime of .01 is: in UTC, written with Z."""
    if moment.endswith("Z"):
        return moment
    late = timedelta(days=1 if "T24:" in moment else 0)
    parsed = datetime.fromisoformat(moment.replace("T24:", "T00:")) + late
    return f"{moment}Z" if parsed.tzinfo is None else parsed.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _header(practice_since: int, processing_since: int) -> tuple[Step, ...]:
    return (
        text("CharSet", "character_set"),
        part("Fr", "sender", _ENDPOINT),
        part("To", "receiver", _ENDPOINT),
        text("BizMsgIdr", "business_message_id"),
        text("MsgDefIdr", "message_definition"),
        text("BizSvc", "business_service"),
        inside(
            "MktPrctc",
            text("Regy", "practice_registry", required=True),
            text("Id", "practice_id", required=True),
            since=practice_since,
        ),
        token("CreDt", "created", until=2018, change=normalised),
        token("CreDt", "created", since=2019),
        token("BizPrcgDt", "processing_date", since=processing_since),
        text("CpyDplct", "copy"),
        flag("PssblDplct", "possible_duplicate"),
        text("Prty", "priority"),
    )


_RELATED = Shape(RelatedHeader, _header(2021, 2021))
_MESSAGE = Shape(
    Head001,
    (
        *_header(2019, 2019),
        seen("Sgntr", "signed"),
        parts("Rltd", "related", _RELATED, until=2018, most=1),
        parts("Rltd", "related", _RELATED, since=2019),
    ),
)
READERS = {name: Reader(_MESSAGE, name, EDITIONS[name]) for name in VERSIONS}
"""Version -> its reader."""
_WRITERS = {name: Writer(_MESSAGE, EDITIONS[name]) for name in VERSIONS}


def read(header: etree._Element) -> Head001:
    """The typed form of an `AppHdr` element (its namespace tells the version); ShapeError if not in VERSIONS."""
    typed: Head001 = read_element(header, READERS)
    return typed


def write(header: Head001, version: str = DEFAULT_VERSION, *, place_for_signature: bool = False) -> Written:
    """The canonical `AppHdr` of `version` and what that version could not hold; Sgntr is at most an empty place."""
    prepared = header if header.signed == place_for_signature else replace(header, signed=place_for_signature)
    return write_document(_WRITERS[version], prepared, version, "AppHdr")
