"""The hub's keys for business messages: files of a folder, several at once, changed while the hub runs.

`xml-key.pem` with `xml-certificate.pem` is the key called `hub`; others are `xml/<id>.pem`, each with a private key and
its certificate. An id that begins with a moment (`20261120T060000Z`) signs from then on, and no key before or after the
time of its certificate. Of those whose time has come the newest signs; all are told, so that banks have them in time.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from iso.keys import PinnedKey, PrivateKey, SigningKey, pinned_key, signing_key
from switch.ring import FORMAT, ID, LOOK_EVERY, START, pem_of, stamps, write_secret

FOLDER: Final = "xml"
KEY: Final = "xml-key.pem"
CERTIFICATE: Final = "xml-certificate.pem"
FIRST_ID: Final = "hub"
ALGORITHMS: Final = ("ES256", "ES384", "RS256")
_RSA_BITS: Final = 2048
_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_BEFORE: Final = timedelta(minutes=5)

log = logging.getLogger("isoloop.keys")


class XmlRingError(ValueError):
    """A key cannot be read, made or removed; the text says why."""


class XmlKey(msgspec.Struct, frozen=True):
    """One key: private half and certificate in PEM, and from when it signs."""

    id: str
    pem: str
    certificate: str
    start: datetime | None = None

    @property
    def signing(self) -> SigningKey:
        """The key to sign with."""
        return signing_key(self.pem, self.certificate)

    @property
    def pinned(self) -> PinnedKey:
        """The public half with the time of its certificate."""
        return pinned_key(self.certificate)

    def signs_at(self, moment: datetime) -> bool:
        """Whether its time has come and is not over."""
        return (self.start is None or self.start <= moment) and self.pinned.valid_at(moment)


class XmlRing:
    """The keys of a folder as they are now: looked at again at most once a second, when one is asked for."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        """Read the folder; raises XmlRingError for a file that is no key with its certificate."""
        self._folder = folder
        self._clock = clock
        self._stamp: tuple[tuple[str, int], ...] = ()
        self._keys: tuple[XmlKey, ...] = ()
        self._again = self._signs_until = clock()
        self._signer: SigningKey | None = None
        self._look(self._again, strict=True)

    def all(self) -> tuple[XmlKey, ...]:
        """All keys, the newest first."""
        now = self._clock()
        if now >= self._again:
            self._look(now)
        return self._keys

    def current(self) -> XmlKey | None:
        """The key that signs now; where none is in its time the last that was: silence would help nobody."""
        keys, now = self.all(), self._clock()
        begun = [key for key in keys if key.start is None or key.start <= now]
        return next((key for key in begun if key.signs_at(now)), next(iter(begun or keys), None))

    def signer(self) -> SigningKey:
        """What signs now; raises XmlRingError where there is none."""
        now = self._clock()
        if self._signer is None or now >= self._signs_until:
            found = self.current()
            if found is None:
                raise XmlRingError(f"there is no {KEY} in {self._folder}")
            self._signer, self._signs_until = found.signing, self._next_change(now)
        return self._signer

    def _next_change(self, now: datetime) -> datetime:
        """Until when the same key signs: a key may begin or end before the folder is looked at again."""
        moments = {each for key in self._keys for each in (key.start, key.pinned.not_before, key.pinned.not_after)}
        return min([self._again, *(each for each in moments if each is not None and each > now)])

    def make(self, algorithm: str, name: str, start: datetime | None = None, days: int = 730) -> XmlKey:
        """A new key with a self-signed certificate for `name`, which signs from `start` (now, if not given)."""
        if algorithm not in ALGORITHMS:
            raise XmlRingError(f"algorithm must be {', '.join(ALGORITHMS)}")
        moment = (start or self._clock()).astimezone(UTC)
        key_id = f"{moment:{FORMAT}}-{algorithm.lower()}"
        path = self._folder / FOLDER / f"{key_id}.pem"
        if path.exists():
            raise XmlRingError(f"a key {key_id} exists already")
        private = _private(algorithm)
        certificate = self_signed(private, name, min(moment, self._clock()) - _BEFORE, moment + timedelta(days=days))
        try:
            path.parent.mkdir(exist_ok=True, mode=0o700)
            write_secret(path, pem_of(private) + certificate)
        except OSError as error:
            raise XmlRingError(f"the folder of keys cannot be written: {error}") from error
        self._look(self._clock())
        return next(key for key in self._keys if key.id == key_id)

    def retire(self, key_id: str) -> None:
        """Remove a key for ever; raises XmlRingError for one that is unknown or the last that signs now."""
        now = self._clock()
        self._look(now)
        if all(key.id != key_id for key in self._keys):
            raise XmlRingError(f"there is no key {key_id[:64]}")
        if not any(key.signs_at(now) for key in self._keys if key.id != key_id):
            raise XmlRingError(f"{key_id} is the only key that signs business messages now; make another one first")
        try:
            if key_id == FIRST_ID:
                (self._folder / KEY).unlink()
            else:
                (self._folder / FOLDER / f"{key_id}.pem").unlink()
        except OSError as error:
            raise XmlRingError(f"the folder of keys cannot be written: {error}") from error
        self._look(now)

    def _look(self, now: datetime, *, strict: bool = False) -> None:
        self._again = now + LOOK_EVERY
        first = (self._folder / KEY, self._folder / CERTIFICATE)
        stamp = tuple(stamps((*first, *sorted((self._folder / FOLDER).glob("*.pem")))))
        if stamp == self._stamp:
            return
        found: list[XmlKey] = []
        for path in (Path(name) for name, _ in stamp):
            if path == first[1]:
                continue
            try:
                found.append(_read(path, first))
            except (OSError, ValueError) as error:
                if strict:
                    raise XmlRingError(f"{path}: {error}") from error
                # What signs must go on signing, whatever an operator drops into the folder.
                log.warning("%s is no key: %s", path, error)
        oldest = datetime.min.replace(tzinfo=UTC)
        self._keys = tuple(sorted(found, key=lambda key: (key.start or oldest, key.id), reverse=True))
        self._stamp, self._signer = stamp, None


def _read(path: Path, first: tuple[Path, Path]) -> XmlKey:
    if path == first[0]:
        key = XmlKey(FIRST_ID, path.read_text(), first[1].read_text())
    else:
        if not ID.fullmatch(path.stem):
            raise XmlRingError("an id has letters, digits, hyphens and underscores")
        private, begin, rest = path.read_text().partition(_BEGIN)
        begun = START.match(path.stem)
        start = datetime.strptime(begun[1], FORMAT).replace(tzinfo=UTC) if begun else None
        key = XmlKey(path.stem, private, begin + rest, start)
    _ = key.signing  # raises where the two do not go together
    return key


def _private(algorithm: str) -> PrivateKey:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return ec.generate_private_key(ec.SECP384R1() if algorithm == "ES384" else ec.SECP256R1())


def self_signed(key: PrivateKey, name: str, start: datetime, end: datetime) -> bytes:
    """A certificate of a key for signatures, signed by itself, in PEM."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)
