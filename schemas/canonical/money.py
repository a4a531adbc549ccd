"""Exact amounts of money: one unit is 10^-4 of the currency, and nothing is ever rounded."""

import re
from typing import Final, Self

import msgspec

from schemas.codes.currencies import minor_units

UNITS_PER_ONE: Final = 10_000
_SCALE: Final = 4
# FSPIOP API definition, Amount: no sign, no leading zeros, no trailing zeros in the fraction.
_FSPIOP_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,3}[1-9])?", re.ASCII)
# ISO 20022 ActiveCurrencyAndAmount: 18 digits in all, 5 of them after the point, no sign and no exponent.
_ISO_AMOUNT = re.compile(r"\+?([0-9]*)(?:\.([0-9]*))?", re.ASCII)
_ISO_TOTAL_DIGITS: Final = 18


class MoneyError(ValueError):
    """The text is no exact amount of that currency; `fault` names the row of the fault table."""

    def __init__(self, fault: str, detail: str) -> None:
        """Keep the fault's name beside the text for people."""
        super().__init__(detail)
        self.fault = fault
        self.detail = detail


class Money(msgspec.Struct, frozen=True, order=True):
    """An amount of one currency, `units` x 10^-4 (never negative on the wire, may be negative as a balance)."""

    units: int
    currency: str

    @classmethod
    def parse_fspiop(cls, amount: str, currency: str) -> Self:
        """Read an FSPIOP Amount (section 7.2.13 of the API definition): up to 4 decimals for any currency."""
        _known(currency)
        if not _FSPIOP_AMOUNT.fullmatch(amount):
            raise MoneyError("MALFORMED_AMOUNT", f"'{amount[:40]}' is not an FSPIOP amount")
        whole, _, fraction = amount.partition(".")
        return cls(int(whole) * UNITS_PER_ONE + int(fraction.ljust(_SCALE, "0") or 0), currency)

    @classmethod
    def parse_iso(cls, amount: str, currency: str) -> Self:
        """Read an ISO 20022 amount: `1`, `1.0` and `1.00` are equal; finer than the minor unit is refused."""
        digits = _known(currency)
        match = _ISO_AMOUNT.fullmatch(amount.strip())
        if match is None or not (match[1] or match[2]):
            raise MoneyError("MALFORMED_AMOUNT", f"'{amount[:40]}' is not a decimal amount")
        whole, fraction = match[1] or "0", (match[2] or "").rstrip("0")
        if len(whole.lstrip("0")) + len(fraction) > _ISO_TOTAL_DIGITS:
            raise MoneyError("MALFORMED_AMOUNT", f"'{amount[:40]}' has more than {_ISO_TOTAL_DIGITS} digits")
        if len(fraction) > digits:
            raise MoneyError("TOO_MANY_DECIMALS", f"{currency} has {digits} decimals, '{amount[:40]}' has more")
        return cls(int(whole) * UNITS_PER_ONE + int(fraction.ljust(_SCALE, "0") or 0), currency)

    @property
    def fspiop(self) -> str:
        """The shortest FSPIOP form: `5`, `0.5`, `5.5555`."""
        whole, fraction = divmod(abs(self.units), UNITS_PER_ONE)
        text = f"{whole}.{fraction:04d}".rstrip("0").rstrip(".")
        return f"-{text}" if self.units < 0 else text

    @property
    def iso(self) -> str:
        """The ISO form with the currency's minor units, or more if the amount is finer (FSPIOP allows it)."""
        digits = minor_units(self.currency) or 0
        whole, fraction = divmod(abs(self.units), UNITS_PER_ONE)
        places = f"{fraction:04d}".rstrip("0").ljust(digits, "0")
        text = f"{whole}.{places}" if places else str(whole)
        return f"-{text}" if self.units < 0 else text

    @property
    def fits_iso(self) -> bool:
        """Whether the amount can be said in ISO 20022: no finer than the minor unit, at most 18 digits."""
        whole, _, fraction = self.iso.partition(".")
        return len(fraction) <= (minor_units(self.currency) or 0) and len(whole + fraction) <= _ISO_TOTAL_DIGITS

    def __add__(self, other: Self) -> Self:
        """Add an amount of the same currency."""
        self._same(other)
        return type(self)(self.units + other.units, self.currency)

    def __sub__(self, other: Self) -> Self:
        """Subtract an amount of the same currency."""
        self._same(other)
        return type(self)(self.units - other.units, self.currency)

    def _same(self, other: Self) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")


def _known(currency: str) -> int:
    digits = minor_units(currency)
    if digits is None:
        raise MoneyError("UNKNOWN_CURRENCY", f"'{currency[:8]}' is not a currency of ISO 4217 in use here")
    return digits
