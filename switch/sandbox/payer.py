"""A sandbox DFSP as payer: look the payee up, ask for a quote, check it, transfer, and tell how it ended."""

import asyncio
import time
import uuid
from datetime import datetime

import msgspec

from fspiop import ilp
from fspiop.messages.fields import Party, PartyIdInfo
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut
from fspiop.messages.transfers import TransfersPut
from schemas.canonical.money import Money
from switch.sandbox.agreement import Agreement, Customer, QuoteFor, quote_request, transfer_request
from switch.sandbox.clock import later
from switch.sandbox.fspiop_wire import FspiopWire, Tamper, error_of
from switch.sandbox.journal import Journal
from switch.sandbox.outcome import End, Outcome
from switch.sandbox.waiting import Mailbox

_ENCODE = msgspec.json.Encoder().encode
_ACCEPTED = 202


class Callback(msgspec.Struct, frozen=True):
    """A PUT that came back: from whom, whether it is an error, and its body."""

    source: str
    error: bool
    body: bytes
    signature: str


class Question(msgspec.Struct, frozen=True):
    """A request and the key its callback will come under."""

    stage: str
    method: str
    path: str
    key: str
    destination: str | None = None
    body: bytes = b""
    tamper: Tamper | None = None

    @property
    def name(self) -> str:
        """The id it is about."""
        return self.key.rpartition("/")[2]


