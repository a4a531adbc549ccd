"""Reading the books for reports: statements, and what was booked in a time, page by page.

Off the lanes, on connections of its own, so that a long report keeps nobody waiting. What is read is final: entries are
append-only, and a time that is over gets no more of them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import FspId
from schemas.canonical.reporting_records import DayStatement
from schemas.canonical.reports import Movement, Page, ReportedAccount, Shown, Totals
from schemas.canonical.transfer import Transfer
from switch.bookings import LATE, OF_TRANSFERS, movement
from switch.store import codec
from switch.store.kinds import NAMES
from switch.store.port import LEDGER
from switch.store.session import Pool

PAGE: Final = 500
"""Entries on a page of a report."""
EVERYTHING: Final = Shown()
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_BOOKED: Final = "account = $1 AND at >= $2 AND at < $3 AND phase IN ('commit', 'post')"

_MOMENT: Final = timedelta(microseconds=1)
_CLOCK: Final = "SELECT clock FROM lanes WHERE lane = $1"
_STATEMENTS: Final = """
SELECT body::text FROM records WHERE kind = $1 AND key >= $2 AND key < $3 ORDER BY key"""
_LAST: Final = """
SELECT body::text FROM records WHERE kind = $1 AND key >= $2 AND key < $3
AND (body ->> 'until')::timestamptz <= $4 ORDER BY key DESC LIMIT 1"""
_SUM: Final = f"SELECT coalesce(sum(credits_posted - debits_posted), 0) FROM entries WHERE {_BOOKED}"  # noqa: S608
_VALUE: Final = "SELECT value FROM entries WHERE account = $1 AND at < $2 ORDER BY id DESC LIMIT 1"
_SHOWN: Final = "coalesce(CASE WHEN credits_posted > 0 THEN credits_posted >= $4 ELSE debits_posted >= $5 END, false)"
# One pass: the ends of the pages with the running sum there, and the totals with the last of them. Balances are those
# of everything booked, pages and totals of what is shown.
_PAGES: Final = f"""
SELECT id, running, first, count, credits, credit_units, debit_units FROM (
    SELECT id, shown, count(*) FILTER (WHERE shown) OVER w AS number, row_number() OVER w AS place,
           sum(credits_posted - debits_posted) OVER w AS running, min(id) OVER () AS first, count(*) OVER () AS places,
           count(*) FILTER (WHERE shown) OVER () AS count,
           count(*) FILTER (WHERE shown AND credits_posted > 0) OVER () AS credits,
           coalesce(sum(credits_posted) FILTER (WHERE shown) OVER (), 0) AS credit_units,
           coalesce(sum(debits_posted) FILTER (WHERE shown) OVER (), 0) AS debit_units
    FROM (SELECT id, credits_posted, debits_posted, {_SHOWN} AS shown FROM entries WHERE {_BOOKED}) AS booked
    WINDOW w AS (ORDER BY id)
) AS counted WHERE shown AND number % $6 = 0 OR place = places ORDER BY id"""  # noqa: S608 - constants of this module
_OF_TRANSFERS: Final = ", ".join(f"'{prefix.strip()}'" for prefix in OF_TRANSFERS)
_MOVEMENTS: Final = f"""
SELECT e.id, e.reference, e.credits_posted - e.debits_posted, e.at, t.body, f.body::text
FROM entries e
LEFT JOIN transfers t
    ON t.id = CASE WHEN split_part(e.reference, ' ', 1) IN ({_OF_TRANSFERS})
              THEN split_part(e.reference, ' ', 2) ELSE e.reference END
LEFT JOIN records f ON f.kind = '{NAMES[FundsMovement]}' AND f.key = CASE
    WHEN split_part(e.reference, ' ', 1) = '{LATE.strip()}' THEN split_part(e.reference, ' ', 2) ELSE e.reference END
WHERE e.account = $1 AND e.id > $2 AND e.id <= $3 AND e.phase IN ('commit', 'post')
AND {_SHOWN}
ORDER BY e.id"""  # noqa: S608 - as above


class Books:
    """Reads them. Units are 10^-4 as the owner of the account sees them; `since` is in a time, `until` behind it."""

    def __init__(self, database_url: str, *, allow_unsafe: bool = False, connections: int = 2) -> None:
        """Connect on first use."""
        self._pool = Pool(database_url, "books", connections, allow_unsafe=allow_unsafe)

    async def close(self) -> None:
        """Disconnect."""
        await self._pool.close()

    async def now(self) -> datetime | None:
        """Until when everything is booked that ever will be: just behind the ledger lane's last commit."""
        rows = await self._pool.run(_CLOCK, [LEDGER])
        return rows[0][0] + _MOMENT if rows else None

    async def statements(self, account: int) -> list[DayStatement]:
        """Every statement of an account, in the order of their numbers."""
        rows = await self._pool.run(_STATEMENTS, [NAMES[DayStatement], *_keys(account)])
        return [_statement(text) for (text,) in rows]

    async def opening(self, account: int, at: datetime) -> int:
        """The balance that was booked before a moment: the last statement, and what came after it."""
        rows = await self._pool.run(_LAST, [NAMES[DayStatement], *_keys(account), at])
        last = _statement(rows[0][0]) if rows else None
        since = last.until if last is not None else _EPOCH
        ((units,),) = await self._pool.run(_SUM, [account, since, at])
        return int(units) + (last.closing if last is not None else 0)

    async def value(self, account: int, at: datetime) -> int:
        """The balance as limits saw it before a moment: debits posted and pending minus credits posted."""
        rows = await self._pool.run(_VALUE, [account, at])
        return int(rows[0][0]) if rows else 0

    async def pages(
        self, account: int, since: datetime, until: datetime, opening: int, shown: Shown = EVERYTHING
    ) -> tuple[tuple[Page, ...], Totals]:
        """How what was booked falls into pages, at least one; pages and totals hold what is `shown`."""
        rows = await self._pool.run(_PAGES, [account, since, until, shown.credits, shown.debits, PAGE])
        if not rows:
            return (Page(1, True, 0, 0, opening, opening),), Totals()
        _, _, first, count, credited, credit_units, debit_units = rows[-1]
        pages: list[Page] = []
        after, balance = first - 1, opening
        for number, (through, running, *_) in enumerate(rows, 1):
            closing = opening + int(running)
            pages.append(Page(number, number == len(rows), after, through, balance, closing))
            after, balance = through, closing
        return tuple(pages), Totals(credited, int(credit_units), count - credited, int(debit_units))

    async def movements(self, account: ReportedAccount, page: Page, shown: Shown = EVERYTHING) -> list[Movement]:
        """What was booked on a page, with the payments' own ids."""
        rows = await self._pool.run(_MOVEMENTS, [account.id, page.after, page.through, shown.credits, shown.debits])
        return [_movement(account.owner, row) for row in rows]


def _keys(account: int) -> tuple[str, str]:
    """Between which keys the statements of an account are."""
    return f"{account:012d}/", f"{account:012d}0"


def _statement(text: str) -> DayStatement:
    found = codec.record(text)
    if not isinstance(found, DayStatement):
        raise TypeError("what is kept as a statement is none")
    return found


def _movement(owner: FspId, row: Sequence[Any]) -> Movement:
    number, reference, units, at, transfer, funds = row
    made = codec.transfer(transfer) if transfer is not None else codec.record(funds) if funds is not None else None
    if made is not None and not isinstance(made, Transfer | FundsMovement):
        raise TypeError(f"{reference} was booked for neither a transfer nor funds")
    return movement(owner, reference, int(units), at, made, number)
