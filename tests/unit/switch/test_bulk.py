"""Bulk transfers: items are decided by the transfer table, the bulk only remembers and tells."""

import pytest
from msgspec.structs import replace

from schemas.canonical.bulk import BulkItem, BulkState
from schemas.canonical.commands import Expire
from schemas.canonical.faults import fault
from schemas.canonical.funds import FundsDirection, FundsMovement, FundsState
from schemas.canonical.participants import LedgerAccount, Participant
from schemas.canonical.transfer import Transfer
from switch.bulk_items import weight
from switch.engine import touches
from switch.profile import Profile
from tests.unit.switch.bulk_scene import (
    BULK,
    BulkScene,
    answer_bulk,
    item,
    item_id,
    no,
    prepare_bulk,
    query_bulk,
    reject_bulk,
    yes,
)
from tests.unit.switch.scene import (
    CREDITOR,
    EXPIRY,
    NOW,
    OTHER,
    OTHER_FULFILMENT,
    PAYEE,
    PAYER,
    accept,
    fulfil,
    phases,
    prepare,
    query,
    told,
    usd,
)
from tests.unit.switch.test_transfers_checks import quoted


@pytest.fixture
def scene() -> BulkScene:
    return BulkScene()


@pytest.fixture
def asked(scene) -> BulkScene:
    """Two items are reserved and the payee is asked."""
    scene.do(prepare_bulk())
    return scene


def test_items_are_reserved_in_one_commit_and_the_payee_is_asked_once(scene):
    batch = scene.do(prepare_bulk())

    assert told(batch) == ["BulkReserved payeefsp (original)"]
    assert phases(batch) == ["reserve", "reserve"]
    assert (scene.bulk.state, scene.results()) == (BulkState.ACCEPTED, ["open", "open"])
    assert scene.value(PAYER) == 200 * 10_000
    assert {scene.transfer(item_id(n)).group for n in (1, 2)} == {BULK}


# what is wrong, the command, the code told to the sender
INVALID = [
    ("expired", prepare_bulk(expiry=NOW), "3100"),
    ("to itself", prepare_bulk(payee=PAYER), "3100"),
    ("payee unknown", prepare_bulk(payee="nobody"), "3203"),
    ("destination unknown", prepare_bulk(receiver="nobody"), "3203"),
]


@pytest.mark.parametrize(("command", "code"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID])
def test_a_bulk_that_fails_a_check_is_stored_and_told_to_its_payer_alone(scene, command, code):
    batch = scene.do(command)

    assert told(batch) == ["BulkAborted payerfsp"]
    assert (scene.bulk.state, scene.bulk.fault.fspiop) == (BulkState.INVALID, code)
    assert (scene.bulk.items, batch.entries) == ((), ())
    assert told(scene.do(command)) == ["BulkStated payerfsp"]


@pytest.mark.parametrize(("side", "code"), [(PAYER, "3202"), (PAYEE, "3203")])
def test_an_inactive_side_is_as_good_as_unknown(scene, side, code):
    scene.change(scene.get(Participant, side), active=False)
    scene.do(prepare_bulk())
    assert scene.bulk.fault.fspiop == code


def test_checks_come_in_the_order_of_the_reference(scene):
    scene.change(scene.get(Participant, PAYER), active=False)
    scene.do(prepare_bulk(expiry=NOW, payee=PAYER, receiver="nobody"))
    assert "Expiration date" in scene.bulk.fault.description


def test_nothing_is_stored_of_a_bulk_in_anothers_name(scene):
    assert told(scene.do(prepare_bulk(sender=OTHER))) == ["Refused otherfsp 3100"]
    assert scene.bulk is None


def test_items_that_fail_are_left_out_and_later_ones_see_what_earlier_ones_took(scene):
    """Cover 500: the third item does not fit beside the first, the fourth does; limits, currency and rules hold."""
    items = (item(1, "300"), item(2, "0.5", fault=fault("ZERO_AMOUNT")), item(3, "300"), item(4, "200"))
    batch = scene.do(prepare_bulk(*items))

    assert scene.results() == ["open", "refused 3101", "refused 4001", "open"]
    assert phases(batch) == ["reserve", "reserve"]
    event = batch.events[0]
    assert [one.transfer_id for one in event.body.bulk.items] == [item_id(1), item_id(4)]
    assert scene.value(PAYER) == 500 * 10_000


