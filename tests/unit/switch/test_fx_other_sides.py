"""Conversions on the payee's side, on both sides of one transfer, and on no side: a plain purchase of money."""

import msgspec
import pytest

from schemas.canonical.participants import AccountType, LedgerAccount, Participant
from tests.unit.switch.fx_scene import (
    EURO,
    EXPIRE,
    FX,
    FX2,
    FX_EXPIRE,
    FXP,
    FXP2,
    FxScene,
    accept,
    agree,
    convert,
    decline,
    eur,
    pay,
    refuse,
    said,
    usd,
)
from tests.unit.switch.scene import ID, OTHER, PAYEE, PAYER, phases

NOT_IT = "A" * 43
DOLLARS = pay(usd(100))
"""To a payee that has no account in dollars."""
BY_PAYEE = convert(initiator=EURO)
AGREED = agree(receiver=EURO)
READY = (DOLLARS, BY_PAYEE, AGREED)


def test_the_payee_has_it_converted_by_four_movements():
    scene = FxScene()
    held = [scene.play(step) and scene.positions() for step in READY]
    assert held == [{"payerfsp USD": 100}, *({"payerfsp USD": 100, "fxp1 EUR": 90},) * 2]
    batch = scene.play(accept())
    assert said(batch) == ["Committed payerfsp (original)", "Committed eurofsp", "Committed fxp1"]
    assert phases(batch) == ["void", "post", "commit"]
    assert scene.positions() == {"payerfsp USD": 100, "fxp1 USD": -100, "fxp1 EUR": 90, "eurofsp EUR": -90}
    assert scene.at_rest()


ENDS = [
    ("payee refuses", [*READY, refuse()], ("ABORTED", "ABORTED"), "5104"),
    ("payee is wrong", [*READY, accept(fulfilment=NOT_IT)], ("ABORTED", "ABORTED"), "3100"),
    ("transfer expires", [*READY, 0, EXPIRE], ("ABORTED", "ABORTED"), "3303"),
    ("conversion expires", [*READY, 0, FX_EXPIRE], ("ABORTED", "ABORTED"), "3303"),
    ("provider declines", [DOLLARS, BY_PAYEE, decline(receiver=EURO)], ("ABORTED", "RESERVED"), None),
    ("provider takes it back", [*READY, decline(receiver=EURO)], ("ABORTED", "RESERVED"), None),
    ("provider is wrong", [DOLLARS, BY_PAYEE, agree(receiver=EURO, fulfilment=NOT_IT)], ("ABORTED", "RESERVED"), None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "steps", "states", "code"), ENDS, ids=[row[0] for row in ENDS])
def test_an_end_gives_back_what_it_must(name, steps, states, code):
    scene = FxScene()
    scene.play(*steps)
    assert scene.states() == states
    assert scene.positions() == ({} if code else {"payerfsp USD": 100})
    assert scene.at_rest() == bool(code)
    if code:
        assert scene.transfer(ID).fault.fspiop == code


def test_another_provider_may_convert_what_the_first_would_not():
    scene = FxScene()
    scene.play(DOLLARS, BY_PAYEE, decline(receiver=EURO))
    scene.play(convert(FX2, EURO, FXP2), agree(FX2, FXP2, EURO), accept())
    assert scene.positions() == {"payerfsp USD": 100, "fxp2 USD": -100, "fxp2 EUR": 90, "eurofsp EUR": -90}
    assert scene.at_rest()


@pytest.mark.parametrize("steps", [[DOLLARS], [DOLLARS, BY_PAYEE], [DOLLARS, BY_PAYEE, decline(receiver=EURO)]])
def test_a_payee_that_cannot_be_credited_yet_is_told_so_and_may_answer_again(steps):
    scene = FxScene()
    batch = scene.play(*steps, accept("RESERVED"))
    assert said(batch) == ["Refused eurofsp 3100"]
    assert scene.transfer(ID).state.value == "RESERVED"


def test_a_payee_with_an_account_may_convert_too_and_is_not_credited_twice():
    scene = FxScene()
    scene.change(scene.get(Participant, PAYEE), currencies=("USD", "EUR"))
    scene.resident.put(LedgerAccount(90, PAYEE, AccountType.POSITION, "EUR", active=True, cap=10_000_000))
    scene.play(pay(usd(100), PAYEE), convert(initiator=PAYEE), agree(receiver=PAYEE), accept(sender=PAYEE))
    assert scene.positions() == {"payerfsp USD": 100, "fxp1 USD": -100, "fxp1 EUR": 90, "payeefsp EUR": -90}
    assert scene.at_rest()


