"""A statement's own arithmetic: every planted error is found by its name, and none where there is none."""

from random import Random

import pytest
from msgspec.structs import replace

from settlement.statement_sums import EntryFigures, StatementFigures, Told, chain_findings, joined, own_findings


def statement(number=1, seed=0, count=12, opening=500):
    """One whose figures are right."""
    random = Random(seed)
    units = [random.choice([-1, 1]) * random.randint(1, 10**9) for _ in range(count)]
    entries = tuple(EntryFigures(f"N{place}", one, "USD", parts=one) for place, one in enumerate(units))
    gets, pays = [one for one in units if one >= 0], [-one for one in units if one < 0]
    return StatementFigures(
        f"S{number}", "USD", f"2026-11-{number:02d}", entries, opening, opening + sum(units),
        Told(len(units), sum(gets) + sum(pays)), Told(len(gets), sum(gets)), Told(len(pays), sum(pays)), sum(units),
        number,
    )  # fmt: skip


def checks(one):
    return sorted({found.check for found in own_findings(one)})


@pytest.mark.parametrize("seed", range(10))
def test_right_figures_have_no_finding(seed):
    one = statement(seed=seed, count=seed)
    assert checks(one) == []
    pending = EntryFigures("P", 77, "USD", booked=False)
    assert checks(replace(one, entries=(*one.entries, pending))) == []


PLANTED = {
    "opening": (lambda one: replace(one, opening=one.opening + 1), ["BALANCE"]),
    "closing": (lambda one: replace(one, closing=one.closing - 1), ["BALANCE"]),
    "count": (lambda one: replace(one, every=replace(one.every, count=one.every.count + 1)), ["COUNT"]),
    "credits": (lambda one: replace(one, credits=replace(one.credits, count=one.credits.count + 1)), ["COUNT"]),
    "debits": (lambda one: replace(one, debits=replace(one.debits, total=one.debits.total + 1)), ["SUM"]),
    "sum": (lambda one: replace(one, every=replace(one.every, total=one.every.total - 1)), ["SUM"]),
    "net": (lambda one: replace(one, net=-one.net), ["SUM"]),
    "entry left out": (lambda one: replace(one, entries=one.entries[1:]), ["BALANCE", "COUNT", "SUM"]),
    "parts": (lambda one: replace(one, entries=(replace(one.entries[0], parts=1), *one.entries[1:])), ["ENTRY"]),
    "currency": (lambda one: replace(one, entries=(replace(one.entries[0], currency="EUR"), *one.entries[1:])),
                 ["ENTRY"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("seed", range(3))
def test_each_planted_error_is_found(kind, seed):
    plant, expected = PLANTED[kind]
    assert checks(plant(statement(seed=seed))) == expected


def test_what_it_does_not_say_is_not_wrong():
    one = statement()
    silent = replace(one, opening=None, every=Told(), credits=Told(), debits=Told(), net=None)
    assert checks(silent) == []


def chain(*edits):
    days = [statement(1, 1)]
    for number in (2, 3, 4):
        days.append(statement(number, number, opening=days[-1].closing))
    for place, fields in edits:
        days[place] = replace(days[place], **fields)
    return {name: [one.check for one in found] for name, found in chain_findings(days).items()}


def test_days_that_follow_each_other_have_no_finding():
    assert chain() == {}
    assert chain_findings([statement(1), statement(1)]) == {}
    silvester, new_year = replace(statement(), begins="2026-12-31", number=365), statement(2, opening=0)
    following = replace(new_year, begins="2027-01-01", number=1, opening=silvester.closing)
    assert chain_findings([following, silvester]) == {}


@pytest.mark.parametrize(
    ("edits", "found"),
    [
        ([(2, {"number": 5}), (3, {"number": 6})], {"S3": ["SEQUENCE"]}), ([(2, {"number": 2})], {"S3": ["SEQUENCE"],
         "S4": ["SEQUENCE"]}), ([(1, {"opening": 7})], {"S2": ["CHAIN"]}), ([(3, {"number": 1})], {"S4": ["SEQUENCE"]}),
    ],
)  # fmt: skip
def test_gaps_and_breaks_are_found_at_the_later_statement(edits, found):
    assert chain(*edits) == found


def pages(one, cut=5):
    first = replace(one, entries=one.entries[:cut], closing=None, page=1, last=False)
    return first, replace(one, entries=one.entries[cut:], opening=None, page=2, last=True)


def test_pages_are_one_statement():
    whole, wrong = joined(tuple(reversed(pages(statement()))))
    assert (wrong, checks(whole)) == ((), [])
    first, second = pages(statement())
    summed = replace(second, every=Told(7, 1), credits=Told(), debits=Told(), net=None)
    whole, _ = joined((first, summed))
    assert checks(whole) == []
    assert checks(replace(whole, closing=1)) == ["BALANCE"]


@pytest.mark.parametrize("which", [(0,), (1,), (0, 0, 1)])
def test_pages_that_are_missing_or_there_twice(which):
    both = pages(statement())
    _, (wrong,) = joined(tuple(both[place] for place in which))
    assert wrong.check == "PAGE"
