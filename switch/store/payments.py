"""Searching somebody's payments: by ids, state, time, amount and other side, a page at a time, the oldest first.

A search by time goes through the table in slices, each by its index on time, so that no statement runs for long.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.canonical.identity import FspId
from schemas.canonical.reporting import PaymentChoice, PaymentFact
from schemas.canonical.transfer import Transfer
from switch.store import codec
from switch.store.session import Pool
from translator.iso.transfers import references_out

Place = tuple[datetime, str]
"""Where a page ended: when its last payment was made, and that one's id."""

PAGE: Final = 100
"""Payments on a page."""
_FIRST_SLICE: Final = timedelta(hours=1)
_LONGEST_SLICE: Final = timedelta(days=7)


class PaymentBook:
    """Finds payments of a payer or payee."""

    def __init__(self, database_url: str, *, allow_unsafe: bool = False) -> None:
        """Connect on first use."""
        self._pool = Pool(database_url, "payments", 1, allow_unsafe=allow_unsafe)

    async def close(self) -> None:
        """Disconnect."""
        await self._pool.close()

    async def search(
        self, asker: FspId, choices: Sequence[PaymentChoice], after: Place | None, limit: int
    ) -> list[PaymentFact]:
        """The first payments after a place that fit one of the choices; each choice names ids, or since when."""
        named = [choice for choice in choices if _by_id(choice)]
        timed = [choice for choice in choices if not _by_id(choice)]
        found = await self._named(asker, named, after, limit) if named else []
        found += await self._timed(asker, timed, after, limit) if timed else []
        once = {fact.id: fact for fact in sorted(found, key=_place)}
        return list(once.values())[:limit]

    async def _named(
        self, asker: FspId, choices: list[PaymentChoice], after: Place | None, limit: int
    ) -> list[PaymentFact]:
        return await self._find(asker, choices, after, None, limit)

    async def _timed(
        self, asker: FspId, choices: list[PaymentChoice], after: Place | None, limit: int
    ) -> list[PaymentFact]:
        begins = [choice.since for choice in choices if choice.since is not None]
        ends = [choice.until for choice in choices if choice.until is not None]
        if len(begins) < len(choices) or len(ends) < len(choices):
            raise ValueError("a search without ids needs a time")
        since, until, slice_ = min(begins), max(ends), _FIRST_SLICE
        if after is not None:
            since = max(since, after[0])
        found: list[PaymentFact] = []
        while since < until and len(found) < limit:
            end = min(since + slice_, until)
            got = await self._find(asker, choices, after, (since, end), limit - len(found))
            found += got
            since = end
            slice_ = min(slice_ * 2, _LONGEST_SLICE) if not got else slice_
        return found

    async def _find(
        self, asker: FspId, choices: list[PaymentChoice], after: Place | None, within: Any, limit: int
    ) -> list[PaymentFact]:
        values: list[Any] = []

        def put(value: Any, kind: str) -> str:
            values.append(value)
            return f"${len(values)}::{kind}"

        who = put(asker, "text")
        conditions = [f"(t.payer = {who} OR t.payee = {who})"]
        if after is not None:
            conditions.append(f"(t.created, t.id) > ({put(after[0], 'timestamptz')}, {put(after[1], 'text')})")
        if within is not None:
            conditions.append(f"t.created >= {put(within[0], 'timestamptz')}")
            conditions.append(f"t.created < {put(within[1], 'timestamptz')}")
        conditions.append("(" + " OR ".join(_condition(choice, who, put) for choice in choices) + ")")
        statement = (
            f"SELECT t.body, h.at FROM transfers t LEFT JOIN transfer_history h "  # noqa: S608 - values are parameters
            f"ON h.transfer_id = t.id AND h.number = t.history WHERE {' AND '.join(conditions)} "
            f"ORDER BY t.created, t.id LIMIT {put(limit, 'int')}"
        )
        return [_fact(codec.transfer(body), at) for body, at in await self._pool.run(statement, values)]


def _by_id(choice: PaymentChoice) -> bool:
    return bool(choice.named)


def _condition(choice: PaymentChoice, who: str, put: Any) -> str:
    """What a payment must be to fit a choice, in SQL; whatever was given is a parameter."""
    parts: list[str] = []
    for names in choice.named:
        given_names = put([*names], "text[]")
        called = f"SELECT transfer_id FROM payment_references WHERE reference = ANY ({given_names})"  # noqa: S608
        parts.append(f"(t.id = ANY ({given_names}) OR t.id = ANY (ARRAY({called})))")
    given: tuple[tuple[str, Any, str], ...] = (
        ("t.created >= {}", choice.since, "timestamptz"),
        ("t.created < {}", choice.until, "timestamptz"),
        ("h.at >= {}", choice.completed_since, "timestamptz"),
        ("h.at < {}", choice.completed_until, "timestamptz"),
        ("t.units >= {}", choice.least, "numeric"),
        ("t.units <= {}", choice.most, "numeric"),
        ("t.units <> {}", choice.other_than, "numeric"),
        ("t.state = ANY ({})", [*choice.states] or None, "text[]"),
        ("t.currency = ANY ({})", [*choice.currencies] or None, "text[]"),
    )
    parts += [text.format(put(value, kind)) for text, value, kind in given if value is not None]
    if choice.sent is not None:
        parts.append(f"{'t.payer' if choice.sent else 't.payee'} = {who}")
    if choice.counterparties:
        others = put([*choice.counterparties], "text[]")
        parts.append(f"(t.payer = {who} AND t.payee = ANY ({others}) OR t.payee = {who} AND t.payer = ANY ({others}))")
    return "(" + (" AND ".join(parts) or "true") + ")"


def _fact(transfer: Transfer, changed: datetime | None) -> PaymentFact:
    return PaymentFact(
        transfer.id, transfer.payer, transfer.payee, transfer.amount, transfer.state.value, transfer.created,
        references_out(transfer), changed, transfer.fault, transfer.iso_status,
    )  # fmt: skip


def _place(fact: PaymentFact) -> Place:
    return fact.created, fact.id
