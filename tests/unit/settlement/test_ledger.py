"""Double entry: whatever is posted, entries explain balances, both sides cancel out and no counter goes below zero."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical.outcome import Phase, Posting
from schemas.canonical.participants import AccountType, LedgerAccount
from settlement.ledger import apply

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def account(number, currency="USD", **counters):
    return LedgerAccount(number, f"fsp{number}", AccountType.POSITION, currency, **counters)


reservations = st.lists(
    st.tuples(
        st.integers(1, 4), st.integers(1, 4), st.integers(1, 10**18), st.sampled_from([None, Phase.COMMIT, Phase.VOID])
    ),
    max_size=20,
)
direct = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 10**18)), max_size=20)


def post(books, entries, posting):
    moved = apply(posting, books[posting.debit], books[posting.credit], NOW)
    books[posting.debit] = moved.debit
    books[posting.credit] = moved.credit
    entries.extend(moved.entries)


def play(moves, bookings):
    """Books after reservations (each then committed, undone or left pending) and direct bookings."""
    books = {number: account(number) for number in range(1, 5)}
    entries = []
    for debit, credit, units, _ in moves:
        post(books, entries, Posting("t", Phase.RESERVE, debit, credit, units))
    for debit, credit, units in bookings:
        post(books, entries, Posting("f", Phase.POST, debit, credit, units))
    for debit, credit, units, end in reversed(moves):
        if end is not None:
            post(books, entries, Posting("t", end, debit, credit, units))
    return books, entries


@given(reservations, direct)
def test_both_sides_of_everything_cancel_out(moves, bookings):
    books, entries = play(moves, bookings)
    assert sum(one.debits_pending - one.credits_pending for one in entries) == 0
    assert sum(one.debits_posted - one.credits_posted for one in entries) == 0
    assert sum(one.debits_posted + one.debits_pending for one in books.values()) == sum(
        one.credits_posted + one.credits_pending for one in books.values()
    )


@given(reservations, direct)
def test_each_balance_is_the_sum_of_its_entries(moves, bookings):
    books, entries = play(moves, bookings)
    for number, found in books.items():
        total = Counter()
        for entry in entries:
            if entry.account == number:
                for counter in ("debits_pending", "debits_posted", "credits_pending", "credits_posted"):
                    total[counter] += getattr(entry, counter)
        assert all(total[counter] == getattr(found, counter) for counter in total)
        assert found.value == total["debits_pending"] + total["debits_posted"] - total["credits_posted"]


@given(reservations, direct)
def test_an_entry_shows_the_value_its_account_then_had(moves, bookings):
    books, entries = play(moves, bookings)
    for number, found in books.items():
        value = 0
        for entry in entries:
            if entry.account == number:
                value += entry.debits_pending + entry.debits_posted - entry.credits_posted
                assert entry.value == value
        assert found.value == value


@given(reservations)
def test_when_all_is_decided_nothing_is_pending_and_values_sum_to_zero(moves):
    decided = [(debit, credit, units, end or Phase.VOID) for debit, credit, units, end in moves]
    books, _ = play(decided, [])
    assert all(found.debits_pending == found.credits_pending == 0 for found in books.values())
    assert sum(found.value for found in books.values()) == 0


@given(reservations)
def test_no_counter_is_ever_negative(moves):
    books, _ = play(moves, [])
    for found in books.values():
        assert min(found.debits_pending, found.debits_posted, found.credits_pending, found.credits_posted) >= 0


@pytest.mark.parametrize(
    ("posting", "debit", "credit"),
    [
        (Posting("t", Phase.RESERVE, 1, 2, 1), account(1), account(2, "EUR")),
        (Posting("t", Phase.RESERVE, 1, 2, 0), account(1), account(2)),
        (Posting("t", Phase.POST, 1, 2, -1), account(1), account(2)),
        (Posting("t", Phase.COMMIT, 1, 2, 1), account(1), account(2)),
        (Posting("t", Phase.VOID, 1, 2, 2), account(1, debits_pending=1), account(2, credits_pending=2)),
    ],
    ids=["currencies", "nothing", "negative", "commit of nothing", "void of more"],
)
def test_what_only_a_defect_can_ask_for_is_refused(posting, debit, credit):
    with pytest.raises(ValueError):
        apply(posting, debit, credit, NOW)


def test_one_account_on_both_sides_ends_where_it_began():
    books = {1: account(1)}
    entries = []
    post(books, entries, Posting("t", Phase.RESERVE, 1, 1, 5))
    assert books[1].value == 5
    post(books, entries, Posting("t", Phase.COMMIT, 1, 1, 5))
    assert books[1].value == 0
    assert [entry.value for entry in entries] == [5, 5, 5, 0]
