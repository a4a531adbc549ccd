"""Windows and settlements in the ledger lane: the cut, every way to commit, models, effects on the books, refusals."""

from collections import Counter
from datetime import timedelta

import pytest

from schemas.canonical.administration import PositionSettled
from schemas.canonical.commands import CreateSettlementModel, RecordFunds, SetLimit
from schemas.canonical.identity import TransferId
from schemas.canonical.outcome import Phase
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from schemas.canonical.reporting_records import BusinessDay
from schemas.canonical.settlement import (
    CYCLE,
    AbortSettlement,
    CloseWindow,
    CreateSettlement,
    Cycle,
    Move,
    Net,
    Obligation,
    OpenWindow,
    PostNets,
    Settlement,
    SettlementState,
    SettlementWindow,
    UpdateSettlement,
    WindowState,
)
from tests.unit.switch.scene import (
    ID,
    OTHER,
    PAYEE,
    PAYER,
    Scene,
    accept,
    bank_prepare,
    fulfil,
    phases,
    prepare,
    usd,
)

STEPS = ("PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED", "PS_TRANSFERS_COMMITTED", "SETTLED")
NUMBERS = {PAYER: 2, PAYEE: 3, OTHER: 4}
MULTILATERAL = AccountType.HUB_MULTILATERAL_SETTLEMENT


