"""The shapes of signatures that a participant may agree upon, as data, and a signature of one of them taken apart.

`header` is the strict profile of `iso/signature.py`: in AppHdr/Sgntr, one reference to the whole message. `envelope`
stands beside AppHdr and Document, with one reference to the whole. `parts` stands there too and points at both by Id.
`references` stands in AppHdr/Sgntr and has three: KeyInfo by Id, AppHdr (URI=""), Document (no URI: the application
knows it), as RTGS services have it. Nothing is looked up: an Id counts only on the very element that must bear it.
Source: XML Signature 1.1; the exact rules are ours.
"""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from enum import StrEnum
from typing import Final

import msgspec
from lxml import etree

from iso import gate
from iso.algorithms import ALL_METHODS, DIGESTS, DS, ENVELOPED, EXCLUSIVE, METHODS, XPATH
from iso.signed_parts import SignatureRefusedError, algorithm, canonical_text, content_bytes, ds, exact

_NOT_SIGNATURE: Final = re.compile(r"not\(ancestor-or-self::([A-Za-z_][\w.-]*):Signature\)", re.ASCII)
_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}", re.ASCII)
_IDS: Final = etree.XPath("//@*[translate(local-name(), 'ID', 'id') = 'id']")
_SIGNATURE: Final = f"{{{DS}}}Signature"


class Shape(StrEnum):
    """Where a signature stands and what its references say."""

    HEADER = "header"
    ENVELOPE = "envelope"
    PARTS = "parts"
    REFERENCES = "references"

    @property
    def detached(self) -> bool:
        """Whether the signature stands beside the header, not in it."""
        return self in {Shape.ENVELOPE, Shape.PARTS}


class Target(StrEnum):
    """What a reference is about."""

    WHOLE = "message"
    HEADER = "AppHdr"
    DOCUMENT = "Document"
    KEY_INFO = "KeyInfo"


TARGETS: Final[dict[Shape, tuple[Target, ...]]] = {
    Shape.HEADER: (Target.WHOLE,),
    Shape.ENVELOPE: (Target.WHOLE,),
    Shape.PARTS: (Target.HEADER, Target.DOCUMENT),
    Shape.REFERENCES: (Target.KEY_INFO, Target.HEADER, Target.DOCUMENT),
}
"""What the references of a shape are about: each exactly once, in any order."""


class KeyHints(msgspec.Struct, frozen=True):
    """What KeyInfo says of the key: it only chooses among those on file. Empty: nothing."""

    certificate: bytes | None = None
    issuer: str | None = None
    serial: int | None = None
    subject: str | None = None
    identifier: bytes | None = None


class Reference(msgspec.Struct, frozen=True):
    """One reference: what it is about, the digest it gives, and the canonical bytes that are there."""

    target: Target
    element: etree._Element
    digest_method: str
    digest: bytes
    text: bytes

    @property
    def actual(self) -> bytes:
        """The digest of the bytes that are there."""
        found: bytes = DIGESTS[self.digest_method](self.text).digest()
        return found


class Opened(msgspec.Struct, frozen=True):
    """A signature of the agreed shape: the canonical text of SignedInfo and what it says. Nothing is proved yet."""

    shape: Shape
    info: bytes
    info_el: etree._Element
    method: str
    value: bytes
    value_el: etree._Element
    hints: KeyHints
    references: tuple[Reference, ...]

    def text(self, target: Target) -> bytes:
        """The canonical bytes of one target."""
        return next(found.text for found in self.references if found.target is target)


def open_signature(parsed: gate.Parsed, shape: Shape, *, pss: bool = False) -> Opened:
    """The one signature of a message, if it is exactly of that shape; else SignatureRefusedError.

    The tree of `parsed` stays as it is.
    """
    header, document = parsed.header_el, parsed.document_el
    if header is None or document is None:
        raise SignatureRefusedError(parsed.root, "a message without header and Document cannot be signed")
    signature = _only_signature(parsed, header, shape)
    info_el, value_el, key_info = _parts(signature, shape)
    ids = _ids_of(parsed.root, _may_bear(shape, header, document, key_info))
    canonicalisation, method_el, *reference_els = _head(info_el)
    algorithm(canonicalisation, (EXCLUSIVE,))
    method = algorithm(method_el, ALL_METHODS if pss else METHODS)
    wanted = TARGETS[shape]
    if len(reference_els) != len(wanted):
        raise SignatureRefusedError(info_el, f"SignedInfo must hold exactly {len(wanted)} references")
    elements = {Target.WHOLE: parsed.root, Target.HEADER: header, Target.DOCUMENT: document}
    if key_info is not None:
        elements[Target.KEY_INFO] = key_info
    found: dict[Target, tuple[etree._Element, str, bytes]] = {}
    for reference in reference_els:
        target = _target(reference, shape, elements, ids)
        if target in found:
            raise SignatureRefusedError(reference, f"more than one reference is about {target}")
        found[target] = (reference, *_digest(reference, target, shape))
    texts = dict(_texts(shape, found, elements))
    return Opened(
        shape,
        canonical_text(info_el),
        info_el,
        method,
        content_bytes(value_el),
        value_el,
        KeyHints() if key_info is None else _hints(key_info),
        tuple(Reference(target, *found[target], texts[target]) for target in wanted),
    )


