"""Conversions in ISO 20022: what pacs.002 tells the payer's bank of one, and the pacs.008 the payee's bank gets.

pacs.002 has a place for charges (ChrgsInf) and for both amounts (OrgnlTxRef), but none for the rate: it stands in the
supplementary data envelope with the names of /fxTransfers. pacs.008 has XchgRate.
"""

from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Any, Final

import msgspec

from iso.messages.fields import Charge, FinancialInstitution
from iso.messages.pacs008 import CreditTransfer, Pacs008
from iso.messages.shape import Amount, SupplementaryData
from iso.messages.writing import escape
from schemas.canonical.exchange import Exchange
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money
from schemas.canonical.transfer import Transfer
from translator.iso.agents import institution_of
from translator.losses import Loss
from translator.outgoing import Task

NAMESPACE: Final = "urn:isoloop:fspiop"
"""Namespace of the envelope's content."""
_PLACE: Final = "FSPIOP"
_DIGITS: Final = Context(prec=11)
"""BaseOneRate: at most 11 digits, 10 of them behind the point."""
_FINEST: Final = Decimal("1E-10")
_TYPE_MAX: Final = 35


def rate_of(exchange: Exchange) -> str | None:
    """What one unit of the source currency is worth in the target currency (BaseOneRate); None if none can be said.

    The amounts rule; this is the rate that they came to, provider's charges included.
    """
    exact = Decimal(exchange.target.units) / Decimal(exchange.source.units)
    rate = _DIGITS.plus(exact)
    if rate.adjusted() >= _DIGITS.prec:
        return None
    if -int(rate.as_tuple().exponent) > -int(_FINEST.as_tuple().exponent):
        rate = rate.quantize(_FINEST)
    text = f"{rate:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if rate else None


def told(transfer: Transfer, task: Task) -> dict[str, Any]:
    """Fields of the TransactionStatus by which the payer's bank learns what its payment came to; empty if unchanged."""
    exchange = transfer.terms.exchange
    if exchange is None:
        return {}
    return {
        "charges": tuple(_charges(transfer, exchange, task)),
        "original_amount": _amount(exchange.source),
        "original_instructed": _amount(exchange.target),
        "supplementary": (SupplementaryData(_PLACE, _envelope(exchange)),),
    }


def instructed_in(exchange: Exchange, losses: list[Loss]) -> dict[str, Any]:
    """InstdAmt and XchgRate of the payment that the payee's bank gets."""
    rate = rate_of(exchange)
    if rate is None:
        losses.append(Loss("XchgRate", "", "the rate has no room in 11 digits"))
    return {"instructed_amount": _amount(exchange.source), "exchange_rate": rate}


def converted(message: Pacs008, transfer: Transfer, losses: list[Loss]) -> Pacs008:
    """A bank's own payment as it comes out of the conversion; everything else is as its sender wrote it."""
    exchange = transfer.terms.exchange
    if exchange is None:
        return message
    settled = _amount(transfer.amount)
    fields = {"settlement_amount": settled, **instructed_in(exchange, losses)}
    transactions: tuple[CreditTransfer, ...] = tuple(
        msgspec.structs.replace(one, **fields) for one in message.transactions
    )
    return msgspec.structs.replace(
        message,
        transactions=transactions,
        total_amount=settled if message.total_amount else None,
        control_sum=settled.text if message.control_sum else None,
    )


def _amount(money: Money) -> Amount:
    return Amount(money.iso, money.currency)


def _charges(transfer: Transfer, exchange: Exchange, task: Task) -> Iterator[Charge]:
    """What the provider keeps, then what the payee's FSP does; each under its name."""
    for charge in exchange.charges:
        for money in (charge.source, charge.target):
            if money is not None and money.units > 0 and money.fits_iso:
                yield Charge(_amount(money), _agent(exchange.provider, task), type_proprietary=charge.kind[:_TYPE_MAX])
            elif money is not None and money.units:
                task.losses.append(Loss(f"charges.{charge.kind}", f"{money.fspiop} {money.currency}"))
    fee = transfer.terms.payee_fee
    if fee is not None and fee.units > 0 and fee.fits_iso:
        yield Charge(_amount(fee), _agent(transfer.payee, task))


def _agent(name: FspId, task: Task) -> FinancialInstitution:
    return institution_of(task.context.participant(name), name)


def _envelope(exchange: Exchange) -> bytes:
    """The conversion under the names that /fxTransfers gives it, and the rate, in canonical form."""
    items = {
        "/counterPartyFsp": exchange.provider,
        "/sourceAmount/currency": exchange.source.currency,
        "/sourceAmount/amount": exchange.source.fspiop,
        "/targetAmount/currency": exchange.target.currency,
        "/targetAmount/amount": exchange.target.fspiop,
        "/exchangeRate": rate_of(exchange),
    }
    lines = (
        f"<Item><Path>{path}</Path><Type>s</Type><Value>{escape(value)}</Value></Item>"
        for path, value in items.items()
        if value
    )
    return f'<FspiopData xmlns="{NAMESPACE}" version="1">{"".join(lines)}</FspiopData>'.encode()
