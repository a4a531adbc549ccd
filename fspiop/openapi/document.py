"""The OpenAPI 3.1 document of the FSPIOP port.

One path has all versions and both dialects: a media type for each. What is answered at once stands with each call; the
outcome comes as a call of the participant's own interface, on the same paths.
"""

import re
from functools import cache
from typing import Any, Final

import msgspec

from fspiop.headers import NEEDS_DESTINATION, RESOURCE_VERSIONS, WITH_ACCEPT
from fspiop.incoming import Kind
from fspiop.isojson.statuses import StatusReport
from fspiop.messages.errors import ErrorBody
from fspiop.messages.fxtransfers import FxTransfersPatch, FxTransfersPut
from fspiop.messages.transfers import TransfersPatch, TransfersPut
from fspiop.openapi import headers
from fspiop.openapi.calls import Call, bodies, calls, id_schema, media_type
from fspiop.openapi.schemas import components, reference

_PATCHES: Final[dict[str, type[msgspec.Struct]]] = {"transfers": TransfersPatch, "fxTransfers": FxTransfersPatch}
_SUMMARIES: Final = {
    Kind.DELETE: "Take out of the register",
    Kind.PUT_ERROR: "Refuse, or tell why nothing came of it",
    Kind.BATCH_PUT_ERROR: "Tell why nothing came of a batch",
}
_QUESTIONS: Final = {
    "participants": "Which FSP holds the party",
    "parties": "Who the party is, and which FSP holds it",
    "services": "Who offers the service",
    "authorizations": "Let the payer authorise a payment at the payee's device",
}
_REFUSALS: Final = {
    400: "Refused: 31xx for what is wrong with headers, body or signature, 3000 otherwise.",
    404: "3002: there is no such path.",
    405: "3000: the path has other methods, which `Allow` lists.",
    406: "3001: the version is not served; the extension list names those that are.",
    500: "2001: the hub failed; the message may be sent again.",
    503: "2003 or 2005: not now; send the same message again.",
}
# RECEIVED is a word of the hub alone, and the status that the definition of the variant lets out is needed.
_SAID: Final = {"enum": ["RESERVED", "COMMITTED", "ABORTED"]}
_STATUS: Final = {"required": ["TxSts"], "properties": {"TxSts": {"enum": ["RESV", "COMM", "ABOR"]}}}
_ANSWERS: Final[dict[type[msgspec.Struct], dict[str, Any]]] = {
    TransfersPut: {"properties": {"transferState": _SAID}},
    FxTransfersPut: {"properties": {"conversionState": _SAID}},
    StatusReport: {"required": ["TxInfAndSts"], "properties": {"TxInfAndSts": _STATUS}},
}
_SENTENCE: Final = re.compile(r"(?<=[?.;]) ")
_TAKEN: Final = {True: (202, "Taken for good; the outcome comes as a callback."), False: (200, "Taken for good.")}
_RETRY: Final = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
_ALLOW: Final = {"Allow": {"description": "Methods.", "schema": {"type": "string"}}}
_TEXT: Final = (
    "The FSPIOP API as this hub serves it: versions 1.0, 1.1 and 2.0 and the ISO 20022 variant, told apart by "
    "their media types. Everything is asynchronous: a request is answered 202 once it is stored, and its outcome "
    "comes as a call of the sender's own interface on the same paths."
)
_CACHE: Final = {
    "operationId": "deleteEndpointcache",
    "summary": "Nothing to do: endpoints are never stale here",
    "responses": {"202": {"description": "Done."}},
}
_CURRENCY_QUERY: Final = {
    "name": "currency", "in": "query", "required": False, "schema": {"type": "string"},
    "description": "ISO 4217: only an oracle and holders of that currency are asked.",
}  # fmt: skip
_QUERIES: Final[dict[str, dict[str, Any]]] = {
    "authenticationType": {"type": "string", "enum": ["OTP", "QRCODE", "U2F"]},
    "retriesLeft": {"type": "string", "pattern": "^-?[0-9]{1,9}$"},
    "amount": {"type": "string", "pattern": r"^([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?$"},
    "currency": {"$ref": "#/components/schemas/Currency"},
}


