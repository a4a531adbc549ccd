"""What the Settlement API v2 takes and shows as JSON (reference section 16); figures are numbers, and exact."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from switch.admin.openapi import ErrorInformation
from switch.admin.shapes import Moment, Said

Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]
State = Literal[
    "PENDING_SETTLEMENT", "PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED", "PS_TRANSFERS_COMMITTED", "SETTLED",
]  # fmt: skip


class Close(msgspec.Struct, forbid_unknown_fields=True):
    """POST /settlementWindows/{id}."""

    state: Literal["CLOSED"]
    reason: Said


class WindowNamed(msgspec.Struct, forbid_unknown_fields=True):
    """One window to settle."""

    id: Id


class NewSettlement(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /settlements."""

    settlement_model: Said
    reason: Said
    settlement_windows: Annotated[list[WindowNamed], Meta(min_length=1)]


class AccountChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The state one account shall have."""

    state: State
    reason: Said
    external_reference: Said | None = None


class NamedAccountChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The same with the account's id; here the published text lets the reason be left out."""

    id: Id
    state: State
    reason: Said | None = None
    external_reference: Said | None = None


class ParticipantChange(msgspec.Struct, forbid_unknown_fields=True):
    """PUT /settlements/{sid}/participants/{pid}."""

    accounts: list[NamedAccountChange]


class NamedParticipantChange(msgspec.Struct, forbid_unknown_fields=True):
    """The same with the participant's id."""

    id: Id
    accounts: list[NamedAccountChange]


class SettlementChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """PUT /settlements/{id}: moves of accounts, or ABORTED with a reason."""

    state: Literal["ABORTED", "INVALID"] | None = None
    reason: Said | None = None
    external_reference: Said | None = None
    participants: list[NamedParticipantChange] | None = None


class ContentShown(msgspec.Struct, rename="camel"):
    """What a window holds of one account type and currency."""

    id: int
    state: str
    ledger_account_type: str
    currency_id: str
    created_date: Moment | None
    changed_date: Moment | None
    settlement_id: int | UnsetType = UNSET


class WindowShown(msgspec.Struct, rename="camel", kw_only=True):
    """A settlement window; its id stands under both names that tools read."""

    id: int
    settlement_window_id: int
    state: str
    reason: str | UnsetType = UNSET
    created_date: Moment | None
    changed_date: Moment | None
    content: list[ContentShown]


class NetAmount(msgspec.Struct):
    """What an account owes (positive) or is owed."""

    amount: Decimal
    currency: str


class SettledAccount(msgspec.Struct, rename="camel"):
    """An account of a settlement; with `errorInformation` where it could not be changed as asked."""

    id: int
    state: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    external_reference: str | UnsetType = UNSET
    changed_date: Moment | UnsetType = UNSET
    net_settlement_amount: NetAmount | UnsetType = UNSET
    error_information: ErrorInformation | UnsetType = UNSET


class SettledParticipant(msgspec.Struct):
    """A participant's accounts in a settlement."""

    id: int
    accounts: list[SettledAccount]


class SettlementShown(msgspec.Struct, rename="camel"):
    """A settlement with its windows and the accounts that were asked for."""

    id: int
    settlement_model: str
    state: str
    reason: str
    created_date: Moment | None
    changed_date: Moment | None
    settlement_windows: list[WindowShown]
    participants: list[SettledParticipant]
