"""Messages of many payments: each is decided by the transfer table, one report tells of all once they have ended."""

import pytest
from msgspec.structs import replace

from schemas.canonical.commands import Expire, Fulfil, Prepare, Reject
from schemas.canonical.dialogue import Journey, JourneyState
from schemas.canonical.faults import fault
from schemas.canonical.funds import FundsDirection, FundsMovement, FundsState
from schemas.canonical.payments import FollowPayment, PaymentEnded, PaymentTally, PaymentWait
from schemas.canonical.returns import Returns
from schemas.canonical.transfer import Answered, Transfer
from schemas.canonical.wire import Dialect
from switch.bulk_items import weight
from switch.engine import touches
from switch.payments import parts
from tests.unit.switch.payments_scene import KEY, PaymentsScene, many, payment, payment_id
from tests.unit.switch.scene import (
    BANK,
    CREDITOR,
    EXPIRY,
    ID,
    NOW,
    PAYEE,
    PAYEE_SAYS,
    bank_prepare,
    envelope,
    told,
    usd,
)


@pytest.fixture
def scene() -> PaymentsScene:
    return PaymentsScene()


def accept(number: int) -> Fulfil:
    sent = envelope(CREDITOR, "Hub", f"yes {number}", Dialect.ISO_XML, None)
    return Fulfil(sent, payment_id(number), Answered.ACCEPTED, iso_status="ACSC")


def refuse(number: int) -> Reject:
    return Reject(envelope(CREDITOR, "Hub", f"no {number}", Dialect.ISO_XML, None), payment_id(number), PAYEE_SAYS)


def test_payments_between_banks_are_reserved_at_once_and_reported_at_the_end(scene):
    batch = scene.do(many())
    assert told(batch) == ["Reserved bank-b (original)"] * 2
    assert batch.receipts[0].state == "PROCESSING"
    assert told(scene.do(accept(1))) == ["Committed bank-b"]
    assert scene.reports == [] and scene.value(BANK) == 200_000
    assert told(scene.do(refuse(2))) == ["Handed ReportPayments @ledger"]
    assert scene.results() == ["COMMITTED", "MS02"]
    assert not scene.group().open and scene.value(BANK) == 100_000


def test_each_payment_sees_what_the_ones_before_it_took(scene):
    scene.do(many(payment(1, 400), payment(2, 200)))
    scene.do(accept(1))
    assert scene.results() == ["COMMITTED", "AM23"]


def test_what_is_refused_at_once_is_reported_at_once(scene):
    scene.do(many(payment(1, fault=fault("WRONG_DATE")), payment(2, payee="nobody")))
    assert scene.results() == ["DT01", "RC04"]
    assert scene.transfer(payment_id(1)).fault.iso == "DT01"


def test_what_gives_back_nothing_known_is_reported_and_becomes_no_transfer(scene):
    lost = fault("NO_ORIGINAL")
    scene.do(many(payment(1, fault=lost, void=True), payment(1, fault=lost, void=True)))
    assert scene.results() == ["NOOR", "NOOR"]
    assert scene.get(Transfer, payment_id(1)) is None


def test_returns_of_one_message_take_no_more_than_was_paid(scene):
    scene.do(bank_prepare(CREDITOR, BANK, amount=30, transfer_id=ID))
    scene.do(Fulfil(envelope(BANK, None, "yes", Dialect.ISO_XML, None), ID, Answered.ACCEPTED, iso_status="ACSC"))
    command = many(*(payment(number, amount, returns=ID) for number, amount in ((1, 10), (2, 21), (3, 20))))
    assert {(Transfer, ID), (Returns, ID)} < set(touches(command))
    scene.do(command)
    assert [part.units for part in scene.get(Returns, ID).parts] == [100_000, 200_000]
    scene.do(accept(1))
    scene.do(refuse(3))
    assert scene.results() == ["COMMITTED", "AM09", "MS02"]
    assert scene.get(Returns, ID).taken == 100_000


def test_an_expiry_ends_a_payment_of_the_message(scene):
    scene.do(many())
    scene.now = EXPIRY
    for number in (1, 2):
        scene.do(Expire("transfer", payment_id(number)))
    assert scene.results() == ["AB05", "AB05"]


def test_a_repeat_has_no_effect_and_is_told_the_end_again(scene):
    scene.do(many())
    batch = scene.do(many())
    assert (told(batch), batch.receipts[0].state) == ([], "PROCESSING")
    for number in (1, 2):
        scene.do(accept(number))
    assert scene.do(many()).receipts[0].state == "COMPLETED"
    assert len(scene.reports) == 2 and scene.results(0) == scene.results(1)
    assert scene.value(BANK) == 200_000


def test_the_same_payment_twice_in_one_message(scene):
    scene.do(many(payment(1), payment(1)))
    scene.do(accept(1))
    assert scene.results() == ["COMMITTED", "DU03"]


def test_a_payment_of_another_message_is_followed(scene):
    scene.do(many(payment(1), payment(2)))
    scene.do(many(payment(2), payment(3), payment(1, content="other"), message="M-2"))
    assert scene.value(BANK) == 300_000
    for number in (1, 3, 2):
        scene.do(accept(number))
    assert scene.results(0) == ["COMMITTED", "COMMITTED"]
    assert scene.results(1) == ["COMMITTED", "COMMITTED", "DUPL"]
    assert not scene.get(PaymentWait, payment_id(2)).open


