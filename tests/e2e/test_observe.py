"""Health tells the truth within seconds, whatever dies under the hub, and metrics count what happened."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from switch.embedded import EmbeddedEngines
from switch.meters import METRICS
from tests.conftest import fresh_database
from tests.e2e.bank_side import Bank
from tests.e2e.fspiop_hub import Dfsp
from tests.e2e.hub import Hub, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
WAIT_S = 20


class Scene:
    """A hub on engines that the test may stop."""

    def __init__(self, hub: Hub, engines: EmbeddedEngines) -> None:
        self.hub, self.engines = hub, engines

    @property
    def ports(self) -> list[str]:
        return [self.hub.fspiop, self.hub.admin, self.hub.iso]

    def down(self) -> set[str]:
        """The services that /health calls down; every port says the same."""
        told = [requests.get(f"{port}/health", timeout=5) for port in self.ports]
        for answer in told:
            body = answer.json()
            assert (answer.status_code, body["status"]) in {(200, "OK"), (502, "DOWN")}
        body = told[-1].json()
        down = {service["name"] for service in body["services"] if service["status"] == "DOWN"}
        assert bool(down) == (body["status"] == "DOWN")
        return down

    def _is_child(self, stat: str) -> bool:
        return self.hub._process is not None and stat.rpartition(")")[2].split()[1] == str(self.hub._process.pid)

    def deliverer(self) -> int:
        """The process of this hub that delivers."""
        found = [path.parent for path in Path("/proc").glob("[0-9]*/stat") if self._is_child(path.read_text())]
        return next(int(each.name) for each in found if b"switch.dispatcher" in (each / "cmdline").read_bytes())

    def questions(self) -> list[str]:
        """What is answered from the database alone."""
        admin = ("participants", "oracles", "v2/settlementWindows?state=OPEN", "messages?participant=alpha")
        return [f"{self.hub.admin}/{path}" for path in admin] + [f"{self.hub.iso}/iso20022/messages/x?from=alpha"]

    def comes(self, down: set[str]) -> bool:
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            if self.down() == down:
                return True
            time.sleep(0.1)
        return False

    def metric(self, name: str, **labels: str) -> float:
        """One value; every port shows the same page."""
        text = requests.get(f"{self.hub.admin}/metrics", timeout=5).text
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return sum(each.value for each in samples if each.name == name and labels.items() <= each.labels.items())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    engines = EmbeddedEngines(tmp_path_factory.mktemp("engines"))
    data: Path = tmp_path_factory.mktemp("hub")
    ends = engines.start()
    try:
        with (
            fresh_database(ends.database_url) as database,
            running_hub(data, database_url=database, nats_url=ends.nats_url) as hub,
        ):
            yield Scene(hub, engines)
    finally:
        engines.stop()


def test_everything_works_at_first(scene: Scene):
    assert scene.comes(set())


def test_health_follows_nats(scene: Scene):
    scene.engines.nats.stop()
    assert scene.comes({"broker"})
    scene.engines.nats.start()
    assert scene.comes(set())


def test_a_nats_that_hangs_is_down(scene: Scene):
    os.kill(scene.engines.nats.pid, signal.SIGSTOP)
    try:
        assert scene.comes({"broker"})
    finally:
        os.kill(scene.engines.nats.pid, signal.SIGCONT)
    assert scene.comes(set())


def test_health_follows_the_process_that_delivers(scene: Scene):
    os.kill(scene.deliverer(), signal.SIGSTOP)
    try:
        assert scene.comes({"deliveries"})
    finally:
        os.kill(scene.deliverer(), signal.SIGCONT)
    assert scene.comes(set())
    os.kill(scene.deliverer(), signal.SIGKILL)
    assert scene.comes(set())


def test_health_follows_postgresql(scene: Scene):
    scene.engines.postgres.stop()
    assert scene.comes({"datastore"})
    asked = {path: requests.get(path, timeout=15) for path in scene.questions()}
    scene.engines.postgres.start()
    assert scene.comes(set())
    told = {path: (each.status_code, each.headers.get("retry-after")) for path, each in asked.items()}
    assert told == dict.fromkeys(asked, (503, "1")), "nobody can tell now, and that is no defect"


def test_payments_flow_after_all_that_and_are_counted(scene: Scene):
    hub = scene.hub
    # Each lane finds out by its first command that its connection has ended; who sent it is asked to repeat.
    while hub.operate("POST", "/participants", {"name": "first", "currency": "USD"}, ok=False).status_code == 503:
        time.sleep(0.1)
    payer, payee = Bank(hub, "alpha", "ALPHKENA"), Bank(hub, "beta", "BETAUGKA")
    payee.accept_all()
    deposits = scene.metric("isoloop_commands_total", lane="ledger", state="COMMITTED")
    payment = payer.pay("<BICFI>BETAUGKA</BICFI>")
    payer.send(payment.text)
    assert payer.told(payment.uetr).status == "ACSC"
    assert payer.post("<no/>").status_code == 400
    asked = Dfsp(hub, "alpha").send("GET", "/parties/MSISDN/1", None, None, Accept="nonsense")
    assert asked.status_code == 400

    assert scene.metric("isoloop_messages_received_total", edge="iso", outcome="accepted") == 2
    assert scene.metric("isoloop_messages_received_total", edge="iso", method="POST") == 3
    assert scene.metric("isoloop_messages_received_total", edge="iso", method="GET", outcome="overloaded") == 1
    assert scene.metric("isoloop_messages_received_total", edge="fspiop", resource="parties", outcome="3101") == 1
    assert scene.metric("isoloop_messages_received_total", edge="admin", resource="participants", method="POST") >= 2
    assert scene.metric("isoloop_request_seconds_count", edge="fspiop", resource="parties") == 1
    assert scene.metric("isoloop_transfers_total", state="COMMITTED") == 1
    assert scene.metric("isoloop_position", participant="alpha", currency="USD") == 10
    assert scene.metric("isoloop_position", participant="beta", currency="USD") == -10
    assert scene.metric("isoloop_net_debit_cap", participant="alpha", currency="USD") == 1_000_000
    assert scene.metric("isoloop_liquidity_cover", participant="alpha", currency="USD") == 1_000_000
    assert scene.metric("isoloop_commands_total", lane="ledger", state="RESERVED") == 1
    assert scene.metric("isoloop_commands_total", lane="ledger", state="COMMITTED") == deposits + 1
    until = time.monotonic() + WAIT_S
    # Deliveries are counted in a process of their own, which tells of them twice a second.
    while scene.metric("isoloop_messages_sent_total", outcome="delivered") < 2:
        assert time.monotonic() < until, "no delivery was counted"
        time.sleep(0.05)
    assert scene.metric("isoloop_delivery_seconds_count") >= 2
    assert scene.metric("isoloop_parked_deliveries") == 0


def test_every_metric_is_in_the_table_and_positions_are_the_operators(scene: Scene):
    shown = {}
    for port in scene.ports:
        text = requests.get(f"{port}/metrics", timeout=5).text
        shown[port] = {family.name: family for family in text_string_to_metric_families(text)}
    private = {name for name, described in METRICS.items() if described.private}
    assert set(shown[scene.hub.admin]) == set(METRICS)
    assert set(shown[scene.hub.fspiop]) == set(shown[scene.hub.iso]) == set(METRICS) - private
    for name, family in shown[scene.hub.admin].items():
        used = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert used <= set(METRICS[name].labels) and family.type == METRICS[name].kind, name


def test_a_simple_probe_gets_the_head_only(scene: Scene):
    for port in scene.ports:
        whole, simple = (requests.get(f"{port}/health{query}", timeout=5).json() for query in ("", "?simple=true"))
        assert set(simple) == {"status", "uptime", "startTime", "versionNumber"}
        assert set(whole) - set(simple) == {"services", "books"}
        assert {name for service in whole["services"] for name in service} == {"name", "status"}


def test_what_a_bank_does_not_take_is_seen_to_wait(scene: Scene):
    deaf = Bank(scene.hub, "deaf", "DEAFTZTZ", callbackUrl="http://127.0.0.1:9/in")
    deaf.send(deaf.pay("<BICFI>NOWHGB2L</BICFI>").text)
    until = time.monotonic() + WAIT_S
    # Both are told by the process that delivers, and what waits may be told before its first attempt has ended.
    while (
        scene.metric("isoloop_deliveries_waiting", receiver="deaf") != 1
        or scene.metric("isoloop_messages_sent_total", outcome="failed") < 1
    ):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_hub_that_lost_a_lane_says_so_or_is_gone(scene: Scene, tmp_path: Path):
    ends = scene.engines.start()
    with fresh_database(ends.database_url) as database, running_hub(tmp_path, database_url=database) as hub:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("update lanes set epoch = epoch + 1")
        with pytest.raises((AssertionError, requests.ConnectionError)):
            hub.add("late", "USD")
        assert hub._process is not None
        assert hub._process.wait(WAIT_S) != 0
