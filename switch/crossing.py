"""From one dialect of FSPIOP to the other (JSON and its ISO 20022 variant), as messages come in and as they go out.

Between the dialects everything is body to body (`translator/isojson`); here stands what belongs to a whole message: its
name, path, headers, the id it is known by, and the earlier message that a translation looks at. A translated message
keeps its sender's name and loses the signature, which was over other bytes: the hub signs for nobody who signs himself.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from fspiop.api.variant import VARIANTS
from fspiop.headers import ISO_RESOURCES, ISO_VERSIONS, retyped
from fspiop.ilp import NO_CONDITION
from fspiop.incoming import Kind
from schemas.canonical.events import Event
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import is_uuid, ulid_of
from schemas.canonical.transfer import Transfer
from schemas.canonical.twins import iso_spelling
from schemas.canonical.wire import Dialect, Original
from switch.wrapping import agreement, unwrapped, wrapped
from translator.isojson.convert import to_fspiop, to_iso
from translator.isojson.errors import group_text
from translator.isojson.model import Json, Options, Source, UntranslatableError
from translator.isojson.packets import condition_of
from translator.losses import Loss
from translator.outgoing import Outgoing, RenderContext

_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder().decode
_SAME_BODIES: Final = frozenset({"participants"})
BOTH_BODIES: Final = ISO_RESOURCES - _SAME_BODIES
"""Resources whose bodies differ between the dialects."""
_ID: Final = re.compile(r'"([0-9a-f-]{36})"')
_SEALED: Final = frozenset({"quotes.put", "transfers.post"})
_NEVER: Final = "9999-12-31T23:59:59.999Z"
_PARTY_PATH: Final = ("Type", "ID", "SubId")
_OTHER_NAMES: Final = {"3101": "MALFORMED", "3102": "MISSING_ELEMENT", "3103": "TOO_MANY_ELEMENTS", "2001": "INTERNAL"}


def has_variant(resource: str) -> bool:
    """Whether the resource is spoken in both dialects."""
    return resource in ISO_RESOURCES


def came_in(
    resource: str, original: Original, ids: tuple[str, ...], now: datetime, conditions_optional: bool = False
) -> Json | Fault:
    """The FSPIOP form of a message received in the variant; a Fault if it has none. `ids` are those of its path.

    With `conditions_optional` a packet that holds no condition gets one that nothing opens.
    """
    method = original.method.lower()
    error = original.target.partition("?")[0].endswith("/error")
    name = _name(resource, method, error=error)
    try:
        body = _sealed(_DECODE(original.body)) if conditions_optional and name in _SEALED else _DECODE(original.body)
        return _to_fspiop(name, body, dict(original.headers), _params(resource, ids), now)
    except UntranslatableError as reason:
        return _fault_of(reason)


def _fault_of(reason: UntranslatableError) -> Fault:
    where = f"/requestBody/{reason.path.replace('.', '/')}" if reason.path else "/requestBody"
    return fault(_OTHER_NAMES.get(reason.code, "VALIDATION"), f"{where} {reason.text}")


class UncrossableError(ValueError):
    """A message that the receiver's dialect cannot say; `fault` is what its sender is told."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason.description)
        self.fault = reason


def cross(made: Outgoing, event: Event, context: RenderContext) -> Outgoing:
    """The message in the receiver's dialect; as it is if it speaks that already. Raises UncrossableError."""
    dialect = context.dialect
    if made.dialect is dialect or made.dialect is Dialect.ISO_XML or not has_variant(made.resource):
        return made
    if dialect is Dialect.FSPIOP_ISO:
        made = msgspec.structs.replace(made, version=ISO_VERSIONS[-1])
    if made.resource in _SAME_BODIES or not made.body:
        return _retyped(made, event, context)
    now, error = context.now, made.path.endswith("/error")
    name = _name(made.resource, made.method.lower(), error=error)
    ids = tuple(made.path.removesuffix("/error").split("/")[2:])
    headers: dict[str, str] = {"fspiop-source": made.source, "fspiop-destination": made.destination}
    if dialect is Dialect.FSPIOP_ISO:
        options = Options(now=now, new_id=_ids(context.message_id), envelope=context.supplements)
        body = _DECODE(made.body)
        source = Source(
            wrapped(body) if name == "quotes.put" else body,
            headers,
            _params(made.resource, ids),
            _context(name, body, event, options),
        )
        translation = to_iso(name, source, options)
        content, losses = _single(translation.body), translation.losses
    else:
        body = _sealed(_DECODE(made.body)) if name in _SEALED else _DECODE(made.body)
        try:
            content = _classic(made, name, _to_fspiop(name, body, headers, _params(made.resource, ids), now))
        except UntranslatableError as reason:
            raise UncrossableError(_fault_of(reason)) from None
        content, losses = _respelt(content, _uuids(event.earlier)), ()
    return _retyped(msgspec.structs.replace(made, body=_ENCODE(content)), event, context, losses)


def _retyped(made: Outgoing, event: Event, context: RenderContext, losses: tuple[Loss, ...] = ()) -> Outgoing:
    """The message with the media types of the receiver; what goes on under its sender's headers goes on so."""
    dialect = context.dialect
    version = made.version if dialect is Dialect.FSPIOP_ISO else context.fspiop_version
    path, uri = (_path(one, made.resource, dialect, event) for one in (made.path, made.uri))
    forward = made.forward
    if forward is not None:
        forward = Original(
            dialect,
            made.method,
            path,
            retyped(forward.headers, made.resource, version, dialect, path),
            made.body,
            hashlib.sha256(made.body).hexdigest(),
        )
    return msgspec.structs.replace(
        made,
        dialect=dialect,
        path=path,
        uri=uri,
        version=version,
        forward=forward,
        translated=True,
        losses=(*made.losses, *losses),
    )


