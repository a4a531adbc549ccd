"""FSPIOP headers: checks on what comes in, in the reference's order, and what goes out (section 4)."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from fspiop.errors import Refusal, refuse, unacceptable_version
from fspiop.messages.dialogues import DIALOGUES, VERSIONS_OF
from schemas.canonical.wire import Dialect

RawHeaders = Sequence[tuple[bytes, bytes]]
Headers = tuple[tuple[str, str], ...]

VERSIONS: Final = ("1.0", "1.1", "2.0")
"""The versions every classic resource is served in."""
RESOURCE_VERSIONS: Final[dict[str, tuple[str, ...]]] = {
    "participants": VERSIONS,
    "parties": VERSIONS,
    "quotes": VERSIONS,
    "transfers": VERSIONS,
    "bulkTransfers": VERSIONS,
    **VERSIONS_OF,
}
ISO_VERSIONS: Final = ("2.0",)
"""The version the ISO 20022 variant is served in."""
ISO_RESOURCES: Final = frozenset({"participants", "parties", "quotes", "transfers", "fxQuotes", "fxTransfers"})
"""Resources that have the variant; bodies of /participants are the same in both dialects."""
_ISO: Final = "iso20022."
_FSP_ID_MAX: Final = 32
# The definition allows any text; what begins with a sign is kept free for a hub's own inner addresses.
_FSP_ID: Final = re.compile(r"[A-Za-z0-9][ -~]*")
WITH_ACCEPT: Final = frozenset({"POST", "GET", "DELETE"})
"""Requests, which say what they take back."""
_WITHOUT_BODY: Final = frozenset({"GET", "DELETE"})
_NO_ACCEPT_ON_PUT: Final = frozenset({"quotes", "fxQuotes"})
NEEDS_DESTINATION: Final = frozenset({"quotes", *(row.name for row in DIALOGUES.values() if row.addressed)})
"""Resources whose messages must name their receiver."""
# Two values of one of these would let two readers see two messages.
_SINGLE: Final = frozenset(
    {
        "date",
        "content-type",
        "content-length",
        "fspiop-source",
        "fspiop-destination",
        "fspiop-uri",
        "fspiop-http-method",
        "fspiop-signature",
        "fspiop-proxy",
    }
)
_HOP_BY_HOP: Final = frozenset(
    {"host", "content-length", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
)
# What only concerns the connection to the hub: the compressions its sender can read, and who the gateway says it is.
_OWN: Final = frozenset(
    {
        "accept-encoding", "proxy-connection", "proxy-authorization", "x-client-id", "client-cert", "isoloop-client",
        "isoloop-remaining-ms",
    }
)  # fmt: skip
_SECRETS: Final = frozenset({"authorization", "x-api-key", "proxy-authorization", "cookie"})
_NOT_SENT_ON: Final = _HOP_BY_HOP | _OWN
_NOT_WITH_PUT: Final = _NOT_SENT_ON | {"accept"}
_DATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Media types of bodies that hubs in use take apart, whatever they then say to the type itself.
_READABLE: Final = re.compile(r"\s*(?:application/(?:[^/;,\s]+\+)?json|text/[^/;,\s]+)\s*(?:;|$)", re.IGNORECASE)
_TRACE: Final = re.compile(r"(00)-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Head(msgspec.Struct, frozen=True):
    """The headers of one request, by lower-case name; `all` keeps them as received, for the archive and to send on."""

    all: Headers
    by_name: dict[str, str]

    def get(self, name: str) -> str | None:
        """The value of a header, None if it was not sent."""
        return self.by_name.get(name)


class Versions(msgspec.Struct, frozen=True):
    """What was negotiated: version and dialect of this body, those the sender takes back (no version: any).

    `answers` is the body's own dialect if the sender takes that back too, else the first one it named.
    """

    content: str
    accept: tuple[str, ...] = ()
    dialect: Dialect = Dialect.FSPIOP
    answers: Dialect = Dialect.FSPIOP


class Wanted(msgspec.Struct, frozen=True):
    """One media type of an Accept: its dialect, and the version (`*` for none named, `1` for a major version only)."""

    dialect: Dialect
    version: str


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


def read_head(raw: RawHeaders) -> Head | Refusal:
    """The headers by name; one that may stand only once and is repeated is malformed."""
    received = [(_name(name), value.decode("latin-1").strip()) for name, value in raw]
    by_name = dict(received)
    if len(by_name) < len(received):
        # Some headers stand more than once.
        by_name = {}
        for name, value in received:
            if name not in by_name:
                by_name[name] = value
            elif name in _SINGLE:
                return refuse("MALFORMED", f"header {name} is repeated")
            else:
                by_name[name] += f",{value}"
    if not _SECRETS.isdisjoint(by_name):
        # What proves the sender to this hub is neither kept nor sent on.
        received = [header for header in received if header[0] not in _SECRETS]
    return Head(tuple(received), by_name)


def check_head(
    resource: str, method: str, head: Head, *, max_body: int, caller: str | None = None, bound: bool = False
) -> Versions | Refusal:
    """Rows 1 to 8 of the check order. `bound`: the sender must be the authenticated `caller` (row 1)."""
    get = head.by_name.get
    accept, date, length, encoding = get("accept"), get("date"), get("content-length"), get("content-encoding")
    return (
        (_check_caller(head, caller) if bound else None)
        or _check_accept(resource, method, accept)
        or (None if date is not None and is_imf_date(date) else _wrong_date(date))
        or (None if length is None else _check_length(length, max_body))
        or (None if encoding is None else _check_encoding(encoding))
        or _negotiate(resource, method, get("content-type"), accept)
    )


def check_parties(resource: str, head: Head) -> Refusal | None:
    """Row 12: who sends it, and for quotes to whom."""
    get = head.by_name.get
    return _wrong_parties(resource, get("fspiop-source"), get("fspiop-destination"), get("fspiop-proxy"))


@lru_cache(maxsize=4096)
def _wrong_parties(resource: str, source: str | None, destination: str | None, proxy: str | None) -> Refusal | None:
    if not source:
        return _missing("fspiop-source")
    if not destination and resource in NEEDS_DESTINATION:
        return _missing("fspiop-destination")
    names = (("fspiop-source", source), ("fspiop-destination", destination or None), ("fspiop-proxy", proxy))
    for name, value in names:
        if value is None:
            continue
        if len(value) > _FSP_ID_MAX:
            return refuse("VALIDATION", f"/header/{name} must NOT have more than {_FSP_ID_MAX} characters")
        if not _FSP_ID.fullmatch(value):
            return refuse(
                "VALIDATION", f"/header/{name} must begin with a letter or digit and have no control characters"
            )
    return None


def _missing(name: str) -> Refusal:
    return refuse("MISSING_ELEMENT", f"/header must have required property '{name}'")


def _check_caller(head: Head, caller: str | None) -> Refusal | None:
    """Whether the message is the authenticated participant's own, or comes through it as the named proxy."""
    source, proxy = head.get("fspiop-source"), head.get("fspiop-proxy")
    if caller is None:
        return refuse("WRONG_SENDER", "the connection is not authenticated as a participant")
    if proxy is not None:
        if proxy != caller or proxy == source:
            return refuse("WRONG_SENDER", "fspiop-proxy is not the authenticated participant")
    elif source is not None and source != caller:
        return refuse("WRONG_SENDER", "fspiop-source is not the authenticated participant")
    return None