def test_what_has_ended_before_needs_no_waiting(scene):
    scene.do(many(payment(1)))
    scene.do(accept(1))
    scene.do(many(payment(1), message="M-2"))
    assert scene.results() == ["COMMITTED"]


def test_an_id_of_funds_is_no_payments(scene):
    moved = FundsMovement(
        payment_id(1), BANK, 7, FundsDirection.IN, usd(1), FundsState.COMMITTED, created=NOW, changed=NOW
    )  # fmt: skip
    scene.resident.put(moved)
    scene.do(many(payment(1)))
    assert scene.results() == ["DUPL"]


def test_what_needs_a_journey_is_handed_on_and_counted_when_it_comes_back(scene):
    scene.do(many(payment(1), payment(2, payee=None, journey=True)))
    (handed,) = scene.elsewhere
    assert isinstance(handed, Prepare) and (handed.group, handed.envelope.message_id) == (KEY, None)
    scene.do(accept(1))
    scene.do(replace(handed, payee=CREDITOR), "journey.0:1")
    assert scene.reports == []
    scene.do(accept(2))
    assert scene.results() == ["COMMITTED", "COMMITTED"]


def journey(number: int, *, ended: str = "", **fields) -> Journey:
    (order,) = parts(many(payment(number, payee=None, journey=True)))
    state = JourneyState.REFUSED if ended else JourneyState.LOOKING_UP
    order = replace(order, group=None)
    return Journey(order.transfer_id, order, state, "q", EXPIRY, fault=fault(ended) if ended else None, **fields)


def test_what_a_journey_refuses_is_reported_for_its_reason(scene):
    scene.do(many(payment(1, payee=None, journey=True)))
    scene.resident.put(journey(1, ended="PARTY_NOT_FOUND"))
    scene.do(PaymentEnded(KEY, payment_id(1)), "journey.0:1")
    assert scene.results() == ["BE06"]


def test_a_journey_that_was_refused_before_is_not_begun_again(scene):
    scene.resident.put(journey(1, ended="PARTY_NOT_FOUND"))
    scene.do(many(payment(1, payee=None, journey=True)))
    assert (scene.elsewhere, scene.results()) == ([], ["BE06"])


def test_a_payment_known_by_the_time_its_journey_hands_it_over(scene):
    scene.do(many(payment(1, payee=None, journey=True), payment(2, payee=None, journey=True)))
    first, second = scene.elsewhere
    alone = replace(first, group=None, payee=CREDITOR)
    scene.do(alone, "journey.0:1")
    scene.do(replace(first, payee=CREDITOR), "journey.0:2")
    changed = replace(second.envelope, content_hash=b"other")
    scene.do(replace(second, group=None, payee=CREDITOR, envelope=changed), "journey.0:3")
    scene.do(replace(second, payee=CREDITOR), "journey.0:4")
    assert scene.get(PaymentTally, KEY).left == 1
    scene.do(accept(1))
    assert scene.results() == ["COMMITTED", "DUPL"]


def test_a_payment_is_followed_from_its_journey_to_its_end(scene):
    scene.do(many(payment(1, payee=None, journey=True)))
    (handed,) = scene.elsewhere
    scene.do(FollowPayment(KEY, payment_id(1)), "journey.0:1")
    scene.do(replace(handed, group=None, payee=CREDITOR), "journey.0:2")
    scene.do(accept(1))
    assert scene.results() == ["COMMITTED"]


def test_following_a_payment_that_ends_in_its_journey(scene):
    scene.do(many(payment(1, payee=None, journey=True)))
    scene.do(FollowPayment(KEY, payment_id(1)), "journey.0:1")
    scene.resident.put(journey(1, ended="EXPIRED"))
    scene.do(PaymentEnded(KEY, payment_id(1)), "journey.0:2")
    assert scene.results() == ["AB05"]
    assert not scene.get(PaymentWait, payment_id(1)).open


def test_a_journey_tells_the_messages_that_hold_its_payment():
    scene = PaymentsScene(lane="journey.0", records=[journey(1), journey(2, ended="EXPIRED"), journey(3)])
    (one, two, three) = parts(many(*(payment(number, payee=None) for number in (1, 2, 3))))
    assert told(scene.do(one, "ledger:1")) == ["Handed FollowPayment @ledger"]
    assert scene.get(Journey, one.transfer_id).followers == (KEY,)
    assert told(scene.do(two, "ledger:2")) == ["Handed PaymentEnded @ledger"]
    other = replace(three, envelope=replace(three.envelope, content_hash=b"other"))
    scene.do(other, "ledger:3")
    scene.now = EXPIRY
    batch = scene.do(Expire("journey", one.transfer_id))
    assert told(batch) == ["Refused bank-a 3303", "Handed PaymentEnded @ledger"]


def test_a_journey_of_a_message_tells_nobody_but_that_message():
    (order,) = parts(many(payment(1, payee=PAYEE)))
    begun = Journey(order.transfer_id, order, JourneyState.LOOKING_UP, "q", EXPIRY, PAYEE)
    scene = PaymentsScene(lane="journey.0", records=[begun])
    scene.now = EXPIRY
    batch = scene.do(Expire("journey", begun.id))
    assert told(batch) == ["Handed PaymentEnded @ledger"]


def test_what_a_message_loads_and_weighs():
    command = many(payment(1), payment(2))
    assert len(touches(command)) == 7 and weight(command) == 2


def test_each_piece_is_archived_once(scene):
    assert [row.reference for row in scene.do(many()).archive] == [KEY, payment_id(1), payment_id(2)]
