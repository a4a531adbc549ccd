"""What the operator API takes and shows as JSON (reference section 15); figures are numbers, and exact."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from schemas.codes.currencies import known
from schemas.codes.endpoint_types import ENDPOINT_TYPES

_CODES = tuple(sorted(known()))

Figure = Decimal
Positive = Annotated[Decimal, Meta(extra={"positive": True}, extra_json_schema={"exclusiveMinimum": 0})]
NotNegative = Annotated[Decimal, Meta(extra={"not_negative": True}, extra_json_schema={"minimum": 0})]
Percent = Annotated[Decimal, Meta(extra={"not_negative": True}, extra_json_schema={"minimum": 0, "maximum": 999})]
Share = Annotated[Decimal, Meta(extra={"not_negative": True}, extra_json_schema={"minimum": 0, "maximum": 100})]
Said = Annotated[str, Meta(min_length=1, max_length=512)]
Currency = Annotated[str, Meta(extra={"among": _CODES}, extra_json_schema={"enum": list(_CODES)})]
_PLAIN = {"words": "must only contain alpha-numeric characters"}
Word = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_]+$", min_length=2, max_length=30, extra=_PLAIN)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", min_length=2, max_length=30, extra=_PLAIN)]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Guid = Annotated[
    str,
    Meta(
        pattern=r"^(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-HJKMNP-TV-Z]{26})$",
        extra={"words": "must be a valid GUID"},
    ),
]  # fmt: skip
EndpointType = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_]{1,64}$",
        min_length=1,
        extra={"words": "must be an endpoint type"},
        extra_json_schema={"enum": list(ENDPOINT_TYPES)},
    ),
]
EndpointValue = Annotated[
    str, Meta(pattern=r"^[!-~]{1,512}$", extra={"words": "must be an endpoint without blanks"}, min_length=1)
]


class NewParticipant(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /participants: name and one currency."""

    name: Name
    currency: Currency
    is_proxy: bool = False


class Active(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """On or off."""

    is_active: bool


class Endpoint(msgspec.Struct, forbid_unknown_fields=True):
    """One endpoint type and its URL, which may hold {{placeholders}}."""

    type: EndpointType
    value: EndpointValue


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    """POST /participants/{hub}/accounts."""

    currency: Currency
    type: Said


class FirstLimit(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A limit: only NET_DEBIT_CAP exists, a `value` or a `percentage` of the deposit, which it then follows.

    The alarm threshold is a percentage of the liquidity cover, or of a cap that follows it.
    """

    type: Literal["NET_DEBIT_CAP"]
    value: NotNegative | None = None
    alarm_percentage: Percent = Decimal(10)
    percentage: Share | None = None


class InitialLimits(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /participants/{name}/initialPositionAndLimits."""

    currency: Currency
    limit: FirstLimit
    initial_position: Figure = Decimal(0)


class NewLimit(msgspec.Struct, forbid_unknown_fields=True):
    """PUT /participants/{name}/limits."""

    currency: Currency
    limit: FirstLimit


class Amount(msgspec.Struct, forbid_unknown_fields=True):
    """An amount greater than zero with at most 4 decimals."""

    amount: Positive
    currency: Currency


class Funds(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /participants/{name}/accounts/{id}: funds in, or the first half of funds out."""

    transfer_id: Guid
    external_reference: Said
    action: Literal["recordFundsIn", "recordFundsOutPrepareReserve"]
    reason: Said
    amount: Amount
    extension_list: Any = None


class FundsOut(msgspec.Struct, forbid_unknown_fields=True):
    """PUT /participants/{name}/accounts/{id}/transfers/{transferId}: the second half of funds out."""

    action: Literal["recordFundsOutCommit", "recordFundsOutAbort"]
    reason: Said


class NewAccountType(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /ledgerAccountTypes."""

    name: Word
    description: Said
    is_active: bool
    is_settleable: bool


class NewModel(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /settlementModels; without a currency it is the default model."""

    name: Word
    settlement_granularity: Literal["GROSS", "NET"]
    settlement_interchange: Literal["BILATERAL", "MULTILATERAL"]
    settlement_delay: Literal["DEFERRED", "IMMEDIATE"]
    require_liquidity_check: bool
    ledger_account_type: Literal["INTERCHANGE_FEE", "POSITION"]
    settlement_account_type: Said
    auto_position_reset: bool
    currency: Currency | None = None


class AccountShort(msgspec.Struct, rename="camel"):
    """An account as it is listed with its participant."""

    id: int
    ledger_account_type: str
    currency: str
    is_active: int
    created_date: Moment | None
    created_by: str


class Links(msgspec.Struct):
    """Where a participant is."""

    self: str


class ParticipantShown(msgspec.Struct, rename="camel"):
    """A participant as every call about it answers."""

    name: str
    id: str
    created: Moment | None
    is_active: int
    links: Links
    accounts: list[AccountShort]
    is_proxy: int


class AccountShown(msgspec.Struct, rename="camel"):
    """An account with its balance; deposited money shows as a negative SETTLEMENT value."""

    id: int
    ledger_account_type: str
    currency: str
    is_active: int
    value: Figure
    reserved_value: Figure
    changed_date: Moment | None


class LimitValue(msgspec.Struct, rename="camel", omit_defaults=True):
    """A limit as it is now, its alarm threshold, and the percentage of the deposit that it is, if it follows that."""

    type: str
    value: Figure
    alarm_percentage: Figure
    percentage: Figure | None = None


class LimitShown(msgspec.Struct):
    """A participant's limit in a currency."""

    currency: str
    limit: LimitValue


class NamedLimit(msgspec.Struct):
    """The same with the participant's name."""

    name: str
    currency: str
    limit: LimitValue


class PositionShown(msgspec.Struct, rename="camel"):
    """What a participant owes (positive) or is owed in a currency."""

    currency: str
    value: Figure
    changed_date: Moment | None


class AccountTypeShown(msgspec.Struct, rename="camel"):
    """An account type of the ledger."""

    id: int
    name: str
    description: str
    is_active: bool
    is_settleable: bool


class ModelShown(msgspec.Struct, rename="camel"):
    """A settlement model."""

    settlement_model_id: int
    name: str
    is_active: bool
    settlement_granularity: str
    settlement_interchange: str
    settlement_delay: str
    currency: str | None
    require_liquidity_check: bool
    ledger_account_type_id: str
    settlement_account_type_id: str
    auto_position_reset: bool
