"""Several settlement models in one hub: each currency is settled by its own, the rest by the default one."""

from decimal import Decimal

import pytest

from tests.e2e.fspiop_hub import Scheme, error_of
from tests.e2e.hub import running_hub
from tests.e2e.settlement_side import MODEL, STEPS, Desk, paid

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


def model(name, granularity, interchange, delay, currency, **more):
    return {
        "name": name, "settlementGranularity": granularity, "settlementInterchange": interchange,
        "settlementDelay": delay, "currency": currency, "requireLiquidityCheck": True,
        "ledgerAccountType": "POSITION", "settlementAccountType": "SETTLEMENT",
        "autoPositionReset": delay == "DEFERRED", **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Dollars and euros by the default model, CFA francs between pairs, shillings payment by payment."""
    with running_hub(tmp_path_factory.mktemp("models")) as hub:
        hub.operate("POST", "/settlementModels", model("PAIRS", "NET", "BILATERAL", "DEFERRED", "XOF"))
        hub.operate("POST", "/settlementModels", model("CGS", "GROSS", "BILATERAL", "IMMEDIATE", "KES"))
        yield hub


@pytest.fixture(scope="module")
def scheme(hub):
    found = Scheme(hub)
    yield found
    found.close()


def pay(scheme, currency, units):
    """Two DFSPs that hold a currency, of which one has paid the other; their positions."""
    payer, payee = scheme.pair(currency=currency)
    body = payer.prepare(payee.name, units, amount={"currency": currency, "amount": units})
    payer.send("POST", "/transfers", body, payee.name)
    payee.listener.wait(lambda each: each.path == "/transfers" and each.json["transferId"] == body["transferId"])
    payee.fulfil(body["transferId"], payer)
    payer.gets("PUT", f"/transfers/{body['transferId']}")
    return payer, payee


def values(hub, currency, kind, *owners):
    return [Decimal(str(hub.account(one.name, kind, currency)["value"])) for one in owners]


def test_one_window_is_settled_by_every_model_that_has_a_part_of_it(hub, scheme):
    desk = Desk(hub)
    made = {currency: pay(scheme, currency, "40") for currency in ("USD", "EUR", "XOF", "KES")}
    assert values(hub, "KES", "POSITION", *made["KES"]) == [0, 0]
    assert values(hub, "KES", "SETTLEMENT", *made["KES"]) == [-960, -1040]
    window = desk.close()
    content = desk.netted(window)["content"]
    assert sorted(one["currencyId"] for one in content) == ["EUR", "USD", "XOF"]
    first = desk.settle(window)
    taken = [account["netSettlementAmount"] for one in first["participants"] for account in one["accounts"]]
    assert sorted({net["currency"] for net in taken}) == ["EUR", "USD"]
    for step in STEPS:
        desk.move(first, step)
    assert desk.get(f"/settlementWindows/{window}")["state"] == "PENDING_SETTLEMENT"
    assert values(hub, "XOF", "POSITION", *made["XOF"]) == [40, -40]
    second = desk.settle(window, model="PAIRS")
    for step in STEPS:
        desk.move(second, step)
    assert desk.get(f"/settlementWindows/{window}")["state"] == "SETTLED"
    for currency, pair in made.items():
        assert values(hub, currency, "POSITION", *pair) == [0, 0]
        assert desk.multilateral(currency) == 0
    assert values(hub, "USD", "SETTLEMENT", *made["USD"]) == [-1000, -1000]


def test_what_settles_at_once_is_not_settled_again(hub, scheme):
    desk = Desk(hub)
    pay(scheme, "KES", "5")
    window = desk.close()
    assert desk.netted(window)["content"] == []
    body = {"settlementModel": "CGS", "reason": "x", "settlementWindows": [{"id": window}]}
    assert "GROSS or IMMEDIATE" in desk.refused("POST", "/settlements", body)


def test_a_prepaid_participant_spends_its_deposit_and_no_more(hub, scheme):
    payer, payee = scheme.pair(funds=100)
    limit = {"type": "NET_DEBIT_CAP", "percentage": 100}
    hub.operate("PUT", f"/participants/{payer.name}/limits", {"currency": "USD", "limit": limit})
    paid(payer, payee, "60")
    body = payer.prepare(payee.name, "40.01")
    payer.send("POST", "/transfers", body, payee.name)
    assert payer.refused(f"/transfers/{body['transferId']}").code == "4001"
    paid(payer, payee, "40")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (model("M1", "NET", "BILATERAL", "IMMEDIATE", "JPY"), "NET is DEFERRED"),
        (model("M1", "GROSS", "MULTILATERAL", "DEFERRED", "JPY"), "GROSS is BILATERAL"),
        (model("M1", "NET", "MULTILATERAL", "DEFERRED", "JPY", settlementAccountType="HUB_FEE"), "not through HUB_FEE"),
        (
            model("M1", "GROSS", "BILATERAL", "IMMEDIATE", "JPY", ledgerAccountType="INTERCHANGE_FEE"),
            "INTERCHANGE_FEE has no deposit",
        ),
        (model(MODEL, "NET", "MULTILATERAL", "DEFERRED", "JPY"), "already exists"),
    ],
)
def test_a_model_that_makes_no_sense_is_refused_with_the_reason(hub, wanted, words):
    answer = hub.operate("POST", "/settlementModels", wanted, ok=False)
    told = error_of(answer.content)
    assert (answer.status_code, told.code, words in told.text) == (400, "3000", True), told
