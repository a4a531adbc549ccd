"""A bank's answer that repeats an amount is taken only if that is the amount of the payment."""

import msgspec
import pytest

from schemas.canonical.money import Money
from schemas.canonical.transfer import Answered
from schemas.canonical.wire import Dialect
from tests.unit.switch.scene import CREDITOR, Scene, accept, bank_prepare, note, reject, words

OTHERS = [Money(1, "USD"), Money(1_000_001, "USD"), Money(1_000_000, "KES")]
ANSWERS = [accept(), reject(sender=CREDITOR, dialect=Dialect.ISO_XML), note()]


def stating(command, amount):
    return msgspec.structs.replace(command, stated=amount)


@pytest.mark.parametrize("command", ANSWERS, ids=["accepts", "rejects", "notes"])
@pytest.mark.parametrize("amount", OTHERS, ids=["less", "more", "other currency"])
def test_an_answer_about_another_amount_is_refused_and_moves_nothing(command, amount):
    scene = Scene()
    scene.do(bank_prepare())
    batch = scene.do(stating(command, amount))
    assert [words(each) for each in batch.events] == ["Refused bank-b 3100"]
    assert batch.events[0].body.fault.iso == "AM09"
    assert (scene.transfer().state.value, scene.transfer().iso_status) == ("RESERVED", None)
    scene.do(stating(accept(), scene.transfer().amount))
    assert scene.transfer().state.value == "COMMITTED"


def test_an_answer_after_the_end_is_held_against_the_amount_too():
    scene = Scene()
    scene.do(bank_prepare())
    scene.do(accept())
    batch = scene.do(stating(accept("ACCC", content="other"), OTHERS[0]))
    assert "3100" in words(batch.events[0])
    assert "AM09" in str(msgspec.to_builtins(batch.events[0].body))
    assert scene.transfer().answered is Answered.ACCEPTED


def test_what_repeats_no_amount_is_taken_as_before():
    scene = Scene()
    scene.do(bank_prepare())
    scene.do(accept())
    assert scene.transfer().state.value == "COMMITTED"
