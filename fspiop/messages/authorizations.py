r"""Bodies of /authorizations: the payer proves at the payee's device that it wants to pay (API definition 6.6)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from fspiop.messages.transactionrequests import AuthenticationType

AuthorizationResponse = Literal["ENTERED", "REJECTED", "RESEND"]
# One-time password (3 to 10 digits) and QR code share one pattern of the definition.
AuthenticationText = Annotated[str, Meta(pattern=r"^[0-9]{3,10}\Z|^\S{1,64}\Z")]
U2fPin = Annotated[str, Meta(pattern=r"^\S{1,64}\Z", min_length=1, max_length=64)]
Integer = Annotated[str, Meta(pattern=r"^[1-9][0-9]*\Z")]


class U2fPinValue(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The answer of a U2F device: its pin and how often it was used."""

    pin_value: U2fPin
    counter: Integer


class AuthenticationInfo(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What the payer entered: a one-time password or a QR code as text, a U2F answer as an object."""

    authentication: AuthenticationType
    authentication_value: AuthenticationText | U2fPinValue


class AuthorizationsPut(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """PUT /authorizations/{ID}: entered, rejected, or send it again."""

    response_type: AuthorizationResponse
    authentication_info: AuthenticationInfo | None = None
