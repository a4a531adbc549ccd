"""Every settlement model that makes sense, with money: what a day of payments leaves, and what settling it moves."""

import pytest

from schemas.canonical.commands import CreateSettlementModel, SetLimit
from schemas.canonical.money import Money
from schemas.canonical.participants import AccountType
from schemas.canonical.settlement import CreateSettlement
from tests.model.clearing import CENT, Clearing
from tests.model.plain_clearing import FEE, POSITION, STATES, Model
from tests.unit.switch.scene import Scene, usd

MEMBERS = {"ann": ("USD", "EUR"), "ben": ("USD", "EUR"), "cat": ("USD",), "fx": ("USD", "EUR")}
DAY = [("ann", "ben", 100), ("ben", "cat", 30), ("ben", "ann", 20), ("ann", "ben", 5)]
NET = Model("NET")
PAIRS = Model("PAIRS", bilateral=True)
EACH = Model("EACH", bilateral=True, gross=True)
AT_ONCE = Model("CGS", bilateral=True, gross=True, immediate=True, resets=False)


class Day(Clearing):
    """A hub with these models; amounts are whole units, and everybody has deposited 1000."""

    def __init__(self, *models, deposit=1000):
        super().__init__(MEMBERS, list(models), deposit=deposit * 100, cap=5000 * 100)
        self.number = 0

    def key(self):
        self.number += 1
        return f"00000000-0000-4000-8000-{self.number:012d}"

    def pay(self, payer, payee, amount, currency="USD"):
        """A payment that is accepted; its state."""
        key = self.key()
        self.do(self.begin(key, payer, payee, amount * 100, currency))
        if self.states()[key] == "RESERVED":
            self.do(self.ended(key, commits=True))
        return self.states()[key]

    def day(self, currency="USD"):
        for payer, payee, amount in DAY:
            if currency in MEMBERS[payee]:
                assert self.pay(payer, payee, amount, currency) == "COMMITTED"
        return self

    def owed(self, currency="USD"):
        return tuple(self.value(AccountType.POSITION, name, currency) // 100 for name in ("ann", "ben", "cat"))

    def deposits(self, currency="USD"):
        return tuple(-self.value(AccountType.SETTLEMENT, name, currency) // 100 for name in ("ann", "ben", "cat"))

    def hub(self, currency="USD"):
        return self.value(AccountType.HUB_MULTILATERAL_SETTLEMENT, "Hub", currency)

    def cut(self):
        """Close the open window and bring its nets; its contents as (kind, currency)."""
        assert self.close()
        assert self.fill(self.windows()[-2].id)
        return [(one.ledger_account_type, one.currency) for one in self.windows()[-2].contents]

    def settled(self, model, *windows):
        """Settle these windows under a model to the end; owner -> net in whole units."""
        assert self.settle(model.name, list(windows or (1,)))
        made = self.settlements()[-1]
        for state in STATES[1:]:
            assert all(self.step(made.id, [self.named(one.account) for one in made.accounts], state))
        return {one.owner: one.units // CENT // 100 for one in made.accounts}

    def between(self):
        """Who owes whom what by the last settlement."""
        return {
            (self.named(one.debtor)[1], self.named(one.creditor)[1]): one.units // CENT // 100
            for one in self.settlements()[-1].obligations
        }


OBLIGED = [
    (NET, {}),
    (PAIRS, {("ann", "ben"): 85, ("ben", "cat"): 30}),
    (EACH, {("ann", "ben"): 105, ("ben", "ann"): 20, ("ben", "cat"): 30}),
]


@pytest.mark.parametrize(("model", "between"), OBLIGED, ids=lambda value: getattr(value, "name", ""))
def test_deferred_models_bring_positions_to_zero_and_leave_deposits_alone(model, between):
    day = Day(model).day()
    assert day.owed() == (85, -55, -30)
    assert day.cut() == [(POSITION, "USD")]
    assert day.settled(model) == {"ann": 85, "ben": -55, "cat": -30}
    assert (day.owed(), day.deposits(), day.hub()) == ((0, 0, 0), (1000, 1000, 1000), 0)
    assert day.between() == between


@pytest.mark.parametrize("model", [NET, PAIRS, EACH], ids=lambda model: model.name)
def test_without_the_automatic_reset_states_go_on_and_positions_stay(model):
    model = model._replace(resets=False)
    day = Day(model).day()
    day.cut()
    day.settled(model)
    assert (day.owed(), day.windows()[0].state.value) == ((85, -55, -30), "SETTLED")


def test_continuous_gross_settlement_moves_deposits_payment_by_payment():
    day = Day(AT_ONCE).day()
    assert (day.owed(), day.deposits()) == ((0, 0, 0), (915, 1055, 1030))
    assert day.cut() == []
    assert day.windows()[0].state.value == "CLOSED"
    (receipt,) = day.do(CreateSettlement(AT_ONCE.name, "due", (1,)))
    assert "can not be created for GROSS or IMMEDIATE models" in receipt.fault.description


def prepaid(model):
    """A hub in which ann has prepaid 100 and may spend just that."""
    day = Day(model, deposit=100)
    day.do(SetLimit("ann", usd(0), percent="100"))
    return day


def test_prepaid_participants_spend_what_they_have_deposited_and_what_they_are_owed():
    day = prepaid(NET)
    assert [day.pay("ann", "ben", amount) for amount in (60, 41, 40, 1)] == [
        "COMMITTED", "ABORTED", "COMMITTED", "ABORTED",
    ]  # fmt: skip
    assert day.pay("ben", "ann", 25) == "COMMITTED"
    assert (day.pay("ann", "cat", 26), day.pay("ann", "cat", 25)) == ("ABORTED", "COMMITTED")
    day.cut()
    day.settled(NET)
    assert (day.owed(), day.pay("ann", "ben", 100)) == ((0, 0, 0), "COMMITTED")


def test_prepaid_gross_settlement_uses_the_deposit_up_for_good():
    day = prepaid(AT_ONCE)
    assert [day.pay("ann", "ben", amount) for amount in (60, 40, 1)] == ["COMMITTED", "COMMITTED", "ABORTED"]
    assert (day.deposits(), day.cap("ann", "USD")) == ((0, 200, 100), 0)
    assert day.pay("ben", "ann", 30) == "COMMITTED"
    assert (day.cap("ann", "USD"), day.pay("ann", "ben", 31), day.pay("ann", "ben", 30)) == (
        3000, "ABORTED", "COMMITTED",
    )  # fmt: skip


def test_a_currency_of_its_own_model_is_settled_apart_from_the_default_one():
    own = PAIRS._replace(currency="EUR")
    day = Day(NET, own).day().day("EUR")
    assert day.cut() == [(POSITION, "EUR"), (POSITION, "USD")]
    assert day.settled(NET) == {"ann": 85, "ben": -55, "cat": -30}
    assert (day.owed(), day.owed("EUR")) == ((0, 0, 0), (85, -85, 0))
    assert day.windows()[0].state.value == "PENDING_SETTLEMENT"
    assert not day.settle(NET.name, [1])
    assert day.settled(own) == {"ann": 85, "ben": -85}
    assert (day.between(), day.owed("EUR"), day.hub("EUR")) == ({("ann", "ben"): 85}, (0, 0, 0), 0)
    assert day.windows()[0].state.value == "SETTLED"


def test_the_default_model_settles_every_currency_without_one_of_its_own_at_once():
    day = Day(NET).day().day("EUR")
    day.cut()
    assert day.settle(NET.name, [1])
    held = {(one.owner, one.currency): one.units // CENT // 100 for one in day.settlements()[0].accounts}
    dollars = {("ann", "USD"): 85, ("ben", "USD"): -55, ("cat", "USD"): -30}
    assert held == dollars | {("ann", "EUR"): 85, ("ben", "EUR"): -85}


def test_one_currency_may_be_settled_at_once_and_the_others_at_the_end_of_the_day():
    day = Day(NET, AT_ONCE._replace(currency="EUR")).day().day("EUR")
    assert (day.deposits("EUR")[:2], day.owed("EUR")) == ((915, 1085), (0, 0, 0))
    assert day.cut() == [(POSITION, "USD")]
    day.settled(NET)
    assert (day.owed(), day.windows()[0].state.value) == ((0, 0, 0), "SETTLED")


def test_the_two_sides_of_a_conversion_are_in_the_cycles_of_their_currencies():
    dollars, euros = NET._replace(name="USD", currency="USD"), PAIRS._replace(name="EUR", currency="EUR")
    day = Day(dollars, euros)
    conversion, payment = day.key(), day.key()
    bought, sold = Money(100 * 10_000, "USD"), Money(90 * 10_000, "EUR")
    asked = day.convert(conversion, "cat", "fx", bought, sold, payment)
    day.do(*asked, day.begin(payment, "cat", "ben", 9000, "EUR"))
    day.do(day.ended(payment, commits=True))
    assert day.cut() == [(POSITION, "EUR"), (POSITION, "USD")]
    assert day.settled(dollars) == {"cat": 100, "fx": -100}
    assert day.settled(euros) == {"ben": -90, "fx": 90}
    assert (day.owed(), day.owed("EUR"), day.hub(), day.hub("EUR")) == ((0, 0, 0), (0, 0, 0), 0, 0)


def test_fees_are_settled_by_their_model_whatever_settles_the_payments():
    for model in (NET, PAIRS, EACH, AT_ONCE):
        day = Day(model, Model("FEES", FEE)).day()
        assert (FEE, "USD") in day.cut()
        assert day.settled(Model("FEES", FEE)).keys() == {"ann", "ben", "cat", "Hub"}
        assert sum(one.units for one in day.settlements()[0].accounts) == 0
        assert day.value(AccountType.HUB_FEE, "Hub", "USD") == 0


NONSENSE = [
    (("GROSS", "MULTILATERAL", "DEFERRED"), {}, "GROSS is BILATERAL"),
    (("GROSS", "MULTILATERAL", "IMMEDIATE"), {}, "GROSS is BILATERAL"),
    (("NET", "BILATERAL", "IMMEDIATE"), {}, "NET is DEFERRED"),
    (("NET", "MULTILATERAL", "IMMEDIATE"), {}, "NET is DEFERRED"),
    (("NET", "MULTILATERAL", "DEFERRED"), {"settlement_account_type": "POSITION"},
     "POSITION is settled through SETTLEMENT, not through POSITION"),
    (("NET", "MULTILATERAL", "DEFERRED"), {"settlement_account_type": "HUB_RECONCILIATION"}, "not through HUB_RECONC"),
    (("NET", "MULTILATERAL", "DEFERRED"),
     {"ledger_account_type": "INTERCHANGE_FEE", "settlement_account_type": "POSITION"},
     "INTERCHANGE_FEE is settled through INTERCHANGE_FEE_SETTLEMENT or SETTLEMENT"),
    (("NET", "MULTILATERAL", "DEFERRED"), {"ledger_account_type": "SETTLEMENT"}, "'SETTLEMENT' cannot be settled"),
    (("GROSS", "BILATERAL", "IMMEDIATE"), {"ledger_account_type": "INTERCHANGE_FEE"}, "cannot be settled payment by"),
    (("NET", "MULTILATERAL", "DEFERRED"), {}, "Settlement Model already exists for POSITION in every other currency"),
]  # fmt: skip


@pytest.mark.parametrize(("how", "more", "text"), NONSENSE)
def test_models_that_make_no_sense_are_refused_with_the_reason(how, more, text):
    receipt = Scene().do(CreateSettlementModel("M", *how, **more)).receipts[0]
    assert receipt.fault.fspiop == "3000"
    assert text in receipt.fault.description
