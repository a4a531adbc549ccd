"""Net debit caps that are a percentage of the deposit: they follow it to the unit, and their alarms are of the cap."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical.administration import CapShare, LimitAdjusted, LimitAlarm, LimitWatch
from schemas.canonical.commands import RecordFunds, SetInitialLimits, SetLimit
from schemas.canonical.identity import TransferId
from schemas.canonical.instructions import CapCut
from schemas.canonical.participants import AccountType, LedgerAccount, SettlementModel
from schemas.canonical.reporting_records import OwnLimit
from schemas.canonical.transfer import TransferState
from settlement.limits import share_of
from tests.unit.switch.scene import PAYEE, PAYER, Scene, fulfil, prepare, reject, usd

SETTLEMENT = {PAYER: 2, PAYEE: 4}


class Limited(Scene):
    """A scheme in which the payer has deposited 500 and its cap follows that."""

    def __init__(self, percent="40", alarm="50"):
        super().__init__()
        self.numbers = iter(range(1, 1000))
        self.adjusted = self.do(SetLimit(PAYER, usd(0), alarm, percent)).events

    def key(self):
        return TransferId(f"b51ec534-ee48-4575-b6a9-{next(self.numbers):012d}")

    def funds(self, action, amount=None, key=None, name=PAYER):
        key = key or self.key()
        money = usd(amount) if amount is not None else None
        return key, self.do(RecordFunds(name, SETTLEMENT[name], key, action, money))

    def put_in(self, amount):
        return self.funds("recordFundsIn", amount)[1]

    def take_out(self, amount, end=None):
        key, batch = self.funds("recordFundsOutPrepareReserve", amount)
        return self.funds(end, key=key)[1] if end else batch

    def pay(self, amount):
        """Reserve so much; the transfer."""
        key = self.key()
        self.do(prepare(amount=amount, transfer_id=key))
        return self.transfer(key)

    @property
    def cap(self):
        return Decimal(self.get(LedgerAccount, 1).cap) / 10_000

    def position(self, **fields):
        self.change(self.get(LedgerAccount, 1), **fields)


@pytest.fixture
def limited():
    return Limited()


def alarms(batch):
    return [event.body for event in batch.events if isinstance(event.body, LimitAlarm)]


def test_the_cap_is_the_share_of_what_is_deposited_and_the_operator_is_told(limited):
    assert limited.cap == 200
    assert [event.body for event in limited.adjusted] == [LimitAdjusted(PAYER, "USD", 2_000_000, "50")]


def test_it_follows_funds_in_and_out_in_the_same_transaction(limited):
    limited.put_in(100)
    assert limited.cap == 240
    limited.take_out(200)
    assert limited.cap == 160
    limited.take_out(100, "recordFundsOutAbort")
    assert limited.cap == 160
    limited.take_out(100, "recordFundsOutCommit")
    assert limited.cap == 120


def test_funds_that_are_refused_change_nothing(limited):
    limited.take_out(501)
    assert limited.cap == 200


def test_the_share_is_cut_at_the_unit_never_above():
    assert share_of(1_000_001, Decimal("33.33")) == 333_300
    assert share_of(-5, Decimal(50)) == 0
    assert share_of(7, Decimal(100)) == 7


def test_payments_are_bounded_by_the_share(limited):
    assert limited.pay(201).fault.fspiop == "4200"
    assert limited.pay(200).state is TransferState.RESERVED
    limited.put_in(Decimal("2.5"))
    assert limited.pay("1.0001").fault.fspiop == "4200"
    assert limited.pay(1).state is TransferState.RESERVED


def test_prepaid_means_a_cap_of_the_whole_deposit():
    limited = Limited("100")
    assert limited.pay("500.0001").fault.fspiop == "4001"
    assert limited.pay(500).state is TransferState.RESERVED
    assert limited.take_out(1).receipts[0].state == "ABORTED"


def test_gross_settlement_moves_the_share_with_the_deposit():
    limited = Limited()
    limited.change(limited.get(SettlementModel, "NET"), granularity="GROSS", interchange="BILATERAL", delay="IMMEDIATE")
    limited.do(prepare())
    limited.do(fulfil())
    assert (limited.cap, -limited.value(PAYER, AccountType.SETTLEMENT)) == (160, 4_000_000)


def test_an_amount_ends_the_share(limited):
    limited.do(SetLimit(PAYER, usd(70)))
    limited.put_in(100)
    assert (limited.cap, limited.get(CapShare, 1).open) == (70, False)


def test_the_first_limit_may_be_a_share():
    limited = Limited()
    limited.position(cap=None)
    limited.do(SetInitialLimits(PAYER, usd(0), percent="10"))
    assert limited.cap == 50


def test_a_lower_cap_of_the_participant_s_own_stays_below(limited):
    limited.change(OwnLimit(1, 2_000_000, 1_500_000))
    limited.position(cap=1_500_000)
    limited.put_in(1000)
    assert (limited.cap, limited.get(OwnLimit, 1)) == (150, OwnLimit(1, 6_000_000, 1_500_000))
    limited.take_out(1200)
    assert (limited.cap, limited.get(OwnLimit, 1)) == (120, OwnLimit(1, 1_200_000, 1_500_000))
    limited.put_in(1200)
    assert limited.cap == 150


def test_a_cap_that_was_cut_is_given_back_as_it_would_be_now(limited):
    limited.change(CapCut(1, 2_000_000, 1))
    limited.position(cap=0)
    limited.put_in(100)
    assert (limited.cap, limited.get(CapCut, 1).cap) == (0, 2_400_000)


def test_the_alarm_is_of_the_cap_and_sounds_once_until_it_is_calm(limited):
    key = limited.key()
    assert alarms(limited.do(prepare(amount=100, transfer_id=key))) == []
    (alarm,) = alarms(limited.do(prepare(amount=1, transfer_id=limited.key())))
    assert alarm == LimitAlarm(PAYER, "USD", 1_010_000, 5_000_000, "50", cap=2_000_000)
    assert alarms(limited.do(prepare(amount=1, transfer_id=limited.key()))) == []
    # Up and down around the threshold says nothing; clearly below it is calm.
    limited.do(msgspec.structs.replace(reject(), transfer_id=key))
    assert limited.get(LimitWatch, 1) == LimitWatch(1, over=False)
    assert len(alarms(limited.do(prepare(amount=100, transfer_id=limited.key())))) == 1


def test_a_falling_deposit_raises_the_alarm_and_a_rising_one_ends_it(limited):
    limited.pay(90)
    (alarm,) = alarms(limited.take_out(100))
    assert (alarm.position, alarm.cover, alarm.cap) == (900_000, 4_000_000, 1_600_000)
    assert alarms(limited.take_out(10)) == []
    assert alarms(limited.put_in(20)) == []
    assert limited.get(LimitWatch, 1).over
    limited.put_in(100)
    assert not limited.get(LimitWatch, 1).over


def test_deposits_move_the_alarms_of_fixed_caps_too():
    limited = Limited()
    limited.do(SetLimit(PAYER, usd(1000), "50"))
    limited.pay(200)
    (alarm,) = alarms(limited.take_out(110))
    assert (alarm.cover, alarm.cap) == (3_900_000, None)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["in", "out", "commit", "abort", "pay", "fulfil"]),
        st.integers(1, 3_000_000).map(lambda units: Decimal(units).scaleb(-4)),
    ),
    max_size=25,
)


@given(moves=MOVES, percent=st.decimals(0, 100, places=2).map(str))
def test_whatever_happens_the_cap_is_the_share(moves, percent):
    limited, reserved, sent = Limited(percent), [], []
    for what, amount in moves:
        shown = format(amount.normalize(), "f")
        if what == "in":
            limited.put_in(shown)
        elif what == "out":
            key, batch = limited.funds("recordFundsOutPrepareReserve", shown)
            reserved += [key] if batch.receipts[0].state == "RESERVED" else []
        elif what in {"commit", "abort"} and reserved:
            limited.funds(f"recordFundsOut{what.capitalize()}", key=reserved.pop())
        elif what == "pay":
            transfer = limited.pay(shown)
            sent += [transfer.id] if transfer.state is TransferState.RESERVED else []
        elif sent:
            limited.do(msgspec.structs.replace(fulfil(), transfer_id=sent.pop()))
        cover = -limited.value(PAYER, AccountType.SETTLEMENT)
        assert limited.get(LedgerAccount, 1).cap == cover * int(Decimal(percent) * 100) // 10_000
