"""Commands about keys and access: the operator's side of who is believed."""

import msgspec

from schemas.canonical.access import ApiKey
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Certificate, JwsKey


class PutKey(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="put_key"):
    """Add a FSPIOP verification key, or replace the one of that id.

    `replaces` names a key that this one follows: it stays valid for `overlap_s` seconds from the new one's start.
    """

    name: FspId
    key: JwsKey
    replaces: str | None = None
    overlap_s: int = 0


class RevokeKey(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="revoke_key"):
    """End a verification key at once; its id is never used again."""

    name: FspId
    id: str


class PutCertificate(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="put_certificate"):
    """As PutKey, for a certificate or key that verifies the business messages of a bank."""

    name: FspId
    certificate: Certificate
    replaces: str | None = None
    overlap_s: int = 0


class RevokeCertificate(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="revoke_certificate"):
    """End a bank's certificate at once; neither it nor its id comes back."""

    name: FspId
    id: str


class SetGatewayKey(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_gateway_key"):
    """Give a bank a new gateway key (private, PEM); `former` is the public half of the one before and its end."""

    name: FspId
    pem: str
    former: JwsKey | None = None


class SetAlgorithm(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_algorithm"):
    """Choose with which algorithm the hub signs what it makes for a participant: RS256 or ES256."""

    name: FspId
    algorithm: str


class SetAccess(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_access"):
    """Replace the certificates and networks of a participant; its API keys stay."""

    name: FspId
    certificates: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


class AddApiKey(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="add_api_key"):
    """Let a participant use an API key."""

    name: FspId
    key: ApiKey


class RemoveApiKey(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="remove_api_key"):
    """End an API key at once."""

    name: FspId
    id: str


KeyCommand = (
    PutKey
    | RevokeKey
    | PutCertificate
    | RevokeCertificate
    | SetGatewayKey
    | SetAlgorithm
    | SetAccess
    | AddApiKey
    | RemoveApiKey
)
