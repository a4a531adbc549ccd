"""A statement's own arithmetic: does it close where its entries lead, count them right, and follow the one before.

Pure. Units are 10^-4 of the currency as whoever keeps the account sees it: credits are positive.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

BALANCE: Final = "BALANCE"
"""Opening and entries do not make the closing balance."""
COUNT: Final = "COUNT"
"""Another number of entries than it says, of all or of one direction."""
SUM: Final = "SUM"
"""Another sum of entries than it says, of all or of one direction, or another net."""
ENTRY: Final = "ENTRY"
"""The payments of an entry do not sum to it, or it is in another currency than the account."""
PAGE: Final = "PAGE"
"""A page is missing, or there twice."""
SEQUENCE: Final = "SEQUENCE"
"""A statement between two is missing, or two have one number."""
CHAIN: Final = "CHAIN"
"""It opens with another balance than the one before closed with."""


class EntryFigures(msgspec.Struct, frozen=True):
    """One entry: what it books, whether it is booked, and what its payments sum to (None: it does not say)."""

    name: str
    units: int
    currency: str
    booked: bool = True
    parts: int | None = None


class Told(msgspec.Struct, frozen=True):
    """What a statement says of its entries: how many, their sum without signs; None where it says nothing."""

    count: int | None = None
    total: int | None = None


class StatementFigures(msgspec.Struct, frozen=True):
    """One statement, or one page of it (`page` from 1, `last`), with all figures in it.

    `net` is signed. `number` counts the statements of an account; `begins` orders them, as text.
    """

    id: str
    currency: str
    begins: str
    entries: tuple[EntryFigures, ...] = ()
    opening: int | None = None
    closing: int | None = None
    every: Told = Told()
    credits: Told = Told()
    debits: Told = Told()
    net: int | None = None
    number: int | None = None
    page: int = 1
    last: bool = True


class Finding(msgspec.Struct, frozen=True):
    """What is wrong with a statement by itself: the check, and a text."""

    check: str
    text: str


def joined(pages: Sequence[StatementFigures]) -> tuple[StatementFigures, tuple[Finding, ...]]:
    """The pages of one statement as a whole, and what is wrong with them."""
    ordered = sorted(pages, key=lambda one: one.page)
    first, last = ordered[0], ordered[-1]
    found: list[Finding] = []
    numbers = [one.page for one in ordered]
    if len(set(numbers)) < len(numbers):
        found.append(Finding(PAGE, "a page is there twice"))
    lacking = sorted(set(range(1, last.page + 1)) - set(numbers))
    if lacking or not last.last:
        text = f"page {lacking[0]}" if lacking else f"what follows page {last.page}"
        found.append(Finding(PAGE, f"{text} is missing"))
    entries = tuple(entry for one in ordered for entry in one.entries)
    if len(ordered) == 1:
        return first, tuple(found)
    # Each page may sum up itself or the whole: of several the whole is believed where all say the same.
    same = all((one.every, one.credits, one.debits, one.net) == _told(first) for one in ordered)
    whole = msgspec.structs.replace(first, entries=entries, closing=last.closing)
    if not same:
        whole = msgspec.structs.replace(whole, every=Told(), credits=Told(), debits=Told(), net=None)
    return whole, tuple(found)


def _told(one: StatementFigures) -> tuple[Told, Told, Told, int | None]:
    return one.every, one.credits, one.debits, one.net


def own_findings(one: StatementFigures, *, whole: bool = True) -> tuple[Finding, ...]:
    """What is wrong with a statement by itself; where pages are missing (not `whole`) only entries are looked at."""
    return (*_of_entries(one), *(_of_sums(one) if whole else ()))


def _of_entries(one: StatementFigures) -> Iterator[Finding]:
    for entry in one.entries:
        if entry.currency != one.currency:
            yield Finding(ENTRY, f"entry {entry.name} is in {entry.currency}, the account in {one.currency}")
        if entry.parts is not None and entry.parts != entry.units:
            yield Finding(ENTRY, f"the payments of entry {entry.name} sum to {_shown(entry.parts, entry.units)}")


def _of_sums(one: StatementFigures) -> Iterator[Finding]:
    booked = sum(entry.units for entry in one.entries if entry.booked)
    if one.opening is not None and one.closing is not None and one.opening + booked != one.closing:
        text = f"it opens with {_text(one.opening)} and books {_text(booked)}, and closes"
        yield Finding(BALANCE, f"{text} with {_text(one.closing)}")
    gets = [entry.units for entry in one.entries if entry.units >= 0]
    pays = [-entry.units for entry in one.entries if entry.units < 0]
    for name, told, units in (("entries", one.every, gets + pays), ("credits", one.credits, gets),
                              ("debits", one.debits, pays)):  # fmt: skip
        # What is not booked yet may be counted or not.
        certain = [entry for entry in one.entries if entry.booked]
        counted = {len(units), sum(1 for entry in certain if _is(name, entry.units))}
        if told.count is not None and told.count not in counted:
            yield Finding(COUNT, f"it says {told.count} {name}, there are {len(units)}")
        sums = {sum(units), sum(abs(entry.units) for entry in certain if _is(name, entry.units))}
        if told.total is not None and told.total not in sums:
            yield Finding(SUM, f"it says {name} of {_shown(told.total, sum(units))}")
    if one.net is not None and one.net not in {booked, sum(entry.units for entry in one.entries)}:
        yield Finding(SUM, f"it says a net of {_shown(one.net, booked)}")


def _is(name: str, units: int) -> bool:
    return name == "entries" or (units >= 0) is (name == "credits")


def chain_findings(statements: Sequence[StatementFigures]) -> dict[str, tuple[Finding, ...]]:
    """What is wrong between the statements of one account, by the id of the later one.

    The same statement may be there twice. Numbers may begin again with 1 in another year.
    """
    single = {one.id: one for one in statements}
    ordered = sorted(single.values(), key=lambda one: (one.begins, one.number or 0))
    found: dict[str, tuple[Finding, ...]] = {}
    for former, one in pairwise(ordered):
        said = tuple(_between(former, one))
        if said:
            found[one.id] = said
    return found


def _between(former: StatementFigures, one: StatementFigures) -> Iterator[Finding]:
    if former.number is not None and one.number is not None:
        follows = one.number == former.number + 1 or (one.number == 1 and one.begins[:4] != former.begins[:4])
        if one.number == former.number:
            yield Finding(SEQUENCE, f"it is number {one.number}, and so is {former.id}")
        elif not follows:
            yield Finding(SEQUENCE, f"it is number {one.number}, the one before is number {former.number}")
            return
    if former.closing is not None and one.opening is not None and former.closing != one.opening:
        text = f"it opens with {_text(one.opening)}, {former.id} closed"
        yield Finding(CHAIN, f"{text} with {_text(former.closing)}")


def _shown(said: int, there: int) -> str:
    return f"{_text(said)}, not {_text(there)}"


def _text(units: int) -> str:
    """Units as a plain amount."""
    whole, rest = divmod(abs(units), 10_000)
    fraction = f"{rest:04d}".rstrip("0")
    return f"{'-' if units < 0 else ''}{whole}" + (f".{fraction}" if fraction else "")
