"""Verifying, explaining and making signatures of the agreed shapes that the strict profile does not cover.

What `verify` gives back is parsed anew from the bytes that were signed: only that may be read further. `explain` makes
the same checks, but goes on after a failure and tells of each. Source: XML Signature 1.1.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec
from cryptography import x509
from lxml import etree

from iso import gate, second_opinion
from iso.algorithms import ALL_METHODS, DS, ENVELOPED, EXCLUSIVE, SHA256, fits, method_of, value_of
from iso.keys import PinnedKey, SigningKey
from iso.messages.business import wrap
from iso.shapes import TARGETS, KeyHints, Opened, Shape, Target, open_signature
from iso.signed_parts import SignatureRefusedError, canonical_text
from schemas.errors import Finding

_PLACE: Final = b"<Sgntr></Sgntr>"
_START: Final = re.compile(rb"<(?:[^\s<>/:]+:)?Document(?=[\s>/])")


_TYPE: Final = re.compile(r"(?:^|(?<=[,+]))[A-Za-z]+(?==)")
_BLANKS: Final = re.compile(r"(?<!\\)\s*([,+=])\s*")
_OIDS: Final = x509.oid.NameOID
_MORE_TYPES: Final = {
    "E": _OIDS.EMAIL_ADDRESS, "EMAILADDRESS": _OIDS.EMAIL_ADDRESS, "S": _OIDS.STATE_OR_PROVINCE_NAME,
    "SERIALNUMBER": _OIDS.SERIAL_NUMBER, "ORGANIZATIONIDENTIFIER": _OIDS.ORGANIZATION_IDENTIFIER,
}  # fmt: skip
"""Names of types that tools write besides those of RFC 4514."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was checked: whether it holds, in words; for a digest what was expected and what is there."""

    check: str
    holds: bool
    text: str
    expected: str | None = None
    actual: str | None = None
    finding: Finding | None = None


def verify(
    parsed: gate.Parsed, shape: Shape, keys: Sequence[PinnedKey], now: datetime | None = None, *, pss: bool = False
) -> gate.Parsed:
    """The message as it was signed by the owner of one of `keys`; SignatureRefusedError otherwise.

    With `now` a key out of its time is refused too. The answer's header has no Sgntr.
    """
    opened = open_signature(parsed, shape, pss=pss)
    made = maker(opened, keys, now)
    for reference in opened.references:
        if not hmac.compare_digest(reference.actual, reference.digest):
            text = f"{reference.target} is not what was signed: its digest differs"
            raise SignatureRefusedError(reference.element, text)
    if second_opinion.can_tell(opened, made):
        second_opinion.agree(parsed, opened, made, now)
    return signed_message(opened)


def maker(opened: Opened, keys: Sequence[PinnedKey], now: datetime | None) -> PinnedKey:
    """Which of `keys` signed SignedInfo; SignatureRefusedError if none did, or none that may at that time."""
    candidates = _in_time(_of_kind(_hinted(keys, opened), opened), opened, now)
    made = next((key for key in candidates if fits(key.key, opened.method, opened.value, opened.info)), None)
    if made is None:
        raise SignatureRefusedError(opened.value_el, "the signature value does not fit the key on file")
    return made


def signed_message(opened: Opened) -> gate.Parsed:
    """The signed bytes parsed anew, without the place of the signature and the Ids it pointed at."""
    if opened.references[0].target is Target.WHOLE:
        text = opened.text(Target.WHOLE)
    else:
        around = etree.QName(opened.info_el.getroottree().getroot()).namespace or ""
        text = wrap(opened.text(Target.HEADER), opened.text(Target.DOCUMENT), around)
    parsed = gate.parse_signed(text)
    header, document = parsed.header_el, parsed.document_el
    if header is not None and document is not None:
        for holder in header.findall(f"{{{etree.QName(header).namespace}}}Sgntr"):
            header.remove(holder)
        if opened.shape is Shape.PARTS:
            for element in (header, document):
                element.attrib.pop("Id", "")
    return parsed


