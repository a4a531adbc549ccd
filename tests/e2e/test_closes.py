"""A hundred windows are closed while payments go on: each payment, with its fees, is in one of them as a whole."""

import threading
import time
from collections import Counter
from decimal import Decimal

import pytest

from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import WAIT_S, running_hub
from tests.e2e.settlement_side import STEPS, Desk, position

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.slow]
CLOSES, PAIRS, ENOUGH_S, CALM = 100, 4, 90, 100
FEES = {
    "name": "FEES", "settlementGranularity": "NET", "settlementInterchange": "BILATERAL",
    "settlementDelay": "DEFERRED", "requireLiquidityCheck": False, "ledgerAccountType": "INTERCHANGE_FEE",
    "settlementAccountType": "INTERCHANGE_FEE_SETTLEMENT", "autoPositionReset": True,
}  # fmt: skip
RULE = {"name": "SHARE", "kind": "INTERCHANGE", "paidBy": "PAYER", "basisPoints": 100}


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A hub of its own, whose books are proven at the end: no payment is split over windows (I12)."""
    with running_hub(tmp_path_factory.mktemp("closes")) as hub:
        hub.operate("POST", "/settlementModels", FEES)
        hub.operate("POST", "/feeRules", RULE)
        yield hub


@pytest.fixture
def scheme(hub):
    found = Scheme(hub)
    yield found
    found.close()


class Load:
    """Pairs that pay as fast as they can, and how long each payment took, with when it ended."""

    def __init__(self, scheme):
        self.pairs = [scheme.pair(funds=10_000, cap=10_000) for _ in range(PAIRS)]
        self.paid = Counter()
        self.took = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._pay, args=pair) for pair in self.pairs]

    def _pay(self, payer, payee):
        while not self._over.is_set():
            began = time.perf_counter()
            transfer = payer.pay(payee, "1")
            assert payee.fulfil(transfer, payer).status_code == 200
            payer.gets("PUT", f"/transfers/{transfer}")
            self.took.append((began, time.perf_counter()))
            self.paid[payer.name] += 1

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()


def test_a_hundred_closes_under_load_split_nothing(hub, scheme):
    desk, closed, moments = Desk(hub), [], []
    with Load(scheme) as load:
        until = time.monotonic() + ENOUGH_S
        while len(load.took) < CALM and time.monotonic() < until:
            time.sleep(0.05)
        calm = len(load.took)
        while len(closed) < CLOSES and time.monotonic() < until:
            window, began = desk.window, time.perf_counter()
            answer = desk.call("POST", f"/settlementWindows/{window}", {"state": "CLOSED", "reason": "again"})
            if answer.status_code == 200:
                assert answer.json()["id"] == window + 1
                closed.append(window)
                moments.append((began, time.perf_counter()))
    assert len(closed) == CLOSES
    closed += _last(desk)
    _zero_in_each(desk, closed)
    settlement = desk.settle(*closed)
    nets = Counter()
    for one in settlement["participants"]:
        for account in one["accounts"]:
            nets[account["id"]] = account["netSettlementAmount"]["amount"]
    owed = {hub.account(payer.name, "POSITION", "USD")["id"]: load.paid[payer.name] for payer, _ in load.pairs}
    assert {account: net for account, net in nets.items() if net > 0} == owed
    assert sum(nets.values()) == 0
    for step in STEPS:
        desk.move(settlement, step)
    assert {position(one) for pair in load.pairs for one in pair} == {0}
    fees = desk.settle(*closed, model="FEES")
    assert sum(account["netSettlementAmount"]["amount"] > 0 for one in fees["participants"]
               for account in one["accounts"]) == PAIRS  # fmt: skip
    beside = [(began, ended) for began, ended in load.took[calm:]
              if any(began < until and since < ended for since, until in moments)]  # fmt: skip
    print(f"\n{CLOSES} closes; a payment took {_told(beside)} beside a close and {_told(load.took[:calm])} without any")


def _told(took):
    """The median and the longest of some payments."""
    lasted = sorted((ended - began) * 1000 for began, ended in took)
    return f"{lasted[len(lasted) // 2]:.0f} ms, at most {lasted[-1]:.0f} ms ({len(lasted)} of them)"


def _zero_in_each(desk, windows):
    """Each closed window holds nets that sum to zero, of positions and of fees, and every content has its two sides."""
    report = desk.hub.operate("GET", "/reports/settlement-window").json()
    rows = list(report["rows"])
    while report["next"]:
        report = desk.hub.operate("GET", f"/reports/settlement-window{report['next']}").json()
        rows += report["rows"]
    assert report["sound"]
    sums, sides = Counter(), Counter()
    for row in rows:
        if row["windowId"] in windows:
            key = row["windowId"], row["currency"], row["ledgerAccountType"]
            sums[key] += Decimal(str(row["net"]))
            sides[key] += 1
    assert {window for window, _, _ in sides} == set(windows)
    assert set(sums.values()) == {0} and min(sides.values()) >= 2


def _last(desk):
    """Close what is left, if anything is, and wait until every window has its nets."""
    window = desk.window
    answer = desk.call("POST", f"/settlementWindows/{window}", {"state": "CLOSED", "reason": "the rest"})
    until = time.monotonic() + WAIT_S
    while desk.call("GET", "/settlementWindows?state=PROCESSING").status_code == 200:
        assert time.monotonic() < until
        time.sleep(0.05)
    return [window] if answer.status_code == 200 else []
