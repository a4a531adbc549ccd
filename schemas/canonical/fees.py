"""Fees between participants (interchange) and to the hub (scheme fees): rules as data, and what a payment costs.

Units are 10^-4 of a currency. A fee is agreed when a payment is reserved and charged when it is committed.
"""

from enum import StrEnum

import msgspec

from schemas.canonical.identity import FspId, TransferId

RETURNS = "returns"
"""How rules call payments that give an earlier one back, whatever message they came by."""
FEE_MESSAGES = ("pacs.008", "pacs.009", "transfers", "fxTransfers", RETURNS)
"""What a rule can ask for: the payer's message, by its ISO 20022 name or its FSPIOP resource."""
UNASKED = frozenset({"fxTransfers", RETURNS})
"""What only a rule that names it is about."""


class FeeKind(StrEnum):
    """Who gets the fee: the other participant of the payment, or the hub."""

    INTERCHANGE = "INTERCHANGE"
    SCHEME = "SCHEME"


class FeeSide(StrEnum):
    """Whose FSP pays the fee."""

    PAYER = "PAYER"
    PAYEE = "PAYEE"


class Rounding(StrEnum):
    """How a fee becomes a whole number of the currency's minor units."""

    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"
    UP = "UP"
    DOWN = "DOWN"


class OnReturn(StrEnum):
    """What happens to the fee of a payment that is given back: it stays, or goes back by the same part."""

    KEEP = "KEEP"
    REVERSE = "REVERSE"


class FeeRule(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="fee_rule"):
    """Which payments cost what. An empty condition fits every payment; amounts need a `currency`.

    The fee is `fixed` plus `millionths` of the amount, rounded, and then within `minimum` and `maximum`. Of the rules
    of a kind that fit, the one with the least `rank` counts, of equal ones the first by name. `amount_from` belongs to
    the band, `amount_below` does not.
    """

    name: str
    kind: FeeKind
    paid_by: FeeSide
    currency: str | None = None
    payers: tuple[FspId, ...] = ()
    payees: tuple[FspId, ...] = ()
    messages: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    category_purposes: tuple[str, ...] = ()
    service_levels: tuple[str, ...] = ()
    amount_from: int = 0
    amount_below: int | None = None
    fixed: int = 0
    millionths: int = 0
    minimum: int = 0
    maximum: int | None = None
    rounding: Rounding = Rounding.HALF_UP
    on_return: OnReturn = OnReturn.KEEP
    rank: int = 100
    active: bool = True

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.name


class Fee(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one payment costs by one rule: `units` of its currency from debtor to creditor.

    `reversible`: it goes back with the payment.
    """

    rule: str
    kind: FeeKind
    debtor: FspId
    creditor: FspId
    units: int
    reversible: bool = False

    def reference(self, transfer: TransferId, *, back: bool = False) -> str:
        """What its entries are found by: those of the payment, or of the return that brings it back."""
        return f"{PREFIXES[self.kind]}{transfer} {self.rule}{' back' if back else ''}"


PREFIXES = {FeeKind.INTERCHANGE: "interchange ", FeeKind.SCHEME: "scheme-fee "}
"""How the references of fees begin; the transfer follows, then the rule."""


class CreateFeeRule(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="create_fee_rule"):
    """Add a rule (POST /feeRules); what it says is never changed."""

    rule: FeeRule


class SetFeeRuleActive(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_fee_rule_active"):
    """Switch a rule on or off (PUT /feeRules/{name})."""

    name: str
    active: bool


FeeCommand = CreateFeeRule | SetFeeRuleActive
"""Commands about fee rules; the ledger lane decides them."""
