"""A sandbox DFSP: a real HTTP server that speaks FSPIOP as payee and as payer, with its own keys and a journal."""

import asyncio
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from fspiop.messages.bulktransfers import BulkTransfersPost
from fspiop.messages.participants import ParticipantPost
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut
from fspiop.messages.transfers import TransfersPost, TransfersPut
from schemas.canonical.money import Money
from switch.sandbox.agreement import Customer, quote_terms
from switch.sandbox.behaviour import Behaviour, Payment, Scenario
from switch.sandbox.bulk import BulkPayee
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.counterparty import ENCODE, FspiopCounterparty, error_body, state_of
from switch.sandbox.fspiop_wire import error_of
from switch.sandbox.http import Reply, Request
from switch.sandbox.journal import Way
from switch.sandbox.keys import KeyPair
from switch.sandbox.payer import Callback, Payer
from switch.sandbox.requests import HANDLED, Requests

_QUOTE_LIFE: Final = timedelta(seconds=60)
_NO_RESERVED: Final = "1.0"
_PARTY = re.compile(r"/parties/([A-Z_]+)/([^/?]+)(?:/([^/?]+))?")


class Promise(msgspec.Struct, frozen=True):
    """What the DFSP keeps as payee from quote to transfer: the terms it gave, its fulfilment, and who is paid."""

    quote: QuotesPost
    terms: QuotesPut
    fulfilment: str


