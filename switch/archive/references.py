"""What a message can be found by: the identifications and amounts in its bytes, whatever its dialect. Pure.

Archived messages passed their edge, or were made here, so a look for elements by name finds them without building a
tree: the names below mean the same wherever they stand (ISO 20022 message definition reports, FSPIOP API definition).
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from html import unescape
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import msgspec

from schemas.canonical.money import Money, MoneyError
from schemas.canonical.wire import Dialect

MOST: Final = 5_000
"""References kept of one message; a file with more payments than that is found by those of its first ones."""
_LONGEST: Final = 128


class Key(StrEnum):
    """The kinds of references; the values are the names a search uses."""

    BUSINESS_MESSAGE_ID = "businessMessageId"
    MESSAGE_ID = "messageId"
    PAYMENT_INFORMATION_ID = "paymentInformationId"
    INSTRUCTION_ID = "instructionId"
    END_TO_END_ID = "endToEndId"
    TRANSACTION_ID = "transactionId"
    UETR = "uetr"
    TRANSFER_ID = "transferId"
    QUOTE_ID = "quoteId"
    AMOUNT = "amount"


class Reference(NamedTuple):
    """One thing a message can be found by; an amount is `5.5 USD`, exact and without trailing zeros."""

    key: Key
    value: str


_ELEMENTS: Final = {
    "BizMsgIdr": Key.BUSINESS_MESSAGE_ID,
    "MsgId": Key.MESSAGE_ID,
    "OrgnlMsgId": Key.MESSAGE_ID,
    "PmtInfId": Key.PAYMENT_INFORMATION_ID,
    "OrgnlPmtInfId": Key.PAYMENT_INFORMATION_ID,
    "InstrId": Key.INSTRUCTION_ID,
    "OrgnlInstrId": Key.INSTRUCTION_ID,
    "EndToEndId": Key.END_TO_END_ID,
    "OrgnlEndToEndId": Key.END_TO_END_ID,
    "TxId": Key.TRANSACTION_ID,
    "OrgnlTxId": Key.TRANSACTION_ID,
    "RtrId": Key.TRANSACTION_ID,
    "RvslId": Key.TRANSACTION_ID,
    "UETR": Key.UETR,
    "OrgnlUETR": Key.UETR,
}
"""Element of ISO 20022, in XML and in the variant of FSPIOP -> what it is."""
_MEMBERS: Final = {
    "transferId": Key.TRANSFER_ID,
    "commitRequestId": Key.TRANSFER_ID,
    "determiningTransferId": Key.TRANSFER_ID,
    "bulkTransferId": Key.TRANSFER_ID,
    "transactionId": Key.TRANSACTION_ID,
    "transactionRequestId": Key.TRANSACTION_ID,
    "originalTransactionId": Key.TRANSACTION_ID,
    "quoteId": Key.QUOTE_ID,
    "bulkQuoteId": Key.QUOTE_ID,
    "conversionRequestId": Key.QUOTE_ID,
}
"""Member of an FSPIOP body -> what it is."""
_PATHS: Final = {
    "transfers": Key.TRANSFER_ID,
    "fxTransfers": Key.TRANSFER_ID,
    "bulkTransfers": Key.TRANSFER_ID,
    "quotes": Key.QUOTE_ID,
    "fxQuotes": Key.QUOTE_ID,
    "bulkQuotes": Key.QUOTE_ID,
    "transactionRequests": Key.TRANSACTION_ID,
    "transactions": Key.TRANSACTION_ID,
    "authorizations": Key.TRANSACTION_ID,
}
"""FSPIOP resource -> what the id in its path is."""
_NAMES: Final = "|".join(_ELEMENTS).encode()
_FOUND: Final = rb'(?:(%b)>\s*([^<]{1,140}?)\s*</|\w++ Ccy="([A-Z]{3})">\s*([\d.]+))' % _NAMES
_IN_XML: Final = re.compile(rb"<" + _FOUND)
_WITH_PREFIXES: Final = re.compile(rb"<(?:[\w.-]++:)?+" + _FOUND)
def references(dialect: Dialect, target: str, body: bytes) -> tuple[Reference, ...]:
    """Everything a message can be found by, each once, in the order it stands there."""
    found = _of_xml(body) if dialect is Dialect.ISO_XML else _of_json(target, body)
    kept: dict[Reference, None] = {}
    for reference in found:
        if 0 < len(reference.value) <= _LONGEST:
            kept[reference] = None
        if len(kept) == MOST:
            break
    return tuple(kept)


def amount(text: str, currency: str) -> Reference | None:
    """An amount as it is searched for; None if the text is no amount of money."""
    try:
        money = Money.parse_iso(text, currency)
    except MoneyError:
        return None
    return Reference(Key.AMOUNT, f"{money.fspiop} {currency}")


def _of_xml(body: bytes) -> Iterator[Reference]:
    text = _without_signature(body)
    pattern = _IN_XML if b"xmlns:" not in text else _WITH_PREFIXES
    for name, value, currency, number in pattern.findall(text):
        if name:
            yield Reference(_ELEMENTS[name.decode()], unescape(value.decode()))
        else:
            found = amount(number.decode(), currency.decode())
            if found is not None:
                yield found


def _without_signature(body: bytes) -> bytes:
    """A message without what its header holds as a signature, which is half of it and names nothing to search for."""
    start = body.find(b"<Sgntr>")
    end = body.find(b"</Sgntr>", start)
    return body[:start] + body[end:] if 0 <= start < end else body


def _of_json(target: str, body: bytes) -> Iterator[Reference]:
    resource, *rest = target.partition("?")[0].strip("/").split("/")
    if rest and resource in _PATHS:
        yield Reference(_PATHS[resource], unquote(rest[0]))
    try:
        found = list(_inside(msgspec.json.decode(body))) if body else []
    except (msgspec.DecodeError, RecursionError):
        return
    yield from found


def _inside(value: Any) -> Iterator[Reference]:
    if isinstance(value, list):
        for item in value:
            yield from _inside(item)
    if not isinstance(value, dict):
        return
    found = _money(value)
    if found is not None:
        yield found
    for name, inner in value.items():
        key = _MEMBERS.get(name) or _ELEMENTS.get(name)
        if key is not None and isinstance(inner, str):
            yield Reference(key, inner)
        else:
            yield from _inside(inner)


def _money(value: dict[str, Any]) -> Reference | None:
    """`{amount, currency}`, or as the variant writes it `{Ccy, ActiveCurrencyAndAmount}`."""
    currency = value.get("currency", value.get("Ccy"))
    names = ("amount", "ActiveCurrencyAndAmount", "ActiveOrHistoricCurrencyAndAmount")
    number = next((value[name] for name in names if name in value), None)
    return amount(number, currency) if isinstance(number, str) and isinstance(currency, str) else None
