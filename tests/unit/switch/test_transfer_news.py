"""Statuses besides a payment's end: told to a payer's bank that wants them, always after ACWP, and no money moves."""

import msgspec
import pytest

from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect
from switch.transfer_table import TABLE, Case
from tests.unit.switch.scene import BANK, CREDITOR, Scene, accept, bank_prepare, note, phases, reject, told

REFUSED = reject(CREDITOR, BANK, dialect=Dialect.ISO_XML)


def scene(*wanted: str) -> Scene:
    found = Scene()
    bank = found.get(Participant, BANK)
    found.change(bank, iso=msgspec.structs.replace(bank.iso, interim_statuses=wanted))
    return found


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ((), []),
        (("RCVD",), ["Progressed bank-a RCVD"]),
        (("ACTC",), ["Progressed bank-a ACTC"]),
        (("RCVD", "ACTC"), ["Progressed bank-a ACTC"]),
        (("PDNG", "ACCC"), []),
    ],
)
def test_the_hub_tells_that_it_has_the_payment(wanted, words):
    assert told(scene(*wanted).do(bank_prepare())) == ["Reserved bank-b (original)", *words]


def test_what_the_payees_bank_says_before_its_answer_is_told_once_and_if_wanted():
    on = scene("PDNG")
    on.do(bank_prepare())
    assert told(on.do(note("RCVD"))) == []
    assert told(on.do(note("PDNG"))) == ["Progressed bank-a PDNG"]
    assert told(on.do(note("PDNG"))) == []
    on.do(accept())
    assert told(on.do(note("PDNG"))) == []


@pytest.mark.parametrize(("wanted", "words"), [((), []), (("ACCC",), ["Progressed bank-a ACCC"])])
def test_a_posting_is_told_if_wanted(wanted, words):
    on = scene(*wanted)
    on.do(bank_prepare())
    on.do(accept())
    batch = on.do(accept("ACCC"))
    assert (told(batch), phases(batch)) == (words, [])
    assert on.transfer().iso_status == "ACCC"
    assert told(on.do(accept("ACSC"))) == [], "a status never goes back"


@pytest.mark.parametrize("blocking", [REFUSED, note("BLCK")])
def test_what_was_accepted_without_posting_is_blocked_once_and_may_be_posted_later(blocking):
    on = scene()
    on.do(bank_prepare())
    on.do(accept("ACWP"))
    if not isinstance(blocking, type(REFUSED)):
        blocking = msgspec.structs.replace(blocking, reason=REFUSED.fault)
    batch = on.do(blocking)
    assert (told(batch), phases(batch)) == (["Progressed bank-a BLCK"], [])
    assert (on.transfer().news, on.transfer().remark) == ("BLCK", REFUSED.fault)
    assert told(on.do(blocking)) == []
    assert told(on.do(accept("ACCC"))) == ["Progressed bank-a ACCC"]
    assert on.transfer().state == "COMMITTED"


def test_a_bank_that_posted_cannot_refuse_any_more():
    on = scene()
    on.do(bank_prepare())
    on.do(accept("ACSC"))
    assert told(on.do(REFUSED)) == ["Corrected bank-b COMMITTED 3100"]
    assert TABLE[Case.ANSWER_BLOCKS].phase is None
