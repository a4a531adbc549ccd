"""What a real agent books after its time: held, told the operator, and ended by that one's word, to the last cent."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from switch.__main__ import main
from switch.sandbox.clock import now
from switch.sandbox.outcome import End
from switch.sandbox.settlement_agent import SILENT, USUAL, Conduct
from tests.e2e.agent_side import ONE, SCHEME_ACCOUNT, Cycle, cycle
from tests.e2e.hub import Hub, running_hub
from tests.e2e.test_models import model
from tests.e2e.test_settlement_agent_restart import reborn

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub whose agents have little time."""
    with running_hub(tmp_path_factory.mktemp("late")) as hub:
        yield hub


async def open_ones(on: Cycle, count: int) -> list[Any]:
    return list(
        await on.until(lambda found: len(found) == count, lambda: on.call("GET", "/lateBookings?state=OPEN"), 20)
    )  # fmt: skip


async def late(hub: Hub, capsys: Any, *words: str) -> tuple[int, Any]:
    """The command line, and what it writes."""
    capsys.readouterr()
    status = await asyncio.to_thread(main, ["late", *words, "--url", hub.admin, "--json"])
    return status, json.loads(capsys.readouterr().out)


@asynccontextmanager
async def given_up(hub: Hub, **fields: Any) -> AsyncIterator[Cycle]:
    """A cycle of 9 that the agent did not book in time."""
    async with cycle(hub, SILENT, answerS=1, **fields) as on:
        await on.settle(9)
        await on.instruct()
        await on.until(lambda found: found["state"] == "ABORTED", seconds=20)
        on.desk.conduct = USUAL
        yield on


async def clean(on: Cycle, deposits: str = "members") -> tuple[bool, Any]:
    """Whether the agent's statements of every account agree with the books, and the comparison."""
    numbers = list(on.desk.accounts) if deposits == "members" else [SCHEME_ACCOUNT]
    for number in numbers:
        await on.desk.send_statement(number)
    names = f"/settlementAgents/{on.desk.bank.name}/"
    await on.until(lambda found: len(found) == len(numbers), lambda: on.call("GET", f"{names}statements"))
    found = await on.call("GET", f"{names}reconciliation")
    # Others here have deposits that were never at this agent, so where all lie together only bookings are compared.
    own = [one for one in found["statements"] if one["account"] != SCHEME_ACCOUNT]
    every = [each["verdict"] for one in found["statements"] for each in one["compared"]]
    return set(every) <= {"MATCHED"} and not any(one["drift"] for one in own), found["statements"]


@pytest.mark.parametrize("deposits", ["members", "scheme"])
async def test_a_cycle_booked_too_late_is_accepted(own, capsys, deposits):
    async with given_up(own, deposits=deposits) as on:
        await on.desk.book_last()
        first, _ = await open_ones(on, 2)
        assert await on.positions() == [9, -9]
        status, shown = await late(own, capsys, "accept", first["id"], "--reason", "agreed with the agent")
        assert (status, shown["state"]) == (0, "ACCEPTED")
        assert await on.positions() == [0, 0]
        assert await on.deposits() == ([-9, 9] if deposits == "members" else [0, 0])
        found = await on.call("GET", f"/v2/settlements/{shown['settlement']}")
        assert (found["state"], found["settlementWindows"][0]["state"]) == ("SETTLED", "SETTLED")
        assert (await late(own, capsys))[1][0]["state"] == "ACCEPTED"
        agrees, compared = await clean(on, deposits)
        assert agrees, compared


async def test_a_cycle_booked_too_late_is_sent_back_and_settled_anew(own, capsys):
    async with given_up(own) as on:
        await on.desk.book_last()
        found = await open_ones(on, 2)
        assert (await late(own, capsys))[0] == 1
        assert await asyncio.to_thread(main, ["late", "--url", own.admin]) == 1
        assert "isoloop late accept|return|dismiss ID" in capsys.readouterr().out
        for one in found:
            await late(own, capsys, "return", one["id"], "--reason", "too late")
        await on.until(
            lambda shown: [one["state"] for one in shown[:2]] == ["RETURNED"] * 2,
            lambda: on.call("GET", "/lateBookings"),
        )
        assert (await on.positions(), await on.deposits(), on.at_agent()) == ([9, -9], [0, 0], [0, 0])
        window = (await on.settlement())["settlementWindows"][0]["id"]
        assert (await late(own, capsys, "accept", found[0]["id"], "--reason", "no"))[0] == 1
        await on.create(window)
        await on.instruct()
        await on.reaches("SETTLED")
        assert (await on.positions(), await on.deposits(), on.at_agent()) == ([0, 0], [-9, 9], [-9, 9])
        agrees, compared = await clean(on)
        assert agrees, compared


async def test_funds_out_that_go_too_late_are_accepted(own, capsys):
    async with cycle(own, SILENT, answerS=1, deposits="scheme", funds=True) as on:
        account = (await on.operator.accounts(on.blue.name, "USD"))["SETTLEMENT"].id
        body = {"transferId": "5f1c1f6e-3d7a-4a43-9a39-2f0f2c1b0001", "externalReference": "out", "reason": "less",
                "action": "recordFundsOutPrepareReserve", "amount": {"amount": 5, "currency": "USD"}}  # fmt: skip
        await on.call("POST", f"/participants/{on.blue.name}/accounts/{account}", body)
        for expected in ([-5, 0], [0, 0]):
            await on.until(lambda found, expected=expected: found == expected, on.deposits, 20)
        on.desk.conduct = USUAL
        await on.desk.book_last()
        (one,) = await open_ones(on, 1)
        assert (one["kind"], one["amount"], await on.deposits()) == ("FUNDS", 5, [-5, 0])
        await reborn(own, on)
        await late(own, capsys, "accept", one["id"], "--reason", "it is gone")
        assert (await on.deposits(), on.desk.balance(SCHEME_ACCOUNT)) == ([-5, 0], -5 * ONE)


async def test_a_payment_booked_after_its_end_is_sent_back(own, capsys):
    own.operate("POST", "/settlementModels", model("GROSSLATE", "GROSS", "BILATERAL", "IMMEDIATE", "USD"))
    async with cycle(own, Conduct(silent=True), models=["GROSSLATE"]) as on:
        order = msgspec.structs.replace(on.order(on.green, 4), expiry=now() + timedelta(seconds=3))
        assert (await on.blue.pay(order)).end is End.REFUSED
        on.desk.conduct = USUAL
        await on.desk.book_last()
        (one,) = await open_ones(on, 1)
        assert (one["kind"], await on.positions(), await on.deposits()) == ("PAYMENT", [0, 0], [-4, 0])
        await late(own, capsys, "return", one["id"], "--reason", "refused to the payer")
        await on.until(lambda found: found["state"] == "RETURNED", lambda: on.call("GET", f"/lateBookings/{one['id']}"))
        assert (await on.positions(), await on.deposits(), on.at_agent()) == ([0, 0], [0, 0], [0, 0])
        agrees, compared = await clean(on)
        assert agrees, compared
