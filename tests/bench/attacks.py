"""How long the edge needs for the worst of the attacks in the corpora: milliseconds until it is refused.

What is measured is the examination as at the port: gate, header, signature, schemas. Each attack is tried several
times and its fastest try counts, so that a busy machine says nothing; what is told is the slowest attack.
"""

import time
from collections.abc import Iterator
from typing import Final

import msgspec
from rich.table import Table

from iso.examine import Examiner, RejectedError, Rules
from iso.shapes import Shape
from tests.unit.iso.bank_side import CATALOGUE, NOW, People
from tests.unit.iso.test_gate_attacks import CORPUS
from tests.unit.iso.test_shape_attacks import ON_EVERY, ON_SOME
from tests.unit.iso.test_signature_attacks import ATTACKS

LIMIT_MS: Final = 250
"""What an answer to an attack may take."""
_TRIES: Final = 3


class Slowest(msgspec.Struct, frozen=True):
    """A corpus: how many attacks, the longest answer and to which; `passed` are those that were not refused."""

    corpus: str
    attacks: int
    milliseconds: float
    worst: str
    passed: tuple[str, ...] = ()


def _corpora() -> Iterator[tuple[str, dict[str, bytes]]]:
    yield "hostile XML", {name: body for name, (_, body) in CORPUS.items()}
    yield "signatures", {name: make() for name, make in ATTACKS.items()}
    for shape in Shape:
        shaped = {name: make(shape) for name, make in ON_EVERY.items()}  # type: ignore[operator]
        yield f"signatures, shape {shape.value}", shaped
    yield "signatures, some shapes", {name: make() for name, make in ON_SOME.items()}


def measure() -> list[Slowest]:
    """Each corpus with its slowest attack."""
    return [_slowest(name, attacks) for name, attacks in _corpora()]


def _slowest(corpus: str, attacks: dict[str, bytes]) -> Slowest:
    taken, passed = {}, []
    for name, body in attacks.items():
        tries = []
        for _ in range(_TRIES):
            examiner = Examiner(CATALOGUE, People(), Rules(demand_signatures=True))
            begun = time.perf_counter()
            try:
                examiner.examine(body, NOW)
                passed.append(name)
            except RejectedError:
                pass
            tries.append(time.perf_counter() - begun)
        taken[name] = min(tries)
    worst = max(taken, key=lambda name: taken[name])
    return Slowest(corpus, len(attacks), round(taken[worst] * 1000, 1), worst, tuple(dict.fromkeys(passed)))


def table(found: list[Slowest]) -> Table:
    """The corpora for people."""
    shown = Table(title=f"The longest answer to an attack (limit {LIMIT_MS} ms)", title_style="bold")
    for name in ("corpus", "attacks", "ms", "the slowest"):
        shown.add_column(name, justify="right" if name in {"attacks", "ms"} else "left")
    for one in found:
        passed = f" [red]not refused: {', '.join(one.passed)}[/red]" if one.passed else ""
        shown.add_row(one.corpus, str(one.attacks), f"{one.milliseconds:.1f}", one.worst + passed)
    return shown


def kept(found: list[Slowest]) -> bool:
    """Whether every attack was refused in time."""
    return all(one.milliseconds <= LIMIT_MS and not one.passed for one in found)
