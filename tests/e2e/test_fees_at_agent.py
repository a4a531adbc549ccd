"""Interchange fees are settled by their own model through the same agent as the payments, and apart from them."""

import pytest

from switch.sandbox.settlement_agent import SILENT
from tests.e2e.agent_side import SCHEME_ACCOUNT, cycle
from tests.e2e.hub import running_hub
from tests.e2e.test_closes import FEES

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
RULE = {"name": "SHARE", "kind": "INTERCHANGE", "paidBy": "PAYER", "basisPoints": 1000}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A hub of its own: windows are the whole scheme's."""
    with running_hub(tmp_path_factory.mktemp("agentfees")) as hub:
        hub.operate("POST", "/settlementModels", FEES)
        hub.operate("POST", "/feeRules", RULE)
        yield hub


KINDS = ("POSITION", "SETTLEMENT", "INTERCHANGE_FEE", "INTERCHANGE_FEE_SETTLEMENT")


async def values(on):
    """What blue and green have on each of their accounts."""
    found = []
    for bank in (on.blue, on.green):
        accounts = await on.operator.accounts(bank.name, "USD")
        found.append([accounts[kind].units // 10_000 for kind in KINDS])
    return found


async def test_fees_are_booked_by_the_agent_like_payments(own):
    async with cycle(own, models=["DEFERREDNET", "FEES"]) as on:
        await on.settle(70)
        window = (await on.settlement())["settlementWindows"][0]["id"]
        assert await values(on) == [[70, -1000, 7, 0], [-70, -1000, -7, 0]]
        await on.instruct()
        await on.reaches("SETTLED")
        assert on.at_agent() == [-70, 70]
        body = {"settlementModel": "FEES", "reason": "due", "settlementWindows": [{"id": window}]}
        on.id = (await on.call("POST", "/v2/settlements", body))["id"]
        await on.instruct()
        await on.reaches("SETTLED")
        assert on.at_agent() == [-77, 77]
        assert await values(on) == [[0, -930, 0, 7], [0, -1070, 0, -7]]
        path = f"/settlementAgents/{on.desk.bank.name}"
        for number in (on.number(on.blue), on.number(on.green), SCHEME_ACCOUNT):
            await on.desk.send_statement(number)
        await on.until(lambda found: len(found) == 3, lambda: on.call("GET", f"{path}/statements"))
        told = await on.call("GET", f"{path}/reconciliation")
        assert (told["clean"], told["drift"]) == (True, {"USD": 0}), told
        assert sorted(one["counts"]["MATCHED"] for one in told["statements"]) == [2, 2, 4]
        assert (await on.call("GET", f"/v2/settlementWindows/{window}"))["state"] == "SETTLED"


async def test_figures_of_the_one_account_finalise_fees_and_payments(own):
    async with cycle(own, SILENT, models=["DEFERREDNET", "FEES"]) as on:
        await on.settle(70)
        first, window = on.id, (await on.settlement())["settlementWindows"][0]["id"]
        body = {"settlementModel": "FEES", "reason": "due", "settlementWindows": [{"id": window}]}
        fees = (await on.call("POST", "/v2/settlements", body))["id"]
        for key, net, balances in ((fees, 7, (993, 1007)), (first, 70, (923, 1077))):
            figures = [
                {"participant": bank.name, "currency": "USD", "amount": amount, "balance": balance}
                for bank, amount, balance in zip((on.blue, on.green), (-net, net), balances, strict=True)
            ]
            told = await on.call("POST", f"/v2/settlements/{key}/validation", {"figures": figures})
            assert told["valid"], told
            await on.call("POST", f"/v2/settlements/{key}/finalisation", {"validationId": told["validationId"]})
        assert await values(on) == [[0, -930, 0, 7], [0, -1070, 0, -7]]
