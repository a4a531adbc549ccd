"""Returns in the ledger: a transfer of its own, of what is left of a committed one, counted in the same step."""

from datetime import timedelta
from random import Random

import msgspec
import pytest

from schemas.canonical.commands import Expire, Fulfil, Prepare, Reject
from schemas.canonical.faults import fault
from schemas.canonical.identity import TransferId
from schemas.canonical.returns import PartState, Returns
from schemas.canonical.statuses import Enquire, Enquired, EnquiredPayment, StatusAsked
from schemas.canonical.terms import IsoReferences, Refund
from schemas.canonical.transfer import Answered
from schemas.canonical.wire import Dialect
from tests.unit.switch.scene import (
    BANK,
    CREDITOR,
    EXPIRY,
    ID,
    PAYEE,
    PAYEE_SAYS,
    Scene,
    accept,
    bank_prepare,
    envelope,
    fulfil,
    prepare,
    terms,
    told,
    usd,
)

FIRST = TransferId("11111111-1111-4111-8111-111111111111")
STATES = {"RESERVED": "PENDING", "COMMITTED": "DONE"}
SECOND = TransferId("22222222-2222-4222-8222-222222222222")


def give_back(amount=100, key=FIRST, payer=CREDITOR, payee=BANK, content="r", **fields) -> Prepare:
    found = bank_prepare(payer, payee, amount=amount, transfer_id=key, returns=ID, **fields)
    return msgspec.structs.replace(found, envelope=envelope(payer, None, content, Dialect.ISO_XML, None))


def taken_back(key=FIRST, sender=BANK) -> Fulfil:
    return Fulfil(envelope(sender, "Hub", f"t{key}", Dialect.ISO_XML, None), key, Answered.ACCEPTED, iso_status="ACSP")


@pytest.fixture
def paid() -> Scene:
    """A scene with a committed payment of 100 from one bank to another."""
    scene = Scene()
    scene.do(bank_prepare())
    scene.do(accept())
    return scene


def count(scene) -> list[tuple[int, str]]:
    found = scene.get(Returns, ID)
    return [] if found is None else [(part.units // 10_000, part.state.value) for part in found.parts]


def test_return_moves_the_money_back_and_is_counted(paid):
    assert told(paid.do(give_back(40))) == ["Reserved bank-a (original)"]
    assert (count(paid), paid.get(Returns, ID).open) == ([(40, "PENDING")], True)
    assert told(paid.do(taken_back())) == ["Committed bank-b", "Committed bank-a"]
    assert (count(paid), paid.get(Returns, ID).open) == ([(40, "DONE")], False)
    assert (paid.value(BANK), paid.value(CREDITOR)) == (600_000, -600_000)
    assert paid.transfer(FIRST).returns == ID


def test_what_ends_without_money_is_free_again(paid):
    paid.do(give_back(100))
    assert told(paid.do(give_back(1, SECOND))) == ["Aborted bank-b 3100"]
    paid.now = EXPIRY
    paid.do(Expire("transfer", FIRST))
    assert count(paid) == [(100, "VOID")]
    assert paid.get(Returns, ID).taken == 0


def test_a_return_that_was_never_reserved_is_not_counted(paid):
    paid.do(give_back(101))
    assert count(paid) == []
    assert paid.transfer(FIRST).fault.name == "RETURN_AMOUNT"


def test_a_repeated_return_counts_once(paid):
    paid.do(give_back(60))
    paid.do(give_back(60))
    paid.do(give_back(60, content="other"))
    assert count(paid) == [(60, "PENDING")]
    paid.do(taken_back())
    paid.do(give_back(60))
    assert count(paid) == [(60, "DONE")]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (give_back(payer=BANK, payee=CREDITOR), "WRONG_SENDER"),
        (give_back(payee=PAYEE), "WRONG_AGENT"),
        (msgspec.structs.replace(give_back(), returns=SECOND), "NO_ORIGINAL"),
        (give_back(fault=fault("ZERO_AMOUNT")), "ZERO_AMOUNT"),
    ],
)
def test_what_is_not_the_senders_to_return_is_refused(paid, command, name):
    paid.do(command)
    assert paid.transfer(FIRST).fault.name == name
    assert count(paid) == []


