"""FSPIOP-Signature: a detached JWS over the exact body bytes (FSPIOP Signature v1.1; reference section 7).

RS256, RS384, RS512 and ES256 over raw bytes on `cryptography`, and nothing else of JOSE: no key or certificate from the
message, no `none`, no HMAC, no critical extensions. Keys come from the caller, parsed once per PEM.
"""

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from fspiop.headers import Head
from fspiop.messages.json_gate import JsonError, read_json
from schemas.canonical.participants import JwsKey

RSA_BITS_MIN: Final = 2048
SIGNATURE_HEADER_MAX: Final = 34 * 1024
_HASHES: Final = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}
_REFUSED: Final = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64"})
_HINTS: Final = frozenset({"alg", "kid", "typ"})
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")
_P256_BYTES: Final = 32
_KEY_RULE: Final = f"a JWS key is RSA of at least {RSA_BITS_MIN} bits or EC on P-256"

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class SignatureError(ValueError):
    """Why a signature does not hold, for the 3105 that answers it."""


@lru_cache(maxsize=4096)
def public_key(pem: str) -> PublicKey:
    """The key of a PEM (public key or certificate); raises ValueError unless it is strong enough."""
    if "BEGIN CERTIFICATE" in pem:
        return _strong(x509.load_pem_x509_certificate(pem.encode()).public_key())
    return _strong(serialization.load_pem_public_key(pem.encode()))


@lru_cache(maxsize=256)
def private_key(pem: str) -> PrivateKey:
    """The unencrypted private key of a PEM; raises ValueError unless it is strong enough."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        _strong(key.public_key())
        return key
    raise ValueError(_KEY_RULE)


def public_pem(private: str) -> str:
    """The public half, in PEM, of a private key in PEM."""
    public = private_key(private).public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, spki).decode()


def _strong(key: object) -> PublicKey:
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS_MIN:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ValueError(_KEY_RULE)


def usable(keys: Sequence[JwsKey], now: datetime) -> list[PublicKey]:
    """The keys that are valid at `now`."""
    return [public_key(key.pem) for key in keys if key.valid_at(now)]


def sign(key: PrivateKey, headers: Sequence[tuple[str, str]], body: bytes) -> str:
    """The value of FSPIOP-Signature for these outgoing headers (lower-case names) and these bytes."""
    by_name = dict(headers)
    algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    protected = {
        "alg": algorithm,
        "FSPIOP-URI": by_name["fspiop-uri"],
        "FSPIOP-HTTP-Method": by_name["fspiop-http-method"],
        "FSPIOP-Source": by_name["fspiop-source"],
    }
    for name, source in (("FSPIOP-Destination", "fspiop-destination"), ("Date", "date")):
        if source in by_name:
            protected[name] = by_name[source]
    text = _encode(msgspec.json.encode(protected))
    signed = f"{text}.".encode() + base64.urlsafe_b64encode(body).rstrip(b"=")
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")
    return msgspec.json.encode({"signature": _encode(signature), "protectedHeader": text}).decode()


def verify(
    keys: Sequence[PublicKey], method: str, target: str, head: Head, body: bytes, *, bodiless: bool = False
) -> None:
    """Raise SignatureError unless one of the source's keys signed exactly this message.

    `target` is the path of the request with its query, from the resource on. The order is the reference's.
    `bodiless`: a message without body may be signed too, over the empty payload.
    """
    if not body and not bodiless:
        raise SignatureError("a message without body cannot be signed")
    source = head.get("fspiop-source")
    if not source:
        raise SignatureError("fspiop-source is missing")
    if not keys:
        raise SignatureError("no key is on file for the source")
    uri, http_method = head.get("fspiop-uri"), head.get("fspiop-http-method")
    value = head.get("fspiop-signature")
    for name, present in (("uri", uri), ("http-method", http_method), ("signature", value)):
        if not present:
            raise SignatureError(f"fspiop-{name} is missing")
    signature, text = _parts(value or "")
    protected = _object(_decode(text, "protectedHeader"), "protectedHeader")
    algorithm = _algorithm(protected)
    signed = f"{text}.".encode() + base64.urlsafe_b64encode(body).rstrip(b"=")
    if not any(_holds(key, algorithm, signature, signed) for key in keys):
        raise SignatureError("the signature does not fit the body and the source's key")
    _compare(protected, head)
    if uri != target:
        raise SignatureError("fspiop-uri is not the requested path")
    if http_method != method:
        raise SignatureError("fspiop-http-method is not the requested method")


def _parts(value: str) -> tuple[bytes, str]:
    """Signature bytes and the protected header as received."""
    if len(value) > SIGNATURE_HEADER_MAX:
        raise SignatureError("fspiop-signature is too long")
    try:
        raw = value.encode("latin-1")
    except UnicodeEncodeError:
        raise SignatureError("fspiop-signature must be JSON") from None
    members = _object(raw, "fspiop-signature")
    if set(members) != {"signature", "protectedHeader"}:
        raise SignatureError("fspiop-signature must have signature and protectedHeader only")
    return _decode(members["signature"], "signature"), members["protectedHeader"]


def _object(raw: bytes, name: str) -> dict[str, str]:
    """A JSON object of texts, whose names are unique whatever their case."""
    try:
        value: Any = read_json(raw)[0]
    except JsonError as error:
        raise SignatureError(f"{name} {error}") from None
    if not isinstance(value, dict) or not all(isinstance(member, str) for member in value.values()):
        raise SignatureError(f"{name} must be an object of texts")
    if len({key.lower() for key in value}) != len(value):
        raise SignatureError(f"{name} names something twice")
    return value


def _algorithm(protected: dict[str, str]) -> str:
    for name in protected:
        if name.lower() in _REFUSED:
            raise SignatureError(f"protected header {name} is not allowed")
    algorithm = protected.get("alg", "")
    if algorithm not in _HASHES and algorithm != "ES256":
        raise SignatureError("alg must be RS256, RS384, RS512 or ES256")
    return algorithm


def _holds(key: PublicKey, algorithm: str, signature: bytes, signed: bytes) -> bool:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if algorithm not in _HASHES:
                return False
            key.verify(signature, signed, padding.PKCS1v15(), _HASHES[algorithm])
            return True
        if algorithm != "ES256" or len(signature) != 2 * _P256_BYTES:
            return False
        r, s = (int.from_bytes(part, "big") for part in (signature[:_P256_BYTES], signature[_P256_BYTES:]))
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        return True
    except InvalidSignature:
        return False


def _compare(protected: dict[str, str], head: Head) -> None:
    """What is protected must be what was sent; the obligatory names are case-sensitive."""
    for name in ("FSPIOP-URI", "FSPIOP-HTTP-Method", "FSPIOP-Source"):
        if name not in protected:
            raise SignatureError(f"protected header {name} is missing")
    if ("FSPIOP-Destination" in protected) != (head.get("fspiop-destination") is not None):
        raise SignatureError("FSPIOP-Destination must be a header and protected, or neither")
    for name, value in protected.items():
        if name not in _HINTS and head.get(name.lower()) != value:
            raise SignatureError(f"protected header {name} differs from the header")


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str, name: str) -> bytes:
    """Strict base64url: its alphabet, no padding, no spare bits (so that there is one spelling only)."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise SignatureError(f"{name} must be base64url without padding")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encode(raw) != text:
        raise SignatureError(f"{name} must be base64url without spare bits")
    return raw
