"""`isoloop check`: prove the books of a database. Read-only, in one snapshot, beside a running hub or without one."""

import json
import sys
from typing import Any, Final

import msgspec
import psycopg

from switch.invariants import INVARIANTS

_SHOWN_MAX: Final = 20
# However much is broken, only so much of it is fetched. % is no placeholder: the queries have no parameters.
_FOUND: Final = "SELECT count(*) OVER (), what, detail FROM ({}) AS found (what, detail) LIMIT {}"


class Finding(msgspec.Struct, frozen=True):
    """One invariant and what breaks it: (what, detail), the first few of `count`."""

    name: str
    promise: str
    count: int
    violations: tuple[tuple[str, str], ...]

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


def check_books(database_url: str, *, name: str = "isoloop check") -> list[Finding]:
    """Ask every invariant of the database, all at the same moment; `name` is what its server sees us as."""
    with psycopg.connect(database_url, application_name=name) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return findings(connection)


def findings(connection: psycopg.Connection) -> list[Finding]:
    """Ask every invariant in the transaction of a connection."""
    found = []
    for name, promise, query in INVARIANTS:
        asked = _FOUND.format(query, _SHOWN_MAX).encode()
        rows = connection.execute(asked).fetchall()
        shown = tuple((str(what), str(detail)) for _, what, detail in rows)
        found.append(Finding(name, promise, int(rows[0][0]) if rows else 0, shown))
    return found


def run(database_url: str, *, as_json: bool) -> int:
    """Print what was found; gives the exit status: 1 if an invariant is broken."""
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
