"""Conversions on the payer's side: four movements, two per currency, and zero sum wherever the two are ended."""

from datetime import timedelta

import pytest

from switch.transfer_table import Case
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
    ask,
    convert,
    decline,
    eur,
    pay,
    refuse,
    said,
    usd,
    with_content,
)
from tests.unit.switch.scene import EXPIRY, ID, OTHER, OTHER_FULFILMENT, PAYER, phases

READY = (convert(), agree())
FLYING = (*READY, pay())
LATER = EXPIRY + timedelta(seconds=60)

# case, steps (the last is the one looked at), states after (conversion, transfer), postings, who is told what
ROWS = [
    (Case.PREPARE_RESERVES, [convert()], ("RESERVED", None), ["reserve"], ["Reserved fxp1 (original)"]),
    (Case.FULFIL_WAITS, [*READY], ("FULFILLED_WAITING", None), [], ["Fulfilled payerfsp (original)"]),
    (Case.PREPARE_RESERVES, [*FLYING], ("FULFILLED_WAITING", "RESERVED"), ["reserve"], ["Reserved eurofsp (original)"]),
    (
        Case.CONVERSION_COMMITS,
        [*FLYING, accept()],
        ("COMMITTED", "COMMITTED"),
        ["commit", "commit"],
        ["Committed payerfsp (original)", "Committed eurofsp", "Committed fxp1"],
    ),
    (
        Case.REJECT_ABORTS,
        [convert(), decline()],
        ("ABORTED", None),
        ["void"],
        ["Aborted payerfsp 2000 (original)", "Aborted fxp1 2000"],
    ),
    (
        Case.TRANSFER_ENDS,
        [*FLYING, decline()],
        ("ABORTED", "ABORTED"),
        ["void", "void"],
        ["Aborted payerfsp 2000 (original)", "Aborted fxp1 2000", "Aborted payerfsp 2000", "Aborted eurofsp 2000"],
    ),
    (
        Case.FULFIL_WRONG,
        [convert(), agree(fulfilment=OTHER_FULFILMENT)],
        ("ABORTED", None),
        ["void"],
        ["Aborted payerfsp 3100", "Aborted fxp1 3100", "Corrected fxp1 ABORTED 3100"],
    ),
    (
        Case.CONVERSION_ENDS,
        [*FLYING, refuse()],
        ("ABORTED", "ABORTED"),
        ["void", "void"],
        ["Aborted payerfsp 5104 (original)", "Aborted eurofsp 5104", "Corrected fxp1 ABORTED 5104"],
    ),
    (
        Case.CONVERSION_ENDS,
        [*FLYING, accept(fulfilment=OTHER_FULFILMENT)],
        ("ABORTED", "ABORTED"),
        ["void", "void"],
        ["Aborted payerfsp 3100", "Aborted eurofsp 3100", "Corrected fxp1 ABORTED 3100"],
    ),
    (
        Case.CONVERSION_ENDS,
        [convert(), pay()],
        ("ABORTED", "ABORTED"),
        ["void"],
        ["Aborted payerfsp 3100", "Aborted payerfsp 3100", "Corrected fxp1 ABORTED 3100"],
    ),
    (
        Case.EXPIRES,
        [convert(), 0, FX_EXPIRE],
        ("ABORTED", None),
        ["void"],
        ["Aborted payerfsp 3303", "Aborted fxp1 3303"],
    ),
    (
        Case.EXPIRES,
        [*READY, 0, FX_EXPIRE],
        ("ABORTED", None),
        ["void"],
        ["Aborted payerfsp 3303", "Aborted fxp1 3303", "Corrected fxp1 ABORTED 3303"],
    ),
    (
        Case.EXPIRES_TOGETHER,
        [*READY, pay(expiry=LATER), 0, FX_EXPIRE],
        ("ABORTED", "ABORTED"),
        ["void", "void"],
        [
            "Aborted payerfsp 3303", "Aborted fxp1 3303", "Corrected fxp1 ABORTED 3303",
            "Aborted payerfsp 3303", "Aborted eurofsp 3303",
        ],
    ),
    (
        Case.EXPIRES_TOGETHER,
        [convert(expiry=LATER), agree(), pay(), 0, EXPIRE],
        ("ABORTED", "ABORTED"),
        ["void", "void"],
        [
            "Aborted payerfsp 3303", "Aborted eurofsp 3303",
            "Aborted payerfsp 3303", "Aborted fxp1 3303", "Corrected fxp1 ABORTED 3303",
        ],
    ),
    (Case.NOT_DUE, [*FLYING, accept(), 0, FX_EXPIRE], ("COMMITTED", "COMMITTED"), [], []),
    (
        Case.ANSWER_LATE,
        [*READY, pay(expiry=LATER), 0, accept("RESERVED")],
        ("FULFILLED_WAITING", "RESERVED"),
        [],
        ["Refused eurofsp 3303", "Corrected eurofsp RESERVED 3303"],
    ),
    (Case.PREPARE_REPEATED_EARLY, [*READY, convert()], ("FULFILLED_WAITING", None), [], []),
    (Case.PREPARE_REPEATED, [*FLYING, accept(), convert()], ("COMMITTED", "COMMITTED"), [], ["Stated payerfsp"]),
    (
        Case.PREPARE_MODIFIED,
        [convert(), convert(target=eur(99), content="x")],
        ("RESERVED", None),
        [],
        ["Refused payerfsp 3106"],
    ),
    (Case.ANSWER_REPEATED_EARLY, [*READY, agree()], ("FULFILLED_WAITING", None), [], []),
    (
        Case.ANSWER_REPEATED,
        [*FLYING, accept(), agree()],
        ("COMMITTED", "COMMITTED"),
        [],
        ["Corrected fxp1 COMMITTED"],
    ),
    (Case.ANSWER_REPEATED, [convert(), decline(), decline()], ("ABORTED", None), [], ["Stated fxp1"]),
    (
        Case.ANSWER_MODIFIED_EARLY,
        [*READY, agree(content="b")],
        ("FULFILLED_WAITING", None),
        [],
        ["Refused fxp1 3106"],
    ),
    (
        Case.ANSWER_NOT_AWAITED,
        [*READY, decline(), agree()],
        ("ABORTED", None),
        [],
        ["Refused fxp1 3100", "Corrected fxp1 ABORTED 3100"],
    ),
    (Case.ANSWER_NOT_AWAITED, [*FLYING, accept(), decline()], ("COMMITTED", "COMMITTED"), [], ["Refused fxp1 3100"]),
    (
        Case.ANSWER_EXPIRED,
        [convert(), 0, FX_EXPIRE, agree()],
        ("ABORTED", None),
        [],
        ["Refused fxp1 3303", "Corrected fxp1 ABORTED 3303"],
    ),
    (Case.ANSWER_UNKNOWN, [agree()], (None, None), [], ["Refused fxp1 3208"]),
    (Case.ANSWER_UNKNOWN, [convert(), agree(key=ID)], ("RESERVED", None), [], ["Refused fxp1 3208"]),
    (
        Case.ANSWER_NOT_FROM_PAYEE,
        [convert(), agree(sender=OTHER)],
        ("RESERVED", None),
        [],
        ["Refused otherfsp 3100"],
    ),
    (
        Case.ANSWER_NOT_TO_PAYER,
        [convert(), agree(receiver=None)],
        ("ABORTED", None),
        ["void"],
        ["Aborted payerfsp 3100", "Aborted fxp1 3100", "Corrected fxp1 ABORTED 3100"],
    ),
    (Case.PREPARE_NOT_FROM_PAYER, [convert(sender=OTHER)], (None, None), [], ["Refused otherfsp 3100"]),
    (Case.QUERIED, [*READY, ask()], ("FULFILLED_WAITING", None), [], ["Stated payerfsp"]),
    (Case.QUERIED, [*READY, ask(FXP)], ("FULFILLED_WAITING", None), [], ["Stated fxp1"]),
    (Case.QUERY_STRANGER, [*READY, ask(EURO)], ("FULFILLED_WAITING", None), [], ["Refused eurofsp 3000"]),
    (
        Case.QUERY_UNKNOWN,
        [*READY, ask(resource="transfers")],
        ("FULFILLED_WAITING", None),
        [],
        ["Refused payerfsp 3208"],
    ),
    (Case.QUERY_UNKNOWN, [*FLYING, ask(key=ID)], ("FULFILLED_WAITING", "RESERVED"), [], ["Refused payerfsp 3208"]),
]  # fmt: skip


