"""A bank's payment in another currency: each answer moves it one step, nothing is reserved before all have agreed."""

import msgspec
import pytest

from schemas.canonical.commands import AnswerParty, AnswerTerms, Expire, Undeliverable
from schemas.canonical.dialogue import Journey, JourneyState
from schemas.canonical.exchange import AnswerRate, ConversionSettled, Exchange, ExchangeCharge
from schemas.canonical.faults import fault
from schemas.canonical.participants import Participant
from schemas.canonical.party import Account, Party
from switch.journeys.currencies import may_change, target_of
from tests.unit.switch.fx_scene import EURO, FXP, FXP2, FxScene, eur, usd
from tests.unit.switch.scene import (
    BANK,
    CONDITION,
    CREDITOR,
    EXPIRY,
    ID,
    MSISDN,
    NOW,
    OTHER,
    PAYEE_SAYS,
    bank_prepare,
    envelope,
    terms,
    told,
)

CHARGE = (ExchangeCharge("margin", usd(1)),)


def payment(payee=EURO, currency="EUR", instructed=None, kind="SEND", **fields):
    account = Account(other="42", currency=currency)
    agreed = msgspec.structs.replace(
        terms(BANK, payee), amount_type=kind, payee=Party(MSISDN, payee, account=account), instructed=instructed
    )
    return bank_prepare(payee=payee, terms=agreed, **fields)


def found(payee=EURO, *currencies):
    return AnswerParty(envelope(payee, BANK), MSISDN, Party(MSISDN, payee, "Jo", currencies=currencies))


def rated(scene, source=100, target=90, sender=FXP, content="x", **fields):
    key = next(event.body.key for event in scene.asked if hasattr(event.body, "rate"))
    fields = {"expiry": EXPIRY, "condition": CONDITION, "charges": CHARGE} | fields
    return AnswerRate(envelope(sender, BANK, content), key, usd(source), eur(target), **fields)


def quoted(scene, amount=90, **fields):
    fields = {"packet": "cGFja2V0", "condition": CONDITION, "expiry": EXPIRY} | fields
    journey = scene.get(Journey, ID)
    return AnswerTerms(envelope(EURO, BANK, "q"), journey.quote_id, eur(amount), eur(amount), **fields)


class Scene(FxScene):
    """The scheme with two providers, and what the journey lane has asked so far."""

    def __init__(self, *commands, lane="journey.0"):
        super().__init__(lane=lane)
        self.asked = []
        for name in (FXP2, FXP):
            self.change(self.get(Participant, name), services=("FXP",))
        for command in commands:
            self.do(command)

    def do(self, command, hand=None):
        batch = super().do(command, hand)
        self.asked += batch.events
        return batch

    @property
    def state(self):
        return self.get(Journey, ID).state.value


def test_the_banks_amount_is_fixed():
    scene = Scene()
    assert told(scene.do(payment())) == ["Handed LookUpParty @lookup"]
    assert told(scene.do(found())) == ["RateAsked fxp1"]
    rate = scene.asked[-1].body.rate
    assert (rate.fixed, rate.currency, rate.sends, scene.state) == (usd(100), "EUR", True, "ASKING_RATE")
    assert told(scene.do(rated(scene))) == ["TermsAsked eurofsp"]
    asked = scene.asked[-1].body.terms
    assert (asked.amount, asked.amount_type) == (eur(90), "SEND")
    assert asked.exchange == Exchange(FXP, usd(100), eur(90), CHARGE)
    assert told(scene.do(quoted(scene))) == ["Handed Prepare @ledger"]
    order = scene.asked[-1].body.command
    assert (order.payer, order.payee, order.determines) == (BANK, FXP, ID)
    assert (order.amount, order.target) == (usd(100), eur(90))
    assert (order.condition, order.expiry, scene.state) == (CONDITION, EXPIRY, "CONVERTING")
    assert told(scene.do(ConversionSettled(ID))) == ["Handed Prepare @ledger"]
    last = scene.asked[-1].body.command
    assert (last.transfer_id, last.payee, last.amount, last.target) == (ID, EURO, eur(90), None)
    assert scene.state == "PREPARING"
    assert last.terms.exchange == Exchange(FXP, usd(100), eur(90), CHARGE)


