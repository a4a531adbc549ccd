"""Funds in and out: signs, cover of the open position, one effect per transfer id, and sums of zero."""

from datetime import timedelta

import pytest

from schemas.canonical.commands import RecordFunds
from schemas.canonical.funds import FundsMovement, FundsState
from schemas.canonical.identity import TransferId
from schemas.canonical.money import Money
from schemas.canonical.participants import AccountType, LedgerAccount, Participant
from switch.funds import IN, OUT_ABORT, OUT_COMMIT, OUT_RESERVE, VALIDITY
from tests.unit.switch.scene import PAYER, Scene, phases, prepare, usd

SETTLEMENT, POSITION, OTHERS = 2, 1, 4
ID = TransferId("a1a1a1a1-ee48-4575-b6a9-ead2955b8069")


def funds(action=IN, amount=100, account=SETTLEMENT, name=PAYER, key=ID):
    return RecordFunds(name, account, key, action, usd(amount) if amount is not None else None, "why", "ref")


def second(action=OUT_COMMIT, key=ID, account=SETTLEMENT):
    return RecordFunds(PAYER, account, key, action)


def play(*commands):
    scene, batch = Scene(), None
    for command in commands:
        batch = scene.do(command)
    return scene, batch


def cover(scene):
    return -scene.value(PAYER, AccountType.SETTLEMENT) // 10_000


ROWS = [
    # commands, state of the last receipt, its posting, deposit afterwards (500 at first)
    ([funds()], "COMMITTED", ["post"], 600),
    ([funds(), funds()], "REPEATED", [], 600),
    ([funds(), funds(amount=7)], "MODIFIED", [], 600),
    ([funds(), funds(OUT_RESERVE)], "MODIFIED", [], 600),
    ([prepare(transfer_id=ID), funds()], "MODIFIED", [], 500),
    ([funds(OUT_RESERVE)], "RESERVED", ["reserve"], 400),
    ([funds(OUT_RESERVE), funds(OUT_RESERVE)], "REPEATED", [], 400),
    ([funds(OUT_RESERVE, 500)], "RESERVED", ["reserve"], 0),
    ([funds(OUT_RESERVE, 501)], "ABORTED", [], 500),
    ([prepare(), funds(OUT_RESERVE, 400)], "RESERVED", ["reserve"], 100),
    ([prepare(), funds(OUT_RESERVE, 401)], "ABORTED", [], 500),
    ([funds(OUT_RESERVE), second()], "COMMITTED", ["commit"], 400),
    ([funds(OUT_RESERVE), second(), second()], "COMMITTED", [], 400),
    ([funds(OUT_RESERVE), second(OUT_ABORT)], "ABORTED", ["void"], 500),
    ([funds(OUT_RESERVE), second(OUT_ABORT), second()], "ABORTED", [], 500),
    ([funds(OUT_RESERVE, 501), second()], "ABORTED", [], 500),
    ([second()], "UNKNOWN", [], 500),
    ([funds(), second()], "UNKNOWN", [], 600),
]


@pytest.mark.parametrize(("commands", "state", "posting", "deposit"), ROWS)
def test_a_movement_ends_as_it_must(commands, state, posting, deposit):
    scene, batch = play(*commands)
    receipt = batch.receipts[0]
    assert (receipt.fault, receipt.state) == (None, state)
    assert phases(batch) == posting
    assert cover(scene) == deposit
    hub = scene.value("Hub", AccountType.HUB_RECONCILIATION) // 10_000
    pending = scene.get(LedgerAccount, 11).credits_pending // 10_000
    assert hub - pending + (500 - deposit) == 0


REFUSED = [
    (funds(name="nobody"), "3200"),
    (funds(account=99), "2001"),
    (funds(account=OTHERS), "2001"),
    (funds(account=POSITION), "2001"),
    (funds(amount=0), "3100"),
    (funds(amount=None), "3100"),
    (RecordFunds(PAYER, SETTLEMENT, ID, IN, Money(1, "EUR")), "2001"),
    (funds(action="recordFunds"), "3100"),
]


@pytest.mark.parametrize(("command", "code"), REFUSED)
def test_a_precondition_that_fails_is_told_at_once(command, code):
    scene, batch = play(command)
    assert batch.receipts[0].fault.fspiop == code
    assert scene.get(FundsMovement, ID) is None


def test_an_inactive_participant_or_account_moves_no_funds():
    scene = Scene()
    scene.change(scene.get(Participant, PAYER), active=False)
    assert scene.do(funds()).receipts[0].fault.fspiop == "2001"
    scene = Scene()
    scene.change(scene.get(LedgerAccount, SETTLEMENT), active=False)
    assert scene.do(funds()).receipts[0].fault.fspiop == "2001"


def test_what_was_refused_for_lack_of_cover_is_kept_with_its_reason():
    scene, _ = play(funds(OUT_RESERVE, 501))
    found = scene.get(FundsMovement, ID)
    assert (found.state, found.comment) == (FundsState.ABORTED, "Aborted due to insufficient funds")


def test_a_movement_keeps_what_the_operator_said():
    scene, _ = play(funds())
    found = scene.get(FundsMovement, ID)
    assert (found.reason, found.external_reference, found.participant) == ("why", "ref", PAYER)


@pytest.mark.parametrize(("action", "state"), [(OUT_COMMIT, FundsState.RESERVED), (OUT_ABORT, FundsState.ABORTED)])
def test_old_reservations_can_only_be_given_back(action, state):
    scene, _ = play(funds(OUT_RESERVE))
    scene.now += VALIDITY + timedelta(seconds=1)
    scene.do(second(action))
    assert scene.get(FundsMovement, ID).state is state


def test_reserved_funds_no_longer_cover_a_payment():
    scene, _ = play(funds(OUT_RESERVE, 450), prepare(amount=51))
    assert scene.transfer().fault.fspiop == "4001"
