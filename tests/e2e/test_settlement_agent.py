"""Settlement through an agent: cycles in ISO 20022 between a real hub and a sandbox agent, and all that it may do."""

import asyncio
import json
import uuid

import pytest

from switch.__main__ import main
from switch.sandbox.clock import now
from switch.sandbox.settlement_agent import PARTIAL, SILENT, Conduct
from tests.e2e.agent_side import ONE, SCHEME_ACCOUNT, cycle
from tests.e2e.hub import running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A hub of its own: windows are the whole scheme's."""
    with running_hub(tmp_path_factory.mktemp("agent")) as hub:
        yield hub


@pytest.mark.parametrize("conduct", [Conduct(), Conduct(accepts=False, by_movement=True), Conduct(copies=2)])
async def test_a_cycle_is_booked_and_matched(own, conduct):
    async with cycle(own, conduct) as on:
        await on.settle(70)
        await on.instruct()
        found = await on.reaches("SETTLED")
        assert found["settlementWindows"][0]["state"] == "SETTLED"
        assert (await on.positions(), await on.deposits(), on.at_agent()) == ([0, 0], [-70, 70], [-70, 70])
        told = await on.instruction()
        assert (told["state"], told["instrument"], len(on.heard("pacs.029"))) == ("MATCHED", "pacs.029", 1)
        assert [one["state"] for one in told["movements"]] == ["SETTLED", "SETTLED"]
        assert told.get("alerts", []) == []


async def test_instructing_twice_sends_once(own):
    async with cycle(own, Conduct(notices=False)) as on:
        await on.settle()
        await asyncio.gather(on.instruct(), on.instruct())
        await on.reaches("PS_TRANSFERS_COMMITTED")
        await on.instruct()
        assert len(on.heard("pacs.029")) == 1


async def test_statements_match_what_no_notice_told(own):
    async with cycle(own, Conduct(notices=False)) as on:
        await on.settle(5)
        await on.instruct()
        await on.reaches("PS_TRANSFERS_COMMITTED")
        for number in (on.number(on.blue), on.number(on.green)):
            await on.desk.send_statement(number)
        await on.reaches("SETTLED")
        listed = await on.call("GET", f"/settlementAgents/{on.desk.bank.name}/statements")
        assert {(one["account"], one["closing"] - one["opening"]) for one in listed} == {
            (on.number(on.blue), -5), (on.number(on.green), 5),
        }  # fmt: skip


async def test_the_statement_of_the_schemes_own_account_does_too(own):
    async with cycle(own, Conduct(notices=False)) as on:
        await on.settle(5)
        await on.instruct()
        await on.reaches("PS_TRANSFERS_COMMITTED")
        await on.desk.send_statement(SCHEME_ACCOUNT)
        await on.reaches("SETTLED")


async def test_who_lacks_the_money_ends_the_cycle_and_loses_its_cap(own):
    async with cycle(own, poor=True) as on:
        await on.settle(70)
        window = (await on.settlement())["settlementWindows"][0]["id"]
        await on.instruct()
        found = await on.reaches("ABORTED")
        assert found["settlementWindows"][0]["state"] == "ABORTED"
        assert (await on.positions(), await on.deposits(), on.at_agent()[1]) == ([70, -70], [0, 0], 0)
        (limit,) = await on.call("GET", f"/participants/{on.blue.name}/limits")
        assert limit["limit"]["value"] == 0
        account = on.desk.accounts[on.number(on.blue)]
        account.opening = 10_000_000
        await on.create(window)
        await on.instruct()
        await on.reaches("SETTLED")
        (limit,) = await on.call("GET", f"/participants/{on.blue.name}/limits")
        assert (limit["limit"]["value"], await on.positions(), await on.deposits()) == (1000, [0, 0], [-70, 70])


async def test_a_request_booked_in_part_is_given_up_and_told(own):
    async with cycle(own, PARTIAL, poor=True) as on:
        await on.settle(3)
        await on.instruct()
        await on.reaches("ABORTED")
        assert (await on.positions(), await on.deposits()) == ([3, -3], [0, 0])
        told = await on.instruction()
        assert any("booked although it was given up" in text for text in told["alerts"])


