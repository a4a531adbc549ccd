"""Every settlement model there may be: pay, close, settle, and look at positions; every other one is refused."""

import itertools
from decimal import Decimal

import pytest

from tests.e2e.fspiop_hub import Scheme, error_of
from tests.e2e.hub import running_hub
from tests.e2e.settlement_side import STEPS, Desk
from tests.e2e.test_models import model, pay, values

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
FITTING = [
    ("GROSS", "BILATERAL", "IMMEDIATE"), ("GROSS", "BILATERAL", "DEFERRED"), ("NET", "BILATERAL", "DEFERRED"),
    ("NET", "MULTILATERAL", "DEFERRED"),
]  # fmt: skip
EVERY = list(itertools.product(("GROSS", "NET"), ("BILATERAL", "MULTILATERAL"), ("DEFERRED", "IMMEDIATE")))
KINDS = [
    ("POSITION", "SETTLEMENT"), ("INTERCHANGE_FEE", "INTERCHANGE_FEE_SETTLEMENT"), ("INTERCHANGE_FEE", "SETTLEMENT"),
    ("SETTLEMENT", "SETTLEMENT"), ("POSITION", "INTERCHANGE_FEE_SETTLEMENT"), ("HUB_FEE", "SETTLEMENT"),
]  # fmt: skip
SWITCHES = list(itertools.product((True, False), repeat=2))
CURRENCIES = [
    "AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "GBP", "HKD", "HUF", "ILS", "INR", "MXN", "NOK", "PLN",
]  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A model of its own for each currency."""
    with running_hub(tmp_path_factory.mktemp("matrix")) as hub:
        yield hub


@pytest.fixture(scope="module")
def scheme(hub):
    found = Scheme(hub)
    yield found
    found.close()


def test_what_fits_together_is_taken_and_all_else_is_refused(hub):
    for number, (shape, kinds) in enumerate(itertools.product(EVERY, KINDS)):
        ledger, through = kinds
        wanted = model(f"T{number}", *shape, "ZAR", ledgerAccountType=ledger, settlementAccountType=through)
        told = hub.operate("POST", "/settlementModels", wanted, ok=False)
        fits = shape in FITTING and kinds in KINDS[:3] and not (ledger == "INTERCHANGE_FEE" and shape == FITTING[0])
        assert told.status_code == (201 if fits else 400), (wanted, told.text)
        if fits:
            hub.operate("PUT", f"/settlementModels/T{number}", {"isActive": False})
        else:
            assert error_of(told.content).code in {"3000", "3101"}


@pytest.mark.parametrize("shape", FITTING, ids="-".join)
def test_each_model_pays_closes_and_settles(hub, scheme, shape):
    desk, immediate = Desk(hub), shape == FITTING[0]
    made = {}
    for place, (checks, resets) in enumerate(SWITCHES):
        currency = CURRENCIES[FITTING.index(shape) * len(SWITCHES) + place]
        name = f"{currency}MODEL"
        more = {"requireLiquidityCheck": checks, "autoPositionReset": resets}
        for kind in ("HUB_RECONCILIATION", "HUB_MULTILATERAL_SETTLEMENT"):
            hub.operate("POST", "/participants/Hub/accounts", {"currency": currency, "type": kind})
        hub.operate("POST", "/settlementModels", model(name, *shape, currency, **more))
        made[currency] = (name, resets, pay(scheme, currency, "40"))
    window = desk.close()
    content = [one["currencyId"] for one in desk.netted(window)["content"]]
    assert sorted(content) == ([] if immediate else sorted(made))
    for currency, (name, resets, pair) in made.items():
        before = values(hub, currency, "POSITION", *pair)
        assert before == ([0, 0] if immediate else [40, -40])
        if not immediate:
            settlement = desk.settle(window, model=name)
            nets = [account["netSettlementAmount"] for one in settlement["participants"] for account in one["accounts"]]
            assert sorted(one["amount"] for one in nets) == [-40, 40]
            for step in STEPS:
                desk.move(settlement, step)
            assert desk.get(f"/settlements/{settlement['id']}")["state"] == "SETTLED"
        moved = [0, 0] if immediate or resets else before
        assert values(hub, currency, "POSITION", *pair) == moved
        assert values(hub, currency, "SETTLEMENT", *pair) == ([-960, -1040] if immediate else [-1000, -1000])
        assert desk.multilateral(currency) == Decimal(0)
    if not immediate:
        assert desk.get(f"/settlementWindows/{window}")["state"] == "SETTLED"


def test_what_was_open_when_a_model_became_immediate_is_settled_all_the_same(hub, scheme):
    desk = Desk(hub)
    payer, payee = pay(scheme, "USD", "7")
    hub.operate("POST", "/settlementModels", model("USDNOW", "GROSS", "BILATERAL", "IMMEDIATE", "USD"))
    window = desk.close()
    assert [one["currencyId"] for one in desk.netted(window)["content"]] == ["USD"]
    settlement = desk.settle(window)
    for step in STEPS:
        desk.move(settlement, step)
    assert values(hub, "USD", "POSITION", payer, payee) == [0, 0]
    hub.operate("PUT", "/settlementModels/USDNOW", {"isActive": False})
