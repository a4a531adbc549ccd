"""Two sandbox DFSPs that are each other's hub pay one another over real HTTP with real signatures."""

from collections.abc import AsyncIterator

import pytest

from fspiop.messages.fields import PartyIdInfo
from schemas.canonical.money import Money
from switch.sandbox.agreement import Customer
from switch.sandbox.behaviour import SILENT, TWICE, Scenario, reject
from switch.sandbox.clock import later
from switch.sandbox.dfsp import SandboxDfsp
from switch.sandbox.journal import Way, read_journal
from switch.sandbox.keys import rsa_keys
from switch.sandbox.outcome import End

ANN, BEN = Customer("256700000001", "Ann", "Payer"), Customer("256700000002", "Ben", "Payee")
KEYS = {name: rsa_keys(name) for name in ("alpha", "beta")}
FIVE = Money(50_000, "USD")


@pytest.fixture
async def pair(tmp_path) -> AsyncIterator[tuple[SandboxDfsp, SandboxDfsp]]:
    alpha = SandboxDfsp("alpha", "1.1", fspiop_url="", customers=(ANN,), keys=KEYS["alpha"], journal=tmp_path / "alpha")
    beta = SandboxDfsp("beta", "2.0", fspiop_url="", customers=(BEN,), keys=KEYS["beta"], fee=Money(1_000, "USD"))
    async with alpha, beta:
        alpha.wire.url, beta.wire.url = beta.url, alpha.url
        alpha.wire.trust("beta", [beta.keys.public_pem])
        beta.wire.trust("alpha", [alpha.keys.certificate_pem])
        yield alpha, beta


def party(customer: Customer) -> PartyIdInfo:
    return PartyIdInfo("MSISDN", customer.identifier)


async def test_payment_ends_with_a_fulfilment_and_the_payee_gets_the_money_once(pair):
    alpha, beta = pair

    outcome = await alpha.payer.pay(ANN, party(BEN), FIVE)

    assert (outcome.end, outcome.code, outcome.signature) == (End.SETTLED, "COMMITTED", "valid")
    assert await beta.journal.wait_credit(outcome.key, 5)
    assert beta.credited == {(BEN.identifier, "USD"): 50_000}


async def test_receive_amount_makes_the_payer_bear_the_fee(pair):
    alpha, _ = pair

    agreement = await alpha.payer.agree(ANN, party(BEN), FIVE)

    assert agreement.terms.transfer_amount.amount == "5.1"
    assert agreement.terms.payee_receive_amount.amount == "5"


@pytest.mark.parametrize("word", ["1.1", "2.0"])
async def test_packet_is_of_the_version_the_dfsp_speaks(pair, word):
    alpha, beta = pair
    payer, payee, customer = (beta, ANN, BEN) if word == "1.1" else (alpha, BEN, ANN)

    agreement = await payer.payer.agree(customer, party(payee), FIVE)

    assert agreement.terms.ilp_packet[:2] == {"1.1": "AY", "2.0": "DI"}[word]


async def test_refusal_reaches_the_payer_with_its_code(pair):
    alpha, beta = pair
    beta.scenario = Scenario(reject("5104", "not wanted"))

    outcome = await alpha.payer.pay(ANN, party(BEN), FIVE)

    assert (outcome.end, outcome.code, outcome.text) == (End.REFUSED, "5104", "not wanted")
    assert beta.credited == {}


async def test_unknown_party_ends_at_the_lookup(pair):
    alpha, _ = pair

    outcome = await alpha.payer.pay(ANN, PartyIdInfo("MSISDN", "256799999999"), FIVE)

    assert (outcome.end, outcome.code, outcome.stage) == (End.REFUSED, "3204", "lookup")


async def test_silent_payee_leaves_the_payer_without_answer(pair):
    alpha, beta = pair
    beta.scenario.accounts[BEN.identifier] = SILENT

    outcome = await alpha.payer.pay(ANN, party(BEN), FIVE, wait_s=0.5)

    assert outcome.end is End.UNANSWERED


async def test_double_answers_credit_once(pair):
    alpha, beta = pair
    beta.scenario.amounts["5.1"] = TWICE

    outcome = await alpha.payer.pay(ANN, party(BEN), FIVE)
    answers = [await alpha.journal.wait(lambda entry: entry.word == "COMMITTED", 5, start) for start in (0, 6)]

    assert [answer.key for answer in answers] == [outcome.key] * 2
    assert await beta.journal.wait_credit(outcome.key, 5)
    assert beta.credited == {(BEN.identifier, "USD"): 50_000}


async def test_transfer_with_another_amount_than_agreed_is_refused(pair):
    alpha, _ = pair
    agreement = await alpha.payer.agree(ANN, party(BEN), FIVE)

    outcome = await alpha.payer.send(alpha.payer.transfer(agreement, later(5), Money(60_000, "USD")))

    assert (outcome.end, outcome.code) == (End.REFUSED, "5105")


async def test_changed_body_breaks_the_signature(pair):
    alpha, beta = pair
    agreement = await alpha.payer.agree(ANN, party(BEN), FIVE)

    outcome = await alpha.payer.send(
        alpha.payer.transfer(agreement, later(5)), tamper=lambda headers, body: (headers, body + b" ")
    )

    assert (outcome.end, outcome.code, outcome.http_status) == (End.NOT_TAKEN, "3105", 400)
    assert beta.credited == {}


async def test_repeated_delivery_gets_the_same_answer_and_no_second_effect(pair):
    alpha, beta = pair
    agreement = await alpha.payer.agree(ANN, party(BEN), FIVE)
    transfer = alpha.payer.transfer(agreement, later(5))

    first = await alpha.payer.send(transfer)
    second = await alpha.payer.send(transfer)

    assert (first.end, first.code) == (second.end, second.code) == (End.SETTLED, "COMMITTED")
    assert beta.credited == {(BEN.identifier, "USD"): 50_000}


async def test_journal_file_has_what_was_sent_and_every_answer(pair, tmp_path):
    alpha, _ = pair

    outcome = await alpha.payer.pay(ANN, party(BEN), FIVE)

    entries = [entry for entry in read_journal(tmp_path / "alpha") if entry.key == outcome.key]
    assert [(entry.way, entry.kind, entry.word, entry.status) for entry in entries] == [
        (Way.SENT, "POST /transfers", "", 202),
        (Way.RECEIVED, "PUT /transfers", "COMMITTED", 200),
    ]