class PaymentFailedError(Exception):
    """The payment ended before there was an agreement; `outcome` says how."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.stage}: {outcome.code} {outcome.text}")
        self.outcome = outcome


class Transfer(msgspec.Struct, frozen=True):
    """A POST /transfers ready to be sent, and sent again: the very bytes."""

    key: str
    payee_fsp: str
    body: bytes
    condition: str


class Payer:
    """The payer's side of one DFSP. Answers are handed in by the DFSP's server through `answered`."""

    def __init__(self, wire: FspiopWire, journal: Journal) -> None:
        self.name = wire.name
        self._wire = wire
        self._journal = journal
        self._waiting: Mailbox[Callback] = Mailbox()

    def answered(self, key: str, callback: Callback) -> bool:
        """Give a callback to everybody who waits for it; False if nobody does."""
        if key.startswith("transfers/") and not callback.error and _open(callback.body):
            # What a hub says of a payment that was sent again and is still under way: its end is yet to come.
            return True
        return self._waiting.deliver(key, callback)

    async def pay(
        self,
        payer: Customer,
        payee: PartyIdInfo,
        amount: Money,
        *,
        note: str = "",
        life_s: float = 30,
        wait_s: float = 30,
        about: QuoteFor | None = None,
    ) -> Outcome:
        """The whole payment; `life_s` is the transfer's expiry, `wait_s` how long each answer is waited for."""
        begun = time.perf_counter()
        try:
            agreement = await self.agree(payer, payee, amount, note=note, wait_s=wait_s, about=about)
        except PaymentFailedError as failed:
            return msgspec.structs.replace(failed.outcome, milliseconds=_since(begun))
        outcome = await self.send(self.transfer(agreement, later(life_s)), wait_s=wait_s)
        return msgspec.structs.replace(outcome, milliseconds=_since(begun))

    async def agree(
        self,
        payer: Customer,
        payee: PartyIdInfo,
        amount: Money,
        *,
        note: str = "",
        wait_s: float = 30,
        about: QuoteFor | None = None,
    ) -> Agreement:
        """Lookup and quote; raises PaymentFailedError when either ends in a refusal."""
        party = await self.look_up(payee, wait_s)
        return await self.agree_with(payer, party, party.party_id_info.fsp_id or "", amount, about, note, wait_s)

    async def agree_with(
        self,
        payer: Customer,
        payee: Party,
        fsp: str,
        amount: Money,
        about: QuoteFor | None = None,
        note: str = "",
        wait_s: float = 30,
    ) -> Agreement:
        """A quote for a party whose FSP is known; raises PaymentFailedError when it is refused."""
        quote = quote_request(payer.party(self._wire.name), payee, amount, note, later(wait_s), about)
        terms = await self._quote(quote, fsp, wait_s)
        return Agreement(str(uuid.uuid4()), fsp, quote, terms)

    async def look_up(self, payee: PartyIdInfo, wait_s: float = 30) -> Party:
        """GET /parties and its answer."""
        path = f"/parties/{payee.party_id_type}/{payee.party_identifier}"
        callback = await self.ask(Question("lookup", "GET", path, path.removeprefix("/")), wait_s)
        party = msgspec.json.decode(callback.body, type=PartiesPut).party
        known = msgspec.structs.replace(party.party_id_info, fsp_id=party.party_id_info.fsp_id or callback.source)
        return msgspec.structs.replace(party, party_id_info=known)

    async def _quote(self, quote: QuotesPost, fsp: str, wait_s: float) -> QuotesPut:
        key = f"quotes/{quote.quote_id}"
        callback = await self.ask(Question("quote", "POST", "/quotes", key, fsp, _ENCODE(quote)), wait_s)
        terms = msgspec.json.decode(callback.body, type=QuotesPut)
        if terms.transfer_amount.currency != quote.amount.currency:
            raise PaymentFailedError(Outcome(quote.quote_id, End.REFUSED, "5103", "another currency", stage="quote"))
        return terms

    def transfer(self, agreement: Agreement, expiry: datetime, amount: Money | None = None) -> Transfer:
        """The POST /transfers for an agreement; another `amount` than agreed makes it one to be refused."""
        request = transfer_request(agreement, self._wire.name, expiry)
        if amount is not None:
            changed = msgspec.structs.replace(request.amount, amount=amount.fspiop)
            request = msgspec.structs.replace(request, amount=changed)
        return Transfer(request.transfer_id, request.payee_fsp, _ENCODE(request), request.condition)

    async def send(self, transfer: Transfer, *, wait_s: float = 30, tamper: Tamper | None = None) -> Outcome:
        """Send it and wait for what became of it."""
        begun = time.perf_counter()
        key = f"transfers/{transfer.key}"
        question = Question("transfer", "POST", "/transfers", key, transfer.payee_fsp, transfer.body, tamper)
        try:
            callback = await self.ask(question, wait_s)
        except PaymentFailedError as failed:
            return msgspec.structs.replace(failed.outcome, key=transfer.key, milliseconds=_since(begun))
        told = msgspec.json.decode(callback.body, type=TransfersPut)
        settled = told.transfer_state == "COMMITTED"
        text = ""
        if settled and not ilp.fits(told.fulfilment or "", transfer.condition):
            settled, text = False, "the fulfilment does not fit the condition"
        return Outcome(
            transfer.key,
            End.SETTLED if settled else End.REFUSED,
            told.transfer_state,
            text,
            http_status=_ACCEPTED,
            milliseconds=_since(begun),
            stage="transfer",
            signature=callback.signature,
        )

    async def ask(self, question: Question, wait_s: float) -> Callback:
        """Send a request and wait for its callback; every other end is a PaymentFailedError."""
        key, name, stage = question.key, question.name, question.stage
        future = self._waiting.expect(key)
        answer = await self._wire.send(
            question.method, question.path, question.destination, question.body, question.tamper
        )
        amount = _amount(question.body) if stage == "transfer" else ""
        kind = f"{question.method} /{question.path.split('/')[1]}"
        self._journal.sent(kind, name, status=answer.status, word=answer.error_code, amount=amount)
        if answer.status != _ACCEPTED:
            self._waiting.forget(key, future)
            code, text = error_of(answer.body)
            end = End.NOT_TAKEN if answer.status else End.UNANSWERED
            raise PaymentFailedError(Outcome(name, end, code, text, answer.status, stage=stage))
        try:
            callback = await asyncio.wait_for(future, wait_s)
        except TimeoutError:
            self._waiting.forget(key, future)
            outcome = Outcome(name, End.UNANSWERED, "", "no callback", answer.status, stage=stage)
            raise PaymentFailedError(outcome) from None
        if callback.error:
            code, text = error_of(callback.body)
            outcome = Outcome(name, End.REFUSED, code, text, answer.status, stage=stage, signature=callback.signature)
            raise PaymentFailedError(outcome)
        return callback


def _open(body: bytes) -> bool:
    return msgspec.json.decode(body, type=TransfersPut).transfer_state in {"RECEIVED", "RESERVED"}


def _amount(body: bytes) -> str:
    found = msgspec.json.decode(body)["amount"]
    return f"{found['amount']} {found['currency']}"


def _since(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)
