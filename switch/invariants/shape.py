"""What an invariant is."""

from typing import NamedTuple


class Invariant(NamedTuple):
    """A promise and the query that finds where it is broken."""

    name: str
    promise: str
    query: str
