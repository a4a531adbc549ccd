"""The hub's own keys: XML signatures (EC P-256), FSPIOP signatures (RSA), secrets for fulfilments."""

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
from switch.ring import ALGORITHMS, FIRST, Ring, pem_of, write_secret

XML_KEY: Final = "xml-key.pem"
XML_CERTIFICATE: Final = "xml-certificate.pem"
JWS_KEY: Final = FIRST
SECRETS: Final = "fulfilment"
_SECRET_BYTES: Final = 32
_YEARS: Final = 2


class MissingKeysError(Exception):
    """A key the production profile demands is not there; the text says which file to provide."""


class HubKeys(msgspec.Struct, frozen=True):
    """Keys in PEM; `secrets` are newest first: the first makes new conditions, all are tried for old ones.

    `ring` has the JWS keys as they are now, which may be others than at the start.
    """

    xml_key: str
    xml_certificate: str
    ring: Ring
    secrets: tuple[HubKey, ...]

    @property
    def jws_key(self) -> str:
        """The RS256 key (PEM) that is the newest now."""
        return next(key.pem for key in self.ring.all() if key.algorithm == ALGORITHMS[0])


def load(folder: Path, *, create: bool, hub: str) -> HubKeys:
    """Read the keys of a folder; with `create` (sandbox) make what is missing, else raise MissingKeysError.

    Fulfilment secrets are the files `fulfilment/<id>.key`; the last id in sort order is the newest, so a rotation is
    one more file (for example named by its date) and a restart.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if create:
        _create(folder, hub)
    missing = [name for name in (XML_KEY, XML_CERTIFICATE) if not (folder / name).is_file()]
    ring = Ring(folder, _clock)
    if not _can_sign(ring):
        missing.append(JWS_KEY)
    kept = sorted((folder / SECRETS).glob("*.key"), reverse=True)
    if missing or not kept:
        wanted = ", ".join([*missing, *([] if kept else [f"{SECRETS}/<id>.key"])])
        advice = "docs/security.md tells how to make them; the sandbox profile makes them itself"
        raise MissingKeysError(f"keys are missing in {folder}: {wanted}. Provide them: {advice}")
    return HubKeys(
        (folder / XML_KEY).read_text(),
        (folder / XML_CERTIFICATE).read_text(),
        ring,
        tuple(HubKey(path.stem, path.read_bytes()) for path in kept),
    )


def _clock() -> datetime:
    return datetime.now(UTC)


def _can_sign(ring: Ring) -> bool:
    now = _clock()
    return any(key.algorithm == ALGORITHMS[0] and (key.start is None or key.start <= now) for key in ring.all())


def _create(folder: Path, hub: str) -> None:
    if not (folder / XML_KEY).exists():
        key = ec.generate_private_key(ec.SECP256R1())
        write_secret(folder / XML_CERTIFICATE, _certificate(key, hub))
        write_secret(folder / XML_KEY, pem_of(key))
    if not _can_sign(Ring(folder, _clock)):
        write_secret(folder / JWS_KEY, pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    ring = folder / SECRETS
    if not ring.exists():
        ring.mkdir(mode=0o700)
        write_secret(ring / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.key", secrets.token_bytes(_SECRET_BYTES))


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
