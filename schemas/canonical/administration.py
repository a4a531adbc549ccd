"""What an operator sets up and is told: ledger account types of a scheme's own, watched limits, notices."""

import msgspec

from schemas.canonical.identity import FspId


class CreateLedgerAccountType(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="create_ledger_account_type"
):
    """Add an account type (POST /ledgerAccountTypes); `settleable` types can be settled by a model."""

    name: str
    description: str
    active: bool = True
    settleable: bool = False


class LedgerAccountType(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="ledger_account_type"):
    """An account type that the operator added to those the hub's books know."""

    name: str
    description: str
    active: bool = True
    settleable: bool = False
    id: int = 0

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.name


class LimitWatch(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="limit_watch"):
    """Whether a POSITION account is over its alarm threshold, so that an alarm sounds once and not at each transfer."""

    account: int
    over: bool

    @property
    def key(self) -> str:
        """The account's id."""
        return str(self.account)


class CapShare(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="cap_share"):
    """A net debit cap that is `percent` of its owner's deposit and follows it; `account` is the POSITION account.

    "": it was one, and is an amount now.
    """

    account: int
    percent: str

    @property
    def key(self) -> str:
        """The account's id."""
        return str(self.account)

    @property
    def open(self) -> bool:
        """Whether the cap follows the deposit."""
        return bool(self.percent)


class LimitAlarm(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="limit_alarm"):
    """To the operator: a participant's position passed the threshold of its liquidity cover; figures in 10^-4.

    `cap` is set where it follows the deposit: then the threshold is of the cap.
    `notify` are the addresses registered for it (endpoint type NET_DEBIT_CAP_THRESHOLD_BREACH_EMAIL).
    """

    participant: FspId
    currency: str
    position: int
    cover: int
    percent: str
    notify: tuple[str, ...] = ()
    cap: int | None = None


class LimitAdjusted(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="limit_adjusted"):
    """To the operator: a net debit cap is another one now; figures in 10^-4.

    `notify` are the addresses registered for it (endpoint type NET_DEBIT_CAP_ADJUSTMENT_EMAIL).
    """

    participant: FspId
    currency: str
    cap: int
    percent: str
    notify: tuple[str, ...] = ()


class PositionSettled(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="position_settled"):
    """To the operator: a settlement moved a participant's position by `units` to `position`; figures in 10^-4.

    `notify` are the addresses registered for it (endpoint type SETTLEMENT_TRANSFER_POSITION_CHANGE_EMAIL).
    """

    participant: FspId
    currency: str
    settlement: int
    units: int
    position: int
    notify: tuple[str, ...] = ()


class CaseNotice(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="case_notice"):
    """To the operator: a case concerns a participant that has no message for it (schemas/canonical/cases.py).

    `notify` are the addresses registered for it (endpoint type CASE_EMAIL).
    """

    participant: FspId
    case: str
    kind: str
    state: str
    notify: tuple[str, ...] = ()


class ThresholdCrossed(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="threshold_crossed"):
    """To the operator: an account whose owner is told in no other way is below its FLOOR, or above its CEILING.

    `balance` in 10^-4, as the owner sees it.
    """

    participant: FspId
    currency: str
    account_type: str
    threshold: str
    balance: int
    notify: tuple[str, ...] = ()


class SettlementAlert(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="settlement_alert"):
    """To the operator: a settlement agent (`participant`) refused, was silent, or says what cannot be.

    `notify` are the addresses registered for it (endpoint type SETTLEMENT_ALERT_EMAIL).
    """

    participant: FspId
    settlement: int
    currency: str
    text: str
    notify: tuple[str, ...] = ()


OperatorNotice = SettlementAlert | LimitAlarm | LimitAdjusted | PositionSettled | CaseNotice | ThresholdCrossed
"""What goes to nobody but the operator: a log line, a count, and a copy for observers."""
