"""Every move an account of a settlement may or may not make, its postings, and giving a settlement up at each stage."""

from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest

from schemas.canonical.outcome import Phase
from schemas.canonical.settlement import Move, Settlement, SettlementAccount, SettlementState
from settlement.settlements import (
    COMMITTED_BEFORE,
    MISMATCH,
    NOT_ALLOWED,
    NOT_FOUND,
    TWICE,
    abort,
    hindrance,
    move,
)

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
HUB = 9
SENDER, RECIPIENT, ZERO = 1, 2, 3
NETS = {SENDER: 70, RECIPIENT: -70, ZERO: 0}
PENDING = SettlementState.PENDING_SETTLEMENT
RECORDED = SettlementState.PS_TRANSFERS_RECORDED
RESERVED = SettlementState.PS_TRANSFERS_RESERVED
COMMITTED = SettlementState.PS_TRANSFERS_COMMITTED
SETTLING, SETTLED, ABORTED = SettlementState.SETTLING, SettlementState.SETTLED, SettlementState.ABORTED
STEPS = (PENDING, RECORDED, RESERVED, COMMITTED, SETTLED)


def settlement(state=PENDING, accounts=None, resets=True):
    """Three accounts, each in the settlement's state unless `accounts` says otherwise."""
    own = dict.fromkeys(NETS, state) | (accounts or {})
    held = tuple(
        SettlementAccount(number, f"fsp{number}", number + 10, "USD", units, own[number], NOW)
        for number, units in NETS.items()
    )
    return Settlement(1, "NET", state, "why", NOW, NOW, (1,), (1,), held, resets)


def to(state, *numbers):
    return [Move(number + 10, number, state, "on") for number in numbers or NETS]


def played(found, *moves):
    return move(found, moves[0] if len(moves) == 1 and isinstance(moves[0], list) else list(moves), {"USD": HUB}, NOW)


def states(found):
    return [account.state for account in found.accounts]


@pytest.mark.parametrize(("before", "after"), [*pairwise(STEPS)])
def test_all_accounts_together_carry_the_settlement_one_step(before, after):
    moved = played(settlement(before), to(after))
    assert moved.notes == ("", "", "")
    assert (moved.settlement.state, states(moved.settlement)) == (after, [after] * 3)


def lines(moved):
    return [(one.debit, one.credit, one.units, one.phase) for one in moved.postings]


POSTED = {RESERVED: [(RECIPIENT, HUB, 70, Phase.POST)], COMMITTED: [(HUB, SENDER, 70, Phase.POST)]}


@pytest.mark.parametrize(("before", "after"), [*pairwise(STEPS)])
def test_recipients_rise_when_reserved_and_senders_fall_when_committed(before, after):
    assert lines(played(settlement(before), to(after))) == POSTED.get(after, [])
    assert lines(played(settlement(before, resets=False), to(after))) == []


@pytest.mark.parametrize("state", STEPS)
@pytest.mark.parametrize("wanted", STEPS)
def test_an_account_takes_the_next_step_or_none(state, wanted):
    moved = played(settlement(state), to(wanted, SENDER))
    allowed = wanted is state or STEPS.index(wanted) == STEPS.index(state) + 1
    assert moved.notes == ("" if allowed else NOT_ALLOWED,)
    assert states(moved.settlement)[0] is (wanted if allowed else state)


def test_one_account_does_not_carry_the_others_and_waits_for_them():
    moved = played(settlement(), to(RECORDED, SENDER))
    assert moved.settlement.state is PENDING
    further = played(moved.settlement, to(RESERVED, SENDER))
    assert further.notes == (NOT_ALLOWED,)
    assert further.settlement == moved.settlement


def test_the_last_step_shows_that_it_has_begun():
    begun = played(settlement(COMMITTED), to(SETTLED, SENDER)).settlement
    assert begun.state is SETTLING
    assert played(begun, to(SETTLED, RECIPIENT, ZERO)).settlement.state is SETTLED


def test_the_same_state_again_brings_a_reason_and_no_money():
    moved = played(settlement(RESERVED), Move(12, RECIPIENT, RESERVED, "other", "ref"))
    account = moved.settlement.accounts[1]
    assert (moved.postings, account.reason, account.external_reference) == ((), "other", "ref")
    kept = played(moved.settlement, Move(12, RECIPIENT, RESERVED, "third")).settlement.accounts[1]
    assert (kept.reason, kept.external_reference) == ("third", "ref")


def test_errors_of_single_accounts_leave_the_others_alone():
    first, second = to(RECORDED, SENDER, RECIPIENT)
    stranger = msgspec.structs.replace(second, account=99)
    other = msgspec.structs.replace(second, participant=11)
    moved = played(settlement(), first, stranger, other, second, first)
    assert moved.notes == ("", NOT_FOUND, MISMATCH, "", TWICE)
    assert states(moved.settlement) == [RECORDED, RECORDED, PENDING]


ENDS = [
    (settlement(PENDING), ""),
    (settlement(RECORDED), ""),
    (settlement(RECORDED, {RECIPIENT: RESERVED}), ""),
    (settlement(RESERVED), ""),
    (settlement(RESERVED, {SENDER: COMMITTED}), COMMITTED_BEFORE),
    (settlement(COMMITTED), "State change from PS_TRANSFERS_COMMITTED to ABORTED is not allowed"),
    (settlement(SETTLING), "State change from SETTLING to ABORTED is not allowed"),
    (settlement(SETTLED), "State change from SETTLED to ABORTED is not allowed"),
    (settlement(ABORTED), ""),
]


@pytest.mark.parametrize(("found", "hindered"), ENDS)
def test_a_settlement_can_be_given_up_until_an_account_is_committed(found, hindered):
    assert hindrance(found) == hindered


@pytest.mark.parametrize(
    ("found", "posted"),
    [
        (settlement(PENDING), []),
        (settlement(RECORDED), []),
        (settlement(RECORDED, {RECIPIENT: RESERVED}), [(HUB, RECIPIENT, 70, Phase.POST)]),
        (settlement(RESERVED), [(HUB, RECIPIENT, 70, Phase.POST)]),
        (settlement(RESERVED, resets=False), []),
    ],
)
def test_what_recipients_were_given_is_taken_back(found, posted):
    ended = abort(found, "no", "ref", {"USD": HUB}, NOW)
    assert (ended.settlement.state, states(ended.settlement)) == (ABORTED, [ABORTED] * 3)
    assert lines(ended) == posted
    again = abort(ended.settlement, "still no", "", {"USD": HUB}, NOW)
    assert (again.settlement.reason, again.postings) == ("still no", ())
    assert played(again.settlement, to(RECORDED, SENDER)).notes == (NOT_ALLOWED,)
