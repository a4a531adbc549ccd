"""A load that never gives up: banks and DFSPs pay each other in all directions and repeat until they know the end."""

import asyncio
import random
from typing import NamedTuple

import msgspec

from fspiop.messages.fields import PartyIdInfo
from schemas.canonical.money import Money
from switch.sandbox.behaviour import ACCEPT, SILENT, TWICE, Behaviour, Payment, reject, slow
from switch.sandbox.clock import later
from switch.sandbox.letters import Order
from switch.sandbox.outcome import Outcome
from switch.sandbox.payer import PaymentFailedError
from switch.sandbox.scheme import ACCOUNTS, BLUE, CUSTOMERS, GREEN, PINK, YELLOW, Scheme

CURRENCY = "USD"
PAIRS = (
    (BLUE, GREEN), (GREEN, BLUE), (PINK, YELLOW), (YELLOW, PINK),
    (BLUE, PINK), (GREEN, YELLOW), (PINK, GREEN), (YELLOW, BLUE),
)  # fmt: skip
LIFE_S = 10
_ANSWER_S = 60
_NOT_REACHED = (0, 503)
_TRIES = 3


class Paid(NamedTuple):
    """One payment as its payer knows it; `outcome` is None when lookup or quote came to nothing."""

    payer: str
    payee: str
    key: str
    amount: Money
    outcome: Outcome | None


class Load:
    """Payments one after the other between each pair, `width` at a time, until `stopping` is set."""

    def __init__(self, scheme: Scheme, seed: int, width: int = 4) -> None:
        self.scheme = scheme
        self.paid: list[Paid] = []
        self.stopping = asyncio.Event()
        self._chance = random.Random(seed)
        self._width = width
        for side in (*scheme.banks.values(), *scheme.dfsps.values()):
            side.scenario.decide = self._behave

    async def run(self) -> None:
        """Pay until told to stop, then wait for the end of what was begun."""
        async with asyncio.TaskGroup() as group:
            for payer, payee in PAIRS * self._width:
                group.create_task(self._pay_on(payer, payee))

    @property
    def steps(self) -> int:
        """How much has happened: entries in all journals."""
        sides = (*self.scheme.banks.values(), *self.scheme.dfsps.values())
        return sum(len(side.journal.entries) for side in sides)

    async def go_on(self, steps: int) -> None:
        """Until so much more has happened."""
        goal = self.steps + steps
        async with asyncio.timeout(_ANSWER_S):
            while self.steps < goal:  # noqa: ASYNC110 - any of many journals
                await asyncio.sleep(0.005)

    def _behave(self, payment: Payment) -> Behaviour:
        draw = self._chance.random()
        if draw < 0.08:
            return reject("AC04" if payment.account.startswith("0") else "5104", "closed")
        if draw < 0.12:
            return SILENT
        if draw < 0.2:
            return TWICE
        return slow(self._chance.random()) if draw < 0.4 else ACCEPT

    async def _pay_on(self, payer: str, payee: str) -> None:
        while not self.stopping.is_set():
            amount = Money(self._chance.randint(1, 900) * 100, CURRENCY)
            pay = self._by_bank if payer in self.scheme.banks else self._by_dfsp
            self.paid.append(await pay(payer, payee, amount))

    async def _by_bank(self, payer: str, payee: str, amount: Money) -> Paid:
        bank = self.scheme.banks[payer]
        order: Order = msgspec.structs.replace(self.scheme.order(payer, amount, payee), expiry=later(LIFE_S))
        letter = bank.write(order)
        outcome = await bank.send(letter, _ANSWER_S)
        while outcome.http_status in _NOT_REACHED:
            outcome = await bank.send(letter, _ANSWER_S)
        return Paid(payer, payee, letter.key, amount, outcome)

    async def _by_dfsp(self, payer: str, payee: str, amount: Money) -> Paid:
        side = self.scheme.dfsps[payer].payer
        for _ in range(_TRIES):
            try:
                agreement = await side.agree(CUSTOMERS[payer], self._party(payee), amount, wait_s=LIFE_S)
                break
            except PaymentFailedError:
                continue
        else:
            return Paid(payer, payee, "", amount, None)
        transfer = side.transfer(agreement, later(LIFE_S))
        outcome = await side.send(transfer, wait_s=_ANSWER_S)
        while outcome.http_status in _NOT_REACHED:
            outcome = await side.send(transfer, wait_s=_ANSWER_S)
        return Paid(payer, payee, transfer.key, amount, outcome)

    def _party(self, payee: str) -> PartyIdInfo:
        if payee in ACCOUNTS:
            return PartyIdInfo("ACCOUNT_ID", ACCOUNTS[payee][1])
        return PartyIdInfo("MSISDN", CUSTOMERS[payee].identifier)