def test_the_cap_refuses_an_item(scene):
    scene.change(scene.get(LedgerAccount, 1), cap=150 * 10_000)
    scene.do(prepare_bulk())
    assert scene.results() == ["open", "refused 4200"]


def test_an_id_that_was_used_before_is_refused_and_what_it_names_stays(scene):
    scene.do(prepare())
    funds = FundsMovement(item_id(3), PAYER, 2, FundsDirection.IN, usd(1), FundsState.COMMITTED, NOW, NOW)
    scene.resident.put(funds)
    before = scene.transfer()
    scene.do(prepare_bulk(item(1), item(1), item(2, transfer_id=before.id), item(3)))

    assert scene.results() == ["open", "refused 3106", "refused 3106", "refused 3106"]
    assert scene.transfer() == before


def test_the_payer_hears_of_it_when_no_item_could_be_reserved(scene):
    batch = scene.do(prepare_bulk(item(1, "501"), item(2, "700")))

    assert told(batch) == ["BulkEnded payerfsp"]
    assert (scene.bulk.state, scene.results()) == (BulkState.REJECTED, ["refused 4001", "refused 4001"])
    assert told(scene.do(answer_bulk(yes(1)))) == ["Refused payeefsp 3100"]


def test_items_commit_and_abort_as_the_payee_says(asked):
    batch = asked.do(answer_bulk(yes(1, extensions=(("k", "v"),)), no(2)))

    assert told(batch) == ["BulkEnded payerfsp", "BulkEnded payeefsp"]
    assert phases(batch) == ["commit", "void"]
    assert (asked.bulk.state, asked.results()) == (BulkState.COMPLETED, ["paid", "5104"])
    assert asked.bulk.items[0].extensions == (("k", "v"),)
    assert (asked.value(PAYER), asked.value(PAYEE)) == (100 * 10_000, -100 * 10_000)


def test_each_side_sees_its_own_items(scene):
    scene.do(prepare_bulk(item(1), item(2, "9999")))
    to_payer, to_payee = (event.body.bulk.items for event in scene.do(answer_bulk(yes(1))).events)
    assert ([one.transfer_id for one in to_payer], [one.transfer_id for one in to_payee]) == (
        [item_id(1), item_id(2)], [item_id(1)],
    )  # fmt: skip


@pytest.mark.parametrize(("answer", "code"), [(yes(2, OTHER_FULFILMENT), "3100"), (yes(2, None), "3100")])
def test_an_item_without_its_preimage_aborts(asked, answer, code):
    asked.do(answer_bulk(yes(1), answer))
    assert asked.results() == ["paid", code]


def test_an_error_beside_a_fulfilment_aborts(asked):
    asked.do(answer_bulk(yes(1), yes(2, fault=fault("VALIDATION"))))
    assert asked.results() == ["paid", "3100"]


def test_what_is_not_mentioned_waits_until_it_expires(asked):
    assert told(asked.do(answer_bulk(yes(1)))) == []
    assert (asked.bulk.state, asked.results()) == (BulkState.PROCESSING, ["paid", "open"])
    assert told(asked.do(answer_bulk(yes(2), content="more"))) == ["Refused payeefsp 3106"]
    asked.now = EXPIRY
    batch = asked.do(Expire("transfer", item_id(2)))

    assert told(batch) == ["BulkEnded payerfsp", "BulkEnded payeefsp"]
    assert (asked.bulk.state, asked.results()) == (BulkState.COMPLETED, ["paid", "3303"])


def test_items_expire_one_by_one_and_the_last_one_is_told(asked):
    asked.now = EXPIRY
    assert told(asked.do(Expire("transfer", item_id(1)))) == []
    assert asked.bulk.state is BulkState.EXPIRING
    assert told(asked.do(Expire("transfer", item_id(2)))) == ["BulkEnded payerfsp", "BulkEnded payeefsp"]
    assert (asked.bulk.state, asked.results()) == (BulkState.EXPIRED, ["3303", "3303"])
    assert asked.value(PAYER) == 0
    assert told(asked.do(answer_bulk(yes(1), yes(2)))) == ["Refused payeefsp 3303"]


