"""Amounts as people read them: exact, with commas between thousands."""

from schemas.canonical.money import Money


def shown(amount: Money) -> str:
    """With the decimals of its currency: `-12,835.50`."""
    return _grouped(amount.iso)


def short(units: int) -> str:
    """Units of 10^-4 without needless decimals: `-12,835.5`."""
    return _grouped(Money(units, "").fspiop)


def _grouped(text: str) -> str:
    sign, whole = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, rest = whole.partition(".")
    return f"{sign}{int(whole):,}{point}{rest}"
