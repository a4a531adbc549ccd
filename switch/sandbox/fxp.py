"""A sandbox provider of conversions (FXP): it quotes at its rates, fulfils what it quoted, and books what is told."""

import asyncio
import secrets
from fractions import Fraction
from pathlib import Path
from typing import Final

import msgspec

from fspiop import ilp
from fspiop.messages.fxquotes import FxCharge, FxConversion, FxMoney, FxQuotesPost, FxQuotesPut
from fspiop.messages.fxtransfers import FxTransfersPost, FxTransfersPut
from schemas.canonical.money import Money
from schemas.codes.currencies import minor_units
from switch.sandbox.agreement import money
from switch.sandbox.behaviour import Behaviour, Payment, Scenario
from switch.sandbox.clock import iso_moment, later, now
from switch.sandbox.counterparty import ENCODE, FspiopCounterparty, error_body, state_of
from switch.sandbox.fspiop_wire import error_of
from switch.sandbox.http import Reply, Request
from switch.sandbox.keys import KeyPair

_QUOTE_LIFE_S: Final = 60
_VERSION: Final = "2.0"
_SCALE: Final = 4

Rates = dict[tuple[str, str], Fraction]
"""(source, target) -> what one unit of the source currency is worth in the target currency."""


class SandboxFxp(FspiopCounterparty):
    """One provider. `scenario` decides by source amount or determining transfer how it answers an order.

    `booked` is what it got and gave by conversions that were committed, in units of 10^-4 by currency. A `charge` in
    the source currency is taken from the amount to be converted, or comes on top of it.
    """

    def __init__(
        self,
        name: str,
        *,
        fspiop_url: str,
        rates: Rates,
        charge: Money | None = None,
        keys: KeyPair | None = None,
        scenario: Scenario | None = None,
        journal: Path | None = None,
    ) -> None:
        super().__init__(name, _VERSION, fspiop_url=fspiop_url, keys=keys, scenario=scenario, journal=journal)
        self.rates = rates
        self.charge = charge
        self.booked: dict[str, int] = {}
        self._secret = secrets.token_bytes(32)
        self._quoted: dict[str, FxConversion] = {}
        self._taken: dict[str, FxTransfersPost] = {}
        self._done: set[str] = set()

    async def take_back(self, conversion: str, code: str = "2001", text: str = "Taken back") -> int:
        """Refuse a conversion after it was fulfilled; the HTTP status of the hub's answer."""
        order = self._taken[conversion]
        return await self._put(
            f"/fxTransfers/{conversion}/error", order.initiating_fsp, conversion, error_body(code, text)
        )

    def _hear(self, request: Request, resource: str, rest: list[str], signature: str) -> Reply | None:
        source = request.headers.get("fspiop-source", "")
        if (request.method, resource, rest) == ("POST", "fxQuotes", []):
            self._work.start(self._quote(msgspec.json.decode(request.body, type=FxQuotesPost), source))
            return Reply(202)
        if (request.method, resource, rest) == ("POST", "fxTransfers", []):
            self._work.start(self._convert(msgspec.json.decode(request.body, type=FxTransfersPost), signature))
            return Reply(202)
        if request.method in ("PUT", "PATCH") and rest:
            self._told(f"{request.method} /{resource}", rest, request, signature)
            return Reply(200)
        return None

    def _told(self, kind: str, rest: list[str], request: Request, signature: str) -> None:
        """The hub's word on a conversion; committed, its money is booked once."""
        name, failed = rest[0], rest[-1] == "error"
        word = error_of(request.body)[0] if failed else state_of(request.body)
        self.journal.received(kind + ("/error" if failed else ""), name, word=word, status=200, signature=signature)
        order = self._taken.get(name)
        if order is None or word != "COMMITTED" or name in self._done:
            return
        self._done.add(name)
        for amount, sign in ((order.source_amount, 1), (order.target_amount, -1)):
            units = Money.parse_fspiop(amount.amount, amount.currency).units
            self.booked[amount.currency] = self.booked.get(amount.currency, 0) + sign * units

    async def _quote(self, request: FxQuotesPost, source: str) -> None:
        asked, name = request.conversion_terms, request.conversion_request_id
        self.journal.received("POST /fxQuotes", name, status=202)
        path = f"/fxQuotes/{name}"
        terms = self._terms(asked)
        if terms is None:
            await self._put(
                f"{path}/error", source, name, error_body("3000", "no rate for these currencies and amounts")
            )
            return
        condition = ilp.condition_of(self._fulfilment(terms.conversion_id))
        self._quoted[condition] = terms
        await self._put(path, source, name, ENCODE(FxQuotesPut(terms, condition)))

    def _terms(self, asked: FxConversion) -> FxConversion | None:
        """The conversion with both amounts; None if there is no rate, or nothing would be left."""
        source, target = asked.source_amount.currency, asked.target_amount.currency
        rate = self.rates.get((source, target))
        fixed = asked.source_amount if asked.amount_type == "SEND" else asked.target_amount
        if rate is None or fixed.amount is None:
            return None
        charge = self.charge.units if self.charge is not None and self.charge.currency == source else 0
        units = Money.parse_fspiop(fixed.amount, fixed.currency).units
        if asked.amount_type == "SEND":
            given, got = units, _whole((units - charge) * rate, target)
        else:
            given, got = -_whole(-units / rate, source) + charge, units
        if given <= 0 or got <= 0:
            return None
        charges = (FxCharge("COMMISSION", money(Money(charge, source))),) if charge else None
        return msgspec.structs.replace(
            asked,
            source_amount=FxMoney(source, Money(given, source).fspiop),
            target_amount=FxMoney(target, Money(got, target).fspiop),
            charges=charges,
            expiration=iso_moment(later(_QUOTE_LIFE_S)),
        )

    def _fulfilment(self, conversion: str) -> str:
        return ilp.fulfilment_for(self._secret, conversion)

    async def _convert(self, order: FxTransfersPost, signature: str) -> None:
        name, source = order.commit_request_id, order.source_amount
        amount = f"{source.amount} {source.currency}"
        self.journal.received("POST /fxTransfers", name, amount=amount, status=202, signature=signature)
        if name in self._taken:
            await self._again(order.initiating_fsp, name)
            return
        self._taken[name] = order
        payment = Payment(
            name, order.determining_transfer_id or "", source.amount, source.currency, order.initiating_fsp
        )
        behaviour = self.scenario.choose(payment)
        if behaviour.delay_s:
            await asyncio.sleep(behaviour.delay_s)
        path, body = self._answer(order, behaviour)
        if behaviour.copies:
            self._answers[name] = (path, body)
        for _ in range(behaviour.copies):
            await self._put(path, order.initiating_fsp, name, body)

    def _answer(self, order: FxTransfersPost, behaviour: Behaviour) -> tuple[str, bytes]:
        """The fulfilment of what was quoted, or the refusal of anything else."""
        path = f"/fxTransfers/{order.commit_request_id}"
        terms = self._quoted.get(order.condition)
        agreed = terms is not None and (
            (terms.source_amount.amount, terms.source_amount.currency),
            (terms.target_amount.amount, terms.target_amount.currency),
        ) == (
            (order.source_amount.amount, order.source_amount.currency),
            (order.target_amount.amount, order.target_amount.currency),
        )
        if terms is None or not agreed:
            return f"{path}/error", error_body("5105", "not the quoted conversion")
        if behaviour.reject:
            return f"{path}/error", error_body(behaviour.reject, behaviour.text or "Provider refuses")
        fulfilment = self._fulfilment(terms.conversion_id)
        word = behaviour.word or "RESERVED"
        return path, ENCODE(FxTransfersPut(word, fulfilment, iso_moment(now())))  # type: ignore[arg-type]


def _whole(units: Fraction, currency: str) -> int:
    """Rounded down to what the currency has coins for."""
    coin = int(10 ** (_SCALE - (minor_units(currency) or 0)))
    return int(units // coin) * coin
