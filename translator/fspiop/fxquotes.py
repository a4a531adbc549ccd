"""/fxQuotes (API definition 2.0) that the hub asks in a bank's name, and a provider's answer to it."""

from typing import Final

import msgspec

from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.fields import MoneyBody
from fspiop.messages.fxquotes import FxCharge, FxConversion, FxMoney, FxQuotesPost, FxQuotesPut
from fspiop.messages.quotes import FxRate
from schemas.canonical.commands import Refuse
from schemas.canonical.exchange import FX_QUOTES, AnswerRate, Exchange, ExchangeCharge, RateAsked
from schemas.canonical.faults import fault
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.wire import Envelope
from translator.fspiop.errors import fault_of
from translator.fspiop.values import moment_in, moment_out, money_in, money_out

PAYER: Final = "PAYER"
"""Who has the money converted where the hub orders it: the payer's side."""
_ENCODE: Final = msgspec.json.Encoder().encode


def post(asked: RateAsked) -> bytes:
    """POST /fxQuotes: the fixed side with its amount, the other one only with its currency."""
    rate = asked.rate
    fixed, other = FxMoney(rate.fixed.currency, rate.fixed.fspiop), FxMoney(rate.currency)
    source, target = (fixed, other) if rate.sends else (other, fixed)
    terms = FxConversion(
        asked.conversion,
        asked.source,
        asked.provider,
        "SEND" if rate.sends else "RECEIVE",
        source,
        target,
        moment_out(asked.expiry),
        asked.determines,
    )
    return _ENCODE(FxQuotesPost(asked.key, terms))


def answer(key: str, body: FxQuotesPut | ErrorBody | QuoteErrorBody, envelope: Envelope) -> AnswerRate | Refuse:
    """PUT /fxQuotes/{ID} and its error."""
    if not isinstance(body, FxQuotesPut):
        return AnswerRate(envelope, key, fault=fault_of(body))
    terms = body.conversion_terms
    try:
        return AnswerRate(
            envelope,
            key,
            _money(terms.source_amount),
            _money(terms.target_amount),
            tuple(_charge(one) for one in terms.charges or ()),
            moment_in(terms.expiration),
            body.condition,
        )
    except MoneyError as error:
        return Refuse(envelope, fault(error.fault, error.detail), FX_QUOTES, key)


def rate(exchange: Exchange) -> FxRate:
    """The conversion as POST /quotes tells it (currencyConversion)."""
    return FxRate(money_out(exchange.source), money_out(exchange.target))


def _money(side: FxMoney) -> Money | None:
    return None if side.amount is None else Money.parse_fspiop(side.amount, side.currency)


def _charge(charge: FxCharge) -> ExchangeCharge:
    return ExchangeCharge(charge.charge_type, _part(charge.source_amount), _part(charge.target_amount))


def _part(body: MoneyBody | None) -> Money | None:
    return money_in(body) if body is not None else None
