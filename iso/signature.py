"""The XML signature of a business message: one strict profile, verified on the way in, made on the way out.

Exactly one ds:Signature, at AppHdr/Sgntr, with one Reference to the whole message (URI="") by the enveloped and the
exclusive canonicalisation transform; keys pinned beforehand; no Id attribute anywhere, so that nothing can be pointed
at. What `verify` gives back is parsed anew from the bytes that were signed: only that may be read further.
Source: XML Signature Syntax and Processing 1.1, Exclusive XML Canonicalization 1.0.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec
from lxml import etree

from iso import gate
from iso.algorithms import (
    DIGESTS,
    DS,
    ECDSA_SHA256,
    ENVELOPED,
    EXCLUSIVE,
    METHODS,
    RSA_SHA256,
    SHA256,
    fits,
    method_of,
    value_of,
)
from iso.keys import PinnedKey, SigningKey
from iso.messages import head001
from iso.messages.business import wrap
from iso.messages.head001 import Head001
from iso.signed_parts import CODE, SignatureRefusedError, algorithm, canonical_text, content_bytes, ds, exact

__all__ = [
    "CODE", "DS", "ECDSA_SHA256", "ENVELOPED", "EXCLUSIVE", "RSA_SHA256", "SHA256", "Seal", "SignatureRefusedError",
    "canonical_text", "may_have_ids", "proves", "seal", "seal_of", "sign", "verify",
]  # fmt: skip

_IDS = etree.XPath("//*[@*[translate(local-name(), 'ID', 'id') = 'id']]")


def may_have_ids(body: bytes) -> bool:
    """A cheap scan that misses no Id attribute; what it finds may also be text, so XPath has the last word."""
    ends = {piece[-2:].lower() for piece in body.split(b"=")}
    return b"id" in ends or any(end[-1:].isspace() for end in ends)


def _one_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in names)


def _info_pattern() -> re.Pattern[bytes]:
    """The canonical text of SignedInfo, with any prefix and white space between the elements."""

    def leaf(name: str, algorithms: Iterable[str], group: str) -> str:
        return f'<(?P=p){name} Algorithm="(?P<{group}>{_one_of(algorithms)})"></(?P=p){name}>'

    between = "[ \t\n]*"
    base64_text = f"(?:[A-Za-z0-9+/]{{4}}{between})*(?:[A-Za-z0-9+/]{{2}}==|[A-Za-z0-9+/]{{3}}=)?"
    parts = (
        rf'<(?P<p>(?:[\w.-]+:)?)SignedInfo xmlns(?::[\w.-]+)?="{re.escape(DS)}">',
        leaf("CanonicalizationMethod", [EXCLUSIVE], "c14n"),
        leaf("SignatureMethod", METHODS, "method"),
        '<(?P=p)Reference URI="">',
        "<(?P=p)Transforms>",
        leaf("Transform", [ENVELOPED], "enveloped"),
        leaf("Transform", [EXCLUSIVE], "exclusive"),
        "</(?P=p)Transforms>",
        leaf("DigestMethod", DIGESTS, "digest_method"),
        rf"<(?P=p)DigestValue>(?P<digest>{between}{base64_text}{between})</(?P=p)DigestValue>",
        "</(?P=p)Reference>",
        "</(?P=p)SignedInfo>",
    )
    return re.compile(between.join(parts).encode(), re.ASCII)


_INFO = _info_pattern()


class Seal(msgspec.Struct, frozen=True):
    """A Signature: canonical SignedInfo and what it says, the value, and the certificate (DER) if one is given."""

    info: bytes
    method: str
    digest_method: str
    digest: bytes
    value: bytes
    certificate: bytes | None


def verify(parsed: gate.Parsed, keys: Sequence[PinnedKey], now: datetime | None = None) -> gate.Parsed:
    """The message as it was signed by the owner of one of `keys`; SignatureRefusedError otherwise.

    The tree of `parsed` is taken apart by this and must not be read afterwards. The answer's header has no Sgntr. With
    `now` a certificate out of its time is refused too.
    """
    root, header = parsed.root, parsed.header_el
    if header is None:
        raise SignatureRefusedError(root, "a message without header cannot be signed")
    holder, signature = _only_signature(root, header)
    if may_have_ids(parsed.body):
        for element in _IDS(root):  # type: ignore[union-attr]
            raise SignatureRefusedError(element, "a signed message must not have Id attributes")  # type: ignore[arg-type]
    signed_info, value, certificate = _parts(signature)
    info = canonical_text(signed_info)
    method, digest_method, digest = _profile(signed_info, info)
    candidates = _candidates(keys, method, certificate, signature, now)
    if not _value_fits(candidates, method, content_bytes(value), info):
        raise SignatureRefusedError(value, "the signature value does not fit the key on file")
    tail = signature.tail
    signature.tail = None
    holder.remove(signature)
    holder.text = (holder.text or "") + (tail or "")
    text = canonical_text(root)
    if not hmac.compare_digest(DIGESTS[digest_method](text).digest(), digest):
        raise SignatureRefusedError(root, "the message is not the one that was signed: its digest differs")
    return _signed(text)


def seal_of(info: bytes, value: bytes, certificate: bytes | None) -> Seal | None:
    """The parts of a Signature around the canonical text of its SignedInfo; None if that is not of the profile."""
    found = _INFO.fullmatch(info)
    if found is None:
        return None
    digest = base64.b64decode(b"".join(found["digest"].split()))
    return Seal(info, found["method"].decode(), found["digest_method"].decode(), digest, value, certificate)


def proves(made: Seal, text: bytes, keys: Sequence[PinnedKey], now: datetime, place: etree._Element) -> bool:
    """Whether the owner of one of `keys` signed the canonical form `text`; SignatureRefusedError if none could have."""
    candidates = _candidates(keys, made.method, made.certificate, place, now)
    fits = hmac.compare_digest(DIGESTS[made.digest_method](text).digest(), made.digest)
    return fits and _value_fits(candidates, made.method, made.value, made.info)


def sign(
    header: Head001,
    document: bytes,
    key: SigningKey,
    *,
    version: str = head001.DEFAULT_VERSION,
    envelope_namespace: str = "",
    canonical: bool = True,
) -> bytes:
    """One signed XML document of a header and a Document.

    `canonical`: the Document is in canonical form (all that our writers give is). For bytes of others it must be False.
    """
    place = head001.write(header, version, place_for_signature=True).body
    return seal(place, document, key, envelope_namespace=envelope_namespace, canonical=canonical)


def seal(
    header: bytes, document: bytes, key: SigningKey, *, envelope_namespace: str = "", canonical: bool = True
) -> bytes:
    """As `sign`, for an AppHdr already written in canonical form with an empty place for its signature."""
    message = wrap(header, document, envelope_namespace)
    signed_text = message if canonical else canonical_text(gate.parse_signed(message).root)
    frame = _frame(key)
    digest = binascii.b2a_base64(hashlib.sha256(signed_text).digest(), newline=False)
    info = b"%b%b%b" % (frame.info, digest, _INFO_END)
    value = binascii.b2a_base64(value_of(key.key, frame.method, info), newline=False)
    signature = b"%b%b%b%b%b" % (frame.opening, digest, frame.between, value, frame.closing)
    return message.replace(b"<Sgntr></Sgntr>", signature, 1)


class _Frame(msgspec.Struct, frozen=True):
    """What a key's signatures have in common: `info` begins the canonical SignedInfo, the others stand in Sgntr."""

    method: str
    info: bytes
    opening: bytes
    between: bytes
    closing: bytes


