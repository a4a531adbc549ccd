r"""Texts, codes and amounts that the bodies of the ISO 20022 variant share.

A field is named by its element in lower case (`pmt_instr_xpry_dt_tm` is PmtInstrXpryDtTm), so that each body can be
laid beside the definition. The variant writes one object where the published message repeats an element, and amounts
as an object of text and currency. Choices are read as "at least one of these": the definition means that, though its
words forbid every one of them. Patterns are written for Python (`[0-9]`, `\Z`), an amount's point as a point.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

import msgspec
from msgspec import Meta

from fspiop.messages.fields import Currency, Date, DateTime

__all__ = ["Currency", "Date", "DateTime"]

_EXACT: Final = {
    "uetr": "UETR",
    "orgnl_uetr": "OrgnlUETR",
    "lei": "LEI",
    "bicfi": "BICFI",
    "any_bic": "AnyBIC",
    "iban": "IBAN",
    "url_adr": "URLAdr",
}
_AMOUNT: Final = "|".join(rf"[0-9]{{1,{18 - digits}}}[.][0-9]{{1,{digits}}}" for digits in range(1, 6))
_RATE: Final = "|".join(rf"[0-9]{{1,{11 - digits}}}[.][0-9]{{1,{digits}}}" for digits in range(1, 11))
_ISSUER: Final = r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?"

Text4 = Annotated[str, Meta(min_length=1, max_length=4)]
Text5 = Annotated[str, Meta(min_length=1, max_length=5)]
Text10 = Annotated[str, Meta(min_length=1, max_length=10)]
Text16 = Annotated[str, Meta(min_length=1, max_length=16)]
Text34 = Annotated[str, Meta(min_length=1, max_length=34)]
Text35 = Annotated[str, Meta(min_length=1, max_length=35)]
Text70 = Annotated[str, Meta(min_length=1, max_length=70)]
Text105 = Annotated[str, Meta(min_length=1, max_length=105)]
Text128 = Annotated[str, Meta(min_length=1, max_length=128)]
Text140 = Annotated[str, Meta(min_length=1, max_length=140)]
Text256 = Annotated[str, Meta(min_length=1, max_length=256)]
Text350 = Annotated[str, Meta(min_length=1, max_length=350)]
Text2048 = Annotated[str, Meta(min_length=1, max_length=2048)]
Exact4 = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9]{4}\Z")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")]
Bic = Annotated[str, Meta(pattern=rf"^{_ISSUER}\Z")]
Lei = Annotated[str, Meta(pattern=r"^[A-Z0-9]{18}[0-9]{2}\Z")]
Iban = Annotated[str, Meta(pattern=r"^[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}\Z")]
Phone = Annotated[str, Meta(pattern=r"^\+[0-9]{1,3}-[0-9()+\-]{1,30}\Z")]
Ulid = Annotated[str, Meta(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}\Z")]
Uetr = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")]
Count = Annotated[str, Meta(pattern=r"^[0-9]{1,15}\Z")]
Number = Annotated[str, Meta(pattern=r"^(?!0[0-9])[0-9]{1,18}\Z")]
Year = Annotated[str, Meta(pattern=r"^[0-9]{4}(Z|([+-][0-9]{2}:[0-9]{2}))?\Z")]
AmountText = Annotated[str, Meta(pattern=rf"^(?!0[0-9])([0-9]{{1,18}}|{_AMOUNT})\Z")]
Rate = Annotated[str, Meta(pattern=rf"^(?!0[0-9])([0-9]{{1,11}}|{_RATE})\Z")]
Packet = Annotated[str, Meta(pattern=r"^[A-Za-z0-9\-_]+[=]{0,2}\Z")]
Hash = Annotated[str, Meta(pattern=r"^[A-Za-z0-9\-_]{43}\Z", max_length=48)]


def iso_name(field: str) -> str:
    """The element name of a field."""
    return _EXACT.get(field) or "".join(part.capitalize() for part in field.split("_"))


class Element(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, rename=iso_name):
    """An object of the variant: only the elements it names may stand in it."""

    one_of: ClassVar[tuple[str, ...]] = ()
    """The elements of which at least one must be there."""

    def __post_init__(self) -> None:
        """Refuse a choice in which nothing is chosen (ValueError)."""
        if self.one_of and not any(getattr(self, field) is not None for field in self.__struct_fields__):
            raise ValueError(f"one of {', '.join(self.one_of)} is needed")


if TYPE_CHECKING:
    Free = dict[str, Any]
    """An object of any content."""
else:
    Free = dict


class Supplement(Element, frozen=True):
    """SplmtryData: what has no element of its own, in an envelope of any content."""

    envlp: Free
    plc_and_nm: Text350 | None = None


class Code4(Element, frozen=True):
    """A code of an external list, or a word of one's own."""

    one_of: ClassVar = ("Cd", "Prtry")

    cd: Text4 | None = None
    prtry: Text35 | None = None


class Code5(Element, frozen=True):
    """As Code4, for clearing systems."""

    one_of: ClassVar = ("Cd", "Prtry")

    cd: Text5 | None = None
    prtry: Text35 | None = None


class Code35(Element, frozen=True):
    """As Code4, for local instruments."""

    one_of: ClassVar = ("Cd", "Prtry")

    cd: Text35 | None = None
    prtry: Text35 | None = None


class LooseCode(Element, frozen=True):
    """As Code4, but an empty one is allowed (scheme names of organisations)."""

    cd: Text4 | None = None
    prtry: Text35 | None = None


class Settled(Element, frozen=True):
    """An amount between banks."""

    active_currency_and_amount: AmountText
    ccy: Currency


class Instructed(Element, frozen=True):
    """An amount as it was instructed, charged or taxed; its currency may be historic."""

    active_or_historic_currency_and_amount: AmountText
    ccy: Currency
