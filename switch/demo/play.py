"""Playing one case: send, watch both sides and both positions, and say what did not end as it must."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from schemas.canonical.money import Money
from schemas.codes.currencies import minor_units
from switch.demo.cases import DIRECTIONS, Case, Direction, Expected, asked, behaviour, expected, told
from switch.demo.sides import Attempt, PayeeSide, PayerSide, payer_side
from switch.sandbox.outcome import End, Outcome
from switch.sandbox.payer import PaymentFailedError
from switch.sandbox.scheme import FUNDS_UNITS, Scheme

_LIFE_S: Final = 3.0
_SETTLE_S: Final = 5.0
_ONE: Final = 10_000


class Side(msgspec.Struct, frozen=True):
    """One side of a payment in the report: the position's change is in the currency's own unit, as exact text."""

    name: str
    dialect: str
    ids: dict[str, str]
    states: list[str]
    position_change: str


class Result(msgspec.Struct, frozen=True):
    """How one case ended; `problems` is empty if it ended as it must."""

    direction: str
    case: str
    amount: str
    currency: str
    payer: Side
    payee: Side
    end: str
    code: str
    text: str
    http_status: int
    milliseconds: int
    line: int
    path: str
    problems: list[str]

    @property
    def passed(self) -> bool:
        """Whether everything was as it must be."""
        return not self.problems


class _Played(msgspec.Struct):
    """What playing the messages of a case gave: the payment's id and ids, and what the payer was told."""

    outcome: Outcome
    key: str = ""
    ids: dict[str, str] = {}
    problems: list[str] = []


class Stage:
    """One direction with its two sides."""

    def __init__(self, scheme: Scheme, direction: Direction) -> None:
        self._operator = scheme.operator
        self.direction = direction
        self.payer: PayerSide = payer_side(scheme, direction.payer, direction.payee)
        self.payee = PayeeSide(scheme, direction.payee)

    async def run(self, case: Case) -> Result:
        """Play one case and judge it."""
        direction, must = self.direction, expected(case, self.direction)
        amount = _amount(case, direction.currency)
        before = await self._positions()
        self.payee.behave(behaviour(case, direction))
        try:
            played = await self._play(case, amount, before)
        except PaymentFailedError as failed:
            played = _Played(failed.outcome, problems=[f"there was no agreement: {failed}"])
        problems = [*played.problems, *_compare(must, played.outcome)]
        problems += await self._judge_payee(case, must, played.key)
        moved = Money(amount.units * must.moves, amount.currency)
        after = await self._settled(before, moved)
        problems += [
            f"position of {name} changed by {change}, not by {wanted}"
            for name, change, wanted in self._changes(before, after, moved)
            if change != wanted
        ]
        return self._result(case, amount, played, (before, after), problems)

    async def _play(self, case: Case, amount: Money, before: tuple[Money, Money]) -> _Played:
        if case is Case.UNKNOWN_PAYEE:
            outcome = await self.payer.pay_nobody(amount)
            return _Played(outcome, outcome.key)
        attempt = await self.payer.prepare(amount, _LIFE_S if case is Case.EXPIRED else 30)
        if case is Case.BAD_SIGNATURE:
            return _Played(await self.payer.send_tampered(attempt), attempt.key, attempt.ids)
        if case is Case.BAD_SCHEMA:
            return _Played(await self.payer.send_malformed(attempt), attempt.key, attempt.ids)
        if case is Case.EXPIRED:
            return await self._play_expiry(attempt, before)
        played = _Played(await self.payer.send(attempt), attempt.key, attempt.ids)
        if case is Case.REPEATED:
            again = await self.payer.send(attempt)
            if (again.end, again.code) != (played.outcome.end, played.outcome.code):
                played.problems.append(f"the repeat was answered {again.end} {again.code}")
            played.outcome = again
        if case is Case.CHANGED:
            if played.outcome.end is not End.SETTLED:
                played.problems.append(f"the first message ended {played.outcome.end} {played.outcome.code}")
            played.outcome = await self.payer.send(self.payer.changed(attempt, _changed(amount)))
        return played

    async def _play_expiry(self, attempt: Attempt, before: tuple[Money, Money]) -> _Played:
        """While the payee keeps silent the money must be reserved."""
        sending = asyncio.create_task(self.payer.send(attempt))
        played = _Played(Outcome(attempt.key, End.UNANSWERED, ""), attempt.key, attempt.ids)
        if await self.payee.wait_until_asked(attempt.key):
            reserved = (await self._positions())[0] - before[0]
            if reserved != attempt.amount and not sending.done():
                played.problems.append(f"{reserved.fspiop} was reserved, not {attempt.amount.fspiop}")
        played.outcome = await sending
        return played

    async def _judge_payee(self, case: Case, must: Expected, key: str) -> list[str]:
        """Whether the payee was asked, told and credited as it must be."""
        problems: list[str] = []
        words = told(case, self.direction)
        if words and not await self.payee.wait_for(key, words, _SETTLE_S):
            problems.append(f"the payee was not told {' or '.join(words)}")
        if must.moves and not await self.payee.journal.wait_credit(key, _SETTLE_S):
            problems.append("the payee's customer did not get the money")
        if self.payee.credits(key) != must.moves:
            problems.append(f"the payee's customer got the money {self.payee.credits(key)} times")
        if self.payee.asked(key) != asked(case):
            problems.append(f"the payee was asked {self.payee.asked(key)} times, not {asked(case)}")
        return problems

    async def _positions(self) -> tuple[Money, Money]:
        direction = self.direction
        payer, payee = await asyncio.gather(
            self._operator.position(direction.payer, direction.currency),
            self._operator.position(direction.payee, direction.currency),
        )
        return payer, payee

    async def _settled(self, before: tuple[Money, Money], moved: Money) -> tuple[Money, Money]:
        """The positions once they are as they must be, or after a while as they are."""
        deadline = asyncio.get_running_loop().time() + _SETTLE_S
        wanted = (before[0] + moved, before[1] - moved)
        while True:
            after = await self._positions()
            if after == wanted or asyncio.get_running_loop().time() > deadline:
                return after
            await asyncio.sleep(0.02)

    def _changes(
        self, before: tuple[Money, Money], after: tuple[Money, Money], moved: Money
    ) -> list[tuple[str, str, str]]:
        payer, payee = after[0] - before[0], after[1] - before[1]
        none = Money(0, moved.currency)
        return [
            (self.direction.payer, payer.fspiop, moved.fspiop),
            (self.direction.payee, payee.fspiop, (none - moved).fspiop),
        ]

    def _result(
        self,
        case: Case,
        amount: Money,
        played: _Played,
        positions: tuple[tuple[Money, Money], tuple[Money, Money]],
        problems: list[str],
    ) -> Result:
        direction, outcome = self.direction, played.outcome
        payer, payee = (after - before for before, after in zip(*positions, strict=True))
        seen = [f"{entry.kind} {entry.word}".strip() for entry in self.payee.got(played.key)] if played.key else []
        return Result(
            direction.title,
            case.value,
            amount.fspiop,
            amount.currency,
            Side(
                direction.payer,
                self.payer.dialect,
                played.ids or {"id": played.key},
                [f"{outcome.end} {outcome.code}".strip()],
                payer.fspiop,
            ),
            Side(direction.payee, self.payee.dialect, self.payee.ids(played.key), seen, payee.fspiop),
            outcome.end.value,
            outcome.code,
            outcome.text,
            outcome.http_status,
            outcome.milliseconds,
            outcome.line,
            outcome.path,
            problems,
        )


