"""Eight light DFSPs for load: the transfer leg of FSPIOP, from POST /transfers to the PUT at the payer.

As in the published runs of other hubs there is no lookup, no quote and no signature in this leg; the condition is real
and its fulfilment is checked by the hub.
"""

import re
import uuid
from datetime import timedelta

import msgspec

from fspiop import ilp
from fspiop.headers import hub_headers
from fspiop.messages.fields import MoneyBody
from fspiop.messages.transfers import TransfersPost, TransfersPut
from schemas.canonical.money import Money
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.http import Reply, Request
from switch.sandbox.onboarding import Hub, Operator
from tests.bench.generator import Generator, Prepared
from tests.bench.wire import http

CURRENCY = "EUR"
PLENTY = Money(10**16, CURRENCY)
DFSPS = tuple(f"dfsp{number}" for number in range(8))
LIFE = timedelta(minutes=10)
FULFILMENT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
CONDITION = ilp.condition_of(FULFILMENT)
_ID = re.compile(rb'"transferId":"([0-9a-f-]{36})"')
_ENCODE = msgspec.json.Encoder().encode


class Dfsps(Generator):
    """The generator and the payees in one."""

    answered = 200

    def __init__(self, hub: Hub, seed: int, names: tuple[str, ...] = DFSPS) -> None:
        super().__init__(hub.fspiop_url, names, seed)

    async def onboard(self, operator: Operator, url: str) -> None:
        await operator.prepare_scheme([CURRENCY])
        for name in self.names:
            await operator.add_participant(name, PLENTY, PLENTY)
            await operator.connect_dfsp(name, f"{url}/{name}")

    def prepare_one(self) -> Prepared:
        payer, payee = self.pair()
        key = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        moment = now()
        amount = MoneyBody(CURRENCY, str(self.random.randint(1, 999)))
        packet = ilp.encode(ilp.Prepare(int(amount.amount) * 100, moment + LIFE, CONDITION, b'{"transactionId":"x"}'))
        transfer = TransfersPost(key, payee, payer, amount, packet, CONDITION, iso_moment(moment + LIFE))
        answer = TransfersPut("COMMITTED", FULFILMENT)
        return Prepared(
            key,
            payer,
            self._http("POST", "/transfers", payer, payee, _ENCODE(transfer)),
            self._http("PUT", f"/transfers/{key}", payee, payer, _ENCODE(answer)),
        )

    def _http(self, method: str, path: str, source: str, destination: str, body: bytes) -> bytes:
        headers = hub_headers(
            resource="transfers",
            version="1.1",
            method=method,
            uri=path,
            source=source,
            destination=destination,
            date=now(),
        )
        return http(method, path, self.host, dict(headers), body)

    def handle(self, request: Request) -> Reply:
        _, owner, *path = request.target.split("/")
        if request.method == "POST":
            found = _ID.search(request.body)
            if found is not None:
                self.asked(found[1].decode())
            return Reply(202)
        if path[0] == "transfers":
            self.told(path[1], owner, good=path[-1] != "error" and b'"COMMITTED"' in request.body, body=request.body)
        return Reply(200)
