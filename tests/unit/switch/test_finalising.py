"""Finalisation by a settlement bank's figures: each of the twelve checks, and all or nothing."""

import msgspec
import pytest

from schemas.canonical.commands import RecordFunds
from schemas.canonical.identity import TransferId
from schemas.canonical.instructions import FigureFinding, FinaliseSettlement, SettlementFigure, ValidateSettlement
from schemas.canonical.settlement import AbortSettlement
from settlement import finalising
from tests.unit.switch.agent_scene import NUMBERS, Cycle
from tests.unit.switch.scene import BANK, OTHER, PAYEE, PAYER, usd
from tests.unit.switch.test_instructing import AFTER, BEFORE, PAID, UNPAID

RIGHT = ((PAYER, "-100.00"), (PAYEE, "70"), (OTHER, "30.00"))


def figures(*changed, **fields):
    """What the bank says; `changed` are (place, fields) that differ."""
    found = [SettlementFigure(name, "USD", amount, **fields) for name, amount in RIGHT]
    for place, other in changed:
        found[place] = msgspec.structs.replace(found[place], **other)
    return tuple(found)


class Desk(Cycle):
    """A settlement whose figures come from the bank."""

    def validate(self, given, named=""):
        return self.do(ValidateSettlement(1, given, named)).receipts[0]

    def found(self, given, named=""):
        """The checks that found something, each with whom it is about."""
        receipt = self.validate(given, named)
        assert receipt.state == "INVALID", receipt
        return [(one.check, one.about) for one in (msgspec.json.decode(n, type=FigureFinding) for n in receipt.notes)]

    def finalise(self, validation, reason="figures"):
        return self.do(FinaliseSettlement(1, validation, reason)).receipts[0]


@pytest.fixture
def desk():
    return Desk()


