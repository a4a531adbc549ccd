"""A settlement agent that is silent is asked what became of it; funds move only by its word, also over a restart."""

import asyncio
from collections.abc import Iterator

import pytest

from schemas.canonical.money import Money
from switch.sandbox.outcome import End
from switch.sandbox.reports import Reports
from switch.sandbox.settlement_agent import MUTE, SILENT, Conduct
from tests.e2e.agent_side import ONE, SCHEME_ACCOUNT, cycle
from tests.e2e.hub import Hub, running_hub
from tests.e2e.test_models import model
from tests.e2e.test_settlement_agent_restart import reborn

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Return a hub that tests may kill; shillings are not used by any of them but the last."""
    with running_hub(tmp_path_factory.mktemp("questions")) as found:
        yield found


def question(one):
    return one.kind.startswith("pacs.028") and one.way == "received"


async def test_what_was_booked_in_silence_is_found_out_before_the_time_is_over(mortal):
    async with cycle(mortal, MUTE, answerS=4) as on:
        await on.settle(8)
        await on.instruct()
        await on.reaches("PS_TRANSFERS_COMMITTED")
        assert (await on.positions(), await on.deposits(), on.at_agent()) == ([0, 0], [-8, 8], [-8, 8])
        assert len(on.heard("pacs.028")) == len(on.heard("pacs.029")) == 1


async def test_silence_until_the_till_time_and_an_answer_after_it(mortal):
    async with cycle(mortal, SILENT, answerS=1) as on:
        await on.settle(3)
        (told,) = await on.instruct()
        assert await on.desk.bank.journal.wait(question, 10)
        await on.until(lambda found: found["state"] == "ABORTED", seconds=20)
        await on.say(on.desk.bank, "ACSC", told["name"])
        await on.until(lambda found: any("ACSC" in text for text in found.get("alerts", [])), on.instruction)
        # What it says it has taken is missing here, what it says it has given is held.
        assert (await on.positions(), await on.deposits()) == ([3, -3], [-3, 0])


async def test_a_hub_that_starts_asks_again(mortal):
    async with cycle(mortal, MUTE) as on:
        await on.settle(5)
        await on.instruct()
        assert await on.desk.bank.journal.wait(lambda one: one.kind.startswith("pacs.029"), 10)
        await reborn(mortal, on)
        assert await on.desk.bank.journal.wait(question, 10)
        await on.reaches("PS_TRANSFERS_COMMITTED")
        assert (await on.deposits(), len(on.heard("pacs.029"))) == ([-5, 5], 1)


async def value(found):
    """What a look gives, to be waited for."""
    return found


async def pending(on):
    """What is reserved of blue's deposit."""
    (found,) = [
        one for one in await on.call("GET", f"/participants/{on.blue.name}/accounts")
        if one["ledgerAccountType"] == "SETTLEMENT"
    ]  # fmt: skip
    return {"pending": float(found.get("reservedValue", 0))}


class Order:
    """Orders of blue about its money, by camt.050: in from its account at the agent, or out to it."""

    def __init__(self, on) -> None:
        self.on, self.reports = on, Reports(on.blue)

    async def move(self, units: int, *, inward: bool) -> str:
        """The status of the first receipt."""
        number = str((await self.on.operator.accounts(self.on.blue.name, "USD"))["SETTLEMENT"].id)
        order = self.reports.bring_in if inward else self.reports.take_out
        receipt = await order(number, Money(units * ONE, "USD"), f"order {units}")
        return str(receipt.receipts[0].handling[0].status)

    async def told(self, status: str) -> bool:
        """Whether a receipt of that status comes."""
        journal = self.on.blue.journal
        return bool(await journal.wait(lambda one: one.kind.startswith("camt.025") and one.detail == status, 20))


async def test_funds_in_and_out_wait_for_the_agent(mortal):
    async with cycle(mortal, Conduct(copies=2), deposits="scheme", funds=True) as on:
        order = Order(on)
        scheme = on.desk.accounts[SCHEME_ACCOUNT]
        scheme.opening = 100 * ONE
        assert await order.move(30, inward=True) == "PDNG"
        assert await order.told("ACSC")
        assert (await on.deposits(), scheme.units // ONE) == ([30, 0], 130)
        assert await order.move(12, inward=False) == "PDNG"
        await on.until(lambda found: found == 118, lambda: value(scheme.units // ONE))
        await on.until(lambda found: found["pending"] == 0, lambda: pending(on))
        assert await on.deposits() == [18, 0]


async def test_funds_that_the_agent_refuses_do_not_move(mortal):
    async with cycle(mortal, poor=True, deposits="scheme", funds=True) as on:
        order = Order(on)
        assert await order.move(30, inward=True) == "PDNG"
        assert await order.told("RJCT")
        assert await on.deposits() == [0, 0]


async def test_funds_in_silence_end_with_its_time_and_a_restart_asks(mortal):
    async with cycle(mortal, MUTE, deposits="scheme", funds=True) as on:
        order = Order(on)
        assert await order.move(7, inward=True) == "PDNG"
        assert await on.desk.bank.journal.wait(lambda one: one.kind.startswith("pacs.009"), 10)
        await reborn(mortal, on)
        assert await order.told("ACSC")
        assert await on.deposits() == [7, 0]
    async with cycle(mortal, SILENT, deposits="scheme", funds=True, answerS=1) as on:
        order = Order(on)
        assert await order.move(7, inward=False) == "PDNG"
        assert await on.desk.bank.journal.wait(question, 10)
        assert await order.told("RJCT")
        assert await on.deposits() == [0, 0]


async def test_a_payment_that_waits_for_its_agent_is_asked_for_at_a_start(mortal):
    mortal.operate("POST", "/settlementModels", model("GROSSUSD", "GROSS", "BILATERAL", "IMMEDIATE", "USD"))
    async with cycle(mortal, MUTE, models=["GROSSUSD"]) as on:
        paying = asyncio.create_task(on.blue.pay(on.order(on.green, 9)))
        assert await on.desk.bank.journal.wait(lambda one: one.kind.startswith("pacs.009"), 10)
        await reborn(mortal, on)
        assert (await paying).end is End.SETTLED
        assert (await on.deposits(), on.at_agent()) == ([-9, 9], [-9, 9])