@lru_cache(maxsize=64)
def _frame(key: SigningKey) -> _Frame:
    method = method_of(key.key)
    info = _INFO_BEGIN.format(method=method)
    certificate = "" if key.certificate is None else _KEY_INFO.format(key.certificate)
    return _Frame(
        method,
        info.encode(),
        f"<Sgntr><ds:Signature{_INFO_NAMESPACE}>{info.replace(_INFO_NAMESPACE, '', 1)}".encode(),
        _INFO_END + b"<ds:SignatureValue>",
        f"</ds:SignatureValue>{certificate}</ds:Signature></Sgntr>".encode(),
    )


_INFO_NAMESPACE: Final = f' xmlns:ds="{DS}"'
_INFO_BEGIN: Final = (
    f"<ds:SignedInfo{_INFO_NAMESPACE}>"
    f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="{method}"></ds:SignatureMethod>'
    '<ds:Reference URI=""><ds:Transforms>'
    f'<ds:Transform Algorithm="{ENVELOPED}"></ds:Transform><ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform>'
    f'</ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>'
)
_INFO_END: Final = b"</ds:DigestValue></ds:Reference></ds:SignedInfo>"
_KEY_INFO: Final = "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"


def _only_signature(root: etree._Element, header: etree._Element) -> tuple[etree._Element, etree._Element]:
    """Sgntr and the one Signature in it."""
    found = list(root.iter(ds("Signature")))
    if not found:
        raise SignatureRefusedError(header, "the message is not signed")
    if len(found) > 1:
        raise SignatureRefusedError(found[1], "more than one signature")
    (signature,) = found
    holder = signature.getparent()
    namespace = etree.QName(header).namespace
    if holder is None or holder.getparent() is not header or holder.tag != f"{{{namespace}}}Sgntr":
        raise SignatureRefusedError(signature, "the signature must lie in AppHdr/Sgntr")
    exact(holder, (ds("Signature"),))
    if sum(1 for _ in header.iterchildren(holder.tag)) > 1:
        raise SignatureRefusedError(holder, "more than one Sgntr")
    return holder, signature