class Books(Scene):
    """A scheme whose positions follow settlement, with the entries of everything done."""

    def __init__(self, *models):
        super().__init__()
        for model in models or (SettlementModel("NET", auto_position_reset=True),):
            self.resident.put(model)
        for name, number in NUMBERS.items():
            self.change(self.get(Participant, name), number=number)
        self.entries = []

    def do(self, command, hand=None):
        batch = super().do(command, hand)
        self.entries += batch.entries
        return batch

    def ask(self, command):
        """The receipt."""
        return self.do(command).receipts[0]

    def pay(self, amount=100, payer=PAYER, payee=PAYEE, number=1):
        key = TransferId(f"b51ec534-ee48-4575-b6a9-{number:012d}")
        self.do(prepare(payer=payer, payee=payee, amount=amount, transfer_id=key))
        answer = fulfil(sender=payee, receiver=payer)
        return self.do(type(answer)(answer.envelope, key, answer.answered, answer.fulfilment))

    def nets(self, window):
        total = Counter()
        for entry in self.entries:
            if entry.window == window:
                total[entry.account] += entry.debits_posted - entry.credits_posted
        return tuple(Net(*item) for item in sorted(total.items()))

    def close(self, window=1, flows=()):
        """Cut a window and bring its nets."""
        assert self.ask(CloseWindow(window, "time")).fault is None
        return self.ask(PostNets(window, self.nets(window), flows))

    def settle(self, *windows, model="NET"):
        return self.ask(CreateSettlement(model, "due", windows or (1,)))

    def move(self, state, key=1, only=None):
        accounts = [one for one in self.get(Settlement, key).accounts if only in (None, one.owner)]
        moves = [Move(one.participant, one.account, SettlementState(state), "on") for one in accounts]
        return self.do(UpdateSettlement(key, tuple(moves)))

    def positions(self):
        return tuple(self.value(name) // 10_000 for name in (PAYER, PAYEE, OTHER))

    def hub(self, kind=MULTILATERAL):
        return self.value("Hub", kind) // 10_000

    def window(self, key=1):
        return self.get(SettlementWindow, key)


@pytest.fixture
def books():
    return Books()


def test_every_committed_leg_names_its_window_and_nothing_else_does(books):
    books.do(RecordFunds(PAYER, 2, TransferId(ID), "recordFundsIn", usd(5)))
    books.pay()
    books.ask(CloseWindow(1, "time"))
    books.do(prepare(transfer_id=ID.replace("b", "c")))
    books.pay(number=2)
    found = Counter((entry.phase, entry.window) for entry in books.entries)
    assert found == {
        (Phase.POST, None): 2, (Phase.RESERVE, None): 6, (Phase.COMMIT, 1): 2, (Phase.COMMIT, 2): 2,
    }  # fmt: skip


def test_a_payment_between_banks_is_in_the_window_that_is_open_when_it_is_accepted(books):
    books.pay()
    books.do(bank_prepare())
    books.ask(CloseWindow(1, "time"))
    books.do(accept())
    assert {entry.window for entry in books.entries if entry.reference == ID} == {None, 2}


def test_a_close_in_the_middle_of_a_batch_cuts_there(books):
    assert books.get(Cycle, CYCLE) is None
    books.pay()
    assert books.get(Cycle, CYCLE) == Cycle(1, filled=True)
    receipt = books.ask(CloseWindow(1, "time"))
    assert (receipt.notes, books.get(Cycle, CYCLE).window, books.get(Cycle, CYCLE).filled) == (("2",), 2, False)
    assert (books.window(1).state, books.window(2).state) == (WindowState.PROCESSING, WindowState.OPEN)


def told(receipt):
    return receipt.fault.fspiop, receipt.fault.description.partition(" - ")[2]


def test_a_window_closes_once_and_not_empty(books):
    assert told(books.ask(CloseWindow(1, "x"))) == ("3100", "Window 1 is empty")
    assert told(books.ask(CloseWindow(7, "x"))) == ("3100", "Window 7 does not exist")
    books.pay()
    books.ask(CloseWindow(1, "x"))
    assert told(books.ask(CloseWindow(1, "x"))) == ("3100", "Window 1 is not open")
    assert told(books.ask(CloseWindow(2, "x"))) == ("3100", "Window 2 is empty")


def test_the_first_window_is_opened_once(books):
    puts = [put for put in books.do(OpenWindow()).puts if not isinstance(put, BusinessDay)]
    assert puts == [SettlementWindow(1, WindowState.OPEN, books.now, books.now)]
    assert books.do(OpenWindow()).puts == ()


def test_nets_are_posted_once(books):
    books.pay()
    assert books.close().state == "DONE"
    content = books.window().contents[0]
    assert (books.window().state, content.nets) == (WindowState.CLOSED, (Net(1, 1_000_000), Net(3, -1_000_000)))
    assert books.ask(PostNets(1, ())).state == "REPEATED"
    assert books.window().contents == (content,)


def test_a_window_whose_nets_do_not_sum_to_zero_is_not_closed(books):
    books.pay()
    books.ask(CloseWindow(1, "time"))
    receipt = books.ask(PostNets(1, (Net(1, 5), Net(3, -4))))
    assert (receipt.fault.fspiop, books.window().state) == ("2001", WindowState.FAILED)
    assert told(books.settle()) == ("3100", "Inapplicable windows 1")
    assert books.ask(PostNets(1, books.nets(1))).fault is None
    assert books.window().state is WindowState.CLOSED


def test_a_settlement_brings_positions_back_and_the_hub_to_zero(books):
    books.pay(100)
    books.pay(30, PAYEE, OTHER, number=2)
    assert books.positions() == (100, -70, -30)
    books.close()
    assert books.settle().notes == ("1",)
    seen = []
    for step in STEPS:
        batch = books.move(step)
        assert batch.receipts[0].notes == ("", "", "")
        seen.append((books.positions(), books.hub(), books.window().state.value))
    assert seen == [
        ((100, -70, -30), 0, "PENDING_SETTLEMENT"),
        ((100, 0, 0), -100, "PENDING_SETTLEMENT"),
        ((0, 0, 0), 0, "PENDING_SETTLEMENT"),
        ((0, 0, 0), 0, "SETTLED"),
    ]
    assert -books.value(PAYER, AccountType.SETTLEMENT) // 10_000 == 500
    assert books.get(Settlement, 1).state is SettlementState.SETTLED


def test_payments_after_the_cut_stay_in_the_positions(books):
    books.pay(100)
    books.ask(CloseWindow(1, "time"))
    books.pay(40, number=2)
    books.ask(PostNets(1, books.nets(1)))
    books.settle()
    for step in STEPS:
        books.move(step)
    assert books.positions() == (40, -40, 0)


def test_the_operator_is_told_of_positions_that_settlement_moves(books):
    books.pay()
    books.close()
    books.settle()
    books.move(STEPS[0])
    for step, owner, units in ((STEPS[1], PAYEE, 1_000_000), (STEPS[2], PAYER, -1_000_000)):
        assert [event.body for event in books.move(step).events] == [PositionSettled(owner, "USD", 1, units, 0)]


def test_a_model_without_reset_moves_states_only():
    books = Books(SettlementModel("NET"))
    books.pay()
    books.close()
    books.settle()
    assert [phases(books.move(step)) for step in STEPS] == [[]] * 4
    assert (books.positions(), books.window().state) == ((100, -100, 0), WindowState.SETTLED)


@pytest.mark.parametrize(("check", "cap"), [(True, 60), (False, 10)])
def test_the_cap_of_a_recipient_gives_way_by_what_it_lacks(check, cap):
    books = Books(SettlementModel("NET", auto_position_reset=True, liquidity_check=check))
    books.pay()
    books.close()
    books.pay(60, PAYEE, OTHER, number=2)
    books.pay(100, PAYEE, PAYER, number=3)
    books.change(books.get(LedgerAccount, 3), cap=10 * 10_000)
    books.settle()
    books.move(STEPS[0])
    books.move(STEPS[1])
    assert (books.positions()[1], books.get(LedgerAccount, 3).cap) == (160, (160 if check else cap) * 10_000)


def test_a_cap_that_is_a_share_of_the_deposit_gives_way_to_nothing():
    books = Books(SettlementModel("NET", auto_position_reset=True, liquidity_check=True))
    books.pay()
    books.close()
    books.pay(60, PAYEE, OTHER, number=2)
    books.pay(100, PAYEE, PAYER, number=3)
    books.do(SetLimit(PAYEE, usd(0), percent="2"))
    books.settle()
    books.move(STEPS[0])
    books.move(STEPS[1])
    assert (books.positions()[1], books.get(LedgerAccount, 3).cap) == (160, 10 * 10_000)


def test_a_settlement_given_up_leaves_everything_as_it_was_and_can_be_made_again(books):
    books.pay()
    books.close()
    books.settle()
    books.move(STEPS[0])
    books.move(STEPS[1], only=PAYEE)
    assert (books.positions(), books.hub()) == ((100, 0, 0), -100)
    assert books.ask(AbortSettlement(1, "no money")).fault is None
    assert (books.positions(), books.hub()) == ((100, -100, 0), 0)
    assert (books.window().state, books.get(Settlement, 1).state) == (WindowState.ABORTED, SettlementState.ABORTED)
    assert books.settle().notes == ("2",)
    for step in STEPS:
        books.move(step, key=2)
    assert (books.positions(), books.hub(), books.window().state) == ((0, 0, 0), 0, WindowState.SETTLED)
    assert books.ask(AbortSettlement(1, "still")).fault is None
    assert books.move(STEPS[0]).receipts[0].notes == ("State change not allowed",) * 2
    assert books.window().state is WindowState.SETTLED
    assert told(books.ask(AbortSettlement(2, "late")))[1] == "State change from SETTLED to ABORTED is not allowed"


def test_what_cannot_be_settled_is_named(books):
    books.pay()
    assert told(books.settle()) == ("3100", "Inapplicable windows 1")
    assert told(books.settle(8, 9)) == ("3100", "Inapplicable windows 8,9")
    assert told(books.settle(model="none")) == ("3100", "Settlement model not found")
    books.close()
    books.do(CreateSettlementModel("CGS", "GROSS", "BILATERAL", "IMMEDIATE", "EUR"))
    assert "GROSS or IMMEDIATE" in told(books.settle(model="CGS"))[1]
    assert books.settle().fault is None
    assert told(books.settle()) == ("3100", "Inapplicable windows 1")
    assert told(books.ask(UpdateSettlement(5, ())))[1] == "Settlement not found"
    assert told(books.ask(AbortSettlement(5, "x")))[1] == "Settlement not found"


def test_an_own_model_takes_its_currency_from_the_default_one():
    own = SettlementModel("OWN", currency="USD", auto_position_reset=True)
    books = Books(SettlementModel("NET", auto_position_reset=True), own)
    books.pay()
    books.close()
    assert told(books.settle()) == ("3100", "Inapplicable windows 1")
    assert books.settle(model="OWN").fault is None


def test_several_windows_are_settled_by_their_sum(books):
    books.pay(100)
    books.close(1)
    books.pay(30, PAYEE, PAYER, number=2)
    books.close(2)
    books.settle(1, 2)
    assert [one.units // 10_000 for one in books.get(Settlement, 1).accounts] == [70, -70]
    for step in STEPS:
        books.move(step)
    assert (books.positions(), books.hub()) == ((0, 0, 0), 0)
    assert {books.window(key).state for key in (1, 2)} == {WindowState.SETTLED}


def test_a_bilateral_model_keeps_who_owes_whom():
    books = Books(SettlementModel("NET", "NET", "BILATERAL", auto_position_reset=True))
    books.pay(100)
    books.pay(30, PAYEE, PAYER, number=2)
    books.close(1, (Obligation(1, 3, 1_000_000), Obligation(3, 1, 300_000)))
    books.settle()
    assert books.get(Settlement, 1).obligations == (Obligation(1, 3, 700_000),)


GROSS = SettlementModel("NET", "GROSS", "BILATERAL", "IMMEDIATE")


def test_gross_settlement_moves_the_deposits_with_each_payment():
    books = Books(GROSS)
    for number in (1, 2):
        books.pay(100, number=number)
    assert books.positions() == (0, 0, 0)
    deposits = [-books.value(name, AccountType.SETTLEMENT) // 10_000 for name in (PAYER, PAYEE)]
    assert deposits == [300, 700]
    assert books.nets(1) == (Net(1, 0), Net(3, 0))
    books.close()
    assert (books.window().state, books.window().contents) == (WindowState.CLOSED, ())
    assert told(books.settle()) == ("3100", "Settlement can not be created for GROSS or IMMEDIATE models")


def test_gross_settlement_reserves_and_gives_back_without_settling():
    books = Books(GROSS)
    batch = books.do(prepare())
    assert phases(batch) == ["reserve"]
    books.now += timedelta(seconds=60)
    assert books.positions() == (100, 0, 0)
    assert books.pay(500, number=3).receipts[0].state != "COMMITTED"