def explain(
    parsed: gate.Parsed, shape: Shape, keys: Sequence[PinnedKey], now: datetime, *, pss: bool = False
) -> tuple[list[Step], Opened | None]:
    """Every check in its order, also those after one that fails; and the signature, if it is of that shape."""
    try:
        opened = open_signature(parsed, shape, pss=pss)
    except SignatureRefusedError as refused:
        return [Step("shape", holds=False, text=str(refused), finding=refused.finding)], None
    count = len(opened.references)
    steps = [
        Step("shape", holds=True, text=f"{shape}: {count} reference{'s' if count > 1 else ''}, exactly as agreed"),
        Step("algorithms", holds=True, text=opened.method.rpartition("#")[2]),
    ]
    for reference in opened.references:
        expected, actual = (base64.b64encode(digest).decode() for digest in (reference.digest, reference.actual))
        same = expected == actual
        text = "the bytes are those that were signed" if same else "the bytes were changed after they were signed"
        finding = None if same else SignatureRefusedError(reference.element, text).finding
        steps.append(Step(f"digest of {reference.target}", same, text, expected, actual, finding))
    steps += _explained_key(opened, keys, now)
    if all(step.holds for step in steps):
        steps.append(_explained_opinion(parsed, opened, keys, now))
    return steps, opened


def _explained_opinion(parsed: gate.Parsed, opened: Opened, keys: Sequence[PinnedKey], now: datetime) -> Step:
    made = next(key for key in keys if fits(key.key, opened.method, opened.value, opened.info))
    if not second_opinion.can_tell(opened, made):
        return Step("signxml", holds=True, text="not asked: it knows no bare public key and no XPath transform")
    try:
        second_opinion.agree(parsed, opened, made, now)
    except SignatureRefusedError as refused:
        return Step("signxml", holds=False, text=str(refused), finding=refused.finding)
    return Step("signxml", holds=True, text="an independent verifier finds the same bytes signed")


def _explained_key(opened: Opened, keys: Sequence[PinnedKey], now: datetime) -> Iterator[Step]:
    try:
        candidates = _of_kind(_hinted(keys, opened), opened)
    except SignatureRefusedError as refused:
        yield Step("key", holds=False, text=str(refused), finding=refused.finding)
        return
    yield Step("key", holds=True, text=f"{len(candidates)} on file that may have made it")
    made = [key for key in candidates if fits(key.key, opened.method, opened.value, opened.info)]
    if not made:
        text = "SignedInfo was not signed with a key on file, or was changed afterwards"
        yield Step("value", holds=False, text=text, finding=SignatureRefusedError(opened.value_el, text).finding)
        return
    yield Step("value", holds=True, text=f"SignedInfo was signed by {made[0].subject or 'the key on file'}")
    current = [key for key in made if key.valid_at(now)]
    ends = f"{made[0].not_before or 'always'} to {made[0].not_after or 'for ever'}"
    yield Step("validity", bool(current), f"{'valid' if current else 'not valid'} at {now.isoformat()}: {ends}")


def _hinted(keys: Sequence[PinnedKey], opened: Opened) -> list[PinnedKey]:
    """The keys on file that are all that KeyInfo says."""
    found = [key for key in keys if _is_meant(key, opened.hints)]
    if not found:
        text = "the key that KeyInfo names is not one on file for the sender" if keys else "no key is on file"
        raise SignatureRefusedError(opened.value_el, text)
    return found


def _is_meant(key: PinnedKey, hints: KeyHints) -> bool:
    return (
        (hints.certificate is None or hints.certificate == key.certificate)
        and (hints.serial is None or hints.serial == key.serial)
        and (hints.issuer is None or _same_name(hints.issuer, key.issuer))
        and (hints.subject is None or _same_name(hints.subject, key.subject))
        and (hints.identifier is None or hints.identifier == key.identifier)
    )