def without_ids(element: etree._Element) -> etree._Element:
    """The element as its schema knows it: without the Id that a signature of the shape `parts` points at."""
    if not element.attrib:
        return element
    plain = deepcopy(element)
    plain.attrib.pop("Id", "")
    return plain


def _only_signature(parsed: gate.Parsed, header: etree._Element, shape: Shape) -> etree._Element:
    found = list(parsed.root.iter(_SIGNATURE))
    if not found:
        raise SignatureRefusedError(header, "the message is not signed")
    if len(found) > 1:
        raise SignatureRefusedError(found[1], "more than one signature")
    (signature,) = found
    if shape.detached:
        if signature is not parsed.signature_el:
            raise SignatureRefusedError(signature, "the signature must stand beside AppHdr and Document")
        return signature
    holder = signature.getparent()
    namespace = etree.QName(header).namespace
    if holder is None or holder.getparent() is not header or holder.tag != f"{{{namespace}}}Sgntr":
        raise SignatureRefusedError(signature, "the signature must lie in AppHdr/Sgntr")
    exact(holder, (_SIGNATURE,))
    if sum(1 for _ in header.iterchildren(holder.tag)) > 1:
        raise SignatureRefusedError(holder, "more than one Sgntr")
    return signature


def _parts(signature: etree._Element, shape: Shape) -> tuple[etree._Element, etree._Element, etree._Element | None]:
    """SignedInfo, SignatureValue, KeyInfo."""
    names = [ds("SignedInfo"), ds("SignatureValue")]
    if shape is Shape.REFERENCES or len(signature) > len(names):
        names.append(ds("KeyInfo"))
    info, value, *more = exact(signature, tuple(names))
    return info, value, more[0] if more else None


def _may_bear(
    shape: Shape, header: etree._Element, document: etree._Element, key_info: etree._Element | None
) -> tuple[etree._Element, ...]:
    if shape is Shape.PARTS:
        return header, document
    return (key_info,) if shape is Shape.REFERENCES and key_info is not None else ()


def _ids_of(root: etree._Element, bearers: Sequence[etree._Element]) -> dict[etree._Element, str]:
    """The Ids of the elements that must have one; refused if anything else in the message has."""
    ids: dict[etree._Element, str] = {}
    for bearer in bearers:
        given = bearer.get("Id")
        if given is None or not _ID.fullmatch(given):
            raise SignatureRefusedError(bearer, f"{etree.QName(bearer).localname} must have an Id that is a plain name")
        if given in ids.values():
            raise SignatureRefusedError(bearer, "the same Id twice")
        ids[bearer] = given
    for attribute in _IDS(root):  # type: ignore[union-attr]
        element = attribute.getparent()  # type: ignore[union-attr]
        if element not in ids or attribute.attrname != "Id":  # type: ignore[union-attr]
            raise SignatureRefusedError(element, "an Id attribute where this signature knows none")  # type: ignore[arg-type]
    return ids


def _head(info: etree._Element) -> list[etree._Element]:
    children = list(info)
    tags = (ds("CanonicalizationMethod"), ds("SignatureMethod"))
    return exact(info, (*tags, *([ds("Reference")] * max(len(children) - len(tags), 1))))


def _target(
    reference: etree._Element,
    shape: Shape,
    elements: dict[Target, etree._Element],
    ids: dict[etree._Element, str],
) -> Target:
    uri = reference.get("URI")
    if set(reference.attrib) - {"URI"}:
        raise SignatureRefusedError(reference, "Reference has attributes it must not have")
    if shape in {Shape.HEADER, Shape.ENVELOPE}:
        if uri != "":
            raise SignatureRefusedError(reference, 'the reference must be to the whole message, URI=""')
        return Target.WHOLE
    for target, element in elements.items():
        if element in ids and uri == f"#{ids[element]}":
            return target
    if shape is Shape.REFERENCES and not uri:
        return Target.DOCUMENT if uri is None else Target.HEADER
    raise SignatureRefusedError(reference, f"a reference to {str(uri)[:60]!r} is none that this shape has")


