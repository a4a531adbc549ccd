"""A bank may take its messages from NATS and send its own there, and nothing that NATS forgets is lost to it."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import nats
import pytest

from schemas.canonical.money import Money
from switch.bus.places import STREAM
from switch.compose import Hub
from switch.config import Settings, load
from switch.sandbox import letters
from switch.sandbox.letters import Order
from switch.sandbox.onboarding import Hub as Place
from switch.sandbox.onboarding import Operator
from switch.sandbox.outcome import End, Outcome
from tests.e2e.gateway import NatsBank, connect

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.slow]
CAP, FUNDS = Money(1_000_0000, "USD"), Money(500_0000, "USD")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(
        {"data_dir": tmp_path, "fspiop_port": 0, "admin_port": 0, "iso_port": 0, "log_level": "warning"},
        environment={},
    )


@contextlib.asynccontextmanager
async def scheme(hub: Hub) -> AsyncIterator[tuple[Operator, NatsBank, NatsBank]]:
    """Two banks on NATS with money in their accounts."""
    payer, payee = NatsBank("alpha", "ALPHKENA"), NatsBank("beta.bank", "BETAUGKA")
    place = Place(hub.fspiop_url, hub.admin_url, hub.iso_url)
    async with Operator(place) as operator:
        await operator.prepare_scheme(["USD"])
        for bank in (payer, payee):
            await operator.add_participant(bank.name, CAP, FUNDS)
            await operator.connect_bank(bank.name, bank.profile())
            bank.trust_hub([hub.keys.xml_certificate])
            await bank.enter(operator)
        try:
            yield operator, payer, payee
        finally:
            await payer.leave()
            await payee.leave()


def order(units: int = 10_0000) -> Order:
    return Order(
        Money(units, "USD"), "A", "111", "B", creditor_account="222", creditor_agent=letters.institution("BETAUGKA")
    )


async def until(condition) -> None:
    for _ in range(600):
        if condition():
            return
        await asyncio.sleep(0.05)
    pytest.fail("did not come about in 30 s")


async def all_delivered(hub: Hub) -> None:
    """Until the table has no row that is open."""
    async with asyncio.timeout(30):
        while await hub.store.undelivered():  # noqa: ASYNC110 - the table tells nobody
            await asyncio.sleep(0.05)


async def one_is_kept(hub: Hub) -> None:
    """Until NATS keeps a message for a bank."""
    async with asyncio.timeout(30):
        while not (await hub.native._stream._api(f"STREAM.INFO.{STREAM}"))["state"]["messages"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def is_settled(outcome: Outcome) -> bool:
    return (outcome.end, outcome.code, outcome.signature) == (End.SETTLED, "ACSC", "valid")


async def test_a_payment_between_two_banks_on_nats_is_settled(settings: Settings):
    async with Hub(settings) as hub, scheme(hub) as (operator, payer, payee):
        outcome = await payer.pay(order())
        assert is_settled(outcome), outcome
        await until(lambda: payee.credited == {("222", "USD"): 10_0000})
        assert (await operator.position("alpha", "USD")).units == 10_0000
        await all_delivered(hub)
        assert len(payer.ids) == len(set(payer.ids)) == 1, "what was acknowledged never comes again"
        assert len(payee.ids) == len(set(payee.ids)) == 2


async def test_a_bank_acts_for_itself_only(settings: Settings):
    async with Hub(settings) as hub, scheme(hub) as (operator, payer, payee):
        letter = payee.write(order())
        answer = await payer.request(letter.body)
        assert answer.headers["Http-Status"] == "400"
        assert b"admi.002" in answer.data and b"the connection is that of alpha" in answer.data

        profile = msgspec.json.decode(await operator.call("GET", "/participants/alpha/iso"))
        assert profile["natsConnection"]["in"] == "bank.alpha.in"
        assert "password" not in profile["natsConnection"]

        await payee.pause()
        await payer.post(payer.write(order()))
        theirs = payee.login
        intruder = await connect(payer.login)
        refused: list[str] = []

        async def note(error) -> None:
            refused.append(str(error))

        intruder._error_cb = note
        for subject in (theirs["out"], f"{theirs['inboxPrefix']}.>", "bank.>", "_INBOX.>", "in.ledger", "$JS.EVENT.>"):
            await intruder.subscribe(subject)
        stolen = f"$JS.API.CONSUMER.MSG.NEXT.BANKS.{theirs['consumer']}"
        inbox = await intruder.subscribe(f"{payer.login['inboxPrefix']}.x.*")
        for subject in (
            stolen,
            theirs["in"],
            "$JS.API.STREAM.DELETE.BANKS",
            "$JS.API.STREAM.MSG.GET.BANKS",
            "in.ledger",
        ):
            await intruder.publish(subject, b'{"batch":1}', reply=f"{payer.login['inboxPrefix']}.x.1")
        await until(lambda: len(refused) == 11)
        with pytest.raises(TimeoutError):
            await inbox.next_msg(0.3)
        await intruder.close()

        # An answer goes into the sender's own inbox, or nowhere.
        await payer.client.publish(payer.login["in"], letter.body, reply=theirs["in"])
        payee.takes = True
        await until(lambda: len(payee.ids) == 2)


async def test_what_was_not_acknowledged_comes_again_after_a_restart_of_the_hub(settings: Settings):
    async with contextlib.AsyncExitStack() as stack:
        async with Hub(settings) as hub:
            _, payer, payee = await stack.enter_async_context(scheme(hub))
            payee.acknowledges = False
            letter = payer.write(order())
            future = payer._waiting.expect(letter.key)
            assert (await payer.post(letter)).status == 202
            await until(lambda: payee.ids)
            assert not payee.credited
            await payee.leave()
        async with Hub(settings) as hub, Operator(Place(hub.fspiop_url, hub.admin_url, hub.iso_url)) as operator:
            payee.acknowledges = True
            await payee.enter(operator)
            assert is_settled(await asyncio.wait_for(future, 40))
            await until(lambda: payee.credited == {("222", "USD"): 10_0000})
            await all_delivered(hub)


@pytest.mark.parametrize("wipe", [False, True], ids=["same data", "data lost"])
async def test_messages_survive_the_death_of_nats(settings: Settings, wipe: bool):
    async with Hub(settings) as hub, scheme(hub) as (_, payer, payee):
        await payee.pause()
        letter = payer.write(order())
        future = payer._waiting.expect(letter.key)
        assert (await payer.post(letter)).status == 202
        engine = hub.native._users.nats
        await one_is_kept(hub)
        os.kill(engine.pid, signal.SIGKILL)
        if wipe:
            shutil.rmtree(settings.data_dir / "nats" / "jetstream", ignore_errors=True)
        payee.takes = True
        assert is_settled(await asyncio.wait_for(future, 40))
        await until(lambda: payee.credited == {("222", "USD"): 10_0000})
        await all_delivered(hub)


async def test_a_bank_that_leaves_nats_may_not_enter_any_more(settings: Settings):
    async with Hub(settings) as hub, scheme(hub) as (operator, payer, _payee):
        await operator.connect_bank("alpha", payer.profile(nats=False, callbackUrl="http://127.0.0.1:9/"))
        await until(lambda: hub.native._users.login("bank-alpha") is None)

        async def refused() -> bool:
            try:
                client = await nats.connect(
                    payer.login["url"], user=payer.login["user"], password=payer.login["password"],
                    allow_reconnect=False, connect_timeout=2,
                )  # fmt: skip
            except (nats.errors.Error, OSError, TimeoutError):
                return True
            await client.close()
            return False

        for _ in range(50):
            if await refused():
                break
            await asyncio.sleep(0.1)
        assert await refused()
        await operator.connect_bank("alpha", payer.profile())
        before = payer.login["password"]
        await payer.leave()
        await payer.enter(operator)
        assert payer.login["password"] != before
        outcome = await payer.pay(order())
        assert is_settled(outcome), outcome