async def test_silence_until_the_till_time(own):
    async with cycle(own, SILENT, answerS=1) as on:
        await on.settle(3)
        await on.instruct()
        assert (await on.settlement())["state"] == "PS_TRANSFERS_RECORDED"
        await on.until(lambda found: found["state"] == "ABORTED", seconds=25)
        assert await on.positions() == [3, -3]


async def test_after_its_cut_off_the_agent_books_nothing(own):
    async with cycle(own, Conduct(closes=now())) as on:
        await on.settle(3)
        await on.instruct()
        await on.reaches("ABORTED")
        told = await on.instruction()
        assert "TM01" in told["reason"] and on.at_agent() == [0, 0]


@pytest.mark.parametrize("instrument", ["pacs.009", "pacs.010"])
async def test_single_transfers(own, instrument):
    async with cycle(own, netInstruction=instrument) as on:
        await on.settle(20)
        await on.instruct()
        await on.reaches("SETTLED")
        sent = [one.kind[:8] for one in on.desk.bank.journal.entries if one.way == "received" and one.key]
        assert [kind for kind in sent if kind in {"pacs.009", "pacs.010"}] == [instrument, "pacs.009"]
        assert (await on.positions(), await on.deposits(), on.at_agent()) == ([0, 0], [-20, 20], [-20, 20])


async def test_a_refused_debit_of_single_transfers(own):
    async with cycle(own, poor=True, netInstruction="pacs.009") as on:
        await on.settle(20)
        await on.instruct()
        await on.reaches("ABORTED")
        assert (len(on.heard("pacs.009")), await on.positions()) == (1, [20, -20])


async def test_an_automatic_agent_is_told_when_the_settlement_is_made(own):
    async with cycle(own, automatic=True) as on:
        await on.settle(4)
        await on.reaches("SETTLED")


async def test_strangers_move_nothing_and_are_told_so(own):
    async with cycle(own, SILENT) as on:
        await on.settle(4)
        (told,) = await on.instruct()
        await on.say(on.green, "ACSC", told["name"])
        refusals = on.green.journal.wait(lambda one: one.kind.startswith("pacs.002") and "RJCT" in one.word, 5)
        assert await refusals
        assert (await on.settlement())["state"] == "PS_TRANSFERS_RECORDED"
        await on.say(on.desk.bank, "ACSC", "S999999USD1")
        assert await on.desk.bank.journal.wait(lambda one: "RJCT" in one.word and one.way == "received", 5)


async def value(found):
    """What a look gives, to be waited for."""
    return found


async def test_validated_figures_finalise_a_settlement(own):
    async with cycle(own, SILENT) as on:
        key = await on.settle(12)
        figures = [
            {"participant": on.blue.name, "currency": "USD", "amount": -12, "balance": 988},
            {"participant": on.green.name, "currency": "USD", "amount": 12, "account": on.number(on.green)},
        ]
        path = f"/v2/settlements/{key}"
        wrong = await on.call("POST", f"{path}/validation", {"figures": figures[:1]})
        assert {one["check"] for one in wrong["findings"]} == {"SUM_NOT_ZERO", "PARTICIPANT_MISSING"}
        right = await on.call("POST", f"{path}/validation", {"figures": figures, "settlementId": str(key)})
        assert right["valid"] and (await on.settlement())["state"] == "PENDING_SETTLEMENT"
        body = {"validationId": right["validationId"]}
        for _ in range(2):
            assert await on.call("POST", f"{path}/finalisation", body) == {"id": key, "state": "SETTLED"}
        assert (await on.positions(), await on.deposits()) == ([0, 0], [-12, 12])


async def test_the_agents_own_statement_gives_the_figures(own):
    async with cycle(own, Conduct(notices=False, copies=0)) as on:
        key = await on.settle(12)
        await on.instruct()
        await on.until(lambda found: found == [-12, 12], lambda: value(on.at_agent()))
        body = on.desk.accounts[SCHEME_ACCOUNT].statement()
        url = f"{on.operator.hub.admin_url}/v2/settlements/{key}/validation"
        headers = {"content-type": "application/xml"}
        async with on.operator._session.post(url, data=body, headers=headers) as response:
            told = await response.json()
        assert (response.status, told["valid"]) == (200, True), told
        await on.call("POST", f"/v2/settlements/{key}/finalisation", {"validationId": told["validationId"]})
        assert (await on.positions(), await on.deposits()) == ([0, 0], [-12, 12])
        assert (await on.instruction())["state"] == "MATCHED"


