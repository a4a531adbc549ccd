"""Terms: the agreement behind a transfer. A FSPIOP quote is terms; a bank's pacs.008 carries its terms."""

from datetime import datetime

import msgspec

from schemas.canonical.exchange import Exchange
from schemas.canonical.money import Money
from schemas.canonical.party import Party
from schemas.canonical.wire import RequestHeader


class IsoReferences(msgspec.Struct, frozen=True, omit_defaults=True):
    """The identifications and codes of a bank's payment, and its header, given back unchanged in every answer to it."""

    message_id: str | None = None
    message_name: str | None = None
    business_message_id: str | None = None
    created: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    transaction_id: str | None = None
    uetr: str | None = None
    charge_bearer: str | None = None
    service_level: str | None = None
    local_instrument: str | None = None
    category_purpose: str | None = None
    purpose: str | None = None
    settlement_date: str | None = None
    header: RequestHeader | None = None


class Initiated(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which transaction of which initiation (schemas/canonical/initiation.py) a payment is, and who sent that."""

    key: str
    position: int
    sender: str


class Refund(msgspec.Struct, frozen=True, omit_defaults=True):
    """Terms of a payment that gives an earlier one back.

    `original_transaction_id` is what FSPIOP calls that one. `references`, `amount` and `settled` (a date) are the
    original's as its payer's bank knows it, set where that bank is told.
    """

    original_transaction_id: str
    reason: str | None = None
    references: IsoReferences | None = None
    amount: Money | None = None
    settled: str | None = None


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What payer and payee agreed: amounts, fees, parties, purpose, expiry, ILP packet and condition.

    `packet` and `condition` are the FSPIOP texts (base64url); a payment between two banks has neither.
    `instructed` is what a bank's customer ordered, where that is in another currency than what the bank settles;
    `exchange` is the conversion on the payer's side of the transfer. `order` is what a customer's order says beside all
    this, for the payment that the payee's bank gets. `request` is the request to pay that the payment answers.
    """

    transaction_id: str
    amount: Money
    payer: Party
    payee: Party
    quote_id: str | None = None
    amount_type: str = "RECEIVE"
    payee_receives: Money | None = None
    payee_fee: Money | None = None
    payee_commission: Money | None = None
    scenario: str = "TRANSFER"
    sub_scenario: str | None = None
    initiator: str = "PAYER"
    initiator_type: str = "CONSUMER"
    note: str | None = None
    remittance: tuple[str, ...] = ()
    remittance_reference: str | None = None
    expiry: datetime | None = None
    packet: str | None = None
    condition: str | None = None
    references: IsoReferences | None = None
    extensions: tuple[tuple[str, str], ...] = ()
    instructed: Money | None = None
    exchange: Exchange | None = None
    refund: Refund | None = None
    initiated: Initiated | None = None
    order: bytes = b""
    request: str | None = None
