"""/quotes: POST, GET, PUT and PUT error (reference sections 2 and 11)."""

from typing import Final

from msgspec.structs import replace

from fspiop.api.resource import Found, Operation, Resource
from fspiop.errors import Refusal, refuse
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.isojson.payments import CreditTransfer
from fspiop.isojson.reading import iso_id
from fspiop.messages.errors import QuoteErrorBody
from fspiop.messages.quotes import QuotesPost, QuotesPut
from fspiop.messages.schema import BodySchema
from fspiop.rules import Now, is_correlation_id

_COLLECTION: Final = {"POST": Operation(Kind.POST, BodySchema(QuotesPost))}
_ITEM: Final = {"GET": Operation(Kind.GET), "PUT": Operation(Kind.PUT, BodySchema(QuotesPut))}
_ERROR: Final = {"PUT": Operation(Kind.PUT_ERROR, BodySchema(QuoteErrorBody))}
# The definition of this resource has the pattern on its path too.
_NO_ID: Final = refuse("VALIDATION", "/path/id must be a lower-case UUID or a ULID")


def _find(segments: tuple[str, ...]) -> Found | None:
    match segments:
        case ():
            return Found((), _COLLECTION)
        case (quote_id,):
            return Found((quote_id,), _ITEM, _wrong(quote_id))
        case (quote_id, "error"):
            return Found((quote_id,), _ERROR, _wrong(quote_id))
    return None


def _wrong(quote_id: str) -> Refusal | None:
    return None if is_correlation_id(quote_id) else _NO_ID


def _rules(message: IncomingFspiop, _now: Now) -> IncomingFspiop | Refusal:
    match message.kind, message.body:
        case Kind.POST, QuotesPost(quote_id=quote_id):
            return replace(message, ids=(quote_id,))
        case Kind.POST, CreditTransfer() as body:
            return replace(message, ids=(iso_id(body),))
    return message


RESOURCE: Final = Resource("quotes", _find, _rules)
