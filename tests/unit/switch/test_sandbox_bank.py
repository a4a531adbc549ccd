"""Two sandbox banks that are each other's hub exchange signed pacs.008 and pacs.002 over real HTTP."""

from collections.abc import AsyncIterator

import pytest
from freezegun import freeze_time

from iso import gate
from schemas.canonical.money import Money
from schemas.catalogue import Catalogue
from switch.sandbox import letters
from switch.sandbox.bank import SandboxBank
from switch.sandbox.behaviour import SILENT, Scenario, reject
from switch.sandbox.clock import later
from switch.sandbox.keys import ec_keys, rsa_keys
from switch.sandbox.letters import Order, institution
from switch.sandbox.outcome import End

KEYS = {"blue": rsa_keys("blue"), "green": ec_keys("green")}
CATALOGUE = Catalogue()


@pytest.fixture
async def pair() -> AsyncIterator[tuple[SandboxBank, SandboxBank]]:
    blue = SandboxBank("blue", "BLUEKENA", iso_url="", keys=KEYS["blue"])
    # No hub between them says the last word, so the payee says it itself.
    green = SandboxBank(
        "green", "GREEKENA", iso_url="", keys=KEYS["green"], word="ACSC", confirm="one-step", accounts=["777"]
    )
    async with blue, green:
        blue.url_of_hub, green.url_of_hub = green.url, blue.url
        blue.trust_hub([green.keys.certificate_pem])
        green.trust_hub([blue.keys.certificate_pem])
        yield blue, green


def order(account: str = "777", **more) -> Order:
    return Order(
        Money(1_000_000, "USD"),
        "Ann Payer",
        "111",
        "Ben Payee",
        creditor_account=account,
        creditor_agent=institution("GREEKENA"),
        **more,
    )


async def test_accepted_payment_settles_and_credits(pair):
    blue, green = pair

    outcome = await blue.pay(order())

    assert (outcome.end, outcome.code, outcome.signature) == (End.SETTLED, "ACSC", "valid")
    assert await green.journal.wait_credit(outcome.key, 5)
    assert green.credited == {("777", "USD"): 1_000_000}


async def test_two_step_bank_waits_for_the_confirmation(pair):
    blue, green = pair
    green.confirm = "two-step"
    payment = order()

    await blue.pay(payment)

    assert green.credited == {}


@pytest.mark.parametrize(
    ("account", "scenario", "code"),
    [("777", Scenario(reject("AC04", "account closed")), "AC04"), ("888", Scenario(), "AC01")],
)
async def test_refusal_carries_the_reason(pair, account, scenario, code):
    blue, green = pair
    green.scenario = scenario

    outcome = await blue.pay(order(account))

    assert (outcome.end, outcome.code) == (End.REFUSED, code)
    assert green.credited == {}


async def test_a_status_on_the_way_is_not_the_end(pair):
    blue, green = pair
    green.word = "ACSP"

    outcome = await blue.pay(order(), wait_s=0.3)

    assert outcome.end is End.UNANSWERED


async def test_silent_bank_leaves_the_payer_without_answer(pair):
    blue, green = pair
    green.scenario.amounts["100.00"] = SILENT

    outcome = await blue.pay(order(), wait_s=0.3)

    assert outcome.end is End.UNANSWERED


async def test_changed_letter_is_not_taken(pair):
    blue, green = pair
    letter = blue.write(order())
    changed = letters_with(letter, letter.body.replace(b"100.00", b"900.00"))

    outcome = await blue.send(changed)

    assert (outcome.end, outcome.http_status) == (End.NOT_TAKEN, 400)
    assert green.credited == {}


async def test_repeated_delivery_gets_the_same_answer(pair):
    blue, green = pair
    letter = blue.write(order())

    first, second = await blue.send(letter), await blue.send(letter)

    assert (first.code, second.code) == ("ACSC", "ACSC")
    assert await green.journal.wait_credit(letter.key, 5)
    assert green.credited == {("777", "USD"): 1_000_000}


@pytest.mark.parametrize("version", ["pacs.008.001.02", "pacs.008.001.08", "pacs.008.001.10", "pacs.008.001.13"])
@pytest.mark.parametrize("payee", [{"account": "777"}, {"account": None, "msisdn": "+256700000002"}])
def test_every_letter_is_valid_against_its_schema(version, payee):
    bank = SandboxBank("blue", "BLUEKENA", iso_url="", keys=KEYS["blue"], version=version)

    parsed = gate.read(bank.write(order(**payee, expiry=later(2), remittance="rent & <food>")).body)

    assert gate.check(parsed, CATALOGUE) == []


def test_reject_time_is_on_the_settlement_day():
    with freeze_time("2026-11-20T23:59:59.500Z"):
        message = letters.credit_transfer(order(expiry=later(2)), "BLUEKENA", later(0), "M1")

    transfer = message.transactions[0]
    assert (transfer.settlement_date, transfer.reject_time) == ("2026-11-21", "00:00:01.500Z")


def letters_with(letter, body):
    return type(letter)(letter.key, letter.message_id, letter.definition, body, letter.amount)
