"""Conversions and bulks over the wire where a settlement agent books every payment: leg by leg, item by item."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from schemas.canonical.money import Money
from switch.sandbox.agent_onboarding import account_at_agent, enter
from switch.sandbox.bank import SandboxBank
from switch.sandbox.keys import rsa_keys
from switch.sandbox.onboarding import Hub as Address
from switch.sandbox.onboarding import Operator
from switch.sandbox.settlement_agent import SettlementDesk
from tests.e2e.bulk_side import answered, item, ordered, results
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.fx_side import GOT, Trade
from tests.e2e.hub import running_hub
from tests.e2e.test_models import model

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
KEYS = rsa_keys("gross")
MARKS = iter("ABCDEFGH")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Dollars and shillings are settled payment by payment, shillings without an agent unless a test has one."""
    with running_hub(tmp_path_factory.mktemp("legs")) as hub:
        for currency in ("USD", "KES"):
            made = model(f"GROSS{currency}", "GROSS", "BILATERAL", "IMMEDIATE", currency)
            hub.operate("POST", "/settlementModels", made)
        yield hub


@pytest.fixture
def scheme(hub):
    found = Scheme(hub)
    yield found
    found.close()


@asynccontextmanager
async def desk_of(hub, held, poor=()):
    """An agent that settles these currencies (currency -> names), where everybody has 1000 but who is poor."""
    mark = next(MARKS)
    agent = SandboxBank(f"agent{mark}", f"SLV{mark}KENA", iso_url=hub.iso, keys=KEYS)
    async with AsyncExitStack() as stack, Operator(Address(hub.fspiop, hub.admin, hub.iso)) as operator:
        await stack.enter_async_context(agent)
        desk = SettlementDesk(agent, "SCHEME")
        for currency, names in held.items():
            for name in names:
                units = 0 if (name, currency) in poor else 100_000_000
                desk.open_account(account_at_agent(name, currency), Money(units, currency))
        await enter(operator, agent, held, "SCHEME", models=[f"GROSS{currency}" for currency in held])
        try:
            yield desk
        finally:
            hub.operate("PUT", f"/settlementAgents/{agent.name}", {"models": [], "currencies": []})


def booked(desk, *accounts):
    """What moved at the agent, in hundredths."""
    return [sum(one.units for one in desk.accounts[number].bookings) // 100 for number in accounts]


def accounts(trade):
    return [
        account_at_agent(trade.payer.name, "USD"), account_at_agent(trade.fxp.name, "USD"),
        account_at_agent(trade.fxp.name, "KES"), account_at_agent(trade.payee.name, "KES"),
    ]  # fmt: skip


def fulfilled(trade):
    """The payee accepts; who is told what in the end."""
    trade.payee.fulfil(trade.transfer, trade.payer)
    told = trade.payer.listener.wait(lambda each: each.path in {trade.to, f"{trade.to}/error"})
    return told.path == trade.to, trade.patched()["conversionState"]


async def test_both_legs_of_a_conversion_are_booked_before_it_is_final(hub, scheme):
    trade = await asyncio.to_thread(Trade, scheme)
    usd, kes = [trade.payer.name, trade.fxp.name], [trade.fxp.name, trade.payee.name]
    async with desk_of(hub, {"USD": usd, "KES": kes}) as desk:
        await asyncio.to_thread(trade.fly)
        assert await asyncio.to_thread(fulfilled, trade) == (True, "COMMITTED")
        assert booked(desk, *accounts(trade)) == [-1000, 1000, -129050, 129050]
        assert trade.untouched and hub.account(trade.payee.name, "SETTLEMENT", "KES")["value"] == -10000 - float(GOT)


async def test_one_leg_at_the_agent_and_one_without(hub, scheme):
    trade = await asyncio.to_thread(Trade, scheme)
    async with desk_of(hub, {"USD": [trade.payer.name, trade.fxp.name]}) as desk:
        await asyncio.to_thread(trade.fly)
        assert await asyncio.to_thread(fulfilled, trade) == (True, "COMMITTED")
        assert booked(desk, *accounts(trade)[:2]) == [-1000, 1000]


async def test_a_second_leg_that_is_refused_ends_all_and_the_first_is_returned(hub, scheme):
    trade = await asyncio.to_thread(Trade, scheme)
    usd, kes = [trade.payer.name, trade.fxp.name], [trade.fxp.name, trade.payee.name]
    async with desk_of(hub, {"USD": usd, "KES": kes}, {(trade.fxp.name, "KES")}) as desk:
        await asyncio.to_thread(trade.fly)
        assert await asyncio.to_thread(fulfilled, trade) == (False, "ABORTED")
        assert trade.payer.refused(trade.to).code == "4001"
        assert await desk.bank.journal.wait(lambda one: one.kind.startswith("camt.054") and one.key.endswith("R"), 10)
        assert booked(desk, *accounts(trade)) == [0, 0, 0, 0] and trade.untouched


async def test_a_bulk_is_booked_item_by_item_and_tells_which_failed(hub, scheme):
    payer, payee = await asyncio.to_thread(scheme.pair)
    async with desk_of(hub, {"USD": [payer.name, payee.name]}) as desk:
        account = desk.accounts[account_at_agent(payer.name, "USD")]
        account.opening = 250_000
        body = await asyncio.to_thread(ordered, payer, payee, item("10"), item("5"), item("20"))
        await asyncio.to_thread(answered, payee, payer.name, body)
        state, words = await asyncio.to_thread(results, payer, body)
        assert (state, words.count("paid")) == ("COMPLETED", 2)
        assert await asyncio.to_thread(results, payee, body) == (state, words)
        paid = sum(units for units, word in zip((10, 5, 20), words, strict=True) if word == "paid")
        assert account.units == 250_000 - paid * 10_000
        assert hub.account(payee.name, "SETTLEMENT", "USD")["value"] == -1000 - paid
