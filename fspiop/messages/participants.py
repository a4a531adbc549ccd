"""Bodies of /participants: which FSP holds a party (API definition section 6.2)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from fspiop.messages.errors import ErrorInformation
from fspiop.messages.fields import CorrelationId, Currency, ExtensionList, FspIdText, PartyIdInfo


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
    party_list: Annotated[tuple[PartyIdInfo, ...], Meta(min_length=1, max_length=10000)]
    currency: Currency | None = None


class PartyResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What became of one party of a batch."""

    party_id: PartyIdInfo
    error_information: ErrorInformation | None = None


class ParticipantsPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PUT /participants/{requestId}: what became of each party of a batch."""

    party_list: Annotated[tuple[PartyResult, ...], Meta(min_length=1, max_length=10000)]
    currency: Currency | None = None


class ParticipantRegistered(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What the reference hub sends on PUT /participants/{Type}/{ID} after a registration."""

    party_list: tuple[PartyIdInfo, ...]
    currency: Currency | None = None
