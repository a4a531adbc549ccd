"""What the hub measures: one table of metrics, and the counts behind them. Counting costs a look-up in a dictionary.

The labels have few values each: edges, resources, methods, codes of faults, states, participants. Nothing that a sender
chooses freely becomes one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from schemas.canonical.participants import AccountType, LedgerAccount
from schemas.canonical.wire import Receipt
from switch.delivery_policy import INTERNAL, Sent
from switch.senders import resource_of
from switch.store.port import OutboxRow

Counts = Callable[[], Mapping[str, int]]
Meter = Callable[[str, str, str, float], None]
"""Told of each request: resource, method, outcome, seconds."""


class Described(NamedTuple):
    """One metric: its type, its labels and what it tells; `private` ones are the operator's alone."""

    kind: str
    labels: tuple[str, ...]
    text: str
    private: bool = False


METRICS: Final[dict[str, Described]] = {
    "isoloop_messages_received": Described(
        "counter", ("edge", "resource", "method", "outcome"),
        "Requests by how they were answered: accepted, or the code of the refusal",
    ),
    "isoloop_request_seconds": Described(
        "histogram", ("edge", "resource"), "From the first byte of a request to the last of its answer"
    ),
    "isoloop_signatures": Described(
        "counter", ("edge", "result"), "Messages that were not verified though signed, and at the ISO edge all"
    ),
    "isoloop_rules_broken": Described(
        "counter", ("edge", "rule"), "Messages of banks that broke a rule of the packs in force"
    ),
    "isoloop_commands": Described("counter", ("lane", "state"), "Commands decided, by what became of them"),
    "isoloop_batch_commands": Described("histogram", ("lane",), "Commands in one commit"),
    "isoloop_transfers": Described("counter", ("state",), "Transfers and conversions that came into a state"),
    "isoloop_messages_sent": Described(
        "counter", ("class", "resource", "event", "outcome"), "Attempts to deliver: delivered or failed"
    ),
    "isoloop_delivery_seconds": Described(
        "histogram", ("class",), "From the commit of a message to its delivery, retries included"
    ),
    "isoloop_parked_deliveries": Described("gauge", (), "Deliveries given up"),
    "isoloop_outbox_rows": Described("gauge", (), "Messages committed and neither delivered nor given up"),
    "isoloop_outbox_oldest_seconds": Described("gauge", (), "Age of the oldest of these"),
    "isoloop_invariant_broken": Described("gauge", ("invariant",), "What breaks it, by the last check of the books"),
    "isoloop_books_checked_timestamp_seconds": Described("gauge", (), "When that was, in seconds since 1970"),
    "isoloop_books_check_seconds": Described("gauge", (), "How long it took"),
    "isoloop_deliveries_waiting": Described("gauge", ("receiver",), "Messages not yet taken", private=True),
    "isoloop_position": Described(
        "gauge", ("participant", "currency"), "What a participant owes, reserved amounts included", private=True
    ),
    "isoloop_reserved": Described("gauge", ("participant", "currency"), "Of that: reserved", private=True),
    "isoloop_net_debit_cap": Described("gauge", ("participant", "currency"), "How far it may go", private=True),
    "isoloop_liquidity_cover": Described(
        "gauge", ("participant", "currency"), "Deposited with the hub and not yet settled away", private=True
    ),
}  # fmt: skip
"""Every metric of the hub."""

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_UNITS: Final = 10_000
_OTHER: Final = "other"
_INSIDE: Final = "inside"
"""The resource of what goes to lanes and oracles of the hub itself."""


def page() -> str:
    """Return the documentation of every metric as Markdown: docs/metrics.md."""
    head = (
        "# Metrics\n\n"
        "Written by `make docs` from `switch/meters.py`; change it there.\n\n"
        "`GET /metrics` in Prometheus' text form. The operator port has all of them, behind the operator's token if\n"
        "one is set; the plain ports of the edges have those that name no participant; doors through which\n"
        "participants of a production come have none. Counters end in `_total`; histograms (seconds, or commands)\n"
        "have `_bucket`, `_sum` and `_count`. An `edge` is a door: `fspiop`, `iso`, `admin`, `fspiopSocket`,\n"
        "`isoSocket`, `isoNats`.\n\n"
        "`GET /health` on every port answers 200, or 502 while a service is down; `?simple=true` leaves out the\n"
        "services.\n\n"
        "| metric | type | labels | what it tells | where |\n|---|---|---|---|---|\n"
    )
    rows = [
        f"| `{name}` | {told.kind} | {', '.join(f'`{label}`' for label in told.labels)} | {told.text} | "
        f"{'operator' if told.private else 'all'} |"
        for name, told in METRICS.items()
    ]
    return head + "\n".join(rows) + "\n"


