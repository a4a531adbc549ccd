"""Eight light banks for load: every pacs.008 and its pacs.002 are signed before the measured window."""

import re
import uuid

from iso import gate, signature
from iso.keys import pinned_key, signing_key
from iso.messages.pacs002 import Pacs002
from iso.messages.pacs008 import Pacs008
from schemas.canonical.money import Money
from switch.sandbox import letters
from switch.sandbox.behaviour import ACCEPT
from switch.sandbox.clock import now
from switch.sandbox.http import Reply, Request
from switch.sandbox.keys import rsa_keys
from switch.sandbox.letters import Order, institution
from switch.sandbox.onboarding import Hub, Operator
from tests.bench.generator import Generator, Prepared
from tests.bench.wire import http

CURRENCY = "USD"
PLENTY = Money(10**16, CURRENCY)
BANKS = {f"bank{number}": f"BNK{chr(65 + number)}KENA" for number in range(8)}
PATH = "/iso20022/messages"
VERIFIED_EVERY = 100
_UETR = re.compile(rb"<(?:\w+:)?(?:Orgnl)?UETR>([0-9a-f-]{36})<")
_STATUS = re.compile(rb"<(?:\w+:)?TxSts>(\w+)<")


class Banks(Generator):
    """The generator and the payees in one; every hundredth message of the hub is verified."""

    def __init__(self, hub: Hub, hub_certificate: str, seed: int) -> None:
        super().__init__(hub.iso_url, tuple(BANKS), seed)
        self._hub = hub
        self._pin = [pinned_key(hub_certificate)]
        self._keys = {name: rsa_keys(name) for name in BANKS}
        self._signing = {name: signing_key(keys.private_pem, keys.certificate_pem) for name, keys in self._keys.items()}
        self._received = 0

    async def onboard(self, operator: Operator, url: str) -> None:
        await operator.prepare_scheme([CURRENCY])
        for name, bic in BANKS.items():
            await operator.add_participant(name, PLENTY, PLENTY)
            profile = {
                "bic": bic,
                "callbackUrl": f"{url}/{name}",
                "certificates": [{"pem": self._keys[name].certificate_pem, "id": name}],
            }
            await operator.connect_bank(name, profile)

    def prepare_one(self) -> Prepared:
        payer, payee = self.pair()
        moment = now()
        order = Order(
            Money(self.random.randint(100, 99_999) * 100, CURRENCY),
            "Ann Payer",
            "0110000001",
            "Ben Payee",
            creditor_account="0220000002",
            creditor_agent=institution(BANKS[payee]),
            remittance="invoice 4711",
            uetr=str(uuid.UUID(int=self.random.getrandbits(128), version=4)),
        )
        payment = letters.credit_transfer(order, BANKS[payer], moment, letters.new_id())
        report = letters.status_report(payment, ACCEPT, "ACSP", moment)

        def request(sender: str, message: Pacs008 | Pacs002) -> bytes:
            definition = message.definition
            hub = letters.by_name(self._hub.name)
            header = letters.header(institution(BANKS[sender]), hub, definition, moment)
            body = signature.sign(header, letters.write_document(message, definition), self._signing[sender])
            return http("POST", PATH, self.host, {"content-type": "application/xml"}, body)

        return Prepared(order.uetr, payer, request(payer, payment), request(payee, report))

    def handle(self, request: Request) -> Reply:
        body = request.body
        self._received += 1
        if self._received % VERIFIED_EVERY == 0:
            signature.verify(gate.read(body), self._pin)
        found = _UETR.search(body)
        if found is None:
            return Reply(400, b"no UETR")
        key = found[1].decode()
        status = _STATUS.search(body)
        if status is None:
            self.asked(key)
        else:
            self.told(key, request.target.removeprefix("/"), good=status[1] == b"ACSC", body=body)
        return Reply(202)
