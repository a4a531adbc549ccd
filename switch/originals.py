"""Messages received in XML, read again when they go on: the gate parses, so that the translator need not."""

import re
from typing import Any, Final

from iso import gate
from iso.messages import business, head001, pacs008
from iso.messages.head001 import Head001
from iso.messages.pacs008 import Pacs008
from schemas.canonical.wire import Original

_ID: Final = re.compile(rb"""\sId\s*=\s*(?:"[^"]*"|'[^']*')""")


class XmlOriginals:
    """Reads archived originals; they passed the gate when they came in."""

    def document(self, original: Original) -> bytes:
        """The Document as its sender wrote it."""
        cut = business.cut_document(original.body)
        if cut is None:
            cut = business.document_bytes(original.body, _document(original)[1])
        start, end, rest = cut.partition(b">")
        # An Id served the signature beside the message it came in; no schema knows it.
        return _ID.sub(b"", start) + end + rest if b"Id" in start else cut

    def header(self, original: Original) -> Head001:
        """The typed header of it."""
        header_el = gate.read(original.body).header_el
        if header_el is None:
            raise ValueError(f"{original.target} {original.digest} has no header")
        return head001.read(header_el)

    def transfer(self, original: Original) -> Pacs008:
        """The typed pacs.008 in it."""
        return pacs008.read(_document(original)[1])

    def typed(self, original: Original) -> business.Document:
        """The typed message in it, whichever it is."""
        return business.read(None, _document(original)[1]).document


def _document(original: Original) -> tuple[gate.Parsed, Any]:
    # The parsed message is given along: elements do not outlive their tree.
    parsed = gate.read(original.body)
    if parsed.document_el is None:
        raise ValueError(f"{original.target} {original.digest} holds no Document")
    return parsed, parsed.document_el
