"""A hundred windows are closed while payments go on: each payment, with its fees, is in one of them as a whole."""

import threading
import time
from collections import Counter

import pytest

from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import WAIT_S, running_hub
from tests.e2e.settlement_side import STEPS, Desk, position

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.slow]
CLOSES, PAIRS, ENOUGH_S = 100, 4, 60
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
        while len(closed) < CLOSES and time.monotonic() < until:
            window, began = desk.window, time.perf_counter()
            answer = desk.call("POST", f"/settlementWindows/{window}", {"state": "CLOSED", "reason": "again"})
            if answer.status_code == 200:
                assert answer.json()["id"] == window + 1
                closed.append(window)
                moments.append((began, time.perf_counter()))
    assert len(closed) == CLOSES
    closed += _last(desk)
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
    beside = [ended - began for began, ended in load.took
              if any(began < until and since < ended for since, until in moments)]  # fmt: skip
    print(f"\n{CLOSES} closes beside {len(load.took)} payments; the longest of {len(beside)} that met a close took "
          f"{max(beside) * 1000:.0f} ms, the median {sorted(beside)[len(beside) // 2] * 1000:.0f} ms")  # fmt: skip


def _last(desk):
    """Close what is left, if anything is, and wait until every window has its nets."""
    window = desk.window
    answer = desk.call("POST", f"/settlementWindows/{window}", {"state": "CLOSED", "reason": "the rest"})
    until = time.monotonic() + WAIT_S
    while desk.call("GET", "/settlementWindows?state=PROCESSING").status_code == 200:
        assert time.monotonic() < until
        time.sleep(0.05)
    return [window] if answer.status_code == 200 else []