class Buckets:
    """A histogram."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...] = _SECONDS) -> None:
        """Empty; the last bucket is for what is beyond all bounds."""
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def add(self, counts: Iterable[int], total: float) -> None:
        """Add what another process counted with the same bounds."""
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, counts, strict=True)]
        self.total += total

    def shown(self) -> list[tuple[str, float]]:
        """As the exposition format has it: cumulative, by upper bound."""
        found, sum_ = [], 0
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            sum_ += count
            found.append((bound, float(sum_)))
        return found


class Traffic(Collector):
    """Requests at the edges."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._asked: dict[tuple[str, str, str, str], list[int]] = {}
        self._times: dict[tuple[str, str], Buckets] = {}
        self._signatures: dict[str, Counts] = {}
        self._broken: dict[str, Counts] = {}

    def meter(self, edge: str, signatures: Counts | None = None, broken: Counts | None = None) -> Meter:
        """What an edge calls for each request; `signatures` gives its counts of these, `broken` of broken rules."""
        if signatures is not None:
            self._signatures[edge] = signatures
        if broken is not None:
            self._broken[edge] = broken
        cells: dict[tuple[str, str, str], tuple[list[int], Buckets]] = {}

        def met(resource: str, method: str, outcome: str, seconds: float) -> None:
            cell = cells.get((resource, method, outcome))
            if cell is None:
                cell = cells[resource, method, outcome] = self._cell(edge, resource, method, outcome)
            cell[0][0] += 1
            cell[1].observe(seconds)

        return met

    def _cell(self, edge: str, resource: str, method: str, outcome: str) -> tuple[list[int], Buckets]:
        known = method if method in _METHODS else _OTHER
        count = self._asked.setdefault((edge, resource, known, outcome), [0])
        return count, self._times.setdefault((edge, resource), Buckets())

    def collect(self) -> Iterator[Metric]:
        """What the counts are now."""
        yield _counter("isoloop_messages_received", ((key, count[0]) for key, count in self._asked.items()))
        yield _histogram("isoloop_request_seconds", self._times.items())
        found = ((edge, counts()) for edge, counts in self._signatures.items())
        yield _counter(
            "isoloop_signatures", (((edge, result), number) for edge, told in found for result, number in told.items())
        )
        broken = ((edge, counts()) for edge, counts in self._broken.items())
        yield _counter(
            "isoloop_rules_broken", (((edge, rule), number) for edge, told in broken for rule, number in told.items())
        )


class Delay(msgspec.Struct, frozen=True):
    """Times of deliveries that another process counted."""

    counts: tuple[int, ...]
    total: float


Attempt = tuple[str, str, str, bool, int]
"""Class, resource, event, whether delivered, how often."""


class Deliveries(Collector):
    """Attempts to deliver, in this process or told by the one that delivers."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Nothing was tried yet."""
        self._clock = clock
        self._attempts: Counter[tuple[str, str, str, bool]] = Counter()
        self._delays: dict[str, Buckets] = {}

    def attempted(self, row: OutboxRow, sent: Sent) -> None:
        """Count an attempt, and how long a delivery took since its commit."""
        event, urgency = row.event, str(row.event.delivery)
        resource = _INSIDE if event.receiver.startswith(INTERNAL) else resource_of(event.body)
        self._attempts[urgency, resource, str(event.body.__struct_config__.tag), sent.ok] += 1
        if sent.ok:
            self._delay(urgency).observe(max((self._clock() - row.created).total_seconds(), 0.0))

    def add(self, attempts: Iterable[Attempt], delays: Mapping[str, Delay]) -> None:
        """Add what `take` gave elsewhere."""
        for urgency, resource, event, ok, number in attempts:
            self._attempts[urgency, resource, event, ok] += number
        for urgency, delay in delays.items():
            self._delay(urgency).add(delay.counts, delay.total)

    def take(self) -> tuple[tuple[Attempt, ...], dict[str, Delay]]:
        """What was counted since the last time, to be told."""
        attempts = tuple((*key, number) for key, number in self._attempts.items())
        delays = {urgency: Delay(tuple(found.counts), found.total) for urgency, found in self._delays.items()}
        self._attempts.clear()
        self._delays.clear()
        return attempts, delays

    def _delay(self, urgency: str) -> Buckets:
        found = self._delays.get(urgency)
        if found is None:
            found = self._delays[urgency] = Buckets()
        return found

    def collect(self) -> Iterator[Metric]:
        """What the counts are now."""
        told = (
            ((urgency, resource, event, "delivered" if ok else "failed"), number)
            for (urgency, resource, event, ok), number in self._attempts.items()
        )
        yield _counter("isoloop_messages_sent", told)
        yield _histogram("isoloop_delivery_seconds", (((key,), found) for key, found in self._delays.items()))


