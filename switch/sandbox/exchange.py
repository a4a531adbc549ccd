"""A sandbox DFSP as payer in another currency: quotes from a provider and the payee, the conversion, the transfer."""

import uuid
from typing import Final

import msgspec

from fspiop import ilp
from fspiop.messages.fields import MoneyBody, Party, PartyIdInfo
from fspiop.messages.fxquotes import FxConversion, FxMoney, FxQuotesPost, FxQuotesPut
from fspiop.messages.fxtransfers import FxTransfersPost, FxTransfersPut
from schemas.canonical.money import Money
from switch.sandbox.agreement import Agreement, Customer, QuoteFor
from switch.sandbox.clock import iso_moment, later
from switch.sandbox.outcome import End, Outcome
from switch.sandbox.payer import Payer, PaymentFailedError, Question

_ENCODE: Final = msgspec.json.Encoder().encode


class Order(msgspec.Struct, frozen=True):
    """What to pay: `amount` is what the payer gives (`send`) or what the payee gets, the other currency is `other`."""

    amount: Money
    other: str
    send: bool = True
    life_s: float = 30
    wait_s: float = 30


class Exchange:
    """The converting side of one payer."""

    def __init__(self, payer: Payer) -> None:
        self._payer = payer

    async def pay(self, payer: Customer, payee: PartyIdInfo, provider: str, order: Order) -> Outcome:
        """The whole payment: lookup, both quotes, conversion, transfer."""
        try:
            agreement, terms = await self.agree(payer, payee, provider, order)
            await self.convert(terms, order)
        except PaymentFailedError as failed:
            return failed.outcome
        return await self._payer.send(self._payer.transfer(agreement, later(order.life_s)), wait_s=order.wait_s)

    async def agree(
        self, payer: Customer, payee: PartyIdInfo, provider: str, order: Order
    ) -> tuple[Agreement, FxQuotesPut]:
        """Terms with the payee in its currency, and with the provider; raises PaymentFailedError if either refuses."""
        party = await self._payer.look_up(payee, order.wait_s)
        determining = str(uuid.uuid4())
        if order.send:
            terms = await self.quote(provider, order.amount, order, determining)
            got = _money(terms.conversion_terms.target_amount)
            return await self._quote_payee(payer, party, got, determining, order), terms
        agreement = await self._quote_payee(payer, party, order.amount, determining, order)
        due = agreement.terms.transfer_amount
        return agreement, await self.quote(provider, Money.parse_fspiop(due.amount, due.currency), order, determining)

    async def _quote_payee(
        self, payer: Customer, party: Party, amount: Money, determining: str, order: Order
    ) -> Agreement:
        about = QuoteFor(amount_type="SEND" if order.send else "RECEIVE", transaction_id=determining)
        fsp = party.party_id_info.fsp_id or ""
        agreement = await self._payer.agree_with(payer, party, fsp, amount, about, wait_s=order.wait_s)
        return msgspec.structs.replace(agreement, transfer_id=determining)

    async def quote(self, provider: str, amount: Money, order: Order, determining: str) -> FxQuotesPut:
        """POST /fxQuotes and its answer; `amount` is the fixed one."""
        fixed, free = FxMoney(amount.currency, amount.fspiop), FxMoney(order.other)
        asked = FxConversion(
            str(uuid.uuid4()),
            self._payer.name,
            provider,
            "SEND" if order.send else "RECEIVE",
            *((fixed, free) if order.send else (free, fixed)),
            iso_moment(later(order.wait_s)),
            determining,
        )
        name = str(uuid.uuid4())
        body = _ENCODE(FxQuotesPost(name, asked))
        question = Question("fxQuote", "POST", "/fxQuotes", f"fxQuotes/{name}", provider, body)
        return msgspec.json.decode((await self._payer.ask(question, order.wait_s)).body, type=FxQuotesPut)

    async def convert(self, terms: FxQuotesPut, order: Order) -> FxTransfersPut:
        """POST /fxTransfers and the provider's fulfilment; raises PaymentFailedError if it does not come."""
        agreed, condition = terms.conversion_terms, terms.condition or ""
        body = FxTransfersPost(
            agreed.conversion_id,
            agreed.initiating_fsp,
            agreed.counter_party_fsp,
            _body(agreed.source_amount),
            _body(agreed.target_amount),
            condition,
            agreed.determining_transfer_id,
            iso_moment(later(order.life_s)),
        )
        name = agreed.conversion_id
        question = Question(
            "fxTransfer", "POST", "/fxTransfers", f"fxTransfers/{name}", agreed.counter_party_fsp, _ENCODE(body)
        )
        callback = await self._payer.ask(question, order.wait_s)
        told = msgspec.json.decode(callback.body, type=FxTransfersPut)
        if not ilp.fits(told.fulfilment or "", condition):
            text = "the fulfilment does not fit the condition"
            raise PaymentFailedError(Outcome(name, End.REFUSED, told.conversion_state, text, stage="fxTransfer"))
        return told


def _money(amount: FxMoney) -> Money:
    return Money.parse_fspiop(amount.amount or "0", amount.currency)


def _body(amount: FxMoney) -> MoneyBody:
    return MoneyBody(amount.currency, amount.amount or "0")