@pytest.mark.parametrize(("case", "steps", "states", "posting", "words"), ROWS)
def test_the_row(case, steps, states, posting, words):
    scene = FxScene()
    batch = scene.play(*steps)
    assert scene.states() == states
    assert phases(batch) == posting
    assert said(batch) == words


@pytest.mark.parametrize("steps", [row[1] for row in ROWS])
def test_each_currency_sums_to_zero_and_nothing_final_holds_money(steps):
    scene = FxScene()
    scene.play(*steps)
    found = [scene.transfer(key) for key in (FX, ID)]
    if all(one is None or one.final for one in found):
        committed = found[1] is not None and found[1].state.value == "COMMITTED"
        assert scene.at_rest()
        assert scene.positions() == (
            {"payerfsp USD": 100, "fxp1 USD": -100, "fxp1 EUR": 90, "eurofsp EUR": -90} if committed else {}
        )


def test_money_is_held_where_it_will_be_missing_in_three_moments():
    scene = FxScene()
    held = [scene.play(step) and scene.positions() for step in (convert(), agree(), pay())]
    assert held == [{"payerfsp USD": 100}, {"payerfsp USD": 100}, {"payerfsp USD": 100, "fxp1 EUR": 90}]


REFUSED = [
    ("fulfilled too late", [convert()], pay(), "Related FX Transfer is not fulfilled"),
    ("declined", [convert(), decline()], pay(), "Related FX Transfer is not fulfilled"),
    ("refused itself", [convert(source=usd(501))], pay(), "Related FX Transfer is not fulfilled"),
    ("other amount", [*READY], pay(eur(91)), "amount differs from the targetAmount"),
    ("other currency", [*READY], pay(usd(90), payee=OTHER), "amount differs from the targetAmount"),
    ("two conversions", [convert()], convert(FX2, provider=FXP2), "has a conversion already"),
    ("its own id", [], convert(determines=FX), "own id"),
]


