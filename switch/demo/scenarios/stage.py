"""What a scenario plays on: the running scheme, the trail its messages left, and the positions they moved."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, NamedTuple

import msgspec

from schemas.canonical.money import Money
from switch.demo.page.wire import spoken
from switch.demo.sides import payer_side
from switch.sandbox.journal import Entry, Journal, Way
from switch.sandbox.outcome import End
from switch.sandbox.scheme import Scheme
from switch.sandbox.tape import Tape

_SETTLE_S: Final = 5.0
_PAUSE_S: Final = 0.02
_QUIET_S: Final = 0.25
_GOOD_SIGNATURES: Final = ("", "valid", "unsigned")


class Step(msgspec.Struct, frozen=True, rename="camel"):
    """One message: `says` is its state, code or reason and its amount, as far as it has them."""

    milliseconds: int
    source: str
    target: str
    message: str
    says: str


class Change(msgspec.Struct, frozen=True, rename="camel"):
    """By how much a participant's position changed, as exact text; positive is owed."""

    participant: str
    currency: str
    change: str


class ScenarioShown(msgspec.Struct, frozen=True, rename="camel"):
    """How one scenario went, message by message; `problems` is empty if all ended as it must."""

    name: str
    title: str
    steps: list[Step]
    changes: list[Change]
    milliseconds: int
    problems: list[str]

    @property
    def passed(self) -> bool:
        """Whether everything was as it must be."""
        return not self.problems


class Stage:
    """The scheme while one scenario is played; what is found wrong is noted, and the play goes on."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self.problems: list[str] = []

    def must(self, holds: object, problem: str) -> None:
        """Note the problem unless this holds."""
        if not holds:
            self.problems.append(problem)

    async def until(self, holds: Callable[[], object], problem: str) -> None:
        """Note the problem unless this holds soon."""
        deadline = asyncio.get_running_loop().time() + _SETTLE_S
        while True:
            if holds() or asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(_PAUSE_S)
        self.must(holds(), problem)

    async def heard(self, journal: Journal, kind: str, *words: str, start: int = 0) -> Entry | None:
        """The first message of that kind (and with one of these words) that came in; its absence is a problem."""
        found = await journal.wait(
            lambda entry: (
                entry.way is Way.RECEIVED and entry.kind.startswith(kind) and (not words or entry.word in words)
            ),
            _SETTLE_S,
            start,
        )
        self.must(found, f"{journal.owner} got no {kind} {' or '.join(words)}".rstrip())
        return found

    async def pay(self, payer: str, payee: str, amount: Money, end: End = End.SETTLED, code: str = "") -> str:
        """Pay, and note it as a problem if that does not end so; gives the payment's key (UETR, transferId)."""
        side = payer_side(self.scheme, payer, payee)
        attempt = await side.prepare(amount)
        outcome = await side.send(attempt)
        right = outcome.end is end and code in ("", outcome.code)
        self.must(right, f"the payment ended {outcome.end} {outcome.code}, not {end} {code}".rstrip())
        return attempt.key

    async def position(self, name: str, currency: str) -> Money:
        """A participant's position."""
        return await self.scheme.operator.position(name, currency)


class Scenario(NamedTuple):
    """One story: who takes part, in which currency, how the positions must change (in whole units), and the play."""

    name: str
    title: str
    actors: tuple[str, ...]
    currency: str
    changes: tuple[int, ...]
    play: Callable[[Stage], Awaitable[None]]


async def perform(scheme: Scheme, scenario: Scenario, tape: Tape) -> ScenarioShown:
    """Play a scenario and judge it; what is said goes on the tape."""
    scheme.record(tape)
    stage, begun = Stage(scheme), time.perf_counter()
    marks = [len(journal.entries) for journal in _journals(scheme, scenario.actors)]
    before = await _positions(scheme, scenario)
    await scenario.play(stage)
    wanted = [Money(change * 10_000, scenario.currency) for change in scenario.changes]
    changes = await _changed(scheme, scenario, before, wanted)
    for name, change, must in zip(scenario.actors, changes, wanted, strict=True):
        stage.must(change == must, f"position of {name} changed by {change.fspiop}, not by {must.fspiop}")
    await _quiet(tape)
    for journal, mark in zip(_journals(scheme, scenario.actors), marks, strict=True):
        for entry in journal.entries[mark:]:
            found = f"{journal.owner}: signature of {entry.kind}: {entry.signature}"
            stage.must(entry.signature in _GOOD_SIGNATURES, found)
    return ScenarioShown(
        scenario.name,
        scenario.title,
        _steps(tape, scheme.hub.name),
        [Change(name, scenario.currency, change.fspiop) for name, change in zip(scenario.actors, changes, strict=True)],
        round((time.perf_counter() - begun) * 1000),
        stage.problems,
    )


async def _positions(scheme: Scheme, scenario: Scenario) -> list[Money]:
    asked = (scheme.operator.position(name, scenario.currency) for name in scenario.actors)
    return list(await asyncio.gather(*asked))


async def _changed(scheme: Scheme, scenario: Scenario, before: list[Money], wanted: list[Money]) -> list[Money]:
    """The changes once they are as they must be, or after a while as they are."""
    deadline = asyncio.get_running_loop().time() + _SETTLE_S
    while True:
        after = await _positions(scheme, scenario)
        changes = [one - other for one, other in zip(after, before, strict=True)]
        if changes == wanted or asyncio.get_running_loop().time() > deadline:
            return changes
        await asyncio.sleep(_PAUSE_S)


async def _quiet(tape: Tape) -> None:
    """Let the last words of a story be heard before the next begins: nothing is said, and all is answered."""
    loop = asyncio.get_running_loop()
    deadline, since, before = loop.time() + _SETTLE_S, loop.time(), len(tape.said)
    while loop.time() < deadline and loop.time() - since < _QUIET_S:
        await asyncio.sleep(_PAUSE_S)
        if len(tape.said) != before or not all(said.status for said in tape.said):
            since, before = loop.time(), len(tape.said)


def _journals(scheme: Scheme, actors: Iterable[str]) -> list[Journal]:
    everybody = {**scheme.banks, **scheme.dfsps, scheme.fxp.name: scheme.fxp}
    return [everybody[name].journal for name in actors]


def _steps(tape: Tape, hub: str) -> list[Step]:
    """What is on the tape, in words."""
    told = [spoken(said) for said in tape.said]
    return [
        Step(
            round((one.said.at - told[0].said.at).total_seconds() * 1000),
            one.source or hub,
            one.target or hub,
            one.title,
            one.says,
        )
        for one in told
    ]
