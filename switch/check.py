"""`isoloop check`: prove the books of a database. Read-only, in one snapshot, beside a running hub or without one."""

import json
import sys
import time
from collections.abc import Collection
from typing import Any, Final

import msgspec
import psycopg

from switch.invariants import INVARIANTS
from switch.migrate import HEAD, revision

_SHOWN_MAX: Final = 20
# However much is broken, only so much of it is fetched. % is no placeholder: the queries have no parameters.
_MEMORY: Final = "SET LOCAL work_mem = '64MB'"
_FOUND: Final = "SELECT count(*) OVER (), what, detail FROM ({}) AS found (what, detail) LIMIT {}"


class Finding(msgspec.Struct, frozen=True):
    """One invariant and what breaks it: (what, detail), the first few of `count`; and how long it took to ask."""

    name: str
    promise: str
    count: int
    violations: tuple[tuple[str, str], ...]
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether nothing breaks it."""
        return self.count == 0

    @property
    def detail(self) -> str:
        """One line for people."""
        if self.holds:
            return self.promise
        first = "; ".join(f"{what}: {detail}" for what, detail in self.violations[:3])
        return f"{self.promise} - broken {self.count} times: {first}"


def check_books(
    database_url: str, *, name: str = "isoloop check", only: Collection[str] | None = None
) -> list[Finding]:
    """Ask every invariant of the database (or these), all at the same moment; `name` is what its server sees us as."""
    with psycopg.connect(database_url, application_name=name) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(_MEMORY)
        return findings(connection, only)


def findings(connection: psycopg.Connection, only: Collection[str] | None = None) -> list[Finding]:
    """Ask every invariant (or these) in the transaction of a connection."""
    found = []
    for name, promise, query in INVARIANTS:
        if only is not None and name not in only:
            continue
        began = time.perf_counter()
        rows = connection.execute(_FOUND.format(query, _SHOWN_MAX).encode()).fetchall()
        shown = tuple((str(what), str(detail)) for _, what, detail in rows)
        took = time.perf_counter() - began
        found.append(Finding(name, promise, int(rows[0][0]) if rows else 0, shown, took))
    return found


def run(database_url: str, *, as_json: bool) -> int:
    """Print what was found; gives the exit status: 1 if an invariant is broken. ValueError where there are no books."""
    with psycopg.connect(database_url, application_name="isoloop check") as connection:
        known = revision(connection)
    if known != HEAD:
        state = "holds no books" if known is None else f"is at revision {known}, and this version reads {HEAD}"
        raise ValueError(f"the database {state}: `isoloop migrate` brings it to this version")
    found = check_books(database_url)
    broken = [finding for finding in found if not finding.holds]
    if as_json:
        sys.stdout.write(json.dumps({"holds": not broken, "invariants": [_shown(each) for each in found]}) + "\n")
    else:
        for finding in found:
            sys.stdout.write(f"{'ok    ' if finding.holds else 'BROKEN'} {finding.name:4} {finding.promise}\n")
            for what, detail in finding.violations:
                sys.stdout.write(f"            {what}: {detail}\n")
            if finding.count > len(finding.violations):
                sys.stdout.write(f"            and {finding.count - len(finding.violations)} more\n")
    return 1 if broken else 0


def _shown(finding: Finding) -> dict[str, Any]:
    violations = [{"what": what, "detail": detail} for what, detail in finding.violations]
    return {
        "name": finding.name,
        "promise": finding.promise,
        "holds": finding.holds,
        "count": finding.count,
        "violations": violations,
    }
