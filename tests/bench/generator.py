"""What bank and DFSP load share: send prepared payments, answer them from a table, repeat what a busy hub refused."""

import random
from abc import ABC, abstractmethod
from collections import Counter

import msgspec

from switch.sandbox.http import Reply, Request, listen
from switch.sandbox.onboarding import Operator
from tests.bench.load import Fire, Ran, Tracker, closed, opened
from tests.bench.wire import Client

BUSY_PAYER_SHARE = 0.7
CONNECTIONS = 256
_BUSY = 503
_TAKEN = 202


class Prepared(msgspec.Struct, frozen=True):
    """A payment ready to be sent: its id, its payer, the HTTP request, and the payee's request that answers it."""

    key: str
    payer: str
    request: bytes
    answer: bytes


class Generator(ABC):
    """Sends and is paid; a subclass says how payments look. `answered` is the status of a payee's accepted answer."""

    answered = 202

    def __init__(self, url: str, names: tuple[str, ...], seed: int) -> None:
        self.host = url.removeprefix("http://")
        self.names = names
        self.random = random.Random(seed)
        self.client = Client(url, CONNECTIONS)
        self.tracker = Tracker(0)
        self.confirmations = 0
        self.refusals: Counter[str] = Counter()
        self.payers: dict[str, str] = {}
        self._answers: dict[str, bytes] = {}

    @abstractmethod
    async def onboard(self, operator: Operator, url: str) -> None:
        """Make the participants known, reached under `url`/<name>."""

    @abstractmethod
    def prepare_one(self) -> Prepared:
        """One payment, signed where it must be."""

    def sending(self, payment: Prepared) -> None:  # noqa: B027 - few need to know
        """A payment is about to be sent."""

    @abstractmethod
    def handle(self, request: Request) -> Reply:
        """Take a message of the hub."""

    async def open(self, operator: Operator) -> None:
        """Listen and be onboarded."""
        self._listener = await listen(self.handle)
        await self.client.open()
        await self.onboard(operator, self._listener.url)

    async def close(self) -> None:
        """Hang up."""
        self.client.close()
        await self._listener.close()

    def prepare(self, count: int) -> list[Prepared]:
        """Payments between random pairs with distinct ids; all signing happens here."""
        return [self.prepare_one() for _ in range(count)]

    def pair(self) -> tuple[str, str]:
        """A payer, most often the same one, and another as payee."""
        busy, *others = self.names
        payer = busy if self.random.random() < BUSY_PAYER_SHARE else self.random.choice(others)
        return payer, self.random.choice([name for name in self.names if name != payer])

    async def run(self, name: str, payments: list[Prepared], *, in_flight: int = 0, rate: float = 0) -> Ran:
        """Send them all, closed-loop with `in_flight` or open-loop at `rate`, and wait for every final answer."""
        tracker = self.tracker = Tracker(len(payments))
        self._answers = {payment.key: payment.answer for payment in payments}
        self.payers = {payment.key: payment.payer for payment in payments}
        self.confirmations = 0
        fire = self._fire(payments)
        begun = await (closed(tracker, fire, in_flight) if in_flight else opened(tracker, fire, rate))
        return tracker.ran(name, begun)

    def _fire(self, payments: list[Prepared]) -> Fire:
        tracker = self.tracker

        def fire(number: int, planned: float) -> None:
            payment = payments[number]
            tracker.start(payment.key, planned)
            self.sending(payment)

            def done(status: int, body: bytes) -> None:
                if status == _TAKEN:
                    tracker.taken += 1
                elif status == _BUSY:
                    tracker.busy += 1
                    self.client.request(payment.request, done)
                else:
                    self.refusals[f"{status} {body.decode(errors='replace')[:200]}"] += 1
                    tracker.settle(payment.key, good=False)

            self.client.request(payment.request, done)

        return fire

    def asked(self, key: str) -> None:
        """The payee got the payment: answer it, once."""
        request = self._answers.pop(key, None)
        if request is None:
            return
        self.tracker.asked += 1

        def done(status: int, body: bytes) -> None:
            if status == _BUSY:
                self.client.request(request, done)
            elif status != self.answered:
                self.refusals[f"{status} {body.decode(errors='replace')[:200]}"] += 1
                self.tracker.wrong += 1

        self.client.request(request, done)

    def told(self, key: str, owner: str, *, good: bool, body: bytes = b"") -> None:
        """A participant was told the end: the payer's answer counts, the payee's confirmation is counted apart."""
        if self.payers.get(key) == owner:
            if not good:
                self.refusals[body.decode(errors="replace")[-300:]] += 1
            self.tracker.settle(key, good)
        else:
            self.confirmations += 1
