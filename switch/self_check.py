"""The hub proves its own books again and again: what `isoloop check` does, beside the payments.

A broken invariant is an alarm for people: a line in the log, a metric, and a word in /health. The hub goes on, since it
is the past that is wrong.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import psycopg
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from switch.check import Finding, check_books
from switch.invariants import INVARIANTS
from switch.meters import METRICS

log = logging.getLogger("isoloop.books")

Detail = Callable[[], dict[str, Any]]

_NAME: Final = "isoloop self check"
_REST: Final = 19
"""How many times as long as it took an invariant rests: none needs more than a twentieth of a processor."""


class SelfCheck(Collector):
    """Checks the books of a database; `run` goes on until it is cancelled."""

    def __init__(self, database_url: str, every_s: float, clock: Callable[[], datetime]) -> None:
        """Nothing is known yet. `every_s` is the least time between two checks, 0: none."""
        self._url = database_url
        self._every_s = every_s
        self._clock = clock
        self._at: datetime | None = None
        self._took_s = 0.0
        self._found: dict[str, Finding] = {}
        self._due: dict[str, float] = {}

    def begin(self, figures: CollectorRegistry, start: Callable[[Coroutine[Any, Any, None]], Any]) -> Detail:
        """Show the figures, `start` the checks; gives what /health asks for."""
        figures.register(self)
        start(self.run())
        return self.detail

    @property
    def broken(self) -> dict[str, Finding]:
        """The invariants that the last check found broken."""
        return {name: finding for name, finding in self._found.items() if not finding.holds}

    async def run(self) -> None:
        """Check, rest, check; what takes long in large books is asked less often."""
        while self._every_s:
            await asyncio.sleep(self._every_s)
            await self.look()

    async def look(self) -> None:
        """Ask every invariant that is due; a database that is away is nothing that is wrong with the books."""
        time = asyncio.get_running_loop().time
        began = time()
        due = [each.name for each in INVARIANTS if self._due.get(each.name, began) <= began]
        try:
            found = await asyncio.to_thread(check_books, self._url, name=_NAME, only=due)
        except psycopg.OperationalError as error:
            log.info("the books could not be checked: %s", error)
            return
        self._took_s = time() - began
        self._at = self._clock()
        for finding in found:
            self._due[finding.name] = time() + finding.seconds * _REST
            self._told(finding, self._found.get(finding.name))
            self._found[finding.name] = finding

    def _told(self, finding: Finding, before: Finding | None) -> None:
        known = before is not None and not before.holds
        if not finding.holds and (before is None or before.violations != finding.violations):
            log.error("%s is broken: %s", finding.name, finding.detail)
        elif finding.holds and known:
            log.warning("%s holds again", finding.name)

    def detail(self) -> dict[str, Any]:
        """What /health tells of it."""
        checked = self._at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if self._at else None
        return {"checked": checked, "broken": sorted(self.broken)}

    def collect(self) -> Iterator[Metric]:
        """The last check in figures; none before the first."""
        known = self._at is not None
        broken = [((name,), float(finding.count)) for name, finding in self._found.items()]
        yield _gauge("isoloop_invariant_broken", broken)
        checked = [((), self._at.timestamp())] if self._at is not None else []
        yield _gauge("isoloop_books_checked_timestamp_seconds", checked)
        yield _gauge("isoloop_books_check_seconds", [((), self._took_s)] if known else [])


def _gauge(name: str, values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    found = GaugeMetricFamily(name, METRICS[name].text, labels=METRICS[name].labels)
    for labels, value in values:
        found.add_metric(labels, value)
    return found
