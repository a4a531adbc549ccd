"""Fees as operators set them and participants see them: charged with payments, settled by their model, reported."""

import time
from decimal import Decimal

import pytest
import requests

from tests.e2e.fspiop_hub import Scheme, error_of
from tests.e2e.hub import WAIT_S, running_hub
from tests.e2e.settlement_side import STEPS, Desk, paid, position

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
MODEL = {
    "name": "INTERCHANGEFEE", "settlementGranularity": "NET", "settlementInterchange": "MULTILATERAL",
    "settlementDelay": "DEFERRED", "currency": "USD", "requireLiquidityCheck": False,
    "ledgerAccountType": "INTERCHANGE_FEE", "settlementAccountType": "INTERCHANGE_FEE_SETTLEMENT",
    "autoPositionReset": True,
}  # fmt: skip
FILE = """
[[feeRules]]
name = "PER-PAYMENT"
kind = "SCHEME"
paidBy = "PAYER"
currency = "USD"
fixed = 0.05
"""
RULE = {
    "name": "RETAIL", "kind": "INTERCHANGE", "paidBy": "PAYEE", "currency": "USD", "messages": ["transfers"],
    "amountFrom": 10, "basisPoints": 125, "maximum": 3, "rounding": "HALF_EVEN",
}  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A hub with a rule in its settings, and a model that settles fees made before the first participant."""
    folder = tmp_path_factory.mktemp("fees")
    (folder / "fees.toml").write_text(FILE)
    (folder / "isoloop.toml").write_text(f'fee_rules = "{folder}/fees.toml"\nself_check_s = 1\n')
    with running_hub(folder, config=str(folder / "isoloop.toml")) as hub:
        assert refused(hub, "POST", "/feeRules", RULE).text.endswith(": make one first")
        hub.operate("POST", "/settlementModels", MODEL)
        assert hub.operate("POST", "/feeRules", RULE).json()["settledBy"] == "INTERCHANGEFEE"
        yield hub


@pytest.fixture
def desk(hub):
    return Desk(hub)


@pytest.fixture
def scheme(hub):
    found = Scheme(hub)
    yield found
    found.close()


def refused(hub, method, path, body):
    response = hub.operate(method, path, body, ok=False)
    assert response.status_code == 400, response.text
    return error_of(response.content)


def fees(hub, name):
    kind = "HUB_FEE" if name == "Hub" else "INTERCHANGE_FEE"
    return Decimal(str(hub.account(name, kind, "USD")["value"]))


def test_rules_are_shown_as_they_are_tried_whatever_they_came_from(hub):
    shown = hub.operate("GET", "/feeRules").json()
    assert [(each["name"], each["source"], each["isActive"]) for each in shown] == [
        ("PER-PAYMENT", "file", True), ("RETAIL", "api", True),
    ]  # fmt: skip
    assert hub.operate("GET", "/feeRules/RETAIL").json()["rule"] == RULE
    assert refused(hub, "POST", "/feeRules", RULE).text.endswith("a fee rule RETAIL exists already")
    wrong = refused(hub, "POST", "/feeRules", RULE | {"name": "X", "fixed": 0.001})
    assert wrong.text.endswith("fixed 0.001 is finer than the minor unit of USD")
    assert refused(hub, "PUT", "/feeRules/X", {"isActive": False}).code == "3200"


def test_fees_are_settled_apart_from_positions_and_the_hub_gets_its_own(hub, desk, scheme):
    payer, payee = scheme.pair()
    for units in ("9.99", "100", "500"):
        paid(payer, payee, units)
    # 1.25 % of 100, and of 500 no more than 3; nothing of 9.99, and 0.05 of each to the hub.
    assert [fees(hub, name) for name in (payer.name, payee.name, "Hub")] == [
        Decimal("-4.10"), Decimal("4.25"), Decimal("-0.15"),
    ]  # fmt: skip
    window = desk.close()
    content = desk.netted(window)["content"]
    assert sorted(each["ledgerAccountType"] for each in content) == ["INTERCHANGE_FEE", "POSITION"]
    settlement = desk.settle(window, model="INTERCHANGEFEE")
    nets = {
        (one["id"], account["netSettlementAmount"]["amount"])
        for one in settlement["participants"] for account in one["accounts"]
    }  # fmt: skip
    assert sorted(amount for _, amount in nets) == [-4.1, -0.15, 4.25]
    assert (1, -0.15) in nets
    before = desk.multilateral()
    for step in STEPS:
        assert desk.move(settlement, step)["state"] == step
    assert [fees(hub, name) for name in (payer.name, payee.name, "Hub")] == [0, 0, 0]
    assert (desk.multilateral(), position(payer)) == (before, Decimal("609.99"))
    assert desk.get(f"/settlementWindows/{window}")["state"] == "PENDING_SETTLEMENT"
    rest = desk.settle(window)
    for step in STEPS:
        desk.move(rest, step)
    assert (desk.get(f"/settlementWindows/{window}")["state"], position(payer)) == ("SETTLED", 0)


def test_a_statement_of_the_account_shows_each_fee_with_its_payment(hub, scheme):
    payer, payee = scheme.pair()
    transfer = payer.pay(payee, "40")
    payee.fulfil(transfer, payer)
    payer.gets("PUT", f"/transfers/{transfer}")
    number = hub.account(payee.name, "INTERCHANGE_FEE", "USD")["id"]
    path = f"/participants/{payee.name}/accounts/{number}/report"
    until = time.monotonic() + WAIT_S
    while not (movements := hub.operate("GET", path).json()["reports"][0]["movements"]):
        assert time.monotonic() < until
    (entry,) = movements
    told = {name: entry[name] for name in ("type", "amount", "transferId", "counterparty", "code")}
    assert told == {
        "type": "INTERCHANGE_FEE", "amount": -0.5, "transferId": transfer, "counterparty": payer.name,
        "code": "ACMT/MDOP/COMM",
    }  # fmt: skip


def test_a_rule_that_is_switched_off_costs_nothing_more(hub, scheme):
    for name in ("PER-PAYMENT", "RETAIL"):
        assert hub.operate("PUT", f"/feeRules/{name}", {"isActive": False}).json()["isActive"] is False
    try:
        payer, payee = scheme.pair()
        paid(payer, payee, "100")
        assert fees(hub, payer.name) == fees(hub, payee.name) == 0
    finally:
        for name in ("PER-PAYMENT", "RETAIL"):
            hub.operate("PUT", f"/feeRules/{name}", {"isActive": True})


def test_the_hub_checks_its_own_books_meanwhile(hub):
    until = time.monotonic() + WAIT_S
    while not (books := requests.get(f"{hub.admin}/health", timeout=WAIT_S).json()["books"])["checked"]:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert books["broken"] == []
    assert 'isoloop_invariant_broken{invariant="I1"} 0.0' in requests.get(f"{hub.admin}/metrics", timeout=WAIT_S).text
