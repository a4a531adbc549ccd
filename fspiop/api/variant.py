"""The ISO 20022 variant by resource and kind: one row makes a body readable in it, and beside its other form."""

from typing import Any, Final, NamedTuple

from fspiop.api.resource import Operation
from fspiop.incoming import Kind
from fspiop.isojson.payments import ConversionQuote, ConversionTransfer, CreditTransfer
from fspiop.isojson.statuses import ErrorReport, StatusReport
from fspiop.isojson.verification import PartyReport
from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.fxquotes import FxQuotesPost, FxQuotesPut
from fspiop.messages.fxtransfers import FxTransfersPost, FxTransfersPut
from fspiop.messages.json_gate import JsonError, read_json
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut
from fspiop.messages.schema import BodySchema
from fspiop.messages.transfers import TransfersPost, TransfersPut
from schemas.canonical.wire import Dialect, Original


class Variant(NamedTuple):
    """One body in both dialects."""

    iso: BodySchema[Any]
    classic: BodySchema[Any]


_PARTY: Final = BodySchema(PartyReport)
_PAYMENT: Final = BodySchema(CreditTransfer)
_CONVERSION: Final = BodySchema(ConversionQuote)
_STATUS: Final = BodySchema(StatusReport)
_ERROR: Final = BodySchema(ErrorReport)

VARIANTS: Final[dict[tuple[str, Kind], Variant]] = {
    ("parties", Kind.PUT): Variant(_PARTY, BodySchema(PartiesPut)),
    ("parties", Kind.PUT_ERROR): Variant(_PARTY, BodySchema(ErrorBody)),
    ("quotes", Kind.POST): Variant(_PAYMENT, BodySchema(QuotesPost)),
    ("quotes", Kind.PUT): Variant(_PAYMENT, BodySchema(QuotesPut)),
    ("quotes", Kind.PUT_ERROR): Variant(_ERROR, BodySchema(QuoteErrorBody)),
    ("transfers", Kind.POST): Variant(_PAYMENT, BodySchema(TransfersPost)),
    ("transfers", Kind.PUT): Variant(_STATUS, BodySchema(TransfersPut)),
    ("transfers", Kind.PUT_ERROR): Variant(_ERROR, BodySchema(ErrorBody)),
    ("fxQuotes", Kind.POST): Variant(_CONVERSION, BodySchema(FxQuotesPost)),
    ("fxQuotes", Kind.PUT): Variant(_CONVERSION, BodySchema(FxQuotesPut)),
    ("fxQuotes", Kind.PUT_ERROR): Variant(_ERROR, BodySchema(QuoteErrorBody)),
    ("fxTransfers", Kind.POST): Variant(BodySchema(ConversionTransfer), BodySchema(FxTransfersPost)),
    ("fxTransfers", Kind.PUT): Variant(_STATUS, BodySchema(FxTransfersPut)),
    ("fxTransfers", Kind.PUT_ERROR): Variant(_ERROR, BodySchema(ErrorBody)),
}
"""What differs between the dialects; bodies of other resources are the same in both."""


_PASSED_ON: Final = frozenset({"parties", "quotes", "fxQuotes"})


def is_passed_on(resource: str, operation: Operation, original: Original) -> bool:
    """Whether the body is an answer of the variant that the hub only sends on, whatever stands in its JSON object."""
    if original.dialect is not Dialect.FSPIOP_ISO or operation.kind is not Kind.PUT or resource not in _PASSED_ON:
        return False
    try:
        return isinstance(read_json(original.body)[0], dict)
    except JsonError:
        return False


def schema_of(resource: str, operation: Operation, dialect: Dialect) -> BodySchema[Any] | None:
    """The schema of a body in that dialect."""
    row = VARIANTS.get((resource, operation.kind)) if dialect is Dialect.FSPIOP_ISO else None
    return operation.schema if row is None else row.iso