CASES = [
    (
        "SUM_NOT_ZERO", figures((0, {"amount": "-99.00"})),
        {("SUM_NOT_ZERO", "USD"), ("AMOUNT_IS_NOT_THE_NET", "payerfsp USD")},
    ),
    (
        "AMOUNT_IS_NOT_THE_NET", figures((1, {"amount": "69"}), (2, {"amount": "31"})),
        {("AMOUNT_IS_NOT_THE_NET", "payeefsp USD"), ("AMOUNT_IS_NOT_THE_NET", "otherfsp USD")},
    ),
    ("BALANCE_DOES_NOT_ADJUST", figures((1, {"balance": "571"})), {("BALANCE_DOES_NOT_ADJUST", "payeefsp USD")}),
    ("ACCOUNT_UNKNOWN", figures((2, {"account": "elsewhere"})), {("ACCOUNT_UNKNOWN", "otherfsp USD")}),
    (
        "PARTICIPANT_UNKNOWN", figures((2, {"participant": "nobody"})),
        {("PARTICIPANT_UNKNOWN", "nobody USD"), ("PARTICIPANT_MISSING", "otherfsp USD")},
    ),
    (
        "NOT_REPRESENTABLE", figures((2, {"amount": "30.001"})),
        {("NOT_REPRESENTABLE", "otherfsp USD"), ("SUM_NOT_ZERO", "USD")},
    ),
    ("NOT_REPRESENTABLE", figures((2, {"balance": "a lot"})), {("NOT_REPRESENTABLE", "otherfsp USD")}),
    (
        "PARTICIPANT_TWICE", (*figures(), figures()[2]),
        {("PARTICIPANT_TWICE", "otherfsp USD"), ("SUM_NOT_ZERO", "USD")},
    ),
    ("PARTICIPANT_MISSING", figures()[:2], {("PARTICIPANT_MISSING", "otherfsp USD"), ("SUM_NOT_ZERO", "USD")}),
    (
        "WRONG_SIGN", figures((0, {"amount": "100"}), (1, {"amount": "-70"}), (2, {"amount": "-30"})),
        {("WRONG_SIGN", f"{name} USD") for name in NUMBERS},
    ),
    (
        "AMOUNT_IS_NOT_THE_NET", (*figures(), SettlementFigure(BANK, "USD", "1"), SettlementFigure(BANK, "USD", "-1")),
        {("AMOUNT_IS_NOT_THE_NET", "bank-a USD"), ("PARTICIPANT_TWICE", "bank-a USD")},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("check", "given", "expected"), CASES)
def test_each_check_names_what_is_wrong_and_nothing_moves(desk, check, given, expected):
    found = set(desk.found(given))
    assert found == expected and check in {one for one, _ in found}
    assert (desk.positions, desk.deposits, desk.state) == (BEFORE, UNPAID, "PENDING_SETTLEMENT")


def test_figures_of_another_settlement(desk):
    assert desk.found(figures(), named="2") == [("WRONG_SETTLEMENT", "settlement 1")]
    assert desk.validate(figures(), named="1").state == "VALID"


def test_a_settlement_that_is_over(desk):
    desk.do(AbortSettlement(1, "no"))
    assert desk.found(figures()) == [("WRONG_STATE", "settlement 1")]


def test_every_check_is_in_the_list():
    cases = {check for check, _, _ in CASES}
    others = {finalising.SETTLEMENT, finalising.STATE, finalising.STALE}
    assert cases | others == set(finalising.CHECKS) and len(finalising.CHECKS) == 12


@pytest.mark.parametrize("before", [[], ["ACTC"], ["ACTC", "ACSC"]])
def test_right_figures_settle_everything(desk, before):
    if before:
        desk.instruct()
    for word in before:
        desk.say(word)
    committed = "ACSC" in before
    balances = [(place, {"balance": str(amount)}) for place, amount in enumerate(PAID)]
    receipt = desk.validate(figures(*balances))
    assert receipt.state == "VALID", receipt.notes
    assert desk.positions == (AFTER if committed else [100, 0, 0] if before else BEFORE)
    assert desk.finalise(receipt.notes[0]).state == "DONE"
    assert (desk.state, desk.positions, desk.deposits) == ("SETTLED", AFTER, PAID)
    assert desk.finalise(receipt.notes[0]).state == "REPEATED"
    assert (desk.positions, desk.deposits) == (AFTER, PAID)
    if before:
        assert desk.instruction.over
        desk.say("ACSC")
        desk.book(*NUMBERS)
        assert (desk.positions, desk.deposits, desk.alerts) == (AFTER, PAID, [])


def test_a_validation_is_stale_when_the_books_have_moved(desk):
    key = desk.validate(figures()).notes[0]
    desk.do(RecordFunds(PAYEE, 4, TransferId("b51ec534-ee48-4575-b6a9-ead2955b8061"), "recordFundsIn", usd(5)))
    assert "STALE_VALIDATION" in desk.finalise(key).fault.description
    assert (desk.positions, desk.state) == (BEFORE, "PENDING_SETTLEMENT")
    assert desk.finalise(desk.validate(figures()).notes[0]).state == "DONE"


def test_a_validation_of_nothing_is_refused(desk):
    assert "is none of settlement 1" in desk.finalise("something").fault.description
    missing = desk.do(FinaliseSettlement(9, "x", "r")).receipts[0]
    assert missing.fault.description.endswith("Settlement not found")


def test_payments_meanwhile_do_not_matter(desk):
    key = desk.validate(figures()).notes[0]
    desk.pay(PAYEE, 5, 7)
    assert desk.finalise(key).state == "DONE"
    assert desk.positions == [5, -5, 0]


def test_deposits_in_the_schemes_account_stay():
    desk = Desk(deposits=False)
    balances = [(place, {"balance": "500"}) for place in range(3)]
    key = desk.validate(figures(*balances)).notes[0]
    desk.finalise(key)
    assert (desk.state, desk.positions, desk.deposits) == ("SETTLED", AFTER, UNPAID)