@pytest.mark.parametrize(("name", "steps", "last", "text"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_does_not_fit_is_refused_with_its_id_kept(name, steps, last, text):
    scene = FxScene()
    scene.play(*steps, last)
    refused = scene.transfer(last.transfer_id)
    assert refused.state.value == "ABORTED"
    assert text in refused.fault.description


@pytest.mark.parametrize(
    ("owner", "currency", "step", "code"),
    [(PAYER, "USD", convert(), "4001"), (FXP, "EUR", pay(), "4001")],
)
@pytest.mark.parametrize("limits", [{"cover": 50}, {"cap": 50}])
def test_liquidity_is_checked_on_the_account_that_is_debited(owner, currency, step, code, limits):
    scene = FxScene()
    scene.limit(owner, currency, **limits)
    batch = scene.play(*(() if step.target else READY), step)
    code = "4200" if "cap" in limits else code
    assert said(batch)[0] == f"Aborted payerfsp {code}"
    assert scene.at_rest()
    assert scene.transfer(FX).state.value == "ABORTED"


def test_a_provider_that_declined_does_not_keep_another_one_from_converting():
    scene = FxScene()
    scene.play(convert(), decline(), convert(FX2, provider=FXP2), agree(FX2, FXP2), pay(), accept())
    assert scene.positions() == {"payerfsp USD": 100, "fxp2 USD": -100, "fxp2 EUR": 90, "eurofsp EUR": -90}
    assert scene.at_rest()


def test_a_stranger_who_names_the_transfer_is_not_tied_to_it():
    scene = FxScene()
    scene.play(convert(FX2, OTHER, FXP2), *FLYING, decline(FX2, FXP2, OTHER), accept())
    assert scene.states() == ("COMMITTED", "COMMITTED")
    assert scene.positions() == {"payerfsp USD": 100, "fxp1 USD": -100, "fxp1 EUR": 90, "eurofsp EUR": -90}


def test_the_payer_needs_no_account_in_the_target_currency_and_an_unconverted_transfer_does():
    scene = FxScene()
    scene.play(pay())
    assert scene.transfer(ID).fault.iso == "AM03"


def test_a_repeat_of_the_transfer_moves_nothing_twice():
    scene = FxScene()
    batch = scene.play(*FLYING, pay(), accept(), pay(), accept(), with_content(accept(), "other"))
    assert said(batch) == ["Refused eurofsp 3106"]
    assert scene.positions() == {"payerfsp USD": 100, "fxp1 USD": -100, "fxp1 EUR": 90, "eurofsp EUR": -90}
