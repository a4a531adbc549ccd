"""What was booked on one account in one time: the data set of every report, whatever it is written as.

Amounts are units of 10^-4 seen from the owner: positive is credited to it, negative is owed by it. A balance is what
is booked: credits posted minus debits posted.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.identity import FspId
from schemas.canonical.terms import IsoReferences
from schemas.canonical.wire import RequestHeader


class ReportKind(StrEnum):
    """Which report: of the day so far, of a whole business day, or of single bookings (camt.052, .053, .054)."""

    INTRADAY = "052"
    DAY = "053"
    NOTICE = "054"


class MovementKind(StrEnum):
    """What a booking is for; the table of bank transaction codes has a row for each and either direction."""

    PAYMENT = "PAYMENT"
    CONVERSION = "CONVERSION"
    RETURN = "RETURN"
    NET_SETTLEMENT = "NET_SETTLEMENT"
    GROSS_SETTLEMENT = "GROSS_SETTLEMENT"
    INTERCHANGE_FEE = "INTERCHANGE_FEE"
    SCHEME_FEE = "SCHEME_FEE"
    FUNDS = "FUNDS"
    OPENING = "OPENING"
    LATE = "LATE"
    OTHER = "OTHER"


class ReportedAccount(msgspec.Struct, frozen=True):
    """The account a report is of; `type` is the ledger account type."""

    id: int
    owner: FspId
    type: str
    currency: str


class Movement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One booking. `number` is its id in the ledger (0: told before it has one), `reference` what it was booked for.

    `transfer` is the transfer it belongs to, `references` are that payment's own ids; `counterparty` is who is on its
    other side.
    """

    reference: str
    kind: MovementKind
    units: int
    at: datetime
    number: int = 0
    transfer: str | None = None
    counterparty: FspId | None = None
    references: IsoReferences | None = None


class Totals(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many bookings a report has in all its pages, and their sums (never negative)."""

    credits: int = 0
    credit_units: int = 0
    debits: int = 0
    debit_units: int = 0

    @property
    def net(self) -> int:
        """What is left of it."""
        return self.credit_units - self.debit_units


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which bookings are told one by one: credits and debits of at least so many units (None: none of them)."""

    credits: int | None = 0
    debits: int | None = 0

    @property
    def all(self) -> bool:
        """Whether nothing is left out."""
        return self.credits == 0 and self.debits == 0


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """The message that a report or an answer answers, as its sender called it; `header` is repeated in the answer.

    `without` are the parts of the answer that its sender does not want (RtrCrit), by the names of the typed message.
    """

    message_id: str
    message_name: str = ""
    created: str | None = None
    header: RequestHeader | None = None
    without: tuple[str, ...] = ()


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a report: the bookings after one ledger id up to another, and the balances around them."""

    number: int
    last: bool
    after: int
    through: int
    opening: int
    closing: int


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """A report, or one page of it: opening plus movements is closing, where all of them are `shown`.

    `since` belongs to it, `until` does not. `number` counts the reports of that kind and account from 1 without gaps
    (None: not counted). `day` is the business day (ISO date) of a statement. `value` is the balance as limits see it
    (debits posted and pending minus credits posted) and `cap` the net debit cap, both as they were at `until`.
    """

    kind: ReportKind
    account: ReportedAccount
    since: datetime
    until: datetime
    page: Page
    totals: Totals
    movements: tuple[Movement, ...] = ()
    number: int | None = None
    day: str | None = None
    value: int | None = None
    cap: int | None = None
    asked: Asked | None = None
    repeated: bool = False
    balances: tuple[str, ...] = ()
    shown: Shown = Shown()

    @property
    def reserved(self) -> int | None:
        """What is reserved for payments under way."""
        return None if self.value is None else self.value + self.page.closing

    @property
    def available(self) -> int | None:
        """What may still be paid under the net debit cap."""
        return None if self.value is None or self.cap is None else self.cap - self.value


def booked(debits_posted: int, credits_posted: int) -> int:
    """A balance as its owner sees it."""
    return credits_posted - debits_posted