@lru_cache(maxsize=1024)
def _check_accept(resource: str, method: str, accept: str | None) -> Refusal | None:
    if method == "PUT" and resource in _NO_ACCEPT_ON_PUT and accept is not None:
        return refuse("VALIDATION", f"header accept may not be sent with PUT /{resource}")
    if method not in WITH_ACCEPT:
        return None
    if accept is None:
        # Hubs in use look at a query's Accept before anything else, at that of others with their definition.
        return refuse("MISSING_ELEMENT", "Accept is required") if method == "GET" else _missing("accept")
    wanted = _parse_accept(resource, accept)
    if wanted is None:
        return refuse("MALFORMED", "Invalid accept header")
    if any(_taken_back(resource, wanted).values()):
        return None
    return unacceptable_version(supported_versions(resource, wanted[0].dialect))


def _wrong_date(date: str | None) -> Refusal:
    if date is None:
        return refuse("MISSING_ELEMENT", "Missing required date header")
    return refuse("MALFORMED", "Invalid date header")


def _check_length(length: str, max_body: int) -> Refusal | None:
    if not (length.isascii() and length.isdigit()):
        return refuse("MALFORMED", "Invalid content-length header")
    return too_large(max_body) if int(length[:20]) > max_body else None


def too_large(max_body: int) -> Refusal:
    """Row 6: the body is over the limit (bytes)."""
    return refuse("TOO_LARGE", f"a body may have {max_body} bytes")


