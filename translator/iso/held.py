"""What a bank's payment has that the canonical language does not hold, told value by value.

Between banks of one version nothing is lost, since the Document goes on as it is; this is what a DFSP never sees, and
what is missing when a payment is written anew from its terms.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from iso.messages import fields
from iso.messages.pacs008 import CreditTransfer, Pacs008
from iso.messages.shape import Amount
from translator.losses import Loss, leaves

_REASON: Final = "kept with the original only"
_AGENT: Final = frozenset({"bicfi", "lei", "member_id", "other_id"})

HELD: Final[dict[type, frozenset[str]]] = {
    Pacs008: frozenset(
        {
            "message_id", "created", "number_of_transactions", "settlement_date", "expiry", "settlement_method",
            "payment_type", "instructing_agent", "instructed_agent", "transactions", "definition",
        }
    ),
    CreditTransfer: frozenset(
        {
            "instruction_id", "end_to_end_id", "transaction_id", "uetr", "payment_type", "settlement_amount",
            "settlement_date", "reject_time", "accepted", "expiry", "charge_bearer", "instructing_agent",
            "instructed_agent", "ultimate_debtor", "debtor", "debtor_account", "debtor_agent", "creditor_agent",
            "creditor", "creditor_account", "ultimate_creditor", "purpose", "remittance",
        }
    ),
    fields.FinancialInstitution: _AGENT,
    fields.Party: frozenset({"name", "address", "kind", "residence"}),
    fields.Address: frozenset({"country", "lines"}),
    fields.Account: frozenset(
        {"iban", "other_id", "scheme", "type", "currency", "name", "proxy_type", "proxy_id"}
    ),
    fields.PaymentType: frozenset({"service_levels", "local_instrument", "category_purpose"}),
    fields.RemittanceInfo: frozenset({"unstructured", "structured"}),
    fields.StructuredRemittance: frozenset({"documents", "reference"}),
    fields.ReferredDocument: frozenset({"number"}),
    fields.Code: frozenset({"code"}),
    Amount: frozenset({"text", "currency"}),
}  # fmt: skip
"""The fields of each typed piece that the canonical language has a place for."""
_ONE_ONLY: Final = frozenset({"service_levels", "structured", "documents"})
_PARTY_NAME_ONLY: Final = frozenset({"ultimate_debtor", "ultimate_creditor"})


def not_held(message: Pacs008) -> tuple[Loss, ...]:
    """Every value of the message that its terms do not carry; also names elements that are not even typed."""
    untyped = (Loss(path, "", _REASON) for path in message.untyped)
    return (*_walk(message, ""), *untyped)


def _walk(value: Any, path: str) -> Iterator[Loss]:
    held = HELD.get(type(value), frozenset())
    for name in value.__struct_fields__:
        if name == "untyped":
            continue
        inner, where = getattr(value, name), f"{path}.{name}" if path else name
        if name not in held:
            yield from (Loss(leaf, text, _REASON) for leaf, text in leaves(inner, where))
        elif name in _PARTY_NAME_ONLY and inner is not None:
            bare = msgspec.structs.replace(inner, name=None, kind="")
            yield from (Loss(leaf, text, _REASON) for leaf, text in leaves(bare, where))
        else:
            yield from _inside(inner, where, one_only=name in _ONE_ONLY)


def _inside(value: Any, path: str, *, one_only: bool) -> Iterator[Loss]:
    if isinstance(value, msgspec.Struct):
        yield from _walk(value, path)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            if one_only and index:
                yield from (Loss(leaf, text, _REASON) for leaf, text in leaves(item, f"{path}.{index}"))
            elif isinstance(item, msgspec.Struct):
                yield from _walk(item, f"{path}.{index}")
