"""The hub's own keys: XML signatures (EC P-256), FSPIOP signatures (RSA), secrets for fulfilments."""

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from switch.profile import HubKey

XML_KEY: Final = "xml-key.pem"
XML_CERTIFICATE: Final = "xml-certificate.pem"
JWS_KEY: Final = "jws-key.pem"
SECRETS: Final = "fulfilment"
_SECRET_BYTES: Final = 32
_YEARS: Final = 2


class MissingKeysError(Exception):
    """A key the production profile demands is not there; the text says which file to provide."""


class HubKeys(msgspec.Struct, frozen=True):
    """Keys in PEM; `secrets` are newest first: the first makes new conditions, all are tried for old ones."""

    xml_key: str
    xml_certificate: str
    jws_key: str
    secrets: tuple[HubKey, ...]


def load(folder: Path, *, create: bool, hub: str) -> HubKeys:
    """Read the keys of a folder; with `create` (sandbox) make what is missing, else raise MissingKeysError.

    Fulfilment secrets are the files `fulfilment/<id>.key`; the last id in sort order is the newest, so a rotation is
    one more file (for example named by its date) and a restart.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if create:
        _create(folder, hub)
    missing = [name for name in (XML_KEY, XML_CERTIFICATE, JWS_KEY) if not (folder / name).is_file()]
    ring = sorted((folder / SECRETS).glob("*.key"), reverse=True)
    if missing or not ring:
        wanted = ", ".join([*missing, *([] if ring else [f"{SECRETS}/<id>.key"])])
        advice = "docs/security.md tells how to make them; the sandbox profile makes them itself"
        raise MissingKeysError(f"keys are missing in {folder}: {wanted}. Provide them: {advice}")
    return HubKeys(
        (folder / XML_KEY).read_text(),
        (folder / XML_CERTIFICATE).read_text(),
        (folder / JWS_KEY).read_text(),
        tuple(HubKey(path.stem, path.read_bytes()) for path in ring),
    )


def _create(folder: Path, hub: str) -> None:
    if not (folder / XML_KEY).exists():
        key = ec.generate_private_key(ec.SECP256R1())
        _write(folder / XML_CERTIFICATE, _certificate(key, hub))
        _write(folder / XML_KEY, _private(key))
    if not (folder / JWS_KEY).exists():
        _write(folder / JWS_KEY, _private(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    ring = folder / SECRETS
    if not ring.exists():
        ring.mkdir(mode=0o700)
        _write(ring / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.key", secrets.token_bytes(_SECRET_BYTES))


def _certificate(key: ec.EllipticCurvePrivateKey, hub: str) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hub)])
    start = datetime.now(UTC) - timedelta(minutes=5)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * _YEARS))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Write a secret readable by its owner only, whole or not at all."""
    partial = path.with_suffix(".partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    partial.rename(path)
