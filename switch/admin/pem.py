"""Keys and certificates in PEM as operators give them: read, judged, made."""

import hashlib
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from schemas.canonical.faults import fault
from switch.admin.desk import RefusalError

_RSA_BITS_MIN: Final = 2048
_ID_LENGTH: Final = 16
CERTIFICATE: Final = "BEGIN CERTIFICATE"


def sound(pem: str) -> None:
    """Raise RefusalError unless this is a public key in PEM that is strong enough."""
    try:
        strong(serialization.load_pem_public_key(pem.encode()))
    except ValueError as error:
        raise RefusalError(fault("VALIDATION", f"key is not a public key in PEM: {error}")) from error


def strong(key: object) -> None:
    """Raise RefusalError unless the key is RSA of at least 2048 bits or EC on P-256."""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS_MIN:
        return
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return
    raise RefusalError(fault("VALIDATION", "keys must be RSA of at least 2048 bits or EC P-256"))


def certificate(pem: str) -> x509.Certificate:
    """The certificate of a PEM whose key is strong enough; raises RefusalError."""
    try:
        found = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise RefusalError(fault("VALIDATION", f"certificate is not readable PEM: {error}")) from error
    strong(found.public_key())
    return found


def period(pem: str) -> tuple[datetime | None, datetime | None]:
    """From when to when a certificate is valid; a bare public key (judged here too) has no period of its own."""
    if CERTIFICATE not in pem:
        sound(pem)
        return None, None
    found = certificate(pem)
    return found.not_valid_before_utc, found.not_valid_after_utc


def thumbprint(pem: str) -> str:
    """A short name of a public key or certificate that was found sound."""
    key: Any = certificate(pem).public_key() if CERTIFICATE in pem else serialization.load_pem_public_key(pem.encode())
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:_ID_LENGTH]


def public_of(private_pem: str) -> str:
    """The public half, in PEM, of a private key."""
    key = serialization.load_pem_private_key(private_pem.encode(), None).public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, spki).decode()


def new_private(algorithm: str = "RS256") -> str:
    """A new private key in PEM with which the hub signs FSPIOP messages in a bank's name."""
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if algorithm == "ES256":
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS_MIN)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
