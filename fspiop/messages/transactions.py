"""Bodies of /transactions: what became of a transaction (API definition section 6.8)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from fspiop.messages.fields import DateTime, ExtensionList

TransactionState = Literal["RECEIVED", "PENDING", "COMPLETED", "REJECTED"]
Code = Annotated[str, Meta(pattern=r"^[0-9a-zA-Z]{4,32}\Z")]


class TransactionsPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """PUT /transactions/{ID}: the state, and a code with which the payee may fetch cash or goods."""

    transaction_state: TransactionState
    completed_timestamp: DateTime | None = None
    code: Code | None = None
    extension_list: ExtensionList | None = None
