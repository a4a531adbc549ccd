"""What the ledger keeps for reports: business days and their statements, numbers given, thresholds, searches."""

from datetime import datetime

import msgspec

from schemas.canonical.business_days import AwaitedSettlement, DayChange, DayState, SchemeCalendar
from schemas.canonical.identity import FspId
from schemas.canonical.reporting import PaymentChoice
from schemas.canonical.reports import Asked

BUSINESS_DAY = "ledger"
"""The key of the one BusinessDay."""


class DayEnd(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the last statement of an account ended: its number, its closing balance and value (units)."""

    account: int
    number: int = 0
    closing: int = 0
    value: int = 0


class BusinessDay(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="business_day"):
    """The business day the ledger is in, from `since` on and before `until`; `ends` are those of the day before.

    `next_cut` is when its window is closed next. `awaited` are settlements that are made when nets are known. `ending`:
    the operator has ended it, `until` is that moment.
    """

    day: str
    since: datetime
    until: datetime
    ends: tuple[DayEnd, ...] = ()
    state: DayState = DayState.OPEN
    next_cut: datetime | None = None
    changes: tuple[DayChange, ...] = ()
    awaited: tuple[AwaitedSettlement, ...] = ()
    ending: bool = False

    @property
    def key(self) -> str:
        """There is one."""
        return BUSINESS_DAY

    @property
    def due(self) -> datetime:
        """When the lane must look at it: at its end, or at a cut-off before that."""
        return self.until if self.next_cut is None else min(self.until, self.next_cut)


class PastDay(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="past_day"):
    """A business day that has ended, and all that was done with it."""

    day: str
    since: datetime
    until: datetime
    changes: tuple[DayChange, ...] = ()

    @property
    def key(self) -> str:
        """The day."""
        return self.day

    @property
    def open(self) -> bool:
        """Nothing happens to it any more."""
        return False


class DayStatement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="day_statement"):
    """An account in a business day that is over. Numbers count from 1 without gaps, and each opens as the last closed.

    `opening` and `closing` are booked balances (units, as the owner sees them), `value` and `cap` what limits saw then.
    """

    account: int
    number: int
    day: str
    since: datetime
    until: datetime
    opening: int
    closing: int
    value: int = 0
    cap: int | None = None

    @property
    def key(self) -> str:
        """Account and number, in the order of both."""
        return f"{self.account:012d}/{self.number:09d}"


class ReportCount(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="report_count"):
    """How many intraday reports of an account were numbered."""

    account: int
    number: int = 0

    @property
    def key(self) -> str:
        """The account's id."""
        return str(self.account)


class Threshold(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="threshold"):
    """Floor and ceiling of an account, and on which side its balance is: told once, until it is back between them."""

    account: int
    floor: int | None = None
    ceiling: int | None = None
    below: bool = False
    above: bool = False

    @property
    def key(self) -> str:
        """The account's id."""
        return str(self.account)


class OwnLimit(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="own_limit"):
    """A cap that a participant chose for itself below the one `given` by the operator (units).

    `over`: the operator has spoken since, and that counts.
    """

    account: int
    given: int
    chosen: int
    over: bool = False

    @property
    def key(self) -> str:
        """The account's id."""
        return str(self.account)


class PaymentSearch(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="payment_search"):
    """A search for payments that has a further page: who may ask for it, and where that begins."""

    name: str
    asker: FspId
    choices: tuple[PaymentChoice, ...]
    page: int
    after: tuple[datetime, str]
    without: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name it is asked for by."""
        return self.name


class LiquidityOrder(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="liquidity_order"):
    """A participant's own order of funds out, so that it can be told their end; the funds have the same id."""

    id: str
    asker: FspId
    asked: Asked
    end_to_end_id: str

    @property
    def key(self) -> str:
        """The id of the funds."""
        return self.id


ReportingRecord = (
    BusinessDay
    | PastDay
    | SchemeCalendar
    | DayStatement
    | ReportCount
    | Threshold
    | OwnLimit
    | PaymentSearch
    | LiquidityOrder
)
"""What the ledger keeps for all of it."""
