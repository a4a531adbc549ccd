"""Double entry on four counters: the only code that changes a balance."""

from datetime import datetime

import msgspec

from schemas.canonical.outcome import Phase, Posting
from schemas.canonical.participants import LedgerAccount


class Entry(msgspec.Struct, frozen=True):
    """One side of a posting, append-only: by how much each counter of one account moved, and where it then stood.

    All figures are units of 10^-4. `value` is the account's value after the entry; `cap` and `cover` are set on the
    debit side of a reservation, as they were checked. `window` is the settlement window of a committed leg.
    """

    reference: str
    phase: Phase
    account: int
    currency: str
    debits_pending: int
    debits_posted: int
    credits_pending: int
    credits_posted: int
    value: int
    at: datetime
    cap: int | None = None
    cover: int | None = None
    window: int | None = None


class Moved(msgspec.Struct, frozen=True):
    """Both accounts after a posting, and the two entries that explain it."""

    debit: LedgerAccount
    credit: LedgerAccount
    entries: tuple[Entry, Entry]


_SIGNS = {Phase.RESERVE: (1, 0), Phase.COMMIT: (-1, 1), Phase.VOID: (-1, 0), Phase.POST: (0, 1)}
"""By which sign a phase moves the pending and the posted counter."""


def apply(posting: Posting, debit: LedgerAccount, credit: LedgerAccount, now: datetime) -> Moved:
    """Move `posting.units` from debit to credit in the posting's phase.

    Raises ValueError for what only a defect can cause: other currencies, no amount, a counter below zero.
    """
    if debit.currency != credit.currency:
        raise ValueError(f"posting {posting.reference} crosses {debit.currency} and {credit.currency}")
    if posting.units <= 0:
        raise ValueError(f"posting {posting.reference} moves {posting.units} units")
    pending, posted = (sign * posting.units for sign in _SIGNS[posting.phase])
    same = debit.id == credit.id
    debited = msgspec.structs.replace(
        debit,
        debits_pending=debit.debits_pending + pending,
        debits_posted=debit.debits_posted + posted,
        changed=now,
    )
    credited = msgspec.structs.replace(
        debited if same else credit,
        credits_pending=credit.credits_pending + pending,
        credits_posted=credit.credits_posted + posted,
        changed=now,
    )
    _sound(debited)
    _sound(credited)
    first = Entry(
        posting.reference, posting.phase, debit.id, debit.currency, pending, posted, 0, 0,
        debited.value, now, posting.cap, posting.cover, posting.window,
    )  # fmt: skip
    second = Entry(
        posting.reference, posting.phase, credit.id, credit.currency, 0, 0, pending, posted, credited.value, now,
        window=posting.window,
    )  # fmt: skip
    # Of one account the first entry tells where it stood between the two.
    return Moved(credited if same else debited, credited, (first, second))


def _sound(account: LedgerAccount) -> None:
    counters = (account.debits_pending, account.debits_posted, account.credits_pending, account.credits_posted)
    if min(counters) < 0:
        raise ValueError(f"account {account.id} would have a negative counter: {counters}")
