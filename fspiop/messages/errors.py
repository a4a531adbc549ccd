"""Bodies of errors: what every `/error` callback and every synchronous refusal carries (API definition section 7.6)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from fspiop.messages.fields import ErrorCode, ExtensionList, Text128

# The quoting definition knows only the groups of the API definition.
_QuoteErrorCode = Annotated[str, Meta(pattern=r"^(10|20|3[0-4]|4[0-4]|5[0-4])[0-9]{2}\Z")]


class ErrorInformation(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Code, text and extensions of one error."""

    error_code: ErrorCode
    error_description: Text128
    extension_list: ExtensionList | None = None


class ErrorBody(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """PUT .../error of parties, participants and transfers (ErrorInformationObject)."""

    error_information: ErrorInformation


class QuoteErrorInformation(ErrorInformation, frozen=True, rename="camel", omit_defaults=True):
    """As ErrorInformation, with the codes quotes may carry."""

    error_code: _QuoteErrorCode


class QuoteErrorBody(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """PUT /quotes/{ID}/error: no further property may stand beside the error."""

    error_information: QuoteErrorInformation
