"""Sandbox banks around a real hub: returns, status requests and statuses before and after the answer."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

import pytest

from schemas.canonical.money import Money
from switch.sandbox.bank import SandboxBank
from switch.sandbox.behaviour import SILENT, Behaviour, reject
from switch.sandbox.letters import Order, institution
from switch.sandbox.onboarding import Hub as Address
from switch.sandbox.onboarding import Operator
from switch.sandbox.outcome import End
from switch.sandbox.returns import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
RICH = Money(1_000_000_000, "USD")
TEN = Money(100_000, "USD")


class Stage(NamedTuple):
    """Two banks with a desk for returns each."""

    blue: SandboxBank
    green: SandboxBank
    at_blue: Desk
    at_green: Desk

    def order(self, amount: Money = TEN) -> Order:
        """Blue's customer pays green's."""
        agent = institution(self.green.bic)
        return Order(amount, "Ann Payer", "111", "Ben Payee", creditor_account="777", creditor_agent=agent)


@asynccontextmanager
async def stage(hub, **profile) -> AsyncIterator[Stage]:
    """Two new banks on the hub; `profile` is blue's."""
    address, mark = Address(hub.fspiop, hub.admin, hub.iso), uuid.uuid4().hex[:6]
    code = "".join(chr(ord("A") + int(sign, 16)) for sign in mark[:3])
    blue, green = (
        SandboxBank(f"{name}{mark}", f"{name[0].upper()}{code}KENA", iso_url=hub.iso) for name in ("blue", "green")
    )
    async with AsyncExitStack() as stack, Operator(address) as operator:
        for bank, more in ((blue, profile), (green, {})):
            await stack.enter_async_context(bank)
            await operator.add_participant(bank.name, RICH, RICH)
            await operator.call("PUT", f"/participants/{bank.name}/iso", bank.profile(**more))
        yield Stage(blue, green, Desk(blue), Desk(green))


async def test_payment_is_returned_in_parts_and_told_so(hub):
    async with stage(hub) as on:
        paid = await on.blue.pay(on.order())
        assert paid.end is End.SETTLED
        part = await on.at_green.give_back(paid.key, Money(40_000, "USD"), reason="CUST", charge=Money(10_000, "USD"))
        refused = await on.at_green.give_back(paid.key)
        (status,) = await on.at_blue.ask(paid.key)

        assert (part.end, part.code) == (End.SETTLED, "ACSC")
        assert (refused.end, refused.code) == (End.REFUSED, "AM09")
        assert (status.status, status.reasons[0].info) == ("ACSC", ("Of 10.00: returned 3.00 USD",))
        assert on.at_blue.returned == {(part.key, "USD"): 30_000}


async def test_return_is_refused_by_its_receiver(hub):
    async with stage(hub) as on:
        paid = await on.blue.pay(on.order())
        on.at_blue.answer = reject("AC01", "no such account")
        outcome = await on.at_green.give_back(paid.key)
        assert (outcome.end, outcome.code) == (End.REFUSED, "AC01")
        assert on.at_blue.returned == {}


async def test_payment_is_reversed_in_part_and_a_second_time_refused(hub):
    async with stage(hub) as on:
        paid = await on.blue.pay(on.order())
        part = await on.at_green.reverse(paid.key, Money(40_000, "USD"), charge=Money(10_000, "USD"), text="twice")
        on.at_blue.answer = reject("AC01", "no such account")
        refused = await on.at_green.reverse(paid.key, Money(10_000, "USD"))
        (status,) = await on.at_blue.ask(paid.key)

        assert (part.end, refused.end, refused.code) == (End.SETTLED, End.REFUSED, "AC01")
        assert status.reasons[0].info == ("Of 10.00: returned 3.00 USD",)
        assert on.at_blue.returned == {(part.key, "USD"): 30_000}


async def test_bank_that_accepts_without_posting_posts_later(hub):
    async with stage(hub, interimStatuses=["RCVD", "PDNG"]) as on:
        on.green.scenario.default = Behaviour(word="ACWP", before=("PDNG",), later=("ACCC",), later_s=0.1)
        outcome = await on.blue.pay(on.order())
        assert (outcome.end, outcome.code) == (End.SETTLED, "ACCC")
        told = [entry.word for entry in on.blue.journal.entries if entry.kind.startswith("pacs.002") and entry.word]
        assert told == ["RCVD", "PDNG", "ACWP", "ACCC"]


async def test_silent_bank_is_asked_and_says_that_it_is_pending(hub):
    async with stage(hub, interimStatuses=["PDNG"]) as on:
        on.green.scenario.default = SILENT
        order = on.order()
        paying = asyncio.create_task(on.blue.pay(order, wait_s=1.5))
        assert await on.green.journal.wait(lambda entry: entry.key == order.uetr, 5)
        (status,) = await on.at_blue.ask(order.uetr)
        assert status.status == "PDNG"
        assert (await paying).end is End.UNANSWERED
        assert on.at_green.requests == [order.uetr]
