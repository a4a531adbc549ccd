"""The use case "bulk payment" end to end: one sandbox DFSP pays many customers of another, who refuses some of it."""

import uuid

import pytest

from fspiop.messages.fields import PartyIdInfo
from schemas.canonical.money import Money
from switch.sandbox.agreement import Customer
from switch.sandbox.behaviour import SILENT, TWICE, reject
from switch.sandbox.bulk import pay_bulk
from tests.e2e.test_use_cases import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
TEN = Money(100_000, "USD")


async def hired(stage: Stage, count: int) -> list[PartyIdInfo]:
    """So many customers of the payee's FSP, registered."""
    found = [Customer(f"3{str(uuid.uuid4().int)[:9]}", "Eve", f"Worker {number}") for number in range(count)]
    for customer in found:
        stage.green.customers[customer.identifier] = customer
        assert await stage.green.register(customer.identifier)
    return [PartyIdInfo("MSISDN", customer.identifier) for customer in found]


async def test_use_case_bulk_payment(hub):
    """Wages for four: two get them, one account is closed, the last is never answered and expires."""
    async with Stage(hub, "MSISDN") as stage:
        staff = await hired(stage, 4)
        accounts = stage.green.scenario.accounts
        accounts[staff[1].party_identifier] = reject("5200", "account closed")
        accounts[staff[3].party_identifier] = SILENT

        wages = [(party, TEN) for party in staff]
        result = await pay_bulk(stage.blue.payer, stage.blue.name, stage.payer, wages, life_s=5)

        assert (result.word, list(result.items.values())) == ("COMPLETED", ["PAID", "5200", "PAID", "3303"])
        assert result.signature == "valid"
        for key in result.paid:
            assert await stage.green.journal.wait_credit(key, 10)
        assert stage.green.credited == {(staff[n].party_identifier, "USD"): 100_000 for n in (0, 2)}
        assert await stage.positions() == (22, -22)
        for dfsp in (stage.blue, stage.green):
            assert {entry.signature for entry in dfsp.journal.entries} <= {"", "valid", "unsigned"}


async def test_a_bulk_whose_payee_says_everything_twice_is_paid_once(hub):
    async with Stage(hub, "MSISDN") as stage:
        (worker,) = await hired(stage, 1)
        stage.green.scenario.default = TWICE
        result = await pay_bulk(stage.blue.payer, stage.blue.name, stage.payer, [(worker, TEN)] * 2)
        assert (result.word, list(result.items.values())) == ("COMPLETED", ["PAID", "PAID"])
        for key in result.paid:
            assert await stage.green.journal.wait_credit(key, 10)
        assert await stage.positions() == (22, -22)


async def test_a_bulk_to_a_stranger_ends_before_it_begins(hub):
    async with Stage(hub, "MSISDN") as stage:
        nobody = PartyIdInfo("MSISDN", f"9{str(uuid.uuid4().int)[:9]}")
        result = await pay_bulk(stage.blue.payer, stage.blue.name, stage.payer, [(nobody, TEN)])
        assert (result.stage, result.items) == ("lookup", {})