async def test_an_agent_is_no_participant(own):
    async with cycle(own) as on:
        name = on.desk.bank.name
        shown = await on.call("GET", f"/settlementAgents/{name}")
        assert (shown["netInstruction"], shown["deposits"], shown["models"]) == ("pacs.029", "members", ["DEFERREDNET"])
        assert await on.call("GET", f"/participants/{name}/accounts") == []
        order = on.order(on.green)
        assert (await on.desk.bank.pay(order, wait_s=5)).code == "AG01"


async def test_prefunded_participants_bring_money_and_take_it_out(own, capsys, tmp_path):
    async with cycle(own, Conduct(copies=2), deposits="scheme", funds=True) as on:
        number, scheme = on.number(on.blue), on.desk.accounts[SCHEME_ACCOUNT]
        await on.desk.bring(number, on.order(on.green, 30).amount, on.blue.bic)
        await on.until(lambda found: found == [30, 0], on.deposits)
        (account,) = [
            one for one in await on.call("GET", f"/participants/{on.blue.name}/accounts")
            if one["ledgerAccountType"] == "SETTLEMENT"
        ]  # fmt: skip
        body = {
            "transferId": str(uuid.uuid4()), "externalReference": "out", "action": "recordFundsOutPrepareReserve",
            "amount": {"amount": 12, "currency": "USD"}, "reason": "out",
        }  # fmt: skip
        path = f"/participants/{on.blue.name}/accounts/{account['id']}"
        await on.operator.call("POST", path, body)
        await on.until(lambda found: found["pending"] == 0 and found["at"] == 18, lambda: _taken_out(on, scheme))
        file = tmp_path / "scheme.xml"
        file.write_bytes(scheme.statement())
        main(["reconcile", str(file), "--data", str(own.data), "--agent", on.desk.bank.name, "--json"])
        (compared,) = json.loads(capsys.readouterr().out)["statements"]
        assert [one["verdict"] for one in compared["compared"]] == ["MATCHED", "MATCHED"]


async def _taken_out(on, scheme):
    accounts = await on.operator.accounts(on.blue.name, "USD")
    return {"pending": -accounts["SETTLEMENT"].units // ONE - 1018, "at": scheme.units // ONE}


@pytest.fixture(scope="module")
def gross(tmp_path_factory):
    """A hub whose default model settles each payment at once."""
    with running_hub(tmp_path_factory.mktemp("gross")) as hub:
        body = {
            "name": "GROSSNOW", "settlementGranularity": "GROSS", "settlementInterchange": "BILATERAL",
            "settlementDelay": "IMMEDIATE", "requireLiquidityCheck": True, "ledgerAccountType": "POSITION",
            "settlementAccountType": "SETTLEMENT", "autoPositionReset": True,
        }  # fmt: skip
        hub.operate("POST", "/settlementModels", body | {"currency": "USD"})
        yield hub


async def test_each_payment_is_booked_by_the_agent_before_it_is_final(gross):
    async with cycle(gross, models=["GROSSNOW"]) as on:
        await on.pay(30)
        assert (await on.positions(), await on.deposits(), on.at_agent()) == ([0, 0], [-30, 30], [-30, 30])
        assert await on.green.journal.wait(lambda one: one.word == "ACSC", 5)


async def test_a_payment_that_the_agent_refuses_ends_on_both_sides(gross):
    async with cycle(gross, poor=True, models=["GROSSNOW"]) as on:
        outcome = await on.blue.pay(on.order(on.green))
        assert outcome.code == "AM23"
        assert await on.green.journal.wait(lambda one: one.word == "RJCT/AM23", 5)
        assert (await on.positions(), await on.deposits()) == ([0, 0], [0, 0])
