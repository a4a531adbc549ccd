"""Lists that operators ask for: the database and the memory filter, order and cut them alike."""

from datetime import datetime, timedelta
from itertools import pairwise

import psycopg
import pytest

from schemas.canonical.cases import Case, CaseKind, CaseReferences, CaseState
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.settlement import (
    Content,
    Net,
    Settlement,
    SettlementAccount,
    SettlementState,
    SettlementWindow,
    WindowState,
)
from switch import migrate
from switch.store.lists import CaseList, SettlementList, WindowList, kept, statement
from tests.contract.samples import PAYEE, PAYER, START
from tests.contract.test_store import empty, lease, store

__all__ = ["lease", "store"]
OTHER = FspId("otherfsp")


def at(minutes: int, micros: int = 0) -> datetime:
    return START + timedelta(minutes=minutes, microseconds=micros)


def case(number: int, asker=PAYER, answerer=PAYEE, state=CaseState.OPEN, kind=CaseKind.RECALL, payment=None) -> Case:
    moment = at(number // 2, 1 if number % 2 else 0)
    about = TransferId(payment) if payment else None
    return Case(
        f"c{number}", kind, state, asker, CaseReferences(), b"h", moment, moment, f"c{number}", answerer, about,
    )  # fmt: skip


CASES = (
    case(1), case(2, PAYEE, PAYER, CaseState.REFUSED, payment="p1"), case(3, OTHER, PAYER, payment="p1"),
    case(4, answerer=None, state=CaseState.REFUSED), case(5, kind=CaseKind.WITHDRAWAL), case(10, OTHER, PAYEE),
)  # fmt: skip


def content(number: int, currency: str, *accounts: int) -> Content:
    nets = tuple(Net(account, 0) for account in accounts)
    return Content(number, "POSITION", currency, WindowState.CLOSED, nets, START, START)


WINDOWS = (
    SettlementWindow(2, WindowState.SETTLED, at(0, 1_700), at(1), contents=(content(1, "USD", 3, 4),)),
    SettlementWindow(9, WindowState.CLOSED, at(2), at(3), contents=(content(2, "KES", 5), content(3, "USD", 6))),
    SettlementWindow(10, WindowState.OPEN, at(4), at(4)),
)


def account(number: int, participant: int, currency: str) -> SettlementAccount:
    return SettlementAccount(number, PAYER, participant, currency, 5, SettlementState.SETTLED, START)


SETTLEMENTS = (
    Settlement(
        1, "NET", SettlementState.SETTLED, "", at(5), at(5), (2,), (1,), (account(3, 7, "USD"), account(4, 8, "KES"))
    ),
    Settlement(12, "NET", SettlementState.ABORTED, "", at(6, 999), at(6), (2, 9), (2, 3), (account(5, 7, "KES"),)),
)

ASKED = [
    (CaseList(), ["c10", "c5", "c4", "c3", "c2", "c1"]),
    (CaseList(participant=PAYEE), ["c10", "c5", "c2", "c1"]),
    (CaseList(state="REFUSED"), ["c4", "c2"]),
    (CaseList(kind="WITHDRAWAL"), ["c5"]),
    (CaseList(payment="p1", participant=PAYER), ["c3", "c2"]),
    (CaseList(limit=2), ["c10", "c5"]),
    (CaseList(limit=2, after="c4"), ["c3", "c2"]),
    (CaseList(after="nobody"), []),
    (CaseList(participant="'; DROP TABLE records; --"), []),
    (WindowList(), ["2", "9", "10"]),
    (WindowList(state="CLOSED"), ["9"]),
    (WindowList(currency="USD"), ["2", "9"]),
    (WindowList(accounts=(4, 99)), ["2"]),
    (WindowList(accounts=()), []),
    (WindowList(since=at(0, 1_000), until=at(2)), ["2", "9"]),
    (WindowList(until=at(0, 1_000)), ["2"]),
    (WindowList(limit=1, after=2), ["9"]),
    (WindowList(ids=(10, 2)), ["2", "10"]),
    (SettlementList(), ["1", "12"]),
    (SettlementList(state="ABORTED"), ["12"]),
    (SettlementList(window=9), ["12"]),
    (SettlementList(since=at(6), until=at(6)), ["12"]),
    (SettlementList(windows_since=at(1), windows_until=at(3)), ["12"]),
    (SettlementList(windows_until=at(1)), ["1", "12"]),
    (SettlementList(participant=7), ["1", "12"]),
    (SettlementList(participant=7, currency="KES"), ["12"]),
    (SettlementList(account=4, participant=7), []),
    (SettlementList(after=1, limit=5), ["12"]),
]


@pytest.mark.parametrize(("wanted", "keys"), ASKED)
def test_memory_finds_what_is_asked_for(wanted, keys):
    held = (*CASES, *WINDOWS, *SETTLEMENTS)
    found = kept(wanted, lambda kind: (one for one in held if type(one) is kind))
    assert [one.key for one in found] == keys


async def test_both_stores_find_the_same_in_the_same_order(store, lease):
    await store.commit(lease, empty(puts=(*SETTLEMENTS, *WINDOWS, *reversed(CASES))))
    for wanted, keys in ASKED:
        assert [one.key for one in await store.listed(wanted)] == keys, wanted


async def test_pages_hold_everything_once(store, lease):
    await store.commit(lease, empty(puts=CASES))
    found: list[Case] = []
    while page := await store.listed(CaseList(limit=2, after=found[-1].id if found else None)):
        found += page
    assert sorted(one.id for one in found) == sorted(one.id for one in CASES)
    assert all(one.opened >= two.opened for one, two in pairwise(found))


def test_a_participants_cases_and_a_receivers_rows_are_found_by_index(database_url):
    migrate.upgrade(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO records SELECT 'case', 'k' || n, 'ledger', true, json_build_object('asker', 'f' || n,"
            " 'answerer', 'g' || n, 'payment', 'p' || n, 'opened', '2026-01-01T00:00:' || n), now()"
            " FROM generate_series(1, 20000) AS n"
        )
        connection.execute(
            "INSERT INTO undelivered SELECT 'ledger', n, now(), 0, NULL, 'f' || n % 500"
            " FROM generate_series(1, 20000) AS n"
        )
        connection.execute("ANALYZE records, undelivered")
        raw = psycopg.RawCursor(connection)
        for wanted, index in (
            (CaseList(participant="f7", limit=10), "records_case_asker"),
            (CaseList(payment="p7", limit=10), "records_case_payment"),
            (CaseList(limit=10), "records_case_opened"),
        ):
            text, parameters = statement(wanted)
            plan = "\n".join(line for (line,) in raw.execute(f"EXPLAIN {text}", parameters).fetchall())
            assert index in plan, plan
        plan = raw.execute(
            "EXPLAIN SELECT lane, seq FROM undelivered u WHERE u.receiver = 'f7' ORDER BY u.created, u.lane, u.seq"
        ).fetchall()
        assert "undelivered_receiver" in str(plan)
