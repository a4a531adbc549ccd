"""Counts at the edges, of deliveries and of lanes come out as the table of metrics says, with few labels."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from schemas.canonical.events import Delivery, Event, Forwarded, Handed, Refused
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import LedgerAccount
from switch.delivery_policy import Sent
from switch.meters import METRICS, Books, Buckets, Deliveries, Lanes, Traffic
from switch.observe import metered
from switch.store.port import OutboxRow
from tests.unit.switch.scene import Scene, prepare

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def samples(*collectors):
    """Every sample as (name, labels) -> value, read back from the text."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {(each.name, *sorted(each.labels.items())): each.value for family in families for each in family.samples}


def test_each_request_is_counted_and_timed():
    traffic = Traffic()
    meter = traffic.meter("fspiop", lambda: {"unverified": 3})
    meter("transfers", "POST", "accepted", 0.004)
    meter("transfers", "POST", "accepted", 0.2)
    meter("transfers", "BREW", "3100", 99.0)
    found = samples(traffic)

    key = (("edge", "fspiop"), ("method", "POST"), ("outcome", "accepted"), ("resource", "transfers"))
    assert found["isoloop_messages_received_total", *key] == 2
    assert any(("method", "other") in name for name in found) and not any(("method", "BREW") in name for name in found)
    bucket = ("isoloop_request_seconds_bucket", ("edge", "fspiop"))
    at = {dict(name[1:])["le"]: value for name, value in found.items() if name[:2] == bucket}
    assert (at["0.005"], at["0.25"], at["30.0"], at["+Inf"]) == (1, 2, 2, 3)
    assert found["isoloop_signatures_total", ("edge", "fspiop"), ("result", "unverified")] == 3


def row(body, receiver="dfsp", urgency=Delivery.RESULT):
    return OutboxRow("ledger", 1, Event(FspId(receiver), body, urgency), NOW - timedelta(seconds=2))


def test_deliveries_of_another_process_are_added():
    here, there = Deliveries(lambda: NOW), Deliveries(lambda: NOW)
    refused = Refused("transfers", "1", fault("VALIDATION"))
    for counted in (here, there):
        counted.attempted(row(refused), Sent(ok=True))
        counted.attempted(row(refused), Sent(ok=False))
        counted.attempted(row(Forwarded("quotes", "1"), urgency=Delivery.DIALOGUE), Sent(ok=True))
        counted.attempted(row(Handed(prepare()), "@ledger"), Sent(ok=True))
    here.add(*there.take())
    found = samples(here)

    sent = {name[1:]: value for name, value in found.items() if name[0] == "isoloop_messages_sent_total"}
    told = {(dict(key)["resource"], dict(key)["event"], dict(key)["outcome"]): value for key, value in sent.items()}
    assert told == {
        ("transfers", "refused", "delivered"): 2,
        ("transfers", "refused", "failed"): 2,
        ("quotes", "forwarded", "delivered"): 2,
        ("inside", "handed", "delivered"): 2,
    }
    assert found["isoloop_delivery_seconds_sum", ("class", "result")] == 8
    assert there.take() == ((), {})


def test_positions_are_money_not_units():
    scene = Scene()
    scene.do(prepare())
    found = samples(Books(lambda: scene.resident.all(LedgerAccount), lambda: {"slow": 7}))
    payer = (("currency", "USD"), ("participant", "payerfsp"))
    assert found["isoloop_position", *payer] == found["isoloop_reserved", *payer] == 100
    assert found["isoloop_net_debit_cap", *payer] == 1000
    assert found["isoloop_liquidity_cover", *payer] == 500
    assert found["isoloop_deliveries_waiting", ("receiver", "slow")] == 7
    assert not any(("participant", "Hub") in name and name[0] == "isoloop_position" for name in found)


def test_lanes_tell_commits_and_what_waits():
    lanes = Lanes()
    assert not any(name[0] == "isoloop_outbox_rows" for name in samples(lanes))
    lanes.batch("ledger", 3)
    lanes.commands["ledger", "RESERVED"] += 3
    lanes.transfers["RESERVED"] += 3
    lanes.outbox = (4, 1.5)
    found = samples(lanes)

    assert found["isoloop_batch_commands_bucket", ("lane", "ledger"), ("le", "4")] == 1
    assert found["isoloop_batch_commands_sum", ("lane", "ledger")] == 3
    assert (found["isoloop_outbox_rows",], found["isoloop_outbox_oldest_seconds",]) == (4, 1.5)


@pytest.mark.parametrize("value", [0.0, 0.001, 0.0011, 30.0, 31.0])
def test_a_value_is_counted_from_its_bound_on(value):
    buckets = Buckets()
    buckets.observe(value)

    assert [count for bound, count in buckets.shown() if float(bound) >= value] == [1.0] * sum(
        float(bound) >= value for bound, _ in buckets.shown()
    )
    assert sum(count for bound, count in buckets.shown() if float(bound) < value) == 0


async def test_operators_calls_count_by_what_exists():
    traffic = Traffic()

    async def app(scope, _receive, send):
        status = 200 if scope["path"].startswith("/participants") else 404
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(_message):
        return None

    front = metered(app, traffic.meter("admin"))
    for path in ("/participants/a", "/participants/b", "/nonsense1", "/nonsense2"):
        await front({"type": "http", "path": path, "method": "GET"}, None, send)
    found = {
        name[1:]: value for name, value in samples(traffic).items() if name[0] == "isoloop_messages_received_total"
    }

    resources = {dict(key)["resource"]: value for key, value in found.items()}
    assert resources == {"participants": 2, "other": 2}


def test_every_metric_has_a_text():
    assert all(described.text and described.kind in {"counter", "gauge", "histogram"} for described in METRICS.values())
