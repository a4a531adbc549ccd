"""Checks of single values: accounts, institutions, legal entities, currencies, countries, identifiers, texts."""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from iso.rules.model import TextCheck
from schemas.codes.countries import IBAN_LENGTHS, KNOWN
from schemas.codes.currencies import ACTIVE, TEST, WITHOUT_AMOUNTS, minor_units
from schemas.codes.external import CURRENCIES

_NUMBERS: Final = {ord(letter): str(number) for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 10)}
_PLAIN: Final = re.compile(r"[0-9A-Z]+", re.ASCII)
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{1,30}", re.ASCII)
_UETR: Final = re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}", re.ASCII)
_OFFSET: Final = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})\Z", re.ASCII)
_ABA: Final = re.compile(r"[0-9]{9}", re.ASCII)
_MONEYLESS: Final = WITHOUT_AMOUNTS | TEST

FIN_X: Final = re.compile(r"[0-9A-Za-z/\-?:().,'+ \r\n\t]*", re.ASCII)
"""The characters of the old FIN messages (set X)."""
FIN_X_PLUS: Final = re.compile(r"[0-9A-Za-z/\-?:().,'+ !#$%&*=^_`{|}~\";<>@\[\]\\\r\n\t]*", re.ASCII)
"""Set X and the further ASCII signs that CBPR+ allows in names, addresses and remittance."""
LATIN: Final = re.compile(
    "[\t\n\r -~\u00a0-\u024f\u02b0-\u02ff\u0300-\u036f\u1e00-\u1eff\u2010-\u2027\u2030-\u2044\u20a0-\u20bf\u2122]*"
)
"""Latin letters with every diacritic, usual punctuation and currency signs."""
NO_CONTROLS: Final = re.compile("[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffd\ufffe\uffff]*")
"""No control characters and no sign that stands for a lost one."""


def iban(text: str) -> str | None:
    """ISO 13616: length of the country and check digits modulo 97."""
    if not _IBAN.fullmatch(text):
        return f"'{text[:40]}' is no IBAN"
    length = IBAN_LENGTHS.get(text[:2])
    if length is not None and len(text) != length:
        return f"an IBAN of {text[:2]} has {length} characters, {text} has {len(text)}"
    if int((text[4:] + text[:4]).translate(_NUMBERS)) % 97 != 1:
        return f"the check digits of {text} do not fit"
    return None


def iban_country(text: str) -> str | None:
    """The country of an IBAN is in the registry."""
    return None if text[:2] in IBAN_LENGTHS else f"{text[:2]} is not in the registry of IBANs"


def lei(text: str) -> str | None:
    """ISO 17442: check digits modulo 97."""
    if not _PLAIN.fullmatch(text) or int(text.translate(_NUMBERS)) % 97 != 1:
        return f"the check digits of {text[:40]} do not fit"
    return None


def bic(text: str) -> str | None:
    """ISO 9362: a country in the fifth and sixth place."""
    if len(text) not in (8, 11):
        return f"{text[:40]} has {len(text)} characters"
    return None if text[4:6] in KNOWN else f"{text[4:6]} in {text} is no country"


def passive_bic(text: str) -> str | None:
    """ISO 9362: 1 in the eighth place is a BIC that is not connected, 0 one for tests."""
    return f"{text} ends with {text[7]}" if text[7:8] in {"0", "1"} else None


def country(text: str) -> str | None:
    """ISO 3166-1."""
    return None if text in KNOWN else f"{text[:10]} was never given to a country"


def currency(_amount: str, code: str) -> str | None:
    """ISO 4217, present or past."""
    return None if code in CURRENCIES else f"{code} is none"


def active_currency(_amount: str, code: str) -> str | None:
    """ISO 4217, in use today (or a test code, or one without decimals)."""
    return None if code in ACTIVE or code in _MONEYLESS or code not in CURRENCIES else f"{code} was withdrawn"


def decimals(amount: str, code: str) -> str | None:
    """No more digits than the minor unit has; zeros behind do not count."""
    point = amount.find(".")
    if point < 0:
        return None
    digits = minor_units(code)
    if digits is None or len(amount) - point - 1 <= digits or len(amount[point + 1 :].rstrip("0")) <= digits:
        return None
    return f"{code} has {digits}, {amount} has more"


def uetr(text: str) -> str | None:
    """RFC 4122: version 4, variant 1, lower case."""
    return None if _UETR.fullmatch(text) else f"'{text[:40]}'"


def offset(text: str) -> str | None:
    """A time says its offset from UTC."""
    return None if _OFFSET.search(text) else f"{text[:40]} has none"


def routing_number(text: str) -> str | None:
    """A routing number of American banks: nine digits."""
    return None if _ABA.fullmatch(text) else f"'{text[:40]}'"


def routing_check(text: str) -> str | None:
    """The check digit of a routing number: weights 3, 7, 1."""
    if not _ABA.fullmatch(text):
        return None
    total = sum(weight * int(digit) for weight, digit in zip((3, 7, 1) * 3, text, strict=True))
    return f"{text} adds up to {total}" if total % 10 else None


def slashes(text: str) -> str | None:
    """A reference neither begins nor ends with a slash nor holds two in a row."""
    return f"'{text[:40]}'" if text[:1] == "/" or text[-1:] == "/" or "//" in text else None


def positive(text: str) -> str | None:
    """A number above zero."""
    found = number(text)
    return None if found is None or found > 0 else f"{text} is not"


def number(text: str | None) -> Decimal | None:
    """The decimal a text is; None if it is none."""
    try:
        found = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def one_of(codes: frozenset[str]) -> TextCheck:
    """The text is one of these."""

    def check(text: str) -> str | None:
        return None if text in codes else f"'{text[:40]}'"

    return check


def fits(pattern: str) -> TextCheck:
    """The text fits the whole pattern."""
    compiled = re.compile(pattern)

    def check(text: str) -> str | None:
        return None if compiled.fullmatch(text) else f"'{text[:40]}'"

    return check


def at_most(length: int) -> TextCheck:
    """The text has at most so many characters."""

    def check(text: str) -> str | None:
        return f"{len(text)} characters" if len(text) > length else None

    return check


def not_blank(text: str) -> str | None:
    """The text says something."""
    return None if text else "nothing but blanks"