def test_an_answer_after_the_expiry_changes_nothing_and_may_not_stand_in_its_way(asked):
    asked.now = EXPIRY
    assert told(asked.do(answer_bulk(yes(1), yes(2)))) == ["Refused payeefsp 3303"]
    assert asked.bulk.state is BulkState.ACCEPTED
    for number in (1, 2):
        asked.do(Expire("transfer", item_id(number)))
    assert asked.bulk.state is BulkState.EXPIRED


# the answer, the code both sides are told
ABORTING = [
    ("refused as a whole", reject_bulk(), "5104"),
    ("addressed to another", answer_bulk(yes(1), receiver=OTHER), "3100"),
    ("completed too long ago", answer_bulk(yes(1), fault=fault("VALIDATION", "completedTimestamp")), "3100"),
    ("rejected without items", answer_bulk(word="REJECTED"), "5104"),
]


@pytest.mark.parametrize(("command", "code"), [row[1:] for row in ABORTING], ids=[row[0] for row in ABORTING])
def test_a_whole_bulk_is_aborted_and_both_are_told_the_error(asked, command, code):
    batch = asked.do(command)

    assert told(batch) == ["Handed AbortBulk @ledger"]
    assert told(asked.later) == ["BulkAborted payerfsp", "BulkAborted payeefsp"]
    assert phases(asked.later) == ["void", "void"]
    assert (asked.bulk.state, asked.results()) == (BulkState.REJECTED, [code, code])
    assert (asked.bulk.fault.fspiop, asked.value(PAYER)) == (code, 0)


def test_an_abort_that_comes_after_the_expiry_leaves_the_expiry_to_end_it(asked):
    """Between the refusal and its second half everything may happen; the refusal is still what is told."""
    later = super(BulkScene, asked).do(reject_bulk()).events[0].body.command
    assert (asked.bulk.state, told(asked.do(query_bulk()))) == (BulkState.ABORTING, ["BulkStated payerfsp"])
    asked.now = EXPIRY
    assert told(asked.do(later, "ledger:1")) == []
    asked.do(Expire("transfer", item_id(1)))
    assert told(asked.do(Expire("transfer", item_id(2)))) == ["BulkAborted payerfsp", "BulkAborted payeefsp"]
    assert (asked.bulk.state, asked.results()) == (BulkState.REJECTED, ["3303", "3303"])
    assert told(asked.do(later, "ledger:2")) == []


@pytest.mark.parametrize("word", ["RECEIVED", "PENDING", "ACCEPTED", "PROCESSING", "COMPLETED"])
def test_a_word_without_items_changes_nothing(asked, word):
    assert told(asked.do(answer_bulk(word=word))) == []
    assert told(asked.do(answer_bulk(yes(1), yes(2), content="now"))) == ["BulkEnded payerfsp", "BulkEnded payeefsp"]


@pytest.mark.parametrize("command", [answer_bulk(yes(1), sender=OTHER), reject_bulk(sender=PAYER)])
def test_nobody_but_the_payee_answers(asked, command):
    assert told(asked.do(command)) == [f"Refused {command.envelope.sender} 3100"]
    assert asked.results() == ["open", "open"]


def test_an_item_of_another_bulk_is_not_touched(asked):
    asked.do(prepare())
    assert told(asked.do(answer_bulk(yes(9)))) == ["Refused payeefsp 3100"]
    asked.do(answer_bulk(yes(1), yes(2), yes(9)))
    assert asked.transfer().final is False


def test_the_hub_may_be_addressed(asked):
    asked.do(answer_bulk(yes(1), yes(2), receiver="Hub"))
    assert asked.results() == ["paid", "paid"]


def test_a_repeated_order_is_answered_when_it_is_over_and_a_changed_one_is_refused(asked):
    assert told(asked.do(prepare_bulk())) == []
    assert told(asked.do(prepare_bulk(content="other"))) == ["Refused payerfsp 3106"]
    asked.do(answer_bulk(yes(1), yes(2)))
    assert told(asked.do(prepare_bulk())) == ["BulkStated payerfsp"]
    assert told(asked.do(prepare_bulk(sender=OTHER, payer=OTHER))) == ["Refused otherfsp 3106"]


