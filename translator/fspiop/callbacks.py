"""Events for a DFSP as FSPIOP requests and callbacks (behaviour reference sections 2, 3 and 9.8)."""

from typing import Final

import msgspec

from fspiop.messages.dialogues import DIALOGUES, SERVICES, VERSIONS_OF
from fspiop.messages.services import ServicesPut
from schemas.canonical.bulk import BulkAborted, BulkEnded, BulkReserved, BulkStated
from schemas.canonical.conversion import FX_TRANSFERS, TRANSFERS
from schemas.canonical.events import (
    Aborted,
    Committed,
    Corrected,
    Event,
    Forwarded,
    Fulfilled,
    ParticipantFound,
    PartiesRegistered,
    PartyAsked,
    PartyFound,
    PartyRegistered,
    Refused,
    Reserved,
    Role,
    Stated,
    TermsAsked,
    TermsGiven,
)
from schemas.canonical.exchange import FX_QUOTES, RateAsked
from schemas.canonical.forwarding import ProvidersFound
from schemas.canonical.identity import FspId
from schemas.canonical.party import PartyId
from schemas.canonical.requests import REQUESTS, PaymentAsked, PayRequest, RequestAnswered, RequestState
from schemas.canonical.transfer import Answered, Transfer
from schemas.canonical.wire import Dialect, Original
from translator.fspiop import bulktransfers, fxquotes, fxtransfers, participants, parties, quotes, requests, transfers
from translator.fspiop.errors import error_body
from translator.fspiop.values import party_key, path_key
from translator.outgoing import SIGNED_BY_HUB, Outgoing, Task

_PREFIX: Final = "FSPIOP_CALLBACK_URL_"
_QUOTES: Final = "QUOTES"
_THIRD_PARTY: Final = "TP_CB_URL_"
_STEMS: Final = {TRANSFERS: "TRANSFER", FX_TRANSFERS: "FX_TRANSFER"}
"""Endpoint types of resources that have one each for POST, PUT and PUT error."""
_WITH_SUB_ID: Final = 3
_ENCODE: Final = msgspec.json.Encoder().encode


def render(event: Event, task: Task) -> Outgoing:
    """The FSPIOP message an event is for a DFSP; raises ValueError for an event that no DFSP is ever told."""
    original = event.original
    if original is not None and original.dialect is not Dialect.ISO_XML and _goes_on(event, original):
        return _forward(event, original, task)
    match event.body:
        case Reserved() | Fulfilled() | Committed() | Aborted() | Corrected() | Stated():
            return _transfer(event, task)
        case BulkReserved() | BulkEnded() | BulkAborted() | BulkStated() | Refused(resource=bulktransfers.RESOURCE):
            return bulktransfers.render(event, task)
        case Refused(resource=resource, key=key, fault=fault):
            path = f"{resource}/{path_key(key)}/error"
            kind = _endpoint(resource, "PUT", f"{key}/error", task, is_error=True)
            return _message("PUT", kind, path, task, error_body(fault, resource), task.context.hub.name)
        case PartyAsked(source=source, party_id=party_id, currency=currency):
            query = f"?currency={currency}" if currency else ""
            path = f"parties/{party_key(party_id)}{query}"
            return _message("GET", _party_endpoint("PARTIES", party_id, "GET"), path, task, b"", source)
        case PartyFound(source=source, party_id=party_id, party=party):
            body = parties.parties_put(party, task.context.fspiop_version, task.losses)
            kind = _party_endpoint("PARTIES", party_id, "PUT")
            return _message("PUT", kind, f"parties/{party_key(party_id)}", task, body, source)
        case TermsAsked(source=source, quote_id=quote_id, terms=terms):
            body = quotes.quotes_post(quote_id, terms, task.context.fspiop_version, task.losses)
            return _message("POST", _QUOTES, "quotes", task, body, source)
        case TermsGiven(source=source, quote_id=quote_id, terms=terms):
            return _message("PUT", _QUOTES, f"quotes/{quote_id}", task, quotes.quotes_put(terms), source)
        case RateAsked(source=source) as asked:
            kind = DIALOGUES[FX_QUOTES].endpoint
            return _message("POST", kind, FX_QUOTES, task, fxquotes.post(asked), source)
        case ProvidersFound(key=key, providers=providers):
            kind = _endpoint(SERVICES, "PUT", key, task, is_error=False)
            content = _ENCODE(ServicesPut(tuple(providers)))
            return _message("PUT", kind, f"{SERVICES}/{path_key(key)}", task, content, task.context.hub.name)
        case PaymentAsked(request=request):
            body = requests.post(request, task.context.fspiop_version, task.losses)
            kind = DIALOGUES[REQUESTS].endpoint
            return _message("POST", kind, REQUESTS, task, body, request.asked.payee)
        case RequestAnswered(request=request):
            return _request_answered(request, task)
        case ParticipantFound() | PartyRegistered() | PartiesRegistered():
            return _participant(event, task)
        case body:
            raise ValueError(f"{type(body).__name__} is nothing a DFSP is told in FSPIOP")


