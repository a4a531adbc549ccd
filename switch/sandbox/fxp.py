"""A sandbox provider of conversions (FXP): it quotes at its rates, fulfils what it quoted, and books what is told."""

import asyncio
import secrets
from fractions import Fraction
from pathlib import Path
from typing import Final, Self

import msgspec

from fspiop import ilp
from fspiop.messages.errors import ErrorBody, ErrorInformation
from fspiop.messages.fxquotes import FxCharge, FxConversion, FxMoney, FxQuotesPost, FxQuotesPut
from fspiop.messages.fxtransfers import FxTransfersPatch, FxTransfersPost, FxTransfersPut
from schemas.canonical.money import Money
from schemas.codes.currencies import minor_units
from switch.sandbox.agreement import money
from switch.sandbox.behaviour import Behaviour, Payment, Scenario
from switch.sandbox.clock import iso_moment, later, now
from switch.sandbox.fspiop_wire import FspiopWire, error_of
from switch.sandbox.http import Listener, Reply, Request, listen
from switch.sandbox.journal import Journal
from switch.sandbox.keys import KeyPair, rsa_keys
from switch.sandbox.waiting import Work

_ENCODE: Final = msgspec.json.Encoder().encode
_QUOTE_LIFE_S: Final = 60
_VERSION: Final = "2.0"
_GOOD_SIGNATURES: Final = ("valid", "unsigned")
_SCALE: Final = 4

Rates = dict[tuple[str, str], Fraction]
"""(source, target) -> what one unit of the source currency is worth in the target currency."""


class SandboxFxp:
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
        self.name = name
        self.rates = rates
        self.charge = charge
        self.keys = keys or rsa_keys(name)
        self.scenario = scenario or Scenario()
        self.journal = Journal(name, journal)
        self.wire = FspiopWire(name, fspiop_url, _VERSION, self.keys)
        self.booked: dict[str, int] = {}
        self._secret = secrets.token_bytes(32)
        self._quoted: dict[str, FxConversion] = {}
        self._taken: dict[str, FxTransfersPost] = {}
        self._answers: dict[str, tuple[str, bytes]] = {}
        self._done: set[str] = set()
        self._work = Work(lambda text: self.journal.received("DEFECT", name, detail=text))
        self._listener: Listener | None = None

    @property
    def url(self) -> str:
        """Its base URL."""
        assert self._listener is not None, "not started"
        return self._listener.url

    async def start(self, port: int = 0) -> None:
        """Listen, and be ready to send."""
        self.wire.start()
        self._listener = await listen(self._handle, port=port)

    async def stop(self) -> None:
        """Hang up; answers still to be sent are dropped."""
        self._work.cancel()
        if self._listener is not None:
            await self._listener.close()
        await self.wire.stop()
        self.journal.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def take_back(self, conversion: str, code: str = "2001", text: str = "Taken back") -> int:
        """Refuse a conversion after it was fulfilled; the HTTP status of the hub's answer."""
        order = self._taken[conversion]
        return await self._put(f"/fxTransfers/{conversion}/error", order.initiating_fsp, conversion, _error(code, text))

    def _handle(self, request: Request) -> Reply:
        path = request.target.partition("?")[0]
        if path == "/health":
            return Reply(200, b'{"status":"OK"}', "application/json")
        signature = self.wire.verify(request)
        if signature not in _GOOD_SIGNATURES:
            self.journal.received(f"{request.method} {path}", path, signature=signature, status=400)
            return Reply(400, _error("3105", f"Invalid signature - {signature}"), "application/json")
        source = request.headers.get("fspiop-source", "")
        if (request.method, path) == ("POST", "/fxQuotes"):
            self._work.start(self._quote(msgspec.json.decode(request.body, type=FxQuotesPost), source))
            return Reply(202)
        if (request.method, path) == ("POST", "/fxTransfers"):
            self._work.start(self._convert(msgspec.json.decode(request.body, type=FxTransfersPost), signature))
            return Reply(202)
        resource, *rest = path.removeprefix("/").split("/")
        if request.method in ("PUT", "PATCH") and rest:
            self._hear(f"{request.method} /{resource}", rest, request, signature)
            return Reply(200)
        return Reply(404, _error("3002", f"Unknown URI - {request.method} {path}"), "application/json")

    def _hear(self, kind: str, rest: list[str], request: Request, signature: str) -> None:
        """The hub's word on a conversion; committed, its money is booked once."""
        name, failed = rest[0], rest[-1] == "error"
        word = error_of(request.body)[0] if failed else _state(request.body)
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
            await self._put(f"{path}/error", source, name, _error("3000", "no rate for these currencies and amounts"))
            return
        condition = ilp.condition_of(self._fulfilment(terms.conversion_id))
        self._quoted[condition] = terms
        await self._put(path, source, name, _ENCODE(FxQuotesPut(terms, condition)))

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
            # delivered again: the hub may not have got the answer
            if name in self._answers:
                await self._put(self._answers[name][0], order.initiating_fsp, name, self._answers[name][1])
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
            return f"{path}/error", _error("5105", "not the quoted conversion")
        if behaviour.reject:
            return f"{path}/error", _error(behaviour.reject, behaviour.text or "Provider refuses")
        fulfilment = self._fulfilment(terms.conversion_id)
        word = behaviour.word or "RESERVED"
        return path, _ENCODE(FxTransfersPut(word, fulfilment, iso_moment(now())))  # type: ignore[arg-type]

    async def _put(self, path: str, destination: str, name: str, body: bytes) -> int:
        answer = await self.wire.send("PUT", path, destination, body)
        failed = path.endswith("/error")
        word = error_of(body)[0] if failed else _state(body)
        kind = f"PUT /{path.split('/')[1]}{'/error' if failed else ''}"
        self.journal.sent(kind, name, word=word, status=answer.status, detail=answer.refusal)
        return answer.status


def _whole(units: Fraction, currency: str) -> int:
    """Rounded down to what the currency has coins for."""
    coin = int(10 ** (_SCALE - (minor_units(currency) or 0)))
    return int(units // coin) * coin


def _state(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=FxTransfersPatch).conversion_state
    except msgspec.MsgspecError:
        return ""


def _error(code: str, text: str) -> bytes:
    return _ENCODE(ErrorBody(ErrorInformation(code, text[:128])))
