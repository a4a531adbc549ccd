"""The resources that the hub routes as dialogues, one row each: edge, translator and lane read what they need here.

Sources: reference sections 2, 3, 4, 11 and 13. A new resource of this kind is a new row.
"""

from typing import Final, NamedTuple

import msgspec

from fspiop.messages.authorizations import AuthorizationsPut
from fspiop.messages.bulkquotes import BulkQuotesPost, BulkQuotesPut
from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.fxquotes import FxQuotesPost, FxQuotesPut
from fspiop.messages.transactionrequests import TransactionRequestsPost, TransactionRequestsPut
from fspiop.messages.transactions import TransactionsPut
from schemas.canonical.conversion import FX_TRANSFERS

DialogueBody = (
    AuthorizationsPut
    | BulkQuotesPost
    | BulkQuotesPut
    | FxQuotesPost
    | FxQuotesPut
    | TransactionRequestsPost
    | TransactionRequestsPut
    | TransactionsPut
)
_CLASSIC: Final = ("1.0", "1.1", "2.0")
_BULK_NODES: Final = 100_000


class Dialogue(NamedTuple):
    """One resource.

    `id_field` names the id in the body of its POST (None: it has no POST). `endpoint` is the endpoint type without
    FSPIOP_CALLBACK_URL_. `strict_ids`: ids in the path must be UUIDs or ULIDs. `addressed`: without a destination it
    is refused at once. `query`: names its GET must have. `one_answer`: a second, other answer is 3106. `ruled`: the
    scheme's rules on quotes apply. `unknown` is the fault where nothing is known of an id, `not_for_banks` that of a
    request which no bank can be asked.
    """

    name: str
    put: type[msgspec.Struct]
    endpoint: str
    unknown: str
    not_for_banks: str
    post: type[msgspec.Struct] | None = None
    id_field: str | None = None
    error: type[msgspec.Struct] = ErrorBody
    versions: tuple[str, ...] = _CLASSIC
    strict_ids: bool = False
    addressed: bool = False
    query: tuple[str, ...] = ()
    one_answer: bool = False
    ruled: bool = False
    max_nodes: int = 10_000


_ROWS: Final = (
    Dialogue(
        "fxQuotes", FxQuotesPut, "FX_QUOTES", "QUOTE_NOT_FOUND", "VALIDATION",
        FxQuotesPost, "conversion_request_id", QuoteErrorBody, ("2.0",),
        strict_ids=True, addressed=True, one_answer=True, ruled=True,
    ),
    Dialogue(
        "bulkQuotes", BulkQuotesPut, "BULK_QUOTES", "BULK_QUOTE_NOT_FOUND", "UNSUPPORTED_TYPE",
        BulkQuotesPost, "bulk_quote_id", QuoteErrorBody,
        strict_ids=True, addressed=True, one_answer=True, ruled=True, max_nodes=_BULK_NODES,
    ),
    Dialogue(
        "transactionRequests", TransactionRequestsPut, "TRX_REQ_SERVICE", "TRANSACTION_REQUEST_NOT_FOUND",
        "PAYER_UNSUPPORTED_TYPE", TransactionRequestsPost, "transaction_request_id",
    ),
    Dialogue(
        "authorizations", AuthorizationsPut, "AUTHORIZATIONS", "TRANSACTION_REQUEST_NOT_FOUND", "UNSUPPORTED_TYPE",
        query=("authenticationType", "retriesLeft", "amount", "currency"),
    ),
    Dialogue("transactions", TransactionsPut, "TRX_REQ_SERVICE", "TRANSACTION_NOT_FOUND", "UNSUPPORTED_TYPE"),
)  # fmt: skip

DIALOGUES: Final[dict[str, Dialogue]] = {row.name: row for row in _ROWS}
"""Resource -> its row."""

SERVICES: Final = "services"
"""/services is asked of the hub itself."""
SERVICE_TYPES: Final = ("FXP", "THIRD_PARTY_DFSP", "PISP", "AUTH_SERVICE")
"""What an FSP may offer."""
ONLY_NEWEST: Final = ("2.0",)
"""/services and /fxTransfers came with version 2.0."""
VERSIONS_OF: Final[dict[str, tuple[str, ...]]] = {SERVICES: ONLY_NEWEST, FX_TRANSFERS: ONLY_NEWEST} | {
    row.name: row.versions for row in _ROWS
}
"""Resource -> the versions it is served in."""