def _parts(signature: etree._Element) -> tuple[etree._Element, etree._Element, bytes | None]:
    """SignedInfo, SignatureValue and the certificate (DER) of KeyInfo if there is one."""
    names: tuple[str, ...] = (ds("SignedInfo"), ds("SignatureValue"))
    if len(signature) <= len(names):
        signed_info, value = exact(signature, names)
        return signed_info, value, None
    signed_info, value, key_info = exact(signature, (*names, ds("KeyInfo")))
    (data,) = exact(key_info, (ds("X509Data"),))
    (certificate,) = exact(data, (ds("X509Certificate"),))
    return signed_info, value, content_bytes(certificate)


def _profile(signed_info: etree._Element, text: bytes) -> tuple[str, str, bytes]:
    """Signature method, digest method and digest, read from the canonical text whose signature is checked."""
    found = _INFO.fullmatch(text)
    if found is None:
        _explain(signed_info)
        raise SignatureRefusedError(signed_info, "SignedInfo is not of the one shape that is taken")
    return (
        found["method"].decode(),
        found["digest_method"].decode(),
        base64.b64decode(b"".join(found["digest"].split())),
    )


def _explain(signed_info: etree._Element) -> None:
    """Find the first place where SignedInfo departs from the profile, and refuse it there."""
    canonicalisation, method, reference = exact(
        signed_info, (ds("CanonicalizationMethod"), ds("SignatureMethod"), ds("Reference"))
    )
    transforms, digest_method, digest = exact(
        reference, (ds("Transforms"), ds("DigestMethod"), ds("DigestValue")), ("URI",)
    )
    if reference.get("URI") != "":
        raise SignatureRefusedError(reference, 'the reference must be to the whole message, URI=""')
    enveloped, exclusive = exact(transforms, (ds("Transform"), ds("Transform")))
    algorithm(canonicalisation, (EXCLUSIVE,))
    algorithm(enveloped, (ENVELOPED,))
    algorithm(exclusive, (EXCLUSIVE,))
    algorithm(method, METHODS)
    algorithm(digest_method, DIGESTS)
    content_bytes(digest)


def _candidates(
    keys: Sequence[PinnedKey], method: str, certificate: bytes | None, signature: etree._Element, now: datetime | None
) -> list[PinnedKey]:
    """The keys on file that may have made the signature."""
    if certificate is not None:
        keys = [key for key in keys if key.certificate == certificate]
        if not keys:
            raise SignatureRefusedError(signature, "the certificate in KeyInfo is not one on file for the sender")
    fitting = [key for key in keys if isinstance(key.key, METHODS[method].kind)]
    if not fitting:
        raise SignatureRefusedError(signature, f"no key on file for the sender can verify {method}")
    current = fitting if now is None else [key for key in fitting if key.valid_at(now)]
    if not current:
        raise SignatureRefusedError(signature, "the certificate on file for the sender is not valid at this time")
    return current


def _value_fits(keys: list[PinnedKey], method: str, value: bytes, text: bytes) -> bool:
    return any(fits(pinned.key, method, value, text) for pinned in keys)


def _signed(text: bytes) -> gate.Parsed:
    """The signed bytes parsed anew, without the Sgntr that the enveloped transform has left empty."""
    parsed = gate.parse_signed(text)
    header = parsed.header_el
    if header is not None:
        for holder in header.findall(f"{{{etree.QName(header).namespace}}}Sgntr"):
            header.remove(holder)
    return parsed
