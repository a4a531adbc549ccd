"""Questions about accounts, payments and reports, orders of liquidity, and what the maker of reports found."""

from datetime import datetime

import msgspec

from schemas.canonical.business_days import DayCommand
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money
from schemas.canonical.reports import Asked, Page, ReportKind, Shown, Totals
from schemas.canonical.terms import IsoReferences
from schemas.canonical.wire import Envelope

REPORTS = "reports"
"""What questions and orders of this kind are about, where a resource is to be named."""


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """What all of these messages have: who sent it, and how the sender called it."""

    envelope: Envelope
    asked: Asked

    @property
    def key(self) -> str:
        """Its answers are found by the id of the message."""
        return self.asked.message_id

    @property
    def resource(self) -> str:
        """What it is about."""
        return REPORTS


class AccountChoice(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which of its own accounts somebody means; what is not given does not matter.

    `ids` are account numbers, `types` ledger account types; a number may also have to contain a text, or must not.
    """

    ids: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    contains_not: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()


class AskBalances(Question, frozen=True, omit_defaults=True, tag_field="is", tag="ask_balances"):
    """Ask for accounts with their balances (camt.003). An account fits if it fits one of `choices`; none: all do.

    `balances` are the types that are wanted (none: all). `fault` is set when the question itself cannot be answered.
    """

    choices: tuple[AccountChoice, ...] = ()
    balances: tuple[str, ...] = ()
    fault: Fault | None = None


class PaymentChoice(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which payments somebody means; `since` belongs to it, `until` does not. `sent`: as payer, else as payee.

    A payment fits if each of `named` has one of its names: the transfer id, or any of its sender's own ids.
    """

    named: tuple[tuple[str, ...], ...] = ()
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    completed_since: datetime | None = None
    completed_until: datetime | None = None
    currencies: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    other_than: int | None = None
    sent: bool | None = None
    counterparties: tuple[FspId, ...] = ()


class AskPayments(Question, frozen=True, omit_defaults=True, tag_field="is", tag="ask_payments"):
    """Ask for one's own payments (camt.005) that fit one of `choices`, or for the next page of a search (`query`)."""

    choices: tuple[PaymentChoice, ...] = ()
    query: str | None = None
    fault: Fault | None = None


class FloorLimit(msgspec.Struct, frozen=True):
    """The least amount in units of the bookings that are wanted of accounts in a currency, for either side or both."""

    currency: str
    units: int
    credits: bool
    debits: bool


class ReportRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """One report that is asked for; without a `kind` it is the limits that are wanted.

    `days` are business days (ISO dates), the last None if there is no end; `numbers` are ranges of numbers. `since` and
    `until` are given where the request names times.
    """

    kind: ReportKind | None
    accounts: AccountChoice = AccountChoice()
    days: tuple[str, str | None] | None = None
    since: datetime | None = None
    until: datetime | None = None
    numbers: tuple[tuple[int, int], ...] = ()
    not_numbers: tuple[int, ...] = ()
    balances: tuple[str, ...] = ()
    direction: str | None = None
    floors: tuple[FloorLimit, ...] = ()
    reference: str | None = None
    fault: Fault | None = None


class AskReports(Question, frozen=True, omit_defaults=True, tag_field="is", tag="ask_reports"):
    """Ask for reports (camt.060); each request is answered by itself."""

    requests: tuple[ReportRequest, ...] = ()
    fault: Fault | None = None


class LimitOrder(msgspec.Struct, frozen=True, omit_defaults=True):
    """A net debit cap that a participant wishes for accounts of its own."""

    accounts: AccountChoice
    cap: Money | None = None
    units: int | None = None
    fault: Fault | None = None


class OrderLimits(Question, frozen=True, omit_defaults=True, tag_field="is", tag="order_limits"):
    """Change one's own limits (camt.011): down from what the operator gave, and up to it again."""

    orders: tuple[LimitOrder, ...] = ()
    fault: Fault | None = None


class MoveLiquidity(Question, frozen=True, omit_defaults=True, tag_field="is", tag="move_liquidity"):
    """Move one's own money (camt.050): out of a SETTLEMENT account to where the participant has its account.

    `funds_id` is made of sender and `end_to_end_id`, so that the same order is known again; `debtor` and `creditor`
    are the numbers of the accounts as they were given.
    """

    funds_id: str
    end_to_end_id: str
    debtor: str | None
    creditor: str | None
    amount: Money | None = None
    units: int | None = None
    currency: str | None = None
    fault: Fault | None = None


class SetThresholds(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_thresholds"):
    """Floor and ceiling of an account's balance, units of 10^-4 (None: none); crossing one is told its owner."""

    name: FspId
    account: int
    floor: int | None = None
    ceiling: int | None = None


class Cut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A report as it was cut into pages off the lane."""

    account: int
    since: datetime
    until: datetime
    pages: tuple[Page, ...]
    totals: Totals
    number: int | None = None
    day: str | None = None
    value: int | None = None
    cap: int | None = None
    shown: Shown = Shown()


class TellReports(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="tell_reports"):
    """What the maker of reports found for a question: reports cut into pages, or why there is none."""

    receiver: FspId
    kind: ReportKind
    asked: Asked | None
    cuts: tuple[Cut, ...] = ()
    fault: Fault | None = None
    repeated: bool = False
    balances: tuple[str, ...] = ()


class PaymentFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One payment as its payer or payee may know it."""

    id: str
    payer: FspId
    payee: FspId
    amount: Money
    state: str
    created: datetime
    references: IsoReferences | None = None
    changed: datetime | None = None
    fault: Fault | None = None
    status: str | None = None


class TellPayments(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="tell_payments"):
    """One page of what was found for a question about payments; `after` is where the next begins, if there is one."""

    receiver: FspId
    asked: Asked
    page: int
    facts: tuple[PaymentFact, ...]
    query: str
    choices: tuple[PaymentChoice, ...]
    after: tuple[datetime, str] | None = None
    fault: Fault | None = None


ReportingCommand = (
    AskBalances
    | AskPayments
    | AskReports
    | OrderLimits
    | MoveLiquidity
    | SetThresholds
    | TellReports
    | TellPayments
    | DayCommand
)
"""Commands about balances, limits, payments, reports and business days; the ledger lane decides them all."""