class SandboxDfsp(FspiopCounterparty):
    """One DFSP. `word` is how it accepts: RESERVED (since version 1.1; it credits on the confirmation) or COMMITTED.

    `credited` has what its customers got, in units of 10^-4 by (identifier, currency).
    """

    def __init__(
        self,
        name: str,
        version: str = "2.0",
        *,
        fspiop_url: str,
        customers: tuple[Customer, ...] = (),
        word: str = "COMMITTED",
        fee: Money | None = None,
        keys: KeyPair | None = None,
        scenario: Scenario | None = None,
        journal: Path | None = None,
        iso_json: bool = False,
    ) -> None:
        super().__init__(
            name, version, fspiop_url=fspiop_url, keys=keys, scenario=scenario, journal=journal, iso_json=iso_json
        )
        self.word = "COMMITTED" if version == _NO_RESERVED else word
        self.fee = fee
        self.payer = Payer(self.wire, self.journal)
        self.customers = {customer.identifier: customer for customer in customers}
        self.requests = Requests(self.payer, self._put, self.customers)
        self.bulks = BulkPayee(self._put, self._decide, self._credit)
        self.credited: dict[tuple[str, str], int] = {}
        self._secret = secrets.token_bytes(32)
        self._promises: dict[str, Promise] = {}
        self._taken: dict[str, TransfersPost] = {}
        self._posted: set[str] = set()

    @property
    def quotes(self) -> list[QuotesPost]:
        """The quote requests it gave terms for as payee, in their order."""
        return [promise.quote for promise in self._promises.values()]

    @property
    def taken(self) -> list[str]:
        """The ids of the transfers that came to it as payee, in their order."""
        return list(self._taken)

    async def register(self, identifier: str, id_type: str = "MSISDN", wait_s: float = 10) -> bool:
        """Enter a customer in the hub's registry and wait for its confirmation."""
        mark = len(self.journal.entries)
        path = f"/participants/{id_type}/{identifier}"
        body = ENCODE(ParticipantPost(self.name))
        answer = await self.wire.send("POST", path, None, body)
        self.journal.sent("POST /participants", identifier, status=answer.status, word=answer.error_code)
        entry = await self.journal.wait(
            lambda e: e.way is Way.RECEIVED and e.kind.startswith("PUT /participants") and e.key == identifier,
            wait_s,
            mark,
        )
        return entry is not None and not entry.word

    def _hear(self, request: Request, resource: str, rest: list[str], signature: str) -> Reply | None:
        path = request.target.partition("?")[0]
        if request.method == "GET" and resource == "parties":
            self._work.start(self._answer_party(path, request.headers.get("fspiop-source", "")))
            return Reply(202)
        if request.method == "POST" and resource == "quotes":
            self._work.start(self._answer_quote(msgspec.json.decode(request.body, type=QuotesPost), request))
            return Reply(202)
        if request.method == "POST" and resource == "transfers":
            self._work.start(
                self._answer_transfer(msgspec.json.decode(request.body, type=TransfersPost), signature, request)
            )
            return Reply(202)
        if request.method == "POST" and resource == "bulkTransfers":
            order = msgspec.json.decode(request.body, type=BulkTransfersPost)
            self.journal.received("POST /bulkTransfers", order.bulk_transfer_id, status=202, signature=signature)
            self._work.start(self.bulks.answer(order, request.headers.get("fspiop-source", "")))
            return Reply(202)
        if (request.method, resource) in HANDLED:
            self.journal.received(f"{request.method} /{resource}", rest[-1] if rest else "", status=202)
            self._work.start(self.requests.handle(request))
            return Reply(202)
        if request.method in ("PUT", "PATCH") and rest:
            self._take_callback(resource, rest, request, signature)
            return Reply(200)
        return None

    def _take_callback(self, resource: str, rest: list[str], request: Request, signature: str) -> None:
        error = rest[-1] == "error"
        ids = rest[:-1] if error else rest
        name = ids[-1]
        code, _ = error_of(request.body) if error else ("", "")
        word = code or state_of(request.body)
        suffix = "/error" if error else ""
        kind = f"{request.method} /{resource}{suffix}"
        self.journal.received(kind, name, word=word, status=200, signature=signature)
        source = request.headers.get("fspiop-source", "")
        if resource == "bulkTransfers" and not error and self.bulks.told(name, request.body):
            return
        taken = self._taken.get(name) if resource == "transfers" else None
        if taken is None:
            self.payer.answered("/".join([resource, *ids]), Callback(source, error, request.body, signature))
        elif word == "COMMITTED":
            self._credit(taken)

    async def _answer_party(self, path: str, source: str) -> None:
        match = _PARTY.fullmatch(path)
        customer = self.customers.get(match[2]) if match else None
        name = match[2] if match else path
        self.journal.received("GET /parties", name, status=202)
        if customer is None:
            await self._put(f"{path}/error", source, name, error_body("3204", "Party not found"))
            return
        await self._put(path, source, name, ENCODE(PartiesPut(customer.party(self.name))))

    async def _answer_quote(self, quote: QuotesPost, request: Request) -> None:
        source = request.headers.get("fspiop-source", "")
        amount = f"{quote.amount.amount} {quote.amount.currency}"
        self.journal.received("POST /quotes", quote.quote_id, amount=amount, status=202)
        path = f"/quotes/{quote.quote_id}"
        if quote.payee.party_id_info.party_identifier not in self.customers:
            await self._put(f"{path}/error", source, quote.quote_id, error_body("3204", "Party not found"))
            return
        fee = self.fee if self.fee and self.fee.currency == quote.amount.currency else None
        terms, fulfilment = quote_terms(quote, self._secret, fee, now() + _QUOTE_LIFE, self.version)
        self._promises[terms.condition] = Promise(quote, terms, fulfilment)
        await self._put(path, source, quote.quote_id, ENCODE(terms))

    async def _answer_transfer(self, transfer: TransfersPost, signature: str, request: Request) -> None:
        name = transfer.transfer_id
        amount = f"{transfer.amount.amount} {transfer.amount.currency}"
        self.journal.received("POST /transfers", name, amount=amount, status=202, signature=signature)
        source = request.headers.get("fspiop-source", "")
        if name in self._taken:
            await self._again(source, name)
            return
        promised = self._decide(transfer)
        if promised is None:
            await self._put(f"/transfers/{name}/error", source, name, error_body("5105", "not the agreed terms"))
            return
        self._taken[name] = transfer
        fulfilment, behaviour = promised
        if behaviour.delay_s:
            await asyncio.sleep(behaviour.delay_s)
        path, body = f"/transfers/{name}/error", error_body(behaviour.reject, behaviour.text or "Payee refuses")
        word = ""
        if not behaviour.reject:
            word = behaviour.word or self.word
            fulfilled = TransfersPut(word, fulfilment, iso_moment(now()))  # type: ignore[arg-type]
            path, body = f"/transfers/{name}", ENCODE(fulfilled)
        if behaviour.copies:
            self._answers[name] = (path, body)
        for _ in range(behaviour.copies):
            status = await self._put(path, source, name, body)
            if word == "COMMITTED" and status == 200:
                self._credit(transfer)

    def _decide(self, transfer: TransfersPost) -> tuple[str, Behaviour] | None:
        """The fulfilment promised for a transfer and how to answer it; None if these are not the agreed terms."""
        promise = self._promises.get(transfer.condition)
        if promise is None or promise.terms.transfer_amount != transfer.amount:
            return None
        payee, amount = promise.quote.payee.party_id_info.party_identifier, transfer.amount
        payment = Payment(transfer.transfer_id, payee, amount.amount, amount.currency, transfer.payer_fsp)
        return promise.fulfilment, self.scenario.choose(payment)

    def _credit(self, transfer: TransfersPost) -> None:
        """Give the customer the money, once."""
        promise = self._promises.get(transfer.condition)
        if promise is None or transfer.transfer_id in self._posted:
            return
        self._posted.add(transfer.transfer_id)
        received = promise.terms.payee_receive_amount or promise.terms.transfer_amount
        got = Money.parse_fspiop(received.amount, received.currency)
        key = (promise.quote.payee.party_id_info.party_identifier, got.currency)
        self.credited[key] = self.credited.get(key, 0) + got.units
        self.journal.credited(transfer.transfer_id, got)
