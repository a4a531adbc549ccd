"""The use cases of the API definition end to end: sandbox DFSPs with keys of their own, a real hub, money that moves.

One row is one use case: kind of transaction, which amount is fixed, who begins, and how the payer proves itself.
"""

import asyncio
import uuid
from typing import NamedTuple, Self

import pytest

from fspiop.messages.fields import PartyIdInfo
from fspiop.messages.quotes import Refund, TransactionType
from schemas.canonical.money import Money
from switch.sandbox.agreement import Customer, QuoteFor
from switch.sandbox.behaviour import ACCEPT, reject
from switch.sandbox.dfsp import SandboxDfsp
from switch.sandbox.onboarding import Hub as Address
from switch.sandbox.onboarding import Operator
from switch.sandbox.outcome import End

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
TEN, FEE, ONE_THOUSAND = Money(100_000, "USD"), Money(10_000, "USD"), Money(10_000_000, "USD")


class Case(NamedTuple):
    """One use case; `paid` and `received` are in whole dollars, the payee's FSP takes one as its fee."""

    name: str
    kind: TransactionType
    amount_type: str
    payee_id_type: str
    paid: int
    received: int
    asked: bool = False
    otp: bool = False


def kind(scenario: str, initiator: str, initiator_type: str, **more: object) -> TransactionType:
    return TransactionType(scenario, initiator, initiator_type, **more)  # type: ignore[arg-type]


CASES = [
    Case("P2P", kind("TRANSFER", "PAYER", "CONSUMER"), "RECEIVE", "MSISDN", 11, 10),
    Case("P2P, send amount", kind("TRANSFER", "PAYER", "CONSUMER"), "SEND", "MSISDN", 10, 9),
    Case("customer-initiated merchant payment", kind("PAYMENT", "PAYER", "CONSUMER"), "RECEIVE", "BUSINESS", 11, 10),
    Case("cash-out, receive amount", kind("WITHDRAWAL", "PAYER", "CONSUMER"), "RECEIVE", "BUSINESS", 11, 10),
    Case("cash-out, send amount", kind("WITHDRAWAL", "PAYER", "CONSUMER"), "SEND", "BUSINESS", 10, 9),
    Case("ATM cash-out", kind("WITHDRAWAL", "PAYEE", "DEVICE"), "RECEIVE", "DEVICE", 11, 10, asked=True, otp=True),
    Case("merchant-initiated payment", kind("PAYMENT", "PAYEE", "BUSINESS"), "RECEIVE", "BUSINESS", 11, 10, asked=True),
    Case("agent-initiated cash-out", kind("WITHDRAWAL", "PAYEE", "AGENT"), "RECEIVE", "BUSINESS", 11, 10, asked=True),
    Case("agent-initiated cash-in, send amount", kind("DEPOSIT", "PAYER", "AGENT"), "SEND", "MSISDN", 10, 9),
    Case("agent-initiated cash-in, receive amount", kind("DEPOSIT", "PAYER", "AGENT"), "RECEIVE", "MSISDN", 11, 10),
    Case(
        "merchant-initiated, authorised on the POS", kind("PAYMENT", "PAYEE", "BUSINESS"), "RECEIVE", "BUSINESS",
        11, 10, asked=True, otp=True,
    ),
    Case(
        "agent-initiated cash-out, authorised on the POS", kind("WITHDRAWAL", "PAYEE", "AGENT"), "RECEIVE", "BUSINESS",
        11, 10, asked=True, otp=True,
    ),
]  # fmt: skip


class Stage:
    """A payer's and a payee's DFSP at a hub, each with one customer."""

    def __init__(self, hub, payee_id_type: str) -> None:
        mark = uuid.uuid4().hex[:8]
        self.address = Address(hub.fspiop, hub.admin, hub.iso)
        digits = str(uuid.uuid4().int)[:9]
        self.payer = Customer(f"1{digits}", "Ann", "Payer")
        self.payee = Customer(f"2{digits}", "Ben", "Payee", payee_id_type)
        self.blue = SandboxDfsp(f"blue{mark}", "1.1", fspiop_url=hub.fspiop, customers=(self.payer,))
        self.green = SandboxDfsp(f"green{mark}", "2.0", fspiop_url=hub.fspiop, customers=(self.payee,), fee=FEE)

    async def __aenter__(self) -> Self:
        await asyncio.gather(self.blue.start(), self.green.start())
        async with Operator(self.address) as operator:
            for kind_ in {"MSISDN", self.payee.id_type}:
                await operator.register_oracle(kind_)
            hub_keys = await operator.keys(self.address.name)
            for dfsp, other in ((self.blue, self.green), (self.green, self.blue)):
                await operator.add_participant(dfsp.name, ONE_THOUSAND, ONE_THOUSAND)
                await operator.connect_dfsp(dfsp.name, dfsp.url, [dfsp.keys.public_pem])
                dfsp.wire.trust(other.name, [other.keys.public_pem])
                dfsp.wire.trust(self.address.name, hub_keys)
        assert await self.blue.register(self.payer.identifier)
        assert await self.green.register(self.payee.identifier, self.payee.id_type)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(self.blue.stop(), self.green.stop())

    @property
    def payer_id(self) -> PartyIdInfo:
        return PartyIdInfo("MSISDN", self.payer.identifier)

    @property
    def payee_id(self) -> PartyIdInfo:
        return PartyIdInfo(self.payee.id_type, self.payee.identifier)  # type: ignore[arg-type]

    async def request(self, case: Case, **changed: object):
        """The payee's FSP asks the payer's for ten dollars."""
        return await self.green.requests.ask(
            self.payee, self.payer_id, TEN, case.kind, authentication="OTP" if case.otp else None, **changed
        )

    async def ended(self, transaction_id: str):
        """How the payer's FSP says the transaction ended, asked until it is no longer pending."""
        for _ in range(100):
            told = await self.green.requests.transaction(transaction_id, self.blue.name)
            if told.transaction_state != "PENDING":
                return told
            await asyncio.sleep(0.1)
        raise AssertionError("the transaction is still pending")

    async def positions(self) -> tuple[int, int]:
        async with Operator(self.address) as operator:
            found = [(await operator.position(dfsp.name, "USD")).units for dfsp in (self.blue, self.green)]
        return found[0] // 10_000, found[1] // 10_000