def test_only_what_is_committed_is_returned_and_a_return_never():
    scene = Scene()
    scene.do(bank_prepare())
    scene.do(give_back())
    assert scene.transfer(FIRST).fault.name == "NOT_RECEIVED"
    scene.do(accept())
    scene.do(give_back(key=SECOND))
    scene.do(taken_back(SECOND))
    third = TransferId("33333333-3333-4333-8333-333333333333")
    again = msgspec.structs.replace(give_back(key=third, payer=BANK, payee=CREDITOR), returns=SECOND)
    scene.do(again)
    assert scene.transfer(third).fault.name == "RETURN_OF_RETURN"


def test_answer_under_the_originals_id_is_handed_to_the_one_open_return(paid):
    paid.do(give_back(40))
    batch = paid.do(taken_back(ID))
    assert told(batch) == ["Handed Fulfil @ledger"]
    handed = batch.events[0].body.command
    assert handed.transfer_id == FIRST
    paid.do(handed, hand="ledger:7")
    assert count(paid) == [(40, "DONE")]
    assert told(paid.do(taken_back(ID))) == ["Refused bank-a 3100"]


def test_with_two_open_returns_the_answer_must_say_which(paid):
    paid.do(give_back(40))
    paid.do(give_back(50, SECOND, content="s"))
    assert told(paid.do(taken_back(ID))) == ["Refused bank-a 3100"]
    assert [state for _, state in count(paid)] == [PartState.PENDING, PartState.PENDING]


def test_a_dfsps_refund_carries_what_its_bank_must_be_told():
    scene = Scene()
    references = IsoReferences(message_id="M", uetr=ID, end_to_end_id="E")
    agreed = terms(BANK, PAYEE, references=references)
    scene.do(prepare(sender=BANK, payer=BANK, payee=PAYEE, terms=agreed))
    scene.do(fulfil(sender=PAYEE, receiver=BANK))
    command = prepare(payer=PAYEE, payee=BANK, amount=30, transfer_id=FIRST, returns=ID)
    own = terms(PAYEE, BANK, 30, refund=Refund("t", "CUST"))
    batch = scene.do(msgspec.structs.replace(command, terms=own, fault=None))
    # No quote of the hub's stands behind it here, so it goes no further; its terms are complete all the same.
    assert told(batch) == ["Aborted payeefsp 3100"]
    refund = scene.transfer(FIRST).terms.refund
    assert (refund.references, refund.amount, refund.reason) == (references, usd(100), "CUST")


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_no_more_comes_back_than_was_paid(seed):
    chance, scene = Random(seed), Scene()
    scene.do(bank_prepare())
    scene.do(accept())
    keys = [TransferId(f"{number}0000000-0000-4000-8000-000000000000") for number in range(1, 7)]
    for _ in range(25):
        key = chance.choice(keys)
        match chance.randrange(5):
            case 0 | 1:
                amount = chance.choice((1, 30, 40, 60, 100))
                scene.do(give_back(amount, key, content=f"{amount}", expiry=scene.now + timedelta(seconds=5)))
            case 2:
                scene.do(taken_back(key))
            case 3:
                scene.do(Reject(envelope(BANK, "Hub", "no", Dialect.ISO_XML, None), key, PAYEE_SAYS))
            case _:
                scene.now += timedelta(seconds=chance.randrange(4))
                scene.do(Expire("transfer", key))
        counted, transfers = scene.get(Returns, ID), [one for name in keys if (one := scene.transfer(name))]
        parts = {part.id: part.state for part in counted.parts} if counted else {}
        assert (counted.taken if counted else 0) <= usd(100).units
        for one in transfers:
            assert parts.get(one.id, PartState.VOID) == STATES.get(one.state, "VOID")
        back = sum(one.amount.units for one in transfers if one.state == "COMMITTED")
        held = sum(one.amount.units for one in transfers if one.state == "RESERVED")
        assert (scene.value(BANK), scene.value(CREDITOR)) == (usd(100).units - back, back + held - usd(100).units)


def test_request_is_answered_with_what_was_returned_and_chases_the_payees_bank_once():
    scene = Scene()
    scene.do(bank_prepare())
    asked = Enquire(envelope(BANK, "Hub", "q", Dialect.ISO_XML), ID, (EnquiredPayment(IsoReferences(), ID),), terms())
    first, second = scene.do(asked), scene.do(asked)
    assert [type(event.body) for event in first.events] == [Enquired, StatusAsked]
    assert [type(event.body) for event in second.events] == [Enquired]
    scene.do(accept())
    scene.do(give_back(25))
    (finding,) = scene.do(asked).events[0].body.findings
    assert (finding.returned, finding.returning) == (None, usd(25))
    scene.do(taken_back())
    (finding,) = scene.do(asked).events[0].body.findings
    assert (finding.returned, finding.returning) == (usd(25), None)
