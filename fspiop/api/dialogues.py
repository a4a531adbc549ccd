"""The routed resources: paths, operations and stateless rules made from the table (`fspiop/messages/dialogues.py`)."""

import re
from typing import Final, get_args

from msgspec.structs import replace

from fspiop.api.resource import Found, Operation, Resource
from fspiop.errors import Refusal, refuse
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.isojson.payments import ConversionQuote
from fspiop.isojson.reading import iso_id
from fspiop.messages.dialogues import DIALOGUES, Dialogue
from fspiop.messages.schema import BodySchema
from fspiop.messages.transactionrequests import AuthenticationType
from fspiop.rules import Now, is_correlation_id
from schemas.codes.currencies import FSPIOP as CURRENCIES

_NO_ID: Final = refuse("VALIDATION", "/path/id must be a lower-case UUID or a ULID")
_AMOUNT: Final = re.compile(r"([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?")
_RETRIES: Final = re.compile(r"-?[0-9]{1,9}")
_ALLOWED: Final = "must be equal to one of the allowed values"


def resource_of(row: Dialogue) -> Resource:
    """What the application needs to know of one row."""
    collection = {} if row.post is None else {"POST": Operation(Kind.POST, BodySchema(row.post, row.max_nodes))}
    item = {"GET": Operation(Kind.GET), "PUT": Operation(Kind.PUT, BodySchema(row.put, row.max_nodes))}
    error = {"PUT": Operation(Kind.PUT_ERROR, BodySchema(row.error))}

    def find(segments: tuple[str, ...]) -> Found | None:
        match segments:
            case () if collection:
                return Found((), collection)
            case (key,):
                return Found((key,), item, _wrong(row, key))
            case (key, "error"):
                return Found((key,), error, _wrong(row, key))
        return None

    def rules(message: IncomingFspiop, _now: Now) -> IncomingFspiop | Refusal:
        if message.kind is Kind.POST and row.id_field is not None:
            body = message.body
            key = iso_id(body) if isinstance(body, ConversionQuote) else getattr(body, row.id_field)
            return replace(message, ids=(key,))
        return (_query_refusal(row, message) if message.kind is Kind.GET else None) or message

    return Resource(row.name, find, rules)


def _wrong(row: Dialogue, key: str) -> Refusal | None:
    return None if not row.strict_ids or is_correlation_id(key) else _NO_ID


def _query_refusal(row: Dialogue, message: IncomingFspiop) -> Refusal | None:
    """Why the query of a GET is not as the definition demands."""
    query = dict(message.query)
    for name in row.query:
        if name not in query:
            return refuse("MISSING_ELEMENT", f"/query must have required property '{name}'")
    for name in row.query:
        reason = _value_refusal(name, query[name])
        if reason is not None:
            return reason
    return None


def _value_refusal(name: str, value: str) -> Refusal | None:
    match name:
        case "authenticationType" if value not in get_args(AuthenticationType):
            return refuse("VALIDATION", f"/query/{name} {_ALLOWED}")
        case "currency" if value not in CURRENCIES:
            return refuse("VALIDATION", f"/query/{name} {_ALLOWED}")
        case "amount" if not _AMOUNT.fullmatch(value):
            return refuse("VALIDATION", f"/query/{name} must be an amount")
        case "retriesLeft" if not _RETRIES.fullmatch(value):
            return refuse("MALFORMED", f"/query/{name} must be integer")
    return None


RESOURCES: Final = tuple(resource_of(row) for row in DIALOGUES.values())
