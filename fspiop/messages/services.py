"""Bodies of /services: who offers a service in the scheme (API definition 2.0, third party API)."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fspiop.messages.fields import FspIdText

PROVIDERS_MAX: Final = 16
"""The definition lets an answer name that many."""


class ServicesPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PUT /services/{ServiceType} and /services/FXP/{SourceCurrency}/{TargetCurrency}: the FSPs that offer it."""

    providers: Annotated[tuple[FspIdText, ...], Meta(max_length=PROVIDERS_MAX)]
