"""What is told of accounts, payments and reports, and what the ledger asks the maker of reports."""

from datetime import datetime

import msgspec

from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.reporting import PaymentChoice, PaymentFact
from schemas.canonical.reports import Asked, Movement, Page, Report, ReportedAccount, ReportKind, Shown, Totals


class Balances(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account with its balances: type (BOOK, AVLB, PDNG, OPNG) and units as the owner sees them; and its limit."""

    account: ReportedAccount
    amounts: tuple[tuple[str, int], ...]
    cap: int | None = None


class BalancesTold(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="balances_told"):
    """Accounts with their balances (camt.004): the answer to `asked`, or a `notice` (FLOOR, CEILING) unasked."""

    accounts: tuple[Balances, ...] = ()
    asked: Asked | None = None
    notice: str | None = None
    fault: Fault | None = None


class LimitUse(msgspec.Struct, frozen=True):
    """A net debit cap with what is used of it (units); what is used is never negative."""

    account: ReportedAccount
    cap: int
    used: int
    active: bool


class LimitsTold(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="limits_told"):
    """Limits and their use (camt.010)."""

    limits: tuple[LimitUse, ...] = ()
    asked: Asked | None = None
    fault: Fault | None = None


class RequestHandled(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="request_handled"):
    """What became of a request (camt.025): ACSC, PDNG or RJCT with its reason; `reference` is the request's own id."""

    asked: Asked
    status: str
    fault: Fault | None = None
    reference: str | None = None
    detail: str = ""


class Booked(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="booked"):
    """Something was booked on an account of the receiver (camt.054)."""

    account: ReportedAccount
    movement: Movement


class ReportAsked(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="report_asked"):
    """To the maker of reports: find what was booked, and how many pages it fills.

    DAY: the statements of these days or numbers. INTRADAY and NOTICE: what was booked from `since` to `until`; the
    numbers given to intraday reports are in `numbered`, by account. Those of a `window` must close as the lane saw it
    when it was cut: `closings`, by account. `shown`: what is told of an account if that is not
    everything.
    """

    receiver: FspId
    kind: ReportKind
    accounts: tuple[int, ...]
    asked: Asked | None = None
    days: tuple[str, str | None] | None = None
    numbers: tuple[tuple[int, int], ...] = ()
    not_numbers: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    numbered: dict[str, int] = {}
    window: int | None = None
    closings: dict[str, int] = {}
    repeated: bool = False
    balances: tuple[str, ...] = ()
    shown: dict[str, Shown] = {}


class PaymentsAsked(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="payments_asked"):
    """To the maker of reports: find one page of the receiver's payments, older first, after `after`."""

    receiver: FspId
    asked: Asked
    query: str
    choices: tuple[PaymentChoice, ...]
    page: int = 1
    after: tuple[datetime, str] | None = None


class ReportTold(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="report_told"):
    """One page of a report (camt.052, .053, .054); its movements are read when it is delivered."""

    kind: ReportKind
    account: ReportedAccount
    since: datetime
    until: datetime
    page: Page
    totals: Totals
    number: int | None = None
    day: str | None = None
    value: int | None = None
    cap: int | None = None
    asked: Asked | None = None
    repeated: bool = False
    balances: tuple[str, ...] = ()
    shown: Shown = Shown()


class Reported(msgspec.Struct, frozen=True, tag_field="is", tag="reported"):
    """A page of a report with what was booked: what a ReportTold becomes when it is delivered; it is never kept."""

    report: Report


class PaymentsTold(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="payments_told"):
    """One page of payments (camt.006); `query` is the name under which the next page can be asked for."""

    asked: Asked
    page: int = 1
    facts: tuple[PaymentFact, ...] = ()
    query: str | None = None
    fault: Fault | None = None


ReportingEvent = (
    BalancesTold
    | LimitsTold
    | RequestHandled
    | Booked
    | ReportAsked
    | PaymentsAsked
    | ReportTold
    | Reported
    | PaymentsTold
)
"""What is told of all of it."""