@cache
def document(version: str) -> dict[str, Any]:
    """The document; `version` is the hub's."""
    found = calls()
    paths: dict[str, Any] = {}
    for call in found:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    paths["/endpointcache"] = {"delete": _CACHE}
    structs: list[type[msgspec.Struct]] = [ErrorBody, *_PATCHES.values()]
    structs += [struct for call in found for struct in bodies(call).values() if struct is not None]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Isoloop FSPIOP API", "version": version, "description": _TEXT},
        "tags": [{"name": name} for name in dict.fromkeys(call.resource for call in found)],
        "paths": paths,
        "webhooks": {f"patch{name[0].upper()}{name[1:]}": {"patch": _patch(name)} for name in _PATCHES},
        "components": {"schemas": components(structs), "parameters": headers.parameters()},
    }


def _operation(call: Call) -> dict[str, Any]:
    kind, media = call.operation.kind, bodies(call)
    body = next(iter(media.values()))
    status, taken = _TAKEN[kind.is_request]
    told: dict[str, Any] = {
        "operationId": call.method.lower() + "".join(_word(part) for part in call.path.split("/")),
        "tags": [call.resource],
        "summary": _summary(call, body),
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": id_schema(call, name)} for name in call.ids),
            *_query(call),
            *headers.negotiation(list(media), accept=call.method in WITH_ACCEPT, bodiless=body is None),
            *headers.references(addressed=call.resource in NEEDS_DESTINATION),
        ],
        "responses": {str(status): {"description": taken}} | refusals(call.resource),
    }
    if body is not None:
        content = {name: {"schema": _body(call, struct)} for name, struct in media.items() if struct is not None}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _body(call: Call, struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of a body, with what the edge demands of an answer besides."""
    rule = _ANSWERS.get(struct) if call.operation.kind is Kind.PUT else None
    return reference(struct) if rule is None else {"allOf": [reference(struct), rule]}


def _query(call: Call) -> list[dict[str, Any]]:
    if call.operation.kind is Kind.GET and call.resource in {"parties", "participants"}:
        return [_CURRENCY_QUERY]
    return [{"name": name, "in": "query", "required": True, "schema": _QUERIES[name]} for name in call.query]


def _patch(resource: str) -> dict[str, Any]:
    struct = _PATCHES[resource]
    versions = [version for version in RESOURCE_VERSIONS[resource] if version != "1.0"]
    content = {media_type(resource, version): {"schema": reference(struct)} for version in versions}
    return {
        "tags": [resource],
        "summary": _first_words(struct),
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "Taken."}},
    }


def refusals(resource: str) -> dict[str, Any]:
    """What is answered at once to a message that is not taken."""
    content = {media_type(resource, "1.0"): {"schema": reference(ErrorBody)}}
    more = {405: {"headers": _ALLOW}, 503: {"headers": _RETRY}}
    return {
        str(status): {"description": text, "content": content, **more.get(status, {})}
        for status, text in _REFUSALS.items()
    }


def _summary(call: Call, body: type[msgspec.Struct] | None) -> str:
    if call.operation.kind is Kind.GET:
        return _QUESTIONS.get(call.resource, "How it stands")
    return _SUMMARIES.get(call.operation.kind) or _first_words(body)


def _first_words(struct: type[msgspec.Struct] | None) -> str:
    """The first sentence that a body says of itself after its method and path."""
    text = ((struct.__doc__ if struct is not None else None) or "").partition("\n")[0].partition(": ")[2]
    first = _SENTENCE.split(text)[0].rstrip(".;")
    return first[:1].upper() + first[1:]


def _word(part: str) -> str:
    bare = part.strip("{}")
    return f"{bare[:1].upper()}{bare[1:]}"
