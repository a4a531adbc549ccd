"""The short way to a signed message that came in canonical form: its signed bytes are the body without the signature.

What is read is parsed from those bytes alone. The long way (`gate.read`, then `signature.verify`) would come to the
same bytes by taking the signature out of the tree; whatever is in any doubt here is None and goes that way.
Source: XML Signature Syntax and Processing 1.1, Exclusive XML Canonicalization 1.0.
"""

import binascii
import re
from typing import Final

import msgspec
from lxml import etree

from iso import gate
from iso.forms import Form, Forms, tags_of
from iso.signature import DS, Seal, SignatureRefusedError, canonical_text, may_have_ids, seal_of

_OPENING: Final = b"<Sgntr>"
_CLOSING: Final = b"</Sgntr>"
_TAGS: Final = 2
_SPACES: Final = b" \t\r\n"
_DECLARED: Final = re.compile(rb"<\?xml\s[^<>]*\?>[ \t\r\n]*")
_TAG: Final = f"{{{DS}}}Signature"


class Sealed(msgspec.Struct, frozen=True):
    """A message without its signature, whose body is its canonical form with an empty Sgntr; and that signature.

    Nothing is proved yet: `signature.proves` tells whether the one goes with the other. `holder` is Sgntr, with a bare
    Signature in it so that the header can be put before its schema; no reader may see it. `tags` are those of plain
    text, else empty; `form` is what is known of messages with these tags; `signature` is one whose make is not.
    """

    parsed: gate.Parsed
    header_el: etree._Element
    document_el: etree._Element
    holder: etree._Element
    seal: Seal
    tags: bytes = b""
    form: Form | None = None
    signature: bytes = b""


def _pattern() -> re.Pattern[bytes]:
    """A Signature in canonical form of the one shape that is taken; SignedInfo is looked into by who verifies."""
    between, base64_text = "[ \t\n]*", "([A-Za-z0-9+/= \t\n]*)"
    opened, closed = (f"{between}<{end}(?P=p){{}}>{between}" for end in ("", "/"))
    parts = (
        r"<(?P<p>(?:(?!(?i:xml))[A-Za-z_][\w.-]{0,31}:)?)Signature",  # no prefix may begin with xml
        rf' xmlns(?P<bound>(?::[\w.-]+)?)="{re.escape(DS)}">{between}',
        r"<(?P=p)SignedInfo(?P<info>>[^&]*</(?P=p)SignedInfo>)",
        f"{between}<(?P=p)SignatureValue>{base64_text}</(?P=p)SignatureValue>{between}",
        "(?:",
        *(opened.format(name) for name in ("KeyInfo", "X509Data")),
        f"<(?P=p)X509Certificate>{base64_text}</(?P=p)X509Certificate>",
        *(closed.format(name) for name in ("X509Data", "KeyInfo")),
        ")?</(?P=p)Signature>",
    )
    return re.compile("".join(parts).encode(), re.ASCII)


_SIGNATURE = _pattern()


def unseal(body: bytes, limits: gate.Limits, forms: Forms | None = None) -> Sealed | None:
    """The message and its signature; None if the body is not canonical, or not surely all that a message must be.

    `forms` are of messages that kept the same limits.
    """
    start = body.find(_OPENING) + len(_OPENING)
    end = body.find(_CLOSING, start)
    if end < 0 or start < len(_OPENING):
        return None
    known = Forms() if forms is None else forms
    text = body[_begin(body) : start] + body[end:].rstrip(_SPACES)
    tags, signature = tags_of(text), body[start:end]
    form = known.get(tags)
    # the tags of a known form are those of a message with one Sgntr
    if form is None and body.count(b"Sgntr") != _TAGS:
        return None
    usual = known.moulds.seal(signature)
    made = usual or _seal(signature)
    if made is None:
        return None
    try:
        found = gate.read_without(body, text, limits, known=form is not None)
        if found is None:
            return None
        parsed, plain = found
        header, document = parsed.header_el, parsed.document_el
        # plain text has no attribute that could be an Id, and no prefix
        if header is None or document is None or not (plain or _canonical(parsed)):
            return None
    except (gate.Refused, SignatureRefusedError):
        return None
    holder = next(header.iterchildren(str(header.tag).removesuffix("AppHdr") + "Sgntr"), None)
    if holder is None:
        return None
    etree.SubElement(holder, _TAG)
    opened = Sealed(parsed, header, document, holder, made, signature=b"" if usual else signature)
    return msgspec.structs.replace(opened, tags=tags, form=form) if plain else opened


def _begin(body: bytes) -> int:
    """Where the root begins: canonical form has no declaration, and no white space around the root."""
    declared = _DECLARED.match(body) if body.startswith(b"<?") else None
    return 0 if declared is None else declared.end()


def _canonical(parsed: gate.Parsed) -> bool:
    """Whether a text is its canonical form, and has neither Id nor another Signature."""
    text = parsed.body
    return not may_have_ids(text) and DS.encode() not in text and canonical_text(parsed.root) == text


def _seal(text: bytes) -> Seal | None:
    found = _SIGNATURE.fullmatch(text)
    if found is None or found["bound"][1:] != found["p"][:-1]:
        return None
    value, certificate = found[4], found[5]
    info = b'<%bSignedInfo xmlns%b="%b"%b' % (found["p"], found["bound"], DS.encode(), found["info"])
    try:
        return seal_of(info, _bytes(value), None if certificate is None else _bytes(certificate))
    except binascii.Error:
        return None


def _bytes(text: bytes) -> bytes:
    return binascii.a2b_base64(b"".join(text.split()), strict_mode=True)
