"""Complete FSPIOP payments for load: lookup, quote and transfer, from GET /parties to the PUT of the transfer.

Six messages to the hub and six from it. The party is found in the hub's own registry; nothing is signed, as in the
published runs of other hubs.
"""

import asyncio
import re
from collections import defaultdict, deque

import msgspec

from fspiop.headers import hub_headers
from fspiop.messages.fields import MoneyBody, Party, PartyIdInfo
from fspiop.messages.participants import ParticipantPost
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut, TransactionType
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.http import Reply, Request
from switch.sandbox.onboarding import Hub, Operator
from tests.bench.dfsps import CONDITION, CURRENCY, LIFE, Dfsps
from tests.bench.generator import Prepared
from tests.bench.wire import http

VERSION = "1.1"
NUMBERS = {f"shop{number}": f"25677200{number:04d}" for number in range(8)}
_BUSY, _TAKEN = 503, (200, 202)
_QUOTE_ID = re.compile(rb'"quoteId":"([0-9a-f-]{36})"')
_AMOUNT = re.compile(rb'"amount":\{"currency":"[A-Z]{3}","amount":"([0-9]+)"\}')
_PACKET = re.compile(rb'"ilpPacket":"([^"]+)"')
_ENCODE = msgspec.json.Encoder().encode


class _Steps(msgspec.Struct, frozen=True):
    """What follows the lookup of one payment."""

    ask: bytes
    quote: bytes
    transfer: bytes


class Complete(Dfsps):
    """The same participants; the payment begins with the question who the payee is."""

    def __init__(self, hub: Hub, seed: int) -> None:
        super().__init__(hub, seed, tuple(NUMBERS))
        self._steps: dict[str, _Steps] = {}
        self._parties: dict[tuple[str, str], bytes] = {}
        self._looking: dict[tuple[str, str], deque[str]] = defaultdict(deque)

    async def onboard(self, operator: Operator, url: str) -> None:
        await super().onboard(operator, url)
        await operator.register_oracle("MSISDN")
        for name, number in NUMBERS.items():
            taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            body = _ENCODE(ParticipantPost(name))
            request = self._message("participants", "POST", f"/participants/MSISDN/{number}", name, "", body)
            self.client.request(request, lambda status, _body, taken=taken: taken.set_result(status))  # type: ignore[misc]
            if await taken != 202:
                raise RuntimeError(f"{name} could not register its customer")

    def prepare_one(self) -> Prepared:
        transfer = super().prepare_one()
        _, _, after = transfer.request.partition(b'"payeeFsp":"')
        payee = after.partition(b'"')[0].decode()
        amount = _AMOUNT.search(transfer.request)
        packet = _PACKET.search(transfer.request)
        assert amount is not None and packet is not None
        money = MoneyBody(CURRENCY, amount[1].decode())
        payer, key, path = transfer.payer, transfer.key, f"/parties/MSISDN/{NUMBERS[payee]}"
        ask = QuotesPost(
            key, key, _party(payee), _party(payer), "SEND", money, TransactionType("TRANSFER", "PAYER", "CONSUMER")
        )
        quote = QuotesPut(money, iso_moment(now() + LIFE), packet[1].decode(), CONDITION)
        self._steps[key] = _Steps(
            self._message("quotes", "POST", "/quotes", payer, payee, _ENCODE(ask)),
            self._message("quotes", "PUT", f"/quotes/{key}", payee, payer, _ENCODE(quote)),
            transfer.request,
        )
        return Prepared(key, payer, self._message("parties", "GET", path, payer, "", b""), transfer.answer)

    def _message(self, resource: str, method: str, path: str, source: str, destination: str, body: bytes) -> bytes:
        headers = hub_headers(
            resource=resource,
            version=VERSION,
            method=method,
            uri=path,
            source=source,
            destination=destination,
            date=now(),
        )
        return http(method, path, self.host, {name: value for name, value in headers if value}, body)

    def sending(self, payment: Prepared) -> None:
        """Lookups of one payer for one party are answered in the order they were asked."""
        number = payment.request.split(b" ", 2)[1].rpartition(b"/")[2].decode()
        self._looking[payment.payer, number].append(payment.key)

    def handle(self, request: Request) -> Reply:
        _, owner, resource, *path = request.target.split("/")
        if request.method == "GET":
            self._send(self._party(owner, request.headers["fspiop-source"], path[-1]))
            return Reply(202)
        if resource == "parties":
            self._send(self._steps[self._looking[owner, path[-1]].popleft()].ask)
        elif resource == "quotes" and request.method == "PUT":
            self._send(self._steps.pop(path[0]).transfer)
        elif resource == "quotes":
            found = _QUOTE_ID.search(request.body)
            assert found is not None
            self._send(self._steps[found[1].decode()].quote)
            return Reply(202)
        else:
            return super().handle(request)
        return Reply(200)

    def _party(self, payee: str, payer: str, number: str) -> bytes:
        """The payee's answer to a payer, the same each time."""
        if (payee, payer) not in self._parties:
            path, body = f"/parties/MSISDN/{number}", _ENCODE(PartiesPut(_party(payee)))
            self._parties[payee, payer] = self._message("parties", "PUT", path, payee, payer, body)
        return self._parties[payee, payer]

    def _send(self, request: bytes) -> None:
        def done(status: int, body: bytes) -> None:
            if status == _BUSY:
                self.client.request(request, done)
            elif status not in _TAKEN:
                self.refusals[f"{status} {body.decode(errors='replace')[:200]}"] += 1
                self.tracker.wrong += 1

        self.client.request(request, done)


def _party(owner: str) -> Party:
    return Party(PartyIdInfo("MSISDN", NUMBERS[owner], fsp_id=owner), name=f"Customer of {owner}")