def _goes_on(event: Event, original: Original) -> bool:
    """Whether the message received is itself what the receiver must get, and not only what led to it."""
    is_error = original.target.partition("?")[0].endswith("/error")
    match event.body:
        case Forwarded() | PartyAsked() | PartyFound() | TermsAsked() | TermsGiven() | Reserved() | Fulfilled():
            return True
        case Committed(role=Role.PAYER, transfer=transfer):
            return original.method == "PUT" and not is_error and transfer.answered is not Answered.RESERVED
        case Aborted(role=Role.PAYER):
            return original.method == "PUT" and is_error
        case _:
            return False


def _transfer(event: Event, task: Task) -> Outgoing:
    """Messages about a transfer that the hub makes itself."""
    now, hub = task.context.now, task.context.hub.name
    body = event.body
    assert isinstance(body, Reserved | Fulfilled | Committed | Aborted | Corrected | Stated)
    transfer = body.transfer
    words = transfers if transfer.converts is None else fxtransfers
    stem, path = _STEMS[transfer.resource], f"{transfer.resource}/{transfer.id}"
    if isinstance(body, Reserved):
        return _message("POST", f"{stem}_POST", transfer.resource, task, words.post(transfer), transfer.payer)
    if isinstance(body, Aborted):
        fault = transfer.fault
        if fault is None:
            raise ValueError(f"transfer {transfer.id} was aborted without a fault")
        source = _speaker(transfer, task) if fault.name == "PARTICIPANT" and body.role is Role.PAYER else hub
        return _message("PUT", f"{stem}_ERROR", f"{path}/error", task, error_body(fault), source)
    if isinstance(body, Corrected):
        return _message("PATCH", f"{stem}_PUT", path, task, words.patch(transfer, now, body.cause), hub)
    payer = isinstance(body, Fulfilled) or body.role is Role.PAYER
    # A provider that calls its conversion COMMITTED waits for the transfer as one does that calls it RESERVED.
    waited = transfer.answered is Answered.RESERVED or transfer.determines is not None
    if isinstance(body, Committed) and not payer and waited:
        return _message("PATCH", f"{stem}_PUT", path, task, words.patch(transfer, now), hub)
    source = _speaker(transfer, task) if payer and isinstance(body, Committed) else hub
    content = words.state(transfer, now, fulfilment=True)
    return _message("PUT", f"{stem}_PUT", path, task, content, source)


def _request_answered(request: PayRequest, task: Task) -> Outgoing:
    """What a bank says of a request, in its name; that nobody answered in time is the hub's own word.

    FSPIOP has no word for a request that its creditor takes back: who was asked gets the error that ends it.
    """
    kind, path = DIALOGUES[REQUESTS].endpoint, f"{REQUESTS}/{request.key}"
    if request.state is RequestState.EXPIRED and request.fault is not None:
        return _message("PUT", kind, f"{path}/error", task, error_body(request.fault), task.context.hub.name)
    if request.state is RequestState.CANCELLED and request.fault is not None:
        return _message("PUT", kind, f"{path}/error", task, error_body(request.fault), request.asked.payee)
    return _message("PUT", kind, path, task, requests.put(request), request.payer)


