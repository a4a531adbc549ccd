"""What a provider asks for a conversion, and how the hub orders one for a bank whose payment changes its currency.

Sources: FSPIOP API definition 2.0, /fxQuotes; ISO 20022 InstdAmt, XchgRate and ChrgsInf.
"""

from datetime import datetime
from typing import Final

import msgspec

from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.wire import Envelope

FX_QUOTES: Final = "fxQuotes"
"""The resource in which conversions are priced."""


class ExchangeCharge(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a provider keeps for itself, told in one or both currencies; the amounts of the conversion include it."""

    kind: str
    source: Money | None = None
    target: Money | None = None


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A conversion as the terms of a payment tell it: who converts, what the payer gives, what comes out of it."""

    provider: FspId
    source: Money
    target: Money
    charges: tuple[ExchangeCharge, ...] = ()


class Rate(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked of a provider: the side that is fixed, and in which currency the other one is wanted.

    `sends` tells that the source amount is fixed (amountType SEND), else the target amount is (RECEIVE).
    """

    fixed: Money
    currency: str
    sends: bool


class AnswerRate(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="answer_rate"):
    """A provider prices a conversion that the hub asked for in a bank's name (PUT /fxQuotes/{ID}), or says why not."""

    envelope: Envelope
    key: str
    source: Money | None = None
    target: Money | None = None
    charges: tuple[ExchangeCharge, ...] = ()
    expiry: datetime | None = None
    condition: str | None = None
    fault: Fault | None = None

    @property
    def resource(self) -> str:
        """The resource it is spoken of in."""
        return FX_QUOTES

    @property
    def dialogue(self) -> str:
        """The key of what is remembered of it."""
        return f"{FX_QUOTES}/{self.key}"


class ConversionSettled(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="conversion_settled"):
    """The ledger tells a bank's payment that its conversion waits for it, or has ended for `fault`."""

    transfer_id: TransferId
    fault: Fault | None = None


class RateAsked(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="rate_asked"):
    """To a provider: what would this conversion cost (POST /fxQuotes), asked by the bank `source`."""

    source: FspId
    key: str
    conversion: TransferId
    determines: TransferId
    provider: FspId
    rate: Rate
    expiry: datetime

    @property
    def resource(self) -> str:
        """The resource it is spoken of in."""
        return FX_QUOTES
