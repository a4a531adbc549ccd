"""What the hub asks a provider in a bank's name, and what it reads of the answer."""

import json

import msgspec
import pytest

from fspiop.messages.errors import QuoteErrorBody, QuoteErrorInformation
from fspiop.messages.fields import MoneyBody
from fspiop.messages.fxquotes import FxCharge, FxConversion, FxMoney, FxQuotesPut
from schemas.canonical.commands import Refuse
from schemas.canonical.exchange import Exchange, ExchangeCharge, Rate, RateAsked
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from tests.unit.translator.world import HASH, NOW, UUID, dfsp_envelope, transfer
from translator.fspiop import fxquotes, quotes

USD, KES = Money.parse_fspiop("10", "USD"), Money.parse_fspiop("1290.5", "KES")
ENVELOPE = dfsp_envelope("fxp", "banka")
TERMS = FxConversion(
    UUID, "banka", "fxp", "SEND", FxMoney("USD", "10"), FxMoney("KES", "1290.5"), "2026-11-20T08:00:30.000Z",
    charges=(FxCharge("margin", MoneyBody("USD", "0.5")),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "kind", "source", "target"),
    [
        (Rate(USD, "KES", sends=True), "SEND", {"currency": "USD", "amount": "10"}, {"currency": "KES"}),
        (Rate(KES, "USD", sends=False), "RECEIVE", {"currency": "USD"}, {"currency": "KES", "amount": "1290.5"}),
    ],
)
def test_only_the_fixed_side_has_an_amount(rate, kind, source, target):
    asked = RateAsked(FspId("banka"), UUID, TransferId(UUID), TransferId(UUID), FspId("fxp"), rate, NOW)
    terms = json.loads(fxquotes.post(asked))["conversionTerms"]
    assert (terms["amountType"], terms["sourceAmount"], terms["targetAmount"]) == (kind, source, target)
    assert (terms["initiatingFsp"], terms["counterPartyFsp"], terms["determiningTransferId"]) == ("banka", "fxp", UUID)


def test_an_answer_has_both_amounts_charges_and_its_condition():
    found = fxquotes.answer(UUID, FxQuotesPut(TERMS, HASH), ENVELOPE)
    assert (found.source, found.target, found.condition) == (USD, KES, HASH)
    assert found.charges == (ExchangeCharge("margin", Money.parse_fspiop("0.5", "USD")),)
    assert (found.resource, found.dialogue) == ("fxQuotes", f"fxQuotes/{UUID}")


def test_an_answer_without_an_amount_lacks_it():
    bare = msgspec.structs.replace(TERMS, target_amount=FxMoney("KES"))
    assert fxquotes.answer(UUID, FxQuotesPut(bare), ENVELOPE).target is None


def test_a_refusal_is_the_provider_s_own():
    found = fxquotes.answer(UUID, QuoteErrorBody(QuoteErrorInformation("3000", "no")), ENVELOPE)
    assert (found.fault.fspiop, found.fault.description) == ("3000", "no")


def test_an_amount_that_the_hub_cannot_keep_is_refused():
    odd = msgspec.structs.replace(TERMS, charges=(FxCharge("margin", MoneyBody("ZZZ", "1")),))
    assert isinstance(fxquotes.answer(UUID, FxQuotesPut(odd, HASH), ENVELOPE), Refuse)


@pytest.mark.parametrize(("version", "told"), [("2.0", True), ("1.1", False)])
def test_a_quote_tells_of_the_conversion_where_its_version_can(version, told):
    terms = msgspec.structs.replace(transfer().terms, amount=KES, exchange=Exchange(FspId("fxp"), USD, KES))
    losses = []
    body = json.loads(quotes.quotes_post(UUID, terms, version, losses))
    assert (body.get("converter") == "PAYER", "currencyConversion" in body) == (told, told)
    assert ("currencyConversion" in {loss.path for loss in losses}) is not told