class Lanes(Collector):
    """Commits of the lanes, and what waits to be delivered."""

    def __init__(self) -> None:
        """Nothing was committed yet; `outbox` is its depth and the age of its oldest row, once it was looked at."""
        self.commands: Counter[tuple[str, str]] = Counter()
        self.transfers: Counter[str] = Counter()
        self.batches: dict[str, Buckets] = {}
        self.parked = 0
        self.outbox: tuple[int, float] | None = None

    def batch(self, lane: str, commands: int) -> None:
        """Count a commit by its size."""
        self.batches.setdefault(lane, Buckets(_BATCHES)).observe(commands)

    def collect(self) -> Iterator[Metric]:
        """What the counts are now."""
        yield _counter("isoloop_commands", self.commands.items())
        yield _counter("isoloop_transfers", (((state,), number) for state, number in self.transfers.items()))
        yield _histogram("isoloop_batch_commands", (((lane,), found) for lane, found in self.batches.items()))
        yield _gauge("isoloop_parked_deliveries", [((), self.parked)])
        depth = [] if self.outbox is None else [((), float(self.outbox[0]))]
        yield _gauge("isoloop_outbox_rows", depth)
        yield _gauge("isoloop_outbox_oldest_seconds", [] if self.outbox is None else [((), self.outbox[1])])


class Books(Collector):
    """Positions and limits as the ledger lane's owner has them: for the operator alone."""

    def __init__(self, accounts: Callable[[], Iterable[LedgerAccount]], waiting: Counts) -> None:
        """Ask for the accounts, and what waits for whom, at each look."""
        self._accounts = accounts
        self._waiting = waiting

    def collect(self) -> Iterator[Metric]:
        """What they are now."""
        yield _gauge("isoloop_deliveries_waiting", (((name,), number) for name, number in self._waiting().items()))
        accounts = list(self._accounts())
        positions = [each for each in accounts if each.type is AccountType.POSITION]
        covers = [each for each in accounts if each.type is AccountType.SETTLEMENT]
        yield _gauge("isoloop_position", ((_whose(each), each.value / _UNITS) for each in positions))
        yield _gauge("isoloop_reserved", ((_whose(each), each.debits_pending / _UNITS) for each in positions))
        limited = ((_whose(each), each.cap / _UNITS) for each in positions if each.cap is not None)
        yield _gauge("isoloop_net_debit_cap", limited)
        yield _gauge("isoloop_liquidity_cover", ((_whose(each), -each.value / _UNITS) for each in covers))


def outcome_of(receipt: Receipt) -> str:
    """The word under which a decided command is counted."""
    return "refused" if receipt.fault is not None else receipt.state or "taken"


def _whose(account: LedgerAccount) -> tuple[str, str]:
    return account.owner, account.currency


Values = Iterable[tuple[tuple[str, ...], float]]


def _counter(name: str, values: Values) -> Metric:
    found = CounterMetricFamily(name, METRICS[name].text, labels=METRICS[name].labels)
    for labels, value in sorted(values):
        found.add_metric(labels, value)
    return found


def _gauge(name: str, values: Values) -> Metric:
    found = GaugeMetricFamily(name, METRICS[name].text, labels=METRICS[name].labels)
    for labels, value in sorted(values):
        found.add_metric(labels, value)
    return found


def _histogram(name: str, values: Iterable[tuple[tuple[str, ...], Buckets]]) -> Metric:
    found = HistogramMetricFamily(name, METRICS[name].text, labels=METRICS[name].labels)
    for labels, buckets in sorted(values, key=lambda pair: pair[0]):
        found.add_metric(labels, buckets=buckets.shown(), sum_value=buckets.total)
    return found