def _participant(event: Event, task: Task) -> Outgoing:
    hub, body = task.context.hub.name, event.body
    if isinstance(body, PartiesRegistered):
        content = participants.registered_many(body)
        return _message("PUT", "PARTICIPANT_BATCH_PUT", f"participants/{body.request_id}", task, content, hub)
    assert isinstance(body, ParticipantFound | PartyRegistered)
    content = participants.found(body.fsp) if isinstance(body, ParticipantFound) else participants.registered(body)
    kind = _party_endpoint("PARTICIPANT", body.party_id, "PUT")
    return _message("PUT", kind, f"participants/{party_key(body.party_id)}", task, content, hub)


def _speaker(transfer: Transfer, task: Task) -> FspId:
    """In whose name a payee's answer is told: a bank's own, since the hub only translates it, else the hub's."""
    spoke = task.context.is_bank(transfer.payee) and transfer.answered is not Answered.RESERVED
    return transfer.payee if spoke else task.context.hub.name


def _forward(event: Event, original: Original, task: Task) -> Outgoing:
    """The message as it came: its bytes, its headers, its sender's signature."""
    path = original.target if original.target.startswith("/") else f"/{original.target}"
    resource = path.split("/", 2)[1].partition("?")[0]
    key = path.partition("?")[0].removeprefix(f"/{resource}").strip("/")
    is_error = key.endswith("/error")
    headers = {name.lower(): value for name, value in original.headers}
    return Outgoing(
        dialect=original.dialect,
        method=original.method,
        endpoint_type=_full(_endpoint(resource, original.method, key, task, is_error=is_error)),
        path=path,
        resource=resource,
        version=headers.get("content-type", "").rpartition("version=")[2] or task.context.fspiop_version,
        source=FspId(headers.get("fspiop-source", "")),
        destination=event.receiver,
        body=original.body,
        forward=original,
    )


def _message(method: str, kind: str, path: str, task: Task, body: bytes, source: FspId) -> Outgoing:
    """A message the hub makes, in its own name or a bank's; nothing is signed that has no body."""
    bank = source != task.context.hub.name
    resource, version = path.partition("/")[0].partition("?")[0], task.context.fspiop_version
    return Outgoing(
        dialect=Dialect.FSPIOP,
        method=method,
        endpoint_type=_full(kind),
        path=f"/{path}",
        resource=resource,
        version=version if version in VERSIONS_OF.get(resource, (version,)) else VERSIONS_OF[resource][-1],
        source=source,
        destination=task.receiver.name,
        body=body,
        sign_as=(source if bank else SIGNED_BY_HUB) if body else None,
        losses=tuple(task.losses),
    )


def _party_endpoint(stem: str, party_id: PartyId, method: str, error: str = "") -> str:
    return f"{stem}_SUB_ID_{method}{error}" if party_id.sub_id else f"{stem}_{method}{error}"


def _full(kind: str) -> str:
    """The endpoint type as participants register it."""
    return kind if kind.startswith(_THIRD_PARTY) else _PREFIX + kind


def _endpoint(resource: str, method: str, key: str, task: Task, *, is_error: bool) -> str:
    """The endpoint type of a message to this receiver."""
    if resource != SERVICES:
        return _forward_endpoint(resource, method, key, is_error=is_error)
    # FSPIOP has no type for /services: the third party API's is used, or the base URL that FX quotes go to.
    own = f"{_THIRD_PARTY}SERVICES_{method}{'_ERROR' if is_error else ''}"
    return own if own in task.receiver.endpoints else DIALOGUES["fxQuotes"].endpoint


def _forward_endpoint(resource: str, method: str, key: str, *, is_error: bool) -> str:
    """The endpoint type of a resource, method and path behind the resource."""
    error = "_ERROR" if is_error else ""
    ids = key.removesuffix("/error").split("/", 2)
    sub = "_SUB_ID" if len(ids) == _WITH_SUB_ID else ""
    if resource == "quotes":
        return _QUOTES
    if resource in DIALOGUES:
        return DIALOGUES[resource].endpoint
    if resource in _STEMS:
        return _STEMS[resource] + ("_POST" if method == "POST" else error or "_PUT")
    if resource == "participants":
        return f"PARTICIPANT_BATCH_PUT{error}" if len(ids) == 1 else f"PARTICIPANT{sub}_PUT{error}"
    return f"PARTIES{sub}_GET" if method == "GET" else f"PARTIES{sub}_PUT{error}"