def _compare(must: Expected, outcome: Outcome) -> list[str]:
    problems: list[str] = []
    if (outcome.end, outcome.code) != (must.end, must.code):
        problems.append(f"the payer was told {outcome.end} {outcome.code or '-'}, not {must.end} {must.code}")
    if must.http_status and outcome.http_status != must.http_status:
        problems.append(f"HTTP {outcome.http_status}, not {must.http_status}")
    if must.path and not (outcome.line > 1 and outcome.path.endswith(must.path)):
        problems.append(f"the schema error is not at its line and path: line {outcome.line}, {outcome.path}")
    if outcome.signature not in ("", "valid"):
        problems.append(f"signature of the answer: {outcome.signature}")
    return problems


def _amount(case: Case, currency: str) -> Money:
    """Another amount for each case, with cents where the currency has them; more than there is for one of them."""
    if case is Case.NO_LIQUIDITY:
        return Money(2 * FUNDS_UNITS, currency)
    number = list(Case).index(case)
    return Money((100 + number) * _ONE + (5_000 if minor_units(currency) else 0), currency)


def _changed(amount: Money) -> Money:
    return Money(amount.units + 50 * _ONE, amount.currency)


Progress = Callable[[Direction, Case, Result | None], None]


async def play_all(scheme: Scheme, progress: Progress) -> list[Result]:
    """All cases: the directions at once, the cases of each in order; `progress` hears of each start and end."""

    async def one(direction: Direction) -> list[Result]:
        stage, results = Stage(scheme, direction), []
        for case in Case:
            progress(direction, case, None)
            results.append(await stage.run(case))
            progress(direction, case, results[-1])
        return results

    lists = await asyncio.gather(*(one(direction) for direction in DIRECTIONS))
    return [result for results in lists for result in results]
