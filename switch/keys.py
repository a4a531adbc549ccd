"""The hub's own keys: XML signatures (EC P-256), FSPIOP signatures (RSA), secrets for fulfilments."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from switch import xml_ring
from switch.profile import HubKey
from switch.ring import ALGORITHMS, FIRST, Ring, pem_of, write_secret
from switch.xml_ring import FOLDER as XML_FOLDER
from switch.xml_ring import XmlRing, self_signed

XML_KEY: Final = xml_ring.KEY
XML_CERTIFICATE: Final = xml_ring.CERTIFICATE
JWS_KEY: Final = FIRST
SECRETS: Final = "fulfilment"
_SECRET_BYTES: Final = 32
_YEARS: Final = 2


class MissingKeysError(Exception):
    """A key the production profile demands is not there; the text says which file to provide."""


class HubKeys(msgspec.Struct, frozen=True):
    """`secrets` are newest first: the first makes new conditions, all are tried for old ones.

    `ring` has the JWS keys and `xml` those of business messages as they are now, which may be others than at the start.
    """

    xml: XmlRing
    ring: Ring
    secrets: tuple[HubKey, ...]

    @property
    def xml_certificate(self) -> str:
        """The certificate (PEM) of the key that signs business messages now."""
        found = self.xml.current()
        return "" if found is None else found.certificate

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
    missing = [name for name in (XML_KEY, XML_CERTIFICATE) if not _there(folder, name)]
    ring = Ring(folder, _clock)
    if not _can_sign(ring):
        missing.append(JWS_KEY)
    kept = sorted((folder / SECRETS).glob("*.key"), reverse=True)
    if missing or not kept:
        wanted = ", ".join([*missing, *([] if kept else [f"{SECRETS}/<id>.key"])])
        advice = "docs/security.md tells how to make them; the sandbox profile makes them itself"
        raise MissingKeysError(f"keys are missing in {folder}: {wanted}. Provide them: {advice}")
    return HubKeys(
        XmlRing(folder, _clock),
        ring,
        tuple(HubKey(path.stem, path.read_bytes()) for path in kept),
    )


def _clock() -> datetime:
    return datetime.now(UTC)


def _there(folder: Path, name: str) -> bool:
    """Whether the first key of business messages is there, or a later one has taken its place."""
    return (folder / name).is_file() or any((folder / XML_FOLDER).glob("*.pem"))


def _can_sign(ring: Ring) -> bool:
    now = _clock()
    return any(key.algorithm == ALGORITHMS[0] and (key.start is None or key.start <= now) for key in ring.all())


def _create(folder: Path, hub: str) -> None:
    if not _there(folder, XML_KEY):
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        end = now + timedelta(days=365 * _YEARS)
        write_secret(folder / XML_CERTIFICATE, self_signed(key, hub, now - timedelta(minutes=5), end))
        write_secret(folder / XML_KEY, pem_of(key))
    if not _can_sign(Ring(folder, _clock)):
        write_secret(folder / JWS_KEY, pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    ring = folder / SECRETS
    if not ring.exists():
        ring.mkdir(mode=0o700)
        write_secret(ring / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.key", secrets.token_bytes(_SECRET_BYTES))