def test_the_payees_amount_is_fixed():
    """The payee's FSP is asked first: what it wants for the payee to get 80 is what the provider must give."""
    scene = Scene(payment(instructed=eur(80), kind="RECEIVE"))
    assert told(scene.do(found())) == ["TermsAsked eurofsp"]
    asked = scene.asked[-1].body.terms
    assert (asked.amount, asked.amount_type, asked.exchange) == (eur(80), "RECEIVE", None)
    answer = msgspec.structs.replace(quoted(scene, 82), payee_receives=eur(80), payee_fee=eur(2))
    assert told(scene.do(answer)) == ["RateAsked fxp1"]
    rate = scene.asked[-1].body.rate
    assert (rate.fixed, rate.currency, rate.sends) == (eur(82), "USD", False)
    assert told(scene.do(rated(scene, 91, 82))) == ["Handed Prepare @ledger"]
    scene.do(ConversionSettled(ID))
    last = scene.asked[-1].body.command
    assert (last.amount, last.terms.payee_fee, last.terms.exchange.source) == (eur(82), eur(2), usd(91))


def test_a_bank_is_not_asked_for_terms():
    scene = Scene(payment(CREDITOR, instructed=eur(80)))
    scene.change(scene.get(Participant, CREDITOR), currencies=("EUR",))
    assert told(scene.do(found(CREDITOR))) == ["RateAsked fxp1"]
    assert scene.asked[-1].body.rate.fixed == eur(80)
    assert told(scene.do(rated(scene, 90, 80))) == ["Handed Prepare @ledger"]
    scene.do(ConversionSettled(ID))
    assert (scene.asked[-1].body.command.amount, scene.asked[-1].body.command.condition) == (eur(80), None)


CURRENCIES = [
    # account's, ordered, the party's, the FSP's, what the payee is paid in
    ("EUR", None, (), ("EUR",), "EUR"),
    ("EUR", None, (), ("USD", "EUR"), "EUR"),
    ("USD", eur(1), (), ("USD", "EUR"), None),
    ("USD", eur(1), ("EUR",), ("EUR",), None),
    (None, None, (), ("USD",), None),
    (None, None, (), ("EUR",), None),
    (None, eur(1), (), ("EUR",), "EUR"),
    (None, eur(1), (), ("USD", "EUR"), None),
    (None, None, ("EUR",), ("USD", "EUR"), "EUR"),
    (None, None, ("EUR", "USD"), ("USD", "EUR"), None),
    (None, None, ("KES", "EUR"), ("USD", "EUR"), "EUR"),
    (None, eur(1), ("KES", "EUR"), ("KES", "EUR"), "EUR"),
    (None, eur(1), ("USD",), ("EUR",), None),
    ("KES", None, (), ("USD", "EUR"), "refused"),
    (None, eur(1), ("EUR",), ("USD",), "refused"),
]


@pytest.mark.parametrize(("account", "ordered", "party", "fsp", "wanted"), CURRENCIES)
def test_the_payees_currency_is_never_guessed(account, ordered, party, fsp, wanted):
    command = payment(currency=account, instructed=ordered)
    given = target_of(command, Participant(EURO, currencies=fsp), Party(MSISDN, EURO, currencies=party))
    assert (given.name if hasattr(given, "name") else given) == (
        "PAYEE_UNSUPPORTED_CURRENCY" if wanted == "refused" else wanted
    )


@pytest.mark.parametrize(
    ("account", "ordered", "fsp", "may"),
    [
        ("EUR", None, ("EUR",), True),
        ("USD", eur(1), ("USD",), False),
        (None, None, ("EUR",), False),
        (None, eur(1), ("EUR",), True),
        (None, eur(1), ("USD", "EUR"), False),
    ],
)
def test_a_bank_is_paid_straight_unless_somebody_says_otherwise(account, ordered, fsp, may):
    assert may_change(payment(currency=account, instructed=ordered), Participant(CREDITOR, currencies=fsp)) is may


def without(*fields):
    return lambda scene: msgspec.structs.replace(rated(scene), **dict.fromkeys(fields))