def _sealed(body: Json) -> Json:
    """The body with a packet that holds a condition: the sender's own, wrapped with none if it holds none."""
    try:
        lock = body["CdtTrfTxInf"]["VrfctnOfTerms"]
        packet = lock["IlpV4PrepPacket"]
    except (KeyError, TypeError):
        return body
    if condition_of(packet) is None:
        expires = str(body.get("GrpHdr", {}).get("PmtInstrXpryDtTm") or _NEVER)
        terms = {"ilpPacket": packet, "condition": NO_CONDITION, "expiration": expires}
        lock["IlpV4PrepPacket"] = wrapped(terms)["ilpPacket"]
    return body


def _to_fspiop(name: str, body: Json, headers: dict[str, str], params: dict[str, str], now: datetime) -> Json:
    options = Options(now=now, new_id=_ids(""))
    content = to_fspiop(name, Source(body, headers, params), options).body
    content = unwrapped(content) if name in _SEALED else content
    told = content.get("errorInformation", {})
    if "errorCode" in told:
        # The variant may leave out the words, FSPIOP may not.
        told.setdefault("errorDescription", group_text(told["errorCode"]))
    _shorten(content)
    return content


def _classic(made: Outgoing, name: str, content: Json) -> Json:
    """The body, if FSPIOP takes it: the variant may leave out what FSPIOP must have."""
    kind = Kind.PUT_ERROR if name.endswith("Error") else Kind(made.method.lower())
    row = VARIANTS.get((made.resource, kind))
    reason = row.classic.read(_ENCODE(content)) if row is not None else None
    if isinstance(reason, Fault):
        raise UncrossableError(reason)
    return content


def _uuids(earlier: bytes) -> dict[str, str]:
    """The UUIDs in the receiver's own request, by the ULIDs they were told the other side as."""
    if not earlier:
        return {}
    texts = _ID.findall(earlier.decode())
    return {iso_spelling(text): text for text in texts if is_uuid(text)}


def _respelt(value: Any, own: dict[str, str]) -> Any:
    """The value with ids as the receiver spells them."""
    if isinstance(value, dict):
        return {name: _respelt(inner, own) for name, inner in value.items()} if own else value
    if isinstance(value, list):
        return [_respelt(inner, own) for inner in value]
    return own.get(value, value) if isinstance(value, str) else value


def _single(content: Json) -> Json:
    """One object where the published message repeats an element: the definition of the variant has it so."""
    supplements = content.get("SplmtryData")
    return content | {"SplmtryData": supplements[0]} if isinstance(supplements, list) else content


def _shorten(value: Any) -> None:
    """Amounts as FSPIOP writes them: without zeros at the end, which the variant allows."""
    for money in _moneys(value):
        text = money["amount"]
        if "." in text:
            money["amount"] = text.rstrip("0").rstrip(".")


def _moneys(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if isinstance(value.get("amount"), str):
            yield value
        for inner in value.values():
            yield from _moneys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _moneys(inner)


def _context(name: str, body: Json, event: Event, options: Options) -> dict[str, Any]:
    """The earlier message of the same payment that this one repeats parts of, as far as it is known."""
    if name == "quotes.put" and event.earlier:
        return {"isoPostQuote": _DECODE(event.earlier)}
    if name != "transfers.post":
        return {}
    terms = agreement(str(body.get("ilpPacket", "")))
    if not isinstance(terms.get("payer"), dict) or not isinstance(terms.get("payee"), dict):
        return {}
    try:
        # The packet's agreement has the shape of a quote request as far as parties and kind of payment go.
        return {"isoPostQuoteResponse": to_iso("quotes.post", Source(terms), options).body}
    except (UntranslatableError, AttributeError, TypeError, KeyError):
        # Nobody checked what a payee put into its packet; without it the FSPs' names stand for the parties.
        return {}


def _name(resource: str, method: str, *, error: bool) -> str:
    return f"{resource}.{method}Error" if error else f"{resource}.{method}"


def _params(resource: str, ids: tuple[str, ...]) -> dict[str, str]:
    if resource == "parties":
        return dict(zip(_PARTY_PATH, ids, strict=False))
    return {"ID": ids[0]} if ids else {}


def _path(path: str, resource: str, dialect: Dialect, event: Event) -> str:
    """The path with its id spelt for the receiver; parties are no objects of the hub and keep theirs."""
    if resource == "parties":
        return path
    head, question, query = path.partition("?")
    parts = head.split("/")
    if dialect is Dialect.FSPIOP_ISO:
        parts = [iso_spelling(part) for part in parts]
    else:
        transfer = getattr(event.body, "transfer", None)
        known = str(transfer.id if isinstance(transfer, Transfer) else getattr(event.body, "key", ""))
        parts = [known if part == iso_spelling(known) else part for part in parts]
    return f"{'/'.join(parts)}{question}{query}"


def _ids(seed: str) -> Callable[[], str]:
    """Fresh ULIDs that are the same whenever the same row is rendered; the first is the row's own."""
    count = 0

    def new_id() -> str:
        nonlocal count
        count += 1
        if count == 1 and seed:
            return seed
        digest = hashlib.sha256(f"{seed}\n{count}".encode()).hexdigest()
        return (seed[:10] or "0" * 10) + ulid_of(digest[:32])[10:]

    return new_id
