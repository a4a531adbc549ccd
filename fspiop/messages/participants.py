"""Bodies of /participants: which FSP holds a party (API definition section 6.2)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from fspiop.messages.errors import ErrorInformation
from fspiop.messages.fields import CorrelationId, Currency, ExtensionList, FspIdText, Text128

ParticipantType = Literal[
    "MSISDN", "EMAIL", "PERSONAL_ID", "BUSINESS", "DEVICE", "ACCOUNT_ID", "IBAN", "ALIAS", "CONSENT", "THIRD_PARTY_LINK"
]


class ParticipantIdInfo(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A party and the FSP that holds it; beside parties, consents and account links of the third-party API."""

    party_id_type: ParticipantType
    party_identifier: Text128
    party_sub_id_or_type: Text128 | None = None
    fsp_id: FspIdText | None = None
    extension_list: ExtensionList | None = None


class ParticipantPost(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """POST /participants/{Type}/{ID}[/{SubId}]: this FSP holds the party."""

    fsp_id: FspIdText
    currency: Currency | None = None
    extension_list: ExtensionList | None = None


class ParticipantPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PUT /participants/{Type}/{ID}[/{SubId}]: the FSP that holds the party."""

    fsp_id: FspIdText | None = None


class ParticipantsPost(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """POST /participants: up to 10,000 parties at once."""

    request_id: CorrelationId
    party_list: Annotated[tuple[ParticipantIdInfo, ...], Meta(min_length=1, max_length=10000)]
    currency: Currency | None = None


class PartyResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What became of one party of a batch."""

    party_id: ParticipantIdInfo
    error_information: ErrorInformation | None = None


class ParticipantsPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PUT /participants/{requestId}: what became of each party of a batch."""

    party_list: Annotated[tuple[PartyResult, ...], Meta(min_length=1, max_length=10000)]
    currency: Currency | None = None


class ParticipantRegistered(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What the reference hub sends on PUT /participants/{Type}/{ID} after a registration."""

    party_list: tuple[ParticipantIdInfo, ...]
    currency: Currency | None = None
