"""The signature of a file that is read bit by bit: the same shapes and keys as a message's, digests taken on the way.

What the file is emptied of is gone when it ends, so two things are kept of it: the digests of its canonical form, and
what may be nowhere in it (a second signature, an Id). All else is checked on what is left of the tree: the envelope,
the header, the signature. Source: XML Signature 1.1.
"""

import hmac
from datetime import datetime
from typing import Final

from lxml import etree

from iso import gate
from iso.algorithms import DIGESTS
from iso.canonical import Canonical, NoFormError
from iso.envelope import Parts
from iso.incoming import ParticipantView
from iso.limits import Code
from iso.shaped import maker
from iso.shapes import Opened, Reference, Shape, Target, open_signature
from iso.signed_parts import CODE, SignatureRefusedError
from schemas.errors import Finding, line_of

_BY_PARTS: Final = frozenset({Shape.PARTS, Shape.REFERENCES})
_LINES: Final = 65535


class FileSeal:
    """The signature of one file of `sender`: `begin` when its header is there, `feed` it all, `end`.

    Each of the three refuses (gate.Refused) as soon as it is clear that the file is not rightly signed. `demanded`: one
    that is not signed at all is refused too.
    """

    def __init__(self, sender: ParticipantView, now: datetime, *, in_header: bool, demanded: bool) -> None:
        """`in_header`: its AppHdr holds a signature."""
        self._sender = sender
        self._now = now
        self._in_header = in_header
        self._demanded = demanded
        self._hashes = {name: make(b"") for name, make in DIGESTS.items()}
        self._canonical: Canonical | None = None
        if sender.keys and (in_header or sender.shape.detached):
            self._canonical = Canonical("Document" if sender.shape in _BY_PARTS else "")

    def begin(self, root: etree._Element, parts: Parts) -> None:
        """The header was read, and the Document has begun."""
        if self._in_header or parts.header_el is None or not self._sender.shape.detached:
            self._opened(root, parts)

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """Take the bytes of the file as they come."""
        if self._canonical is None:
            return
        try:
            text = self._canonical.feed(data, last=last)
        except NoFormError as error:
            raise gate.Refused(Finding(error.line, "/", CODE, str(error))) from None
        for one in self._hashes.values():
            one.update(text)

    def end(self, root: etree._Element, parts: Parts) -> bool:
        """All of it was read: whether it is signed, and rightly so."""
        opened = self._opened(root, parts)
        if opened is None:
            return False
        canonical = self._canonical
        assert canonical is not None  # a signature of the agreed shape is where one was expected
        if len(canonical.signatures) != 1:
            raise _refused(canonical.signatures[1], "more than one signature")
        if canonical.ids:
            raise _refused(canonical.ids[0], "an Id attribute where this signature knows none")
        if len(canonical.apexes) > 1:
            raise _refused(canonical.apexes[1], "more than one Document")
        for reference in opened.references:
            if not hmac.compare_digest(self._digest(reference), reference.digest):
                what = "file" if reference.target is Target.WHOLE else reference.target
                line = canonical.signatures[0]
                raise _refused(line, f"the {what} is not what was signed: its digest differs")
        return True

    def _digest(self, reference: Reference) -> bytes:
        """The digest of what is there: only header and KeyInfo are there as a whole."""
        if reference.target in {Target.WHOLE, Target.DOCUMENT}:
            found: bytes = self._hashes[reference.digest_method].digest()
            return found
        return reference.actual

    def _opened(self, root: etree._Element, parts: Parts) -> Opened | None:
        """The signature, of the agreed shape and made with a key on file; None if there need be none."""
        header, sender = parts.header_el, self._sender
        signed = self._in_header or parts.signature_el is not None
        if header is None or not signed or not sender.keys:
            if self._demanded:
                text = "the file must be signed" + ("" if header is not None else ", so it needs an AppHdr")
                text = f"no certificate is on file for {sender.name}" if signed and not sender.keys else text
                raise _refused(line_of(root if header is None else header), text)
            return self._plain(parts)
        parsed = gate.Parsed(
            root, header, parts.document_el, parts.header_def, parts.message_def, b"", parts.signature_el
        )
        try:
            opened = open_signature(parsed, sender.shape, pss=sender.pss)
            maker(opened, sender.keys, self._now)
        except SignatureRefusedError as refused:
            # libxml2 counts lines no further.
            far = refused.finding.line >= _LINES and self._canonical is not None and self._canonical.signatures
            raise _refused(far[0] if far else refused.finding.line, str(refused), refused.finding.path) from None
        return opened

    @staticmethod
    def _plain(parts: Parts) -> None:
        """Where no signature is looked at, nothing may bear the Id that one would point at."""
        for element in (parts.header_el, parts.document_el):
            if element is not None and element.get("Id") is not None:
                name = etree.QName(element).localname
                raise gate.Refused(Finding(line_of(element), f"/{name}/@Id", Code.SHAPE.value, f"{name} has no Id"))


def _refused(line: int, text: str, path: str = "/") -> gate.Refused:
    return gate.Refused(Finding(line, path, CODE, text))
