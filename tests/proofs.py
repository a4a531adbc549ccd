"""How often the books of a hub were proven in a run of the tests, in this process and in those that report to it."""

import time
from pathlib import Path

import psycopg

from switch.check import check_books
from switch.embedded.postgres import Postgres
from switch.invariants import INVARIANTS

WAIT_S = 30
_AGAIN_S = 0.25


class Proofs:
    """The count of one process; `runs` are proofs of all invariants, `books` of how many different hubs."""

    def __init__(self) -> None:
        self.runs = 0
        self.books: dict[str, str] = {}
        self.other_books = 0

    def ask(self, data: Path) -> None:
        """Prove the books in a data folder, if their server runs; what is under way gets a moment to be told.

        Where nothing was written since the last proof there is nothing to prove.
        """
        url = Postgres(data).adopt()
        if url is None:
            return
        written = _written(url)
        if self.books.get(str(data)) == written:
            return
        until = time.monotonic() + WAIT_S
        while True:
            broken = [f"{found.name}: {found.detail}" for found in check_books(url) if not found.holds]
            if not broken:
                break
            assert time.monotonic() < until, broken
            time.sleep(_AGAIN_S)
        self.runs += 1
        self.books[str(data)] = written

    @property
    def counted(self) -> list[int]:
        """What another process needs to know."""
        return [self.runs, len(self.books) + self.other_books]

    def add(self, counted: list[int]) -> None:
        """What another process has counted."""
        self.runs += counted[0]
        self.other_books += counted[1]

    def __str__(self) -> str:
        runs, books = self.counted
        return f"books proven: {len(INVARIANTS)} invariants, {runs} times, in {books} hubs"


def _written(url: str) -> str:
    """How far the server has written."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
        return str(row[0]) if row else ""


PROOFS = Proofs()
