"""Keys of XML signatures, loaded once from PEM: public ones pinned for a participant, private ones the hub signs with.

RSA of at least 2048 bits and ECDSA on P-256 or P-384, nothing else (rules of the scheme, XML Signature 1.1).
"""

import base64
from datetime import datetime
from functools import lru_cache

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
MIN_RSA_BITS = 2048
_CURVES = (ec.SECP256R1, ec.SECP384R1)
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


class KeyRefusedError(ValueError):
    """A PEM text that is no key we may use; the text says why."""


class PinnedKey(msgspec.Struct, frozen=True):
    """A public key on file. `certificate` (DER), its times and its names are empty for a bare public key.

    `issuer` and `subject` are names as RFC 4514 writes them; `identifier` is the subject key identifier.
    """

    key: PublicKey
    certificate: bytes | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    issuer: str = ""
    subject: str = ""
    serial: int | None = None
    identifier: bytes = b""
    id: str = ""

    def valid_at(self, moment: datetime) -> bool:
        """Whether the certificate is in its time at `moment` (aware); a bare key always is."""
        return (self.not_before is None or self.not_before <= moment) and (
            self.not_after is None or moment <= self.not_after
        )


class SigningKey(msgspec.Struct, frozen=True):
    """A private key, and the base64 text of its certificate if signatures are to carry it."""

    key: PrivateKey
    certificate: str | None = None


@lru_cache(maxsize=4096)
def pinned_key(pem: str) -> PinnedKey:
    """The key of a certificate or public key in PEM."""
    text = pem.encode()
    try:
        if _CERTIFICATE in text:
            certificate = x509.load_pem_x509_certificate(text)
            return PinnedKey(
                _allowed(certificate.public_key()),
                certificate.public_bytes(serialization.Encoding.DER),
                certificate.not_valid_before_utc,
                certificate.not_valid_after_utc,
                certificate.issuer.rfc4514_string(),
                certificate.subject.rfc4514_string(),
                certificate.serial_number,
                _identifier(certificate),
            )
        public = _allowed(serialization.load_pem_public_key(text))
        return PinnedKey(public, identifier=_own_identifier(public))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyRefusedError(f"not a usable certificate or public key: {error}") from None


@lru_cache(maxsize=64)
def signing_key(pem: str, certificate_pem: str | None = None) -> SigningKey:
    """The private key in PEM (unencrypted PKCS #8 or traditional form) to sign with."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyRefusedError(f"not a usable private key: {error}") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyRefusedError("a signing key is RSA or ECDSA on P-256 or P-384")
    public = _allowed(key.public_key())
    if certificate_pem is None:
        return SigningKey(key)
    pinned = pinned_key(certificate_pem)
    if pinned.certificate is None or pinned.key != public:
        raise KeyRefusedError("the certificate is not that of the private key")
    return SigningKey(key, base64.b64encode(pinned.certificate).decode())


def _identifier(certificate: x509.Certificate) -> bytes:
    """What the certificate calls its key, or what everybody would (RFC 5280, 4.2.1.2)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return _own_identifier(certificate.public_key())


def _own_identifier(key: object) -> bytes:
    return x509.SubjectKeyIdentifier.from_public_key(key).digest  # type: ignore[arg-type]


def _allowed(key: object) -> PublicKey:
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < MIN_RSA_BITS:
            raise KeyRefusedError(f"an RSA key of {key.key_size} bits; at least {MIN_RSA_BITS} are needed")
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return key
    raise KeyRefusedError("a key is RSA or ECDSA on P-256 or P-384")
