"""The books of a sandbox settlement agent: accounts with balances and bookings, and its notices and statements."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from iso.messages import camt053, camt054
from iso.messages.camt053 import Camt053
from iso.messages.camt054 import Camt054
from iso.messages.fields import Code
from iso.messages.shape import Amount
from iso.messages.statements import (
    Balance,
    Entry,
    EntryDetails,
    Statement,
    StatementAccount,
    Transaction,
    TransactionCode,
)
from schemas.canonical.money import Money
from switch.sandbox import letters
from switch.sandbox.clock import iso_moment, now

NOTICE: Final = camt054.DEFAULT_VERSION
STATEMENT: Final = camt053.DEFAULT_VERSION
_CODE: Final = TransactionCode(domain="PMNT", family="RCDT", sub_family="FICT")


class Booking(msgspec.Struct, frozen=True):
    """One booking: positive units are credited; the ids are those of the message that ordered it.

    `payer` is the BIC of the bank whose money it was, where a notice names it.
    """

    units: int
    at: datetime
    reference: str
    message_id: str
    instruction_id: str
    transaction_id: str
    end_to_end_id: str = ""
    uetr: str | None = None
    payer: str = ""


class AgentAccount:
    """An account of the agent; `overdraft`: it may be below zero, as the scheme's own may while a cycle is booked."""

    def __init__(self, number: str, currency: str, units: int, *, overdraft: bool = False) -> None:
        self.number = number
        self.currency = currency
        self.opening = units
        self.overdraft = overdraft
        self.bookings: list[Booking] = []
        self.since = now()
        self.statements = 0

    @property
    def units(self) -> int:
        """The balance now."""
        return self.opening + sum(one.units for one in self.bookings)

    def covers(self, units: int) -> bool:
        """Whether so much may be debited."""
        return self.overdraft or self.units >= units

    def notice(self, booking: Booking) -> bytes:
        """The camt.054 of a booking."""
        moment = iso_moment(now())
        statement = Statement(
            id=letters.new_id(), created=moment, account=self._account, entries=(self._entry(booking),)
        )
        message = Camt054(message_id=letters.new_id(), created=moment, statements=(statement,))
        return camt054.write(message, NOTICE).body

    def statement(self, entries: Iterable[Entry] | None = None) -> bytes:
        """The camt.053 since the one before; `entries` in the place of the true ones, for what an agent gets wrong."""
        self.statements += 1
        moment = now()
        told = tuple(self._entry(one) for one in self.bookings) if entries is None else tuple(entries)
        statement = Statement(
            id=f"{self.number}-{self.statements}"[:35],
            sequence=str(self.statements),
            created=iso_moment(moment),
            since=iso_moment(self.since),
            until=iso_moment(moment),
            account=self._account,
            balances=(self._balance("OPBD", self.opening, self.since), self._balance("CLBD", self.units, moment)),
            entries=told,
        )
        self.opening, self.since, self.bookings = self.units, moment, []
        message = Camt053(message_id=letters.new_id(), created=iso_moment(moment), statements=(statement,))
        return camt053.write(message, STATEMENT).body

    def entries(self) -> list[Entry]:
        """The entries of the statement that would be made now."""
        return [self._entry(one) for one in self.bookings]

    @property
    def _account(self) -> StatementAccount:
        return StatementAccount(other_id=self.number, type=Code(code="CACC"), currency=self.currency)

    def _balance(self, code: str, units: int, at: datetime) -> Balance:
        return Balance(code=code, amount=self._amount(units), direction=_direction(units), moment=iso_moment(at))

    def _amount(self, units: int) -> Amount:
        return Amount(Money(abs(units), self.currency).iso, self.currency)

    def _entry(self, booking: Booking) -> Entry:
        amount, direction = self._amount(booking.units), _direction(booking.units)
        payment = Transaction(
            message_id=booking.message_id,
            servicer_reference=booking.reference,
            instruction_id=booking.instruction_id,
            end_to_end_id=booking.end_to_end_id or None,
            uetr=booking.uetr,
            transaction_id=booking.transaction_id,
            amount=amount,
            direction=direction,
            debtor_agent=letters.institution(booking.payer) if booking.payer else None,
        )
        return Entry(
            reference=booking.reference,
            amount=amount,
            direction=direction,
            status="BOOK",
            booking_moment=iso_moment(booking.at),
            value_date=iso_moment(booking.at)[:10],
            servicer_reference=booking.reference,
            code=_CODE,
            details=(EntryDetails(transactions=(payment,)),),
        )


def _direction(units: int) -> str:
    return "CRDT" if units >= 0 else "DBIT"
