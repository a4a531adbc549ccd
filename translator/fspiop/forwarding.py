"""Messages that the hub only routes, into the canonical language (reference sections 2, 11 and 13)."""

from typing import Final

from fspiop.messages.dialogues import DialogueBody
from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.fxquotes import FxQuotesPost
from fspiop.messages.services import ServicesPut
from schemas.canonical.forwarding import Act, FindProviders, Forward
from schemas.canonical.wire import Envelope

_ACTS: Final = {"post": Act.ASK, "get": Act.QUERY, "put": Act.ANSWER, "put-error": Act.REFUSE}


def forward(
    resource: str,
    key: str,
    kind: str,
    body: DialogueBody | ServicesPut | ErrorBody | QuoteErrorBody | None,
    envelope: Envelope,
) -> Forward:
    """A routed message; `kind` is post, get, put or put-error. An FX provider needs accounts in both currencies."""
    needs: tuple[str, ...] = ()
    if isinstance(body, FxQuotesPost):
        terms = body.conversion_terms
        needs = (terms.source_amount.currency, terms.target_amount.currency)
    return Forward(envelope, resource, key, _ACTS[kind], needs)


def find_providers(ids: tuple[str, ...], envelope: Envelope) -> FindProviders:
    """GET /services/{ServiceType} or /services/FXP/{SourceCurrency}/{TargetCurrency}."""
    return FindProviders(envelope, *ids)
