"""Balances and limits of an account as its owner is told of them (reference table 8). Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.canonical.identity import FspId
from schemas.canonical.participants import AccountType, LedgerAccount
from schemas.canonical.reporting import AccountChoice
from schemas.canonical.reporting_events import Balances, LimitUse
from schemas.canonical.reporting_records import BUSINESS_DAY, BusinessDay
from schemas.canonical.reports import booked
from settlement.limits import cover_of, free_cover
from switch.bookings import reported
from switch.state import State

BOOK: Final = "BOOK"
AVAILABLE: Final = "AVLB"
PENDING: Final = "PDNG"
OPENING: Final = "OPNG"


def balances(state: State, account: LedgerAccount, wanted: Iterable[str] = ()) -> Balances:
    """What is booked, what may be paid, what is reserved, and what was booked when the day began."""
    types = frozenset(wanted)
    found = ((name, units) for name, units in _amounts(state, account) if not types or name in types)
    return Balances(reported(account), tuple(found), account.cap)


def _amounts(state: State, account: LedgerAccount) -> Iterator[tuple[str, int]]:
    yield BOOK, booked(account.debits_posted, account.credits_posted)
    available = _available(state, account)
    if available is not None:
        yield AVAILABLE, available
    yield PENDING, booked(account.debits_pending, account.credits_pending)
    day = state.get(BusinessDay, BUSINESS_DAY)
    if day is not None:
        yield OPENING, next((end.closing for end in day.ends if end.account == account.id), 0)


def _available(state: State, account: LedgerAccount) -> int | None:
    """What the next payment may be, or what may be taken out; None where there is no such limit."""
    if account.type is AccountType.POSITION:
        settlement = state.account(account.owner, AccountType.SETTLEMENT, account.currency)
        if settlement is None or account.cap is None:
            return None
        return max(min(account.cap, cover_of(settlement)) - account.value, 0)
    if account.type is AccountType.SETTLEMENT:
        position = state.account(account.owner, AccountType.POSITION, account.currency)
        return None if position is None else max(free_cover(position, account), 0)
    return None


def limit_use(account: LedgerAccount) -> LimitUse | None:
    """The net debit cap of an account, and what of it is used."""
    if account.cap is None:
        return None
    return LimitUse(reported(account), account.cap, max(account.value, 0), account.active)


def chosen(state: State, owner: FspId, choices: tuple[AccountChoice, ...]) -> list[LedgerAccount]:
    """The owner's accounts that fit one of the choices (none given: all of them), in the order of their numbers."""
    own = sorted((each for each in state.all(LedgerAccount) if each.owner == owner), key=lambda each: each.id)
    return [each for each in own if not choices or any(_fits(each, choice) for choice in choices)]


def _fits(account: LedgerAccount, choice: AccountChoice) -> bool:
    number = str(account.id)
    return (
        (not (choice.ids or choice.contains or choice.contains_not)
         or number in choice.ids
         or any(part in number for part in choice.contains)
         or (bool(choice.contains_not) and not any(part in number for part in choice.contains_not)))
        and (not choice.types or account.type.value in choice.types)
        and (not choice.currencies or account.currency in choice.currencies)
    )  # fmt: skip