RATES = [
    ("refused", lambda s: msgspec.structs.replace(rated(s), fault=PAYEE_SAYS), "5104"),
    ("over", lambda s: rated(s, expiry=NOW), "3302"),
    ("more", lambda s: rated(s, 101), "5103"),
    ("less", lambda s: rated(s, 99), "5103"),
    ("nothing", lambda s: rated(s, 100, 0), "3101"),
    ("other currency", lambda s: msgspec.structs.replace(rated(s), target=usd(90)), "5103"),
    ("no amount", without("target"), "3100"),
    ("no condition", without("condition"), "3100"),
    (
        "not reached",
        lambda s: Undeliverable(BANK, "fxQuotes", rated(s).key, fault("DESTINATION_UNREACHABLE"), FXP),
        "1001",
    ),
    ("conversion ended", lambda s: (rated(s), quoted(s), ConversionSettled(ID, PAYEE_SAYS)), "5104"),
    ("quote of another amount", lambda s: (rated(s), quoted(s, 89)), "5103"),
    ("quote refused", lambda s: (rated(s), quoted(s, fault=fault("DESTINATION_FSP"))), "3201"),
]


@pytest.mark.parametrize(("name", "answers", "code"), RATES, ids=[row[0] for row in RATES])
def test_what_fails_is_refused_once_and_says_the_same_again(name, answers, code):
    scene = Scene(payment(), found())
    given = answers(scene)
    for command in given if isinstance(given, tuple) else (given,):
        batch = scene.do(command)
    assert told(batch) == [f"Refused bank-a {code}"]
    assert scene.get(Journey, ID).state is JourneyState.REFUSED
    assert scene.do(payment()).events[0].body == batch.events[0].body
    assert told(scene.do(ConversionSettled(ID))) == []


def test_a_rate_over_what_the_bank_ordered_is_refused():
    scene = Scene(payment(instructed=eur(80)), found())
    scene.do(quoted(scene, 80))
    assert told(scene.do(rated(scene, "100.01", 80))) == ["Refused bank-a 5103"]


def test_a_rate_that_gives_another_amount_is_refused():
    scene = Scene(payment(instructed=eur(80)), found())
    scene.do(quoted(scene, 80))
    assert told(scene.do(rated(scene, 90, 79))) == ["Refused bank-a 5103"]


def test_amounts_that_a_bank_cannot_be_told_are_refused():
    scene = Scene(payment(CREDITOR))
    scene.change(scene.get(Participant, CREDITOR), currencies=("EUR",))
    scene.do(found(CREDITOR))
    assert told(scene.do(rated(scene, 100, "90.001"))) == ["Refused bank-a 3101"]


def test_the_first_active_provider_of_both_currencies_is_asked():
    scene = Scene(payment())
    scene.change(scene.get(Participant, FXP), active=False)
    assert told(scene.do(found())) == ["RateAsked fxp2"]


@pytest.mark.parametrize("change", [{"services": ()}, {"currencies": ("EUR",)}, {"active": False}])
def test_without_a_provider_the_payment_is_refused(change):
    scene = Scene(payment())
    for name in (FXP, FXP2):
        scene.change(scene.get(Participant, name), **change)
    batch = scene.do(found())
    assert told(batch) == ["Refused bank-a 5106"]
    assert batch.events[0].body.fault.iso == "AM03"


def test_neither_side_of_a_payment_converts_for_it():
    scene = Scene(payment(FXP))
    assert told(scene.do(found(FXP))) == ["RateAsked fxp2"]


def test_only_the_provider_that_was_asked_can_answer_and_once():
    scene = Scene(payment(), found())
    assert told(scene.do(rated(scene, sender=OTHER))) == ["Refused otherfsp 3100"]
    assert scene.state == "ASKING_RATE"
    scene.do(rated(scene))
    assert told(scene.do(rated(scene))) == []
    assert told(scene.do(rated(scene, content="other"))) == ["Refused fxp1 3106"]


def test_a_rate_that_nobody_asked_for_is_refused():
    scene = Scene()
    command = AnswerRate(envelope(FXP, BANK), "aaaaaaaa-ee48-4575-b6a9-ead2955b8069", usd(1), eur(1))
    assert told(scene.do(command)) == ["Refused fxp1 3205"]


def test_an_open_journey_expires_and_one_with_the_ledger_does_not():
    asking, ordered = Scene(payment(), found()), Scene(payment(), found())
    ordered.do(rated(ordered))
    ordered.do(quoted(ordered))
    for scene, words in ((asking, ["Refused bank-a 3303"]), (ordered, [])):
        scene.now = EXPIRY
        assert told(scene.do(Expire("journey", ID))) == words