def _same_name(given: str, known: str) -> bool:
    """Whether two distinguished names are one; tools write them with blanks, and from either end."""
    try:
        one, other = _parts_of(given), _parts_of(known)
    except ValueError:
        return False
    return bool(one) and other in (one, one[::-1])


def _parts_of(name: str) -> list[list[tuple[str, str]]]:
    """The parts of a distinguished name, compared without case and without blanks that mean nothing."""
    text = _TYPE.sub(lambda found: found[0].upper(), _BLANKS.sub(r"\1", name.strip()))
    return [
        sorted((each.oid.dotted_string, " ".join(str(each.value).casefold().split())) for each in part)
        for part in x509.Name.from_rfc4514_string(text, _MORE_TYPES).rdns
    ]


def _of_kind(keys: Iterable[PinnedKey], opened: Opened) -> list[PinnedKey]:
    found = [key for key in keys if isinstance(key.key, ALL_METHODS[opened.method].kind)]
    if not found:
        raise SignatureRefusedError(opened.value_el, f"no key on file for the sender can verify {opened.method}")
    return found


def _in_time(keys: list[PinnedKey], opened: Opened, now: datetime | None) -> list[PinnedKey]:
    found = keys if now is None else [key for key in keys if key.valid_at(now)]
    if not found:
        raise SignatureRefusedError(opened.value_el, "the key on file for the sender is not valid at this time")
    return found


def seal(
    header: bytes,
    document: bytes,
    key: SigningKey,
    shape: Shape,
    *,
    envelope_namespace: str = "",
    canonical: bool = True,
    pss: bool = False,
) -> bytes:
    """One signed XML document of a header (canonical, with an empty place for a signature) and a Document.

    `canonical`: the Document is in canonical form. Raises ValueError for a shape that needs a certificate without one,
    or an envelope in which nothing may stand beside header and document.
    """
    if shape.detached:
        if ":nvlp." in envelope_namespace:
            raise ValueError("the envelope nvlp has no place for a signature beside header and document")
        header = header.replace(_PLACE, b"", 1)
    name = f"_{hashlib.sha256(header).hexdigest()[:24]}"
    if shape is Shape.PARTS:
        header = header.replace(b">", f' Id="{name}h">'.encode(), 1)
        document = _START.sub(lambda found: found[0] + f' Id="{name}d"'.encode(), document, count=1)
        canonical = False
    message = wrap(header, document, envelope_namespace)
    texts = {Target.WHOLE: message, Target.HEADER: header, Target.DOCUMENT: document}
    if not canonical:
        parsed = gate.parse_signed(message)
        assert parsed.header_el is not None  # both were put into it
        assert parsed.document_el is not None
        elements = zip(texts, (parsed.root, parsed.header_el, parsed.document_el), strict=True)
        texts = {target: canonical_text(element) for target, element in elements}
    whole = signature_of(digests(texts), key, shape, name, pss=pss)
    if not shape.detached:
        return message.replace(_PLACE, b"<Sgntr>%b</Sgntr>" % whole, 1)
    end = message.rindex(b"</")
    return message[:end] + whole + message[end:]


