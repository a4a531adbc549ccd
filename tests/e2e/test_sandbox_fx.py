"""Payments across two currencies end to end: two sandbox DFSPs, a sandbox provider with keys and rates, a real hub."""

import asyncio
import uuid
from fractions import Fraction
from typing import Self

import pytest

from fspiop.messages.fields import PartyIdInfo
from schemas.canonical.money import Money
from switch.sandbox.agreement import Customer
from switch.sandbox.behaviour import Behaviour, reject, slow
from switch.sandbox.dfsp import SandboxDfsp
from switch.sandbox.exchange import Exchange, Order
from switch.sandbox.fxp import SandboxFxp
from switch.sandbox.onboarding import Hub as Address
from switch.sandbox.onboarding import Operator
from switch.sandbox.outcome import End

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
SOURCE, TARGET = "USD", "KES"
RICH = 1_000_000_000
TEN = Money(100_000, SOURCE)


class Stage:
    """A payer that holds dollars, a payee that holds shillings (and takes a fee), a provider that holds both."""

    def __init__(self, hub) -> None:
        mark, digits = uuid.uuid4().hex[:8], str(uuid.uuid4().int)[:9]
        self.address = Address(hub.fspiop, hub.admin, hub.iso)
        self.ann, self.ben = Customer(f"1{digits}", "Ann", "Payer"), Customer(f"2{digits}", "Ben", "Payee")
        self.blue = SandboxDfsp(f"blue{mark}", fspiop_url=hub.fspiop, customers=(self.ann,))
        self.green = SandboxDfsp(
            f"green{mark}", fspiop_url=hub.fspiop, customers=(self.ben,), word="RESERVED", fee=Money(100_000, TARGET)
        )
        rates = {(SOURCE, TARGET): Fraction(129)}
        self.fxp = SandboxFxp(f"fxp{mark}", fspiop_url=hub.fspiop, rates=rates, charge=Money(5_000, SOURCE))

    async def __aenter__(self) -> Self:
        everybody = (self.blue, self.green, self.fxp)
        await asyncio.gather(*(one.start() for one in everybody))
        async with Operator(self.address) as operator:
            await operator.register_oracle("MSISDN")
            hub_keys = await operator.keys(self.address.name)
            held = {self.blue: (SOURCE,), self.green: (TARGET,), self.fxp: (SOURCE, TARGET)}
            for one, currencies in held.items():
                for currency in currencies:
                    await operator.add_participant(one.name, Money(RICH, currency), Money(RICH, currency))
                await operator.connect_dfsp(one.name, one.url, [one.keys.public_pem])
                one.wire.trust(self.address.name, hub_keys)
                for other in everybody:
                    one.wire.trust(other.name, [other.keys.public_pem])
        assert await self.green.register(self.ben.identifier)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(one.stop() for one in (self.blue, self.green, self.fxp)))

    async def pay(self, order: Order):
        payee = PartyIdInfo("MSISDN", self.ben.identifier)
        return await Exchange(self.blue.payer).pay(self.ann, payee, self.fxp.name, order)

    async def positions(self) -> dict[str, str]:
        held = [(self.blue, SOURCE), (self.fxp, SOURCE), (self.fxp, TARGET), (self.green, TARGET)]
        async with Operator(self.address) as operator:
            return {f"{one.name[:3]} {c}": (await operator.position(one.name, c)).fspiop for one, c in held}


@pytest.fixture
async def stage(hub):
    async with Stage(hub) as found:
        yield found


async def test_send_amount_the_payer_gives_ten_dollars(stage):
    outcome = await stage.pay(Order(TEN, TARGET))

    assert (outcome.end, outcome.code, outcome.signature) == (End.SETTLED, "COMMITTED", "valid")
    assert await stage.green.journal.wait_credit(outcome.key, 10)
    # 9.50 dollars at 129, less the payee's fee of ten shillings
    assert stage.green.credited == {(stage.ben.identifier, TARGET): 12_155_000}
    assert await stage.positions() == {"blu USD": "10", "fxp USD": "-10", "fxp KES": "1225.5", "gre KES": "-1225.5"}
    await told(stage.fxp, "PATCH /fxTransfers", "COMMITTED")
    assert stage.fxp.booked == {SOURCE: 100_000, TARGET: -12_255_000}


async def test_receive_amount_the_payee_gets_a_thousand_shillings(stage):
    outcome = await stage.pay(Order(Money(10_000_000, TARGET), SOURCE, send=False))

    assert outcome.end is End.SETTLED
    assert await stage.green.journal.wait_credit(outcome.key, 10)
    assert stage.green.credited == {(stage.ben.identifier, TARGET): 10_000_000}
    # 1010 shillings at 129 are 7.8295 dollars, rounded up, and the charge
    assert await stage.positions() == {"blu USD": "8.33", "fxp USD": "-8.33", "fxp KES": "1010", "gre KES": "-1010"}


async def test_a_provider_that_declines_costs_nobody_anything(stage):
    stage.fxp.scenario.amounts["10"] = reject("2001", "no liquidity")

    outcome = await stage.pay(Order(TEN, TARGET))

    assert (outcome.stage, outcome.code, outcome.text) == ("fxTransfer", "2001", "no liquidity")
    assert set((await stage.positions()).values()) == {"0"}


async def test_a_provider_that_is_slow_is_too_late(stage):
    stage.fxp.scenario.amounts["10"] = slow(3)

    outcome = await stage.pay(Order(TEN, TARGET, life_s=1.5))

    assert (outcome.stage, outcome.code) == ("fxTransfer", "3303")
    assert set((await stage.positions()).values()) == {"0"}


async def test_a_payee_that_refuses_frees_the_provider_too(stage):
    stage.green.scenario.default = reject("5104", "not wanted")

    outcome = await stage.pay(Order(TEN, TARGET))

    assert (outcome.stage, outcome.code) == ("transfer", "5104")
    await told(stage.fxp, "PATCH /fxTransfers", "ABORTED")
    assert stage.fxp.booked == {}
    assert set((await stage.positions()).values()) == {"0"}


async def test_a_provider_that_takes_it_back_ends_the_transfer(stage):
    stage.green.scenario.default = Behaviour(copies=0)
    paying = asyncio.create_task(stage.pay(Order(TEN, TARGET)))
    await told(stage.green, "POST /transfers", "")
    (conversion,) = [entry.key for entry in stage.fxp.journal.entries if entry.kind == "POST /fxTransfers"]

    assert await stage.fxp.take_back(conversion) == 200

    assert ((await paying).stage, (await paying).code) == ("transfer", "2001")
    assert set((await stage.positions()).values()) == {"0"}


async def test_answers_that_come_twice_count_once(stage):
    stage.fxp.scenario.default = Behaviour(copies=2)

    outcome = await stage.pay(Order(TEN, TARGET))

    assert outcome.end is End.SETTLED
    await told(stage.fxp, "PATCH /fxTransfers", "COMMITTED")
    assert stage.fxp.booked == {SOURCE: 100_000, TARGET: -12_255_000}


async def told(one, kind: str, word: str) -> None:
    assert await one.journal.wait(lambda entry: (entry.kind, entry.word) == (kind, word), 10), one.journal.entries
    assert {entry.signature for entry in one.journal.entries} <= {"", "valid", "unsigned"}
