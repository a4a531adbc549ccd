"""Valid FSPIOP 2.0 bodies for property tests, made from the very structs that check bodies at the edge."""

import functools
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from fspiop.messages.errors import ErrorBody
from fspiop.messages.fxquotes import FxQuotesPost, FxQuotesPut
from fspiop.messages.fxtransfers import FxTransfersPatch, FxTransfersPost, FxTransfersPut
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut
from fspiop.messages.transfers import TransfersPatch, TransfersPost, TransfersPut
from translator.isojson.convert import Mode, Options, Source, to_fspiop, to_iso

BODIES: dict[str, type[msgspec.Struct]] = {
    "parties.put": PartiesPut,
    "parties.putError": ErrorBody,
    "quotes.post": QuotesPost,
    "quotes.put": QuotesPut,
    "quotes.putError": ErrorBody,
    "transfers.post": TransfersPost,
    "transfers.put": TransfersPut,
    "transfers.patch": TransfersPatch,
    "transfers.putError": ErrorBody,
    "fxQuotes.post": FxQuotesPost,
    "fxQuotes.put": FxQuotesPut,
    "fxQuotes.putError": ErrorBody,
    "fxTransfers.post": FxTransfersPost,
    "fxTransfers.put": FxTransfersPut,
    "fxTransfers.patch": FxTransfersPatch,
    "fxTransfers.putError": ErrorBody,
}
NOW = datetime(2026, 11, 20, 8, 0, 0, 250_000, tzinfo=UTC)
ULID = "01KAF0000000000000000000ZZ"
HEADERS = {"fspiop-source": "green", "fspiop-destination": "blue"}
_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=128)
_NAMES = st.text("Aé李ا ,.'-_9", min_size=1, max_size=128).filter(lambda name: not name.isspace())


def options(mode: Mode = Mode.FULL, **switches: bool) -> Options:
    """Options with a fixed moment and id."""
    return Options(now=NOW, new_id=lambda: ULID, mode=mode, **switches)


def source(body: Any, **parts: Any) -> Source:
    """A message whose request went from green to blue."""
    return Source(body, HEADERS, {"Type": "MSISDN", "ID": "0f2a3c4d-0000-4000-8000-000000000001"}, **parts)


def there_and_back(resource: str, body: Any, **switches: bool) -> Any:
    """The body after both directions of mode full, with the ISO message written as bytes in between."""
    message = to_iso(resource, source(body), options(**switches)).body
    return to_fspiop(resource, Source(msgspec.json.decode(msgspec.json.encode(message))), options()).body


@functools.cache
def bodies(resource: str) -> st.SearchStrategy[Any]:
    """Any valid body of that resource."""
    return _of(inspect.type_info(BODIES[resource]))


def _of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    if isinstance(kind, inspect.Metadata):
        check = (kind.extra or {}).get("check")
        return _NAMES if check is not None else _of(kind.type)
    if isinstance(kind, inspect.StructType):
        needed = {field.encode_name: _of(field.type) for field in kind.fields if field.required}
        others = {field.encode_name: _of(_some(field.type)) for field in kind.fields if not field.required}
        return st.fixed_dictionaries(needed, optional=others)
    if isinstance(kind, inspect.LiteralType):
        return st.sampled_from(kind.values)
    if isinstance(kind, inspect.StrType):
        if kind.pattern:
            texts = st.from_regex(kind.pattern, fullmatch=True)
            return texts.filter(lambda text: len(text) <= (kind.max_length or len(text)))
        return _TEXT.filter(lambda text: len(text) <= (kind.max_length or 128))
    if isinstance(kind, inspect.VarTupleType | inspect.ListType):
        return st.lists(_of(kind.item_type), min_size=kind.min_length or 0, max_size=min(kind.max_length or 4, 4))
    raise TypeError(kind)


def _some(kind: inspect.Type) -> inspect.Type:
    """The type without None."""
    if isinstance(kind, inspect.UnionType):
        return next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    return kind