REFUSED = [
    ("by the payer, too late", [pay(usd(100), PAYEE)], convert(), "is not the payee FSP"),
    ("of another amount", [DOLLARS], convert(initiator=EURO, source=usd(99)), "sourceAmount differs"),
    ("of a transfer that ended", [DOLLARS, refuse()], BY_PAYEE, "not RESERVED"),
    ("of a conversion", [convert(FX2, determines=None)], convert(initiator=FXP, determines=FX2), "not RESERVED"),
    ("a second one", [*READY], convert(FX2, EURO, FXP2), "has a conversion already"),
]


@pytest.mark.parametrize(("name", "steps", "last", "text"), REFUSED, ids=[row[0] for row in REFUSED])
def test_the_order_of_messages_decides_whose_conversion_it_is(name, steps, last, text):
    scene = FxScene()
    scene.play(*steps)
    before = scene.positions()
    scene.play(last)
    assert text in scene.transfer(last.transfer_id).fault.description
    assert scene.positions() == before


def test_a_scheme_may_keep_payees_from_converting():
    scene = FxScene()
    scene.profile = msgspec.structs.replace(scene.profile, payee_conversion=False)
    scene.play(pay(usd(100), PAYEE), convert(initiator=PAYEE))
    assert "exists already" in scene.transfer(FX).fault.description
    scene = FxScene()
    scene.profile = msgspec.structs.replace(scene.profile, payee_conversion=False)
    scene.play(DOLLARS)
    assert scene.transfer(ID).fault.iso == "AM03"


def test_the_provider_must_be_able_to_give_the_target_amount():
    scene = FxScene()
    scene.limit(FXP, "EUR", cover=50)
    batch = scene.play(DOLLARS, BY_PAYEE)
    assert said(batch) == ["Aborted eurofsp 4001"]
    assert scene.positions() == {"payerfsp USD": 100}


def reference(*steps):
    """Dollars to euros by one provider, the transfer in euros, and on to dollars by another."""
    scene = FxScene()
    scene.play(convert(), agree(), pay(payee=OTHER), *steps)
    return scene


BACK = convert(FX2, OTHER, FXP2, eur(90), usd(80))


def test_a_reference_currency_comes_out_of_the_same_rows():
    scene = reference(BACK, agree(FX2, FXP2, OTHER), accept(sender=OTHER))
    assert scene.positions() == {
        "payerfsp USD": 100, "fxp1 USD": -100, "fxp1 EUR": 90, "fxp2 EUR": -90, "fxp2 USD": 80, "otherfsp USD": -80,
    }  # fmt: skip
    assert scene.at_rest()


@pytest.mark.parametrize(
    "end", [[decline()], [refuse(sender=OTHER)], [0, EXPIRE], [0, FX_EXPIRE]], ids=["sender's", "payee", "time", "fx"]
)
def test_both_conversions_end_with_their_transfer(end):
    scene = reference(BACK, agree(FX2, FXP2, OTHER), *end)
    assert (*scene.states(), scene.transfer(FX2).state.value) == ("ABORTED",) * 3
    assert scene.positions() == {}
    assert scene.at_rest()


ALONE = convert(initiator=PAYER, determines=None)


@pytest.fixture
def buyer():
    """The payer holds euros too."""
    scene = FxScene()
    scene.resident.put(LedgerAccount(90, PAYER, AccountType.POSITION, "EUR", active=True, cap=10_000_000))
    return scene


def test_a_purchase_of_money_is_done_when_the_provider_agrees(buyer):
    buyer.play(ALONE)
    assert buyer.positions() == {"payerfsp USD": 100, "fxp1 EUR": 90}
    batch = buyer.play(agree())
    assert said(batch) == ["Committed payerfsp", "Committed fxp1"]
    assert phases(batch) == ["commit", "commit"]
    assert buyer.positions() == {"payerfsp USD": 100, "fxp1 USD": -100, "fxp1 EUR": 90, "payerfsp EUR": -90}
    assert buyer.at_rest()


@pytest.mark.parametrize("end", [[decline()], [agree(fulfilment=NOT_IT)], [0, FX_EXPIRE]], ids=["no", "wrong", "time"])
def test_a_purchase_that_fails_gives_both_amounts_back(buyer, end):
    buyer.play(ALONE, *end)
    assert buyer.transfer(FX).state.value == "ABORTED"
    assert buyer.positions() == {}
    assert buyer.at_rest()