def _check_encoding(encoding: str) -> Refusal | None:
    if encoding.lower() != "identity":
        return refuse("MALFORMED", "content-encoding is not read, send the body as it is")
    return None


@lru_cache(maxsize=1024)
def _negotiate(resource: str, method: str, content_type: str | None, accept: str | None) -> Versions | Refusal:
    if content_type is None:
        return refuse("MISSING_ELEMENT", "Content-type is required")
    body = _parse_content_type(resource, content_type)
    if body is None:
        readable = method in _WITHOUT_BODY or "/" not in content_type or _READABLE.match(content_type)
        return refuse("MALFORMED", "Invalid content-type header" if readable else "Unsupported Media Type")
    supported = supported_versions(resource, body.dialect)
    if body.version not in supported:
        return unacceptable_version(supported, supplied=True)
    wanted = _parse_accept(resource, accept or "") if method in WITH_ACCEPT else None
    if wanted is None:
        return Versions(body.version, (), body.dialect, body.dialect)
    taken = {dialect: versions for dialect, versions in _taken_back(resource, wanted).items() if versions}
    answers = body.dialect if body.dialect in taken else next(iter(taken), body.dialect)
    any_version = any(one.dialect is answers and one.version == "*" for one in wanted)
    return Versions(body.version, () if any_version else taken.get(answers, ()), body.dialect, answers)


def supported_versions(resource: str, dialect: Dialect) -> tuple[str, ...]:
    """The versions a resource is served in in that dialect."""
    return ISO_VERSIONS if dialect is Dialect.FSPIOP_ISO else RESOURCE_VERSIONS[resource]


def _taken_back(resource: str, wanted: tuple[Wanted, ...]) -> dict[Dialect, tuple[str, ...]]:
    """The supported versions a sender takes back, by dialect in its order."""
    found: dict[Dialect, tuple[str, ...]] = {}
    for dialect in dict.fromkeys(one.dialect for one in wanted):
        versions = (one.version for one in wanted if one.dialect is dialect)
        found[dialect] = _served(versions, supported_versions(resource, dialect))
    return found


def _media_type(resource: str, dialect: Dialect = Dialect.FSPIOP) -> str:
    variant = _ISO if dialect is Dialect.FSPIOP_ISO else ""
    return f"application/vnd.interoperability.{variant}{resource}+json"


def _pattern(resource: str, version: str) -> re.Pattern[str]:
    variant = rf"({re.escape(_ISO)})?" if resource in ISO_RESOURCES else "()"
    return re.compile(rf"application/vnd\.interoperability\.{variant}{re.escape(resource)}\+json{version}")


def _dialect(variant: str | None) -> Dialect:
    return Dialect.FSPIOP_ISO if variant else Dialect.FSPIOP


def _parse_content_type(resource: str, value: str) -> Wanted | None:
    """The dialect and version of a body; the minor version is obligatory. None if it is malformed."""
    match = _pattern(resource, r"\s?;\s?version=([0-9]{1,4}\.[0-9]{1,4})").fullmatch(value)
    return Wanted(_dialect(match[1]), match[2]) if match else None