async def settled(stage: Stage, case: Case) -> None:
    """The payee has the money, the payer's FSP owes it, and nobody found a wrong signature."""
    assert await stage.green.journal.wait_credit(stage.green.taken[0], 10)
    key = (stage.payee.identifier, "USD")
    assert stage.green.credited == {key: case.received * 10_000}
    assert await stage.positions() == (case.paid, -case.paid)
    for dfsp in (stage.blue, stage.green):
        assert {entry.signature for entry in dfsp.journal.entries} <= {"", "valid", "unsigned"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_use_case(hub, case):
    async with Stage(hub, case.payee_id_type) as stage:
        if case.asked:
            if case.otp:
                stage.green.requests.typed = lambda _: stage.blue.requests.phones[stage.payer.identifier]
            asked = await stage.request(case)
            assert asked.state == "ACCEPTED"
            told = await stage.ended(asked.transaction_id)
            assert told.transaction_state == "COMPLETED"
            quote = stage.green.quotes[-1]
            assert (quote.transaction_request_id, quote.transaction_id) == (asked.id, asked.transaction_id)
        else:
            about = QuoteFor(case.kind, case.amount_type)
            outcome = await stage.blue.payer.pay(stage.payer, stage.payee_id, TEN, about=about)
            assert (outcome.end, outcome.signature) == (End.SETTLED, "valid")
        assert stage.green.quotes[-1].transaction_type == case.kind
        await settled(stage, case)


async def test_refund(hub):
    """The merchant pays back what a customer paid: a payment of its own that names the first transaction."""
    async with Stage(hub, "BUSINESS") as stage:
        about = QuoteFor(kind("PAYMENT", "PAYER", "CONSUMER"), "RECEIVE", str(uuid.uuid4()))
        assert (await stage.blue.payer.pay(stage.payer, stage.payee_id, TEN, about=about)).end is End.SETTLED
        refund = kind("REFUND", "PAYER", "BUSINESS", refund_info=Refund(about.transaction_id, "wrong size"))
        outcome = await stage.green.payer.pay(stage.payee, stage.payer_id, TEN, about=QuoteFor(refund))
        assert outcome.end is End.SETTLED
        assert await stage.blue.journal.wait_credit(outcome.key, 10)
        assert stage.blue.credited == {(stage.payer.identifier, "USD"): TEN.units}
        assert await stage.positions() == (1, -1)


MERCHANT = next(case for case in CASES if case.name == "merchant-initiated payment")
POS = next(case for case in CASES if case.name == "merchant-initiated, authorised on the POS")


async def test_a_payer_that_does_not_want_to_pay_pays_nothing(hub):
    async with Stage(hub, "BUSINESS") as stage:
        stage.blue.requests.approve = lambda _: False
        assert (await stage.request(MERCHANT)).state == "REJECTED"
        assert await stage.positions() == (0, 0)


@pytest.mark.parametrize(("typed", "asked_times"), [("000000", 2), (None, 1)])
async def test_a_wrong_password_is_asked_for_again_and_nothing_is_paid(hub, typed, asked_times):
    async with Stage(hub, "BUSINESS") as stage:
        stage.green.requests.typed = lambda _: typed
        asked = await stage.request(POS)
        journal = stage.green.journal
        assert await journal.wait(lambda entry: entry.key == asked.id and entry.word == "REJECTED", 10)
        assert sum(entry.kind == "GET /authorizations" for entry in journal.entries) == asked_times
        assert await stage.positions() == (0, 0)


async def test_a_payee_that_refuses_the_transfer_leaves_a_rejected_transaction(hub):
    async with Stage(hub, "BUSINESS") as stage:
        stage.green.scenario.default = reject("5104", "out of stock")
        asked = await stage.request(MERCHANT)
        assert (await stage.ended(asked.transaction_id)).transaction_state == "REJECTED"
        assert await stage.positions() == (0, 0)
        stage.green.scenario.default = ACCEPT
        asked = await stage.request(MERCHANT)
        assert (await stage.ended(asked.transaction_id)).transaction_state == "COMPLETED"
        assert await stage.positions() == (11, -11)
