"""Key pairs of counterparties and the self-signed certificates that carry their public halves."""

from datetime import timedelta

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from switch.sandbox.clock import now

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class KeyPair(msgspec.Struct, frozen=True):
    """A private key with its public key and a self-signed certificate, both in PEM."""

    private: PrivateKey
    public_pem: str
    certificate_pem: str

    @property
    def private_pem(self) -> str:
        """The private key in PEM (PKCS #8, not encrypted: it guards nothing but a trial)."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()


def rsa_keys(name: str) -> KeyPair:
    """An RSA pair of 2048 bits."""
    return _certified(name, rsa.generate_private_key(public_exponent=65537, key_size=2048))


def ec_keys(name: str) -> KeyPair:
    """A pair on P-256."""
    return _certified(name, ec.generate_private_key(ec.SECP256R1()))


def _certified(name: str, private: PrivateKey) -> KeyPair:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = now() - timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .sign(private, hashes.SHA256())
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return KeyPair(private, public.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode())
