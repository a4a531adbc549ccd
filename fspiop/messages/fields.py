r"""Elements that several FSPIOP bodies share (API definition section 7; patterns of the published data model).

One type serves versions 1.0, 1.1 and 2.0: a later version only added optional elements. Amounts, dates and ids stay
the strings of the wire; an element that is not there is None, and JSON null is refused wherever it stands for one.
Patterns are written for Python: `[0-9]` because `\d` takes other scripts, `\Z` because `$` also matches before a last
line feed.
"""

import unicodedata
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from schemas.codes.currencies import FSPIOP as _CURRENCIES

_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[1-7][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_ULID: Final = "[0-9A-HJKMNP-TV-Z]{26}"
_DAY: Final = (
    "(?:[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    "|(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)-02-29)"
)
_TIME: Final = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}(?:Z|[+-][01][0-9]:[0-5][0-9])"
_NAME_PATTERN: Final = r"^(?!\s*$)[\p{L}\p{gc=Mark}\p{digit}\p{gc=Connector_Punctuation}\p{Join_Control} .,'-]{1,128}$"
# The same in the words of ECMA-262, for readers of our OpenAPI document.
_NAME_ECMA: Final = r"^ *[\p{L}\p{M}\p{Nd}\p{Pc}\u200c\u200d.,'-][\p{L}\p{M}\p{Nd}\p{Pc}\u200c\u200d .,'-]*$"
_NAME_SIGNS: Final = frozenset(" .,'-\u200c\u200d")
_NAME_CATEGORIES: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Pc"})


def is_name(text: str) -> bool:
    """Whether the text may be part of a person's name: letters, marks, digits and a few signs, and not blank."""
    return not text.isspace() and all(
        sign in _NAME_SIGNS or unicodedata.category(sign) in _NAME_CATEGORIES for sign in text
    )


if TYPE_CHECKING:
    Currency = str
    """Three letters of the FSPIOP list (CurrencyEnum)."""
else:
    Currency = Literal[tuple(sorted(_CURRENCIES))]

Amount = Annotated[str, Meta(pattern=r"^([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?\Z")]
CORRELATION_ID: Final = rf"^(?:{_UUID}|{_ULID})\Z"
CorrelationId = Annotated[str, Meta(pattern=CORRELATION_ID)]
DateTime = Annotated[str, Meta(pattern=rf"^{_DAY}{_TIME}\Z")]
Date = Annotated[str, Meta(pattern=rf"^{_DAY}\Z")]
FspIdText = Annotated[str, Meta(min_length=1, max_length=32)]
IlpPacketText = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+[=]{0,2}\Z", min_length=1, max_length=32768)]
IlpHash = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
ErrorCode = Annotated[str, Meta(pattern=r"^[1-9][0-9]{3}\Z")]
Text128 = Annotated[str, Meta(min_length=1, max_length=128)]
Text32 = Annotated[str, Meta(min_length=1, max_length=32)]
KycText = Annotated[str, Meta(min_length=1, max_length=2048)]
Latitude = Annotated[str, Meta(pattern=r"^(\+|-)?(?:90(?:(?:\.0{1,6})?)|(?:[0-9]|[1-8][0-9])(?:(?:\.[0-9]{1,6})?))\Z")]
Longitude = Annotated[
    str,
    Meta(pattern=r"^(\+|-)?(?:180(?:(?:\.0{1,6})?)|(?:[0-9]|[1-9][0-9]|1[0-7][0-9])(?:(?:\.[0-9]{1,6})?))\Z"),
]
MerchantCode = Annotated[str, Meta(pattern=r"^[0-9]{1,4}\Z")]
BalanceOfPayments = Annotated[str, Meta(pattern=r"^[1-9][0-9]{2}\Z")]
UndefinedEnum = Annotated[str, Meta(pattern=r"^[A-Z_]{1,32}\Z")]
# The pattern needs Unicode properties, which Python's regular expressions lack: the struct checks it itself.
NameText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        extra={"check": is_name, "published": _NAME_PATTERN},
        extra_json_schema={"pattern": _NAME_ECMA},
    ),
]

PartyIdType = Literal["MSISDN", "EMAIL", "PERSONAL_ID", "BUSINESS", "DEVICE", "ACCOUNT_ID", "IBAN", "ALIAS"]
AmountType = Literal["SEND", "RECEIVE"]
TransferStateWord = Literal["RECEIVED", "RESERVED", "COMMITTED", "ABORTED"]
Scenario = Literal["DEPOSIT", "WITHDRAWAL", "TRANSFER", "PAYMENT", "REFUND"]
Initiator = Literal["PAYER", "PAYEE"]
InitiatorType = Literal["CONSUMER", "AGENT", "BUSINESS", "DEVICE"]
CurrencyConverter = Literal["PAYER", "PAYEE"]


class MoneyBody(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Money: an amount as canonical text in one currency."""

    currency: Currency
    amount: Amount


class Extension(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One key and value that a scheme or a participant added."""

    key: Text32
    value: Text128


class ExtensionList(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """1 to 16 extensions."""

    extension: Annotated[tuple[Extension, ...], Meta(min_length=1, max_length=16)]


class GeoCode(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Where a transaction was initiated: decimal degrees as text."""

    latitude: Latitude
    longitude: Longitude


class PartyIdInfo(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """How a party is found: the type of its identifier, the identifier, and perhaps the FSP that holds it."""

    party_id_type: PartyIdType
    party_identifier: Text128
    party_sub_id_or_type: Text128 | None = None
    fsp_id: FspIdText | None = None
    extension_list: ExtensionList | None = None


class PartyComplexName(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A natural person's name in parts."""

    first_name: NameText | None = None
    middle_name: NameText | None = None
    last_name: NameText | None = None

    def __post_init__(self) -> None:
        """Refuse a part that is blank or has characters no name has (ValueError)."""
        for part in (self.first_name, self.middle_name, self.last_name):
            if part is not None and not is_name(part):
                raise ValueError("not a name")


class PartyPersonalInfo(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What is known of the person; `kyc_information` came with version 2.0."""

    complex_name: PartyComplexName | None = None
    date_of_birth: Date | None = None
    kyc_information: KycText | None = None


class Party(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A payer or payee; `supported_currencies` came with version 2.0."""

    party_id_info: PartyIdInfo
    merchant_classification_code: MerchantCode | None = None
    name: Text128 | None = None
    personal_info: PartyPersonalInfo | None = None
    supported_currencies: Annotated[tuple[Currency, ...], Meta(max_length=16)] | None = None