def test_a_repeated_answer_is_ignored_and_a_changed_one_is_refused(asked):
    asked.do(answer_bulk(yes(1), yes(2)))
    assert told(asked.do(answer_bulk(yes(1), yes(2)))) == []
    assert told(asked.do(answer_bulk(no(1), content="other"))) == ["Refused payeefsp 3106"]
    assert told(asked.do(reject_bulk())) == ["Refused payeefsp 3106"]
    assert asked.results() == ["paid", "paid"]


def test_an_answer_to_nothing_is_refused(scene):
    assert told(scene.do(answer_bulk(yes(1)))) == ["Refused payeefsp 3210"]
    assert told(scene.do(reject_bulk())) == ["Refused payeefsp 3210"]


def test_queries(asked):
    assert told(asked.do(query_bulk())) == ["BulkStated payerfsp"]
    assert told(asked.do(query_bulk(PAYEE))) == ["BulkStated payeefsp"]
    assert told(asked.do(query_bulk(OTHER))) == ["Refused otherfsp 3000"]
    assert told(asked.do(query_bulk("nobody"))) == []
    assert told(BulkScene().do(query_bulk())) == ["Refused payerfsp 3210"]


def test_an_item_can_be_asked_for_and_answered_alone_and_the_payer_hears_of_the_bulk(asked):
    one, two = item_id(1), item_id(2)
    asked.change(asked.transfer(one), id=fulfil().transfer_id)
    asked.change(asked.bulk, items=(BulkItem(fulfil().transfer_id), BulkItem(two)))
    assert told(asked.do(query())) == ["Stated payerfsp"]
    assert told(asked.do(fulfil("RESERVED"))) == ["Committed payeefsp"]
    assert told(asked.do(answer_bulk(yes(2)))) == ["BulkEnded payerfsp", "BulkEnded payeefsp"]
    assert asked.results() == ["paid", "paid"]


def test_an_item_that_was_paid_alone_is_told_though_the_whole_is_refused(asked):
    paid, two = fulfil().transfer_id, item_id(2)
    asked.change(asked.transfer(item_id(1)), id=paid)
    asked.change(asked.bulk, items=(BulkItem(paid), BulkItem(two)))
    asked.do(fulfil())
    asked.do(reject_bulk())
    assert told(asked.later) == ["BulkEnded payerfsp", "BulkEnded payeefsp"]
    assert (asked.bulk.state, asked.results()) == (BulkState.COMPLETED, ["paid", "5104"])


def test_a_bank_is_paid_item_by_item_and_its_news_come_after_the_end():
    scene = BulkScene()
    order = quoted()
    agreed = item(1, condition=order.condition, transfer_id=order.transfer_id)
    agreed = replace(agreed, terms=order.terms)
    batch = scene.do(prepare_bulk(agreed, item(2), payee=CREDITOR, receiver=CREDITOR))
    assert told(batch) == ["Reserved bank-b"]
    assert scene.results() == ["open", "refused 3100"]
    batch = scene.do(accept("ACSP"))
    assert told(batch) == ["Committed bank-b", "BulkEnded payerfsp"]
    assert (batch.receipts[0].state, scene.bulk.state) == ("COMMITTED", BulkState.COMPLETED)
    scene.resident.drop(scene.bulk)
    assert told(scene.do(accept("ACCC"))) == []


def test_on_us_is_refused_unless_the_scheme_allows_it():
    scene = BulkScene(profile=Profile(on_us=True))
    scene.do(prepare_bulk(payee=PAYER, receiver=PAYER))
    batch = scene.do(answer_bulk(yes(1), yes(2), sender=PAYER))
    assert told(batch) == ["BulkEnded payerfsp"]
    assert scene.value(PAYER) == 0


def test_a_bulk_weighs_as_much_as_its_items_and_names_all_records_it_needs():
    command = prepare_bulk(*(item(number) for number in range(3)))
    assert weight(command) == 3
    assert weight(query_bulk()) == weight(answer_bulk()) == 1
    assert {key for kind, key in touches(command) if kind is Transfer} == {item_id(n) for n in range(3)}