def sign_tree(parsed: gate.Parsed, key: SigningKey, shape: Shape, *, pss: bool = False) -> bytes:
    """A whole message of somebody's own, signed: the tree of `parsed` gets its signature and is written.

    Raises ValueError for a message that has one already, or cannot bear that shape.
    """
    header, document = parsed.header_el, parsed.document_el
    if header is None or document is None:
        raise ValueError("only a message with AppHdr and Document can be signed")
    tag = f"{{{etree.QName(header).namespace}}}Sgntr"
    if next(parsed.root.iter(f"{{{DS}}}Signature"), None) is not None:
        raise ValueError("the message is signed already: sign the message as it was before")
    for empty in list(header.iterchildren(tag)):
        header.remove(empty)
    if shape.detached and header.getparent() is not parsed.root:
        raise ValueError("the envelope has no place for a signature beside header and document")
    name = f"_{hashlib.sha256(parsed.body).hexdigest()[:24]}"
    place = parsed.root
    if shape is Shape.PARTS:
        header.set("Id", f"{name}h")
        document.set("Id", f"{name}d")
    elif not shape.detached:
        place = header.makeelement(tag)
        related = [child for child in header if etree.QName(child).localname == "Rltd"]
        header.insert(header.index(related[0]) if related else len(header), place)
    elements = {Target.WHOLE: parsed.root, Target.HEADER: header, Target.DOCUMENT: document}
    texts = {target: canonical_text(element) for target, element in elements.items()}
    place.append(gate.tree(signature_of(digests(texts), key, shape, name, pss=pss), gate.STRICT))
    written: bytes = etree.tostring(parsed.root, encoding="UTF-8")
    return written


def digests(texts: dict[Target, bytes]) -> dict[Target, bytes]:
    """The SHA-256 of each text."""
    return {target: hashlib.sha256(text).digest() for target, text in texts.items()}


def signature_of(found: dict[Target, bytes], key: SigningKey, shape: Shape, name: str, *, pss: bool) -> bytes:
    """The Signature about parts with these digests (SHA-256 of their canonical form); `name` makes the Ids it uses."""
    key_info = _key_info(key, name if shape is Shape.REFERENCES else "")
    found = found | digests({Target.KEY_INFO: key_info.encode()})
    uris = {Target.WHOLE: "", Target.HEADER: "", Target.DOCUMENT: None, Target.KEY_INFO: f"#{name}"}
    if shape is Shape.PARTS:
        uris |= {Target.HEADER: f"#{name}h", Target.DOCUMENT: f"#{name}d"}
    references = "".join(
        _reference(uris[target], found[target], enveloped=uris[target] == "") for target in TARGETS[shape]
    )
    method = method_of(key.key, pss=pss)
    info = _SIGNED_INFO.format(method=method, references=references)
    value = base64.b64encode(value_of(key.key, method, info.encode())).decode()
    plain, known = (text.replace(_NAMESPACE, "", 1) for text in (info, key_info))
    whole = f"<ds:Signature{_NAMESPACE}>{plain}<ds:SignatureValue>{value}</ds:SignatureValue>{known}</ds:Signature>"
    return whole.encode()


_NAMESPACE: Final = f' xmlns:ds="{DS}"'
_SIGNED_INFO: Final = (
    f"<ds:SignedInfo{_NAMESPACE}>"
    f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="{method}"></ds:SignatureMethod>{references}</ds:SignedInfo>'
)


def _transform(name: str) -> str:
    return f'<ds:Transform Algorithm="{name}"></ds:Transform>'


def _reference(uri: str | None, found: bytes, *, enveloped: bool) -> str:
    digest = base64.b64encode(found).decode()
    place = "" if uri is None else f' URI="{uri}"'
    transforms = (_transform(ENVELOPED) if enveloped else "") + _transform(EXCLUSIVE)
    return (
        f"<ds:Reference{place}><ds:Transforms>{transforms}</ds:Transforms>"
        f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue>'
        "</ds:Reference>"
    )


def _key_info(key: SigningKey, name: str) -> str:
    """KeyInfo with the certificate, in canonical form; empty without a certificate where none is needed."""
    if key.certificate is None:
        if name:
            raise ValueError("a signature of this shape names its key: a certificate is needed")
        return ""
    place = f' Id="{name}"' if name else ""
    certificate = f"<ds:X509Data><ds:X509Certificate>{key.certificate}</ds:X509Certificate></ds:X509Data>"
    return f"<ds:KeyInfo{_NAMESPACE}{place}>{certificate}</ds:KeyInfo>"