def _digest(reference: etree._Element, target: Target, shape: Shape) -> tuple[str, bytes]:
    """Digest method and digest, after the transforms were found to be those of the target."""
    attributes = ("URI",) if "URI" in reference.attrib else ()
    transforms, method, digest = exact(reference, (ds("Transforms"), ds("DigestMethod"), ds("DigestValue")), attributes)
    enveloped = target is Target.WHOLE or (shape is Shape.REFERENCES and target is Target.HEADER)
    if enveloped:
        first, last = exact(transforms, (ds("Transform"), ds("Transform")))
        if not (shape is Shape.ENVELOPE and _leaves_signature_out(first)):
            algorithm(first, (ENVELOPED,))
    else:
        (last,) = exact(transforms, (ds("Transform"),))
    algorithm(last, (EXCLUSIVE,))
    return algorithm(method, DIGESTS), content_bytes(digest)


def _leaves_signature_out(transform: etree._Element) -> bool:
    """Whether the transform is the one XPath that says the same as the enveloped transform."""
    if transform.get("Algorithm") != XPATH:
        return False
    (path,) = exact(transform, (ds("XPath"),), ("Algorithm",))
    exact(path, (), text=True)
    found = _NOT_SIGNATURE.fullmatch("".join((path.text or "").split()))
    if found is None or path.nsmap.get(found[1]) != DS:
        raise SignatureRefusedError(path, "the only XPath taken is not(ancestor-or-self::ds:Signature)")
    return True


def _texts(
    shape: Shape,
    found: dict[Target, tuple[etree._Element, str, bytes]],
    elements: dict[Target, etree._Element],
) -> Iterator[tuple[Target, bytes]]:
    """The canonical bytes of each target, on a copy of the message where the signature must be taken out."""
    if Target.KEY_INFO in found:
        yield Target.KEY_INFO, canonical_text(elements[Target.KEY_INFO])
    if Target.DOCUMENT in found:
        yield Target.DOCUMENT, canonical_text(elements[Target.DOCUMENT])
    if shape is Shape.PARTS:
        yield Target.HEADER, canonical_text(elements[Target.HEADER])
        return
    target = Target.WHOLE if Target.WHOLE in found else Target.HEADER
    copy = deepcopy(elements[target])
    (signature,) = copy.iter(_SIGNATURE)
    holder = signature.getparent()
    assert holder is not None  # the signature lies in the message
    before, tail = signature.getprevious(), signature.tail or ""
    signature.tail = None
    holder.remove(signature)
    if before is None:
        holder.text = (holder.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    yield target, canonical_text(copy)


def _hints(key_info: etree._Element) -> KeyHints:
    attributes = ("Id",) if "Id" in key_info.attrib else ()
    (data,) = exact(key_info, (ds("X509Data"),), attributes)
    names = [str(child.tag) for child in data]
    known = {ds(name) for name in ("X509IssuerSerial", "X509SubjectName", "X509SKI", "X509Certificate")}
    if not names or len(set(names)) < len(names) or not set(names) <= known:
        text = "X509Data may hold X509IssuerSerial, X509SubjectName, X509SKI and X509Certificate, each once"
        raise SignatureRefusedError(data, text)
    children = dict(zip(names, exact(data, tuple(names)), strict=True))
    issuer, serial = None, None
    if (both := children.get(ds("X509IssuerSerial"))) is not None:
        issuer_el, serial_el = exact(both, (ds("X509IssuerName"), ds("X509SerialNumber")))
        issuer, number = _text(issuer_el), _text(serial_el)
        if not re.fullmatch("[0-9]{1,60}", number, re.ASCII):
            raise SignatureRefusedError(serial_el, "X509SerialNumber must be a decimal number")
        serial = int(number)
    subject = children.get(ds("X509SubjectName"))
    identifier, certificate = children.get(ds("X509SKI")), children.get(ds("X509Certificate"))
    return KeyHints(
        None if certificate is None else content_bytes(certificate),
        issuer,
        serial,
        None if subject is None else _text(subject),
        None if identifier is None else content_bytes(identifier),
    )


def _text(element: etree._Element) -> str:
    exact(element, (), text=True)
    return (element.text or "").strip()