def _parse_accept(resource: str, value: str) -> tuple[Wanted, ...] | None:
    """What an Accept names, in its order; None if it is malformed."""
    item = _pattern(resource, r"(?:\s?;\s?version=([0-9]{1,4}(?:\.[0-9]{1,4})?))?")
    matches = [item.fullmatch(part) for part in value.split(",")]
    return None if None in matches else tuple(Wanted(_dialect(match[1]), match[2] or "*") for match in matches if match)


def _served(wanted: Iterable[str], supported: Sequence[str]) -> tuple[str, ...]:
    """The supported versions among the wanted ones, in the sender's order; a major version means its newest minor."""
    found: list[str] = []
    for version in wanted:
        newest = [s for s in supported if version in {"*", s, s.partition(".")[0]}]
        if newest and newest[-1] not in found:
            found.append(newest[-1])
    return tuple(found)


@lru_cache(maxsize=256)
def is_imf_date(text: str) -> bool:
    """Whether the text is an IMF-fixdate (RFC 7231) of a day that exists."""
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    day, hour, minute, second = map(int, match.group(1, 4, 5, 6))
    try:
        datetime(int(match[3]), _MONTHS.index(match[2]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return False
    return True


def imf_date(moment: datetime) -> str:
    """The moment as IMF-fixdate, whatever the locale."""
    utc = moment.astimezone(UTC)
    day = f"{_DAYS[utc.weekday()]}, {utc.day:02d} {_MONTHS[utc.month - 1]} {utc.year:04d}"
    return f"{day} {utc.hour:02d}:{utc.minute:02d}:{utc.second:02d} GMT"


def forwarded(received: Headers, method: str, traceparent: str | None = None) -> Headers:
    """The headers of a message sent on: as received, signature included, without what belongs to one connection.

    Accept goes with requests only. `traceparent` replaces the received one (a span of the hub's own).
    """
    dropped = _NOT_WITH_PUT if method == "PUT" else _NOT_SENT_ON
    kept = tuple([header for header in received if header[0] not in dropped])
    if traceparent is None:
        return kept
    return (*((name, value) for name, value in kept if name != "traceparent"), ("traceparent", traceparent))


def hub_headers(
    *,
    resource: str,
    version: str,
    method: str,
    uri: str,
    source: str,
    destination: str,
    date: datetime,
    accept: str | None = None,
    dialect: Dialect = Dialect.FSPIOP,
) -> Headers:
    """The headers of a message the hub makes; `uri` begins at the resource, `version` is major.minor.

    Requests (POST, GET, DELETE) ask for answers in version `accept`, the content version if not given.
    """
    media = _media_type(resource, dialect)
    headers = [
        ("content-type", f"{media};version={version}"),
        ("date", imf_date(date)),
        ("fspiop-source", source),
        ("fspiop-destination", destination),
        ("fspiop-uri", uri),
        ("fspiop-http-method", method),
    ]
    if method in WITH_ACCEPT:
        headers.insert(1, ("accept", f"{media};version={accept or version}"))
    return tuple(headers)


def next_span(traceparent: str | None, span: str) -> str | None:
    """The received W3C trace context under a span id of our own (16 hex digits); None if none came or it is invalid."""
    match = _TRACE.fullmatch(traceparent or "")
    if match is None or match[2] == "0" * 32 or match[3] == "0" * 16:
        return None
    return f"{match[1]}-{match[2]}-{span}-{match[4]}"


def retyped(received: Headers, resource: str, version: str, dialect: Dialect, uri: str) -> Headers:
    """The headers of a message that was translated: media types and path anew, no signature: that was over other bytes.

    `uri` begins at the resource; it may name the same object by another id.
    """
    media = f"{_media_type(resource, dialect)};version={version}"
    changed = {"content-type": media, "accept": media, "fspiop-uri": uri}
    return tuple((name, changed.get(name, value)) for name, value in received if name != "fspiop-signature")
