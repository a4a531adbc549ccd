"""Reports: exact amounts, the four forms, what may be asked by whom, and statements that fit their columns."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.reports import writing
from switch.reports.catalog import REPORTS, of_participants
from switch.reports.dataset import (
    Audience,
    Check,
    CheckQuery,
    Column,
    ColumnKind,
    Definition,
    Head,
    Scope,
    Wanted,
    amount,
    check_of,
    row_of,
)
from switch.reports.order import Format, OrderError, read
from switch.reports.writing import TooLongError

NOW = datetime(2026, 11, 20, 17, 30, 5, 123456, UTC)
THINGS = Definition(
    "things", "Things", "All things.", Scope.PERIOD, Audience.PARTICIPANTS,
    (
        Column("name", "Name"), Column("currency", "Currency"), Column("sum", "Sum", ColumnKind.MONEY),
        Column("number", "Number", ColumnKind.COUNT), Column("at", "At", ColumnKind.TIME),
    ),
    "",
)  # fmt: skip
HEAD = Head(
    THINGS, Wanted(currency="USD", since=NOW - timedelta(days=1), until=NOW), NOW,
    (Check("sums to zero", "USD", Decimal("0.00"), Decimal("0.00")),),
)  # fmt: skip
BROKEN = msgspec.structs.replace(HEAD, checks=(Check("sums to zero", "<USD>", Decimal(0), Decimal("0.01")),))
ROWS = [
    row_of(THINGS, ("=1+1", "USD", 55_000, 3, NOW)),
    row_of(THINGS, ('<b>"x", y', "JPY", -70_000, 0, NOW)),
    row_of(THINGS, ("big", "USD", 12345678901234567891234, 1, None)),
    row_of(THINGS, ("none", None, None, None, None)),
]


async def stream(rows: list[Any]) -> AsyncIterator[Any]:
    for row in rows:
        yield row


async def written(form: str, head: Head = HEAD, rows: list[Any] | None = None) -> bytes:
    _, write = writing.WRITERS[form]
    return b"".join([part async for part in write(head, stream(ROWS if rows is None else rows))])


@pytest.mark.parametrize(
    ("units", "currency", "text"),
    [
        (55_000, "USD", "5.50"), (55_001, "USD", "5.5001"), (-100, "USD", "-0.01"), (0, "USD", "0.00"),
        (70_000, "JPY", "7"), (70_500, "JPY", "7.05"), (12_345, "KWD", "1.2345"), (12_340, "KWD", "1.234"),
        (Decimal(10_000), "USD", "1.00"), (1, None, "0.0001"),
    ],
)  # fmt: skip
def test_amounts_have_the_decimals_of_their_currency_or_more(units: Any, currency: Any, text: str) -> None:
    assert str(amount(units, currency)) == text


@given(units=st.integers(-(10**24), 10**24), currency=st.sampled_from(("USD", "JPY", "KWD", None)))
def test_no_amount_is_rounded(units: int, currency: str | None) -> None:
    assert int(amount(units, currency).scaleb(4)) == units if abs(units) < 10**20 else True
    whole, _, part = f"{abs(amount(units, currency)):f}".partition(".")
    assert int(whole + part.ljust(4, "0")) == abs(units)


def test_what_is_no_whole_number_of_units_is_a_defect() -> None:
    with pytest.raises(ValueError, match="no whole number"):
        amount(Decimal("1.5"), "USD")
    with pytest.raises(ValueError, match="4 values for 5 columns"):
        row_of(THINGS, ("a", "USD", 1, 1))


def test_checks_compare_exactly() -> None:
    query = CheckQuery("sums", "")
    assert check_of(query, ("USD", 0, Decimal(0), "USD")).holds
    assert not check_of(query, ("USD", 0, 1, "USD")).holds
    assert check_of(query, ("accounts", 0, 2, None)) == Check("sums", "accounts", Decimal(0), Decimal(2))


async def test_json_says_exact_numbers_and_leaves_empty_cells_out() -> None:
    text = await written("json")
    told = msgspec.json.decode(text)
    assert b'"sum":5.50' in text and b'"sum":1234567890123456789.1234' in text
    assert told["rows"][3] == {"name": "none"}
    assert told["rows"][0]["at"] == "2026-11-20T17:30:05.123Z"
    assert (told["sound"], told["parameters"]["currency"]) == (True, "USD")
    assert msgspec.json.decode(await written("json", BROKEN))["sound"] is False
    assert msgspec.json.decode(await written("json", rows=[]))["rows"] == []


async def test_json_of_many_pages_is_one_document() -> None:
    told = msgspec.json.decode(await written("json", rows=ROWS * 300))
    assert len(told["rows"]) == 1200
    page = msgspec.json.decode(writing.page(HEAD, ROWS, 2, "?page=3"))
    assert (page["page"], page["next"], len(page["rows"])) == (2, "?page=3", 4)


async def test_csv_is_the_table_and_no_formula() -> None:
    text = (await written("csv")).decode()
    names, *rows = csv.reader(io.StringIO(text))
    assert names == ["name", "currency", "sum", "number", "at"]
    assert rows[0] == ["'=1+1", "USD", "5.50", "3", "2026-11-20T17:30:05.123Z"]
    assert rows[1][:3] == ['<b>"x", y', "JPY", "-7"]
    assert rows[3] == ["none", "", "", "", ""]


async def test_a_workbook_holds_numbers_texts_and_checks() -> None:
    book = openpyxl.load_workbook(io.BytesIO(await written("xlsx", BROKEN)))
    title, first, second, third, _ = book["Things"].iter_rows(values_only=True)
    assert title == ("Name", "Currency", "Sum", "Number", "At")
    assert first[:4] == ("=1+1", "USD", 5.5, 3)
    assert book["Things"]["A2"].data_type == "s"
    assert (second[2], third[2]) == (-7, "1234567890123456789.1234")
    assert book["Things"]["C2"].number_format == "#,##0.00"
    assert list(book["Checks"].iter_rows(values_only=True))[1] == ("sums to zero", "<USD>", 0, 0.01, "NO")
    assert ("currency", "USD") in list(book["About"].iter_rows(values_only=True))


async def test_a_page_needs_nothing_else_and_runs_nothing() -> None:
    text = (await written("html", BROKEN)).decode()
    assert "&lt;b&gt;&quot;x&quot;, y" in text and "<b>" not in text
    assert "Some checks do not hold" in text and "&lt;USD&gt;" in text
    assert not re.search(r"https?://|<script|<link|@import|url\(", text)
    assert '<td class="number">1,234,567,890,123,456,789.1234</td>' in text
    assert "All checks hold" in (await written("html")).decode()


async def test_what_is_too_long_for_its_reader_is_refused_before_it_begins() -> None:
    with pytest.raises(TooLongError, match="format=csv"):
        await written("html", rows=ROWS * 2501)


def asked(name: str, own: str | None = None, **given: str) -> Any:
    return read(name, given, NOW, own)


def test_a_time_is_the_last_day_if_nothing_is_said() -> None:
    assert (asked("transactions").wanted.since, asked("transactions").wanted.until) == (NOW - timedelta(days=1), NOW)
    days = asked("transactions", **{"from": "2026-11-01", "to": "2026-11-02"}).wanted
    assert (days.since, days.until) == (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))
    moment = asked("transactions", **{"from": "2026-11-20T12:00:00+03:00"}).wanted
    assert moment.since == datetime(2026, 11, 20, 9, tzinfo=UTC)
    whole = asked("transactions", **{"from": "2026-08-01", "to": "2026-10-31"}).wanted
    assert whole.until - whole.since == timedelta(days=92)


def test_one_settlement_or_window_needs_no_time() -> None:
    for order in (asked("settlement-bank", settlement="3"), asked("settlement-window", window="7", format="xlsx")):
        assert (order.wanted.since, order.wanted.until) == (None, None)
    assert asked("settlement-window", window="7", format="xlsx").format is Format.XLSX


def test_a_participant_is_held_to_its_own() -> None:
    assert asked("transactions", own="bank").wanted.participant == "bank"
    assert asked("transactions", own="bank").own
    with pytest.raises(OrderError, match="not yours") as refused:
        asked("transactions", own="bank", participant="other")
    assert refused.value.status == 403
    with pytest.raises(OrderError, match="there is no report settlement-bank") as unknown:
        asked("settlement-bank", own="bank", settlement="1")
    assert unknown.value.status == 404 and "settlement-audit" not in str(unknown.value)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("transactions", {"from": "2026-08-01", "to": "2026-11-01"}, "more than 92 days"),
        ("transactions", {"from": "2026-02-30"}, "neither a day"),
        ("transactions", {"to": "9999-12-31"}, "neither a day"),
        ("transactions", {"page": "0"}, "page: 0 is no number"),
        ("transactions", {"page": "٣"}, "is no number"),
        ("bilateral", {}, "say which with settlement="),
        ("dfsp-settlement", {"settlement": "1"}, "say whose with participant="),
        ("reconciliation", {"currency": "XX"}, "no code of three letters"),
        ("reconciliation", {"formt": "csv"}, "formt is no parameter"),
    ],
)
def test_questions_that_cannot_be_answered_say_what_to_do(name: str, given: dict[str, str], words: str) -> None:
    with pytest.raises(OrderError, match=words):
        asked(name, **given)


def test_every_report_for_participants_has_statements_that_know_whose_it_is() -> None:
    for one in of_participants():
        assert "%(participant)s" in one.rows
        assert all("%(participant)s" in check.statement for check in one.checks if check.own), one.name
    assert {one.name for one in REPORTS.values()} - {one.name for one in of_participants()} == {
        "settlement-bank", "multilateral", "reconciliation", "settlement-audit",
    }  # fmt: skip


@pytest.mark.parametrize("one", REPORTS.values(), ids=lambda one: one.name)
def test_reports_name_their_columns_and_parameters_well(one: Definition) -> None:
    names = [column.name for column in one.columns]
    assert len(set(names)) == len(names)
    money = [column for column in one.columns if column.kind is ColumnKind.MONEY]
    assert not money or "currency" in names
    known = set(msgspec.structs.asdict(Wanted()))
    for statement in (one.rows, *(check.statement for check in one.checks)):
        assert set(re.findall(r"%\((\w+)\)s", statement)) <= known
        assert not re.search(r"%(?![(%])", statement.replace("%%", "")), "a lone percent sign"
    assert one.checks
