"""The hub's JWS keys: files of a folder, several at once, changed while the hub runs.

`jws-key.pem` is the key called `hub`; others are `jws/<id>.pem`. An id that begins with a moment (`20261120T060000Z`)
signs from then on; before it is published only, so that participants have it in time. Of each algorithm the newest
whose time has come signs; the former ones stay published until their files are removed.
"""

import contextlib
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from fspiop import jws

FOLDER: Final = "jws"
FIRST: Final = "jws-key.pem"
FIRST_ID: Final = "hub"
ALGORITHMS: Final = ("RS256", "ES256")
ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
START: Final = re.compile(r"([0-9]{8}T[0-9]{6}Z)(?![0-9])")
FORMAT: Final = "%Y%m%dT%H%M%SZ"
LOOK_EVERY: Final = timedelta(seconds=1)
_RSA_BITS: Final = 2048

log = logging.getLogger("isoloop.keys")

Clock = Callable[[], datetime]


class RingError(ValueError):
    """A key cannot be made or removed; the text says why."""


class RingKey(msgspec.Struct, frozen=True):
    """One key: its private half in PEM, what it signs with, and from when."""

    id: str
    pem: str
    algorithm: str
    start: datetime | None = None

    @property
    def public(self) -> str:
        """The public half in PEM."""
        return jws.public_pem(self.pem)


class Ring:
    """The keys of a folder as they are now: looked at again at most once a second, when a key is asked for."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Read the folder; raises ValueError for a file that is no key."""
        self._folder = folder
        self._clock = clock
        self._stamp: tuple[tuple[str, int], ...] = ()
        self._keys: tuple[RingKey, ...] = ()
        self._again = clock()
        self._look(self._again, strict=True)

    def all(self) -> tuple[RingKey, ...]:
        """All keys, the newest first."""
        now = self._clock()
        if now >= self._again:
            self._look(now)
        return self._keys

    def signer(self, algorithm: str) -> jws.PrivateKey | None:
        """The key that signs with this algorithm now; one of the other algorithm where there is none."""
        now = self._clock()
        if now >= self._again:
            self._look(now)
        begun = [key for key in self._keys if key.start is None or key.start <= now]
        found = next((key for key in begun if key.algorithm == algorithm), begun[0] if begun else None)
        return None if found is None else jws.private_key(found.pem)

    def make(self, algorithm: str, start: datetime | None = None) -> RingKey:
        """A new key, which signs from `start` (now, if not given); raises RingError."""
        if algorithm not in ALGORITHMS:
            raise RingError(f"algorithm must be {' or '.join(ALGORITHMS)}")
        moment = (start or self._clock()).astimezone(UTC)
        name = f"{moment:{FORMAT}}-{algorithm.lower()}"
        path = self._folder / FOLDER / f"{name}.pem"
        if path.exists():
            raise RingError(f"a key {name} exists already")
        private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if algorithm == "RS256":
            private = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
        else:
            private = ec.generate_private_key(ec.SECP256R1())
        try:
            path.parent.mkdir(exist_ok=True, mode=0o700)
            write_secret(path, pem_of(private))
        except OSError as error:
            raise RingError(f"the folder of keys cannot be written: {error}") from error
        self._look(self._clock())
        return next(key for key in self._keys if key.id == name)

    def retire(self, key_id: str) -> None:
        """Remove a key for ever; raises RingError for one that is unknown or the last that can sign now."""
        now = self._clock()
        self._look(now)
        key = next((key for key in self._keys if key.id == key_id), None)
        if key is None:
            raise RingError(f"there is no key {key_id[:64]}")
        others = [each for each in self._keys if each is not key and (each.start is None or each.start <= now)]
        if not any(each.algorithm == ALGORITHMS[0] for each in others):
            raise RingError(f"{key_id} is the only {ALGORITHMS[0]} key that signs now; make another one first")
        try:
            self._path(key_id).unlink()
        except OSError as error:
            raise RingError(f"the folder of keys cannot be written: {error}") from error
        self._look(now)

    def _path(self, key_id: str) -> Path:
        return self._folder / FIRST if key_id == FIRST_ID else self._folder / FOLDER / f"{key_id}.pem"

    def _look(self, now: datetime, *, strict: bool = False) -> None:
        self._again = now + LOOK_EVERY
        stamp = tuple(stamps((self._folder / FIRST, *sorted((self._folder / FOLDER).glob("*.pem")))))
        if stamp == self._stamp:
            return
        found: list[RingKey] = []
        for path, _ in stamp:
            try:
                found.append(_read(Path(path)))
            except (OSError, ValueError) as error:
                if strict:
                    raise RingError(f"{path}: {error}") from error
                # What signs must go on signing, whatever an operator drops into the folder.
                log.warning("%s is no key: %s", path, error)
        oldest = datetime.min.replace(tzinfo=UTC)
        self._keys = tuple(sorted(found, key=lambda key: (key.start or oldest, key.id), reverse=True))
        self._stamp = stamp


def stamps(paths: Iterable[Path]) -> Iterator[tuple[str, int]]:
    """Each file that is there, with when it was changed."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            yield str(path), path.stat().st_mtime_ns


def _read(path: Path) -> RingKey:
    name = FIRST_ID if path.name == FIRST else path.stem
    pem = path.read_text()
    if not ID.fullmatch(name):
        raise RingError("an id has letters, digits, hyphens and underscores")
    algorithm = "RS256" if isinstance(jws.private_key(pem), rsa.RSAPrivateKey) else "ES256"
    begun = START.match(name)
    return RingKey(name, pem, algorithm, datetime.strptime(begun[1], FORMAT).replace(tzinfo=UTC) if begun else None)


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    """A private key in PEM, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write_secret(path: Path, content: bytes) -> None:
    """Write a secret readable by its owner only, whole or not at all."""
    partial = path.with_suffix(".partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    partial.rename(path)
