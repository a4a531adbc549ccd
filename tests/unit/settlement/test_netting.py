"""Contents of a window by type and currency, their models, pairs, and sums of zero; the state of a window from them."""

from datetime import UTC, datetime

import msgspec
import pytest

from schemas.canonical.participants import AccountType, LedgerAccount, SettlementModel
from schemas.canonical.settlement import Content, Net, Obligation, SettlementWindow, WindowState
from settlement import windows
from settlement.netting import UnbalancedError, contents, joined, model_of, sums, takes

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
NETTED = SettlementModel("DEFAULT")
OWN = SettlementModel("USDNET", currency="USD")
FEES = SettlementModel("FEES", ledger_account_type="INTERCHANGE_FEE")
GROSS = SettlementModel("CGS", "GROSS", "BILATERAL", "IMMEDIATE", "USD")
PAIRS = SettlementModel("PAIRS", "NET", "BILATERAL", "DEFERRED", "USD")
_KINDS = [
    *[(AccountType.POSITION, "USD")] * 3,
    *[(AccountType.POSITION, "KES")] * 3,
    *[(AccountType.INTERCHANGE_FEE, "USD")] * 3,
]
ACCOUNTS = {
    number: LedgerAccount(number, f"fsp{number % 3}", kind, currency) for number, (kind, currency) in enumerate(_KINDS)
}
USD = (Net(0, 50), Net(1, -30), Net(2, -20))
KES = (Net(3, 7), Net(4, -7), Net(5, 0))


def held(nets, models, flows=(), first=1):
    return contents(nets, flows, ACCOUNTS, models, first, NOW)


def test_each_type_and_currency_is_a_content_of_its_own():
    found = held((*KES, *USD, Net(6, 5), Net(7, -5)), [NETTED, FEES], first=4)
    assert [(one.id, one.ledger_account_type, one.currency) for one in found] == [
        (4, "INTERCHANGE_FEE", "USD"), (5, "POSITION", "KES"), (6, "POSITION", "USD"),
    ]  # fmt: skip
    assert found[1].nets == KES
    assert {one.state for one in found} == {WindowState.CLOSED}


def test_nets_that_do_not_sum_to_zero_are_no_window():
    with pytest.raises(UnbalancedError, match="POSITION USD sum to 1,"):
        held((Net(0, 50), Net(1, -49)), [NETTED])


@pytest.mark.parametrize("nets", [(Net(0, 5), Net(3, -5)), (Net(0, 5), Net(6, -5))])
def test_one_currency_or_type_cannot_pay_for_another(nets):
    with pytest.raises(UnbalancedError):
        held(nets, [NETTED])


def test_what_was_settled_payment_by_payment_leaves_nothing_and_the_rest_is_not_lost():
    assert held((Net(0, 0), Net(1, 0)), [GROSS]) == ()
    assert [one.currency for one in held(USD, [GROSS])] == ["USD"]


TAKEN = [
    (NETTED, [NETTED], "KES", True),
    (NETTED, [NETTED, OWN], "USD", False),
    (NETTED, [NETTED, OWN], "KES", True),
    (NETTED, [NETTED, msgspec.structs.replace(OWN, active=False)], "USD", True),
    (OWN, [NETTED, OWN], "USD", True),
    (OWN, [NETTED, OWN], "KES", False),
    (FEES, [NETTED, FEES], "USD", False),
]


@pytest.mark.parametrize(("model", "models", "currency", "taken"), TAKEN)
def test_a_default_model_leaves_currencies_that_have_their_own(model, models, currency, taken):
    assert takes(model, models, "POSITION", currency) is taken
    assert (model_of(models, "POSITION", currency) == model) is taken


FLOWS = (Obligation(0, 1, 100), Obligation(1, 0, 70), Obligation(0, 2, 20))


def test_pairs_are_set_off_or_kept_apart():
    assert joined(FLOWS, gross=False) == (Obligation(0, 1, 30), Obligation(0, 2, 20))
    assert joined(FLOWS, gross=True) == (Obligation(0, 1, 100), Obligation(0, 2, 20), Obligation(1, 0, 70))
    assert joined((Obligation(0, 1, 5), Obligation(1, 0, 5)), gross=False) == ()


def test_only_a_bilateral_model_keeps_pairs_and_they_add_up_to_the_nets():
    (found,) = held(USD, [PAIRS], FLOWS)
    owed = dict.fromkeys((0, 1, 2), 0)
    for pair in found.obligations:
        owed[pair.debtor] += pair.units
        owed[pair.creditor] -= pair.units
    assert tuple(Net(*item) for item in owed.items()) == USD
    assert held(USD, [OWN], FLOWS)[0].obligations == ()


def test_nets_of_several_windows_add_up():
    first, second = (held(nets, [NETTED])[0] for nets in (USD, (Net(0, -50), Net(1, 50))))
    assert sums([first, second]) == (Net(0, 0), Net(1, 20), Net(2, -20))


STATES = [
    ("SETTLED SETTLED", "SETTLED"),
    ("SETTLED PENDING_SETTLEMENT", "PENDING_SETTLEMENT"),
    ("SETTLED CLOSED", "PENDING_SETTLEMENT"),
    ("CLOSED CLOSED", "CLOSED"),
    ("CLOSED ABORTED", "ABORTED"),
    ("PENDING_SETTLEMENT ABORTED", "PENDING_SETTLEMENT"),
    ("SETTLED ABORTED", "ABORTED"),
    ("", "CLOSED"),
]


@pytest.mark.parametrize(("parts", "whole"), STATES)
def test_a_window_is_as_far_as_its_contents(parts, whole):
    found = [
        Content(number, "POSITION", "USD", WindowState(word), (), NOW, NOW)
        for number, word in enumerate(parts.split())
    ]  # fmt: skip
    assert windows.state_of(found) is WindowState(whole)


def test_only_closed_windows_have_something_to_settle():
    content = held(USD, [NETTED])[0]
    for state in WindowState:
        window = SettlementWindow(1, state, NOW, NOW, "", (content,))
        free = windows.free(window, lambda each: each.currency == "USD")
        assert free == ((content,) if state in windows.SETTLEABLE else ())
    assert windows.free(SettlementWindow(1, WindowState.CLOSED, NOW, NOW, "", (content,)), lambda _: False) == ()
