"""What the demo proves in the end: positions, sums of the books, and the one JSON document."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from schemas.canonical.money import Money
from switch.demo.bulk import BulkShown
from switch.demo.exchange import ExchangeShown
from switch.demo.play import Result
from switch.demo.samples import SampleResult
from switch.sandbox.onboarding import AccountView
from switch.sandbox.scheme import Scheme


class Position(msgspec.Struct, frozen=True, rename="camel"):
    """A participant's two accounts in one currency, as exact decimal texts; a positive position is owed."""

    participant: str
    currency: str
    position: str
    settlement: str


class Books(msgspec.Struct, frozen=True, rename="camel"):
    """Sums in one currency: of the positions of all participants, and of every account, the hub's included.

    `balanced` if both are zero, as they must be when nothing is on its way.
    """

    currency: str
    positions: str
    all_accounts: str
    balanced: bool


async def read_positions(scheme: Scheme) -> tuple[list[Position], list[Books]]:
    """The present accounts over the operator API; participants of others on the same hub count in the sums."""
    names = await scheme.operator.participants()
    if scheme.hub.name not in names:
        names.append(scheme.hub.name)
    lists = await asyncio.gather(*(scheme.operator.every_account(name) for name in names))
    accounts = [account for each in lists for account in each]
    positions = [
        Position(name, currency, _of(found, "POSITION", currency), _of(found, "SETTLEMENT", currency))
        for name, found in zip(names, lists, strict=True)
        if name in scheme.names
        for currency in sorted({account.currency for account in found})
    ]
    books = [_books(accounts, currency) for currency in sorted({account.currency for account in accounts})]
    return positions, books


def _books(accounts: Sequence[AccountView], currency: str) -> Books:
    positions = _of(accounts, "POSITION", currency)
    everything = _sum(account for account in accounts if account.currency == currency)
    return Books(currency, positions, everything, balanced=positions == everything == "0")


def _of(accounts: Sequence[AccountView], kind: str, currency: str) -> str:
    return _sum(each for each in accounts if (each.ledger_account_type, each.currency) == (kind, currency))


def _sum(accounts: Iterable[AccountView]) -> str:
    return Money(sum(account.units for account in accounts), "XXX").fspiop


class Proof(msgspec.Struct, frozen=True, rename="camel"):
    """An invariant of the books, checked in the database itself; `detail` is what breaks it."""

    name: str
    promise: str
    holds: bool
    detail: str = ""


async def prove(database_url: str) -> list[Proof]:
    """The invariants of `isoloop check`, run against the hub's database."""
    from switch.check import check_books  # noqa: PLC0415 - only where the database is ours to read

    found = await asyncio.to_thread(check_books, database_url)
    return [
        Proof(each.name, each.promise, each.holds, "; ".join(f"{what}: {detail}" for what, detail in each.violations))
        for each in found
    ]


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """The JSON document of `isoloop demo --json`."""

    passed: bool
    seconds: str
    versions: dict[str, str]
    payments: list[dict[str, Any]]
    samples: list[dict[str, Any]]
    positions: list[Position]
    ledger: list[Books]
    invariants: list[Proof]
    bulks: list[BulkShown]
    exchanges: list[ExchangeShown]


def build_report(
    results: Sequence[Result],
    samples: Sequence[SampleResult],
    books: tuple[list[Position], list[Books]],
    *,
    bulks: Sequence[BulkShown],
    exchanges: Sequence[ExchangeShown],
    proofs: Sequence[Proof],
    versions: dict[str, str],
    seconds: str,
) -> Report:
    """Everything together; it passed only if every part did."""
    positions, sums = books
    passed = (
        all(result.passed for result in results)
        and all(sample.passed for sample in samples)
        and all(bulk.passed for bulk in bulks)
        and all(exchange.passed for exchange in exchanges)
        and all(each.balanced for each in sums)
        and all(proof.holds for proof in proofs)
    )
    return Report(
        passed,
        seconds,
        versions,
        [_payment(result) for result in results],
        [_camel(sample) | {"passed": sample.passed} for sample in samples],
        positions,
        sums,
        list(proofs),
        list(bulks),
        list(exchanges),
    )


def _payment(result: Result) -> dict[str, Any]:
    """A payment in JSON: who paid whom and in which dialects first, then everything that is known of both sides."""
    sides = (result.payer, result.payee)
    short = {"from": sides[0].name, "to": sides[1].name, "dialects": [side.dialect for side in sides]}
    return short | _camel(result) | {"passed": result.passed}


def _camel(value: msgspec.Struct) -> dict[str, Any]:
    """The fields of a struct under the names JSON readers expect."""

    def name(text: str) -> str:
        head, *rest = text.split("_")
        return head + "".join(word.title() for word in rest)

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name(key): walk(inner) for key, inner in value.items()}
        return [walk(inner) for inner in value] if isinstance(value, list) else value

    found: dict[str, Any] = walk(msgspec.to_builtins(value))
    return found
