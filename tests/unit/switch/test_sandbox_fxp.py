"""A sandbox provider and a buyer that are each other's hub: quotes exact to the coin, orders, behaviours."""

from collections.abc import AsyncIterator
from fractions import Fraction

import pytest

from schemas.canonical.money import Money
from switch.sandbox.behaviour import SILENT, reject
from switch.sandbox.dfsp import SandboxDfsp
from switch.sandbox.exchange import Exchange, Order
from switch.sandbox.fxp import SandboxFxp
from switch.sandbox.keys import rsa_keys
from switch.sandbox.payer import PaymentFailedError

TRANSFER = "b51ec534-ee48-4575-b6a9-ead2955b8069"
KEYS = {name: rsa_keys(name) for name in ("alpha", "gamma")}
RATES = {("USD", "KES"): Fraction(12905, 100), ("USD", "JPY"): Fraction(14999, 100), ("KES", "USD"): Fraction(1, 130)}


def dollars(units: int) -> Money:
    return Money(units, "USD")


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Exchange, SandboxFxp]]:
    alpha = SandboxDfsp("alpha", fspiop_url="", keys=KEYS["alpha"])
    gamma = SandboxFxp("gamma", fspiop_url="", rates=RATES, charge=dollars(5_000), keys=KEYS["gamma"])
    async with alpha, gamma:
        alpha.wire.url, gamma.wire.url = gamma.url, alpha.url
        alpha.wire.trust("gamma", [gamma.keys.public_pem])
        gamma.wire.trust("alpha", [alpha.keys.public_pem])
        yield Exchange(alpha.payer), gamma


# amount that is fixed, other currency, whether it is sent; amounts of source and target
QUOTES = [
    (dollars(100_000), "KES", True, "10", "1225.97"),
    (Money(12_259_700, "KES"), "USD", False, "10", "1225.97"),
    (dollars(100_000), "JPY", True, "10", "1424"),
    (Money(14_240_000, "JPY"), "USD", False, "10", "1424"),
    (Money(1_000_000, "KES"), "USD", True, "100", "0.76"),
]


@pytest.mark.parametrize(("amount", "other", "send", "source", "target"), QUOTES)
async def test_a_quote_names_both_amounts_rounded_in_favour_of_the_provider(pair, amount, other, send, source, target):
    exchange, _ = pair

    terms = await exchange.quote("gamma", amount, Order(amount, other, send), TRANSFER)

    agreed = terms.conversion_terms
    assert (agreed.source_amount.amount, agreed.target_amount.amount) == (source, target)
    assert bool(agreed.charges) == (agreed.source_amount.currency == "USD")


async def test_a_pair_of_currencies_without_a_rate_is_refused(pair):
    exchange, _ = pair

    with pytest.raises(PaymentFailedError) as failed:
        await exchange.quote("gamma", dollars(10_000), Order(dollars(10_000), "EUR"), TRANSFER)

    assert failed.value.outcome.code == "3000"


async def ordered(exchange: Exchange, changed: str = "", **fields) -> str:
    order = Order(dollars(100_000), "KES", wait_s=2, **fields)
    terms = await exchange.quote("gamma", order.amount, order, TRANSFER)
    if changed:
        agreed = terms.conversion_terms
        other = type(agreed.target_amount)("KES", changed)
        terms = type(terms)(type(agreed)(**{**fields_of(agreed), "target_amount": other}), terms.condition)
    return (await exchange.convert(terms, order)).conversion_state


def fields_of(struct) -> dict:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


async def test_what_was_quoted_is_fulfilled(pair):
    exchange, _ = pair

    assert await ordered(exchange) == "RESERVED"


async def test_another_amount_than_quoted_is_refused(pair):
    exchange, _ = pair

    with pytest.raises(PaymentFailedError) as failed:
        await ordered(exchange, changed="1226")

    assert (failed.value.outcome.code, failed.value.outcome.stage) == ("5105", "fxTransfer")


async def test_behaviours_are_chosen_by_source_amount_and_by_transfer(pair):
    exchange, gamma = pair
    gamma.scenario.amounts["10"] = reject("2001", "closed")

    with pytest.raises(PaymentFailedError) as failed:
        await ordered(exchange)
    assert failed.value.outcome.code == "2001"

    gamma.scenario.accounts[TRANSFER] = SILENT
    with pytest.raises(PaymentFailedError) as failed:
        await ordered(exchange)
    assert failed.value.outcome.end == "unanswered"
