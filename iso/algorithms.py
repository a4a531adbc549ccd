"""The algorithms a signature may use: one table for all shapes, and the arithmetic of their values.

RSA (PKCS #1 v1.5; PSS where a participant's profile says so) and ECDSA, each with SHA-256, -384 or -512; digests by
the same three. No HMAC, DSA, SHA-1 or MD5. Source: XML Signature 1.1, section 6; RFC 6931; RFC 9231.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from iso.keys import PrivateKey, PublicKey

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = DS + "enveloped-signature"
XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_PSS: Final = "http://www.w3.org/2007/05/xmldsig-more#"
_ENC: Final = "http://www.w3.org/2001/04/xmlenc#"
RSA_SHA256: Final = _MORE + "rsa-sha256"
ECDSA_SHA256: Final = _MORE + "ecdsa-sha256"
ECDSA_SHA384: Final = _MORE + "ecdsa-sha384"
PSS_SHA256: Final = _PSS + "sha256-rsa-MGF1"
SHA256: Final = _ENC + "sha256"
SHA384: Final = _MORE + "sha384"
_PADDING: Final = padding.PKCS1v15()
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512(),
}  # fmt: skip


class Method(msgspec.Struct, frozen=True):
    """A signature method: the kind of key it needs, its hash, and whether an RSA value is padded by PSS."""

    kind: type[Any]
    hash: hashes.HashAlgorithm
    pss: bool = False


METHODS: Final[dict[str, Method]] = {
    **{f"{_MORE}rsa-sha{bits}": Method(rsa.RSAPublicKey, each) for bits, each in _HASHES.items()},
    **{f"{_MORE}ecdsa-sha{bits}": Method(ec.EllipticCurvePublicKey, each) for bits, each in _HASHES.items()},
}
"""URI -> method; what every participant may use."""
PSS_METHODS: Final[dict[str, Method]] = {
    f"{_PSS}sha{bits}-rsa-MGF1": Method(rsa.RSAPublicKey, each, pss=True) for bits, each in _HASHES.items()
}
"""What a participant may use besides, if its profile says so."""
ALL_METHODS: Final = METHODS | PSS_METHODS
_ECDSA: Final = {
    name: ec.ECDSA(each.hash, deterministic_signing=True)
    for name, each in METHODS.items()
    if each.kind is ec.EllipticCurvePublicKey
}
DIGESTS: Final[dict[str, Callable[[bytes], Any]]] = {
    SHA256: hashlib.sha256,
    SHA384: hashlib.sha384,
    _ENC + "sha512": hashlib.sha512,
}


def fits(key: PublicKey, method: str, value: bytes, text: bytes) -> bool:
    """Whether `value` is the signature of `text` by that key; False for a key of another kind."""
    chosen = ALL_METHODS[method]
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if chosen.kind is not rsa.RSAPublicKey:
                return False
            key.verify(value, text, _pss(chosen.hash) if chosen.pss else _PADDING, chosen.hash)
        else:
            size = _bytes_of(key)
            # r and s side by side, each as long as the curve's order; none of them 0 is the library's check.
            if chosen.kind is not ec.EllipticCurvePublicKey or len(value) != 2 * size:
                return False
            r, s = int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big")
            key.verify(encode_dss_signature(r, s), text, ec.ECDSA(chosen.hash))
    except InvalidSignature:
        return False
    return True


def method_of(key: PrivateKey, *, pss: bool = False) -> str:
    """What we sign with: RSA and P-256 with SHA-256, P-384 with SHA-384."""
    if isinstance(key, rsa.RSAPrivateKey):
        return PSS_SHA256 if pss else RSA_SHA256
    return ECDSA_SHA384 if isinstance(key.curve, ec.SECP384R1) else ECDSA_SHA256


def value_of(key: PrivateKey, method: str, text: bytes) -> bytes:
    """The signature value of `text`; the same at every call but for PSS (ECDSA by RFC 6979)."""
    ecdsa = _ECDSA.get(method)
    if ecdsa is None:
        chosen = ALL_METHODS[method]
        return cast("rsa.RSAPrivateKey", key).sign(text, _pss(chosen.hash) if chosen.pss else _PADDING, chosen.hash)
    of_curve = cast("ec.EllipticCurvePrivateKey", key)
    r, s = decode_dss_signature(of_curve.sign(text, ecdsa))
    size = _bytes_of(of_curve)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _pss(chosen: hashes.HashAlgorithm) -> padding.PSS:
    return padding.PSS(padding.MGF1(chosen), chosen.digest_size)


def _bytes_of(key: ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey) -> int:
    return (key.curve.key_size + 7) // 8
